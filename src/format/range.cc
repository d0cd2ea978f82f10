#include "format/range.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace weir::format {
namespace {

constexpr std::size_t kMaxConstraints = 1'000;  // of one text
constexpr std::string_view kVers = "vers:";
constexpr std::string_view kAllVersions = "all versions";

struct Constraint {
  std::string_view comparator;  // "", "=", "<", "<=", ">="
  std::string version;
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return out;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(' ')) {
    text.remove_suffix(1);
  }
  return text;
}

/// vers: percent-encodes what it needs for itself.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = from_hex(lower(text.substr(i + 1, 2)));
    if (!byte || byte->size() != 1) {
      return std::nullopt;
    }
    out += *byte;
    i += 2;
  }
  return is_utf8(out) ? std::optional(out) : std::nullopt;
}

std::optional<Constraint> parse_constraint(std::string_view text) {
  text = trim(text);
  for (const std::string_view comparator : {"<=", ">=", "<", "="}) {
    if (text.starts_with(comparator)) {
      const std::string_view version = trim(text.substr(comparator.size()));
      if (version.empty() || version.find_first_of("<>=!*") != std::string_view::npos) {
        return std::nullopt;
      }
      return Constraint{comparator, std::string(version)};
    }
  }
  if (text.empty() || text.find_first_of("<>=!*") != std::string_view::npos) {
    return std::nullopt;
  }
  return Constraint{"", std::string(text)};
}

std::optional<std::vector<Constraint>> parse_constraints(std::string_view text) {
  std::vector<Constraint> all;
  while (true) {
    const std::size_t bar = text.find('|');
    auto constraint = parse_constraint(text.substr(0, bar));
    if (!constraint || all.size() == kMaxConstraints) {
      return std::nullopt;
    }
    all.push_back(std::move(*constraint));
    if (bar == std::string_view::npos) {
      return all;
    }
    text.remove_prefix(bar + 1);
  }
}

/// Constraints in version order, as vers: demands: each lower bound pairs with the upper bound that
/// follows it.
std::optional<std::vector<VersionRange>> pair_up(const std::vector<Constraint>& constraints,
                                                 const std::string& scheme) {
  std::vector<VersionRange> ranges;
  bool is_open = false;  // the last range waits for its upper bound
  for (const auto& [comparator, version] : constraints) {
    if (comparator == ">=") {
      if (is_open) {
        return std::nullopt;
      }
      ranges.push_back({.introduced = version, .fixed = "", .last_affected = "", .scheme = scheme});
      is_open = true;
    } else if (comparator == "<" || comparator == "<=") {
      if (!is_open && !ranges.empty()) {
        return std::nullopt;  // "1.0|<2": what the upper bound belongs to is a guess
      }
      if (!is_open) {
        ranges.push_back({.introduced = "", .fixed = "", .last_affected = "", .scheme = scheme});
      }
      (comparator == "<" ? ranges.back().fixed : ranges.back().last_affected) = version;
      is_open = false;
    } else {
      if (is_open) {
        return std::nullopt;
      }
      ranges.push_back(
          {.introduced = version, .fixed = "", .last_affected = version, .scheme = scheme});
    }
  }
  return ranges;
}

std::optional<std::vector<VersionRange>> parse_vers(std::string_view text) {
  text.remove_prefix(kVers.size());
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0) {
    return std::nullopt;
  }
  std::string scheme = lower(text.substr(0, slash));
  if (scheme == "all") {
    scheme.clear();
  }
  const std::string_view rest = trim(text.substr(slash + 1));
  if (rest == "*") {
    return std::vector{
        VersionRange{.introduced = "", .fixed = "", .last_affected = "", .scheme = scheme}};
  }
  auto constraints = parse_constraints(rest);
  if (!constraints) {
    return std::nullopt;
  }
  for (Constraint& constraint : *constraints) {
    auto version = percent_decoded(constraint.version);
    if (!version) {
      return std::nullopt;
    }
    constraint.version = std::move(*version);
  }
  return pair_up(*constraints, scheme);
}

}  // namespace

bool is_unsaid(std::string_view text) {
  constexpr std::array<std::string_view, 6> kWords = {"",        "n/a",           "unspecified",
                                                      "unknown", "not specified", "-"};
  return std::ranges::find(kWords, lower(trim(text))) != kWords.end();
}

bool is_every_version(std::string_view text) {
  const std::string words = lower(trim(text));
  return words == "*" || words == kAllVersions || words == "all" || words == "vers:all/*";
}

bool is_rule(std::string_view text) {
  return is_every_version(text) || text.find_first_of("<>=|") != std::string_view::npos ||
         lower(trim(text)).starts_with(kAllVersions) || lower(text).starts_with(kVers);
}

std::optional<std::vector<VersionRange>> parse_ranges(std::string_view text) {
  text = trim(text);
  if (is_every_version(text)) {
    return std::vector{VersionRange{}};
  }
  if (lower(text.substr(0, kVers.size())) == kVers) {
    return parse_vers(text);
  }
  if (lower(text.substr(0, kAllVersions.size())) == kAllVersions) {
    text = trim(text.substr(kAllVersions.size()));
    if (!text.starts_with('<') && !text.starts_with(">=")) {
      return std::nullopt;  // "All versions running on ..."
    }
  }
  const auto constraints = parse_constraints(text);
  if (!constraints || constraints->size() > 2) {
    return std::nullopt;
  }
  if (constraints->size() == 2 && !constraints->back().comparator.starts_with('<')) {
    return std::nullopt;  // vers: is sorted, words need not be
  }
  for (const Constraint& constraint : *constraints) {
    const bool is_bare = constraint.comparator.empty();
    // A bare version may stand alone only, and prose is not a version. "," is a list or an "and".
    if ((is_bare && (constraints->size() > 1 || constraint.version.contains(' '))) ||
        constraint.version.contains(',')) {
      return std::nullopt;
    }
  }
  return pair_up(*constraints, "");
}

}  // namespace weir::format
