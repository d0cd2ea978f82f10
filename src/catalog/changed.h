// What has changed, and what else it may concern: for whoever keeps a question standing.
//
// A record concerns whatever stands under its keys now, and whatever is known of the vulnerability
// that it is about. What it said before needs no looking up: who has been told of it knows its id.
//
// Thread rule: functions take the transaction that they work in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"

namespace weir::catalog {

struct Changed {
  VersionId version = 0;
  std::vector<std::string> keys;   // of advisory/keys.h; none of a tombstone
  std::vector<std::string> names;  // its id, and all ids that mean the same vulnerability
};
/// Records whose current version came after `after`, in that order, at most `most`.
Result<std::vector<Changed>> changed_since(const store::Tx& tx, VersionId after, std::size_t most);

/// What all sources together say of one vulnerability.
struct Weight {
  std::vector<std::string> ids;  // all that mean it, sorted; at least the one that was asked for
  int score = -1;                // the highest CVSS of a published record, in tenths; -1: none
  std::vector<advisory::Source> listed;  // lists of exploited vulnerabilities that have it, sorted
  std::int64_t epss = -1;                // the highest of its ids, in millionths; -1: none
};
/// The lists of exploited vulnerabilities that have one of `ids`, or speak about it; sorted.
Result<std::vector<advisory::Source>> listed_in(const store::Tx& tx,
                                                const std::vector<std::string>& ids);

/// By any of its ids, whether a record has it or not.
Result<Weight> weigh(const store::Tx& tx, std::string_view id);

/// Names of the CVEs whose EPSS is at least `score`, in millionths.
Status each_likely(const store::Tx& tx, std::int64_t score,
                   const std::function<void(std::string_view cve)>& use);

}  // namespace weir::catalog
