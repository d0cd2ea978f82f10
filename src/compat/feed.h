// What has changed in the public records, for those who keep a copy.
//
// The cursor is the number of a version, which only grows: whoever asks again with the cursor of
// the last answer misses nothing and gets nothing twice, except that a record that has changed
// twice in between comes once, as it is now. A first cursor of 0 gives everything, which is the
// complete dump. Removed and withdrawn records come as such.
//
// Thread rule: as Desk.
#pragma once

#include "compat/compat.h"

namespace weir::compat {

inline constexpr std::size_t kMostChanges = 2'000;  // of one page
inline constexpr std::size_t kMostPageBytes = std::size_t{16}
                                              << 20;  // of records; one is always given
inline constexpr std::size_t kAtomEntries = 100;

/// GET: parameters `after` (the cursor of the last answer; absent: the beginning), `source`,
/// `limit`, `records` ("no": without them).
/// {"changes":[{"cursor","source","id","state","modified"?, "sha256"?,"record"?}],"cursor","more"}.
/// `invalid` for what is no cursor, or one of the future (of another database).
Result<Answer> changes(Desk& desk, const Given& given);

/// GET: the newest changes as an Atom feed (RFC 4287); an entry links to its vulnerability under
/// `given.base`.
Result<Answer> atom(Desk& desk, const Given& given);

}  // namespace weir::compat
