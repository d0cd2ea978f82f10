// The request target: from the bytes of the request line to a decoded path and query (RFC
// 9112, 3.2; RFC 3986). Not for other folders.
//
// Nothing is repaired: what could mean one thing to a proxy and another to us is refused. That is:
// dot segments, empty segments but a last one, encoded slashes and backslashes, control characters,
// ill-formed UTF-8 (overlong forms too), characters that RFC 3986 does not allow unencoded.
//
// Thread rule: pure functions.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/http.h"

namespace weir::http {

inline constexpr std::size_t kMostTargetBytes = 8192;
inline constexpr std::size_t kMostQueryParameters = 100;

struct Target {
  enum class Form { path, asterisk } form = Form::path;
  std::string path;  // "/"-separated, decoded
  std::vector<Field> query;
  std::optional<std::string> host;  // of an absolute target
};

/// The problem is 400 or, for length, 414.
std::expected<Target, Problem> parse_target(std::string_view raw);

/// A Host field or the authority of an absolute target, in lower case: a name or a numeric
/// address, and perhaps a port. Nothing for anything else, user information included.
std::optional<std::string> parse_host(std::string_view raw);

}  // namespace weir::http
