// Clocks when cases are merged and split.
#include "app/clock_moves.h"

#include <gtest/gtest.h>

#include "app/clocks_world.h"
#include "app/filings.h"

namespace weir::app {
namespace {

using policy::Fact;
using std::chrono::hours;

class ClockMoves : public ClocksWorld {
 protected:
  std::string report_of(const std::string& handle, int vulnerabilities) {
    const std::string one = world.report(handle, {.vulnerabilities = vulnerabilities});
    world.work("cora", one);
    return one;
  }
  std::string due(const std::string& handle, const std::string& reference,
                  const std::string& stage) {
    for (const BoardRow& row :
         rows(handle, {.case_reference = reference, .which = BoardFilter::Which::all})) {
      if (row.regime + "/" + row.stage == stage) {
        return std::string(deadline::name(row.state)) + (row.due ? " " + to_rfc3339(*row.due) : "");
      }
    }
    return "none";
  }
  std::string at(Duration after) { return to_rfc3339(kHour + after); }
  /// The RMSV's report, filed elsewhere.
  void file(const std::string& handle, const std::string& reference) {
    for (const BoardRow& row : rows(handle, {.regime = "cn-rmsv", .case_reference = reference})) {
      if (row.stage != "report") {
        continue;
      }
      const auto form = stage_form(world.app(), laws(), as(handle), row.obligation);
      ASSERT_TRUE(form) << said(form);
      std::vector<FieldValue> values;
      for (const FilingField& field : form->document.fields) {
        values.push_back({field.name, "a value", field.level});
      }
      const auto draft = save_draft(world.app(), laws(), as(handle), row.obligation, values);
      ASSERT_TRUE(draft) << said(draft);
      const auto done = submit_filing(world.app(), laws(), as(handle), *draft, {});
      ASSERT_TRUE(done) << said(done);
      return;
    }
    FAIL() << "nothing to file";
  }
};

TEST_F(ClockMoves, AMergeCountsFromTheEarliestFactOfBoth) {
  const std::string gone = report_of("ven", 1);
  const std::string kept = report_of("ven", 1);
  ASSERT_TRUE(enter("ven", kept, "flaw_known", hours(-2)));
  ASSERT_TRUE(enter("ven", gone, "flaw_known", hours(-10)));
  ASSERT_TRUE(enter("ven", gone, "exploitation_known", hours(-5)));
  NewFact corrected = fact("exploitation_known", hours(-6));
  corrected.corrects = 2;
  ASSERT_TRUE(enter_fact(world.app(), laws(), as("ven"), gone, corrected));
  ASSERT_TRUE(merge(world.app(), as("cora"), gone, kept));
  EXPECT_EQ(due("ven", kept, "cn-rmsv/report"), "running " + at(hours(38)));
  EXPECT_EQ(due("ven", kept, "eu-cra/early_warning"), "running " + at(hours(18)));
  EXPECT_TRUE(rows("ven", {.case_reference = gone, .which = BoardFilter::Which::all}).empty())
      << "one flaw, one set of duties";
  const auto all = facts(world.app(), as("ven"), kept);
  ASSERT_TRUE(all) << said(all);
  ASSERT_EQ(all->size(), 4u);
  EXPECT_EQ((*all)[3].corrects, 3) << "the corrected one has another number here";
  EXPECT_FALSE((*all)[2].stands);
  EXPECT_EQ((*all)[3].source, "honeypot") << "read where it was entered";
  EXPECT_EQ((*all)[3].evidence, "trace 7");
  EXPECT_EQ(code_of(enter("ven", gone, "fix_public", hours(-1))), Code::conflict);
  EXPECT_TRUE(enter("ven", kept, "fix_public", hours(-1)));
}

TEST_F(ClockMoves, WhatWasFiledInTheCaseThatGoesDischargesInTheOneThatStays) {
  const std::string gone = report_of("ven", 1);
  const std::string kept = report_of("ven", 1);
  for (const std::string& one : {gone, kept}) {
    ASSERT_TRUE(enter("ven", one, "flaw_known", hours(-1)));
  }
  file("ven", gone);
  EXPECT_TRUE(due("ven", kept, "cn-rmsv/report").starts_with("running"));
  ASSERT_TRUE(merge(world.app(), as("cora"), gone, kept));
  EXPECT_TRUE(due("ven", kept, "cn-rmsv/report").starts_with("met"));
  const auto listed = filings(world.app(), as("ven"), gone);
  ASSERT_TRUE(listed && listed->size() == 1);
  EXPECT_TRUE(show_filing(world.app(), laws(), as("ven"), listed->front().filing));
  const auto answered = acknowledge_filing(world.app(), as("ven"), listed->front().filing,
                                           {"NVDB-7", to_rfc3339(world.clock.now()), ""});
  EXPECT_TRUE(answered) << said(answered);
  const std::string last = report_of("ven", 1);
  ASSERT_TRUE(merge(world.app(), as("cora"), kept, last));
  EXPECT_TRUE(due("ven", last, "cn-rmsv/report").starts_with("met")) << "through two merges";
}

TEST_F(ClockMoves, ADraftOfTheCaseThatGoesFillsInTheFormOfTheOther) {
  const std::string gone = aware("ven");
  world.work("cora", gone);
  const std::string kept = report_of("ven", 1);
  const auto draft =
      save_draft(world.app(), laws(), as("ven"), obligation("ven", "eu-cra/early_warning"),
                 {{"vulnerability", "as it was drafted"}, {"member_states", "DE"}});
  ASSERT_TRUE(draft) << said(draft);
  ASSERT_TRUE(merge(world.app(), as("cora"), gone, kept));
  const auto form =
      stage_form(world.app(), laws(), as("ven"), obligation("ven", "eu-cra/early_warning"));
  ASSERT_TRUE(form) << said(form);
  EXPECT_EQ(form->document.fields.front().value, "as it was drafted");
  EXPECT_EQ(form->draft, "") << "it is another filing";
}

TEST_F(ClockMoves, WhoTakesNoPartInTheOtherCaseKeepsItsClocksWhereTheyAre) {
  const std::string gone = report_of("ven", 1);
  const std::string kept = report_of("rita", 1);
  ASSERT_TRUE(enter("ven", gone, "flaw_known", hours(-1)));
  ASSERT_TRUE(merge(world.app(), as("cora"), gone, kept));
  EXPECT_TRUE(due("ven", gone, "cn-rmsv/report").starts_with("running"))
      << "a law does not wait for the platform";
  EXPECT_TRUE(rows("ven", {.case_reference = kept}).empty()) << "nor does it learn of the other";
  EXPECT_TRUE(enter("ven", gone, "fix_public", Duration(0)));
}

TEST_F(ClockMoves, ASplitCountsInBothWhatWasKnownAndFiledUntilThen) {
  const std::string one = report_of("ven", 2);
  ASSERT_TRUE(enter("ven", one, "flaw_known", hours(-3)));
  const auto made = split(world.app(), as("cora"), one, 2);
  ASSERT_TRUE(made) << said(made);
  EXPECT_EQ(due("ven", one, "cn-rmsv/report"), "running " + at(hours(45)));
  EXPECT_EQ(due("ven", *made, "cn-rmsv/report"), "running " + at(hours(45)));
  file("ven", one);
  EXPECT_TRUE(due("ven", one, "cn-rmsv/report").starts_with("met"));
  EXPECT_TRUE(due("ven", *made, "cn-rmsv/report").starts_with("running"))
      << "what was filed after the split is about its own flaw";

  const std::string other = report_of("ven", 2);
  ASSERT_TRUE(enter("ven", other, "flaw_known", hours(-3)));
  file("ven", other);
  const auto later = split(world.app(), as("cora"), other, 1);
  ASSERT_TRUE(later) << said(later);
  EXPECT_TRUE(due("ven", *later, "cn-rmsv/report").starts_with("met")) << "it was about both";
  ASSERT_TRUE(enter("ven", *later, "exploitation_known", Duration(0)));
  EXPECT_TRUE(due("ven", *later, "eu-cra/early_warning").starts_with("running"));
  EXPECT_EQ(due("ven", other, "eu-cra/early_warning"), "none")
      << "what is entered after the split is about its own flaw";
}

TEST_F(ClockMoves, AVendorsClocksGoWithItsProducts) {
  const std::string one = report_of("rita", 3);
  world.add_vendor(one, "ACME", {2});
  world.add_vendor(one, "BETA", {1});
  ASSERT_TRUE(enter("ven", one, "flaw_known", hours(-1)));
  ASSERT_TRUE(enter("vera", one, "flaw_known", hours(-1)));
  ASSERT_TRUE(enter("vera", one, "exploitation_known", hours(-1)));
  const auto made = split(world.app(), as("cora"), one, 2);
  ASSERT_TRUE(made) << said(made);
  EXPECT_TRUE(due("ven", *made, "cn-rmsv/report").starts_with("running"));
  EXPECT_TRUE(rows("ven", {.case_reference = one, .which = BoardFilter::Which::all}).empty());
  EXPECT_TRUE(due("vera", one, "eu-cra/early_warning").starts_with("running"));
  EXPECT_TRUE(rows("vera", {.case_reference = *made, .which = BoardFilter::Which::all}).empty());
}

TEST_F(ClockMoves, TheAuthoritysClocksAndDelaysGoAlong) {
  const std::string gone = report_of("ven", 1);
  const std::string kept = report_of("ven", 1);
  ASSERT_TRUE(enter("cora", gone, "notification_received", hours(-1)));
  ASSERT_TRUE(merge(world.app(), as("cora"), gone, kept));
  EXPECT_TRUE(due("cora", kept, "eu-cra-csirt/disseminate").starts_with("running"));
  const auto tx = world.db().read();
  const auto file = load_named_case(**tx, gone);
  const auto ministry = load_organisation(**tx, "Ministry");
  ASSERT_TRUE(file && ministry);
  EXPECT_EQ(code_of(must_not_have_moved(**tx, {file->id, ministry->id, ministry->id})),
            Code::conflict);
  EXPECT_TRUE(must_not_have_moved(**tx, {file->id + 1, ministry->id, ministry->id}));
}

TEST_F(ClockMoves, CarryingTwiceChangesNothing) {
  const std::string one = report_of("ven", 1);
  const std::string two = report_of("ven", 1);
  ASSERT_TRUE(enter("ven", one, "flaw_known", hours(-1)));
  ASSERT_TRUE(world.db().execute([&](store::Tx& tx) -> Status {
    const CaseFile from = TRY(load_named_case(tx, one));
    const CaseFile into = TRY(load_named_case(tx, two));
    TRY(carry_clocks(tx, world.app(), from, into, Carry::split));
    return carry_clocks(tx, world.app(), from, into, Carry::split);
  }));
  EXPECT_EQ(facts(world.app(), as("ven"), two)->size(), 1u);
}

}  // namespace
}  // namespace weir::app
