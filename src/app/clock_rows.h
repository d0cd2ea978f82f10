// Private to app/: the rows behind the clocks, read and written inside the caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/clocks.h"
#include "app/context.h"

namespace weir::app {

/// Who keeps whose clocks in which case.
struct Party {
  std::int64_t case_file = 0;
  std::int64_t keeper = 0;        // organisation
  std::int64_t organisation = 0;  // whose clocks; mostly the same
};

/// Somebody who may keep clocks in the case, as the gate has said.
struct Keeping {
  Person person;
  CaseFile file;
  ledger::Stream stream;
  policy::Decision decision;
  Organisation organisation;  // whose clocks
  Party party() const { return {file.id, person.organisation.id, organisation.id}; }
};
/// Asks the gate (Action::keep_clocks). Users of an organisation that keeps clocks in the case
/// already are authors of what it entered; but not at the authority, where that is the handler's.
/// `organisation` empty: the actor's own; another's clocks keeps the handler alone, of an
/// organisation that takes part.
Result<Keeping> keep(const store::Tx& tx, const App& app, const Actor& actor,
                     std::string_view reference, std::string_view organisation, Scope scope);
/// The organisation whose own records `actor` may see, by the gate. No case is involved.
Result<Person> load_keeper(const store::Tx& tx, const App& app, const Actor& actor, Scope scope);

/// A fact as its row has it.
struct FactRow {
  std::int64_t number = 0;
  std::string event;
  Instant at;
  deadline::Fact::Says says = deadline::Fact::Says::happened;
  std::int64_t corrects = 0;
  Instant entered;
  std::int64_t ledger_event = 0;
  std::int64_t account = 0;
  std::int64_t home = 0;  // the case in whose stream it was entered; 0: this one
};
Result<std::vector<FactRow>> load_facts(const store::Tx& tx, const App& app, const Party& party);
/// A fact that the platform itself knows, because it is its own act: no person enters it. Nothing
/// for an organisation without a profile. The next refresh() derives what follows.
struct OwnFact {
  std::string_view event;
  Instant at;
  std::string_view source;
};
Status enter_own_fact(store::Tx& tx, const App& app, const Party& party, const OwnFact& fact);
/// The events for which facts that stand give different times. The platform's own acts recur, and
/// contradict nothing among themselves: of those the first counts.
std::vector<std::string> contradictions_in(const Laws& laws, const std::vector<FactRow>& rows);
Status insert_fact(store::Tx& tx, const App& app, const Party& party, const FactRow& fact);

/// Everything that derive() takes, owned.
struct Basis {
  deadline::Profile profile;
  deadline::Position position;
  std::vector<deadline::Fact> facts;
  std::vector<deadline::Filing> filings;
  deadline::History history() const { return {facts, filings}; }
};
/// Facts of events that these laws do not know are left out: another set of laws may know them.
Result<Basis> load_basis(const store::Tx& tx, const App& app, const Laws& laws, const Party& party);
Result<std::optional<deadline::Profile>> load_profile(const store::Tx& tx,
                                                      std::int64_t organisation);
/// Replaces the party's obligations by what follows now.
Status derive_again(store::Tx& tx, const App& app, const Laws& laws, const Party& party);
/// Obligations of this organisation, in all cases, are derived again by the next refresh().
Status mark_stale(store::Tx& tx, std::int64_t organisation);

/// An obligation's row.
struct ObligationRow {
  std::int64_t id = 0;
  std::string reference;
  Party party;
  std::string regime;
  std::string version;  // the day it is in force from
  std::string stage;
  deadline::State state = deadline::State::not_triggered;  // as it was derived
  std::int64_t due_ms = 0;                                 // or kNoTime
  std::int64_t last_ms = 0;
  std::optional<Instant> met;
  std::int64_t start_ms = 0;
  bool covered = true;
};
inline constexpr std::int64_t kNoTime = std::int64_t{1} << 62;  // sorts after every time
/// By reference, if the person's organisation keeps it, and at the authority if the person handles
/// the case; else `not_found`. One that no longer follows from the facts is found by the second
/// alone: for what was filed about it.
Result<ObligationRow> load_obligation(const store::Tx& tx, const App& app, const Person& person,
                                      std::string_view reference);
Result<ObligationRow> load_any_obligation(const store::Tx& tx, const App& app, const Person& person,
                                          std::string_view reference);
/// Where the stage stands in these laws; nothing if they no longer hold it.
std::optional<deadline::StageRef> find_stage(const Laws& laws, std::string_view regime,
                                             std::string_view version, std::string_view stage);
/// How an open obligation stands at `now`: what was derived once, with the time that has passed.
deadline::State state_now(const ObligationRow& row, Instant now,
                          const deadline::Settings& settings);
/// As the board shows it.
Result<BoardRow> view_of(const store::Tx& tx, const App& app, const Laws& laws,
                         const ObligationRow& row, Instant now, const deadline::Settings& settings);

extern const store::Migration kClocksMigration;

}  // namespace weir::app
