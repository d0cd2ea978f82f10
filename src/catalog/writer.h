// The second thread of an import: batches become rows. Private to catalog.
//
// It keeps what it has looked up (packages, terms), which can only be wrong if a batch was undone;
// then it forgets everything.
//
// Thread rule: one thread.
#pragma once

#include <array>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "catalog/heads.h"
#include "catalog/prepared.h"
#include "store/store.h"

namespace weir::catalog {

inline constexpr std::size_t kMostRejects = 10'000;    // of one run are kept; all are counted
inline constexpr std::size_t kMostCached = 2'000'000;  // of packages and of terms

/// A transaction holds this share of the records that there are, or one batch: in a large database
/// nearly each name of a batch is a page of its own in the indexes, which many batches write once.
inline constexpr std::int64_t kTogether = 16;

struct Counts {
  std::uint64_t records = 0;  // all below together
  std::uint64_t added = 0;
  std::uint64_t changed = 0;
  std::uint64_t removed = 0;
  std::uint64_t older = 0;      // kept as history
  std::uint64_t unchanged = 0;  // had come in before
  std::uint64_t rejected = 0;
  bool operator==(const Counts&) const = default;
};

/// What a record is before a batch changes it.
struct Current;
/// How a CVE is listed at present.
struct Listed;

class Writer {
 public:
  Writer(store::Db& db, const Clock& clock) : db_(&db), clock_(&clock) {}

  /// Another batch, if one is ready; told what has been counted so far.
  using More = std::function<std::optional<Batch>(const Counts&)>;
  /// One transaction: the batch, as many more as it may hold (kTogether), and how far the run has
  /// come.
  Status write(Batch batch, std::int64_t run, Counts& counts, const More& more = {});

 private:
  Status begin(store::Tx& tx);
  Status apply(store::Tx& tx, const Batch& batch, std::int64_t run, Counts& counts);
  Status put(store::Tx& tx, const Prepared& one, Counts& counts);
  Status put_new(store::Tx& tx, const Prepared& one);
  Status put_version(store::Tx& tx, const Prepared& one, const Current& current, Counts& counts);
  Status replace(store::Tx& tx, const Prepared& one, const Current& current);
  Status put_removal(store::Tx& tx, const Prepared& one, Counts& counts);
  Status put_epss(store::Tx& tx, const Batch& batch, Counts& counts);
  Result<std::int64_t> insert_version(store::Tx& tx, const Prepared& one, std::int64_t record);
  Status insert_indexes(store::Tx& tx, const Prepared& one, std::int64_t record,
                        std::int64_t version);
  Status remove_indexes(store::Tx& tx, std::int64_t version);
  Status insert_mentions(store::Tx& tx, const Prepared& one, std::int64_t record,
                         const std::vector<std::string_view>& beyond);
  Status list_cve(store::Tx& tx, const Prepared& one, std::int64_t version,
                  const std::optional<Listed>& known, std::int64_t record);
  Status relist_cve(store::Tx& tx, const Prepared& one);
  Status chain(store::Tx& tx, const Prepared& one, std::int64_t version);
  Status put_head(store::Tx& tx);
  Status put_waiting(store::Tx& tx);
  Status put_lines(store::Tx& tx, const Batch& batch);
  Result<std::int64_t> package(store::Tx& tx, std::string_view key);
  Result<std::int64_t> term(store::Tx& tx, TermKind kind, std::string_view name);

  store::Db* db_;
  const Clock* clock_;
  Instant now_{};
  bool is_clean_ = true;  // what is cached is committed
  std::int64_t last_vulnerability_ = 0;
  std::int64_t last_version_ = 0;
  Head head_{};  // of the feed, so far

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Numbers = std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>>;
  Numbers packages_;
  std::array<Numbers, kTermKinds> terms_;
  bool knows_all_ = false;  // of the packages and terms that there are

  // Rows that wait for the end of the batch: in the order of their keys they cost less.
  std::vector<std::array<std::int64_t, 3>> package_versions_;
  std::vector<std::array<std::int64_t, 2>> cve_terms_;
};

}  // namespace weir::catalog
