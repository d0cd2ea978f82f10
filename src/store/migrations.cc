#include "store/migrations.h"

#include <set>

#include <fmt/format.h>

#include "base/digest.h"

namespace weir::store {

namespace {

constexpr std::string_view kTable = R"(
  CREATE TABLE IF NOT EXISTS schema_migration (
    position INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32)
  ) STRICT)";

struct Applied {
  std::string name;
  std::string sha256;
};

Result<bool> has_table(Connection& connection) {
  bool found = false;
  TRY(
      connection.each("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = "
                      "'schema_migration'",
                      {}, [&](const Row&) {
                        found = true;
                        return false;
                      }));
  return found;
}

Result<std::vector<Applied>> load_applied(Connection& connection) {
  std::vector<Applied> applied;
  TRY(connection.each("SELECT name, sha256 FROM schema_migration ORDER BY position", {},
                      [&](const Row& row) {
                        applied.push_back({row.text(0), row.blob(1)});
                        return true;
                      }));
  return applied;
}

Status compare(std::span<const Applied> applied, std::span<const Migration> list) {
  for (std::size_t i = 0; i < applied.size(); ++i) {
    if (i >= list.size()) {
      return fail(
          Code::invalid,
          fmt::format("the database is newer than this program, which does not know its "
                      "migration {}: run the newer release, or restore a backup from before "
                      "the upgrade",
                      applied[i].name));
    }
    if (applied[i].name != list[i].name) {
      return fail(
          Code::invalid,
          fmt::format("the database has the migration {} where this program has {}: run the "
                      "release that made this database, or a newer one",
                      applied[i].name, list[i].name));
    }
    if (applied[i].sha256 != sha256(list[i].sql).view()) {
      return fail(Code::invalid,
                  fmt::format("the migration {} is not the one that was applied to this database: "
                              "applied migrations never change; put its old text back and write a "
                              "new migration",
                              applied[i].name));
    }
  }
  return {};
}

/// In a transaction that the caller ends.
Status apply(Connection& connection, const Migration& migration, std::size_t position) {
  Status status = connection.script(migration.sql);
  if (!status) {
    return fail(status.error().code, status.error().message, std::string(migration.name));
  }
  CHECK(connection.is_in_transaction());  // a migration neither begins nor commits
  const Digest digest = sha256(migration.sql);
  const Param row[] = {static_cast<std::int64_t>(position), migration.name, Blob{digest.view()}};
  return connection.run("INSERT INTO schema_migration (position, name, sha256) VALUES ($1, $2, $3)",
                        row);
}

/// Applies the next missing migration; false if none is missing. What is applied is read inside the
/// transaction, because another process may have been faster.
Result<bool> apply_next(Connection& connection, std::span<const Migration> list) {
  const std::vector<Applied> applied = TRY(load_applied(connection));
  TRY(compare(applied, list));
  if (applied.size() == list.size()) {
    return false;
  }
  TRY(apply(connection, list[applied.size()], applied.size()));
  return true;
}

std::unexpected<Error> no_schema() {
  return fail(Code::corrupt,
              "the file holds no schema: its creation did not finish, or its content is gone; if "
              "it is new, remove it and create it again, otherwise restore a backup");
}

std::unexpected<Error> too_old(std::size_t missing) {
  return fail(Code::conflict,
              fmt::format("the database is older than this program by {} migration{}: run `weir "
                          "migrate`, which takes a backup first",
                          missing, missing == 1 ? "" : "s"));
}

}  // namespace

Result<std::vector<std::string>> missing(Connection& connection, std::span<const Migration> list) {
  if (!TRY(has_table(connection))) {
    return no_schema();
  }
  const std::vector<Applied> applied = TRY(load_applied(connection));
  TRY(compare(applied, list));
  std::vector<std::string> names;
  for (const Migration& migration : list.subspan(applied.size())) {
    names.emplace_back(migration.name);
  }
  return names;
}

Status migrate(Connection& connection, std::span<const Migration> list, Options::Open open,
               Options::Upgrade upgrade) {
  std::set<std::string_view> names;
  for (const Migration& migration : list) {
    CHECK(names.insert(migration.name).second);
  }
  if (!TRY(has_table(connection))) {
    if (open == Options::Open::existing) {
      return no_schema();
    }
    TRY(connection.run(kTable));
  }
  const std::vector<Applied> applied = TRY(load_applied(connection));
  TRY(compare(applied, list));
  if (applied.size() < list.size() && open == Options::Open::existing &&
      upgrade != Options::Upgrade::apply) {
    return upgrade == Options::Upgrade::leave ? Status() : too_old(list.size() - applied.size());
  }
  for (bool is_missing = applied.size() < list.size(); is_missing;) {
    TRY(connection.run("BEGIN IMMEDIATE"));
    auto next = apply_next(connection, list);
    if (!next) {
      if (connection.is_in_transaction()) {
        TRY(connection.run("ROLLBACK"));
      }
      return std::unexpected(std::move(next).error());
    }
    TRY(connection.run("COMMIT"));
    is_missing = *next;
  }
  return {};
}

}  // namespace weir::store
