// public.db as watch lists ask it: what has changed since, and what concerns an item now.
//
// Between begin() and end() everything is answered from one snapshot. It has a connection of its
// own: what lists hold keeps nothing in memory that public answers are made of, and is counted in
// nothing that the public sees.
//
// Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/changed.h"
#include "match/suppress.h"
#include "watch/finding.h"

namespace weir::watch {

inline constexpr std::size_t kMostRules = 50'000;  // kept of one snapshot; about a kilobyte each

/// How far somebody has followed: in which feed (public.db made anew is another), up to which
/// version of a record, after which import.
struct Position {
  std::string feed;  // empty: nothing has been imported
  catalog::VersionId version = 0;
  std::int64_t run = -1;
  bool operator==(const Position&) const = default;
};

class Records {
 public:
  /// Of the file at `path`, whether it is there yet or not.
  explicit Records(std::string path);
  ~Records();
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;

  /// Takes a snapshot. `not_found` while there is no file. A file that is moved away and made anew
  /// is seen by the next begin().
  Status begin();
  void end();
  /// The same, and nothing is kept in memory for the next time.
  void rest();

  // Only after begin():
  const Position& newest() const;
  /// As catalog::changed_since().
  Result<std::vector<catalog::Changed>> changed(catalog::VersionId after, std::size_t most);
  /// As catalog::each_likely(), of kLikely and more.
  Status each_likely(const std::function<void(std::string_view cve)>& use);
  /// What concerns the item, one Match for each vulnerability, sorted by ids.
  Result<std::vector<Match>> examine(const Item& item, const match::Statements& statements,
                                     const sbom::Component* root);
  StateOf state_of();
  /// The title of the first of these records that has one.
  Result<std::string> title_of(const std::vector<Evidence>& evidence);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace weir::watch
