#include "base/time.h"

#include <algorithm>

#include <fmt/compile.h>

#include "base/time_refusal.h"

namespace weir {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kLocalLength = 19;  // of 2026-09-11T14:00:00

/// Exactly `count` digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) {
    return -1;
  }
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return -1;
    }
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

constexpr std::string_view kNoForm =
    "a time is a date, an hour and a zone, as 2026-09-11T14:00:00+02:00";

struct Offset {
  int minutes = 0;
  std::string_view why;  // there is none; else empty
};
/// The offset that `text` is: "Z", "+02:00".
Offset read_offset(std::string_view text) {
  if (text == "Z" || text == "z") {
    return {0, {}};
  }
  if (text.empty()) {
    return {0, "a time has a zone: Z, or an offset such as +02:00"};
  }
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') {
    return {0, "a zone is Z, or an offset such as +02:00"};
  }
  const int hours = digits(text, 1, 2);
  const int minutes = digits(text, 4, 2);
  if (hours < 0 || minutes < 0) {
    return {0, "a zone is Z, or an offset such as +02:00"};
  }
  if (hours > 23 || minutes > 59) {
    return {0, "there is no such offset: from -23:59 to +23:59"};
  }
  return {(text[0] == '-' ? -1 : 1) * (hours * 60 + minutes), {}};
}

struct Read {
  Instant at;
  std::string_view why;  // it is none; else empty
};
/// The date and the time of day, in the zone that follows.
Read read_local(std::string_view text) {
  const int y = digits(text, 0, 4);
  const int mo = digits(text, 5, 2);
  const int d = digits(text, 8, 2);
  const int h = digits(text, 11, 2);
  const int mi = digits(text, 14, 2);
  const int s = digits(text, 17, 2);
  if (y < 0 || mo < 0 || d < 0 || h < 0 || mi < 0 || s < 0 || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':') {
    return {{}, kNoForm};
  }
  if (y < 1970) {
    return {{}, "a time before 1970"};
  }
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)},
                            day{static_cast<unsigned>(d)}};
  if (!date.ok()) {
    return {{}, "the calendar has no such day"};
  }
  if (h > 23 || mi > 59 || s > 60) {
    return {{}, "the day has no such time: from 00:00:00 to 23:59:60"};
  }
  const std::int64_t seconds =
      sys_days{date}.time_since_epoch().count() * 86'400 + h * 3600 + mi * 60 + s;
  return {{seconds * 1000}, {}};
}

Read read_rfc3339(std::string_view text) {
  Read read = read_local(text);
  if (!read.why.empty()) {
    return read;
  }
  std::size_t at = kLocalLength;
  if (at < text.size() && text[at] == '.') {
    ++at;
    std::int64_t unit = 100;
    const std::size_t first = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
      read.at.ms += (text[at] - '0') * unit;
    }
    if (at == first) {
      return {{}, kNoForm};
    }
  }
  const Offset offset = read_offset(text.substr(std::min(at, text.size())));
  read.at.ms -= std::int64_t{offset.minutes} * 60'000;
  read.why = offset.why;
  return read;
}

}  // namespace

std::string to_rfc3339(Instant at) {
  const std::int64_t day_number = at.ms >= 0 ? at.ms / kDayMs : (at.ms - kDayMs + 1) / kDayMs;
  const std::int64_t in_day = at.ms - day_number * kDayMs;
  const year_month_day date{sys_days{days{day_number}}};
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z"),
                     static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), in_day / 3'600'000, in_day / 60'000 % 60,
                     in_day / 1000 % 60, in_day % 1000);
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
  const Read read = read_rfc3339(text);
  return read.why.empty() ? std::optional(read.at) : std::nullopt;
}

std::string_view refusal_of_rfc3339(std::string_view text) {
  return read_rfc3339(text).why;
}

Instant SystemClock::now() const {
  return {std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

}  // namespace weir
