#include "advisory/read.h"

namespace weir::advisory {

std::optional<Instant> parse_date(std::string_view text) {
  constexpr std::size_t kDay = 10;      // 2024-01-31
  constexpr std::size_t kMinutes = 16;  // 2024-01-31T12:00
  if (text.size() < kDay) {
    return std::nullopt;
  }
  std::string whole(text);
  if (text.size() == kDay) {
    return parse_rfc3339(whole + "T00:00:00Z");
  }
  if (whole[kDay] == ' ') {
    whole[kDay] = 'T';
  }
  const bool lacks_seconds =
      whole.size() == kMinutes || (whole.size() > kMinutes && whole[kMinutes] != ':');
  if (lacks_seconds && whole.size() >= kMinutes) {
    whole.insert(kMinutes, ":00");
  }
  const std::size_t zone = whole.find_first_of("Zz+-", kDay);
  return parse_rfc3339(zone == std::string::npos ? whole + "Z" : whole);
}

}  // namespace weir::advisory
