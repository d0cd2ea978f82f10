// What has been asked before: a client that never heard the answer asks again and gets the first
// outcome, not a second one.
//
// A row is found by (actor, route, the client's key), and holds the hash of the body and a
// reference to the outcome, never a body and never an answer: whoever replays renders the answer
// anew and asks the gate again. Without a key from the client the body's hash stands in for it.
// Rows live for kKept; then the same request is a new one.
//
// find() and remember() belong into the transaction of the command itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "store/store.h"

namespace weir::store::idempotency {

inline constexpr Duration kKept = std::chrono::hours(7 * 24);  // design.md 2
inline constexpr std::int64_t kMostPurged = 1'000;             // rows in one purge()

extern const Migration kMigration;

struct Request {
  std::string_view actor;
  std::string_view route;  // method and path pattern
  std::string_view key;    // the client's own; may be empty
  Digest body;             // the hash of the request's body
};

/// The reference that remember() was given for this request, or nothing if it is new. `conflict` if
/// the key came with another body.
Result<std::optional<std::string>> find(const Tx& tx, const Request& request, Instant now);

/// `conflict` if the request is remembered already.
Status remember(Tx& tx, const Request& request, std::string_view outcome, Instant now);

/// Removes rows that are older than kKept and says how many: kMostPurged means call again.
Result<std::int64_t> purge(Tx& tx, Instant now);

}  // namespace weir::store::idempotency
