#include "app/clock_seal.h"

#include <array>
#include <charconv>

#include "app/identity.h"
#include "app/notices.h"

namespace weir::app {
namespace {

// Each row is opened as itself alone.
std::string stage_context(std::string_view obligation) {
  return "weir/obligation/v1 " + std::string(obligation);
}
std::string party_context(std::string_view what, const Party& party) {
  return std::string(what) + " " + std::to_string(party.case_file) + " " +
         std::to_string(party.keeper) + " " + std::to_string(party.organisation);
}
std::string fact_context(const Party& party, std::int64_t number) {
  return party_context("weir/clock fact/v1", party) + " " + std::to_string(number);
}
std::string fields_context(std::string_view filing) {
  return "weir/filing fields/v1 " + std::string(filing);
}
/// A conflict is the keeper's in a case.
std::string conflict_context(const Party& party) {
  return party_context("weir/law conflict/v1", {party.case_file, party.keeper, 0});
}

std::string wrapped(const App& app, std::string_view plain, const std::string& context) {
  return app.identity.keyring().wrap(plain, context, app.random);
}
Result<std::string> unwrapped(const App& app, std::string_view sealed, const std::string& context) {
  const Secret plain = TRY(app.identity.keyring().unwrap(sealed, context));
  return std::string(plain.reveal());
}

/// Lines, as many as there have to be.
template <std::size_t kLines>
Result<std::array<std::string_view, kLines>> lines_of(std::string_view text) {
  std::array<std::string_view, kLines> lines;
  for (std::size_t i = 0; i < kLines; ++i) {
    const std::size_t end = i + 1 == kLines ? text.size() : text.find('\n');
    if (end == std::string_view::npos) {
      return fail(Code::corrupt, "a sealed row of the clocks is cut short");
    }
    lines[i] = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

Result<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(Code::corrupt, "a sealed row of the clocks holds no number");
  }
  return number;
}

}  // namespace

std::string seal_stage(const App& app, std::string_view obligation, const SealedStage& stage) {
  return wrapped(app,
                 stage.regime + "\n" + stage.version + "\n" + stage.stage + "\n" +
                     std::to_string(stage.start_ms) + "\n" + std::to_string(stage.last_ms),
                 stage_context(obligation));
}

Result<SealedStage> open_stage(const App& app, std::string_view obligation,
                               std::string_view sealed) {
  const std::string plain = TRY(unwrapped(app, sealed, stage_context(obligation)));
  const auto lines = TRY(lines_of<5>(plain));
  return SealedStage{std::string(lines[0]), std::string(lines[1]), std::string(lines[2]),
                     TRY(number_of(lines[3])), TRY(number_of(lines[4]))};
}

std::string seal_fact(const App& app, const Party& party, const FactRow& fact) {
  const bool happened = fact.says == deadline::Fact::Says::happened;
  return wrapped(app,
                 fact.event + "\n" + std::to_string(fact.at.ms) + "\n" +
                     std::to_string(fact.corrects) + "\n" + (happened ? "1" : "0"),
                 fact_context(party, fact.number));
}

Status open_fact(const App& app, const Party& party, std::string_view sealed, FactRow& fact) {
  const std::string plain = TRY(unwrapped(app, sealed, fact_context(party, fact.number)));
  const auto lines = TRY(lines_of<4>(plain));
  fact.event = lines[0];
  fact.at.ms = TRY(number_of(lines[1]));
  fact.corrects = TRY(number_of(lines[2]));
  fact.says = lines[3] == "1" ? deadline::Fact::Says::happened : deadline::Fact::Says::did_not;
  return {};
}

std::string seal_fields(const App& app, std::string_view filing, std::string_view fields) {
  return wrapped(app, fields, fields_context(filing));
}
Result<std::string> open_fields(const App& app, std::string_view filing, std::string_view sealed) {
  return unwrapped(app, sealed, fields_context(filing));
}
std::string seal_conflict(const App& app, const Party& party, std::string_view conflict) {
  return wrapped(app, conflict, conflict_context(party));
}
Result<std::string> open_conflict(const App& app, const Party& party, std::string_view sealed) {
  return unwrapped(app, sealed, conflict_context(party));
}

// Rows from before: seal_old_clocks() (notices.h) seals them at the next start. The columns that
// named things hold nothing since; `regime` of an obligation holds its reference, because the key
// of the table still wants each row to differ.
const store::Migration kSealedClocksMigration = {
    "app-0007-sealed-clocks",
    "ALTER TABLE obligation ADD COLUMN sealed BLOB;"
    "ALTER TABLE clock_fact ADD COLUMN sealed BLOB;"
    "ALTER TABLE stage_filing ADD COLUMN sealed BLOB;"
    "ALTER TABLE law_conflict ADD COLUMN sealed BLOB;"
    "DROP INDEX obligation_by_regime;"
    "CREATE INDEX obligation_unsealed ON obligation (id) WHERE sealed IS NULL;"
    "CREATE INDEX law_conflict_by_case ON law_conflict (case_file, keeper);"
    "CREATE INDEX case_by_handler ON case_file (handler) WHERE handler IS NOT NULL"};

// So that a start finds at once that there is nothing left to seal.
const store::Migration kUnsealedClocksMigration = {
    "app-0009-unsealed-clocks",
    "CREATE INDEX clock_fact_unsealed ON clock_fact (case_file) WHERE sealed IS NULL;"
    "CREATE INDEX stage_filing_unsealed ON stage_filing (id) WHERE sealed IS NULL;"
    "CREATE INDEX law_conflict_unsealed ON law_conflict (id) WHERE sealed IS NULL"};

namespace {

struct OldFact {
  Party party;
  FactRow row;
};

Status seal_old_facts(store::Tx& tx, const App& app) {
  for (const OldFact& one : TRY(tx.all(
           "SELECT case_file, keeper, organisation, number, event, happened_ms, corrects, happened "
           "FROM clock_fact WHERE sealed IS NULL",
           {}, [](const store::Row& row) {
             OldFact fact{{row.integer(0), row.integer(1), row.integer(2)}, {}};
             fact.row.number = row.integer(3);
             fact.row.event = row.text(4);
             fact.row.at.ms = row.integer(5);
             fact.row.corrects = row.integer(6);
             fact.row.says = row.integer(7) != 0 ? deadline::Fact::Says::happened
                                                 : deadline::Fact::Says::did_not;
             return fact;
           }))) {
    const std::string sealed = seal_fact(app, one.party, one.row);
    TRY(
        tx.run("UPDATE clock_fact SET sealed = $5, event = '', happened_ms = 0, corrects = 0, "
               "happened = 0 WHERE case_file = $1 AND keeper = $2 AND organisation = $3 AND number "
               "= $4",
               {one.party.case_file, one.party.keeper, one.party.organisation, one.row.number,
                store::Blob{sealed}}));
  }
  return {};
}

Status seal_old_obligations(store::Tx& tx, const App& app) {
  struct Old {
    std::string reference;
    SealedStage stage;
  };
  for (const Old& one : TRY(tx.all(
           "SELECT ref, regime, version, stage, start_ms, last_ms FROM obligation WHERE "
           "sealed IS NULL",
           {}, [](const store::Row& row) {
             return Old{row.text(0),
                        {row.text(1), row.text(2), row.text(3), row.integer(4), row.integer(5)}};
           }))) {
    const std::string sealed = seal_stage(app, one.reference, one.stage);
    TRY(tx.run(
        "UPDATE obligation SET sealed = $2, regime = ref, version = '', stage = '', start_ms "
        "= 0, last_ms = 0 WHERE ref = $1",
        {one.reference, store::Blob{sealed}}));
  }
  return {};
}

Status seal_old_names(store::Tx& tx, const App& app) {
  const auto pair = [](const store::Row& row) { return std::pair(row.text(0), row.text(1)); };
  for (const auto& [reference, fields] :
       TRY(tx.all("SELECT ref, fields FROM stage_filing WHERE sealed IS NULL", {}, pair))) {
    const std::string sealed = seal_fields(app, reference, fields);
    TRY(tx.run("UPDATE stage_filing SET sealed = $2, fields = '' WHERE ref = $1",
               {reference, store::Blob{sealed}}));
  }
  struct Old {
    std::int64_t id;
    Party party;
    std::string conflict;
  };
  for (const Old& one :
       TRY(tx.all("SELECT id, case_file, keeper, ref FROM law_conflict WHERE sealed IS NULL", {},
                  [](const store::Row& row) {
                    return Old{row.integer(0), {row.integer(1), row.integer(2), 0}, row.text(3)};
                  }))) {
    const std::string sealed = seal_conflict(app, one.party, one.conflict);
    TRY(tx.run("UPDATE law_conflict SET sealed = $2, ref = '' WHERE id = $1",
               {one.id, store::Blob{sealed}}));
  }
  return {};
}

}  // namespace

Status rewrap_clocks(store::Tx& tx, const Keyring& keyring, Random& random) {
  struct Table {
    std::string_view select;  // a name of the row for UPDATE, what its context is made of, `sealed`
    std::string_view update;
    std::string (*context)(const store::Row& row);
  };
  // By rowid, but for clock_fact, which has none: its key is in the context.
  const auto rewrap = [&](std::string_view sealed,
                          const std::string& context) -> Result<std::string> {
    const Secret plain = TRY(keyring.unwrap(sealed, context));
    return keyring.wrap(plain.reveal(), context, random);
  };
  const std::array<Table, 3> tables = {
      Table{"SELECT id, sealed, ref FROM obligation",
            "UPDATE obligation SET sealed = $2 WHERE id = $1",
            [](const store::Row& row) { return stage_context(row.text(2)); }},
      Table{"SELECT id, sealed, ref FROM stage_filing",
            "UPDATE stage_filing SET sealed = $2 WHERE id = $1",
            [](const store::Row& row) { return fields_context(row.text(2)); }},
      Table{"SELECT id, sealed, case_file, keeper FROM law_conflict",
            "UPDATE law_conflict SET sealed = $2 WHERE id = $1", [](const store::Row& row) {
              return conflict_context({row.integer(2), row.integer(3), 0});
            }}};
  struct Sealed {
    std::int64_t id;
    std::string sealed;
    std::string context;
  };
  for (const Table& table : tables) {
    for (const Sealed& one : TRY(tx.all(table.select, {}, [&](const store::Row& row) {
           return Sealed{row.integer(0), row.blob(1), table.context(row)};
         }))) {
      const std::string made = TRY(rewrap(one.sealed, one.context));
      TRY(tx.run(table.update, {one.id, store::Blob{made}}));
    }
  }
  struct Fact {
    Party party;
    std::int64_t number;
    std::string sealed;
  };
  for (const Fact& one : TRY(tx.all(
           "SELECT case_file, keeper, organisation, number, sealed FROM clock_fact", {},
           [](const store::Row& row) {
             return Fact{
                 {row.integer(0), row.integer(1), row.integer(2)}, row.integer(3), row.blob(4)};
           }))) {
    const std::string made = TRY(rewrap(one.sealed, fact_context(one.party, one.number)));
    TRY(
        tx.run("UPDATE clock_fact SET sealed = $5 WHERE case_file = $1 AND keeper = $2 AND "
               "organisation = $3 AND number = $4",
               {one.party.case_file, one.party.keeper, one.party.organisation, one.number,
                store::Blob{made}}));
  }
  return {};
}

Status seal_old_clocks(App& app) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(seal_old_facts(tx, app));
    TRY(seal_old_obligations(tx, app));
    return seal_old_names(tx, app);
  });
}

}  // namespace weir::app
