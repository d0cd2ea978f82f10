// Jobs: what the outbox holds is sent when it is due, with retries and back-off (store/outbox.h).
//
//   run_due()       one round: the server's loop calls it, and `weir jobs run` for a cron
//   sign_webhook()  the heads of Standard Webhooks 1.0.0
//
// Each message goes to the sender of its kind, outside of any transaction; then, in one
// transaction, it is taken off the outbox together with what the sender wants to change, or put
// back with what went wrong. A crash in between sends it again, under the same id.
//
// Thread rule: one round at a time for one store.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/time.h"
#include "store/outbox.h"

namespace weir::jobs {

inline constexpr std::int64_t kMostInARound = 200;

/// What is changed in the transaction that takes a sent message away.
using Settle = std::function<Status(store::Tx&)>;
/// Sends, and says how to settle it; an error puts the message back. Its text is kept and shown to
/// administrators, so it holds no secret and nothing of a case.
using Send = std::function<Result<Settle>(const store::outbox::Message&)>;
using Senders = std::map<std::string, Send, std::less<>>;

struct Round {
  std::int64_t sent = 0;
  std::int64_t failed = 0;  // tried again later, or given up
};
/// What is due at `now`, the longest due first, at most kMostInARound. A kind without a sender is a
/// failure like any other.
Result<Round> run_due(store::Db& db, const Senders& senders, Instant now);

/// webhook-id, webhook-timestamp and webhook-signature, as fields of a header. The receiver
/// computes HMAC-SHA-256 over "id.timestamp.body" under the secret, and knows repeats by the id.
struct Hook {
  std::string id;
  Instant at;
  std::string body;
};
std::vector<std::pair<std::string, std::string>> sign_webhook(const Secret& secret,
                                                              const Hook& hook);

}  // namespace weir::jobs
