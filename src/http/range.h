// Byte ranges and conditions of a request (RFC 9110, 13 and 14). Not for other folders, but
// matches_etag(), which http.h offers.
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::http {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;  // at least 1
};

struct RangeAnswer {
  enum class Kind {
    whole,        // no range, several ranges, or not understood: RFC 9110 lets us send all
    part,         // 206
    unsatisfied,  // 416
  } kind = Kind::whole;
  ByteRange range{};
};

/// What a Range field asks of `size` bytes.
RangeAnswer parse_range(std::string_view field, std::uint64_t size);

}  // namespace weir::http
