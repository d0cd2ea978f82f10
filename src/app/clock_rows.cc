#include "app/clock_rows.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "app/clock_seal.h"
#include "base/json.h"

namespace weir::app {
namespace {

using deadline::State;
using policy::Fact;

/// An obligation that followed once and does no longer: kept, for what refers to it.
constexpr std::int64_t kGone = 7;

constexpr std::string_view kObligationColumns =
    "SELECT o.id, o.ref, o.case_file, o.keeper, o.organisation, o.state, o.due_ms, o.met_ms, "
    "o.sealed, o.covered FROM obligation o ";

/// Which of the open states it is depends on the hour: one number for all of them.
std::int64_t stored(State state) {
  return static_cast<std::int64_t>(deadline::is_open(state) ? State::running : state);
}

store::Param optional_time(const std::optional<Instant>& at) {
  return at ? store::Param(at->ms) : store::Param(nullptr);
}

/// New rows do not come in the order of the laws: else the place of a row would tell what it is.
void shuffle(const App& app, std::vector<deadline::Obligation>& all) {
  std::vector<std::pair<std::string, deadline::Obligation>> drawn;
  for (deadline::Obligation& one : all) {
    drawn.emplace_back(app.random.bytes(kIdBytes), std::move(one));
  }
  std::ranges::sort(drawn, {}, [](const auto& one) { return std::string_view(one.first); });
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = std::move(drawn[i].second);
  }
}

/// The row says it already: as nearly all do after a change of the laws' files.
bool is_written(const ObligationRow& row, const SealedStage& stage,
                const deadline::Obligation& one) {
  const auto told = [](const auto& is) {
    return std::tie(is.regime, is.version, is.stage, is.start_ms, is.last_ms);
  };
  return told(row) == told(stage) && static_cast<std::int64_t>(row.state) == stored(one.state) &&
         row.due_ms == (one.due ? one.due->ms : kNoTime) && row.met == one.met &&
         row.covered == one.covered;
}

/// What the laws say of it now, in the row that it has or in a new one.
Status put_obligation(store::Tx& tx, const App& app, const Laws& laws, const Party& party,
                      const ObligationRow* known, const deadline::Obligation& one) {
  const deadline::Version& version = deadline::version_of(laws.rules, one.stage);
  const std::string reference =
      known != nullptr ? known->reference : to_base32(app.random.bytes(kIdBytes));
  const SealedStage stage{laws.rules.regimes[one.stage.regime].id, deadline::to_date(*version.from),
                          deadline::stage_of(laws.rules, one.stage).id, one.start.ms,
                          one.due ? one.last.ms : kNoTime};
  if (known != nullptr && is_written(*known, stage, one)) {
    return {};
  }
  const std::string sealed = seal_stage(app, reference, stage);
  const std::int64_t due = one.due ? one.due->ms : kNoTime;
  const std::int64_t covered = one.covered ? 1 : 0;
  if (known != nullptr) {
    return tx.run(
        "UPDATE obligation SET state = $2, due_ms = $3, met_ms = $4, covered = $5, sealed "
        "= $6 WHERE id = $1",
        {known->id, stored(one.state), due, optional_time(one.met), covered, store::Blob{sealed}});
  }
  return tx.run(
      "INSERT INTO obligation (ref, case_file, keeper, organisation, regime, version, "
      "stage, state, start_ms, due_ms, last_ms, met_ms, covered, sealed) VALUES ($1, $2, "
      "$3, $4, $1, '', '', $5, 0, $6, 0, $7, $8, $9)",
      {reference, party.case_file, party.keeper, party.organisation, stored(one.state), due,
       optional_time(one.met), covered, store::Blob{sealed}});
}

/// Numbers of the named fields in the stage's version, as a mask. Another stage of the version may
/// have asked for them.
std::uint64_t mask_of(const deadline::Version& version, const json::Value& names) {
  std::uint64_t mask = 0;
  for (const deadline::Stage& stage : version.stages) {
    for (const deadline::Field& one : stage.fields) {
      for (const json::Value& given : names.as_array()) {
        if (given.as_string() == one.name) {
          mask |= std::uint64_t{1} << one.number;
        }
      }
    }
  }
  return mask;
}

Result<std::vector<deadline::Filing>> load_filings(const store::Tx& tx, const App& app,
                                                   const Laws& laws, const Party& party) {
  struct Row {
    std::string obligation;
    std::string stage;  // sealed, as the fields
    std::string filing;
    std::string fields;
    Instant at;
  };
  const auto rows = TRY(tx.all(
      "SELECT o.ref, o.sealed, f.ref, f.sealed, f.submitted_ms FROM stage_filing f JOIN obligation "
      "o ON o.id = f.obligation WHERE o.keeper = $2 AND o.organisation = $3 AND f.state > 0 AND "
      "(o.case_file = $1 OR EXISTS (SELECT 1 FROM clock_link l WHERE l.case_file = $1 AND l.keeper "
      "= $2 AND l.organisation = $3 AND l.source = o.case_file AND f.event <= l.last_event)) AND "
      "o.case_file IN (SELECT $1 UNION ALL SELECT source FROM clock_link WHERE case_file = $1 AND "
      "keeper = $2 AND organisation = $3) ORDER BY f.id",
      {party.case_file, party.keeper, party.organisation}, [](const store::Row& row) {
        return Row{row.text(0), row.blob(1), row.text(2), row.blob(3), {row.integer(4)}};
      }));
  std::vector<deadline::Filing> filings;
  for (const Row& row : rows) {
    const SealedStage stage = TRY(open_stage(app, row.obligation, row.stage));
    const auto ref = find_stage(laws, stage.regime, stage.version, stage.stage);
    const std::string fields = TRY(open_fields(app, row.filing, row.fields));
    const auto names = json::parse(fields);
    if (!names || !names->is_array()) {
      return fail(Code::corrupt, "a filing without the names of its fields");
    }
    if (ref) {
      filings.push_back({*ref, row.at, mask_of(deadline::version_of(laws.rules, *ref), *names)});
    }
  }
  return filings;
}

struct SealedObligation {
  ObligationRow row;
  std::string sealed;
};
SealedObligation read_obligation(const store::Row& row) {
  SealedObligation one;
  one.row.id = row.integer(0);
  one.row.reference = row.text(1);
  one.row.party = {row.integer(2), row.integer(3), row.integer(4)};
  one.row.state = static_cast<State>(row.integer(5));
  one.row.due_ms = row.integer(6);
  if (!row.is_null(7)) {
    one.row.met = Instant{row.integer(7)};
  }
  one.sealed = row.blob(8);
  one.row.covered = row.integer(9) != 0;
  return one;
}

Result<ObligationRow> opened(const App& app, SealedObligation one) {
  SealedStage stage = TRY(open_stage(app, one.row.reference, one.sealed));
  one.row.regime = std::move(stage.regime);
  one.row.version = std::move(stage.version);
  one.row.stage = std::move(stage.stage);
  one.row.start_ms = stage.start_ms;
  one.row.last_ms = stage.last_ms;
  return std::move(one.row);
}

Result<bool> is_kept(const store::Tx& tx, const CaseFile& file, std::int64_t keeper) {
  const auto found = TRY(tx.one("SELECT 1 FROM clock_party WHERE case_file = $1 AND keeper = $2",
                                {file.id, keeper}, [](const store::Row&) { return true; }));
  return found.has_value();
}

/// Another organisation's clocks are kept by the handler, as far as it knows.
Result<Organisation> kept_for(const store::Tx& tx, const Keeping& keeping,
                              std::string_view organisation) {
  if (organisation.empty() || organisation == keeping.person.organisation.name) {
    return keeping.person.organisation;
  }
  if (keeping.decision.relation != policy::Relation::handler) {
    return fail(Code::denied, "only the handler keeps the clocks of another organisation");
  }
  const Organisation other = TRY(load_organisation(tx, organisation));
  const auto takes_part = TRY(tx.one(
      "SELECT 1 FROM case_file c LEFT JOIN account a ON a.id = c.reporter WHERE c.id = $1 AND "
      "(a.organisation = $2 OR EXISTS (SELECT 1 FROM participant p WHERE p.case_file = c.id AND "
      "p.organisation = $2))",
      {keeping.file.id, other.id}, [](const store::Row&) { return true; }));
  if (!takes_part) {
    return fail(Code::invalid, "this organisation takes no part in the case");
  }
  return other;
}

}  // namespace

// No free text here. `laws`: under which laws the obligations were derived; empty: not yet.
const store::Migration kClocksMigration = {
    "app-0003-clocks",
    "CREATE TABLE profile (id INTEGER PRIMARY KEY, organisation INTEGER NOT NULL"
    " REFERENCES organisation (id), body TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX profile_by_organisation ON profile (organisation, id);"

    "CREATE TABLE clock_party (case_file INTEGER NOT NULL REFERENCES case_file (id),"
    " keeper INTEGER NOT NULL REFERENCES organisation (id),"
    " organisation INTEGER NOT NULL REFERENCES organisation (id), laws BLOB NOT NULL,"
    " PRIMARY KEY (case_file, keeper, organisation)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX clock_party_by_laws ON clock_party (laws);"
    "CREATE INDEX clock_party_by_organisation ON clock_party (organisation);"

    // Numbered for each party from 1. Never changed, never deleted. `account` 0: the platform's
    // own act. Source and evidence stand in the event `event` of the case.
    "CREATE TABLE clock_fact (case_file INTEGER NOT NULL, keeper INTEGER NOT NULL,"
    " organisation INTEGER NOT NULL, number INTEGER NOT NULL, event TEXT NOT NULL,"
    " happened_ms INTEGER NOT NULL, happened INTEGER NOT NULL, corrects INTEGER NOT NULL,"
    " account INTEGER NOT NULL, ledger_event INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
    " PRIMARY KEY (case_file, keeper, organisation, number)) STRICT, WITHOUT ROWID;"

    // What derive() gave; see ObligationRow. Open ones have one state; 7 is gone.
    "CREATE TABLE obligation (id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE,"
    " case_file INTEGER NOT NULL REFERENCES case_file (id), keeper INTEGER NOT NULL,"
    " organisation INTEGER NOT NULL, regime TEXT NOT NULL, version TEXT NOT NULL,"
    " stage TEXT NOT NULL, state INTEGER NOT NULL, start_ms INTEGER NOT NULL,"
    " due_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, met_ms INTEGER,"
    " covered INTEGER NOT NULL,"
    " UNIQUE (case_file, keeper, organisation, regime, version, stage)) STRICT;"
    "CREATE INDEX obligation_by_due ON obligation (keeper, state, due_ms);"
    "CREATE INDEX obligation_by_regime ON obligation (keeper, regime, state, due_ms);"

    // What was filed, or is being written. `object` is its sealed body, `fields` the names of the
    // fields that it gives. state: 0 draft, 1 submitted, 2 acknowledged.
    "CREATE TABLE stage_filing (id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE,"
    " obligation INTEGER NOT NULL REFERENCES obligation (id), state INTEGER NOT NULL,"
    " object TEXT NOT NULL, version INTEGER NOT NULL, level INTEGER NOT NULL,"
    " fields TEXT NOT NULL, channel TEXT NOT NULL, account INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL, submitted_ms INTEGER, acknowledged_ms INTEGER, event INTEGER,"
    " receipt TEXT) STRICT;"
    "CREATE INDEX stage_filing_by_obligation ON stage_filing (obligation, state)"};

Result<Person> load_keeper(const store::Tx& tx, const App& app, const Actor& actor, Scope scope) {
  Person person = TRY(load_person(tx, app, actor, scope));
  policy::Facts own;
  own.standing.author = person.id != 0 ? Fact::yes : Fact::no;
  own.object.level = Level::notice;
  const policy::Decision decision = policy::decide(subject_of(person), policy::Action::read, own);
  if (!decision.is_allowed()) {
    return fail(Code::denied, "sign in first");
  }
  const bool is_coordinating =
      person.roles.has(policy::Role::coordinator) || person.roles.has(policy::Role::administrator);
  if (person.organisation.staff == Fact::yes && !is_coordinating) {
    return fail(Code::denied, "only coordinators of the authority see its clocks");
  }
  return person;
}

Result<Keeping> keep(const store::Tx& tx, const App& app, const Actor& actor,
                     std::string_view reference, std::string_view organisation, Scope scope) {
  Keeping keeping;
  keeping.person = TRY(load_person(tx, app, actor, scope));
  keeping.file = TRY(load_case(tx, reference, keeping.person));
  const std::int64_t vulnerability = TRY(speaks_for(tx, actor, reference));
  policy::Facts facts = TRY(case_facts(tx, keeping.file, keeping.person, vulnerability));
  if (keeping.person.id == 0) {
    // Clocks belong to an organisation: the bearer of a return code has none.
    return std::unexpected(policy::absent());
  }
  // At the authority need-to-know holds: its clocks in a case are the handler's.
  const Organisation& own = keeping.person.organisation;
  if (own.staff != Fact::yes && TRY(is_kept(tx, keeping.file, own.id))) {
    facts.standing.author = Fact::yes;
  }
  keeping.decision = policy::decide(subject_of(keeping.person), policy::Action::keep_clocks, facts);
  if (!keeping.decision.is_allowed()) {
    return std::unexpected(policy::refusal(keeping.decision));
  }
  TRY(must_be_expected(tx, app, actor, keeping.file, keeping.person));
  keeping.stream = TRY(stream_of(tx, app, keeping.file));
  keeping.organisation = TRY(kept_for(tx, keeping, organisation));
  return keeping;
}

Result<std::vector<FactRow>> load_facts(const store::Tx& tx, const App& app, const Party& party) {
  struct Sealed {
    FactRow row;
    std::string sealed;
  };
  std::vector<FactRow> facts;
  for (Sealed& one :
       TRY(tx.all("SELECT number, at_ms, ledger_event, account, sealed, COALESCE(home, 0) FROM "
                  "clock_fact WHERE case_file = "
                  "$1 AND keeper = $2 AND organisation = $3 ORDER BY number",
                  {party.case_file, party.keeper, party.organisation}, [](const store::Row& row) {
                    Sealed fact;
                    fact.row.number = row.integer(0);
                    fact.row.entered = {row.integer(1)};
                    fact.row.ledger_event = row.integer(2);
                    fact.row.account = row.integer(3);
                    fact.sealed = row.blob(4);
                    fact.row.home = row.integer(5);
                    return fact;
                  }))) {
    TRY(open_fact(app, party, one.sealed, one.row));
    facts.push_back(std::move(one.row));
  }
  return facts;
}

std::vector<std::string> contradictions_in(const Laws& laws, const std::vector<FactRow>& rows) {
  std::set<std::int64_t> corrected;
  for (const FactRow& row : rows) {
    corrected.insert(row.corrects);
  }
  std::vector<deadline::Fact> facts;
  std::set<std::uint8_t> own;
  for (const FactRow& row : rows) {
    const auto event = laws.rules.event(row.event);
    const bool stands =
        row.says == deadline::Fact::Says::happened && !corrected.contains(row.number);
    if (event && stands && (row.account != 0 || own.insert(*event).second)) {
      facts.push_back({row.number, *event, row.at, 0, row.says});
    }
  }
  std::vector<std::string> names;
  for (const std::uint8_t event : deadline::contradictions(facts)) {
    names.push_back(laws.rules.events[event].name);
  }
  return names;
}

Status insert_fact(store::Tx& tx, const App& app, const Party& party, const FactRow& fact) {
  TRY(
      tx.run("INSERT INTO clock_party (case_file, keeper, organisation, laws) VALUES ($1, $2, $3, "
             "$4) ON CONFLICT DO UPDATE SET laws = excluded.laws",
             {party.case_file, party.keeper, party.organisation, store::Blob{}}));
  const std::string sealed = seal_fact(app, party, fact);
  return tx.run(
      "INSERT INTO clock_fact (case_file, keeper, organisation, number, event, happened_ms, "
      "happened, corrects, account, ledger_event, at_ms, sealed, home) VALUES ($1, $2, $3, $4, '', "
      "0, 0, 0, $5, $6, $7, $8, $9)",
      {party.case_file, party.keeper, party.organisation, fact.number, fact.account,
       fact.ledger_event, fact.entered.ms, store::Blob{sealed},
       fact.home == 0 ? store::Param(nullptr) : store::Param(fact.home)});
}

Status enter_own_fact(store::Tx& tx, const App& app, const Party& party, const OwnFact& fact) {
  const auto has_profile =
      TRY(tx.one("SELECT 1 FROM profile WHERE organisation = $1 LIMIT 1", {party.organisation},
                 [](const store::Row&) { return true; }));
  if (!has_profile) {
    return {};
  }
  const std::vector<FactRow> before = TRY(load_facts(tx, app, party));
  const CaseFile file = TRY(load_case(tx, party.case_file));
  const ledger::Stream stream = TRY(stream_of(tx, app, file));
  FactRow row;
  row.number = static_cast<std::int64_t>(before.size()) + 1;
  row.event = fact.event;
  row.at = fact.at;
  row.entered = app.clock.now();
  const ledger::Appended event =
      TRY(record(tx, app, stream, "fact_entered",
                 {field("number", row.number),
                  field("corrects", std::int64_t{0}),
                  {"note", json::Object{{"fact", fact.event},
                                        {"happened", to_rfc3339(fact.at)},
                                        {"source", fact.source}}}}));
  row.ledger_event = static_cast<std::int64_t>(event.index);
  return insert_fact(tx, app, party, row);
}

Result<std::optional<deadline::Profile>> load_profile(const store::Tx& tx,
                                                      std::int64_t organisation) {
  const auto body =
      TRY(tx.one("SELECT body FROM profile WHERE organisation = $1 ORDER BY id DESC LIMIT 1",
                 {organisation}, [](const store::Row& row) { return row.text(0); }));
  if (!body) {
    return std::nullopt;
  }
  // It was checked when it was set. Words that the laws have lost since concern nobody.
  const json::Value tree = TRY(json::parse(*body));
  const json::Cursor root(tree);
  deadline::Profile profile;
  profile.establishment = TRY(root.string_at("establishment"));
  const json::Cursor attributes = TRY(root.at("attributes"));
  for (const auto& [attribute, at] : TRY(attributes.members(kMaxProfileValues))) {
    for (const json::Cursor& value : TRY(at.elements(kMaxProfileValues))) {
      profile.attributes[attribute].push_back(TRY(value.string()));
    }
  }
  return profile;
}

Result<Basis> load_basis(const store::Tx& tx, const App& app, const Laws& laws,
                         const Party& party) {
  Basis basis;
  const auto profile = TRY(load_profile(tx, party.organisation));
  if (!profile) {
    return basis;
  }
  basis.profile = *profile;
  basis.position = deadline::place(laws.rules, *profile);
  for (const FactRow& row : TRY(load_facts(tx, app, party))) {
    if (const auto event = laws.rules.event(row.event)) {
      basis.facts.push_back({row.number, *event, row.at, row.corrects, row.says});
    }
  }
  basis.filings = TRY(load_filings(tx, app, laws, party));
  return basis;
}

Status derive_again(store::Tx& tx, const App& app, const Laws& laws, const Party& party) {
  const Basis basis = TRY(load_basis(tx, app, laws, party));
  std::vector<ObligationRow> rows;
  for (SealedObligation& one :
       TRY(tx.all(std::string(kObligationColumns) +
                      "WHERE o.case_file = $1 AND o.keeper = $2 AND o.organisation = $3",
                  {party.case_file, party.keeper, party.organisation}, read_obligation))) {
    rows.push_back(TRY(opened(app, std::move(one))));
  }
  std::vector<deadline::Obligation> all =
      deadline::derive(laws.rules, basis.position, basis.history(), app.clock.now());
  shuffle(app, all);
  std::set<std::int64_t> kept;
  for (const deadline::Obligation& one : all) {
    const auto known = std::ranges::find_if(rows, [&](const ObligationRow& row) {
      return find_stage(laws, row.regime, row.version, row.stage) == one.stage;
    });
    const ObligationRow* row = known == rows.end() ? nullptr : &*known;
    if (row != nullptr) {
      kept.insert(row->id);
    }
    TRY(put_obligation(tx, app, laws, party, row, one));
  }
  for (const ObligationRow& row : rows) {
    if (!kept.contains(row.id)) {
      TRY(tx.run("UPDATE obligation SET state = $2 WHERE id = $1", {row.id, kGone}));
    }
  }
  return tx.run(
      "UPDATE clock_party SET laws = $4 WHERE case_file = $1 AND keeper = $2 AND organisation = $3",
      {party.case_file, party.keeper, party.organisation, store::Blob{laws.digest.view()}});
}

Status mark_stale(store::Tx& tx, std::int64_t organisation) {
  return tx.run("UPDATE clock_party SET laws = $2 WHERE organisation = $1",
                {organisation, store::Blob{}});
}

Result<ObligationRow> load_any_obligation(const store::Tx& tx, const App& app, const Person& person,
                                          std::string_view reference) {
  const bool is_staff = person.organisation.staff == Fact::yes;
  auto found =
      TRY(tx.one(std::string(kObligationColumns) +
                     "WHERE o.ref = $1 AND o.keeper = $2 AND ($3 = 0 OR EXISTS (SELECT 1 "
                     "FROM case_file c WHERE c.id = o.case_file AND c.handler = $4))",
                 {reference, person.organisation.id, std::int64_t{is_staff ? 1 : 0}, person.id},
                 read_obligation));
  if (!found) {
    return fail(Code::not_found, "no such obligation");
  }
  return opened(app, std::move(*found));
}

Result<ObligationRow> load_obligation(const store::Tx& tx, const App& app, const Person& person,
                                      std::string_view reference) {
  ObligationRow row = TRY(load_any_obligation(tx, app, person, reference));
  if (static_cast<std::int64_t>(row.state) == kGone) {
    return fail(Code::not_found, "no such obligation");
  }
  return row;
}

std::optional<deadline::StageRef> find_stage(const Laws& laws, std::string_view regime,
                                             std::string_view version, std::string_view stage) {
  const std::vector<deadline::Regime>& regimes = laws.rules.regimes;
  for (std::size_t r = 0; r < regimes.size(); ++r) {
    for (std::size_t v = 0; regimes[r].id == regime && v < regimes[r].versions.size(); ++v) {
      const deadline::Version& one = regimes[r].versions[v];
      const auto at = std::ranges::find(one.stages, stage, &deadline::Stage::id);
      if (one.from && deadline::to_date(*one.from) == version && at != one.stages.end()) {
        return deadline::StageRef{static_cast<std::uint16_t>(r), static_cast<std::uint16_t>(v),
                                  static_cast<std::uint16_t>(at - one.stages.begin())};
      }
    }
  }
  return std::nullopt;
}

State state_now(const ObligationRow& row, Instant now, const deadline::Settings& settings) {
  if (!deadline::is_open(row.state) || row.due_ms == kNoTime) {
    return row.state;
  }
  if (now.ms > row.last_ms) {
    return State::overdue;
  }
  return now >= Instant{row.due_ms} - settings.soon ? State::due_soon : State::running;
}

}  // namespace weir::app
