#include "main/trial.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <unistd.h>

#include "base/certificate.h"
#include "main/listeners.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

/// Host names go into certificates in lower case.
std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

bool is_host(std::string_view text) {
  return !text.empty() && !text.starts_with('-') && !text.starts_with('.') &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
         });
}

std::string name_of_machine() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? lower_case(name.data()) : std::string();
}

fs::path below(const std::string& folder, const std::string& path) {
  return fs::path(path).is_absolute() ? fs::path(path) : fs::path(folder) / path;
}

/// Where it listens, if that is one address: 0.0.0.0 and :: are all of them.
std::vector<std::string> addresses_of(const config::Config& config) {
  std::vector<std::string> addresses = {"127.0.0.1", "::1"};
  const auto end = parse_endpoint(config.listen);
  const bool is_one = end && end->address != "0.0.0.0" && end->address != "::";
  if (is_one && std::ranges::find(addresses, end->address) == addresses.end()) {
    addresses.push_back(end->address);
  }
  return addresses;
}

}  // namespace

void use_trial_certificate(config::Config& config) {
  if (config.tls_certificate.empty()) {
    config.tls_certificate = kTrialCertificate;
    config.tls_key = (fs::path(config.secrets) / kTrialKey).string();
  }
}

std::string host_of_origin(const std::string& origin) {
  const std::string host = lower_case(origin.substr(0, origin.find('/')));
  return is_host(host) ? host : std::string();
}

Status make_trial_certificate(const std::string& folder, const config::Config& config,
                              const Clock& clock, Random& random) {
  const bool is_own = config.mode == "trial" && config.tls_certificate == kTrialCertificate;
  const fs::path certificate = below(folder, config.tls_certificate);
  const fs::path key = below(folder, config.tls_key);
  if (!is_own || (fs::exists(certificate) && fs::exists(key))) {
    return {};
  }
  CertificateWanted wanted{.addresses = addresses_of(config), .from = clock.now()};
  for (const std::string& name :
       {std::string("localhost"), name_of_machine(), host_of_origin(config.origin)}) {
    if (is_host(name) && std::ranges::find(wanted.names, name) == wanted.names.end()) {
      wanted.names.push_back(name);
    }
  }
  const SelfSigned made = TRY(self_signed(wanted, random));
  TRY(write_file(key.string(), made.key.reveal(), 0600));
  return write_file(certificate.string(), made.certificate, 0644);
}

}  // namespace weir::main
