#include "app/clock_moves.h"

#include <algorithm>
#include <map>

namespace weir::app {
namespace {

constexpr std::int64_t kGone = 7;                          // clock_rows.cc
constexpr std::int64_t kWhatever = std::int64_t{1} << 62;  // past every event

Result<bool> is_there(const store::Tx& tx, std::string_view sql, std::int64_t one,
                      std::int64_t other) {
  const auto found = TRY(tx.one(sql, {one, other}, [](const store::Row&) { return true; }));
  return found.has_value();
}

Result<bool> takes_part(const store::Tx& tx, std::int64_t organisation, std::int64_t case_file) {
  return is_there(
      tx,
      "SELECT 1 FROM organisation o WHERE o.id = $1 AND (o.staff = 1 OR EXISTS (SELECT 1 FROM "
      "participant p WHERE p.case_file = $2 AND p.organisation = o.id) OR EXISTS (SELECT 1 FROM "
      "case_file c JOIN account a ON a.id = c.reporter WHERE c.id = $2 AND a.organisation = o.id))",
      organisation, case_file);
}

Result<bool> is_affected(const store::Tx& tx, std::int64_t organisation, std::int64_t case_file) {
  return is_there(tx,
                  "SELECT 1 FROM vendor_status WHERE organisation = $1 AND case_file = $2 LIMIT 1",
                  organisation, case_file);
}

/// Where a party's clocks are afterwards.
struct Fate {
  bool goes = false;
  bool stays = true;
};
Result<Fate> fate_of(const store::Tx& tx, const Party& party, std::int64_t into, Carry how) {
  if (!TRY(takes_part(tx, party.keeper, into))) {
    return Fate{};
  }
  if (how == Carry::merged) {
    return Fate{true, false};
  }
  const bool has_some = TRY(is_affected(tx, party.organisation, party.case_file));
  const bool has_other = TRY(is_affected(tx, party.organisation, into));
  return Fate{has_other || !has_some, has_some || !has_other};
}

/// Facts as facts of the other case, numbered after its own; each keeps the event in which it was
/// entered. One that says what another says already is that one.
Status copy_facts(store::Tx& tx, const App& app, const Party& from, const Party& into) {
  std::vector<FactRow> there = TRY(load_facts(tx, app, into));
  std::map<std::int64_t, std::int64_t> numbers = {{0, 0}};
  for (FactRow fact : TRY(load_facts(tx, app, from))) {
    const std::int64_t before = fact.number;
    fact.corrects = numbers.at(fact.corrects);
    fact.home = fact.home == 0 ? from.case_file : fact.home;
    const auto same = std::ranges::find_if(there, [&](const FactRow& one) {
      return one.event == fact.event && one.at == fact.at && one.says == fact.says &&
             one.corrects == fact.corrects;
    });
    if (same != there.end()) {
      numbers[before] = same->number;
      continue;
    }
    fact.number = static_cast<std::int64_t>(there.size()) + 1;
    numbers[before] = fact.number;
    TRY(insert_fact(tx, app, into, fact));
    there.push_back(std::move(fact));
  }
  return {};
}

/// What was filed there until now counts here too; after a merge also what is acknowledged later.
Status link_filings(store::Tx& tx, const Party& from, const Party& into, const Fate& fate) {
  const auto last = TRY(
      tx.one("SELECT COALESCE(MAX(f.event), -1) FROM stage_filing f JOIN obligation o ON o.id = "
             "f.obligation WHERE o.case_file = $1 AND o.keeper = $2 AND o.organisation = $3 AND "
             "f.state > 0",
             {from.case_file, from.keeper, from.organisation},
             [](const store::Row& row) { return row.integer(0); }));
  TRY(
      tx.run("INSERT INTO clock_link (case_file, keeper, organisation, source, last_event, moved) "
             "SELECT $2, keeper, organisation, source, last_event, 0 FROM clock_link WHERE "
             "case_file = $1 AND keeper = $3 AND organisation = $4 ON CONFLICT DO NOTHING",
             {from.case_file, into.case_file, from.keeper, from.organisation}));
  return tx.run(
      "INSERT INTO clock_link (case_file, keeper, organisation, source, last_event, moved) VALUES "
      "($1, $2, $3, $4, $5, $6) ON CONFLICT DO UPDATE SET last_event = excluded.last_event, moved "
      "= "
      "excluded.moved",
      {into.case_file, into.keeper, into.organisation, from.case_file,
       fate.stays ? *last : kWhatever, std::int64_t{fate.stays ? 0 : 1}});
}

}  // namespace

Status carry_clocks(store::Tx& tx, const App& app, const CaseFile& from, const CaseFile& into,
                    Carry how) {
  for (const Party& party :
       TRY(tx.all("SELECT case_file, keeper, organisation FROM clock_party WHERE case_file = $1",
                  {from.id}, [](const store::Row& row) {
                    return Party{row.integer(0), row.integer(1), row.integer(2)};
                  }))) {
    const Fate fate = TRY(fate_of(tx, party, into.id, how));
    if (!fate.goes) {
      continue;
    }
    const Party there{into.id, party.keeper, party.organisation};
    TRY(copy_facts(tx, app, party, there));
    TRY(link_filings(tx, party, there, fate));
    TRY(
        tx.run("UPDATE clock_party SET laws = $4 WHERE case_file = $1 AND keeper = $2 AND "
               "organisation = $3",
               {there.case_file, there.keeper, there.organisation, store::Blob{}}));
    if (!fate.stays) {
      TRY(
          tx.run("DELETE FROM clock_party WHERE case_file = $1 AND keeper = $2 AND organisation = "
                 "$3",
                 {party.case_file, party.keeper, party.organisation}));
      TRY(
          tx.run("UPDATE obligation SET state = $4 WHERE case_file = $1 AND keeper = $2 AND "
                 "organisation = $3",
                 {party.case_file, party.keeper, party.organisation, kGone}));
    }
  }
  return {};
}

Status must_not_have_moved(const store::Tx& tx, const Party& party) {
  const auto moved = TRY(tx.one(
      "SELECT 1 FROM clock_link WHERE source = $1 AND keeper = $2 AND organisation = $3 "
      "AND moved = 1 LIMIT 1",
      {party.case_file, party.keeper, party.organisation}, [](const store::Row&) { return true; }));
  return moved ? fail(Code::conflict, "these clocks go on in the case that this one became part of")
               : Status();
}

const store::Migration kClockMovesMigration = {
    "app-0008-clock-moves",
    // The case in whose stream a fact was entered, if it is another.
    "ALTER TABLE clock_fact ADD COLUMN home INTEGER;"
    // What was filed in the case `source` up to its event `last_event` counts in this one. `moved`:
    // these clocks are no longer kept there.
    "CREATE TABLE clock_link (case_file INTEGER NOT NULL, keeper INTEGER NOT NULL,"
    " organisation INTEGER NOT NULL, source INTEGER NOT NULL, last_event INTEGER NOT NULL,"
    " moved INTEGER NOT NULL, PRIMARY KEY (case_file, keeper, organisation, source)) STRICT,"
    " WITHOUT ROWID;"
    "CREATE INDEX clock_link_by_source ON clock_link (source)"};

}  // namespace weir::app
