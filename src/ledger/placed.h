// Private to ledger/: what writing and reading an event must agree on, above all the fields of the
// skeleton that are known only once it has its place.
// Thread rule: values and functions of their arguments.
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"
#include "ledger/ledger.h"

namespace weir::ledger {

inline constexpr std::int64_t kEventVersion = 1;
inline constexpr std::string_view kBodyContext = "weir/event-body/v1";  // of a sealed body

inline std::string with(std::string_view context, std::string_view reference) {
  return std::string(context).append(reference);
}

/// In the order of names.
inline constexpr std::array<std::string_view, 6> kPlacedFields = {
    "index", "key_commit", "open_by", "open_rule", "prev", "time"};

/// Where an event stands, as far as its fields say so.
struct Place {
  const Stream& stream;
  std::uint64_t index = 0;
  Digest prev;  // the commitment before it in the stream
  Instant at;
  std::string_view origin{};  // of the log it was written in; where it is read back
};

/// Calls `use(which, value)` for each field in order, `which` being its place in kPlacedFields.
/// `open_by` and `open_rule` stand in event 0 alone.
template <class Use>
void each_placed(const Place& place, const Settings& settings, Use use) {
  use(0, static_cast<std::int64_t>(place.index));
  use(1, to_base64(place.stream.key_commit));
  if (place.index == 0) {
    // The platform's record is public from the start; everything else has until the ceiling.
    const bool is_public = place.stream.kind == StreamKind::platform;
    use(2, to_rfc3339(place.at + (is_public ? Duration(0) : settings.ceiling)));
    use(3, settings.open_rule);
  }
  use(4, to_base64(place.prev));
  use(5, to_rfc3339(place.at));
}

}  // namespace weir::ledger
