// Whom a warning goes to, what of a delay is warned of, and that each is given once.
#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "app/clock_rows.h"
#include "app/clocks_world.h"
#include "app/delay_rows.h"
#include "app/delays.h"
#include "app/news.h"
#include "app/notice_rows.h"

namespace weir::app {
namespace {

using policy::Fact;
using policy::Role;
using std::chrono::hours;
using std::chrono::minutes;

class Warnings : public ClocksWorld {
 protected:
  void user(const char* handle, const char* organisation, Role role) {
    const Status added = add_user(world.app(), as("ada"), {handle, organisation, {role}});
    ASSERT_TRUE(added) << said(added);
  }
  void mail(const char* handle) {
    const auto made =
        add_channel(world.app(), as(handle), {.address = std::string(handle) + "@lark.example"});
    ASSERT_TRUE(made) << said(made);
  }
  Ran run() {
    const auto ran = run_clocks(world.app(), laws());
    EXPECT_TRUE(ran) << said(ran);
    return ran.value_or(Ran());
  }
  std::vector<Notice> all() {
    const auto found = notices_since(world.app(), 0, kMaxNotices);
    EXPECT_TRUE(found) << said(found);
    return found.value_or(std::vector<Notice>());
  }
  static std::string line(const Notice& one) {
    std::string text = one.about == About::obligation ? one.stage : std::string(name(one.about));
    text += " " + std::to_string(one.step / minutes(1)) + " " + std::to_string(one.rung) + " ";
    for (const std::string& handle : one.handles) {
      text += (text.back() == ' ' ? "" : "+") + handle;
    }
    return text + " " + std::string(name(one.went));
  }
  /// Those of early warnings, oldest first.
  std::string early() {
    std::string text;
    for (const Notice& one : all()) {
      text += one.stage == "early_warning" ? line(one) + "; " : "";
    }
    return text;
  }
};

TEST_F(Warnings, WithoutARuleGoToAllActiveAdministratorsAndToThemAgain) {
  user("acma", "ACME", Role::administrator);
  user("acmb", "ACME", Role::administrator);
  user("acmc", "ACME", Role::administrator);
  ASSERT_TRUE(set_barred(world.app(), as("ada"), "acmc", Fact::yes));
  mail("acma");
  aware("ven");
  run();
  EXPECT_EQ(early(), "early_warning 1440 1 acma+acmb given; ");
  world.clock.advance(hours(2));
  run();
  run();
  EXPECT_EQ(early(), "early_warning 1440 1 acma+acmb given; early_warning 1440 2 acma+acmb given; ")
      << "there is nobody else";
}

TEST_F(Warnings, WhoMayNotActAnyMoreIsPassedOver) {
  user("val", "ACME", Role::recipient);
  user("acma", "ACME", Role::administrator);
  ASSERT_TRUE(set_notice_rule(world.app(), as("ada"), "ACME",
                              {{hours(24), hours(6)}, hours(2), "ven", "val"}));
  const auto tells = [&] { return show_notice_rule(world.app(), as("ada"), "ACME")->tells_now; };
  EXPECT_EQ(tells(), std::vector<std::string>{"ven"});
  aware("ven");
  ASSERT_TRUE(set_barred(world.app(), as("ada"), "ven", Fact::yes));
  EXPECT_EQ(tells(), std::vector<std::string>{"val"});
  run();
  EXPECT_EQ(early(), "early_warning 1440 1 val no_channel; ");
  world.clock.advance(hours(2));
  run();
  EXPECT_EQ(early(), "early_warning 1440 1 val no_channel; early_warning 1440 2 acma no_channel; ");
  ASSERT_TRUE(set_barred(world.app(), as("ada"), "val", Fact::yes));
  EXPECT_EQ(tells(), std::vector<std::string>{"acma"});
  ASSERT_TRUE(set_suspended(world.app(), as("ada"), "ACME", Fact::yes));
  EXPECT_TRUE(tells().empty());
  world.clock.advance(hours(17));
  run();
  EXPECT_TRUE(early().ends_with("early_warning 360 1  nobody; ")) << early();
}

TEST_F(Warnings, RightAfterARoundNothingHasCome) {
  aware("ven");
  int rounds = 0;
  for (const Duration ahead :
       {hours(0), hours(2), hours(16), hours(2), hours(3), hours(1), hours(2)}) {
    world.clock.advance(ahead);
    const auto come = [&] {
      const auto tx = world.db().read();
      EXPECT_TRUE(tx);
      return what_has_come(**tx, world.clock.now())->size();
    };
    EXPECT_GE(come(), 1u) << "before round " << rounds;
    run();
    EXPECT_EQ(come(), 0u) << "after round " << rounds;
    ++rounds;
  }
}

// What has come is read beside the writer: meanwhile it may have been warned of, or have changed.
TEST_F(Warnings, OfWhatHasChangedSinceItWasReadAreNotGiven) {
  const std::string reference = aware("ven");
  const auto come = [&] {
    const auto tx = world.db().read();
    EXPECT_TRUE(tx);
    const auto found = what_has_come(**tx, world.clock.now());
    EXPECT_TRUE(found) << said(found);
    return found.value_or(std::vector<Warnable>());
  };
  const auto plan = [&](const std::vector<Warnable>& duties) {
    std::int64_t made = -1;
    EXPECT_TRUE(world.db().execute([&](store::Tx& tx) -> Status {
      made = TRY(plan_notices(tx, world.app(), duties, world.clock.now()));
      return {};
    }));
    return made;
  };
  const std::vector<Warnable> first = come();
  ASSERT_EQ(first.size(), 2u) << "the early warning in a day; what RMSV demands is overdue";
  EXPECT_EQ(plan(first), 2);
  EXPECT_EQ(plan(first), 0) << "given since";
  EXPECT_TRUE(come().empty());
  world.clock.advance(hours(2));
  const std::vector<Warnable> second = come();
  ASSERT_EQ(second.size(), 2u) << "nobody reacted";
  NewFact earlier = fact("exploitation_known", hours(-3));
  earlier.corrects = 2;
  ASSERT_TRUE(enter_fact(world.app(), laws(), as("ven"), reference, earlier));
  EXPECT_EQ(plan(second), 1) << "the time of one was corrected since";
  const std::vector<Warnable> corrected = come();
  ASSERT_EQ(corrected.size(), 1u);
  EXPECT_NE(corrected.front().due_ms, second.front().due_ms);
  EXPECT_NE(corrected.front().due_ms, second.back().due_ms);
  earlier.corrects = 3;
  earlier.says = deadline::Fact::Says::did_not;
  ASSERT_TRUE(enter_fact(world.app(), laws(), as("ven"), reference, earlier));
  EXPECT_EQ(plan(corrected), 0) << "it no longer follows";
}

TEST_F(Warnings, TheBoardSaysWhenNobodyCouldBeTold) {
  aware("ven");
  EXPECT_EQ(rows("ven").front().warned, Warned::not_yet);
  run();
  EXPECT_EQ(early(), "early_warning 1440 1  nobody; ") << "ACME has no administrator";
  const auto warned = [&] {
    for (const BoardRow& row : rows("ven", {.regime = "eu-cra"})) {
      if (row.stage == "early_warning") {
        return row.warned;
      }
    }
    return Warned::not_yet;
  };
  EXPECT_EQ(warned(), Warned::nobody);
  user("acma", "ACME", Role::administrator);
  world.clock.advance(hours(2));
  run();
  EXPECT_EQ(warned(), Warned::no_channel) << "asked again, there is somebody";
  mail("acma");
  world.clock.advance(hours(16));
  run();
  EXPECT_EQ(warned(), Warned::given);
}

TEST_F(Warnings, AtTheAuthorityTheHandlerHearsOfItToo) {
  const std::string one = world.report("ven");
  world.work("cora", one);
  ASSERT_TRUE(enter("cora", one, "notification_received", Duration(0)));
  Warnable duty;
  ASSERT_TRUE(world.db().execute([&](store::Tx& tx) -> Status {
    const Person cora = TRY(load_keeper(tx, world.app(), as("cora"), Scope::read));
    const Person ada = TRY(load_keeper(tx, world.app(), as("ada"), Scope::read));
    duty.keeper = cora.organisation.id;
    duty.handler = cora.id;
    const StoredRule rule = TRY(rule_of(tx, duty.keeper));
    const auto people = TRY(first_people(tx, rule, duty));
    EXPECT_EQ(people.size(), 2u);
    EXPECT_EQ(std::ranges::count(people, cora.id), 1);
    EXPECT_EQ(std::ranges::count(people, ada.id), 1);
    duty.about = About::delay_review;
    const auto reviewing = TRY(first_people(tx, rule, duty));
    EXPECT_EQ(reviewing, std::vector<std::int64_t>{cora.id});
    const std::vector<std::int64_t> told = {cora.id};
    const auto next = TRY(next_people(tx, rule, duty, told));
    EXPECT_EQ(next, std::vector<std::int64_t>{ada.id});
    return {};
  }));
}

TEST_F(Warnings, ThoseFromBeforeThereWereSeveralPeopleAreKeptAndNotGivenAgain) {
  user("acma", "ACME", Role::administrator);
  aware("ven");
  run();
  const std::string before = early();
  ASSERT_TRUE(world.db().execute([&](store::Tx& tx) -> Status {
    for (const char* sql :
         {"CREATE TABLE clock_notice (id INTEGER PRIMARY KEY AUTOINCREMENT, obligation INTEGER NOT "
          "NULL REFERENCES obligation (id), due_ms INTEGER NOT NULL, step_ms INTEGER NOT NULL, "
          "rung INTEGER NOT NULL, account INTEGER NOT NULL, at_ms INTEGER NOT NULL, seen_ms "
          "INTEGER, UNIQUE (obligation, due_ms, step_ms, rung)) STRICT",
          "INSERT INTO clock_notice SELECT id, obligation, due_ms, step_ms, rung, COALESCE((SELECT "
          "MIN(account) FROM notice_person p WHERE p.notice = n.id), 0), at_ms, seen_ms FROM "
          "notice n",
          "DROP TABLE notice_person", "DROP TABLE notice", "DROP TABLE filing_sent",
          "ALTER TABLE news_channel DROP COLUMN quiet", "ALTER TABLE news_channel DROP COLUMN zone",
          "ALTER TABLE news_channel DROP COLUMN due_ms", "ALTER TABLE news DROP COLUMN due_ms",
          "DELETE FROM schema_migration WHERE name IN ('app-0022-notice-people', "
          "'app-0023-sent-filings', 'app-0031-news-hours')"}) {
      TRY(tx.run(sql, {}));
    }
    return {};
  }));
  ASSERT_TRUE(world.open());
  EXPECT_EQ(early(), "early_warning 1440 1 acma given; ") << before;
  EXPECT_EQ(run().notices, 0);
}

class DelayWarnings : public Warnings {
 protected:
  void SetUp() override {
    Warnings::SetUp();
    reference = delayed(hours(72), hours(24));
  }
  std::string delayed(Duration until, Duration review) {
    const std::string made = world.report("ven");
    world.work("cora", made);
    const Instant now = world.clock.now();
    const Status done =
        delay_dissemination(world.app(), as("cora"), made,
                            {"nature_of_information", "zqjustified", to_rfc3339(now + until),
                             to_rfc3339(now + review), "CERT"});
    EXPECT_TRUE(done) << said(done);
    return made;
  }
  /// Those of delays that the handler is shown, oldest first.
  std::vector<Notice> shown() {
    std::vector<Notice> found = notices(world.app(), as("cora")).value_or(std::vector<Notice>());
    std::erase_if(found, [](const Notice& one) { return one.about == About::obligation; });
    std::ranges::reverse(found);
    return found;
  }
  std::string given() {
    std::string text;
    for (const Notice& one : shown()) {
      text += line(one) + "; ";
    }
    return text;
  }
  std::string reference;
};

TEST_F(DelayWarnings, ComeBeforeTheReviewAndBeforeThePlannedEnd) {
  run();
  run();
  EXPECT_EQ(given(), "delay_review 1440 1 cora no_channel; ");
  EXPECT_EQ(shown().front().case_reference, reference);
  EXPECT_EQ(shown().front().delay, delays(world.app(), as("cora"), reference)->front().reference);
  EXPECT_EQ(shown().front().due, kHour + hours(24));
  ASSERT_TRUE(mark_seen(world.app(), as("cora"), shown().front().id));
  world.clock.advance(hours(24));
  run();
  EXPECT_EQ(given(), "delay_review 1440 1 cora no_channel; delay_review 0 1 cora no_channel; ");
  world.clock.advance(hours(2));
  run();
  EXPECT_TRUE(given().ends_with("delay_review 0 2 ada no_channel; ")) << given();
  world.clock.advance(hours(22));
  run();
  EXPECT_TRUE(given().ends_with("delay_end 1440 1 cora no_channel; ")) << given();
  EXPECT_TRUE(notices(world.app(), as("dan"))->empty()) << "need-to-know: not the handler";
  EXPECT_FALSE(database_holds("zqjustified"));
}

TEST_F(DelayWarnings, ADowntimeIsCaughtUpOnce) {
  world.clock.advance(hours(71) + minutes(30));
  ASSERT_TRUE(world.open());
  run();
  ASSERT_TRUE(world.open());
  run();
  EXPECT_EQ(given(), "delay_review 0 1 cora no_channel; delay_end 60 1 cora no_channel; ");
}

TEST_F(DelayWarnings, OneThatEndsByItselfSaysSoOnceAndOneThatWasEndedSaysNothingMore) {
  world.clock.advance(hours(73));
  ASSERT_TRUE(enter("cora", reference, "published", Duration(0))) << "so that there is a new leaf";
  ASSERT_TRUE(world.seal());
  const Ran ran = run();
  EXPECT_EQ(ran.delays_ended, 1);
  EXPECT_TRUE(given().starts_with("delay_end 0 1 cora no_channel; ")) << given();
  EXPECT_EQ(shown().size(), 1u) << "its review is no matter any more";
  EXPECT_GE(ran.notices, 1);
  world.clock.advance(hours(5));
  run();
  EXPECT_EQ(shown().size(), 1u) << "nor does what is over escalate";
  const std::string other = delayed(hours(72), hours(24));
  ASSERT_TRUE(end_delay(world.app(), as("cora"), other));
  run();
  EXPECT_EQ(shown().size(), 1u);
}

TEST_F(DelayWarnings, AMergeWarnsOfNothingTwice) {
  run();
  const std::string stays = world.report("rita");
  world.work("cora", stays);
  ASSERT_TRUE(merge(world.app(), as("cora"), reference, stays));
  run();
  EXPECT_EQ(given(), "delay_review 1440 1 cora no_channel; ");
  EXPECT_EQ(shown().front().case_reference, stays);
  world.clock.advance(hours(18));
  run();
  EXPECT_TRUE(given().ends_with("delay_review 360 1 cora no_channel; ")) << given();
}

TEST_F(DelayWarnings, WhatWasGivenOfADelayCountsInTheOtherCaseWithWhomItWasFor) {
  run();
  const std::string other = delayed(hours(72), hours(24));
  ASSERT_TRUE(world.db().execute([&](store::Tx& tx) -> Status {
    const CaseFile file = TRY(load_named_case(tx, other));
    return carry_notices(tx, 1, 2, file.id);
  }));
  run();
  EXPECT_EQ(given(), "delay_review 1440 1 cora no_channel; delay_review 1440 1 cora no_channel; ")
      << "one each, and none anew";
  EXPECT_EQ(shown().back().case_reference, other);
}

TEST_F(DelayWarnings, AReviewAtTheEndIsOneWarning) {
  world.clock.advance(hours(1));
  const std::string both = delayed(hours(10), hours(10));
  run();
  const std::vector<Notice> all_shown = shown();
  EXPECT_EQ(std::ranges::count(all_shown, both, &Notice::case_reference), 1);
}

/// What is to be given of one due instant, told from the rule alone.
struct Expected {
  Instant due;
  std::map<std::int64_t, Instant> first;  // by step in minutes: when it was given
  std::int64_t rungs = 0;                 // second rungs
  std::int64_t escalated = -1;            // the step that was
};

TEST_F(DelayWarnings, EachIsGivenOnceHoweverOftenTheServerWasDown) {
  mail("cora");
  mail("ada");
  const std::vector<Duration> steps = default_rule().steps;
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    std::mt19937 chance(seed);
    const auto below = [&](std::int64_t most) {
      return static_cast<std::int64_t>(chance()) % most;
    };
    const Instant start = world.clock.now();
    const Duration review = minutes(1 + below(60 * 80));
    const Duration until = review + minutes(1 + below(60 * 40));
    const std::string one = delayed(until, review);
    std::map<About, Expected> expected = {{About::delay_review, {start + review, {}}},
                                          {About::delay_end, {start + until, {}}}};
    while (world.clock.now() < start + until - minutes(1)) {
      const std::int64_t left = (start + until - minutes(1) - world.clock.now()) / minutes(1);
      world.clock.advance(
          minutes(1 + below(std::max<std::int64_t>(std::min<std::int64_t>(left, 900), 1))));
      if (below(4) == 0) {
        ASSERT_TRUE(world.open());
      }
      for (std::int64_t times = below(3); times >= 0; --times) {
        run();
      }
      for (auto& [about, want] : expected) {
        const auto step = next_step(steps, want.due, world.clock.now());
        if (!step) {
          continue;
        }
        const std::int64_t reached = *step / minutes(1);
        if (want.first.empty() || want.first.begin()->first > reached) {
          want.first[reached] = world.clock.now();
        }
        const auto& [newest, at] = *want.first.begin();
        if (want.escalated != newest && world.clock.now() - at >= hours(2)) {
          want.escalated = newest;
          ++want.rungs;
        }
      }
    }
    for (const auto& [about, want] : expected) {
      std::int64_t firsts = 0;
      std::int64_t seconds = 0;
      for (const Notice& notice : shown()) {
        if (notice.case_reference == one && notice.about == about) {
          (notice.rung == 1 ? firsts : seconds) += 1;
          EXPECT_TRUE(want.first.contains(notice.step / minutes(1))) << seed << line(notice);
        }
      }
      EXPECT_EQ(firsts, static_cast<std::int64_t>(want.first.size())) << seed << name(about);
      EXPECT_EQ(seconds, want.rungs) << seed << name(about);
    }
  }
  // Nothing was taken off a channel: what waits there is what was ever told.
  std::int64_t told = 0;
  for (const Notice& notice : all()) {
    told += static_cast<std::int64_t>(notice.handles.size());
  }
  EXPECT_EQ(world.number("SELECT SUM(n.many) FROM news n WHERE n.kind = 6"), told);
}

TEST_F(DelayWarnings, NothingIsPlannedTwiceInOneTransactionEither) {
  run();
  ASSERT_TRUE(world.db().execute([&](store::Tx& tx) -> Status {
    const std::int64_t again = TRY(plan_notices(tx, world.app(), {}, world.clock.now()));
    EXPECT_EQ(again, 0);
    const std::int64_t ended = TRY(plan_end(tx, world.app(), 1, world.clock.now()));
    EXPECT_EQ(ended, 0) << "it has not ended";
    const Warned warned = TRY(warned_of(tx, 1'000'000, 0));
    EXPECT_EQ(warned, Warned::not_yet);
    return {};
  }));
  const auto expired = end_expired(world.app());
  ASSERT_TRUE(expired) << said(expired);
  EXPECT_EQ(expired->delays + expired->notices, 0);
}

}  // namespace
}  // namespace weir::app
