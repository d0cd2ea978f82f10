// vocabulary.yaml and calendars.yaml: events, attributes, groups of countries, places and holidays.
#include <algorithm>

#include "regimes/reader.h"
#include "regimes/regimes.h"

namespace weir::regimes {
namespace {

using deadline::Calendar;
using deadline::Day;
using std::chrono::days;
using std::chrono::year;

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};

struct Holidays {
  Calendar calendar;
  std::string source;
  deadline::Mark mark = deadline::Mark::unverified;
};

struct Years {
  int first;
  int last;
};

/// "MM-DD" in a year; 29 February exists in leap years only.
Result<std::optional<Day>> yearly(const Reader& from, int y) {
  const std::string text = TRY(from.text());
  if (!deadline::parse_date("2000-" + text)) {
    return from.refuse("a day of the year is written MM-DD");
  }
  return deadline::parse_date(std::to_string(y) + "-" + text);
}

/// A holiday that falls on a weekend is kept on the nearest weekday instead.
Day nearest_weekday(Day day) {
  const std::chrono::weekday weekday(day);
  if (weekday == std::chrono::Saturday) {
    return day - days(1);
  }
  return weekday == std::chrono::Sunday ? day + days(1) : day;
}

Status add_yearly(const Reader& from, const std::string& name, const Years& years,
                  Calendar& calendar) {
  const std::string observed = TRY(from.find_text("observed"));
  if (!observed.empty() && observed != "nearest_weekday") {
    return from.refuse("observed is nearest_weekday, or absent");
  }
  // One year more at both ends: New Year's Day may be kept in the year before.
  for (int y = std::max(years.first - 1, deadline::kFirstYear);
       y <= std::min(years.last + 1, deadline::kLastYear); ++y) {
    const Reader date = TRY(from.at("date"));
    const auto day = TRY(yearly(date, y));
    if (day) {
      const Day kept = observed.empty() ? *day : nearest_weekday(*day);
      if (kept >= Day(year(deadline::kFirstYear) / 1 / 1)) {
        calendar.set(kept, name);
      }
    }
  }
  return {};
}

Status add_weekday(const Reader& from, const std::string& name, const Years& years,
                   Calendar& calendar) {
  const Reader month_at = TRY(from.at("month"));
  const std::int64_t month = TRY(month_at.integer());
  const std::string weekday = TRY(from.text_at("weekday"));
  const Reader nth_at = TRY(from.at("nth"));
  const std::int64_t nth = TRY(nth_at.integer());
  const auto found = std::ranges::find(kWeekdays, weekday);
  if (month < 1 || month > 12 || found == kWeekdays.end() || nth == 0 || nth < -1 || nth > 4) {
    return from.refuse("month is 1 to 12, weekday its name, nth 1 to 4, or -1 for the last");
  }
  const std::chrono::weekday which(static_cast<unsigned>(found - kWeekdays.begin()));
  for (int y = years.first; y <= years.last; ++y) {
    calendar.set(
        deadline::nth_weekday(y, static_cast<unsigned>(month), which, static_cast<int>(nth)), name);
  }
  return {};
}

Status add_holiday(const Reader& from, const Years& years, Calendar& calendar) {
  TRY(from.only({"name", "date", "observed", "easter", "month", "weekday", "nth", "on"}));
  const std::string name = TRY(from.text_at("name"));
  if (from.find("date")) {
    return add_yearly(from, name, years, calendar);
  }
  if (const auto on = from.find("on")) {
    calendar.set(TRY(on->date()), name);
    return {};
  }
  if (const auto offset = from.find("easter")) {
    const std::int64_t after = TRY(offset->integer());
    if (after < -60 || after > 70) {
      return offset->refuse("at most 60 days before and 70 after Easter");
    }
    for (int y = years.first; y <= years.last; ++y) {
      calendar.set(deadline::easter(y) + days(after), name);
    }
    return {};
  }
  return add_weekday(from, name, years, calendar);
}

Result<Holidays> read_calendar(const Reader& from) {
  TRY(from.only({"calendar", "source", "mark", "covers", "days", "working"}));
  Holidays made;
  made.source = TRY(from.text_at("source"));
  const auto mark = deadline::parse_mark(TRY(from.text_at("mark")));
  if (!mark) {
    return from.refuse("a mark is primary, secondary or unverified");
  }
  made.mark = *mark;
  const Reader covers = TRY(from.at("covers"));
  TRY(covers.only({"from", "until"}));
  const Reader first = TRY(covers.at("from"));
  const Reader last = TRY(covers.at("until"));
  const Years years{static_cast<int>(TRY(first.integer())), static_cast<int>(TRY(last.integer()))};
  if (years.first < deadline::kFirstYear || years.last > deadline::kLastYear ||
      years.first > years.last) {
    return covers.refuse("a calendar covers years of 1970 to 2037");
  }
  made.calendar.cover(years.first, years.last);
  const Reader holidays = TRY(from.at("days"));
  for (const Reader& one : TRY(holidays.list())) {
    TRY(add_holiday(one, years, made.calendar));
  }
  if (const auto working = from.find("working")) {
    for (const Reader& one : TRY(working->list())) {
      made.calendar.set_working(TRY(one.date()));
    }
  }
  return made;
}

Status read_events(const Reader& from, deadline::Rules& rules) {
  for (const Reader& one : TRY(from.list())) {
    TRY(one.only({"event", "kind", "meaning"}));
    deadline::Event event;
    event.name = TRY(one.text_at("event"));
    event.meaning = TRY(one.text_at("meaning"));
    const std::string kind = TRY(one.find_text("kind"));
    if (!kind.empty() && kind != "act" && kind != "date") {
      return one.refuse("an event is an act or a date");
    }
    event.kind = kind == "date" ? deadline::Event::Kind::date : deadline::Event::Kind::act;
    if (!is_word(event.name) || rules.event(event.name)) {
      return one.refuse("an event has a name of its own, of a-z, 0-9, _ and -");
    }
    if (rules.events.size() == deadline::kMaxEvents) {
      return one.refuse("more than 64 events");
    }
    rules.events.push_back(std::move(event));
  }
  return {};
}

Status read_places(const Reader& from, const std::map<std::string, Holidays>& calendars,
                   deadline::Rules& rules) {
  for (const Reader& one : TRY(from.list())) {
    TRY(one.only({"place", "zone", "calendar"}));
    deadline::Place place;
    place.code = TRY(one.text_at("place"));
    const auto zone = load_zone(TRY(one.text_at("zone")));
    if (!zone) {
      return one.refuse(zone.error().message);
    }
    place.zone = *zone;
    place.calendar_source = "weekends only; holidays are not known";
    const std::string named = TRY(one.find_text("calendar"));
    if (!named.empty()) {
      const auto found = calendars.find(named);
      if (found == calendars.end()) {
        return one.refuse("no such calendar: " + named);
      }
      place.calendar = found->second.calendar;
      place.calendar_source = found->second.source;
      place.calendar_mark = found->second.mark;
    }
    if (place.code.size() != 2 ||
        std::ranges::find(rules.places, place.code, &deadline::Place::code) != rules.places.end()) {
      return one.refuse("a place is a country of two letters, once");
    }
    rules.places.push_back(std::move(place));
  }
  std::ranges::sort(rules.places, {}, &deadline::Place::code);
  return {};
}

}  // namespace

Status read_vocabulary(const Reader& root, const Reader& calendars, deadline::Rules& rules) {
  std::map<std::string, Holidays> known;
  TRY(calendars.only({"calendars"}));
  const Reader list = TRY(calendars.at("calendars"));
  for (const Reader& one : TRY(list.list())) {
    const std::string name = TRY(one.text_at("calendar"));
    if (!known.emplace(name, TRY(read_calendar(one))).second) {
      return one.refuse("a calendar twice: " + name);
    }
  }
  TRY(root.only({"events", "attributes", "groups", "places"}));
  const Reader events = TRY(root.at("events"));
  TRY(read_events(events, rules));
  const Reader places = TRY(root.at("places"));
  TRY(read_places(places, known, rules));
  const Reader groups = TRY(root.at("groups"));
  for (const auto& [group, countries] : TRY(groups.members())) {
    rules.groups[group] = TRY(countries.texts());
    for (const std::string& code : rules.groups[group]) {
      if (rules.find_place(code) == nullptr) {
        return countries.refuse("no such place: " + code);
      }
    }
  }
  const Reader attributes = TRY(root.at("attributes"));
  for (const auto& [attribute, values] : TRY(attributes.members())) {
    rules.vocabulary[attribute] = TRY(values.texts());
  }
  return {};
}

}  // namespace weir::regimes
