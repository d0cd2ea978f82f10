#include "config/config.h"

#define TOML_EXCEPTIONS 0
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace weir::config {
namespace {

/// One setting: where it goes, what it may be, and what that means.
struct Setting {
  std::string_view name;
  std::string Config::* text;  // or
  std::int64_t Config::* number;
  std::int64_t least;
  std::int64_t most;
  std::string_view what;
};

constexpr std::array kSettings = std::to_array<Setting>({
    {"origin", &Config::origin, nullptr, 1, 200,
     "The log's name in its checkpoints: a domain and path that is yours. Can never be changed."},
    {"mode", &Config::mode, nullptr, 4, 5,
     "\"full\" or \"trial\". A trial has no witnesses: others may be shown another log."},
    {"secrets", &Config::secrets, nullptr, 1, 4096,
     "Folder of the key files. On a disk of its own, a stolen database disk reveals nothing."},
    {"witness_policy", &Config::witness_policy, nullptr, 0, 4096,
     "C2SP tlog-policy file: who must cosign a checkpoint before it is published. Empty: nobody."},
    {"mirror", &Config::mirror, nullptr, 0, 4096,
     "The log's mirror, a folder or an address: if it is ahead at start, nothing is written."},
    {"pad_to", nullptr, &Config::pad_to, 1, 4096,
     "Every seal is padded with cover leaves to a multiple of this, so that bursts do not show."},
    {"ceiling_days", nullptr, &Config::ceiling_days, 1, 36500,
     "The hard ceiling: every case's custody record is owed this long after its first event."},
    {"publication_days", nullptr, &Config::publication_days, 0, 36500,
     "How long after publication a case's custody record is owed."},
    {"seal_within_seconds", nullptr, &Config::seal_within_seconds, 1, 86400,
     "What a promise promises. Sealing less often than this breaks every promise."},
    {"seal_every_seconds", nullptr, &Config::seal_every_seconds, 1, 86400,
     "How often `weir serve` signs and publishes what is new. At most half of "
     "seal_within_seconds."},
    {"listen", &Config::listen, nullptr, 3, 100,
     "Where `weir serve` listens: ADDRESS:PORT. Port 0 takes a free one."},
    {"admin_listen", &Config::admin_listen, nullptr, 0, 100,
     "Where it shows health and metrics to operators, without TLS or sign-in: a loopback address. "
     "Empty: on the local socket alone."},
    {"admin_network", &Config::admin_network, nullptr, 4, 6,
     "\"closed\", or \"open\": admin_listen may be an address that others reach. Whoever reaches "
     "it "
     "reads the metrics: let a firewall or a private network decide who that is."},
    {"tls_certificate", &Config::tls_certificate, nullptr, 0, 4096,
     "PEM file with the certificate and its chain. Empty: no TLS, which needs a loopback address."},
    {"tls_key", &Config::tls_key, nullptr, 0, 4096, "PEM file with its key."},
    {"trusted_proxies", &Config::trusted_proxies, nullptr, 0, 4096,
     "Networks of proxies whose X-Forwarded-For and -Proto count, with spaces between."},
    {"regimes", &Config::regimes, nullptr, 0, 4096,
     "Folder of the laws that clocks follow (weir regimes check --regimes FOLDER). Empty: those "
     "compiled "
     "in."},
    {"portal", &Config::portal, nullptr, 0, 1000,
     "The address where people sign in. Stands in the mails that tell of news; empty: in none."},
    {"mail_server", &Config::mail_server, nullptr, 0, 1000,
     "smtp://host:port (STARTTLS is needed but on loopback) or smtps://host:port. Empty: no mail."},
    {"mail_from", &Config::mail_from, nullptr, 0, 254, "The sender's address of mails."},
    {"mail_user", &Config::mail_user, nullptr, 0, 200,
     "Who signs in at the mail server, under TLS only. Empty: nobody."},
    {"mail_password_file", &Config::mail_password_file, nullptr, 0, 4096,
     "The file with that password, in one line, mode 0600."},
    {"mail_ca_file", &Config::mail_ca_file, nullptr, 0, 4096,
     "PEM file of the only authorities that the mail server may be certified by. Empty: the "
     "system's."},
    {"webhook_ca_file", &Config::webhook_ca_file, nullptr, 0, 4096, "The same for webhooks."},
    {"outbound_allow", &Config::outbound_allow, nullptr, 0, 4000,
     "Addresses (not names) that webhooks may reach although they are private, with spaces "
     "between. Each opens what listens there to whoever may add a webhook."},
});

const Setting* find(std::string_view name) {
  for (const Setting& setting : kSettings) {
    if (setting.name == name) {
      return &setting;
    }
  }
  return nullptr;
}

std::string line_of(const toml::node& node) {
  return fmt::format("line {}", node.source().begin.line);
}

Status read(const Setting& setting, const toml::node& node, Config& config) {
  if (setting.text != nullptr) {
    const auto* value = node.as_string();
    const auto size = value == nullptr ? -1 : static_cast<std::int64_t>(value->get().size());
    if (size < setting.least || size > setting.most) {
      return fail(
          Code::invalid,
          fmt::format("{} is a text of {} to {} bytes", setting.name, setting.least, setting.most),
          line_of(node));
    }
    config.*setting.text = value->get();
    return {};
  }
  const auto* value = node.as_integer();
  if (value == nullptr || value->get() < setting.least || value->get() > setting.most) {
    return fail(
        Code::invalid,
        fmt::format("{} is a number from {} to {}", setting.name, setting.least, setting.most),
        line_of(node));
  }
  config.*setting.number = value->get();
  return {};
}

/// What stands behind "=" is a text in quotes or a whole number: the TOML library does not survive
/// every misspelt date either, and no setting is one.
bool is_plain_value(std::string_view line) {
  const std::size_t equals = line.find('=');
  const std::size_t start =
      equals == std::string_view::npos ? equals : line.find_first_not_of(" \t", equals + 1);
  if (start == std::string_view::npos) {
    return true;  // for the library to refuse
  }
  std::string_view value = line.substr(start);
  if (value[0] == '"' || value[0] == '\'') {
    return !value.starts_with(R"(""")") && !value.starts_with("'''");
  }
  value = value.substr(0, value.find_first_of(" \t#"));
  value.remove_prefix(value.starts_with('-') || value.starts_with('+') ? 1 : 0);
  return !value.empty() && value.find_first_not_of("0123456789_") == std::string_view::npos;
}

Status check_values(std::string_view text) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t start = line.find_first_not_of(" \t");
    const bool is_comment = start != std::string_view::npos && line[start] == '#';
    if (!is_comment && !is_plain_value(line)) {
      return fail(Code::invalid, "a setting is a whole number or a text in quotes",
                  fmt::format("line {}", number));
    }
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return {};
}

}  // namespace

Result<Config> parse(std::string_view text) {
  if (text.size() > kMaxConfigBytes) {
    return fail(Code::invalid, "the configuration is larger than 64 KiB");
  }
  // The TOML library does not survive every control character, every letter in a key, and deep
  // nesting. Our settings are flat, so they need none of these.
  const auto is_plain = [](char c) {
    return ((c >= ' ' && c < 0x7f) || c == '\n' || c == '\t') &&
           std::string_view("[]{}").find(c) == std::string_view::npos;
  };
  if (!std::ranges::all_of(text, is_plain)) {
    return fail(Code::invalid, "the configuration is ASCII text without brackets and braces");
  }
  TRY(check_values(text));
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return fail(Code::invalid, std::string(parsed.error().description()),
                fmt::format("line {}", parsed.error().source().begin.line));
  }
  Config config;
  for (const auto& [key, node] : parsed.table()) {
    const Setting* setting = find(key.str());
    if (setting == nullptr) {
      return fail(Code::invalid, "unknown setting: " + std::string(key.str()), line_of(node));
    }
    TRY(read(*setting, node, config));
  }
  if (config.origin.empty() || config.origin.find_first_of(" +\t\n") != std::string::npos) {
    return fail(Code::invalid, "origin is needed, without spaces and plus signs");
  }
  if (config.mode != "full" && config.mode != "trial") {
    return fail(Code::invalid, "mode is \"full\" or \"trial\"");
  }
  if (config.admin_network != "closed" && config.admin_network != "open") {
    return fail(Code::invalid, "admin_network is \"closed\" or \"open\"");
  }
  if (config.mode == "full" && config.witness_policy.empty()) {
    return fail(Code::invalid,
                "a full instance needs a witness_policy; mode = \"trial\" needs none");
  }
  if (config.seal_every_seconds * 2 > std::max<std::int64_t>(config.seal_within_seconds, 2)) {
    return fail(Code::invalid,
                "seal_every_seconds is at most half of seal_within_seconds: else promises break");
  }
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    return fail(Code::invalid, "tls_certificate and tls_key go together");
  }
  return config;
}

std::string write(const Config& config) {
  toml::table table;
  std::string text;
  for (const Setting& setting : kSettings) {
    toml::table one;
    if (setting.text != nullptr) {
      one.insert(setting.name, config.*setting.text);
    } else {
      one.insert(setting.name, config.*setting.number);
    }
    std::ostringstream line;
    line << one;
    text += fmt::format("# {}\n{}\n\n", setting.what, line.str());
  }
  return text;
}

std::string reference() {
  const Config standard;
  std::string text =
      "# Configuration\n\n`DIR/weir.toml`; unknown keys are errors. `weir config check --data DIR` "
      "reads "
      "it. This page is what `weir config reference` prints.\n\n"
      "| setting | default | range | what it does |\n|---|---|---|---|\n";
  for (const Setting& setting : kSettings) {
    const bool is_text = setting.text != nullptr;
    text += fmt::format(
        "| `{}` | {} | {} to {}{} | {} |\n", setting.name,
        is_text ? '"' + standard.*setting.text + '"' : std::to_string(standard.*setting.number),
        setting.least, setting.most, is_text ? " bytes" : "", setting.what);
  }
  return text;
}

}  // namespace weir::config
