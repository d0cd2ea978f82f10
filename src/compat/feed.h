// What has changed in the public records, for those who keep a copy.
//
// The cursor is the number of a version, which only grows: whoever asks again with the cursor of
// the last answer misses nothing and gets nothing twice, except that a record that has changed
// twice in between comes once, as it is now. A first cursor of 0 gives everything, which is the
// complete dump. Removed and withdrawn records come as such.
//
// Thread rule: functions take the transaction that they work in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "advisory/advisory.h"
#include "compat/compat.h"
#include "store/store.h"

namespace weir::compat {

inline constexpr std::size_t kMostChanges = 2'000;  // of one page
inline constexpr std::size_t kMostPageBytes = std::size_t{16}
                                              << 20;  // of records; one is always given
inline constexpr std::size_t kAtomEntries = 100;

struct ChangesQuery {
  std::string cursor{};  // of the last answer; "" or "0" is the beginning
  std::optional<advisory::Source> source{};
  std::size_t limit = kMostChanges;
  enum class Records { without, with } records = Records::with;
};

/// {"changes":[{"cursor","source","id","state","modified","sha256","record"?}],"cursor","more"}.
/// 400 for what is no cursor, or one of the future (of another database).
Answer changes(const store::Tx& tx, const ChangesQuery& query);

/// The newest changes as an Atom feed (RFC 4287), `base` being where records are shown: an entry
/// links to base + id.
Answer atom(const store::Tx& tx, std::string_view base);

}  // namespace weir::compat
