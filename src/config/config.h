// The configuration of one instance: DIR/weir.toml, strict. Unknown keys are errors, secrets are
// file names, every setting has its one row in config.cc with type, range, default and consequence.
//
// Thread rule: a value, read once at start.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::config {

inline constexpr std::size_t kMaxConfigBytes = 64 * 1024;

struct Config {
  std::string origin;                  // the log's name in its checkpoints, e.g. "weir.example/log"
  std::string mode = "full";           // "trial": no witnesses, no padding, and every page says so
  std::string secrets = "secrets";     // folder of the key files, absolute or below DIR
  std::string witness_policy;          // C2SP tlog-policy file; empty: quorum none
  std::string mirror;                  // of the log, a folder or an address; empty: none
  std::int64_t pad_to = 16;            // leaves a seal is padded to; 1: none
  std::int64_t ceiling_days = 1095;    // until any stream must be opened
  std::int64_t publication_days = 90;  // from publication to opening
  std::int64_t seal_within_seconds = 300;  // what a promise promises
  std::int64_t seal_every_seconds = 60;    // while it serves
  std::string listen = "127.0.0.1:8440";   // where everybody is served
  std::string admin_listen;                // where operators are; empty: on the local socket alone
  std::string admin_network = "closed";    // "open": there may be others than this machine
  std::string tls_certificate;             // PEM, the chain; empty: no TLS
  std::string tls_key;
  std::string trusted_proxies;  // networks, with spaces between
  std::string portal;           // where people sign in, for mails; empty: not said
  std::string mail_server;      // smtp://host or smtps://host; empty: no mail
  std::string mail_from;        // address
  std::string mail_user;        // empty: without signing in
  std::string mail_password_file;
  std::string mail_ca_file;     // PEM; empty: the system's authorities
  std::string webhook_ca_file;  // the same
  std::string regimes;          // folder of the laws; empty: those compiled in
  std::string outbound_allow;   // private addresses that webhooks may reach, with spaces between
};

/// `invalid` with the line for anything that is not in the table, out of range, or of another type.
Result<Config> parse(std::string_view text);
/// The file that parse() reads back, each setting under its sentence.
std::string write(const Config& config);
/// The reference page, in Markdown.
std::string reference();

}  // namespace weir::config
