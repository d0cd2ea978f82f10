// Deadlines: from what has happened, and who it happened to, to what is due. Plain functions.
//
// No clock, no store, no text of a case: rules (rules.h), facts and a profile go in, obligations
// come out. `now` decides how an obligation stands, never when it is due. So every date that was
// ever shown can be computed again from the recorded facts.
//
//   place()        a profile against the rules: which regimes concern this organisation at all
//   check()        refuses facts that cannot be: future, before 1970, correcting what is not there
//   derive()       the obligations of one organisation in one case
//   next_change()  when derive() would next answer otherwise; the scheduler sleeps until then
//   explain()      how one obligation came to its instant, with clauses
//   conflicts()    one regime forbids what another demands; shown, never resolved here
//
// Invariants, each with a property test:
//   1. The order of facts does not matter.
//   2. No due instant moves without a new fact. A second fact of the same event buys no time: the
//      earliest counts, unless a correction supersedes it. Nothing is erased.
//   3. Nothing changes before next_change().
//   4. The version of a regime that was in force when the case fell under it governs all its
//   stages,
//      also those that begin after the law has changed.
//
// Limits: a stage is one obligation in a case, however often its event recurs.
//
// Thread rule: pure functions over values. Start with tests/deadline/*.cases.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "deadline/calendar.h"
#include "deadline/rules.h"

namespace weir::deadline {

struct Fact {
  std::int64_t id = 0;  // unique in the case
  std::uint8_t event = 0;
  Instant at;
  std::int64_t supersedes = 0;  // the id of a fact, or 0
  /// A correction may take back: then it says when somebody noticed, and no more.
  enum class Says : std::uint8_t { happened, did_not } says = Says::happened;
  bool operator==(const Fact&) const = default;
};

struct Filing {
  StageRef stage;
  Instant at;
  std::uint64_t fields = 0;  // numbers of the fields that were given
  bool operator==(const Filing&) const = default;
};

/// What happened in one case, as far as one organisation is concerned. Borrows.
struct History {
  std::span<const Fact> facts;
  std::span<const Filing> filings;
};

struct Profile {
  std::string establishment;  // country
  Attributes attributes;      // see Attributes
};

/// A profile held against the rules: made once, used for every case of the organisation.
struct Position {
  struct Entry {
    std::uint16_t regime = 0;
    std::uint16_t version = 0;
    std::uint32_t stages = 0;  // that apply, as a mask
    const Place* place = nullptr;
    Instant from;  // of validity
    std::optional<Instant> until;
  };
  std::vector<Entry> entries;  // sorted by regime, version
};
Position place(const Rules& rules, const Profile& profile);
/// Why a regime does not concern the organisation: one line for each version.
std::vector<std::string> why_not(const Rules& rules, const Profile& profile, const Regime& regime);

/// `invalid` with the reason at the first fact that cannot be. Facts that contradict each other are
/// no error: see contradictions().
Status check(const Rules& rules, std::span<const Fact> facts, Instant now);
/// Events for which two facts stand that give different times. The earliest counts.
std::vector<std::uint8_t> contradictions(std::span<const Fact> facts);

enum class State : std::uint8_t {
  not_triggered,
  running,
  due_soon,
  overdue,
  met,
  met_late,
  waived,
};
std::string_view name(State state);
inline bool is_open(State state) {
  return state == State::running || state == State::due_soon || state == State::overdue;
}

struct Obligation {
  StageRef stage;
  State state = State::not_triggered;
  Instant start;               // of the clock; not of one that is not triggered
  std::optional<Instant> due;  // what to act by; absent: the law gives no fixed time
  Instant last;                // the last instant in time; see End
  std::optional<Instant> met;  // when it was discharged
  bool covered = true;         // see End
  bool operator==(const Obligation&) const = default;
};

struct Settings {
  Duration soon = std::chrono::hours(6);  // before the due instant, an obligation is due soon
};

/// One obligation for each stage that concerns the organisation, of every version that governs the
/// case; sorted by stage. Facts later than `now` are not known yet (dates that were set are).
std::vector<Obligation> derive(const Rules& rules, const Position& position, const History& history,
                               Instant now, const Settings& settings = {});
/// The same, at the end of `out`.
void derive(const Rules& rules, const Position& position, const History& history, Instant now,
            const Settings& settings, std::vector<Obligation>& out);

/// The first instant after `now` at which derive() may answer otherwise without a new fact.
std::optional<Instant> next_change(const Rules& rules, const Position& position,
                                   const History& history, Instant now,
                                   const Settings& settings = {});

/// Step by step, with clauses, for one that derive() gave.
std::vector<Step> explain(const Rules& rules, const Position& position, const History& history,
                          const Obligation& obligation);
/// The weakest mark of what the due instant rests on.
Mark mark_of(const Rules& rules, const Obligation& obligation);

/// One regime forbids to tell whom another demands to tell.
struct Conflict {
  std::uint16_t regime = 0;  // that forbids
  std::uint16_t version = 0;
  std::uint16_t prohibition = 0;
  StageRef demanded;
  std::uint16_t recipient = 0;  // of that stage
  auto operator<=>(const Conflict&) const = default;
};
std::vector<Conflict> conflicts(const Rules& rules, const Position& position,
                                const History& history, Instant now);

}  // namespace weir::deadline
