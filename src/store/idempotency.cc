#include "store/idempotency.h"

#include "base/bytes.h"

namespace weir::store::idempotency {

const Migration kMigration{"store-0001-idempotency", R"(
  CREATE TABLE idempotency (
    scope BLOB PRIMARY KEY CHECK (length(scope) = 32),
    body BLOB NOT NULL CHECK (length(body) = 32),
    outcome TEXT NOT NULL,
    stored_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX idempotency_by_age ON idempotency (stored_at_ms);
)"};

namespace {

constexpr std::string_view kFind =
    "SELECT body, outcome FROM idempotency WHERE scope = $1 AND stored_at_ms > $2";
// What has expired but was not purged yet makes room for the new row.
constexpr std::string_view kRemember = R"(
  INSERT INTO idempotency (scope, body, outcome, stored_at_ms) VALUES ($1, $2, $3, $4)
  ON CONFLICT (scope) DO UPDATE
  SET body = excluded.body, outcome = excluded.outcome, stored_at_ms = excluded.stored_at_ms
  WHERE idempotency.stored_at_ms <= $5)";
constexpr std::string_view kPurge = R"(
  DELETE FROM idempotency WHERE scope IN
    (SELECT scope FROM idempotency WHERE stored_at_ms <= $1 ORDER BY stored_at_ms LIMIT $2))";

/// Stored. Lengths keep ("ab", "c") and ("a", "bc") apart.
Digest scope_of(const Request& request) {
  const std::string_view key = request.key.empty() ? request.body.view() : request.key;
  Sha256 hash;
  hash.add(request.key.empty() ? "weir/idempotency/body/v1" : "weir/idempotency/key/v1");
  for (const std::string_view part : {request.actor, request.route, key}) {
    hash.add(big_endian_64(part.size())).add(part);
  }
  return hash.finish();
}

}  // namespace

Result<std::optional<std::string>> find(const Tx& tx, const Request& request, Instant now) {
  struct Found {
    std::string body;
    std::string outcome;
  };
  const Digest scope = scope_of(request);
  auto found = TRY(tx.one(kFind, {Blob{scope.view()}, (now - kKept).ms},
                          [](const Row& row) { return Found{row.blob(0), row.text(1)}; }));
  if (!found) {
    return std::nullopt;
  }
  if (found->body != request.body.view()) {
    return fail(Code::conflict, "this idempotency key came with another request before");
  }
  return std::move(found->outcome);
}

Status remember(Tx& tx, const Request& request, std::string_view outcome, Instant now) {
  const Digest scope = scope_of(request);
  TRY(tx.run(kRemember,
             {Blob{scope.view()}, Blob{request.body.view()}, outcome, now.ms, (now - kKept).ms}));
  if (tx.changes() == 0) {
    return fail(Code::conflict, "this request has an outcome already");
  }
  return {};
}

Result<std::int64_t> purge(Tx& tx, Instant now) {
  TRY(tx.run(kPurge, {(now - kKept).ms, kMostPurged}));
  return tx.changes();
}

}  // namespace weir::store::idempotency
