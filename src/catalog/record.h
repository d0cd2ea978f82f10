// One vulnerability as all sources tell it: who says what, since when, and what was said before.
//
// Thread rule: functions take the transaction that they work in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"

namespace weir::catalog {

inline constexpr std::size_t kMostRecords = 2'000;      // of one vulnerability, and related to it
inline constexpr std::size_t kMostHistory = 10'000;     // versions of one record
inline constexpr std::size_t kMostDifferences = 1'000;  // between two versions

struct Known {
  std::vector<std::string> ids;  // all that mean it, sorted
  std::vector<Version> records;  // its own, one of each source and id, as they are now
  std::vector<Version> related;  // of others that name one of its ids: bulletins, CSAF documents
  std::optional<Epss> epss;      // of the first of its ids that has one
};
/// By any of its ids. Nothing if no record has or names it.
Result<std::optional<Known>> known(const store::Tx& tx, std::string_view id);

/// Every version of a record, newest first; the first is current unless it is older by its date.
Result<std::vector<Version>> history(const store::Tx& tx, std::int64_t record);

/// What differs between two JSON texts, by place.
struct Difference {
  std::string pointer;
  std::string before;  // canonical JSON, "" if it was not there
  std::string after;
  bool operator==(const Difference&) const = default;
};
/// At most kMostDifferences, in the order of the documents. Elements of arrays are compared by
/// their place. `invalid` for what is no JSON.
Result<std::vector<Difference>> diff(std::string_view before, std::string_view after);

}  // namespace weir::catalog
