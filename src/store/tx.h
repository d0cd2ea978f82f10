// A transaction and how SQL is run in it: statements with parameters, rows as they come.
//
// Thread rule: a Tx belongs to the callback or holder that was given it (store.h).
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/result.h"

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
  /// Of a column `packed(x)`, an aggregate of ours: x of all rows, in the order in which they come.
  /// Many rows of one integer cost less so. Never stored: it is in this machine's order.
  std::vector<std::int64_t> integers(int column) const;

 private:
  friend class Connection;
  explicit Row(void* statement) : statement_(statement) {}
  void* statement_;
};

/// Tells transactions apart, in one run of the process. A command that is run again is another one.
enum class TransactionId : std::uint64_t {};

class Connection;  // one SQLite handle with its cache of prepared statements (connection.h)

/// A transaction: reads see one snapshot; writes exist only on the writer.
class Tx {
 public:
  /// Runs a statement that gives no rows. A broken constraint is `conflict`; a full or read-only
  /// disk is `unavailable`; a malformed file is `corrupt`.
  Status run(std::string_view sql, std::initializer_list<Param> params = {});
  /// Runs an INSERT of one row and gives its INTEGER PRIMARY KEY.
  Result<std::int64_t> insert(std::string_view sql, std::initializer_list<Param> params);
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
  TransactionId id() const { return id_; }

 private:
  friend class Db;
  friend class ReadTx;
  friend class Connection;
  explicit Tx(Connection& connection);
  Connection* connection_;
  TransactionId id_;
};

}  // namespace weir::store
