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

struct Joined {
  std::int64_t group = 0;
  bool is_new = false;                     // the first name was in no group
  std::vector<std::string_view> beyond{};  // names that found no room and are in another group
};
/// Puts the first of `names` and the others with it into one group, as long as that has at most
/// kMostGroup ids; names beyond that get a group each. They were in none, one or several. `next` is
/// the number that a new group gets, and is moved on if it was used. The largest group keeps its
/// number, so that a row is renumbered log(kMostGroup) times at most.
Result<Joined> join(store::Tx& tx, const std::vector<std::string_view>& names, std::int64_t& next);

/// Works out the group anew from what its records name now; gives new numbers to what falls off.
Status regroup(store::Tx& tx, std::int64_t vulnerability, std::int64_t& next);

/// The greatest number in use.
Result<std::int64_t> last_group(const store::Tx& tx);

/// All ids of a group, sorted.
Result<std::vector<std::string>> members(const store::Tx& tx, std::int64_t vulnerability);

}  // namespace weir::catalog
