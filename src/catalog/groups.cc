#include "catalog/groups.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "catalog/rows.h"

namespace weir::catalog {
namespace {

Result<std::optional<std::int64_t>> group_of(const store::Tx& tx, std::string_view name) {
  return tx.one("SELECT vulnerability FROM identifier WHERE name = $1", {name},
                [](const store::Row& row) { return row.integer(0); });
}

struct Group {
  std::int64_t number = 0;
  std::size_t size = 0;
};

Result<std::size_t> size_of(const store::Tx& tx, std::int64_t group) {
  const auto size = TRY(tx.one("SELECT count(*) FROM identifier WHERE vulnerability = $1", {group},
                               [](const store::Row& row) { return row.integer(0); }));
  return static_cast<std::size_t>(size.value_or(0));
}

Status rename(store::Tx& tx, std::int64_t from, std::int64_t to) {
  TRY(tx.run("UPDATE identifier SET vulnerability = $2 WHERE vulnerability = $1", {from, to}));
  return tx.run("UPDATE record SET vulnerability = $2 WHERE vulnerability = $1", {from, to});
}

/// Sets of names, by their place in a list.
class Sets {
 public:
  explicit Sets(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t find(std::size_t one) {
    while (parent_[one] != one) {
      parent_[one] = parent_[parent_[one]];
      one = parent_[one];
    }
    return one;
  }
  void join(std::size_t a, std::size_t b) { parent_[find(a)] = find(b); }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace

Result<Joined> join(store::Tx& tx, const std::vector<std::string_view>& names, std::int64_t& next) {
  CHECK(!names.empty());
  std::vector<std::optional<std::int64_t>> before;  // of each name
  std::vector<std::int64_t> groups;                 // each once, the first name's before the others
  for (const std::string_view name : names) {
    before.push_back(TRY(group_of(tx, name)));
    if (before.back() && std::ranges::find(groups, *before.back()) == groups.end()) {
      groups.push_back(*before.back());
    }
  }
  if (groups.size() == 1 &&
      std::ranges::all_of(before, [](const auto& group) { return group.has_value(); })) {
    return Joined{.group = groups.front()};  // they are together already
  }
  Joined joined{.is_new = !before.front()};
  std::size_t size = joined.is_new ? 1 : 0;
  std::vector<Group> together;
  for (const std::int64_t number : groups) {
    const Group group{number, TRY(size_of(tx, number))};
    if (size + group.size <= kMostGroup || (size == 0 && together.empty())) {
      together.push_back(group);
      size += group.size;
    }
  }
  const auto largest = std::ranges::max_element(together, {}, &Group::size);
  joined.group = together.empty() ? next++ : largest->number;
  for (const Group& group : together) {
    TRY(group.number == joined.group ? Status{} : rename(tx, group.number, joined.group));
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (before[i]) {
      if (std::ranges::find(together, *before[i], &Group::number) == together.end()) {
        joined.beyond.push_back(names[i]);
      }
      continue;
    }
    const bool has_room = i == 0 || size < kMostGroup;
    size += i != 0 && has_room ? 1 : 0;
    if (!has_room) {
      joined.beyond.push_back(names[i]);
    }
    TRY(
        tx.run("INSERT INTO identifier (name, vulnerability) VALUES ($1, $2) "
               "ON CONFLICT DO NOTHING",
               {names[i], has_room ? joined.group : next++}));
  }
  return joined;
}

Result<std::vector<std::string>> members(const store::Tx& tx, std::int64_t vulnerability) {
  return tx.all("SELECT name FROM identifier WHERE vulnerability = $1 ORDER BY name",
                {vulnerability}, [](const store::Row& row) { return row.text(0); });
}

Result<std::int64_t> last_group(const store::Tx& tx) {
  const auto last = TRY(tx.one("SELECT coalesce(max(vulnerability), 0) FROM identifier", {},
                               [](const store::Row& row) { return row.integer(0); }));
  return last.value_or(0);
}

Status regroup(store::Tx& tx, std::int64_t vulnerability, std::int64_t& next) {
  const std::vector<std::string> names = TRY(members(tx, vulnerability));
  std::map<std::string, std::size_t, std::less<>> places;
  for (std::size_t i = 0; i < names.size(); ++i) {
    places.emplace(names[i], i);
  }
  Sets sets(names.size());
  TRY(
      tx.each("SELECT r.name, m.name FROM record r JOIN mention m ON m.record = r.id "
              "WHERE r.vulnerability = $1 AND m.kind = $2",
              {vulnerability, kAlias}, [&](const store::Row& row) {
                const auto own = places.find(row.text(0));
                const auto other = places.find(row.text(1));
                if (own != places.end() && other != places.end()) {
                  sets.join(own->second, other->second);
                }
                return true;
              }));
  std::map<std::size_t, std::size_t> sizes;
  for (std::size_t i = 0; i < names.size(); ++i) {
    ++sizes[sets.find(i)];
  }
  // The largest set keeps the number, and of equal ones that with the first name: what one record
  // lets go of is a few names, and all others would be renumbered each time.
  std::optional<std::size_t> kept;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t root = sets.find(i);
    kept = !kept || sizes[root] > sizes[*kept] ? root : *kept;
  }
  std::map<std::size_t, std::int64_t> numbers;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t root = sets.find(i);
    const auto [found, is_new] = numbers.emplace(root, vulnerability);
    if (is_new && root != *kept) {
      found->second = next++;
    }
    if (found->second != vulnerability) {
      TRY(tx.run("UPDATE identifier SET vulnerability = $2 WHERE name = $1",
                 {names[i], found->second}));
      TRY(tx.run("UPDATE record SET vulnerability = $3 WHERE vulnerability = $2 AND name = $1",
                 {names[i], vulnerability, found->second}));
    }
  }
  return {};
}

}  // namespace weir::catalog
