// What a client sends: targets, hosts, heads, bodies, ranges. What is taken is taken in the same
// way however the bytes come in, and means what its decoded form says.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/bytes.h"
#include "http/compress.h"
#include "http/message.h"
#include "http/range.h"
#include "http/target.h"

namespace {

using namespace weir;
using namespace weir::http;

constexpr std::size_t kMostHead = 1024;
constexpr std::uint64_t kMostBody = 4096;

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '/' ? "/" : fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

void check_decoded(std::string_view text) {
  CHECK(is_utf8(text));
  CHECK(std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }));
}

void check_target(const Target& target) {
  if (target.form == Target::Form::asterisk) {
    return;
  }
  CHECK(target.path.starts_with('/') && !target.path.contains("//"));
  CHECK(!target.path.contains('\\'));
  CHECK(!(target.path + "/").contains("/./") && !(target.path + "/").contains("/../"));
  check_decoded(target.path);
  std::string again = encoded(target.path);
  for (const Field& field : target.query) {
    check_decoded(field.name);
    check_decoded(field.value);
    again += again.contains('?') ? '&' : '?';
    again += encoded(field.name) + "=" + encoded(field.value);
  }
  if (again.size() <= kMostTargetBytes) {
    const auto second = parse_target(again);
    CHECK(second.has_value() && second->path == target.path);
    CHECK(std::ranges::equal(second->query, target.query, [](const Field& a, const Field& b) {
      return a.name == b.name && a.value == b.value;
    }));
  }
}

/// What became of a request, as text.
struct Outcome {
  std::string what;
  std::string body;
  bool operator==(const Outcome&) const = default;
};

/// Reads one request of which the first `first` bytes come first, and then the rest.
Outcome read(std::string_view bytes, std::size_t first) {
  HeadScan scan;
  auto length = scan.find(bytes.substr(0, first), kMostHead);
  if (length && !*length) {
    length = scan.find(bytes, kMostHead);
  }
  if (!length) {
    return {fmt::format("scan {}", length.error().status), ""};
  }
  if (!*length) {
    return {"more", ""};
  }
  Message message;
  const auto head = message.read_head(bytes.substr(0, **length));
  if (!head) {
    return {fmt::format("head {}", head.error().status), ""};
  }
  check_target(head->target);
  CHECK(head->headers.count("Content-Length") <= 1 && head->headers.count("Host") <= 1);
  CHECK(head->headers.count("Content-Length") + head->headers.count("Transfer-Encoding") <= 1);
  for (const Field& field : head->headers.fields()) {
    CHECK(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
  if (head->framing == Head::Framing::none) {
    return {"no body", ""};
  }
  if (const auto problem = message.limit_body(kMostBody)) {
    return {fmt::format("limit {}", problem->status), ""};
  }
  Outcome outcome{"body cut", ""};
  std::size_t at = **length;
  for (const std::size_t end : {std::max(first, at), bytes.size()}) {
    for (;;) {
      const auto step = message.read_body(bytes.substr(at, end - at), outcome.body);
      if (!step) {
        return {fmt::format("body {}", step.error().status), ""};
      }
      at += step->used;
      CHECK(at <= end && outcome.body.size() <= kMostBody);
      if (step->state == Message::Step::State::done) {
        return {fmt::format("done at {}", at), outcome.body};
      }
      if (step->used == 0) {
        break;
      }
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto target = parse_target(text)) {
    check_target(*target);
  }
  if (const auto host = parse_host(text)) {
    CHECK(parse_host(*host) == host);
  }
  if (const auto network = Network::parse(text)) {
    CHECK(Network::parse(network->text()) == network);
  }
  for (const std::uint64_t of :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, UINT64_MAX}) {
    const RangeAnswer answer = parse_range(text, of);
    CHECK(answer.kind != RangeAnswer::Kind::part ||
          (answer.range.length > 0 && answer.range.first < of &&
           answer.range.length <= of - answer.range.first));
  }
  (void)accepts_gzip(text);
  (void)matches_etag(text, "tag", Comparison::strong);
  const Outcome whole = read(text, size);
  for (const std::size_t first : {size / 2, size / 3, size - std::min<std::size_t>(size, 1)}) {
    CHECK(read(text, first) == whole);
  }
  return 0;
}
