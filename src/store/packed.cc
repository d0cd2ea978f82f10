#include <cstring>

#include <sqlite3.h>

#include "store/connection.h"

namespace weir::store {
namespace {

sqlite3_str** bytes_of(sqlite3_context* context, int size) {
  return static_cast<sqlite3_str**>(sqlite3_aggregate_context(context, size));
}

void take(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  sqlite3_str** bytes = bytes_of(context, sizeof(sqlite3_str*));
  if (bytes == nullptr) {
    sqlite3_result_error_nomem(context);
    return;
  }
  if (*bytes == nullptr) {
    *bytes = sqlite3_str_new(sqlite3_context_db_handle(context));
  }
  const std::int64_t value = sqlite3_value_int64(values[0]);
  sqlite3_str_append(*bytes, reinterpret_cast<const char*>(&value), sizeof(value));
}

/// SQLite calls it once for each first take(), also when a query is broken off.
void finish(sqlite3_context* context) {
  sqlite3_str** bytes = bytes_of(context, 0);
  if (bytes == nullptr || *bytes == nullptr) {
    sqlite3_result_zeroblob(context, 0);
    return;
  }
  const int failed = sqlite3_str_errcode(*bytes);
  const int size = sqlite3_str_length(*bytes);
  char* all = sqlite3_str_finish(*bytes);
  if (failed != SQLITE_OK) {
    sqlite3_free(all);
    sqlite3_result_error_code(context, failed);
    return;
  }
  sqlite3_result_blob(context, all, size, sqlite3_free);
}

}  // namespace

std::vector<std::int64_t> Row::integers(int column) const {
  auto* statement = static_cast<sqlite3_stmt*>(statement_);
  CHECK(sqlite3_column_type(statement, column) == SQLITE_BLOB);
  const void* bytes = sqlite3_column_blob(statement, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  std::vector<std::int64_t> all(size / sizeof(std::int64_t));
  if (!all.empty()) {
    std::memcpy(all.data(), bytes, size);
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
