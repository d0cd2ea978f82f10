#include "app/news_times.h"

#include <gtest/gtest.h>

namespace weir::app {
namespace {

std::string next(const Hours& hours, Pace pace, const char* now) {
  const auto times = Times::of(hours);
  EXPECT_TRUE(times) << (times ? "" : text(times.error()));
  return times ? to_rfc3339(times->next(pace, *parse_rfc3339(now))).substr(0, 16) : "";
}

struct TimesCase {
  const char* why;
  Hours hours;
  Pace pace;
  const char* now;
  const char* next;
};

// In Berlin clocks go from 02:00 to 03:00 on 2026-03-29, and from 03:00 to 02:00 on 2026-10-25.
TEST(Times, Cases) {
  const Hours none{};
  const Hours berlin{.zone = "Europe/Berlin"};
  const Hours night{.quiet = "22:00-07:00", .zone = "Europe/Berlin"};
  const Hours noon{.quiet = "12:00-13:30"};
  const TimesCase cases[] = {
      {"at once", none, Pace::at_once, "2026-01-05T23:59:00Z", "2026-01-05T23:59"},
      {"a digest at six", none, Pace::daily, "2026-01-05T05:59:00Z", "2026-01-05T06:00"},
      {"or tomorrow", none, Pace::daily, "2026-01-05T06:00:00Z", "2026-01-06T06:00"},
      {"of the zone's day", berlin, Pace::daily, "2026-01-05T04:00:00Z", "2026-01-05T05:00"},
      {"in summer too", berlin, Pace::daily, "2026-07-05T04:00:00Z", "2026-07-06T04:00"},
      {"once a week on Monday", none, Pace::weekly, "2026-01-05T05:59:00Z", "2026-01-05T06:00"},
      {"else the next", none, Pace::weekly, "2026-01-05T06:00:00Z", "2026-01-12T06:00"},
      {"from Sunday", none, Pace::weekly, "2026-01-11T07:00:00Z", "2026-01-12T06:00"},
      {"before the night", night, Pace::at_once, "2026-01-05T20:59:00Z", "2026-01-05T20:59"},
      {"in the evening", night, Pace::at_once, "2026-01-05T21:00:00Z", "2026-01-06T06:00"},
      {"after midnight", night, Pace::at_once, "2026-01-06T05:59:00Z", "2026-01-06T06:00"},
      {"in the morning", night, Pace::at_once, "2026-01-06T06:00:00Z", "2026-01-06T06:00"},
      {"a digest waits too", night, Pace::daily, "2026-01-05T20:00:00Z", "2026-01-06T06:00"},
      {"clocks go forward", night, Pace::at_once, "2026-03-28T22:00:00Z", "2026-03-29T05:00"},
      {"clocks go back", night, Pace::at_once, "2026-10-24T21:00:00Z", "2026-10-25T06:00"},
      {"an end that clocks skip",
       {"01:00-02:30", "Europe/Berlin"},
       Pace::at_once,
       "2026-03-29T00:30:00Z",
       "2026-03-29T01:00"},
      {"within a day", noon, Pace::at_once, "2026-01-05T12:00:00Z", "2026-01-05T13:30"},
      {"and not outside of it", noon, Pace::at_once, "2026-01-05T13:30:00Z", "2026-01-05T13:30"},
  };
  for (const TimesCase& c : cases) {
    EXPECT_EQ(next(c.hours, c.pace, c.now), c.next) << c.why;
  }
}

TEST(Times, NeverGoBackAndEndOutsideOfQuietHours) {
  const Hours hours{.quiet = "21:15-06:45", .zone = "America/Sao_Paulo"};
  const auto times = Times::of(hours);
  ASSERT_TRUE(times);
  for (int i = 0; i < 20'000; ++i) {
    const Instant now{1'790'000'000'000 + i * 2'345'678LL};
    for (const Pace pace : {Pace::at_once, Pace::daily, Pace::weekly}) {
      const Instant then = times->next(pace, now);
      ASSERT_GE(then, now);
      ASSERT_EQ(times->next(Pace::at_once, then), then) << "it is not quiet then";
    }
  }
}

TEST(Times, WhatIsNoTimeIsRefused) {
  for (const char* quiet : {"22:00", "22:00-22:00", "24:00-07:00", "22:60-07:00", "22.00-07.00",
                            "22:00 07:00", "2:00-07:00", "22:00-07:00 ", "+1:00-07:00"}) {
    EXPECT_EQ(Times::of({.quiet = quiet}).error().where, "quiet") << quiet;
  }
  for (const char* zone : {"", "Europe", "Nowhere/City", "../../etc/passwd", "europe/berlin"}) {
    EXPECT_EQ(Times::of({.zone = zone}).error().where, "zone") << zone;
  }
  EXPECT_FALSE(Times::of({.zone = std::string(1'000'000, 'x')}));
  for (const Pace pace : {Pace::at_once, Pace::daily, Pace::weekly}) {
    EXPECT_EQ(*parse_pace(name(pace)), pace);
  }
  EXPECT_EQ(parse_pace("hourly").error().where, "pace");
}

}  // namespace
}  // namespace weir::app
