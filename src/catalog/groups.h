// Which ids mean the same vulnerability: the connected groups over the aliases that records name.
// Private to catalog.
//
// Growing is cheap and done as records come; when a record stops naming an alias its group is
// worked out anew, because it may fall apart. Cycles are no matter: a group is a set.
//
// Thread rule: functions of the transaction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace weir::catalog {

/// Ids in one group; it does not grow beyond. Every change of an alias looks at all of them.
inline constexpr std::size_t kMostGroup = 300;

/// The number of the group in which the first of `names` is from now on, and the others with it as
/// long as the group has at most kMostGroup ids; names beyond that get a group each. They were in
/// none, one or several. `next` is the number that a new group gets, and is moved on if it was
/// used. The largest group keeps its number, so that a row is renumbered log(kMostGroup) times at
/// most.
Result<std::int64_t> join(store::Tx& tx, const std::vector<std::string_view>& names,
                          std::int64_t& next);

/// Works out the group anew from what its records name now; gives new numbers to what falls off.
Status regroup(store::Tx& tx, std::int64_t vulnerability, std::int64_t& next);

/// The greatest number in use.
Result<std::int64_t> last_group(const store::Tx& tx);

/// All ids of a group, sorted.
Result<std::vector<std::string>> members(const store::Tx& tx, std::int64_t vulnerability);

}  // namespace weir::catalog
