#include "watch/standing.h"

#include <algorithm>

namespace weir::watch {
namespace {

/// FNV-1a, 64 bits.
Standing::Name hashed(char kind, std::string_view text) {
  Standing::Name hash = 0xcbf29ce484222325;
  const auto add = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3; };
  add(kind);
  std::ranges::for_each(text, add);
  return hash;
}

}  // namespace

Standing::Name Standing::of_key(std::string_view key) {
  return hashed('k', key);
}

Standing::Name Standing::of_id(std::string_view id) {
  return hashed('i', id);
}

void Standing::names_of(const Item& item, std::vector<Name>& names) {
  for (const Part& part : item.parts) {
    for (const match::Key& key : match::keys(target_of(part))) {
      names.push_back(of_key(key.text));
    }
  }
}

void Standing::names_of(const Finding& finding, std::vector<Name>& names) {
  for (const std::string& id : finding.ids) {
    names.push_back(of_id(id));
  }
  for (const Evidence& evidence : finding.evidence) {
    names.push_back(of_id(evidence.id));
  }
}

void Standing::add(Place place, std::span<const Name> names) {
  for (const Name name : names) {
    added_.push_back({name, place});
  }
}

void Standing::settle() {
  if (added_.empty()) {
    return;
  }
  std::ranges::sort(added_);
  const auto twice = std::ranges::unique(added_);
  added_.erase(twice.begin(), twice.end());
  std::vector<Entry> all;
  all.reserve(entries_.size() + added_.size());
  std::ranges::set_union(entries_, added_, std::back_inserter(all));
  entries_ = std::move(all);
  added_.clear();
}

void Standing::drop(std::uint32_t list) {
  std::erase_if(entries_, [list](const Entry& entry) { return entry.place.list == list; });
  std::erase_if(added_, [list](const Entry& entry) { return entry.place.list == list; });
}

void Standing::find(Name name, const std::function<void(Place)>& use) const {
  for (auto at = std::ranges::lower_bound(entries_, name, {}, &Entry::name);
       at != entries_.end() && at->name == name; ++at) {
    use(at->place);
  }
}

}  // namespace weir::watch
