// Records held in memory, found by their keys: a Lookup without a database.
//
// Thread rule: one writer at a time; a Lookup may read while nobody writes.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "advisory/advisory.h"
#include "match/match.h"

namespace weir::match {

class Memory {
 public:
  /// A record that is not published has no entries.
  void add(advisory::Advisory record);
  /// Borrows this.
  Lookup lookup() const;

 private:
  std::deque<Entry> entries_;  // which does not move what is there
  std::unordered_map<std::string, std::vector<std::size_t>> by_key_;  // places in entries_
};

}  // namespace weir::match
