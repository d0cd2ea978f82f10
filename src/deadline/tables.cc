// Zone and Calendar: the tables of calendar.h.
#include <algorithm>

#include <fmt/format.h>

#include "deadline/calendar.h"

namespace weir::deadline {
namespace {

using std::chrono::days;
using std::chrono::year;
using std::chrono::year_month_day;

int year_of(Day day) {
  return static_cast<int>(year_month_day{day}.year());
}

}  // namespace

Zone::Zone(std::string name, std::vector<Offset> offsets)
    : name_(std::move(name)), offsets_(std::move(offsets)) {
  if (offsets_.empty()) {
    offsets_.push_back({{0}, Duration{}});
  }
  CHECK(std::ranges::is_sorted(offsets_, {}, &Offset::from));
}

Duration Zone::offset_at(Instant at) const {
  const auto after = std::ranges::upper_bound(offsets_, at, {}, &Offset::from);
  return after == offsets_.begin() ? after->offset : std::prev(after)->offset;
}

LocalTime Zone::local(Instant at) const {
  const Duration shifted = Duration(at.ms) + offset_at(at);
  const Day day(std::chrono::floor<days>(shifted));
  return {day, shifted - day.time_since_epoch()};
}

Instant Zone::instant(LocalTime local) const {
  const Instant as_utc{
      (std::chrono::duration_cast<Duration>(local.day.time_since_epoch()) + local.in_day).count()};
  // No offset is beyond 26 hours, so the right one holds at one of the ends of that span. The
  // smaller offset gives the later instant, which is right for a time that comes twice.
  const Duration before = offset_at(as_utc - std::chrono::hours(26));
  const Duration after = offset_at(as_utc + std::chrono::hours(26));
  const Instant late = as_utc - std::min(before, after);
  if (offset_at(late) == std::min(before, after)) {
    return late;
  }
  const Instant early = as_utc - std::max(before, after);
  if (offset_at(early) == std::max(before, after)) {
    return early;
  }
  // Skipped: the moment of the change lies between the two.
  return std::ranges::upper_bound(offsets_, early, {}, &Offset::from)->from;
}

std::string Zone::show(Instant at) const {
  const LocalTime time = local(at);
  const Duration offset = offset_at(at);
  const auto minutes = std::chrono::abs(std::chrono::duration_cast<std::chrono::minutes>(offset));
  const std::chrono::hh_mm_ss clock(time.in_day);
  std::string out = fmt::format("{} {:02}:{:02}", to_date(time.day), clock.hours().count(),
                                clock.minutes().count());
  if (clock.seconds().count() != 0 || clock.subseconds().count() != 0) {
    out += fmt::format(":{:02}", clock.seconds().count());
  }
  if (clock.subseconds().count() != 0) {
    out += fmt::format(".{:03}", clock.subseconds().count());
  }
  return out + fmt::format(" {}{:02}:{:02}", offset < Duration{} ? '-' : '+', minutes.count() / 60,
                           minutes.count() % 60);
}

Calendar::Calendar() {
  for (std::size_t i = 0; i < kDays; ++i) {
    const std::chrono::weekday weekday{Day(days(i))};
    free_[i] = weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
  }
}

std::optional<std::size_t> Calendar::index(Day day) {
  const auto since = day.time_since_epoch().count();
  return since >= 0 && static_cast<std::size_t>(since) < kDays
             ? std::optional(static_cast<std::size_t>(since))
             : std::nullopt;
}

void Calendar::set(Day day, std::string_view holiday) {
  const auto at = index(day);
  CHECK(at);
  free_[*at] = true;
  const auto place = std::ranges::lower_bound(names_, day, {}, &std::pair<Day, std::string>::first);
  if (place == names_.end() || place->first != day) {
    names_.emplace(place, day, holiday);
  }
}

void Calendar::set_working(Day day) {
  const auto at = index(day);
  CHECK(at);
  free_[*at] = false;
}

void Calendar::cover(int first_year, int last_year) {
  first_year_ = first_year;
  last_year_ = last_year;
}

bool Calendar::is_working(Day day) const {
  const auto at = index(day);
  return !at || !free_[*at];  // beyond the tables: see is_covered()
}

bool Calendar::is_covered(Day day) const {
  const int y = year_of(day);
  return y >= first_year_ && y <= last_year_;
}

std::string_view Calendar::why(Day day) const {
  if (is_working(day)) {
    return "";
  }
  const auto found = std::ranges::lower_bound(names_, day, {}, &std::pair<Day, std::string>::first);
  if (found != names_.end() && found->first == day) {
    return found->second;
  }
  return std::chrono::weekday(day) == std::chrono::Saturday ? "Saturday" : "Sunday";
}

bool Calendar::has_two_working_days(Day after, Day until) const {
  int count = 0;
  for (Day day = after + days(1); day <= until && count < 2; day += days(1)) {
    count += is_working(day) ? 1 : 0;
  }
  return count == 2;
}

}  // namespace weir::deadline
