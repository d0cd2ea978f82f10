// What a trial brings along so that it can be served to others than this machine: a certificate of
// its own, which nobody vouches for (base/certificate.h). Clients are given DIR/tls.pem.
//
// Thread rule: functions.
#pragma once

#include <string>

#include "config/config.h"
#include "main/instance.h"

namespace weir::main {

inline constexpr const char* kTrialCertificate = "tls.pem";  // in the data directory
inline constexpr const char* kTrialKey = "tls.key";          // among the secrets

/// The settings that `weir init --trial` writes, unless TLS is set already.
void use_trial_certificate(config::Config& config);
/// The host that an origin names, if it can stand in a certificate; else empty.
std::string host_of_origin(const std::string& origin);
/// Makes the certificate and its key where a trial's settings name them and they are not there:
/// for localhost, this machine's name, the host of the log's origin, and loopback addresses.
/// Elsewhere nothing is made: a full instance brings its own.
Status make_trial_certificate(const std::string& folder, const config::Config& config,
                              const Clock& clock, Random& random);

}  // namespace weir::main
