// Obligations: which version governs, when each stage begins, when it ends, how it stands.
#include <algorithm>

#include "deadline/known.h"

namespace weir::deadline {
namespace {

/// How a stage stands, apart from the clock: discharged, waived, or open.
struct Outcome {
  std::optional<Instant> met;
  bool is_waived = false;
};

Outcome outcome_of(const Stage& stage, std::size_t number, const Obligation& obligation,
                   const Known& known) {
  const auto in_time = [&](Instant at) { return !obligation.due || at <= obligation.last; };
  const Instant own = stage.is_filing() ? known.filed(number) : known.time(stage.discharged_by);
  if (own != kNever && in_time(own)) {
    return {own};
  }
  if (!stage.waived_if.empty()) {
    const Instant waived = known.time(stage.waived_if);
    if (waived != kNever && in_time(waived)) {
      return {waived, true};
    }
  }
  if (stage.unless == Stage::Unless::provided && stage.required != 0) {
    const Instant provided = known.provided(number, stage.required);
    if (provided != kNever && in_time(provided)) {
      return {provided, true};
    }
    const Instant late = std::min(own, provided);
    return {late == kNever ? std::nullopt : std::optional(late)};
  }
  return {own == kNever ? std::nullopt : std::optional(own)};
}

State state_of(const Obligation& obligation, const Outcome& outcome, Instant now, Duration soon) {
  if (outcome.is_waived) {
    return State::waived;
  }
  if (outcome.met) {
    return !obligation.due || *outcome.met <= obligation.last ? State::met : State::met_late;
  }
  if (!obligation.due) {
    return State::running;
  }
  if (now > obligation.last) {
    return State::overdue;
  }
  return now >= *obligation.due - soon ? State::due_soon : State::running;
}

/// Due and last instant: of several limits that run, the one that ends first.
void set_end(const Stage& stage, const Place& place, const Known& known, Obligation& obligation) {
  for (const Limit& limit : stage.limits) {
    const auto end = end_of_limit(limit, obligation.start, place, known);
    if (end && !has_lapsed(limit, *end, obligation.start) &&
        (!obligation.due || end->due < *obligation.due)) {
      obligation.due = end->due;
      obligation.last = end->last;
      obligation.covered = end->covered;
    }
  }
}

void derive_entry(const Rules& rules, const Governing& one, Known& known, Instant now,
                  const Settings& settings, std::vector<Obligation>& out) {
  const Position::Entry& entry = *one.entry;
  const Version& version = rules.regimes[entry.regime].versions[entry.version];
  known.look_at(entry.regime, entry.version);
  for (std::size_t i = 0; i < version.stages.size(); ++i) {
    if ((entry.stages >> i & 1U) == 0) {
      continue;
    }
    const Stage& stage = version.stages[i];
    Obligation obligation;
    obligation.stage = {entry.regime, entry.version, static_cast<std::uint16_t>(i)};
    const Instant start = std::max(one.opened, known.time(stage.when));
    if (start != kNever) {
      obligation.start = start;
      set_end(stage, *entry.place, known, obligation);
      const Outcome outcome = outcome_of(stage, i, obligation, known);
      obligation.met = outcome.met;
      obligation.state = state_of(obligation, outcome, now, settings.soon);
    }
    out.push_back(obligation);
  }
}

}  // namespace

std::string_view name(State state) {
  constexpr std::array<std::string_view, 7> kNames = {
      "not_triggered", "running", "due_soon", "overdue", "met", "met_late", "waived"};
  return kNames[static_cast<std::size_t>(state)];
}

std::optional<End> end_of_limit(const Limit& limit, Instant start, const Place& place,
                                const Known& known) {
  if (limit.date) {
    const Instant at = known.event(*limit.date);
    return at == kNever ? std::nullopt : std::optional(End{at, at});
  }
  const Instant from = limit.from.empty() ? start : known.time(limit.from);
  if (from == kNever) {
    return std::nullopt;
  }
  return end_of(limit.period, from, place.zone, place.calendar);
}

bool has_lapsed(const Limit& limit, const End& end, Instant start) {
  return limit.before == Limit::Before::lapses && end.due < start;
}

std::vector<Governing> governing(const Rules& rules, const Position& position, Known& known) {
  std::vector<Governing> found;
  for (const Position::Entry& entry : position.entries) {
    const Version& version = rules.regimes[entry.regime].versions[entry.version];
    known.look_at(entry.regime, entry.version);
    const Instant opened = known.time(version.opens);
    if (opened == kNever || opened < entry.from || (entry.until && opened >= *entry.until)) {
      continue;
    }
    // Of the same regime the version that the case fell under first keeps it.
    if (!found.empty() && found.back().entry->regime == entry.regime) {
      if (opened < found.back().opened) {
        found.back() = {&entry, opened};
      }
      continue;
    }
    found.push_back({&entry, opened});
  }
  return found;
}

void derive(const Rules& rules, const Position& position, const History& history, Instant now,
            const Settings& settings, std::vector<Obligation>& out) {
  Known known(rules, history, now);
  for (const Governing& one : governing(rules, position, known)) {
    derive_entry(rules, one, known, now, settings, out);
  }
}

std::vector<Obligation> derive(const Rules& rules, const Position& position, const History& history,
                               Instant now, const Settings& settings) {
  std::vector<Obligation> out;
  derive(rules, position, history, now, settings, out);
  return out;
}

std::optional<Instant> next_change(const Rules& rules, const Position& position,
                                   const History& history, Instant now, const Settings& settings) {
  Instant next = kNever;
  const auto consider = [&](Instant at) {
    if (at > now) {
      next = std::min(next, at);
    }
  };
  for (const Fact& fact : history.facts) {
    consider(fact.at);
  }
  for (const Filing& filing : history.filings) {
    consider(filing.at);
  }
  for (const Obligation& one : derive(rules, position, history, now, settings)) {
    if (is_open(one.state) && one.due) {
      consider(*one.due - settings.soon);
      consider(one.last + Duration(1));
    }
  }
  return next == kNever ? std::nullopt : std::optional(next);
}

std::vector<Conflict> conflicts(const Rules& rules, const Position& position,
                                const History& history, Instant now) {
  std::vector<Conflict> found;
  Known known(rules, history, now);
  const std::vector<Governing> governed = governing(rules, position, known);
  const std::vector<Obligation> obligations = derive(rules, position, history, now);
  for (const Governing& one : governed) {
    const Position::Entry& entry = *one.entry;
    const Version& version = rules.regimes[entry.regime].versions[entry.version];
    known.look_at(entry.regime, entry.version);
    for (std::size_t p = 0; p < version.prohibitions.size(); ++p) {
      const Prohibition& forbids = version.prohibitions[p];
      const bool is_lifted = !forbids.until.empty() && known.time(forbids.until) != kNever;
      if (known.time(forbids.when) == kNever || is_lifted) {
        continue;
      }
      for (const Obligation& obligation : obligations) {
        if (!is_open(obligation.state)) {
          continue;
        }
        const std::vector<Recipient>& recipients = stage_of(rules, obligation.stage).recipients;
        for (std::size_t r = 0; r < recipients.size(); ++r) {
          const bool is_allowed =
              recipients[r].place == "any" ||
              rules.is_inside(recipients[r].place, forbids.inside) ||
              std::ranges::find(forbids.except, recipients[r].name) != forbids.except.end();
          if (!is_allowed) {
            found.push_back({entry.regime, entry.version, static_cast<std::uint16_t>(p),
                             obligation.stage, static_cast<std::uint16_t>(r)});
          }
        }
      }
    }
  }
  return found;
}

}  // namespace weir::deadline
