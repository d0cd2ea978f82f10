// What answering needs beside a snapshot of public.db, kept from one question to the next: rules
// made of records, dictionaries, titles.
//
// Thread rule: one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "advisory/read.h"
#include "catalog/catalog.h"
#include "catalog/search.h"
#include "compat/compat.h"
#include "match/examine.h"
#include "match/match.h"
#include "store/store.h"

namespace weir::compat {

inline constexpr std::size_t kMostRules = 100'000;   // kept at one desk; about a kilobyte each
inline constexpr std::size_t kMostAbouts = 100'000;  // titles kept at one desk

class Desk {
 public:
  Desk();
  ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  /// From now on this snapshot is asked, until the next call. What was kept of records as they were
  /// at another time is forgotten. `search` must outlive the questions that search.
  Status turn_to(const store::Tx& tx, const catalog::Search* search = nullptr);

  const store::Tx& tx() const { return *tx_; }
  const catalog::Search& search() const;
  match::Matcher& matcher() { return *matcher_; }
  /// As compat::describe(), kept.
  match::Describe describe();
  Result<std::string> bytes(catalog::VersionId version) { return texts_.of(*tx_, version); }
  advisory::Reader& reader() { return reader_; }

 private:
  const store::Tx* tx_ = nullptr;
  const catalog::Search* search_ = nullptr;
  catalog::VersionId newest_ = -1;  // when what is kept was made
  std::unique_ptr<match::Matcher> matcher_;
  std::map<std::pair<advisory::Source, std::string>, match::About> abouts_;
  catalog::Texts texts_;
  advisory::Reader reader_;
};

}  // namespace weir::compat
