// The standing questions of all lists, by what a changed record can be about: under which keys
// items are looked up, and by which ids their findings are known.
//
// In memory, 16 bytes for each; made again at every start. Names stand as 64 bits of a hash: two
// that are alike cost a look at an item that nothing concerns, and nothing else.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "watch/finding.h"

namespace weir::watch {

/// An item of a list, by their numbers.
struct Place {
  std::uint32_t list = 0;
  std::uint32_t item = 0;
  auto operator<=>(const Place&) const = default;
};

class Standing {
 public:
  using Name = std::uint64_t;
  static Name of_key(std::string_view key);
  static Name of_id(std::string_view id);
  /// Under which names the item has to be found: the keys of its parts.
  static void names_of(const Item& item, std::vector<Name>& names);
  /// And because of a finding: its ids, and those of the records it rests on.
  static void names_of(const Finding& finding, std::vector<Name>& names);

  /// To be followed by settle() before find().
  void add(Place place, std::span<const Name> names);
  void settle();
  void drop(std::uint32_t list);
  /// Calls `use` for every place under the name.
  void find(Name name, const std::function<void(Place)>& use) const;
  std::size_t size() const { return entries_.size() + added_.size(); }

 private:
  struct Entry {
    Name name;
    Place place;
    auto operator<=>(const Entry&) const = default;
  };
  std::vector<Entry> entries_;  // sorted, each once
  std::vector<Entry> added_;
};

}  // namespace weir::watch
