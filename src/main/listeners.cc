#include "main/listeners.h"

#include <algorithm>
#include <filesystem>

#include "base/bytes.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

std::string absolute(const std::string& folder, const std::string& path) {
  return fs::path(path).is_absolute() || path.empty() ? path : (fs::path(folder) / path).string();
}

bool is_loopback(const http::Address& address) {
  static const auto kLoopback4 = http::Network::parse("127.0.0.0/8");
  static const auto kLoopback6 = http::Network::parse("::1");
  return kLoopback4->contains(address) || kLoopback6->contains(address);
}

Result<std::vector<http::Network>> proxies_of(const std::string& text) {
  std::vector<http::Network> networks;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) {
      const auto network = http::Network::parse(text.substr(at, end - at));
      if (!network) {
        return fail(Code::invalid, "trusted_proxies holds what is no network",
                    text.substr(at, end - at));
      }
      networks.push_back(*network);
    }
    at = end + 1;
  }
  return networks;
}

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto port =
      colon == std::string::npos ? std::nullopt : parse_decimal(text.substr(colon + 1));
  std::string address = text.substr(0, std::min(colon, text.size()));
  const bool has_brackets = address.starts_with('[') && address.ends_with(']');
  if (has_brackets) {
    address = address.substr(1, address.size() - 2);
  }
  const auto known = http::Address::parse(address);
  if (!port || *port > 65535 || !known || known->is_ipv4() == has_brackets) {
    return fail(Code::invalid, "where to listen is ADDRESS:PORT, with a numeric address", text);
  }
  return Endpoint{std::move(address), static_cast<std::uint16_t>(*port)};
}

Result<http::Settings> listeners_of(const config::Config& config, const std::string& folder) {
  http::Settings settings;
  settings.trusted_proxies = TRY(proxies_of(config.trusted_proxies));
  const Endpoint main = TRY(parse_endpoint(config.listen));
  http::Listener everybody{.name = "everybody", .address = main.address, .port = main.port};
  if (!config.tls_certificate.empty()) {
    everybody.tls =
        http::TlsFiles{absolute(folder, config.tls_certificate), absolute(folder, config.tls_key)};
  } else if (!is_loopback(*http::Address::parse(main.address)) &&
             settings.trusted_proxies.empty()) {
    return fail(Code::invalid,
                "without TLS, listen at a loopback address or name the proxy that has it in "
                "trusted_proxies",
                config.listen);
  }
  settings.listeners.push_back(std::move(everybody));
  if (!config.admin_listen.empty()) {
    const Endpoint admin = TRY(parse_endpoint(config.admin_listen));
    if (!is_loopback(*http::Address::parse(admin.address)) && config.admin_network != "open") {
      return fail(Code::invalid,
                  "operators are served without TLS or sign-in: at a loopback address, or where "
                  "admin_network = \"open\" says that others may reach it",
                  config.admin_listen);
    }
    settings.listeners.push_back(
        {.name = "operators", .address = admin.address, .port = admin.port});
  }
  settings.listeners.push_back({.name = "this_machine",
                                .address = absolute(folder, kSocketName),
                                .via = http::Via::local_socket});
  return settings;
}

}  // namespace weir::main
