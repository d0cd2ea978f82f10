#include "http/range.h"

#include <algorithm>

#include "base/bytes.h"
#include "http/http.h"
#include "http/text.h"

namespace weir::http {

namespace {

/// Digits with any number of leading zeroes; what is beyond 64 bits is beyond every file.
std::optional<std::uint64_t> parse_position(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
  return parse_decimal(digits).value_or(UINT64_MAX);
}

}  // namespace

RangeAnswer parse_range(std::string_view field, std::uint64_t size) {
  using Kind = RangeAnswer::Kind;
  constexpr std::string_view kUnit = "bytes=";
  if (!equal_without_case(field.substr(0, kUnit.size()), kUnit)) {
    return {};
  }
  const std::string_view spec = trim(field.substr(kUnit.size()));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) {
    return {};  // a comma fails below, as part of a number
  }
  const auto first = parse_position(spec.substr(0, dash));
  const auto last = parse_position(spec.substr(dash + 1));
  if (dash == 0) {  // "-N": the last N
    if (!last) {
      return {};
    }
    const std::uint64_t length = std::min(*last, size);
    return length == 0 ? RangeAnswer{Kind::unsatisfied}
                       : RangeAnswer{Kind::part, {size - length, length}};
  }
  if (!first || (!last && dash + 1 != spec.size()) || (last && *last < *first)) {
    return {};
  }
  if (*first >= size) {
    return {Kind::unsatisfied};
  }
  const std::uint64_t end = std::min(last.value_or(UINT64_MAX), size - 1);
  return {Kind::part, {*first, end - *first + 1}};
}

bool matches_etag(std::string_view field, std::string_view etag, Comparison comparison) {
  if (etag.empty()) {
    return false;
  }
  if (trim(field) == "*") {
    return true;
  }
  // A tag may hold a comma, ours never do: such an item is simply not ours.
  for (std::string_view item : split(field, ',')) {
    item = trim(item);
    if (item.starts_with("W/")) {
      if (comparison == Comparison::strong) {
        continue;
      }
      item.remove_prefix(2);
    }
    if (item.size() < 2 || item.front() != '"' || item.back() != '"') {
      continue;
    }
    item = item.substr(1, item.size() - 2);
    if (item == etag ||
        (comparison == Comparison::weak && item.size() == etag.size() + kGzipTag.size() &&
         item.starts_with(etag) && item.ends_with(kGzipTag))) {
      return true;
    }
  }
  return false;
}

}  // namespace weir::http
