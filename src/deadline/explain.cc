// How an instant came about, for people: each step with its clause.
#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "deadline/known.h"

namespace weir::deadline {
namespace {

Step step(std::string text, const Citation& citation) {
  return {std::move(text), citation.clause, citation.address, std::string(name(citation.mark))};
}

/// "exploitation_known at 2026-09-11 14:00 +02:00", for each part of the condition.
void explain_condition(const Rules& rules, const Version& version, const Condition& condition,
                       const Known& known, const Zone& zone, const std::string& wording,
                       const Citation& citation, std::vector<Step>& steps) {
  for (const Any& any : condition) {
    const Instant at = known.time(any);
    std::string who = "nothing yet";
    for (std::size_t i = 0; i < rules.events.size(); ++i) {
      if ((any.events >> i & 1U) != 0 && at != kNever &&
          known.event(static_cast<std::uint8_t>(i)) == at) {
        who = rules.events[i].name;
      }
    }
    for (std::size_t i = 0; i < version.stages.size(); ++i) {
      if ((any.stages >> i & 1U) != 0 && at != kNever && known.filed(i) == at) {
        who = version.stages[i].id + " filed";
      }
    }
    steps.push_back(step(at == kNever
                             ? fmt::format("\"{}\": has not happened", wording)
                             : fmt::format("\"{}\": {} at {}", wording, who, zone.show(at)),
                         citation));
  }
}

void explain_limits(const Stage& stage, const Obligation& obligation, const Place& place,
                    const Known& known, std::vector<Step>& steps) {
  if (stage.limits.empty()) {
    steps.push_back(step("no fixed time is given", stage.citation));
  }
  int running = 0;
  for (const Limit& limit : stage.limits) {
    const auto end = end_of_limit(limit, obligation.start, place, known);
    if (!end) {
      steps.push_back(step(fmt::format("\"{}\": does not run yet", limit.wording), limit.citation));
      continue;
    }
    if (has_lapsed(limit, *end, obligation.start)) {
      steps.push_back(
          step(fmt::format("\"{}\": was over at {}, before the stage began; not counted",
                           limit.wording, place.zone.show(end->due)),
               limit.citation));
      continue;
    }
    ++running;
    if (limit.date) {
      steps.push_back(step(fmt::format("\"{}\": {}", limit.wording, place.zone.show(end->due)),
                           limit.citation));
      continue;
    }
    steps.push_back(step(fmt::format("\"{}\"", limit.wording), limit.citation));
    const Instant from = limit.from.empty() ? obligation.start : known.time(limit.from);
    explain_end(limit.period, from, place.zone, place.calendar, steps);
    const bool used_holidays = limit.period.unit == Unit::business_days ||
                               (is_eu(limit.period.counting) && limit.period.unit != Unit::hours);
    if (used_holidays) {
      steps.push_back({fmt::format("holidays of {}: {}", place.code, place.calendar_source),
                       {},
                       {},
                       std::string(name(place.calendar_mark))});
    }
  }
  if (running > 1 && obligation.due) {
    steps.push_back(
        {"of these the earliest counts: " + place.zone.show(*obligation.due), {}, {}, {}});
  }
}

void explain_state(const Obligation& obligation, const Zone& zone, std::vector<Step>& steps) {
  if (obligation.state == State::waived) {
    steps.push_back(
        {"waived: it was provided, or fell away, at " + zone.show(*obligation.met), {}, {}, {}});
  } else if (obligation.met) {
    steps.push_back({std::string(obligation.state == State::met ? "met" : "met late") + " at " +
                         zone.show(*obligation.met),
                     {},
                     {},
                     {}});
  }
}

}  // namespace

std::vector<Step> explain(const Rules& rules, const Position& position, const History& history,
                          const Obligation& obligation) {
  std::vector<Step> steps;
  const Position::Entry* entry = find_entry(position, obligation.stage);
  CHECK(entry != nullptr);
  const Version& version = version_of(rules, obligation.stage);
  const Stage& stage = stage_of(rules, obligation.stage);
  const Zone& zone = entry->place->zone;
  // With everything that is known: what happened after the look at it does not move the instant.
  Known known(rules, history, kNever);
  known.look_at(entry->regime, entry->version);
  const std::string until = version.until ? " until " + to_date(*version.until) : "";
  steps.push_back(step(fmt::format("{}, in force from {}{}", rules.regimes[entry->regime].title,
                                   to_date(*version.from), until),
                       version.citation));
  explain_condition(rules, version, version.opens, known, zone, version.wording,
                    version.opens_citation, steps);
  explain_condition(rules, version, stage.when, known, zone, stage.wording, stage.citation, steps);
  if (obligation.state == State::not_triggered) {
    return steps;
  }
  for (const std::uint8_t event : contradictions(history.facts)) {
    steps.push_back({"facts give different times for " + rules.events[event].name +
                         ": the earliest counts until one is corrected",
                     {},
                     {},
                     {}});
  }
  explain_limits(stage, obligation, *entry->place, known, steps);
  explain_state(obligation, zone, steps);
  return steps;
}

Mark mark_of(const Rules& rules, const Obligation& obligation) {
  const Version& version = version_of(rules, obligation.stage);
  const Stage& stage = stage_of(rules, obligation.stage);
  Mark weakest = std::max(version.opens_citation.mark, stage.citation.mark);
  for (const Limit& limit : stage.limits) {
    weakest = std::max(weakest, limit.citation.mark);
  }
  return weakest;
}

}  // namespace weir::deadline
