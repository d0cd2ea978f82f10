// Where a server listens, from its configuration.
//
// Thread rule: pure functions.
#pragma once

#include <string>

#include "config/config.h"
#include "http/server.h"

namespace weir::main {

inline constexpr const char* kSocketName = "weir.sock";  // in the data directory

/// Where to listen and how, from the configuration. `invalid` with the setting that is wrong; also
/// if something would be sent in the clear to others than this machine and trusted proxies.
Result<http::Settings> listeners_of(const config::Config& config, const std::string& folder);

/// "192.0.2.1:443" or "[2001:db8::1]:443".
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};
Result<Endpoint> parse_endpoint(const std::string& text);

}  // namespace weir::main
