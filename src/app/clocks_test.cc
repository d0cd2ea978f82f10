// Clocks in cases: facts, profiles, the board, and who may see any of it.
#include "app/clocks.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "app/clocks_world.h"
#include "app/intake.h"

namespace weir::app {
namespace {

using deadline::State;
using policy::Fact;
using std::chrono::hours;

class Clocks : public ClocksWorld {};

TEST_F(Clocks, OneFactShowsEveryLawsDuties) {
  const std::string one = world.report("ven");
  EXPECT_TRUE(rows("ven").empty()) << "nothing has happened yet";
  ASSERT_TRUE(enter("ven", one, "flaw_known", hours(-1)));
  EXPECT_EQ(states("ven"),
            "cn-rmsv/report running, cn-rmsv/verify_and_tell_upstream running, "
            "cn-rmsv/fix_and_tell_users running");
  ASSERT_TRUE(enter("ven", one, "exploitation_known", hours(-1)));
  const auto open = rows("ven");
  ASSERT_GE(open.size(), 5u);
  EXPECT_EQ(open[0].regime + "/" + open[0].stage, "eu-cra/early_warning");
  EXPECT_EQ(open[0].due, kHour + hours(23)) << "24 hours after it became known";
  EXPECT_EQ(open[0].last, kHour + hours(24) - Duration(1))
      << "the hour of the event does not count";
  EXPECT_EQ(open[1].stage, "report") << "48 hours";
  EXPECT_EQ(open[2].stage, "notification") << "72 hours";
  EXPECT_EQ(open.back().due, std::nullopt) << "those without a fixed time come last";
}

TEST_F(Clocks, TimePassesOnTheBoardWithoutANewFact) {
  const std::string one = aware("ven");
  const auto state_after = [&](Duration time) {
    world.clock.set(kHour + time);
    const auto found = rows("ven", {.regime = "eu-cra"});
    return found.front().state;
  };
  EXPECT_EQ(state_after(hours(17)), State::running);
  EXPECT_EQ(state_after(hours(18)), State::due_soon);
  EXPECT_EQ(state_after(hours(25) - Duration(1)), State::due_soon);
  EXPECT_EQ(state_after(hours(25)), State::overdue);
}

TEST_F(Clocks, AnAwarenessLongPastShowsAtOnceAsOverdue) {
  const std::string one = world.report("ven");
  ASSERT_TRUE(enter("ven", one, "flaw_known", hours(-100)));
  ASSERT_TRUE(enter("ven", one, "exploitation_known", hours(-100)));
  EXPECT_EQ(rows("ven", {.regime = "eu-cra"}).front().state, State::overdue);
}

TEST_F(Clocks, ACorrectionSupersedesAndErasesNothing) {
  const std::string one = world.report("ven");
  ASSERT_TRUE(enter("ven", one, "flaw_known", hours(-90)));
  ASSERT_TRUE(enter("ven", one, "exploitation_known", hours(-30)));
  EXPECT_EQ(rows("ven", {.regime = "eu-cra"}).front().state, State::overdue);
  NewFact later = fact("exploitation_known", hours(-2));
  later.corrects = 2;
  const auto made = enter_fact(world.app(), laws(), as("ven"), one, later);
  ASSERT_TRUE(made) << said(made);
  EXPECT_EQ(made->number, 3);
  EXPECT_EQ(rows("ven", {.regime = "eu-cra"}).front().due, kHour + hours(22));
  const auto all = facts(world.app(), as("ven"), one);
  ASSERT_TRUE(all) << said(all);
  ASSERT_EQ(all->size(), 3u);
  EXPECT_FALSE((*all)[1].stands);
  EXPECT_EQ((*all)[1].at, kHour + hours(-30));
  EXPECT_EQ((*all)[2].source, "honeypot");
  EXPECT_EQ((*all)[2].evidence, "trace 7");
  EXPECT_EQ((*all)[2].by, "ven");
  EXPECT_EQ(world.count(one, "fact_entered"), 3);
  NewFact back = fact("exploitation_known", hours(0));
  back.corrects = 3;
  back.says = deadline::Fact::Says::did_not;
  ASSERT_TRUE(enter_fact(world.app(), laws(), as("ven"), one, back));
  EXPECT_TRUE(rows("ven", {.regime = "eu-cra"}).empty()) << "taken back";
}

TEST_F(Clocks, WhatCannotBeAFactIsRefused) {
  const std::string one = world.report("ven");
  const auto code = [&](const NewFact& wrong) {
    return code_of(enter_fact(world.app(), laws(), as("ven"), one, wrong));
  };
  NewFact wrong = fact("exploitation_known", hours(1));
  EXPECT_EQ(code(wrong), Code::invalid) << "in the future";
  wrong = fact("no_such_event", hours(0));
  EXPECT_EQ(code(wrong), Code::invalid);
  wrong = fact("flaw_known", hours(0));
  wrong.at = "yesterday";
  EXPECT_EQ(code(wrong), Code::invalid);
  std::set<std::string> reasons;
  for (const char* at :
       {"1969-07-20T20:17:00Z", "2026-02-29T09:00:00Z", "2026-12-01T09:00:00+25:00",
        "2026-12-01T09:00:00", "2030-01-01T00:00:00Z"}) {
    wrong.at = at;
    reasons.insert(said(enter_fact(world.app(), laws(), as("ven"), one, wrong)));
  }
  EXPECT_EQ(reasons.size(), 5u) << "each for its own reason";
  wrong = fact("flaw_known", hours(0));
  wrong.source = "";
  EXPECT_EQ(code(wrong), Code::invalid);
  wrong.source = std::string(kMaxSourceBytes, 'x');
  wrong.evidence = std::string(kMaxEvidenceBytes + 1, 'x');
  EXPECT_EQ(code(wrong), Code::invalid);
  wrong = fact("flaw_known", hours(0));
  wrong.corrects = 1;
  EXPECT_EQ(code(wrong), Code::invalid) << "corrects what is not there";
  wrong.corrects = 0;
  wrong.says = deadline::Fact::Says::did_not;
  EXPECT_EQ(code(wrong), Code::invalid) << "takes back nothing";
  EXPECT_EQ(world.count(one, "fact_entered"), 0) << "what is refused leaves no trace";
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM clock_party"), 0);
}

TEST_F(Clocks, EachOrganisationSeesItsOwnClocksOnly) {
  const std::string one = aware("ven");
  world.work("cora", one);
  world.add_vendor(one, "BETA");
  const std::string obligation = rows("ven").front().obligation;
  EXPECT_TRUE(rows("vera").empty());
  EXPECT_TRUE(rows("cora").empty());
  const auto theirs = facts(world.app(), as("vera"), one);
  ASSERT_TRUE(theirs) << "BETA takes part";
  EXPECT_TRUE(theirs->empty());
  for (const char* handle : {"vera", "cora", "otto", "rita"}) {
    EXPECT_EQ(said(explain_obligation(world.app(), laws(), as(handle), obligation)),
              said(explain_obligation(world.app(), laws(), as(handle), "nosuchobligation")))
        << handle;
  }
  EXPECT_EQ(code_of(board(world.app(), laws(), as(""), {})), Code::denied);
  EXPECT_EQ(code_of(board(world.app(), laws(), with_code("x"), {})), Code::denied);
}

TEST_F(Clocks, OutsidersAreToldTheSameOfAHiddenCaseAndOfNone) {
  const std::string one = world.report("ven");
  for (const Actor& who : {as("otto"), as("rita"), as("cert"), as(""), with_code("wrong")}) {
    for (const char* organisation : {"", "ACME", "Nobody"}) {
      NewFact made = fact("flaw_known", hours(0));
      made.organisation = organisation;
      EXPECT_EQ(said(enter_fact(world.app(), laws(), who, one, made)),
                said(enter_fact(world.app(), laws(), who, "nosuchcase", made)));
      EXPECT_EQ(said(facts(world.app(), who, one, organisation)),
                said(facts(world.app(), who, "nosuchcase", organisation)));
    }
  }
  EXPECT_EQ(world.count(one, "fact_entered"), 0);
}

TEST_F(Clocks, AColleagueOfWhoeverKeepsThemKeepsThemToo) {
  ASSERT_TRUE(add_user(world.app(), as("ada"), {"val", "ACME", {policy::Role::recipient}}));
  const std::string one = world.report("ven");
  EXPECT_EQ(code_of(enter("val", one, "flaw_known", hours(0))), Code::not_found)
      << "ACME keeps no clocks here yet";
  ASSERT_TRUE(enter("ven", one, "flaw_known", hours(0)));
  EXPECT_TRUE(enter("val", one, "exploitation_known", hours(0)));
  EXPECT_FALSE(rows("val").empty());
  ASSERT_TRUE(set_barred(world.app(), as("ada"), "val", Fact::yes));
  EXPECT_EQ(code_of(board(world.app(), laws(), as("val"), {})), Code::denied);
  EXPECT_EQ(code_of(enter("val", one, "fix_public", hours(0))), Code::not_found)
      << "who is barred sees nothing of it";
  EXPECT_EQ(world.read("val", one).error().code, Code::not_found) << "clocks open no case";
}

TEST_F(Clocks, AtTheAuthorityTheHandlerKeepsThem) {
  const std::string one = world.report("ven");
  EXPECT_EQ(code_of(enter("cora", one, "notification_received", hours(0))), Code::denied)
      << "not before she has claimed it";
  world.work("cora", one);
  ASSERT_TRUE(enter("cora", one, "notification_received", hours(0)));
  EXPECT_EQ(states("cora"), "eu-cra-csirt/disseminate running");
  EXPECT_EQ(code_of(enter("dan", one, "dissemination_done", hours(0))), Code::denied);
  EXPECT_EQ(code_of(facts(world.app(), as("dan"), one)), Code::denied);
  ASSERT_EQ(rows("dan").size(), 1u) << "a coordinator sees that something runs, not which law";
  EXPECT_EQ(rows("dan")[0].case_reference, one);
  EXPECT_EQ(states("dan"), "/ running");
  EXPECT_TRUE(rows("dan", {.regime = "eu-cra-csirt"}).empty()) << "nor by a filter";
  EXPECT_EQ(code_of(explain_obligation(world.app(), laws(), as("dan"), rows("dan")[0].obligation)),
            Code::not_found);
  ASSERT_TRUE(enter("cora", one, "dissemination_done", hours(0)));
  EXPECT_TRUE(rows("cora").empty());
  EXPECT_EQ(states("cora", {.which = BoardFilter::Which::all}),
            "eu-cra-csirt/disseminate met, eu-cra-csirt/disseminate_after_delay not_triggered, "
            "eu-cra-csirt/tell_second_body not_triggered");
}

TEST_F(Clocks, TheHandlerKeepsAnothersClocksApartFromItsOwnAndFromTheirs) {
  const std::string one = world.report("ven");
  world.work("cora", one);
  NewFact told = fact("exploitation_known", hours(-5));
  told.organisation = "ACME";
  ASSERT_TRUE(enter_fact(world.app(), laws(), as("cora"), one, told));
  ASSERT_TRUE(enter("ven", one, "exploitation_known", hours(-1)));
  told.event = "flaw_known";
  ASSERT_TRUE(enter_fact(world.app(), laws(), as("cora"), one, told));
  ASSERT_TRUE(enter("ven", one, "flaw_known", hours(-1)));
  EXPECT_EQ(rows("cora", {.organisation = "ACME"}).front().due, kHour + hours(19));
  EXPECT_EQ(rows("ven").front().due, kHour + hours(23));
  told.organisation = "BETA";
  EXPECT_EQ(code_of(enter_fact(world.app(), laws(), as("cora"), one, told)), Code::invalid)
      << "BETA takes no part";
  told.organisation = "Ministry";
  EXPECT_EQ(code_of(enter_fact(world.app(), laws(), as("ven"), one, told)), Code::denied);
}

TEST_F(Clocks, FiltersNarrowTheBoard) {
  const std::string one = aware("ven");
  const std::string two = world.report("ven");
  ASSERT_TRUE(enter("ven", two, "flaw_known", hours(0)));
  const auto cases = [&](const BoardFilter& filter) {
    std::set<std::string> found;
    for (const BoardRow& row : rows("ven", filter)) {
      found.insert(row.case_reference);
    }
    return found;
  };
  EXPECT_EQ(cases({.case_reference = one}), std::set<std::string>{one});
  EXPECT_EQ(cases({}), (std::set<std::string>{one, two}));
  EXPECT_EQ(cases({.regime = "eu-cra"}), std::set<std::string>{one})
      << "the other is not exploited";
  EXPECT_EQ(cases({.regime = "eu-cra", .case_reference = two}), std::set<std::string>{});
  EXPECT_EQ(cases({.organisation = "BETA"}), std::set<std::string>{});
  EXPECT_EQ(rows("ven", {.limit = 1}).size(), 1u);
  EXPECT_EQ(code_of(board(world.app(), laws(), as("ven"), {.limit = 0})), Code::invalid);
  EXPECT_EQ(code_of(board(world.app(), laws(), as("ven"), {.limit = kMaxBoardRows + 1})),
            Code::invalid);
}

TEST_F(Clocks, ABoardGoesOnWhereThePageBeforeEnded) {
  aware("ven");
  aware("ven");
  for (const auto which : {BoardFilter::Which::open, BoardFilter::Which::all}) {
    const auto all = rows("ven", {.which = which});
    ASSERT_GT(all.size(), 8u);
    BoardFilter filter{.which = which, .limit = 3};
    std::vector<std::string> paged;
    for (bool more = true; more;) {
      const auto page = board_page(world.app(), laws(), as("ven"), filter);
      ASSERT_TRUE(page) << said(page);
      for (const BoardRow& row : page->rows) {
        paged.push_back(row.obligation);
      }
      filter.after = page->next;
      more = page->more;
    }
    std::set<std::string> expected;
    for (const BoardRow& row : all) {
      expected.insert(row.obligation);
    }
    EXPECT_EQ(paged.size(), all.size());
    EXPECT_EQ(std::set<std::string>(paged.begin(), paged.end()), expected);
    const auto end = board_page(world.app(), laws(), as("ven"), filter);
    ASSERT_TRUE(end) << said(end);
    EXPECT_TRUE(end->rows.empty());
    EXPECT_EQ(end->next, filter.after);
    EXPECT_EQ(code_of(board_page(world.app(), laws(), as("vera"), filter)), Code::invalid)
        << "another's place in its board is no cursor";
  }
  for (const char* bad : {"x", "1", "1.", "-1.a", ".a"}) {
    EXPECT_EQ(code_of(board(world.app(), laws(), as("ven"), {.after = bad})), Code::invalid) << bad;
  }
}

TEST_F(Clocks, AtTheAuthorityAFilterShowsTheHandlersOwnCasesAlone) {
  const std::string one = world.report("ven");
  const std::string two = world.report("ven");
  world.work("cora", one);
  world.work("dan", two);
  for (const auto& [handler, reference] : {std::pair("cora", one), std::pair("dan", two)}) {
    ASSERT_TRUE(enter(handler, reference, "notification_received", Duration(0)));
  }
  EXPECT_EQ(rows("cora").size(), 2u);
  const auto narrowed = rows("cora", {.regime = "eu-cra-csirt"});
  ASSERT_EQ(narrowed.size(), 1u);
  EXPECT_EQ(narrowed[0].case_reference, one);
  EXPECT_TRUE(rows("cora", {.regime = "eu-cra-csirt", .case_reference = two}).empty());
  EXPECT_TRUE(rows("cora", {.organisation = "Ministry", .case_reference = two}).empty());
  const auto hidden = rows("cora", {.case_reference = two});
  ASSERT_EQ(hidden.size(), 1u);
  EXPECT_EQ(hidden[0].regime, "");
}

TEST_F(Clocks, APromiseCanBeMadeAgainFromItsReceipt) {
  const std::string one = world.report("ven");
  const auto made = enter("ven", one, "flaw_known", hours(-1));
  ASSERT_TRUE(made) << said(made);
  const auto tx = world.db().read();
  ASSERT_TRUE(tx);
  const auto again = promise_again(**tx, world.app(), made->receipt_id);
  ASSERT_TRUE(again) << said(again);
  EXPECT_EQ(*again, made->promise);
  EXPECT_FALSE(promise_again(**tx, world.app(), std::string(26, 'a')));
}

TEST_F(Clocks, AnExplanationNamesEveryStepWithItsClause) {
  const std::string one = aware("ven");
  ASSERT_TRUE(enter("ven", one, "exploitation_known", hours(-3)));
  const auto shown =
      explain_obligation(world.app(), laws(), as("ven"), obligation("ven", "eu-cra/early_warning"));
  ASSERT_TRUE(shown) << said(shown);
  EXPECT_EQ(shown->row.contradictions, std::vector<std::string>{"exploitation_known"});
  EXPECT_TRUE(std::ranges::any_of(
      shown->steps, [](const deadline::Step& step) { return step.clause == "Art. 14(2)(a)"; }));
  EXPECT_EQ(shown->row.due, kHour + hours(21)) << "the earliest counts";
}

TEST_F(Clocks, TheBoardMarksDutiesWhoseFactsContradictEachOther) {
  const std::string one = aware("ven");
  const std::string clear = aware("ven");
  ASSERT_TRUE(enter("ven", one, "exploitation_known", hours(-3)));
  const std::vector<std::string> named = {"exploitation_known"};
  ASSERT_FALSE(rows("ven").empty());
  for (const BoardRow& row : rows("ven")) {
    EXPECT_EQ(row.contradictions, row.case_reference == one ? named : std::vector<std::string>())
        << row.stage;
  }
  NewFact back = fact("exploitation_known", hours(0));
  back.corrects = 3;
  back.says = deadline::Fact::Says::did_not;
  ASSERT_TRUE(enter_fact(world.app(), laws(), as("ven"), one, back));
  EXPECT_TRUE(rows("ven").front().contradictions.empty()) << "corrected";
}

TEST_F(Clocks, AnotherSetOfLawsDerivesAnew) {
  const std::string one = aware("ven");
  std::vector<regimes::File> files = regimes::builtin();
  for (regimes::File& file : files) {
    if (file.name == "eu-cra.yaml") {
      const std::size_t at = file.text.find("within: 24 hours");
      ASSERT_NE(at, std::string::npos);
      file.text.replace(at, 16, "within: 12 hours");
    }
  }
  const auto stricter = read_laws(files);
  ASSERT_TRUE(stricter) << said(stricter);
  const auto first = board(world.app(), *stricter, as("ven"), {.regime = "eu-cra"});
  ASSERT_TRUE(first) << said(first);
  EXPECT_EQ(first->front().due, kHour + hours(12));
  ASSERT_TRUE(refresh(world.app(), laws()));
  EXPECT_EQ(rows("ven", {.regime = "eu-cra"}).front().due, kHour + hours(24));
}

TEST_F(Clocks, TheDatabaseHoldsNoTextOfAFact) {
  const std::string one = world.report("ven");
  ASSERT_TRUE(enter("ven", one, "exploitation_known", hours(0)));
  EXPECT_FALSE(database_holds("honeypot"));
  EXPECT_FALSE(database_holds("trace 7"));
  EXPECT_FALSE(database_holds("exploitation_known")) << "what happened is text too";
}

TEST_F(Clocks, AnAuditorSeesThatAFactWasEnteredAndNotWhich) {
  ASSERT_TRUE(add_user(world.app(), as("ada"), {"aud", "Outsider", {policy::Role::auditor}}));
  const std::string one = world.report("ven");
  ASSERT_TRUE(enter("ven", one, "exploitation_known", hours(0)));
  const auto seen = timeline(world.app(), as("aud"), one);
  ASSERT_TRUE(seen) << said(seen);
  EXPECT_EQ(seen->back().type, "fact_entered");
  for (const custody::Field& one_field : seen->back().fields) {
    EXPECT_EQ(json::canonical(one_field.value).find("exploit"), std::string::npos)
        << one_field.name;
  }
}

}  // namespace
}  // namespace weir::app
