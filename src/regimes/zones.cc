// Time zones, from the system's data through Howard Hinnant's date library, as tables.
#include <date/tz.h>

#include "regimes/regimes.h"

namespace weir::regimes {

Result<deadline::Zone> load_zone(const std::string& name) {
  try {
    const date::time_zone* zone = date::locate_zone(name);
    const date::sys_seconds end = date::sys_days(date::year(deadline::kLastYear + 1) / 1 / 1);
    std::vector<deadline::Zone::Offset> offsets;
    date::sys_seconds at = date::sys_days(date::year(deadline::kFirstYear) / 1 / 1);
    while (at < end) {
      const date::sys_info info = zone->get_info(at);
      const std::int64_t from = std::chrono::duration_cast<Duration>(at.time_since_epoch()).count();
      offsets.push_back({{from}, std::chrono::duration_cast<Duration>(info.offset)});
      if (info.end <= at) {
        break;
      }
      at = info.end;
    }
    return deadline::Zone(name, std::move(offsets));
  } catch (const std::exception&) {
    return fail(Code::invalid, "the system knows no such time zone: " + name);
  }
}

}  // namespace weir::regimes
