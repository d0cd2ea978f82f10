// What was made for others and may be asked for again: the most recent of it, within a bound in
// bytes. A value never changes; whose key says of which state of the world it is, is never stale.
//
// Thread rule: any thread.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/guarded.h"

namespace weir {

template <class T>
class Recent {
 public:
  explicit Recent(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  /// Nothing if it is not kept (any more).
  std::shared_ptr<const T> find(std::string_view key) const {
    return inside_.with([&](Inside& inside) -> std::shared_ptr<const T> {
      const auto found = inside.by_key.find(key);
      if (found == inside.by_key.end()) {
        return nullptr;
      }
      inside.order.splice(inside.order.begin(), inside.order, found->second);
      return found->second->value;
    });
  }

  /// Keeps `value`, which takes about `bytes`, and drops what was asked for longest ago. What alone
  /// takes more than an eighth of the bound is not kept.
  void put(std::string key, std::shared_ptr<const T> value, std::size_t bytes) const {
    bytes += 2 * sizeof(Entry) + key.size();
    if (bytes > most_bytes_ / 8) {
      return;
    }
    inside_.with([&](Inside& inside) {
      if (inside.by_key.contains(key)) {
        return;  // another thread was faster
      }
      inside.order.push_front({std::move(key), std::move(value), bytes});
      inside.by_key.emplace(inside.order.front().key, inside.order.begin());
      inside.bytes += bytes;
      while (inside.bytes > most_bytes_) {
        const Entry& oldest = inside.order.back();
        inside.bytes -= oldest.bytes;
        inside.by_key.erase(oldest.key);
        inside.order.pop_back();
      }
    });
  }

  /// That are kept.
  std::size_t bytes() const {
    return inside_.with([](const Inside& inside) { return inside.bytes; });
  }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const T> value;
    std::size_t bytes;
  };
  struct Inside {
    std::list<Entry> order;  // asked for last, first
    std::unordered_map<std::string_view, typename std::list<Entry>::iterator> by_key;
    std::size_t bytes = 0;
  };

  std::size_t most_bytes_;
  mutable Guarded<Inside> inside_;
};

}  // namespace weir
