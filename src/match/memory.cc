#include "match/memory.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <memory>
#include <span>
#include <utility>

#include "advisory/keys.h"

namespace weir::match {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

std::size_t hash(std::string_view key) {
  return std::hash<std::string_view>{}(key);
}

}  // namespace

/// Places by their hashes: made once, from all that is there, a quarter of what it costs to put
/// them into a map one by one.
class Index {
 public:
  using Place = Memory::Place;

  explicit Index(std::span<const std::span<const Place>> all) {
    std::size_t count = 0;
    for (const auto& places : all) {
      count += places.size();
    }
    mask_ = std::bit_ceil(count + 1) - 1;
    starts_.resize(mask_ + 2);
    places_.resize(count);
    for (const auto& places : all) {
      for (const Place& place : places) {
        ++starts_[(place.hash & mask_) + 1];
      }
    }
    for (std::size_t i = 1; i < starts_.size(); ++i) {
      starts_[i] += starts_[i - 1];
    }
    std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
    for (const auto& places : all) {
      for (const Place& place : places) {
        places_[next[place.hash & mask_]++] = place;
      }
    }
  }

  /// In the order of the records.
  std::vector<Place> find(std::size_t hash) const {
    const std::size_t bucket = hash & mask_;
    std::vector<Place> found;
    for (std::size_t i = starts_[bucket]; i < starts_[bucket + 1]; ++i) {
      if (places_[i].hash == hash) {
        found.push_back(places_[i]);
      }
    }
    std::ranges::sort(found, {},
                      [](const Place& one) { return std::pair(one.held->order, one.part); });
    return found;
  }

  static Lookup lookup(std::shared_ptr<const Index> index) {
    return [index = std::move(index)](std::string_view key) -> Result<std::vector<Entry>> {
      std::vector<Entry> entries;
      for (const auto& [hashed, held, part] : index->find(hash(key))) {
        Entry entry{held->source, std::string(held->id), part,
                    TRY(advisory::decode_part(held->parts, part))};
        // Another key may have the same hash.
        const std::vector<std::string> keys = advisory::keys(entry.affected);
        if (std::ranges::find(keys, key) != keys.end()) {
          entries.push_back(std::move(entry));
        }
      }
      return entries;
    };
  }

 private:
  std::size_t mask_;
  std::vector<std::uint32_t> starts_;  // where the places of each bucket begin
  std::vector<Place> places_;
};

Asked::Asked(std::span<const Target> targets) {
  for (const Target& target : targets) {
    for (const Key& key : keys(target)) {
      hashes_.insert(hash(key.text));
    }
  }
}

std::string_view Memory::keep(std::string_view bytes) {
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < bytes.size()) {
    blocks_.emplace_back().reserve(std::max(kBlockBytes, bytes.size()));
  }
  std::string& block = blocks_.back();
  block += bytes;
  return std::string_view(block).substr(block.size() - bytes.size());
}

const Memory::Held& Memory::hold(const advisory::Advisory& record, std::uint64_t order) {
  const About known = about(record);
  std::string aliases;
  for (const std::string& alias : known.aliases) {
    aliases += alias + '\n';
  }
  return held_.emplace_back(order, record.source, known.score, keep(record.id), keep(known.title),
                            keep(aliases), keep(advisory::encode(record.affected)));
}

void Memory::add(const advisory::Advisory& record, std::uint64_t order) {
  if (record.state != advisory::State::published) {
    return;
  }
  const Held* held = nullptr;  // until it is wanted
  for (std::size_t part = 0; part < record.affected.size(); ++part) {
    for (const std::string& key : advisory::keys(record.affected[part])) {
      const std::size_t hashed = hash(key);
      if (asked_ == nullptr || asked_->has(hashed)) {
        held = held == nullptr ? &hold(record, order) : held;
        places_.push_back({hashed, held, part});
      }
    }
  }
}

Lookup Memory::lookup() const {
  const std::span<const Place> own = places_;
  return Index::lookup(std::make_shared<const Index>(std::span(&own, 1)));
}

Lookup lookup(const std::deque<Memory>& all) {
  std::vector<std::span<const Memory::Place>> places;
  for (const Memory& one : all) {
    places.emplace_back(one.places_);
  }
  // Shared: a std::function is copied with all that it holds.
  return Index::lookup(std::make_shared<const Index>(places));
}

Describe describe(const std::deque<Memory>& all) {
  std::vector<Memory::Place> names;
  for (const Memory& one : all) {
    for (const Memory::Held& held : one.held_) {
      names.push_back({hash(held.id), &held, 0});
    }
  }
  const std::span<const Memory::Place> own = names;
  return [index = std::make_shared<const Index>(std::span(&own, 1))](
             advisory::Source source, const std::string& id) -> Result<About> {
    std::vector<Memory::Place> found = index->find(hash(id));
    std::erase_if(found, [&](const Memory::Place& one) {
      return one.held->source != source || one.held->id != id;
    });
    CHECK(!found.empty());
    const Memory::Held& held = *found.back().held;
    About about{.aliases = {}, .title = std::string(held.title), .score = held.score};
    for (std::string_view rest = held.aliases; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      about.aliases.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    return about;
  };
}

}  // namespace weir::match
