#include <cstring>
#include <vector>

#include <sqlite3.h>

#include "store/connection.h"

namespace weir::store {
namespace {

using Integers = std::vector<std::int64_t>;

Integers** integers_of(sqlite3_context* context, int bytes) {
  return static_cast<Integers**>(sqlite3_aggregate_context(context, bytes));
}

void take(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  Integers** place = integers_of(context, sizeof(Integers*));
  if (place == nullptr) {
    sqlite3_result_error_nomem(context);
    return;
  }
  if (*place == nullptr) {
    *place = std::make_unique<Integers>().release();
  }
  (*place)->push_back(sqlite3_value_int64(values[0]));
}

/// SQLite calls it once for each take(), also when a query is broken off.
void finish(sqlite3_context* context) {
  Integers** place = integers_of(context, 0);
  const std::unique_ptr<Integers> all(place != nullptr ? *place : nullptr);
  if (!all) {
    sqlite3_result_blob(context, "", 0, SQLITE_STATIC);
    return;
  }
  sqlite3_result_blob64(context, all->data(), all->size() * sizeof(std::int64_t), SQLITE_TRANSIENT);
}

}  // namespace

std::vector<std::int64_t> Row::integers(int column) const {
  const std::string bytes = blob(column);
  std::vector<std::int64_t> all(bytes.size() / sizeof(std::int64_t));
  if (!bytes.empty()) {
    std::memcpy(all.data(), bytes.data(), all.size() * sizeof(std::int64_t));
  }
  return all;
}

Status Connection::add_packed() {
  const int code = sqlite3_create_function_v2(
      handle_, "packed", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, nullptr,
      nullptr, take, finish, nullptr);
  if (code != SQLITE_OK) {
    return failure(code);
  }
  return {};
}

}  // namespace weir::store
