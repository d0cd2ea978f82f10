#include "deadline/calendar.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::deadline {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::month;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr Duration kDay = std::chrono::hours(24);
constexpr Duration kHour = std::chrono::hours(1);
constexpr Duration kNoon = std::chrono::hours(12);
constexpr Duration kTick{1};  // the last instant of a day is one tick before the next
constexpr std::string_view kReadEu =
    "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:31971R1182";

/// The end of the last hour of a local day.
Instant end_of_day(Day day, const Zone& zone) {
  return zone.instant({day + days(1), Duration{}}) - kTick;
}

/// The same date `months` later; the month's last day where it has no such date.
Day add_months(Day day, int months) {
  const year_month_day date{day};
  const year_month_day moved = date + std::chrono::months(months);
  return moved.ok() ? Day(moved) : Day(moved.year() / moved.month() / std::chrono::last);
}

Day add_business_days(Day day, int count, const Calendar& calendar) {
  while (count > 0) {
    day += days(1);
    count -= calendar.is_working(day) ? 1 : 0;
  }
  return day;
}

/// The last day before holidays are looked at.
Day plain_last_day(const Period& period, Day first, const Calendar& calendar) {
  switch (period.unit) {
    case Unit::days:
      return first + days(period.count);
    case Unit::business_days:
      return add_business_days(first, period.count, calendar);
    case Unit::weeks:
      return first + days(7 * period.count);
    case Unit::months:
      return add_months(first, period.count);
    case Unit::years:
      return add_months(first, 12 * period.count);
    case Unit::hours:
    case Unit::none:
      break;
  }
  CHECK(false);
  return first;
}

/// Article 3(4) and 3(5): moved on to a working day, with two of them inside.
Day eu_last_day(const Period& period, Day first, Day last, const Calendar& calendar) {
  const auto is_good = [&](Day day) {
    const bool is_long = period.unit != Unit::days || period.count >= 2;  // 3(5)
    return calendar.is_working(day) && (!is_long || calendar.has_two_working_days(first, day));
  };
  while (!is_good(last)) {
    last += days(1);
  }
  return last;
}

bool needs_calendar(const Period& period) {
  return period.unit == Unit::business_days ||
         (is_eu(period.counting) && period.unit != Unit::hours);
}

/// The day that ends a period counted in days, and whether the holidays up to it are known.
struct LastDay {
  Day first;
  Day plain;
  Day last;
  bool covered;
};

LastDay last_day(const Period& period, Instant start, const Zone& zone, const Calendar& calendar) {
  LastDay found;
  found.first = zone.local(start).day;
  found.plain = plain_last_day(period, found.first, calendar);
  found.last = is_eu(period.counting) && period.unit != Unit::business_days
                   ? eu_last_day(period, found.first, found.plain, calendar)
                   : found.plain;
  found.covered = !needs_calendar(period) ||
                  (calendar.is_covered(found.first) && calendar.is_covered(found.last));
  return found;
}

/// The end of the local hour that `at` lies in.
Instant end_of_hour(Instant at, const Zone& zone) {
  const LocalTime local = zone.local(at);
  return at + (kHour - local.in_day % kHour);
}

}  // namespace

std::string_view name(Unit unit) {
  constexpr std::array<std::string_view, 7> kNames = {"none",  "hours",  "days", "business days",
                                                      "weeks", "months", "years"};
  return kNames[static_cast<std::size_t>(unit)];
}

std::string_view name(Counting counting) {
  constexpr std::array<std::string_view, 4> kNames = {"elapsed", "calendar", "eu-1182-71",
                                                      "eu-1182-71-noon"};
  return kNames[static_cast<std::size_t>(counting)];
}

bool is_eu(Counting counting) {
  return counting == Counting::eu_1182_71 || counting == Counting::eu_1182_71_noon;
}

std::string text(const Period& period) {
  if (period.unit == Unit::none) {
    return "no fixed period";
  }
  std::string unit(name(period.unit));
  if (period.count == 1) {
    unit.pop_back();
  }
  return fmt::format("{} {}", period.count, unit);
}

End end_of(const Period& period, Instant start, const Zone& zone, const Calendar& calendar) {
  CHECK(period.unit != Unit::none);
  if (period.unit == Unit::hours) {
    const Instant due = start + period.count * kHour;
    return {due,
            is_eu(period.counting) ? end_of_hour(start, zone) + period.count * kHour - kTick : due};
  }
  if (period.counting == Counting::elapsed && period.unit != Unit::business_days) {
    CHECK(period.unit == Unit::days || period.unit == Unit::weeks);
    const Instant due = start + period.count * (period.unit == Unit::days ? kDay : 7 * kDay);
    return {due, due};
  }
  const LastDay found = last_day(period, start, zone, calendar);
  const bool at_noon = period.counting == Counting::eu_1182_71_noon && found.last != found.plain;
  const Instant end = at_noon ? zone.instant({found.last, kNoon}) : end_of_day(found.last, zone);
  return {end, end, found.covered};
}

void explain_end(const Period& period, Instant start, const Zone& zone, const Calendar& calendar,
                 std::vector<Step>& steps) {
  const std::string eu(kReadEu);
  const auto say_eu = [&](std::string what, std::string_view clause) {
    steps.push_back({std::move(what), "Regulation 1182/71, " + std::string(clause), eu,
                     "unverified"});  // the text was recalled, not read again
  };
  const auto say = [&](std::string what) { steps.push_back({std::move(what), {}, {}, {}}); };
  const End end = end_of(period, start, zone, calendar);
  if (period.unit == Unit::hours ||
      (period.counting == Counting::elapsed && period.unit != Unit::business_days)) {
    say(fmt::format("{} of elapsed time from {}: {}", text(period), zone.show(start),
                    zone.show(end.due)));
    if (end.last != end.due) {
      say_eu(fmt::format("the hour of the event does not count, so the period is over only after "
                         "{}; act by the stricter time",
                         zone.show(end.last)),
             "Art. 3(1), 3(2)(a)");
    }
    return;
  }
  const LastDay found = last_day(period, start, zone, calendar);
  const std::string from = fmt::format("the day of the event, {} in {}, does not count",
                                       to_date(found.first), zone.name());
  const std::string to = fmt::format("{} end with {}", text(period), to_date(found.plain));
  if (!is_eu(period.counting)) {
    say(from);
    say(period.unit == Unit::business_days ? to + ", working days alone counted" : to);
  } else {
    say_eu(from, "Art. 3(1)");
    say_eu(to, "Art. 3(2)");
    if (!calendar.is_working(found.plain)) {
      say_eu(
          fmt::format("{} is no working day ({})", to_date(found.plain), calendar.why(found.plain)),
          "Art. 3(4)");
    }
    if ((period.unit != Unit::days || period.count >= 2) &&
        !calendar.has_two_working_days(found.first, found.plain)) {
      say_eu("a period of two days or more holds at least two working days", "Art. 3(5)");
    }
  }
  if (period.counting == Counting::eu_1182_71_noon && found.last != found.plain) {
    say("moved to another day, it ends there at noon");
  }
  say(fmt::format("the last instant in time is {}", zone.show(end.last)));
  if (!found.covered) {
    say("the holidays of a year that this needs are not known here: check the date by hand");
  }
}

std::string to_date(Day day) {
  const year_month_day date{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::optional<Day> parse_date(std::string_view text) {
  if (text.size() != 10) {
    return std::nullopt;
  }
  const auto at = parse_rfc3339(std::string(text) + "T00:00:00Z");
  if (!at || at->ms >= Day(year(kLastYear + 1) / 1 / 1).time_since_epoch() / Duration(1)) {
    return std::nullopt;
  }
  return Day(std::chrono::floor<days>(Duration(at->ms)));
}

Day easter(int y) {
  // Meeus, Jones, Butcher: the Gregorian reckoning, any year.
  const int a = y % 19;
  const int b = y / 100;
  const int c = y % 100;
  const int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
  const int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int n = h + l - 7 * m + 114;
  return Day(year(y) / month(static_cast<unsigned>(n / 31)) /
             std::chrono::day(static_cast<unsigned>(n % 31 + 1)));
}

Day nth_weekday(int y, unsigned m, std::chrono::weekday weekday, int n) {
  const auto of = year(y) / month(m);
  return n < 0 ? Day(of / weekday[std::chrono::last]) : Day(of / weekday[static_cast<unsigned>(n)]);
}

}  // namespace weir::deadline
