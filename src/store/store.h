// The store: one SQLite file behind Db and Tx, and the one write path.
//
//   Db::submit(apply)  runs `apply` on the writer inside a savepoint, together with whatever else
//   is
//                      queued; calls the before-commit hook once for the batch; commits with full
//                      sync; only then answers. What comes back is Committed<T>: a value of that
//                      type cannot exist unless the transaction that made it is durable.
//   Db::read()         a snapshot for reading, from a pool.
//
// Invariants:
//   1. Nothing is acknowledged before the sync that makes it durable has returned.
//   2. A command whose `apply` fails leaves no trace; the others of its batch are not touched.
//   3. If a commit fails, every command of the batch fails with `unavailable` (`corrupt` if the
//   file
//      is), also those that `apply` had refused, for they may have seen what is now undone; and the
//      writer re-opens the database before the next batch: nothing in memory is trusted. A failed
//      sync poisons the Db: from then on every write is refused until the process restarts.
//   4. A schema newer than the program, or an old migration whose text has changed, is refused.
//   5. Disk full or read-only: writes answer `unavailable` and say so; reads go on.
//
// Thread rule: Db may be used from any thread. Tx belongs to the callback or holder that was given
// it. With Options::window absent there is no writer thread: submit() commits on the caller's
// thread (command line, simulation), one at a time.
//
// Constraints are immediate: a deferred one would fail the whole batch at its commit.
//
// SQL is the interface (tx.h): queries are named constants beside their one use, with $1, $2 bound
// by position in the parameter list. Times are integer milliseconds UTC. Tables are STRICT. Start
// with store_test.cc.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/tx.h"

namespace weir::store {

/// A T whose transaction is durable. Only Db makes one. What is only worth something in its own
/// transaction (an access) notes Tx::id(), and whoever takes it holds that against made_by().
template <class T>
class Committed {
 public:
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }
  TransactionId made_by() const { return made_by_; }

  /// A member of it, or the elements of a vector: as durable as the whole.
  template <class U, std::same_as<T> Whole>
  Committed<U> part(U Whole::* member) const {
    return Committed<U>(value_.*member, made_by_);
  }
  auto elements() const {
    std::vector<Committed<typename T::value_type>> all;
    for (const auto& element : value_) {
      all.push_back(Committed<typename T::value_type>(element, made_by_));
    }
    return all;
  }

 private:
  friend class Db;
  template <class U>
  friend class Committed;
  Committed(T value, TransactionId made_by) : value_(std::move(value)), made_by_(made_by) {}
  T value_;
  TransactionId made_by_;
};

/// One step of the schema, forward only, named like "0007-add-embargo". The list is append-only.
struct Migration {
  std::string_view name;
  std::string_view sql;
};

struct Options {
  std::string path;
  /// How long the writer waits for more commands before it commits a batch. Absent: no writer
  /// thread, every submit commits by itself.
  std::optional<Duration> window{};
  std::string vfs{};                    // an SQLite VFS by name (tests); empty: the system's
  std::vector<Migration> migrations{};  // applied at open, each in its own transaction
  /// What is done about missing migrations. refuse: `conflict`, so that a person decides when;
  /// leave: the schema stays as it is, for copies (only what it knows may be asked).
  enum class Upgrade { apply, refuse, leave } upgrade = Upgrade::apply;
  enum class Open { existing, create } open = Open::existing;
  /// exclusive (tests, simulation; without window): no shared memory, so one connection for all;
  /// several ReadTx may be held, but none during a submit.
  enum class Wal { shared, exclusive } wal = Wal::shared;
  /// relaxed: for what can be built again. The newest commits may be lost with the power; breaks
  /// invariant 1 and nothing else.
  enum class Sync { full, relaxed } sync = Sync::full;
  int cache_kib = 16 * 1'024;  // of pages, per connection; a bulk load wants its indexes in memory
  std::atomic<std::uint64_t>* statements = nullptr;  // counts those that are run (tests)
  bool secure_delete = false;  // overwrite what is deleted; rollback journal instead of WAL
};

inline constexpr std::size_t kMostReaders = 64;     // connections kept open for reading
inline constexpr std::size_t kMostQueued = 65'536;  // commands waiting; more are `unavailable`
inline constexpr std::size_t kMostBatch = 16'384;   // commands in one commit

/// A consistent copy of the database at Options::path, which other processes may use and write
/// meanwhile; otherwise as Db::copy_to().
Status copy_database(const Options& options, const std::string& to);
/// Which of Options::migrations are missing. Errors as Db::open().
Result<std::vector<std::string>> missing_migrations(const Options& options);

class Db;

/// A snapshot for reading. Returns its connection to the pool when destroyed; the Db outlives it.
class ReadTx {
 public:
  ReadTx(ReadTx&&) noexcept;
  ReadTx& operator=(ReadTx&&) = delete;
  ~ReadTx();
  const Tx* operator->() const { return &tx_; }
  const Tx& operator*() const { return tx_; }

 private:
  friend class Db;
  ReadTx(Db& db, Connection& connection) : db_(&db), tx_(connection) {}
  Db* db_;  // null once moved away
  Tx tx_;
};

class Db {
 public:
  /// Opens (or, with Open::create, makes) the database and brings it to the newest schema.
  /// `not_found` if it is absent, `conflict` if it exists already with Open::create, `invalid` for
  /// a schema that is newer or was changed, `corrupt` for a broken file or one without a schema (a
  /// creation that did not finish).
  static Result<std::unique_ptr<Db>> open(Options options);
  ~Db();  // waits for queued commands to finish

  /// Called on the writer after the commands of a batch and before its commit, unless all of them
  /// failed; its failure is the failure of every command of the batch. Set once, before the first
  /// submit.
  void set_before_commit(std::function<Status(Tx&)> hook);

  /// See the top. `apply` is Result<T>(Tx&); it does no I/O of its own and no heavy work. It may be
  /// run again when the batch it stood in failed, so it must not move its captures away.
  template <class F>
  auto submit(F apply) -> Result<Committed<typename std::invoke_result_t<F, Tx&>::value_type>> {
    using T = typename std::invoke_result_t<F, Tx&>::value_type;
    std::optional<T> made;
    TransactionId made_by{};
    TRY(execute([&](Tx& tx) -> Status {
      made_by = tx.id();
      auto result = apply(tx);
      if (!result) {
        return std::unexpected(std::move(result).error());
      }
      made.emplace(std::move(*result));
      return {};
    }));
    return Committed<T>(std::move(*made), made_by);
  }
  /// `prepare` runs here, on the caller's thread (parsing, encryption); `apply(Tx&, const P&)` on
  /// the writer.
  template <class P, class F>
  auto submit(P prepare, F apply) {
    using Prepared = typename std::invoke_result_t<P>::value_type;
    using T = typename std::invoke_result_t<F, Tx&, const Prepared&>::value_type;
    auto prepared = prepare();
    if (!prepared) {
      return Result<Committed<T>>(std::unexpected(std::move(prepared).error()));
    }
    return submit([&](Tx& tx) { return apply(tx, *prepared); });
  }
  /// For commands without an outcome.
  Status execute(const std::function<Status(Tx&)>& apply);

  /// With `most`, its statements fail with `unavailable` from then on, also the one that runs.
  Result<ReadTx> read(std::optional<Duration> most = {});
  /// Until allow_reads() every read, new or under way, fails with `unavailable`: a process that is
  /// to end does not wait for a long query. Writes go on. Without effect on Wal::exclusive, as is
  /// `most`.
  void interrupt_reads();
  void allow_reads();

  /// Moves the write-ahead log into the file as far as open snapshots allow, beside the writer. The
  /// writer does it too when it has been idle for a while, or when the log has grown large.
  Status checkpoint();
  /// A consistent copy of the database at `path`, made while others write, synced before this
  /// returns. `conflict` if there is something at `path`.
  Status copy_to(const std::string& path);

 private:
  class Impl;
  friend class ReadTx;
  explicit Db(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::store
