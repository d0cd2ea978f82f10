// Records held in memory, found by their keys: a Lookup without a database.
//
// They are held in their stored form, a tenth of the allocations that values would be: of all that
// is read the least is asked for. Several Memories, filled by a thread each, are asked as one.
//
// Thread rule: one writer at a time; a Lookup may read while nobody writes.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "advisory/advisory.h"
#include "match/examine.h"
#include "match/match.h"

namespace weir::match {

/// The keys that will be asked for.
class Asked {
 public:
  explicit Asked(std::span<const Target> targets);
  bool has(std::size_t hash) const { return hashes_.contains(hash); }

 private:
  std::unordered_set<std::size_t> hashes_;
};

class Memory {
 public:
  /// Keeps everything, or what stands under a key that is wanted. Borrows `asked`.
  explicit Memory(const Asked* asked = nullptr) : asked_(asked) {}
  /// A record that is not published has no entries. They are found in the order in which records
  /// were added; of several Memories, in that of `order`, which only grows in each.
  void add(const advisory::Advisory& record, std::uint64_t order);
  void add(const advisory::Advisory& record) { add(record, added_++); }
  /// Borrows this; knows what was added before.
  Lookup lookup() const;

 private:
  friend class Index;
  friend Lookup lookup(const std::deque<Memory>& all);
  friend Describe describe(const std::deque<Memory>& all);
  struct Held {
    std::uint64_t order;
    advisory::Source source;
    int score;
    std::string_view id;  // in blocks_, as is what follows
    std::string_view title;
    std::string_view aliases;  // each ended by a line feed, which no id has
    std::string_view parts;    // as advisory::encode() makes them
  };
  struct Place {
    std::size_t hash;  // of the key, or of the record's name
    const Held* held;
    std::size_t part;
  };
  std::string_view keep(std::string_view bytes);
  const Held& hold(const advisory::Advisory& record, std::uint64_t order);

  const Asked* asked_;
  std::deque<std::string> blocks_;  // each of a fixed capacity
  std::deque<Held> held_;           // which does not move what is there
  std::vector<Place> places_;
  std::uint64_t added_ = 0;
};

/// Borrow them; know what was added before.
Lookup lookup(const std::deque<Memory>& all);
/// Of the record that was added last under an id.
Describe describe(const std::deque<Memory>& all);

}  // namespace weir::match
