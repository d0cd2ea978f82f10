#include "match/memory.h"

#include "advisory/keys.h"

namespace weir::match {

void Memory::add(advisory::Advisory record) {
  if (record.state != advisory::State::published) {
    return;
  }
  for (std::size_t part = 0; part < record.affected.size(); ++part) {
    for (std::string& key : advisory::keys(record.affected[part])) {
      by_key_[std::move(key)].push_back(entries_.size());
    }
    entries_.push_back({record.source, record.id, part, std::move(record.affected[part])});
  }
}

Lookup Memory::lookup() const {
  return [this](std::string_view key) -> Result<std::vector<Entry>> {
    std::vector<Entry> found;
    if (const auto places = by_key_.find(std::string(key)); places != by_key_.end()) {
      for (const std::size_t place : places->second) {
        found.push_back(entries_[place]);
      }
    }
    return found;
  };
}

}  // namespace weir::match
