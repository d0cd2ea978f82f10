// One SQLite handle with its prepared statements: the only place that calls SQLite. Private to
// store.
//
// Every connection: WAL (or, for secure_delete, a truncated rollback journal), full sync, 4 KiB
// pages, foreign keys on, schema not trusted, defensive mode, no extensions. Readers cannot write.
// Log frames reach the file only when checkpoint() says so.
//
// Thread rule: one thread at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/store.h"

struct sqlite3;
struct sqlite3_stmt;

namespace weir::store {

inline constexpr std::chrono::milliseconds kBusyWait{5'000};  // for another process's transaction
inline constexpr std::size_t kMostStatements = 512;           // prepared and kept by a connection
inline constexpr int kStepsBetweenLooks = 10'000;             // of SQLite's machine; under 1 ms
inline constexpr std::string_view kBrokenOff = "this takes too long, or the program is stopping";
inline constexpr int kPageBytes = 4'096;
inline constexpr std::size_t kLargeValue = std::size_t{64} << 10;
inline constexpr std::int64_t kLargeShare = 16;  // of the cache that large values may take: 1/16
inline constexpr std::int64_t kMappedBytes = std::int64_t{1} << 30;    // readers map this much
inline constexpr std::int64_t kKeptLogBytes = std::int64_t{64} << 20;  // a reset log shrinks to it

class Connection {
 public:
  enum class Role { writer, reader };

  /// Opens what is there; only Role::writer with Options::Open::create makes a file. `not_found`,
  /// `conflict`, `corrupt`, `unavailable`.
  static Result<std::unique_ptr<Connection>> open(const Options& options, Role role);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Tx::run.
  Status run(std::string_view sql, std::span<const Param> params = {});
  /// Tx::each.
  Status each(std::string_view sql, std::span<const Param> params,
              const std::function<bool(const Row&)>& row);
  /// Several statements without parameters; their rows are ignored. Wrong SQL is `invalid`.
  Status script(std::string_view sql);

  std::int64_t changes() const;
  /// The INTEGER PRIMARY KEY of the row inserted last.
  std::int64_t last_row() const;
  /// False also when SQLite has ended the transaction by itself (disk full, I/O error).
  bool is_in_transaction() const;
  /// A sync has failed on this connection: what the system's cache holds may not be on the disk.
  bool has_failed_sync() const { return failed_sync_; }
  /// After a commit. Large values (files) fill the cache with pages that nobody reads again soon,
  /// at the cost of all others: when they have taken their share, the cache is given back.
  void let_go_of_large_values();
  /// Of its page cache, in memory.
  std::int64_t cached_bytes() const;
  /// What the last failing statement said.
  const Error& last_error() const { return last_error_; }
  /// The length of the write-ahead log in pages after the last commit, 0 after a checkpoint.
  int log_pages() const { return log_pages_; }

  /// Moves log frames that no snapshot needs into the file. One that is under way elsewhere is
  /// success.
  Status checkpoint();
  /// At open. Moves the whole log into the file and cuts it to nothing, unless others use it or the
  /// disk is full; fails on a failed sync only. If the last process ended on a failed sync, parts
  /// of the log, even its first bytes, may be in the system's cache and not on the disk, where no
  /// sync would bring them any more: nothing may be appended to such a log.
  Status restart_log();
  /// From now on nothing is written, not even by the destructor.
  void distrust();
  /// From now on statements end with `unavailable` while `interrupted`, which must outlive this, is
  /// set, and once `deadline` has passed.
  void watch(const std::atomic<bool>& interrupted, std::chrono::steady_clock::time_point deadline);
  /// Copies everything to a new file at `path`, on the same VFS. `conflict` if there is one.
  Status copy_to(const std::string& path) const;

  static Tx transaction(Connection& connection) { return Tx(connection); }

 private:
  struct Statement;
  class Lease;

  Connection(sqlite3* handle, std::string vfs);
  Status configure(const Options& options, Role role);
  /// The aggregate packed() of SQL (Row::integers).
  Status add_packed();
  Result<std::unique_ptr<Statement>> prepare(std::string_view sql);
  Result<Lease> lease(std::string_view sql);
  Status bind(const Statement& statement, std::span<const Param> params);
  Status step(std::string_view sql, std::span<const Param> params,
              const std::function<bool(const Row&)>* row);
  std::unexpected<Error> failure(int code);
  bool must_stop() const {
    return interrupted_ != nullptr &&
           (*interrupted_ || std::chrono::steady_clock::now() > deadline_);
  }

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  sqlite3* handle_;
  std::string vfs_;
  std::unordered_map<std::string, std::unique_ptr<Statement>, Hash, std::equal_to<>> statements_;
  Error last_error_{Code::unavailable, "", ""};
  bool failed_sync_ = false;
  int log_pages_ = 0;
  std::atomic<std::uint64_t>* count_ = nullptr;  // Options::statements
  const std::atomic<bool>* interrupted_ = nullptr;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  std::int64_t large_bytes_ = 0;  // of large values since the cache was given back
  std::int64_t most_large_bytes_ = 0;
};

/// True if there is a file at `path` on the VFS `vfs` (empty: the system's).
Result<bool> file_exists(const std::string& path, const std::string& vfs);

}  // namespace weir::store
