#include "app/news_times.h"

#include <algorithm>

#include "regimes/regimes.h"

namespace weir::app {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<std::string_view, 3> kPaces = {"at_once", "daily", "weekly"};
constexpr std::size_t kSpanBytes = 11;  // "22:00-07:00"
constexpr std::size_t kMostZoneBytes = 60;

/// "07".
int two_digits(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return is_digit(text[0]) && is_digit(text[1]) ? (text[0] - '0') * 10 + text[1] - '0' : -1;
}

/// "07:30".
std::optional<Duration> time_of_day(std::string_view text) {
  const int hour = two_digits(text.substr(0, 2));
  const int minute = two_digits(text.substr(3, 2));
  if (text[2] != ':' || hour < 0 || hour > 23 || minute < 0 || minute > 59) {
    return std::nullopt;
  }
  return hours(hour) + minutes(minute);
}

}  // namespace

std::string_view name(Pace pace) {
  return kPaces[static_cast<std::size_t>(pace)];
}

Result<Pace> parse_pace(std::string_view text) {
  const auto found = std::ranges::find(kPaces, text);
  if (found == kPaces.end()) {
    return fail(Code::invalid, "at_once, daily or weekly", "pace");
  }
  return static_cast<Pace>(found - kPaces.begin());
}

Result<Times> Times::of(const Hours& wanted) {
  Times times;
  if (wanted.zone != "UTC") {
    auto zone = wanted.zone.size() > kMostZoneBytes
                    ? fail(Code::invalid, "the system knows no such time zone")
                    : regimes::load_zone(wanted.zone);
    if (!zone) {
      return fail(Code::invalid, "a time zone that the system knows, \"Europe/Berlin\"", "zone");
    }
    times.zone_ = std::move(*zone);
  }
  const std::string_view quiet = wanted.quiet;
  if (quiet.empty()) {
    return times;
  }
  const bool has_form = quiet.size() == kSpanBytes && quiet[5] == '-';
  const auto from = has_form ? time_of_day(quiet.substr(0, 5)) : std::nullopt;
  const auto until = has_form ? time_of_day(quiet.substr(6)) : std::nullopt;
  if (!from || !until || *from == *until) {
    return fail(Code::invalid, "quiet hours are written 22:00-07:00", "quiet");
  }
  times.quiet_from_ = *from;
  times.quiet_until_ = *until;
  return times;
}

Instant Times::after_quiet(Instant at) const {
  const deadline::LocalTime local = zone_.local(at);
  const bool is_after_start = local.in_day >= quiet_from_;
  const bool is_before_end = local.in_day < quiet_until_;
  const bool is_over_midnight = quiet_from_ > quiet_until_;
  const bool is_quiet =
      is_over_midnight ? is_after_start || is_before_end : is_after_start && is_before_end;
  if (!is_quiet) {
    return at;
  }
  const deadline::Day day = local.day + days(is_over_midnight && is_after_start ? 1 : 0);
  return std::max(at, zone_.instant({day, quiet_until_}));
}

Instant Times::next(Pace pace, Instant now) const {
  if (pace == Pace::at_once) {
    return after_quiet(now);
  }
  const deadline::LocalTime local = zone_.local(now);
  deadline::Day day = local.day + days(local.in_day < kDigestHour ? 0 : 1);
  if (pace == Pace::weekly) {
    const std::chrono::weekday weekday(day);
    day += std::chrono::Monday - weekday;
  }
  return after_quiet(zone_.instant({day, kDigestHour}));
}

}  // namespace weir::app
