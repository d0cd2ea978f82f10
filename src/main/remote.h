// A report to a Weir elsewhere, over its API.
//
// Every call carries a key of its own (Idempotency-Key), so that it is repeated when no answer
// comes: what was filed is filed once.
//
// Thread rule: functions; they block.
#pragma once

#include <string>
#include <vector>

#include "app/filings.h"
#include "base/json.h"
#include "base/random.h"
#include "net/net.h"

namespace weir::main {

struct RemoteReport {
  std::string address;  // "https://weir.example"
  std::string token{};  // of an account; empty: without one
  std::string ca_file{};
  std::string bytes{};
  std::vector<std::string> attachments{};  // paths
};

/// What the other Weir answered, as `weir report` says it. `invalid`, `denied` and so on as it
/// said; `unavailable` if it does not answer. If a file cannot be added the report is filed: the
/// error names the case and the file, and what was answered is in `filed`.
Result<json::Value> report_to(const RemoteReport& report, Random& random, json::Value& filed);

/// A filing to a Weir elsewhere: the first of a duty opens a case there, later ones go into it.
struct RemoteFiling {
  std::string address;  // "https://weir.example"
  std::string token{};  // of an account there; empty: without one
  std::string ca_file{};
  std::string bytes{};
  std::string key{};             // under which it is received once, however often it is sent
  std::string case_reference{};  // there; empty: it opens one
  std::string return_code{};     // of that case
};
/// The errors are those of report_to().
Result<app::Answered> file_with(const RemoteFiling& filing);

/// An API token out of a file, without the end of its line.
Result<std::string> read_token(const std::string& file);

/// A name as it stands in a header field: percent-encoded but for letters, digits, dots and dashes.
std::string percent_encoded(std::string_view text);

/// The error that a problem (RFC 9457) stands for.
Error error_of(const net::Answer& answer);

}  // namespace weir::main
