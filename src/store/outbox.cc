#include "store/outbox.h"

#include <algorithm>

namespace weir::store::outbox {

// AUTOINCREMENT: receivers know a message by its id, so that of a deleted row must not come back.
const Migration kMigration{"store-0002-outbox", R"(
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'dead')),
    due_at_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    last_error TEXT NOT NULL
  ) STRICT;
  CREATE INDEX outbox_by_due ON outbox (state, due_at_ms, id);
)"};

namespace {

constexpr std::string_view kEnqueue = R"(
  INSERT INTO outbox (kind, payload, state, due_at_ms, attempts, last_error)
  VALUES ($1, $2, 'waiting', $3, 0, '') RETURNING id)";
constexpr std::string_view kDue = R"(
  SELECT id, kind, payload, due_at_ms, attempts, last_error FROM outbox
  WHERE state = 'waiting' AND due_at_ms <= $1 ORDER BY due_at_ms, id LIMIT $2)";
constexpr std::string_view kDead = R"(
  SELECT id, kind, payload, due_at_ms, attempts, last_error FROM outbox
  WHERE state = 'dead' ORDER BY due_at_ms DESC, id DESC LIMIT $1)";
constexpr std::string_view kDone = "DELETE FROM outbox WHERE id = $1 AND state = 'waiting'";
constexpr std::string_view kAttempts =
    "SELECT attempts FROM outbox WHERE id = $1 AND state = 'waiting'";
constexpr std::string_view kRetry = R"(
  UPDATE outbox SET attempts = $2, due_at_ms = $3, last_error = $4, state = $5 WHERE id = $1)";
constexpr std::string_view kRevive = R"(
  UPDATE outbox SET state = 'waiting', attempts = 0, due_at_ms = $2
  WHERE id = $1 AND state = 'dead')";

Message message_of(const Row& row) {
  return {.id = row.integer(0),
          .kind = row.text(1),
          .payload = row.text(2),
          .due_at = {row.integer(3)},
          .attempts = row.integer(4),
          .last_error = row.text(5)};
}

Status expect_one(const Tx& tx) {
  if (tx.changes() == 0) {
    return fail(Code::not_found, "there is no such message");
  }
  return {};
}

/// The start of `text`, not cut inside a UTF-8 character.
std::string_view shortened(std::string_view text) {
  if (text.size() <= kMostErrorBytes) {
    return text;
  }
  std::size_t end = kMostErrorBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return text.substr(0, end);
}

}  // namespace

Result<std::int64_t> enqueue(Tx& tx, std::string_view kind, std::string_view payload,
                             Instant due_at) {
  if (payload.size() > kMostPayloadBytes) {
    return fail(Code::invalid, "the message is too large");
  }
  const auto id = TRY(
      tx.one(kEnqueue, {kind, payload, due_at.ms}, [](const Row& row) { return row.integer(0); }));
  CHECK(id.has_value());
  return *id;
}

Result<std::vector<Message>> due(const Tx& tx, Instant now, std::int64_t limit) {
  return tx.all(kDue, {now.ms, limit}, message_of);
}

Status done(Tx& tx, std::int64_t id) {
  TRY(tx.run(kDone, {id}));
  return expect_one(tx);
}

Status retry(Tx& tx, std::int64_t id, Instant now, std::string_view error) {
  const auto before = TRY(tx.one(kAttempts, {id}, [](const Row& row) { return row.integer(0); }));
  if (!before) {
    return fail(Code::not_found, "there is no such message");
  }
  const std::int64_t attempts = *before + 1;
  const bool is_dead = attempts >= kMostAttempts;
  const Instant due_at = is_dead ? now : now + back_off(attempts);
  return tx.run(kRetry, {id, attempts, due_at.ms, shortened(error),
                         std::string_view(is_dead ? "dead" : "waiting")});
}

Duration back_off(std::int64_t attempts) {
  CHECK(attempts >= 1);
  Duration pause = kFirstBackOff;
  for (std::int64_t i = 1; i < attempts && pause < kLongestBackOff; ++i) {
    pause *= 2;
  }
  return std::min(pause, kLongestBackOff);
}

Result<std::vector<Message>> dead(const Tx& tx, std::int64_t limit) {
  return tx.all(kDead, {limit}, message_of);
}

Status revive(Tx& tx, std::int64_t id, Instant now) {
  TRY(tx.run(kRevive, {id, now.ms}));
  return expect_one(tx);
}

}  // namespace weir::store::outbox
