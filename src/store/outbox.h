// What is still to be done outside (mail, webhooks, pushes, publication), as rows written in the
// transaction of the act that causes it. Jobs send what is due, and say how it went.
//
//   waiting ──done()──▶ gone
//      │ retry(): later, each time twice as long, up to kLongestBackOff
//      └──after kMostAttempts──▶ dead ──revive()──▶ waiting
//
// A message is sent at least once: a power cut between sending and done() sends it again, so
// whoever receives it must know it by its id.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace weir::store::outbox {

inline constexpr Duration kFirstBackOff = std::chrono::seconds(30);
inline constexpr Duration kLongestBackOff = std::chrono::hours(6);
inline constexpr std::int64_t kMostAttempts = 20;             // some two and a half days
inline constexpr std::size_t kMostPayloadBytes = 64 * 1'024;  // larger things are referred to
inline constexpr std::size_t kMostErrorBytes = 500;           // of last_error; the rest is cut

extern const Migration kMigration;

struct Message {
  std::int64_t id;      // never used twice
  std::string kind;     // which sender takes it
  std::string payload;  // what that sender needs; references rather than content
  Instant due_at;
  std::int64_t attempts;   // that failed
  std::string last_error;  // of the last attempt; empty before
  bool operator==(const Message&) const = default;
};

/// The message's id. `invalid` if the payload is larger than kMostPayloadBytes.
Result<std::int64_t> enqueue(Tx& tx, std::string_view kind, std::string_view payload,
                             Instant due_at);

/// What waits and is due at `now`, the longest due first, at most `limit`.
Result<std::vector<Message>> due(const Tx& tx, Instant now, std::int64_t limit);

/// It was sent: the row goes. `not_found` if it does not wait.
Status done(Tx& tx, std::int64_t id);

/// The attempt failed: it is due again after back_off(), or dead. `not_found` if it does not wait.
Status retry(Tx& tx, std::int64_t id, Instant now, std::string_view error);

/// The pause after the `attempts`-th failed attempt, counted from 1.
Duration back_off(std::int64_t attempts);

/// What was given up, the newest first, at most `limit`.
Result<std::vector<Message>> dead(const Tx& tx, std::int64_t limit);

/// A dead message is due at `now`, with all its attempts before it. `not_found` if it is not dead.
Status revive(Tx& tx, std::int64_t id, Instant now);

}  // namespace weir::store::outbox
