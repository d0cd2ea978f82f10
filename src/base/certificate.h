// A TLS certificate that nobody vouches for, for a trial: whoever calls is given the certificate
// itself, as it would be given a key. Its subject says that it is a trial's.
//
// ECDSA over P-256, because every TLS client takes it; an end certificate, no authority.
//
// Thread rule: a function; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"
#include "base/time.h"

namespace weir {

inline constexpr std::string_view kTrialSubject = "Weir trial, vouched for by nobody";

struct CertificateWanted {
  std::vector<std::string> names{};      // DNS names, at least one
  std::vector<std::string> addresses{};  // numeric
  Instant from;
  Duration valid = std::chrono::hours(24 * 365);
};
struct SelfSigned {
  std::string certificate;  // PEM
  Secret key;               // PEM
};
/// `invalid` for a name or address that is none.
Result<SelfSigned> self_signed(const CertificateWanted& wanted, Random& random);

}  // namespace weir
