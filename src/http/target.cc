#include "http/target.h"

#include <algorithm>

#include "base/bytes.h"
#include "http/text.h"

namespace weir::http {

namespace {

constexpr std::size_t kMostHostBytes = 255;
constexpr std::size_t kMostPortDigits = 5;

enum class Plus { itself, space };

/// RFC 3986: what may stand in a path segment or query as it is.
bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~!$&'()*+,;=:@").contains(c);
}

std::optional<std::string> decode(std::string_view text, std::string_view also_plain, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      const auto byte = from_hex(lower(text.substr(i + 1, 2)));
      if (!byte || byte->size() != 1) {
        return std::nullopt;
      }
      out += *byte;
      i += 2;
    } else if (c == '+' && plus == Plus::space) {
      out += ' ';
    } else if (is_plain(c) || also_plain.contains(c)) {
      out += c;
    } else {
      return std::nullopt;
    }
  }
  const bool control = std::ranges::any_of(out, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
  return control || !is_utf8(out) ? std::nullopt : std::optional(std::move(out));
}

std::optional<std::string> decode_query(std::string_view text) {
  return decode(text, "/?", Plus::space);
}

std::optional<std::string> decode_path(std::string_view raw) {
  std::string path;
  path.reserve(raw.size());
  const std::vector<std::string_view> segments = split(raw.substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto segment = decode(segments[i], "", Plus::itself);
    if (!segment || *segment == "." || *segment == ".." ||
        segment->find_first_of("/\\") != std::string::npos ||
        (segment->empty() && i + 1 < segments.size())) {
      return std::nullopt;
    }
    path += '/';
    path += *segment;
  }
  return path;
}

std::optional<std::vector<Field>> parse_query(std::string_view raw) {
  std::vector<Field> query;
  if (raw.empty()) {
    return query;
  }
  for (const std::string_view pair : split(raw, '&')) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = decode_query(pair.substr(0, equals));
    auto value = decode_query(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value || name->empty() || query.size() == kMostQueryParameters) {
      return std::nullopt;
    }
    query.push_back({std::move(*name), std::move(*value)});
  }
  return query;
}

std::unexpected<Problem> bad(std::string_view what) {
  return std::unexpected(problem(400, std::string(what)));
}

}  // namespace

std::optional<std::string> parse_host(std::string_view raw) {
  if (raw.empty() || raw.size() > kMostHostBytes) {
    return std::nullopt;
  }
  std::string host = lower(raw);
  std::size_t end = 0;
  if (host.front() == '[') {
    end = host.find(']');
    if (end == std::string::npos || !Address::parse(std::string_view(host).substr(1, end - 1)) ||
        !host.substr(1, end - 1).contains(':')) {
      return std::nullopt;
    }
    ++end;
  } else {
    end = std::min(host.find(':'), host.size());
    const auto in_name = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    };
    if (end == 0 ||
        !std::all_of(host.begin(), host.begin() + static_cast<std::ptrdiff_t>(end), in_name)) {
      return std::nullopt;
    }
  }
  const std::string_view port = std::string_view(host).substr(end);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!port.empty() && (port.front() != ':' || port.size() > 1 + kMostPortDigits ||
                        !std::ranges::all_of(port.substr(1), is_digit))) {
    return std::nullopt;
  }
  return host;
}

std::expected<Target, Problem> parse_target(std::string_view raw) {
  if (raw.size() > kMostTargetBytes) {
    return std::unexpected(problem(414, ""));
  }
  Target target;
  std::string with_path;
  if (raw == "*") {
    target.form = Target::Form::asterisk;
    return target;
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equal_without_case(raw.substr(0, scheme.size()), scheme)) {
      raw.remove_prefix(scheme.size());
      const std::size_t end = std::min(raw.find_first_of("/?#"), raw.size());
      target.host = parse_host(raw.substr(0, end));
      if (!target.host) {
        return bad("the target names no valid host");
      }
      raw.remove_prefix(end);
      if (raw.empty() || raw.front() == '?') {  // RFC 9112, 3.2.2: an empty path is "/"
        with_path = "/" + std::string(raw);
        raw = with_path;
      }
      break;
    }
  }
  if (!raw.starts_with('/')) {
    return bad("the target must be a path");
  }
  const std::size_t end = std::min(raw.find('?'), raw.size());
  auto path = decode_path(raw.substr(0, end));
  if (!path) {
    return bad("the path is not well formed");
  }
  target.path = std::move(*path);
  auto query = parse_query(raw.substr(std::min(end + 1, raw.size())));
  if (!query) {
    return bad("the query is not well formed");
  }
  target.query = std::move(*query);
  return target;
}

}  // namespace weir::http
