// Brings a database to the newest schema. Private to store.
//
// Each applied migration has a row in schema_migration: its place in the list, its name, the
// SHA-256 of its SQL. The list only grows; the database must be a prefix of it.
#pragma once

#include <span>

#include "store/connection.h"

namespace weir::store {

/// Applies what is missing, each migration in its own transaction with its row. `invalid` if the
/// database is newer than the list or an applied migration is not the list's; `corrupt` if `open`
/// is existing and there is no schema at all. Two processes may do this at once. With
/// Upgrade::refuse something missing is `conflict`, with Upgrade::leave it stays missing.
Status migrate(Connection& connection, std::span<const Migration> list, Options::Open open,
               Options::Upgrade upgrade);

/// Names of those of `list` that are not applied. Errors as above, for an existing database.
Result<std::vector<std::string>> missing(Connection& connection, std::span<const Migration> list);

}  // namespace weir::store
