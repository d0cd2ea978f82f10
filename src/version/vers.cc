#include "version/vers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/time.h"
#include "version/order.h"

namespace weir::version {
namespace {

constexpr std::array<std::string_view, 6> kComparators = {"<", "<=", "=", "!=", ">=", ">"};

bool is_type(std::string_view text) {
  return !text.empty() && is_lower(text.front()) && std::ranges::all_of(text, [](char c) {
    return is_lower(c) || is_digit(c) || c == '.' || c == '-';
  });
}

bool is_unreserved(char c) {
  return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_' || c == '~';
}

/// What may stand in a version as it is; everything else is encoded.
bool is_plain(char c) {
  return is_unreserved(c) || c == ':' || c == '+';
}

int hex_value(char c) {
  return is_digit(c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

Result<std::string> decode(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    if (text.front() != '%') {
      decoded += text.front();
      text.remove_prefix(1);
      continue;
    }
    const int high = text.size() > 2 ? hex_value(text[1]) : -1;
    const int low = text.size() > 2 ? hex_value(text[2]) : -1;
    if (high < 0 || low < 0) {
      return fail(Code::invalid, "a % is not followed by two upper-case hexadecimal digits");
    }
    decoded += static_cast<char>(high * 16 + low);
    if (is_unreserved(decoded.back())) {
      return fail(Code::invalid, "a character is percent-encoded that need not be");
    }
    text.remove_prefix(3);
  }
  return decoded;
}

void append_encoded(std::string& out, std::string_view version) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : version) {
    if (is_plain(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
}

Comparator take_comparator(std::string_view& text) {
  constexpr std::array kLongestFirst = {Comparator::less_equal,    Comparator::not_equal,
                                        Comparator::greater_equal, Comparator::less,
                                        Comparator::greater,       Comparator::equal};
  for (const Comparator comparator : kLongestFirst) {
    if (take(text, name(comparator))) {
      return comparator;
    }
  }
  return Comparator::equal;
}

Result<Constraint> parse_constraint(Scheme scheme, std::string_view text) {
  const Comparator comparator = take_comparator(text);
  if (text.empty()) {
    return fail(Code::invalid, "a constraint has no version");
  }
  if (text.find_first_of("<>=!*, \t") != text.npos) {
    return fail(Code::invalid, "a version holds a character that must be percent-encoded");
  }
  Constraint constraint{.comparator = comparator, .version = TRY(decode(text))};
  if (scheme == Scheme::datetime && (constraint.version.find_first_of("tz") != std::string::npos ||
                                     !parse_rfc3339(constraint.version))) {
    return fail(Code::invalid, "a datetime is RFC 3339 with an upper-case T and Z");
  }
  return constraint;
}

bool is_lower_bound(Comparator comparator) {
  return comparator == Comparator::greater || comparator == Comparator::greater_equal;
}
bool is_upper_bound(Comparator comparator) {
  return comparator == Comparator::less || comparator == Comparator::less_equal;
}

/// The constraints that bound, sorted; nothing if one of the others settles it.
std::optional<bool> settled(const Vers& range, std::string_view version,
                            std::vector<const Constraint*>& bounds) {
  bool only_exceptions = true;
  for (const Constraint& constraint : range.constraints) {
    const bool same = compare(range.scheme, constraint.version, version) == 0;
    const Comparator comparator = constraint.comparator;
    if (same && comparator == Comparator::not_equal) {
      return false;
    }
    only_exceptions = only_exceptions && comparator == Comparator::not_equal;
    if (is_lower_bound(comparator) || is_upper_bound(comparator)) {
      bounds.push_back(&constraint);
    }
  }
  for (const Constraint& constraint : range.constraints) {
    const Comparator comparator = constraint.comparator;
    const bool includes = comparator == Comparator::equal || comparator == Comparator::less_equal ||
                          comparator == Comparator::greater_equal;
    if (includes && compare(range.scheme, constraint.version, version) == 0) {
      return true;
    }
  }
  return only_exceptions ? std::optional(true) : std::nullopt;
}

}  // namespace

std::string_view name(Comparator comparator) {
  return kComparators[std::to_underlying(comparator)];
}

Result<Vers> parse_vers(std::string_view text) {
  if (text.size() > kMaxVersBytes) {
    return fail(Code::invalid, "a range of more than 65,536 bytes");
  }
  if (!take(text, "vers:")) {
    return fail(Code::invalid, "a range starts with \"vers:\"");
  }
  if (!text.contains('/')) {
    return fail(Code::invalid, "a / follows the type of a range");
  }
  Vers range;
  range.type = take_until(text, '/');
  const auto scheme = scheme_of_type(range.type);
  if (!is_type(range.type) || !scheme) {
    return fail(Code::invalid, "\"" + range.type + "\" is no known type of versions");
  }
  range.scheme = *scheme;
  if (text == "*") {
    range.any = true;
    return range;
  }
  for (bool more = true; more;) {
    more = text.contains('|');
    range.constraints.push_back(TRY(parse_constraint(range.scheme, take_until(text, '|'))));
    if (range.constraints.size() > kMaxConstraints) {
      return fail(Code::invalid, "a range of more than 2,000 constraints");
    }
  }
  return range;
}

void normalise(Vers& range) {
  sort_safely(range.constraints, [&](const Constraint& a, const Constraint& b) {
    const Order order = compare(range.scheme, a.version, b.version);
    if (order != kSame) {
      return order < 0;
    }
    // Equal versions that are written differently need an order too.
    return std::pair(a.comparator, std::string_view(a.version)) <
           std::pair(b.comparator, std::string_view(b.version));
  });
}

std::string text(const Vers& range) {
  std::string out = "vers:" + range.type + "/";
  if (range.any) {
    return out + "*";
  }
  for (std::size_t i = 0; i < range.constraints.size(); ++i) {
    const Constraint& constraint = range.constraints[i];
    out += i > 0 ? "|" : "";
    out += constraint.comparator == Comparator::equal ? "" : name(constraint.comparator);
    append_encoded(out, constraint.version);
  }
  return out;
}

bool contains(const Vers& range, std::string_view version) {
  if (range.any) {
    return true;
  }
  std::vector<const Constraint*> bounds;
  if (const auto answer = settled(range, version, bounds)) {
    return *answer;
  }
  sort_safely(bounds, [&](const Constraint* a, const Constraint* b) {
    const Order order = compare(range.scheme, a->version, b->version);
    return order != kSame ? order < 0 : a->comparator < b->comparator;
  });
  // Between a lower bound and the upper one that follows it; the ends are open.
  for (std::size_t i = 0; i <= bounds.size() && !bounds.empty(); ++i) {
    const bool after_lower = i == 0 || (is_lower_bound(bounds[i - 1]->comparator) &&
                                        compare(range.scheme, bounds[i - 1]->version, version) < 0);
    const bool before_upper =
        i == bounds.size() || (is_upper_bound(bounds[i]->comparator) &&
                               compare(range.scheme, version, bounds[i]->version) < 0);
    if (after_lower && before_upper) {
      return true;
    }
  }
  return false;
}

}  // namespace weir::version
