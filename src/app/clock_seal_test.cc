// What the rows of the clocks say lies under the master key: the database file names no event, no
// law, no stage, and not the times that would give them away.
#include "app/clock_seal.h"

#include <fstream>

#include <gtest/gtest.h>

#include "app/clocks_world.h"
#include "app/filings.h"
#include "app/law_conflicts.h"
#include "app/notices.h"

namespace weir::app {
namespace {

using deadline::Fact;
using std::chrono::hours;

class ClockSeal : public ClocksWorld {
 protected:
  /// ACME's clocks in a case, with a draft, a filing and a decision on a conflict of laws.
  std::string live() {
    const std::string one = aware("ven");
    const auto draft =
        save_draft(world.app(), laws(), as("ven"), obligation("ven", "eu-cra/early_warning"),
                   {{"vulnerability", "there is one"}, {"member_states", "DE"}});
    EXPECT_TRUE(draft) << said(draft);
    const auto conflicts = law_conflicts(world.app(), laws(), as("ven"), one);
    EXPECT_TRUE(conflicts && !conflicts->empty());
    conflict = conflicts->front().conflict;
    EXPECT_TRUE(
        decide_conflict(world.app(), laws(), as("ven"), one, {conflict, Choice::file, "counsel"}));
    return one;
  }
  /// What everybody at ACME sees, as one text.
  std::string seen(const std::string& reference) {
    std::string text = states("ven", {.which = BoardFilter::Which::all});
    for (const FactView& one : *facts(world.app(), as("ven"), reference)) {
      text += one.event + to_rfc3339(one.at) + std::to_string(one.corrects);
    }
    for (const FilingView& one : *filings(world.app(), as("ven"), reference)) {
      text += one.stage;
    }
    for (const ConflictView& one : *law_conflicts(world.app(), laws(), as("ven"), reference)) {
      text += one.conflict + one.ground;
    }
    return text;
  }
  std::string conflict;
};

TEST_F(ClockSeal, TheDatabaseFileNamesNoEventLawStageFieldOrConflict) {
  live();
  EXPECT_TRUE(run_clocks(world.app(), laws()));
  for (const char* word :
       {"exploitation_known", "flaw_known", "eu-cra", "cn-rmsv", "early_warning", "notification",
        "2026-09-11", "member_states", "exceptional_circumstances"}) {
    EXPECT_FALSE(database_holds(word)) << word;
  }
  EXPECT_FALSE(database_holds(conflict)) << "its name is made of what is public";
  EXPECT_TRUE(database_holds("manufacturer")) << "the search itself works: profiles are no secret";
}

TEST_F(ClockSeal, NoColumnHoldsATimeThatTellsHowLongAClockRuns) {
  live();
  for (const char* column : {"start_ms", "last_ms"}) {
    EXPECT_EQ(
        world.number("SELECT COUNT(*) FROM obligation WHERE " + std::string(column) + " <> 0"), 0)
        << column;
  }
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM clock_fact WHERE happened_ms <> 0 OR corrects <> 0 "
                         "OR happened <> 0 OR event <> ''"),
            0);
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM obligation WHERE regime <> ref OR stage <> '' OR "
                         "version <> ''"),
            0);
}

TEST_F(ClockSeal, ThePlaceOfARowTellsNotWhichStageItIs) {
  std::set<std::string> orders;
  for (int i = 0; i < 4; ++i) {
    const std::string one = aware("ven");
    std::string order;
    const auto tx = world.db().read();
    for (const std::string& reference :
         *(*tx)->all("SELECT o.ref FROM obligation o JOIN case_file c ON c.id = o.case_file WHERE "
                     "c.ref = $1 ORDER BY o.id",
                     {one}, [](const store::Row& row) { return row.text(0); })) {
      const auto sealed = (*tx)->one("SELECT sealed FROM obligation WHERE ref = $1", {reference},
                                     [](const store::Row& row) { return row.blob(0); });
      const auto stage = open_stage(world.app(), reference, **sealed);
      ASSERT_TRUE(stage) << said(stage);
      order += stage->regime + "/" + stage->stage + " ";
    }
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 4u);
}

TEST_F(ClockSeal, ARowIsOpenedAsItselfAlone) {
  const SealedStage stage{"eu-cra", "2026-09-11", "final", -5, kNoTime};
  const std::string sealed = seal_stage(world.app(), "a", stage);
  const auto same = open_stage(world.app(), "a", sealed);
  ASSERT_TRUE(same) << said(same);
  EXPECT_EQ(same->stage, "final");
  EXPECT_EQ(same->start_ms, -5);
  EXPECT_EQ(same->last_ms, kNoTime);
  EXPECT_EQ(code_of(open_stage(world.app(), "b", sealed)), Code::corrupt);
  FactRow fact{3, "flaw_known", kHour, Fact::Says::did_not, 2, kHour, 0, 0};
  const Party party{1, 2, 3};
  const std::string kept = seal_fact(world.app(), party, fact);
  FactRow read;
  read.number = 3;
  ASSERT_TRUE(open_fact(world.app(), party, kept, read));
  EXPECT_EQ(read.event, "flaw_known");
  EXPECT_EQ(read.at, kHour);
  EXPECT_EQ(read.corrects, 2);
  EXPECT_EQ(read.says, Fact::Says::did_not);
  read.number = 4;
  EXPECT_EQ(code_of(open_fact(world.app(), party, kept, read)), Code::corrupt);
  EXPECT_EQ(code_of(open_fact(world.app(), {1, 3, 2}, kept, fact)), Code::corrupt);
  const std::string names = seal_fields(world.app(), "f", "[]");
  EXPECT_EQ(*open_fields(world.app(), "f", names), "[]");
  EXPECT_EQ(code_of(open_fields(world.app(), "g", names)), Code::corrupt);
  const std::string decided = seal_conflict(world.app(), party, "c");
  EXPECT_EQ(*open_conflict(world.app(), party, decided), "c");
  EXPECT_EQ(code_of(open_conflict(world.app(), {2, 2, 3}, decided)), Code::corrupt);
}

/// The rows as version 0.1.0 wrote them before the names were sealed.
TEST_F(ClockSeal, WhatWasWrittenBeforeIsSealedAtTheNextStartAndSaysTheSame) {
  const std::string one = live();
  const std::string before = seen(one);
  ASSERT_TRUE(world.db().execute([&](store::Tx& tx) -> Status {
    for (const auto& [reference, sealed] :
         TRY(tx.all("SELECT ref, sealed FROM obligation", {},
                    [](const store::Row& row) { return std::pair(row.text(0), row.blob(1)); }))) {
      const SealedStage stage = TRY(open_stage(world.app(), reference, sealed));
      TRY(tx.run(
          "UPDATE obligation SET sealed = NULL, regime = $2, version = $3, stage = $4, "
          "start_ms = $5, last_ms = $6 WHERE ref = $1",
          {reference, stage.regime, stage.version, stage.stage, stage.start_ms, stage.last_ms}));
    }
    const CaseFile file = TRY(load_named_case(tx, one));
    const Organisation acme = TRY(load_organisation(tx, "ACME"));
    for (const FactRow& fact : TRY(load_facts(tx, world.app(), {file.id, acme.id, acme.id}))) {
      TRY(
          tx.run("UPDATE clock_fact SET sealed = NULL, event = $2, happened_ms = $3, happened = $4 "
                 "WHERE number = $1",
                 {fact.number, fact.event, fact.at.ms,
                  std::int64_t{fact.says == Fact::Says::happened ? 1 : 0}}));
    }
    TRY(
        tx.run("UPDATE stage_filing SET sealed = NULL, fields = "
               "'[\"vulnerability\",\"member_states\"]'"));
    return tx.run("UPDATE law_conflict SET sealed = NULL, ref = $1", {conflict});
  }));
  EXPECT_TRUE(database_holds("exploitation_known"));
  ASSERT_TRUE(seal_old_clocks(world.app()));
  EXPECT_EQ(seen(one), before);
  ASSERT_TRUE(seal_old_clocks(world.app())) << "twice is the same as once";
  EXPECT_EQ(seen(one), before);
  for (const char* table : {"obligation", "clock_fact", "stage_filing", "law_conflict"}) {
    EXPECT_EQ(world.number(std::string("SELECT COUNT(*) FROM ") + table + " WHERE sealed IS NULL"),
              0)
        << table;
  }
}

TEST_F(ClockSeal, ANewMasterKeyTakesTheClocksAlong) {
  const std::string one = live();
  const std::string before = seen(one);
  const Keyring& old = world.app().identity.keyring();
  // One ring that opens the old and seals with the new; then the other way, as the world goes on.
  const Keyring other({Secret(std::string(kKeyBytes, 'n'))});
  ASSERT_TRUE(world.db().execute(
      [&](store::Tx& tx) { return rewrap_clocks(tx, old, world.app().random); }));
  EXPECT_EQ(seen(one), before);
  EXPECT_FALSE(world.db().execute([&](store::Tx& tx) {
    return rewrap_clocks(tx, other, world.app().random);
  })) << "a ring without the key changes nothing";
  EXPECT_EQ(seen(one), before);
}

}  // namespace
}  // namespace weir::app
