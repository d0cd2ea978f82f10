#include "version/range.h"

#include <algorithm>
#include <array>

#include "version/order.h"

namespace weir::version {
namespace {

constexpr std::array<std::string_view, 3> kStandings = {"affected", "unaffected", "unknown"};
constexpr std::array<std::string_view, 10> kRules = {
    "listed",   "inside",  "every",      "before",    "after",
    "excluded", "changed", "by_default", "elsewhere", "unordered"};

using Kind = OsvEvent::Kind;

bool is_beginning(const OsvEvent& event) {
  return event.kind == Kind::introduced && event.version == "0";
}

/// Whether `a` comes before `b` among the events of a range.
bool is_earlier(Scheme scheme, const OsvEvent& a, const OsvEvent& b) {
  if (is_beginning(a) || is_beginning(b)) {
    return is_beginning(a) && !is_beginning(b);
  }
  return compare(scheme, a.version, b.version) < 0;
}

std::string bound(std::string_view comparator, std::string_view version) {
  return std::string(comparator).append(version);
}

/// No limit at all, or at least one that the version lies below.
bool is_within_limits(Scheme scheme, std::span<const OsvEvent> events, std::string_view version) {
  bool is_limited = false;
  for (const OsvEvent& event : events) {
    if (event.kind != Kind::limit) {
      continue;
    }
    if (event.version == "*" || compare(scheme, version, event.version) < 0) {
      return true;
    }
    is_limited = true;
  }
  return !is_limited;
}

/// The first event after `from` that ends what it began.
std::string end_of(std::span<const OsvEvent> events, std::size_t from) {
  for (const OsvEvent& event : events.subspan(from)) {
    if (event.kind == Kind::fixed) {
      return bound("< ", event.version);
    }
    if (event.kind == Kind::last_affected) {
      return bound("<= ", event.version);
    }
  }
  return "";
}

Verdict judge_sorted(Scheme scheme, std::span<const OsvEvent> events, std::string_view version) {
  Verdict verdict{.standing = Standing::unaffected, .rule = Rule::before};
  bool is_affected = false;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const OsvEvent& event = events[i];
    if (event.kind == Kind::introduced &&
        (event.version == "0" || compare(scheme, version, event.version) >= 0)) {
      if (!is_affected) {
        verdict.from = event.version == "0" ? "" : bound(">= ", event.version);
        verdict.until = end_of(events, i);
        verdict.is_fix = verdict.until.starts_with("< ");
      }
      is_affected = true;
    } else if (event.kind == Kind::introduced && !is_affected && verdict.rule == Rule::before &&
               verdict.from.empty() && verdict.until.empty()) {
      verdict.from = bound(">= ", event.version);  // where it would begin
    } else if ((event.kind == Kind::fixed && compare(scheme, version, event.version) >= 0) ||
               (event.kind == Kind::last_affected && compare(scheme, version, event.version) > 0)) {
      if (is_affected) {
        verdict.rule = Rule::after;
        verdict.until = bound(event.kind == Kind::fixed ? "< " : "<= ", event.version);
        verdict.is_fix = event.kind == Kind::fixed;
      }
      is_affected = false;
    }
  }
  if (is_affected && is_within_limits(scheme, events, version)) {
    verdict.standing = Standing::affected;
    const bool is_everything = verdict.from.empty() && verdict.until.empty();
    verdict.rule = is_everything ? Rule::every : Rule::inside;
  } else if (is_affected) {
    const auto limit = std::ranges::find(events, Kind::limit, &OsvEvent::kind);
    verdict.rule = Rule::after;
    verdict.until = bound("< ", limit->version);
    verdict.is_fix = false;
  }
  return verdict;
}

Verdict judge_range(Scheme scheme, const OsvRange& range, std::string_view version) {
  const auto earlier = [&](const OsvEvent& a, const OsvEvent& b) {
    return is_earlier(scheme, a, b);
  };
  if (std::ranges::is_sorted(range.events, earlier)) {
    return judge_sorted(scheme, range.events, version);
  }
  OsvRange sorted = range;
  sort_events(scheme, sorted);
  return judge_sorted(scheme, sorted.events, version);
}

/// Of two reasons why not, the one that says more.
bool says_more(const Verdict& a, const Verdict& b) {
  const auto weight = [](const Verdict& verdict) {
    return verdict.rule == Rule::after ? 3 : verdict.rule == Rule::before ? 2 : 1;
  };
  return weight(a) > weight(b);
}

Verdict judge_list(Scheme scheme, std::span<const std::string> versions, std::string_view version,
                   bool by_order) {
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (versions[i] == version || (by_order && compare(scheme, versions[i], version) == 0)) {
      return {.standing = Standing::affected, .rule = Rule::listed, .entry = i};
    }
  }
  return {.standing = Standing::unaffected, .rule = Rule::elsewhere};
}

}  // namespace

std::string_view name(Standing standing) {
  return kStandings[static_cast<std::size_t>(standing)];
}

std::optional<Standing> parse_standing(std::string_view word) {
  const auto at = std::ranges::find(kStandings, word);
  return at == kStandings.end() ? std::nullopt
                                : std::optional(static_cast<Standing>(at - kStandings.begin()));
}

std::string_view name(Rule rule) {
  return kRules[static_cast<std::size_t>(rule)];
}

std::string explain(const Verdict& verdict, std::string_view version) {
  const std::string range =
      verdict.from + (verdict.from.empty() || verdict.until.empty() ? "" : ", ") + verdict.until;
  std::string out = std::string(version) + " is ";
  out += verdict.standing == Standing::affected     ? "affected: "
         : verdict.standing == Standing::unaffected ? "not affected: "
                                                    : "not known to be affected: ";
  switch (verdict.rule) {
    case Rule::listed:
      return out + "it is listed" + (range.empty() ? "" : " as " + range);
    case Rule::inside:
      return out + "it is within " + range;
    case Rule::every:
      return out + "every version is";
    case Rule::before:
      return out + "it is older than the range " + range;
    case Rule::after:
      return out + "it is newer than the range " + range +
             (verdict.is_fix ? ", fixed in " + verdict.until.substr(2) : "");
    case Rule::excluded:
      return out + "it is excepted by name";
    case Rule::changed:
      return out + "a change within the range says so (" + range + ")";
    case Rule::by_default:
      return out + "no entry covers it, and that is the record's default";
    case Rule::elsewhere:
      return out + "no range and no list holds it";
    case Rule::unordered:
      return out + "the record has only commits, which have no order here";
  }
  std::unreachable();
}

void sort_events(Scheme scheme, OsvRange& range) {
  std::vector<OsvEvent*> order;
  for (OsvEvent& event : range.events) {
    order.push_back(&event);
  }
  sort_safely(order, [&](const OsvEvent* a, const OsvEvent* b) {
    return is_earlier(scheme, *a, *b) || (!is_earlier(scheme, *b, *a) && a < b);
  });
  std::vector<OsvEvent> sorted;
  for (OsvEvent* event : order) {
    sorted.push_back(std::move(*event));
  }
  range.events = std::move(sorted);
}

Verdict judge(Scheme scheme, std::span<const OsvRange> ranges,
              std::span<const std::string> versions, std::string_view version) {
  const bool has_order = std::ranges::any_of(
      ranges, [](const OsvRange& range) { return range.type != OsvRange::Type::git; });
  Verdict verdict = judge_list(scheme, versions, version, !has_order);
  const bool is_listed = verdict.standing == Standing::affected;
  if (!has_order && versions.empty()) {
    return {.standing = Standing::unknown,
            .rule = ranges.empty() ? Rule::elsewhere : Rule::unordered};
  }
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].type == OsvRange::Type::git || ranges[i].events.empty()) {
      continue;
    }
    Verdict one = judge_range(scheme, ranges[i], version);
    one.entry = i;
    if (one.standing == Standing::affected) {
      return one;  // also of a version that is listed: a range says where the fix is
    }
    if (!is_listed && says_more(one, verdict)) {
      verdict = std::move(one);
    }
  }
  return verdict;
}

bool is_affected(Scheme scheme, std::span<const OsvRange> ranges,
                 std::span<const std::string> versions, std::string_view version) {
  bool has_order = false;
  for (const OsvRange& range : ranges) {
    if (range.type == OsvRange::Type::git) {
      continue;
    }
    has_order = true;
    bool is_inside = false;
    for (const OsvEvent& event : range.events) {
      switch (event.kind) {
        case Kind::introduced:
          is_inside =
              is_inside || event.version == "0" || compare(scheme, version, event.version) >= 0;
          break;
        case Kind::fixed:
          is_inside = is_inside && compare(scheme, version, event.version) < 0;
          break;
        case Kind::last_affected:
          is_inside = is_inside && compare(scheme, version, event.version) <= 0;
          break;
        case Kind::limit:
          break;
      }
    }
    if (is_inside && is_within_limits(scheme, range.events, version)) {
      return true;
    }
  }
  return judge_list(scheme, versions, version, !has_order).standing == Standing::affected;
}

}  // namespace weir::version
