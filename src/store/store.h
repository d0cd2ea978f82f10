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
// SQL is the interface: queries are named constants beside their one use, with $1, $2 bound by
// position in the parameter list. Times are integer milliseconds UTC. Tables are STRICT.
// Start with store_test.cc.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::store {

/// What a parameter may be. Text and blobs are borrowed for the call.
struct Blob {
  std::string_view bytes;
};
using Param = std::variant<std::nullptr_t, std::int64_t, std::string_view, Blob>;

/// The current row of a query, valid inside the callback. Columns are numbered from 0. Reading a
/// column as the wrong type is a bug of ours.
class Row {
 public:
  std::int64_t integer(int column) const;
  std::string text(int column) const;
  std::string blob(int column) const;
  bool is_null(int column) const;

 private:
  friend class Connection;
  explicit Row(void* statement) : statement_(statement) {}
  void* statement_;
};

class Connection;  // one SQLite handle with its cache of prepared statements (connection.h)

/// A transaction: reads see one snapshot; writes exist only on the writer.
class Tx {
 public:
  /// Runs a statement that gives no rows. A broken constraint is `conflict`; a full or read-only
  /// disk is `unavailable`; a malformed file is `corrupt`.
  Status run(std::string_view sql, std::initializer_list<Param> params = {});
  /// Calls `row` for each row, in order, until it returns false.
  Status each(std::string_view sql, std::initializer_list<Param> params,
              const std::function<bool(const Row&)>& row) const;
  /// The value that `map` makes of the first row, or nothing if there is none.
  template <class F>
  auto one(std::string_view sql, std::initializer_list<Param> params, F map) const
      -> Result<std::optional<std::invoke_result_t<F, const Row&>>> {
    std::optional<std::invoke_result_t<F, const Row&>> out;
    TRY(each(sql, params, [&](const Row& row) {
      out.emplace(map(row));
      return false;
    }));
    return out;
  }
  /// One value for each row.
  template <class F>
  auto all(std::string_view sql, std::initializer_list<Param> params, F map) const
      -> Result<std::vector<std::invoke_result_t<F, const Row&>>> {
    std::vector<std::invoke_result_t<F, const Row&>> out;
    TRY(each(sql, params, [&](const Row& row) {
      out.push_back(map(row));
      return true;
    }));
    return out;
  }
  /// Rows changed by the last run().
  std::int64_t changes() const;

 private:
  friend class Db;
  friend class ReadTx;
  friend class Connection;
  explicit Tx(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

/// A T whose transaction is durable. Only Db makes one.
template <class T>
class Committed {
 public:
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

  /// A member of it, or the elements of a vector: as durable as the whole.
  template <class U, std::same_as<T> Whole>
  Committed<U> part(U Whole::* member) const {
    return Committed<U>(value_.*member);
  }
  auto elements() const {
    std::vector<Committed<typename T::value_type>> all;
    for (const auto& element : value_) {
      all.push_back(Committed<typename T::value_type>(element));
    }
    return all;
  }

 private:
  friend class Db;
  template <class U>
  friend class Committed;
  explicit Committed(T value) : value_(std::move(value)) {}
  T value_;
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
  enum class Open { existing, create } open = Open::existing;
  /// exclusive (tests, simulation; without window): no shared memory, so one connection for all;
  /// several ReadTx may be held, but none during a submit.
  enum class Wal { shared, exclusive } wal = Wal::shared;
  /// relaxed: for what can be built again. The newest commits may be lost with the power; breaks
  /// invariant 1 and nothing else.
  enum class Sync { full, relaxed } sync = Sync::full;
  bool secure_delete = false;  // overwrite what is deleted; rollback journal instead of WAL
};

inline constexpr std::size_t kMostReaders = 8;      // connections kept open for reading
inline constexpr std::size_t kMostQueued = 65'536;  // commands waiting; more are `unavailable`
inline constexpr std::size_t kMostBatch = 16'384;   // commands in one commit

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
    TRY(execute([&](Tx& tx) -> Status {
      auto result = apply(tx);
      if (!result) {
        return std::unexpected(std::move(result).error());
      }
      made.emplace(std::move(*result));
      return {};
    }));
    return Committed<T>(std::move(*made));
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

  Result<ReadTx> read();

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
