// Warnings that come once, delays that end by themselves, and the calendar.
#include "app/notices.h"

#include <array>

#include <gtest/gtest.h>

#include "app/clocks_world.h"
#include "app/delays.h"

namespace weir::app {
namespace {

using policy::Fact;
using std::chrono::hours;

TEST(NoticeSteps, TheSmallestThatHasComeCounts) {
  const std::array<Duration, 3> steps = {hours(24), hours(6), Duration(0)};
  const Instant due = kHour;
  EXPECT_EQ(next_step(steps, due, due - hours(24) - Duration(1)), std::nullopt);
  EXPECT_EQ(next_step(steps, due, due - hours(24)), hours(24));
  EXPECT_EQ(next_step(steps, due, due - hours(6) - Duration(1)), hours(24));
  EXPECT_EQ(next_step(steps, due, due - hours(6)), hours(6));
  EXPECT_EQ(next_step(steps, due, due), Duration(0));
  EXPECT_EQ(next_step({}, due, due), std::nullopt);
}

class Notices : public ClocksWorld {
 protected:
  void SetUp() override {
    ClocksWorld::SetUp();
    ASSERT_TRUE(add_user(world.app(), as("ada"), {"val", "BETA", {policy::Role::recipient}}));
    const Status set =
        set_notice_rule(world.app(), as("ada"), "BETA",
                        {{hours(24), hours(6), Duration(0)}, hours(2), "vera", "val"});
    ASSERT_TRUE(set) << said(set);
    reference = aware("vera");  // early warning due after 24 hours, notification after 72
  }
  std::int64_t run() {
    const auto ran = run_clocks(world.app(), laws());
    EXPECT_TRUE(ran) << said(ran);
    return ran ? ran->notices : -1;
  }
  /// "vera early_warning 6 1", newest first.
  std::string given() {
    std::string text;
    for (const Notice& one : *notices(world.app(), as("vera"))) {
      text += (text.empty() ? "" : ", ") + one.handles.front() + " " + one.stage + " " +
              std::to_string(one.step / hours(1)) + " " + std::to_string(one.rung);
    }
    return text;
  }
  std::string reference;
};

TEST_F(Notices, TheRuleInForceIsShownToWhoManagesTheOrganisation) {
  const auto set = show_notice_rule(world.app(), as("ada"), "BETA");
  ASSERT_TRUE(set) << said(set);
  EXPECT_EQ(set->steps, (std::vector<Duration>{hours(24), hours(6), Duration(0)}));
  EXPECT_EQ(set->escalate_after, hours(2));
  EXPECT_EQ(set->first + " " + set->second, "vera val");
  EXPECT_EQ(show_notice_rule(world.app(), as("ada"), "ACME")->steps, default_rule().steps);
  EXPECT_EQ(code_of(show_notice_rule(world.app(), as("ven"), "BETA")), Code::denied);
}

TEST_F(Notices, EachStepIsGivenOnce) {
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(given(), "vera early_warning 24 1");
  const auto all = notices_since(world.app(), 0, 10);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ(all->front().case_reference, reference);
  EXPECT_EQ(all->front().due, kHour + hours(24));
  EXPECT_TRUE(notices_since(world.app(), all->front().id, 10)->empty());
}

TEST_F(Notices, ADowntimeIsCaughtUpWithTheMostUrgentStepAlone) {
  world.clock.advance(hours(25));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(given(), "vera early_warning 0 1") << "24 and 6 hours ahead are past";
  EXPECT_EQ(run(), 0);
  ASSERT_TRUE(world.open()) << "a restart changes nothing";
  EXPECT_EQ(run(), 0);
}

TEST_F(Notices, ItGoesToASecondPersonWhenNobodyReacts) {
  ASSERT_EQ(run(), 1);
  world.clock.advance(hours(2) - Duration(1));
  EXPECT_EQ(run(), 0);
  world.clock.advance(Duration(1));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(given(), "val early_warning 24 2, vera early_warning 24 1");
  EXPECT_EQ(run(), 0);
}

TEST_F(Notices, WhoReactsIsLeftInPeaceUntilTheNextStep) {
  ASSERT_EQ(run(), 1);
  const std::int64_t id = notices(world.app(), as("val"))->front().id;
  EXPECT_EQ(code_of(mark_seen(world.app(), as("ven"), id)), Code::not_found);
  ASSERT_TRUE(mark_seen(world.app(), as("val"), id));
  world.clock.advance(hours(17));
  EXPECT_EQ(run(), 0);
  world.clock.advance(hours(1));
  EXPECT_EQ(run(), 1) << "six hours ahead";
}

TEST_F(Notices, ACorrectedTimeBeginsAnew) {
  ASSERT_EQ(run(), 1);
  NewFact earlier = fact("exploitation_known", hours(-5));
  earlier.corrects = 2;
  ASSERT_TRUE(enter_fact(world.app(), laws(), as("vera"), reference, earlier));
  EXPECT_EQ(run(), 1) << "another due instant, another notice";
}

TEST_F(Notices, ARuleIsForPeopleOfTheOrganisation) {
  const auto code = [&](const NoticeRule& rule, const char* by = "ada") {
    return code_of(set_notice_rule(world.app(), as(by), "BETA", rule));
  };
  EXPECT_EQ(code({{hours(1)}, hours(1), "ven", ""}), Code::invalid);
  EXPECT_EQ(code({{}, hours(1), "vera", ""}), Code::invalid);
  EXPECT_EQ(code({{kLongestStep + Duration(1)}, hours(1), "vera", ""}), Code::invalid);
  EXPECT_EQ(code({{hours(1)}, hours(1), "vera", ""}, "vera"), Code::denied);
  EXPECT_EQ(code({{hours(1)}, hours(1), "vera", ""}), std::nullopt);
  EXPECT_EQ(default_rule().steps.size(), 4u);
}

TEST_F(Notices, TheCalendarHoldsWhatIsOpenAndNoText) {
  const auto feed = calendar_feed(world.app(), laws(), as("vera"));
  ASSERT_TRUE(feed) << said(feed);
  EXPECT_TRUE(feed->starts_with("BEGIN:VCALENDAR\r\n"));
  EXPECT_NE(feed->find("SUMMARY:eu-cra/early_warning due\r\n"), std::string::npos);
  EXPECT_NE(feed->find("DTSTART:20261224T050000Z\r\n"), std::string::npos);
  EXPECT_EQ(feed->find("plain"), std::string::npos);
  EXPECT_EQ(calendar_feed(world.app(), laws(), as("otto"))->find("VEVENT"), std::string::npos);
}

TEST_F(Notices, ACalendarThatIsCutSaysSoAndKeepsWhatComesNext) {
  aware("vera");
  world.clock.advance(hours(26));
  aware("vera");
  const auto events = [&](std::size_t most) {
    const auto feed = calendar_feed(world.app(), laws(), as("vera"), most);
    EXPECT_TRUE(feed) << said(feed);
    std::string starts;
    for (std::size_t at = feed->find("DTSTART:"); at != std::string::npos;
         at = feed->find("DTSTART:", at + 1)) {
      starts += feed->substr(at + 8, 11) + " ";
    }
    return starts +
           (feed->find("X-WR-CALDESC:Only the next " + std::to_string(most)) != std::string::npos
                ? "cut"
                : "whole");
  };
  const std::string all = events(kMaxCalendarEvents);
  EXPECT_TRUE(all.starts_with("20261224T05 20261224T05 20261225T07 20261226T05 ")) << all;
  EXPECT_TRUE(all.ends_with("whole"));
  EXPECT_EQ(events(1), "20261225T07 cut") << "not what is overdue";
  EXPECT_EQ(events(2), "20261225T07 20261226T05 cut");
  const auto count = static_cast<std::size_t>(std::ranges::count(all, 'T'));
  EXPECT_EQ(events(count), all);
  EXPECT_EQ(events(count - 1), all.substr(12, all.size() - 17) + "cut") << "one overdue is left";
}

TEST(CalendarLines, AreFoldedBetweenCharactersAndEscaped) {
  EXPECT_EQ(calendar_line("A", "a;b,c\\d\ne"), "A:a\\;b\\,c\\\\d\\ne\r\n");
  const std::string folded = calendar_line("SUMMARY", std::string(66, 'x') + "\u00e4y");
  EXPECT_EQ(folded, "SUMMARY:" + std::string(66, 'x') + "\r\n \u00e4y\r\n");
}

class Delays : public ClocksWorld {
 protected:
  void SetUp() override {
    ClocksWorld::SetUp();
    reference = world.report("ven");
    world.work("cora", reference);
    ASSERT_TRUE(enter("cora", reference, "notification_received", Duration(0)));
  }
  NewDelay delay() {
    return {"nature_of_information", "zqjustified", to_rfc3339(kHour + hours(72)),
            to_rfc3339(kHour + hours(24)), "CERT"};
  }
  std::vector<DelayView> listed(const std::string& which) {
    const auto found = delays(world.app(), as("cora"), which);
    EXPECT_TRUE(found) << said(found);
    return found ? *found : std::vector<DelayView>();
  }
  Status tell(std::size_t which, const std::string& body) {
    return tell_second_body(world.app(), as("cora"), reference,
                            {listed(reference).at(which).reference, body, "by telephone"});
  }
  Result<Done> give() {
    return decide_release(world.app(), as("cora"), reference,
                          {Level::notice, {"CERT"}, "article 16"});
  }
  std::string reference;
};

TEST_F(Delays, ADelayMovesTheAuthoritysOwnDuties) {
  EXPECT_EQ(states("cora"), "eu-cra-csirt/disseminate running");
  const Status done = delay_dissemination(world.app(), as("cora"), reference, delay());
  ASSERT_TRUE(done) << said(done);
  EXPECT_EQ(states("cora"),
            "eu-cra-csirt/disseminate_after_delay running, "
            "eu-cra-csirt/tell_second_body running");
  EXPECT_EQ(code_of(give()), Code::denied) << "a delay is in force";
  ASSERT_TRUE(tell(0, "CERT"));
  EXPECT_EQ(code_of(tell(0, "CERT")), Code::conflict) << "once";
  EXPECT_EQ(states("cora"), "eu-cra-csirt/disseminate_after_delay running");
  EXPECT_FALSE(database_holds("zqjustified"));
}

TEST_F(Delays, EndsByItselfOnceACheckpointIsPastThePlannedEnd) {
  ASSERT_TRUE(delay_dissemination(world.app(), as("cora"), reference, delay()));
  ASSERT_TRUE(world.seal());
  world.clock.advance(hours(72));
  EXPECT_EQ(*expire_delays(world.app()), 0) << "no clock alone opens anything";
  EXPECT_EQ(code_of(give()), Code::denied);
  ASSERT_TRUE(give().error().code == Code::denied);
  ASSERT_TRUE(enter("cora", reference, "published", Duration(0))) << "so that there is a new leaf";
  ASSERT_TRUE(world.seal());
  EXPECT_EQ(run_clocks(world.app(), laws())->delays_ended, 1);
  EXPECT_EQ(*expire_delays(world.app()), 0) << "once";
  EXPECT_EQ(world.count(reference, "delay_ended"), 1);
  EXPECT_TRUE(give());
}

TEST_F(Delays, AClockThatWentBackEndsNothing) {
  ASSERT_TRUE(delay_dissemination(world.app(), as("cora"), reference, delay()));
  world.clock.advance(hours(80));
  ASSERT_TRUE(world.seal()) << "a checkpoint past the planned end";
  world.clock.advance(hours(-20));
  EXPECT_EQ(*expire_delays(world.app()), 0) << "it is not that late any more";
  world.clock.advance(hours(20));
  EXPECT_EQ(*expire_delays(world.app()), 1);
}

TEST_F(Delays, TakeTheirPlaceInACalendarThatIsCut) {
  ASSERT_TRUE(set_profile(world.app(), laws(), as("ada"), "Ministry",
                          {"DE", {{"role", {"csirt", "manufacturer"}}, {"market", {"EU"}}}}));
  ASSERT_TRUE(enter("cora", reference, "flaw_known", Duration(0)));
  ASSERT_TRUE(enter("cora", reference, "exploitation_known", Duration(0)));
  ASSERT_TRUE(delay_dissemination(world.app(), as("cora"), reference, delay()));
  const auto events = [&](std::size_t most) {
    const auto feed = calendar_feed(world.app(), laws(), as("cora"), most);
    EXPECT_TRUE(feed) << said(feed);
    std::size_t count = 0;
    for (std::size_t at = feed->find("BEGIN:VEVENT"); at != std::string::npos;
         at = feed->find("BEGIN:VEVENT", at + 1)) {
      ++count;
    }
    return std::pair(count, feed->find("X-WR-CALDESC") != std::string::npos);
  };
  EXPECT_EQ(events(10), std::pair(std::size_t{4}, false)) << "two duties, review and planned end";
  EXPECT_EQ(events(4), std::pair(std::size_t{4}, false));
  EXPECT_EQ(events(3), std::pair(std::size_t{3}, true));
  EXPECT_EQ(events(2), std::pair(std::size_t{2}, true));
}

TEST_F(Delays, IsShownToTheHandlerWithWhatItOwes) {
  ASSERT_TRUE(delay_dissemination(world.app(), as("cora"), reference, delay()));
  const auto view = [&] { return delays(world.app(), as("cora"), reference)->front(); };
  EXPECT_EQ(view().second_body, "CERT");
  EXPECT_FALSE(view().told);
  EXPECT_FALSE(view().review_is_due);
  world.clock.advance(hours(24));
  EXPECT_TRUE(view().review_is_due);
  EXPECT_TRUE(view().in_force);
  EXPECT_EQ(code_of(delays(world.app(), as("dan"), reference)), Code::denied);
  EXPECT_EQ(said(delays(world.app(), as("otto"), reference)),
            said(delays(world.app(), as("otto"), "nosuchcase")));
}

TEST_F(Delays, WhatIsInForceIsListedForItsHandlerByWhatComesNext) {
  NewDelay later = delay();
  later.review = to_rfc3339(kHour + hours(48));
  ASSERT_TRUE(delay_dissemination(world.app(), as("cora"), reference, later));
  const std::string other = world.report("rita");
  world.work("cora", other);
  ASSERT_TRUE(delay_dissemination(world.app(), as("cora"), other, delay()));
  const auto found = delays_in_force(world.app(), as("cora"));
  ASSERT_TRUE(found) << said(found);
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->front().case_reference, other) << "its review comes first";
  EXPECT_EQ(found->back().case_reference, reference);
  EXPECT_TRUE(delays_in_force(world.app(), as("dan"))->empty()) << "need-to-know";
  EXPECT_TRUE(delays_in_force(world.app(), as("ven"))->empty());
  EXPECT_EQ(code_of(delays_in_force(world.app(), Actor())), Code::denied);
  ASSERT_TRUE(end_delay(world.app(), as("cora"), other));
  EXPECT_EQ(delays_in_force(world.app(), as("cora"))->size(), 1u);
}

TEST_F(Delays, TheCalendarHoldsReviewAndPlannedEndWithoutText) {
  ASSERT_TRUE(delay_dissemination(world.app(), as("cora"), reference, delay()));
  const auto feed = [&](const Actor& actor, std::size_t most = kMaxCalendarEvents) {
    const auto made = calendar_feed(world.app(), laws(), actor, most);
    EXPECT_TRUE(made) << said(made);
    return made.value_or("");
  };
  const std::string one = listed(reference).front().reference;
  const std::string whole = feed(as("cora"));
  const auto event = [&](const char* which, const char* at, const char* what) {
    return "UID:" + one + which + "@" + world.app().ledger.settings().origin +
           "\r\nDTSTAMP:20261223T050000Z\r\nDTSTART:" + at +
           "\r\nSUMMARY:delay of dissemination: " + what + "\r\nDESCRIPTION:case " + reference +
           "\\, delay " + one + "\r\n";
  };
  const auto unfolded = [](std::string text) {
    for (std::size_t at = 0; (at = text.find("\r\n ")) != std::string::npos;) {
      text.erase(at, 3);
    }
    return text;
  };
  EXPECT_NE(unfolded(whole).find(event("-review", "20261224T050000Z", "review")), std::string::npos)
      << whole;
  EXPECT_NE(unfolded(whole).find(event("-end", "20261226T050000Z", "planned end")),
            std::string::npos)
      << whole;
  for (const char* secret : {"zqjustified", "nature_of_information", "CERT"}) {
    EXPECT_EQ(whole.find(secret), std::string::npos) << secret;
  }
  EXPECT_EQ(feed(as("cora"), 1).find("-end@"), std::string::npos);
  EXPECT_NE(feed(as("cora"), 1).find("X-WR-CALDESC"), std::string::npos);
  EXPECT_EQ(feed(as("ven")).find("delay of"), std::string::npos);
  EXPECT_EQ(feed(as("ada")).find("delay of"), std::string::npos) << "she does not handle the case";
  ASSERT_TRUE(end_delay(world.app(), as("cora"), reference));
  EXPECT_EQ(feed(as("cora")).find("delay of"), std::string::npos) << "it is over";
  NewDelay short_one = delay();
  short_one.review = short_one.until;
  ASSERT_TRUE(delay_dissemination(world.app(), as("cora"), reference, short_one));
  EXPECT_EQ(feed(as("cora")).find("-review@"), std::string::npos) << "reviewed at its end";
  EXPECT_NE(feed(as("cora")).find("-end@"), std::string::npos);
}

TEST_F(Delays, WhatIsNotJustifiedIsRefused) {
  const auto code = [&](const NewDelay& wrong) {
    return code_of(delay_dissemination(world.app(), as("cora"), reference, wrong));
  };
  NewDelay wrong = delay();
  wrong.ground = "convenience";
  EXPECT_EQ(code(wrong), Code::invalid);
  wrong = delay();
  wrong.justification = "";
  EXPECT_EQ(code(wrong), Code::invalid);
  wrong = delay();
  wrong.until = to_rfc3339(kHour);
  EXPECT_EQ(code(wrong), Code::invalid) << "not in the future";
  wrong = delay();
  wrong.review = to_rfc3339(kHour + hours(73));
  EXPECT_EQ(code(wrong), Code::invalid) << "after the end";
  wrong = delay();
  wrong.second_body = "Ministry";
  EXPECT_EQ(code(wrong), Code::invalid) << "the second body is another";
  EXPECT_EQ(code_of(delay_dissemination(world.app(), as("dan"), reference, delay())), Code::denied);
  EXPECT_EQ(world.count(reference, "delay_decided"), 0);
}

TEST_F(Delays, TellingTheBodyOfOneTellsNoOther) {
  NewDelay other = delay();
  other.second_body = "ACME";
  ASSERT_TRUE(delay_dissemination(world.app(), as("cora"), reference, delay()));
  ASSERT_TRUE(delay_dissemination(world.app(), as("cora"), reference, other));
  EXPECT_EQ(code_of(tell(0, "ACME")), Code::invalid) << "another is to be told of this one";
  EXPECT_EQ(code_of(tell_second_body(world.app(), as("cora"), reference, {"nosuch", "CERT", "x"})),
            Code::not_found);
  ASSERT_TRUE(tell(0, "CERT"));
  EXPECT_TRUE(listed(reference)[0].told);
  EXPECT_FALSE(listed(reference)[1].told);
  EXPECT_NE(states("cora").find("tell_second_body running"), std::string::npos)
      << "one is still to be told";
  ASSERT_TRUE(tell(1, "ACME"));
  EXPECT_TRUE(listed(reference)[1].told);
  EXPECT_EQ(states("cora").find("tell_second_body"), std::string::npos);
  EXPECT_EQ(world.count(reference, "second_body_told"), 2);
  ASSERT_TRUE(end_delay(world.app(), as("cora"), reference));
  EXPECT_EQ(code_of(tell(0, "CERT")), Code::conflict) << "it is over";
}

TEST_F(Delays, AMergeTakesAlongWhatWasTold) {
  NewDelay other = delay();
  other.until = to_rfc3339(kHour + hours(80));
  other.second_body = "ACME";
  ASSERT_TRUE(delay_dissemination(world.app(), as("cora"), reference, delay()));
  ASSERT_TRUE(delay_dissemination(world.app(), as("cora"), reference, other));
  ASSERT_TRUE(tell(0, "CERT"));
  const std::string stays = world.report("rita");
  world.work("cora", stays);
  ASSERT_TRUE(merge(world.app(), as("cora"), reference, stays));
  ASSERT_EQ(listed(stays).size(), 2u);
  EXPECT_TRUE(listed(stays)[0].told);
  EXPECT_FALSE(listed(stays)[1].told) << "this one is still owed";
  EXPECT_NE(listed(stays)[0].reference, listed(stays)[1].reference);
}

TEST_F(Delays, AMergeTakesTheTermAlong) {
  ASSERT_TRUE(delay_dissemination(world.app(), as("cora"), reference, delay()));
  const std::string other = world.report("rita");
  world.work("cora", other);
  ASSERT_TRUE(merge(world.app(), as("cora"), reference, other));
  ASSERT_EQ(delays(world.app(), as("cora"), other)->size(), 1u);
  EXPECT_EQ(delays(world.app(), as("cora"), other)->front().until, kHour + hours(72));
}

}  // namespace
}  // namespace weir::app
