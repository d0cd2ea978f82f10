// Facts as times, and which facts cannot be.
#include "deadline/known.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace weir::deadline {
namespace {

/// The least of `times` over the bits of `mask`.
template <class Mask, std::size_t kSize>
Instant earliest(Mask mask, const std::array<Instant, kSize>& times) {
  Instant least = kNever;
  for (; mask != 0; mask &= mask - 1) {
    least = std::min(least, times[static_cast<std::size_t>(std::countr_zero(mask))]);
  }
  return least;
}

const Fact* find_fact(std::span<const Fact> facts, std::int64_t id) {
  const auto found = std::ranges::find(facts, id, &Fact::id);
  return found == facts.end() ? nullptr : &*found;
}

/// Whether following corrections from `fact` leads back to it.
bool is_circular(std::span<const Fact> facts, const Fact& fact) {
  const Fact* at = &fact;
  for (std::size_t i = 0; i <= facts.size(); ++i) {
    if (at->supersedes == 0) {
      return false;
    }
    at = find_fact(facts, at->supersedes);
    if (at == nullptr) {
      return false;
    }
  }
  return true;
}

Status check_one(const Rules& rules, std::span<const Fact> facts, const Fact& fact, Instant now) {
  const auto refuse = [&](std::string why) {
    return fail(Code::invalid, std::move(why), fmt::format("fact {}", fact.id));
  };
  if (fact.event >= rules.events.size()) {
    return refuse("no such event");
  }
  if (fact.id <= 0 || std::ranges::count(facts, fact.id, &Fact::id) != 1) {
    return refuse("a fact has a number of its own");
  }
  if (fact.at.ms < 0) {
    return refuse("a fact before 1970");
  }
  const bool is_date = rules.events[fact.event].kind == Event::Kind::date;
  if (!is_date && fact.at > now) {
    return refuse("a fact in the future");
  }
  if (std::chrono::sys_time<Duration>(Duration(fact.at.ms)) >=
      Day(std::chrono::year(kLastYear) / 1 / 1)) {
    return refuse("a date beyond the calendars");
  }
  if (fact.supersedes == 0) {
    return fact.says == Fact::Says::happened ? Status()
                                             : refuse("only a correction takes a fact back");
  }
  const Fact* corrected = find_fact(facts, fact.supersedes);
  if (corrected == nullptr || corrected->event != fact.event) {
    return refuse("a correction names a fact of the same event");
  }
  return is_circular(facts, fact) ? refuse("corrections go round in a circle") : Status();
}

}  // namespace

bool stands(std::span<const Fact> facts, const Fact& fact) {
  return fact.says == Fact::Says::happened && std::ranges::none_of(facts, [&](const Fact& other) {
           return other.supersedes == fact.id;
         });
}

Known::Known(const Rules& rules, const History& history, Instant now)
    : history_(history), now_(now) {
  events_.fill(kNever);
  stages_.fill(kNever);
  for (const Fact& fact : history.facts) {
    const bool is_known = fact.at <= now || rules.events[fact.event].kind == Event::Kind::date;
    if (is_known && fact.at < events_[fact.event] && stands(history.facts, fact)) {
      events_[fact.event] = fact.at;
    }
  }
}

void Known::look_at(std::uint16_t regime, std::uint16_t version) {
  regime_ = regime;
  version_ = version;
  stages_.fill(kNever);
  for (const Filing& filing : history_.filings) {
    if (filing.stage.regime == regime && filing.stage.version == version && filing.at <= now_) {
      Instant& first = stages_[filing.stage.stage];
      first = std::min(first, filing.at);
    }
  }
}

Instant Known::time(const Any& any) const {
  return std::min(earliest(any.events, events_), earliest(any.stages, stages_));
}

Instant Known::time(const Condition& condition) const {
  Instant latest{};
  for (const Any& any : condition) {
    latest = std::max(latest, time(any));
  }
  return latest;
}

Instant Known::provided(std::size_t stage, std::uint64_t required) const {
  Instant first = kNever;
  for (const Filing& filing : history_.filings) {
    const bool is_other = filing.stage.regime == regime_ && filing.stage.version == version_ &&
                          filing.stage.stage != stage;
    if (is_other && filing.at <= now_ && (filing.fields & required) == required) {
      first = std::min(first, filing.at);
    }
  }
  return first;
}

Status check(const Rules& rules, std::span<const Fact> facts, Instant now) {
  for (const Fact& fact : facts) {
    TRY(check_one(rules, facts, fact, now));
  }
  return {};
}

std::vector<std::uint8_t> contradictions(std::span<const Fact> facts) {
  std::vector<std::uint8_t> found;
  for (const Fact& one : facts) {
    const bool is_contradicted = std::ranges::any_of(facts, [&](const Fact& other) {
      return other.event == one.event && other.at != one.at && stands(facts, other);
    });
    if (stands(facts, one) && is_contradicted &&
        std::ranges::find(found, one.event) == found.end()) {
      found.push_back(one.event);
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace weir::deadline
