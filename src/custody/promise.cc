#include <array>
#include <vector>

#include <fmt/format.h>

#include "custody/receipt.h"

namespace weir::custody {
namespace {

constexpr std::string_view kHeader = "weir-promise/v1";

std::string promise_body(const Promise& promise) {
  return fmt::format("{}\n{}\n{}\n{}\n", kHeader, promise.origin, to_base64(promise.leaf_hash),
                     to_rfc3339(promise.by));
}

/// The four lines of the body, or nothing.
std::optional<std::array<std::string, 4>> split(std::string_view body) {
  std::array<std::string, 4> lines;
  for (std::string& line : lines) {
    const std::size_t end = body.find('\n');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    line = body.substr(0, end);
    body.remove_prefix(end + 1);
  }
  return body.empty() ? std::optional(lines) : std::nullopt;
}

}  // namespace

std::string promise_key_name(std::string_view origin) {
  return fmt::format("{}/promise", origin);
}

std::string sign_promise(const Promise& promise, const merkle::VerifierKey& as,
                         const SigningKey& key) {
  CHECK(as.name() == promise_key_name(promise.origin));
  const std::string body = promise_body(promise);
  return merkle::format_note({.body = body, .signatures = {merkle::sign_note(as, key, body)}});
}

Result<Promise> verify_promise(std::string_view text, const merkle::VerifierKey& key) {
  const merkle::Note note = TRY(merkle::parse_note(text));
  const auto lines = split(note.body);
  if (!lines || (*lines)[0] != kHeader) {
    return fail(Code::invalid, "not a weir-promise/v1", "line 1");
  }
  const auto leaf_hash = digest_from_base64((*lines)[2]);
  if (!leaf_hash) {
    return fail(Code::invalid, "expected base64 of 32 bytes", "line 3");
  }
  const auto by = parse_ledger_time((*lines)[3]);
  if (!by) {
    return fail(Code::invalid, "expected a time in UTC with three decimals", "line 4");
  }
  Promise promise{.origin = (*lines)[1], .leaf_hash = *leaf_hash, .by = *by};
  if (key.name() != promise_key_name(promise.origin)) {
    return fail(Code::denied, "the promise is of another log", "line 2");
  }
  TRY(merkle::verify_note(note, {&key, 1}));
  return promise;
}

bool is_kept(const Promise& promise, const Receipt& receipt) {
  return receipt.leaf_hash() == promise.leaf_hash;
}

}  // namespace weir::custody
