// Days, zones and how periods are counted: plain functions over tables that somebody else has read.
//
// A Zone is the list of its offsets, a Calendar the set of days on which nobody works. Both are
// built once (src/regimes reads them from the system's time zone data and from regimes/) and then
// only looked up, so counting costs some binary searches and touches no disk.
//
// Periods:
//   elapsed      hours, and days as 24 hours each, from instant to instant
//   calendar     days, months: the day of the event does not count; ends with the last local day
//   eu_1182_71   Regulation (EEC, Euratom) No 1182/71, Article 3: as calendar, but an end on a
//                holiday, Sunday or Saturday moves to the next working day (3(4)), two days or more
//                hold at least two working days (3(5)), and of a period in hours the hour of the
//                event does not count (3(1))
//   eu_1182_71_noon  the same for days and more, but what moved to a working day ends at its noon
//                (decision 0026)
//   business_days are a unit of calendar: only working days count, the day of the event does not
//
// Thread rule: plain values.
#pragma once

#include <array>
#include <bitset>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::deadline {

/// Days since 1970-01-01, in some zone.
using Day = std::chrono::sys_days;

inline constexpr int kFirstYear = 1970;
inline constexpr int kLastYear = 2037;  // the last with known offsets in time zone data

/// A local time of day, without saying where.
struct LocalTime {
  Day day;
  Duration in_day{};
  auto operator<=>(const LocalTime&) const = default;
};

/// A time zone as the list of its offsets from UTC.
class Zone {
 public:
  struct Offset {
    Instant from;  // until the next one
    Duration offset;
  };
  Zone() : Zone("UTC", {}) {}
  /// `offsets` ascending; the first one holds before its `from` too. Empty: UTC.
  Zone(std::string name, std::vector<Offset> offsets);

  const std::string& name() const { return name_; }
  LocalTime local(Instant at) const;
  /// The instant of a local time. One that the clocks skip is the moment of the change; one that
  /// they show twice is the later.
  Instant instant(LocalTime local) const;
  /// "2026-09-11 14:00 +02:00"; with seconds and milliseconds where they are not zero.
  std::string show(Instant at) const;

 private:
  Duration offset_at(Instant at) const;
  std::string name_;
  std::vector<Offset> offsets_;
};

/// The days on which nobody works. Saturdays and Sundays are among them unless said otherwise.
class Calendar {
 public:
  /// Weekends only, from kFirstYear to kLastYear.
  Calendar();
  void set(Day day, std::string_view holiday);  // not a working day, under this name
  void set_working(Day day);                    // a weekend day on which people work
  /// Holidays are known for these years only.
  void cover(int first_year, int last_year);

  bool is_working(Day day) const;
  bool is_covered(Day day) const;
  /// Why nobody works on that day: the holiday's name, "Saturday", "Sunday", or "".
  std::string_view why(Day day) const;
  /// Whether at least two of the days after `after`, up to and with `until`, are working days.
  bool has_two_working_days(Day after, Day until) const;

 private:
  static constexpr std::size_t kDays = 24'837;  // 1970-01-01 to 2037-12-31
  static std::optional<std::size_t> index(Day day);
  std::bitset<kDays> free_;
  std::vector<std::pair<Day, std::string>> names_;  // ascending
  int first_year_ = 1;
  int last_year_ = 0;
};

/// Western Easter Sunday, from which movable holidays are counted.
Day easter(int year);
/// The n-th such weekday of a month (n from 1), or the last one (n = -1).
Day nth_weekday(int year, unsigned month, std::chrono::weekday weekday, int n);

enum class Unit : std::uint8_t { none, hours, days, business_days, weeks, months, years };
enum class Counting : std::uint8_t { elapsed, calendar, eu_1182_71, eu_1182_71_noon };
std::string_view name(Unit unit);
std::string_view name(Counting counting);
/// By Regulation 1182/71, wherever on a moved day it ends.
bool is_eu(Counting counting);

struct Period {
  std::int32_t count = 0;
  Unit unit = Unit::none;
  Counting counting = Counting::elapsed;
  bool operator==(const Period&) const = default;
};
/// "24 hours", "1 month", "4 business days", "no fixed period".
std::string text(const Period& period);

/// When a period is over. `due` is what to act by, to the minute; `last` is the last instant that
/// is still in time by the counting rule. They differ only for hours under Regulation 1182/71.
struct End {
  Instant due;
  Instant last;
  bool covered = true;  // false: holidays were needed, and the calendar does not know that year
  bool operator==(const End&) const = default;
};
/// Period::unit is not `none`.
End end_of(const Period& period, Instant start, const Zone& zone, const Calendar& calendar);

/// How end_of() got there, one sentence a step, for people.
struct Step {
  std::string text;
  std::string clause;   // "Regulation 1182/71, Art. 3(4)"; or empty
  std::string address;  // where to read it; or empty
  std::string mark;     // "primary", "secondary", "unverified"; or empty
};
void explain_end(const Period& period, Instant start, const Zone& zone, const Calendar& calendar,
                 std::vector<Step>& steps);

/// "2026-09-11"
std::string to_date(Day day);
/// A real date of the years that the tables cover.
std::optional<Day> parse_date(std::string_view text);

}  // namespace weir::deadline
