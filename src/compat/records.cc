#include "compat/records.h"

#include "catalog/catalog.h"

namespace weir::compat {

match::Lookup lookup(const store::Tx& tx, std::optional<advisory::Source> only) {
  return [&tx, only](std::string_view key) -> Result<std::vector<match::Entry>> {
    std::vector<match::Entry> entries;
    for (catalog::Candidate& candidate : TRY(catalog::candidates(tx, key, only))) {
      entries.push_back({.source = candidate.source,
                         .id = std::move(candidate.id),
                         .part = candidate.part,
                         .affected = std::move(candidate.affected)});
    }
    return entries;
  };
}

}  // namespace weir::compat
