#include <algorithm>
#include <array>

#include "advisory/advisory.h"

namespace weir::advisory {
namespace {

constexpr std::array<std::string_view, kSources> kSourceNames = {
    "cve",    "nvd", "osv",    "csaf",     "kev",           "description", "enrichment",
    "nodejs", "ics", "kev_eu", "kev_euvd", "kev_vulncheck", "kev_gcve"};

}  // namespace

std::string_view name(Source source) {
  return kSourceNames.at(static_cast<std::size_t>(source) - 1);
}

bool is_exploited_list(Source source) {
  return std::ranges::find(kExploitedLists, source) != kExploitedLists.end();
}

std::optional<Source> parse_source(std::string_view text) {
  for (std::size_t i = 0; i < kSourceNames.size(); ++i) {
    if (kSourceNames[i] == text) {
      return static_cast<Source>(i + 1);
    }
  }
  return std::nullopt;
}

std::string_view name(State state) {
  switch (state) {
    case State::published:
      return "published";
    case State::rejected:
      return "rejected";
    case State::withdrawn:
      return "withdrawn";
    case State::removed:
      return "removed";
  }
  CHECK(false);
}

std::string_view name(Standing standing) {
  switch (standing) {
    case Standing::affected:
      return "affected";
    case Standing::unaffected:
      return "unaffected";
    case Standing::unknown:
      return "unknown";
    case Standing::fixed:
      return "fixed";
    case Standing::investigation:
      return "under_investigation";
  }
  CHECK(false);
}

std::string_view name(RangeKind kind) {
  switch (kind) {
    case RangeKind::semver:
      return "semver";
    case RangeKind::ecosystem:
      return "ecosystem";
    case RangeKind::git:
      return "git";
    case RangeKind::cve:
      return "cve";
    case RangeKind::cpe:
      return "cpe";
    case RangeKind::vers:
      return "vers";
    case RangeKind::native:
      return "native";
    case RangeKind::prose:
      return "prose";
  }
  CHECK(false);
}

std::string_view name(Bound bound) {
  switch (bound) {
    case Bound::introduced:
      return "introduced";
    case Bound::after:
      return "after";
    case Bound::fixed:
      return "fixed";
    case Bound::last_affected:
      return "last_affected";
    case Bound::limit:
      return "limit";
    case Bound::exact:
      return "exact";
    case Bound::turns_affected:
      return "turns_affected";
    case Bound::turns_unaffected:
      return "turns_unaffected";
    case Bound::turns_unknown:
      return "turns_unknown";
  }
  CHECK(false);
}

}  // namespace weir::advisory
