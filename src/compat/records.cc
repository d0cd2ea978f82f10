#include "compat/records.h"

#include <memory>

#include "advisory/read.h"
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

match::Describe describe(const store::Tx& tx) {
  struct Reading {
    catalog::Texts texts;
    advisory::Reader reader;
  };
  // Shared, because what holds a function copies it.
  auto reading = std::make_shared<Reading>();
  return [&tx, reading](advisory::Source source, const std::string& id) -> Result<match::About> {
    const auto version = TRY(catalog::find(tx, source, id));
    CHECK(version);  // in the snapshot that the finding came from
    const std::string text = TRY(reading->texts.of(tx, version->version));
    return match::about(TRY(reading->reader.read(text)));
  };
}

}  // namespace weir::compat
