// When a channel of news may be written to: at once, once a day or a week, and not in its quiet
// hours. Private to app.
//
// Thread rule: values; of() reads the system's time zones.
#pragma once

#include "app/news.h"
#include "deadline/calendar.h"

namespace weir::app {

class Times {
 public:
  Times() = default;  // UTC, no quiet hours
  /// `invalid` for a zone that the system does not know, and for hours that are none.
  static Result<Times> of(const Hours& hours);
  /// The first instant from `now` on. What is held back in quiet hours goes when they end.
  Instant next(Pace pace, Instant now) const;

 private:
  Instant after_quiet(Instant at) const;

  deadline::Zone zone_{};
  Duration quiet_from_{};  // of the local day; the same as until: none
  Duration quiet_until_{};
};

}  // namespace weir::app
