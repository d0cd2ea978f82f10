// Zones, calendars and how a period ends: the edges that no law's table reaches.
#include "deadline/calendar.h"

#include <gtest/gtest.h>

namespace weir::deadline {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::year;

Instant at(const char* text) {
  return parse_rfc3339(text).value();
}
Day day(const char* text) {
  return parse_date(text).value();
}

/// One hour ahead of UTC, two from 2026-03-29T01:00Z to 2026-10-25T01:00Z; and one that changes at
/// midnight, back on 2026-10-25T03:00Z.
Zone berlin() {
  return Zone("Berlin", {{{0}, hours(1)},
                         {at("2026-03-29T01:00:00Z"), hours(2)},
                         {at("2026-10-25T01:00:00Z"), hours(1)}});
}
Zone midnight() {
  return Zone("Midnight", {{{0}, -hours(4)},
                           {at("2026-04-05T04:00:00Z"), -hours(3)},    // 00:00 becomes 01:00
                           {at("2026-10-25T03:00:00Z"), -hours(4)}});  // 00:00 becomes 23:00
}

struct LocalCase {
  const char* what;
  Zone zone;
  const char* date;
  Duration in_day;
  const char* utc;
};

TEST(Zone, LocalTimesThatAreSkippedOrComeTwice) {
  const LocalCase cases[] = {
      {"winter", berlin(), "2026-01-10", hours(12), "2026-01-10T11:00:00Z"},
      {"summer", berlin(), "2026-07-10", hours(12), "2026-07-10T10:00:00Z"},
      {"the minute before it is skipped", berlin(), "2026-03-29", minutes(119),
       "2026-03-29T00:59:00Z"},
      {"skipped: the moment of the change", berlin(), "2026-03-29", minutes(150),
       "2026-03-29T01:00:00Z"},
      {"after it", berlin(), "2026-03-29", hours(3), "2026-03-29T01:00:00Z"},
      {"before the hour that comes twice", berlin(), "2026-10-25", minutes(119),
       "2026-10-24T23:59:00Z"},
      {"twice: the later", berlin(), "2026-10-25", minutes(150), "2026-10-25T01:30:00Z"},
      {"after it", berlin(), "2026-10-25", hours(3), "2026-10-25T02:00:00Z"},
      {"a midnight that is skipped", midnight(), "2026-04-05", Duration{}, "2026-04-05T04:00:00Z"},
      {"the midnight that follows 23:00 twice", midnight(), "2026-10-25", Duration{},
       "2026-10-25T04:00:00Z"},
      {"UTC", Zone(), "2026-10-25", hours(3), "2026-10-25T03:00:00Z"},
  };
  for (const LocalCase& one : cases) {
    EXPECT_EQ(to_rfc3339(one.zone.instant({day(one.date), one.in_day})), to_rfc3339(at(one.utc)))
        << one.what;
  }
}

TEST(Zone, EveryInstantComesBackFromItsLocalTime) {
  for (const Zone& zone : {berlin(), midnight(), Zone()}) {
    Instant last{};
    for (Instant now = at("2026-01-01T00:00:00Z"); now < at("2027-01-01T00:00:00Z");
         now = now + minutes(15)) {
      const Instant back = zone.instant(zone.local(now));
      // Only the first of an hour that comes twice goes to the second.
      ASSERT_TRUE(back == now || back == now + hours(1)) << to_rfc3339(now);
      ASSERT_GE(back, last);
      last = std::max(last, now);
    }
  }
}

TEST(Zone, ShowsWithItsOffset) {
  EXPECT_EQ(berlin().show(at("2026-07-10T10:00:00Z")), "2026-07-10 12:00 +02:00");
  EXPECT_EQ(berlin().show(at("2026-01-10T10:00:05.250Z")), "2026-01-10 11:00:05.250 +01:00");
  EXPECT_EQ(midnight().show(at("2026-01-10T02:30:00Z")), "2026-01-09 22:30 -04:00");
  EXPECT_EQ(Zone("India", {{{0}, minutes(330)}}).show(at("2026-01-10T00:00:00Z")),
            "2026-01-10 05:30 +05:30");
  EXPECT_EQ(Zone("India", {{{0}, minutes(330)}}).name(), "India");
}

TEST(Calendar, WeekendsHolidaysAndDaysWorkedNevertheless) {
  Calendar calendar;
  EXPECT_TRUE(calendar.is_working(day("2026-10-09")));
  EXPECT_FALSE(calendar.is_working(day("2026-10-10")));
  EXPECT_EQ(calendar.why(day("2026-10-10")), "Saturday");
  EXPECT_EQ(calendar.why(day("2026-10-11")), "Sunday");
  EXPECT_EQ(calendar.why(day("2026-10-12")), "");
  EXPECT_FALSE(calendar.is_covered(day("2026-10-12")));
  calendar.cover(2026, 2026);
  calendar.set(day("2026-10-12"), "Feast");
  calendar.set_working(day("2026-10-10"));
  EXPECT_EQ(calendar.why(day("2026-10-12")), "Feast");
  EXPECT_TRUE(calendar.is_working(day("2026-10-10")));
  EXPECT_TRUE(calendar.is_covered(day("2026-12-31")));
  EXPECT_FALSE(calendar.is_covered(day("2027-01-01")));
  EXPECT_FALSE(calendar.is_covered(day("2025-12-31")));
  EXPECT_TRUE(calendar.has_two_working_days(day("2026-10-08"), day("2026-10-10")));
  EXPECT_FALSE(calendar.has_two_working_days(day("2026-10-09"), day("2026-10-12")));
  EXPECT_TRUE(calendar.has_two_working_days(day("2026-10-09"), day("2026-10-13")));
}

TEST(Calendar, EasterIsWhereTheChurchesPutIt) {
  // Of the tables of the Gregorian computus, with both extremes of recent time.
  for (const char* sunday :
       {"1970-03-29", "2000-04-23", "2008-03-23", "2011-04-24", "2016-03-27", "2024-03-31",
        "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2035-03-25", "2037-04-05"}) {
    const Day expected = day(sunday);
    EXPECT_EQ(to_date(easter(static_cast<int>(std::chrono::year_month_day(expected).year()))),
              sunday);
  }
}

TEST(Calendar, TheNthWeekdayOfAMonth) {
  using namespace std::chrono;
  EXPECT_EQ(to_date(nth_weekday(2026, 11, Thursday, 4)), "2026-11-26");
  EXPECT_EQ(to_date(nth_weekday(2026, 5, Monday, -1)), "2026-05-25");
  EXPECT_EQ(to_date(nth_weekday(2027, 5, Monday, -1)), "2027-05-31");
  EXPECT_EQ(to_date(nth_weekday(2026, 9, Monday, 1)), "2026-09-07");
}

struct PeriodCase {
  const char* what;
  Period period;
  const char* start;
  const char* due;
  const char* last;
};
constexpr Counting kElapsed = Counting::elapsed;
constexpr Counting kCalendar = Counting::calendar;
constexpr Counting kEu = Counting::eu_1182_71;
const PeriodCase kPeriods[] = {
    {"a week elapses",
     {1, Unit::weeks, kElapsed},
     "2026-10-20T10:00:00Z",
     "2026-10-27T10:00:00Z",
     "2026-10-27T10:00:00Z"},
    {"a week by the calendar",
     {1, Unit::weeks, kCalendar},
     "2026-10-20T10:00:00Z",
     "2026-10-27T22:59:59.999Z",
     "2026-10-27T22:59:59.999Z"},
    {"a week of the Union, from a Saturday to a Monday",
     {1, Unit::weeks, kEu},
     "2026-10-17T10:00:00Z",
     "2026-10-26T22:59:59.999Z",
     "2026-10-26T22:59:59.999Z"},
    {"one day may hold no second working day",
     {1, Unit::days, kEu},
     "2026-10-19T10:00:00Z",
     "2026-10-20T21:59:59.999Z",
     "2026-10-20T21:59:59.999Z"},
    {"one day from a Friday ends on Monday",
     {1, Unit::days, kEu},
     "2026-10-16T10:00:00Z",
     "2026-10-19T21:59:59.999Z",
     "2026-10-19T21:59:59.999Z"},
    {"two days from a Friday hold Monday and Tuesday",
     {2, Unit::days, kEu},
     "2026-10-16T10:00:00Z",
     "2026-10-20T21:59:59.999Z",
     "2026-10-20T21:59:59.999Z"},
    {"two years from 29 February",
     {2, Unit::years, kCalendar},
     "2028-02-29T10:00:00Z",
     "2030-02-28T22:59:59.999Z",
     "2030-02-28T22:59:59.999Z"},
    {"four years from 29 February",
     {4, Unit::years, kCalendar},
     "2028-02-29T10:00:00Z",
     "2032-02-29T22:59:59.999Z",
     "2032-02-29T22:59:59.999Z"},
    {"thirteen months over a year's end",
     {13, Unit::months, kCalendar},
     "2026-12-31T10:00:00Z",
     "2028-01-31T22:59:59.999Z",
     "2028-01-31T22:59:59.999Z"},
    {"business days do not move the end of the Union's rule again",
     {3, Unit::business_days, kEu},
     "2026-10-16T10:00:00Z",
     "2026-10-21T21:59:59.999Z",
     "2026-10-21T21:59:59.999Z"},
    {"an hour of the Union",
     {1, Unit::hours, kEu},
     "2026-10-16T10:20:30Z",
     "2026-10-16T11:20:30Z",
     "2026-10-16T11:59:59.999Z"},
};

TEST(Period, Ends) {
  Zone zone("Berlin", {{{0}, hours(1)},
                       {at("2026-03-29T01:00:00Z"), hours(2)},
                       {at("2026-10-25T01:00:00Z"), hours(1)}});
  const Calendar calendar;
  for (const PeriodCase& one : kPeriods) {
    const End end = end_of(one.period, at(one.start), zone, calendar);
    EXPECT_EQ(to_rfc3339(end.due), to_rfc3339(at(one.due))) << one.what;
    EXPECT_EQ(to_rfc3339(end.last), to_rfc3339(at(one.last))) << one.what;
    const bool needs_holidays = one.period.unit == Unit::business_days ||
                                (one.period.counting == kEu && one.period.unit != Unit::hours);
    EXPECT_EQ(end.covered, !needs_holidays) << one.what;
    std::vector<Step> steps;
    explain_end(one.period, at(one.start), zone, calendar, steps);
    EXPECT_FALSE(steps.empty()) << one.what;
  }
}

TEST(Period, Text) {
  EXPECT_EQ(text(Period{1, Unit::months, kEu}), "1 month");
  EXPECT_EQ(text(Period{72, Unit::hours, kEu}), "72 hours");
  EXPECT_EQ(text(Period{4, Unit::business_days, kCalendar}), "4 business days");
  EXPECT_EQ(text(Period{}), "no fixed period");
  EXPECT_EQ(name(kEu), "eu-1182-71");
}

TEST(Dates, OnlyRealOnesOfTheTables) {
  EXPECT_TRUE(parse_date("2028-02-29"));
  EXPECT_EQ(to_date(day("2028-02-29")), "2028-02-29");
  EXPECT_EQ(to_date(day("2037-12-31")), "2037-12-31");
  for (const char* bad : {"2027-02-29", "2026-13-01", "2026-1-01", "1969-12-31", "2038-01-01", "",
                          "2026-10-10 ", "2026/10/10"}) {
    EXPECT_FALSE(parse_date(bad)) << bad;
  }
}

TEST(Periods, WhatMovesToAWorkingDayMayEndThereAtNoon) {
  const Zone utc;
  Calendar calendar;
  calendar.cover(kFirstYear, kLastYear);
  const auto end = [&](const char* start, std::int32_t count, Unit unit, Counting counting) {
    return to_rfc3339(
        end_of({count, unit, counting}, parse_rfc3339(start).value(), utc, calendar).last);
  };
  constexpr Counting kNoon = Counting::eu_1182_71_noon;
  EXPECT_EQ(end("2026-10-14T10:00:00Z", 1, Unit::months, kNoon), "2026-11-16T12:00:00.000Z");
  EXPECT_EQ(end("2026-10-14T10:00:00Z", 1, Unit::months, kEu), "2026-11-16T23:59:59.999Z");
  EXPECT_EQ(end("2026-10-16T10:00:00Z", 1, Unit::months, kNoon), "2026-11-16T23:59:59.999Z")
      << "not moved";
  EXPECT_TRUE(is_eu(kNoon) && is_eu(kEu));
  EXPECT_FALSE(is_eu(kElapsed) || is_eu(kCalendar));
}

}  // namespace
}  // namespace weir::deadline
