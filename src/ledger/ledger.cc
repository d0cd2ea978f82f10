#include "ledger/ledger.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "ledger/placed.h"
#include "ledger/rows.h"
#include "merkle/merkle.h"

namespace weir::ledger {
namespace {

constexpr std::string_view kFindKey = "SELECT wrapped FROM ledger_key WHERE id = 1";
constexpr std::string_view kPutKey =
    "INSERT INTO ledger_key (id, wrapped) VALUES (1, $1) "
    "ON CONFLICT DO UPDATE SET wrapped = excluded.wrapped";
constexpr std::string_view kPutStream =
    "INSERT INTO stream (ref, kind, key, key_commit) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kFindStream =
    "SELECT id, kind, ref, key_commit FROM stream WHERE ref = $1";
constexpr std::string_view kNewestStream =
    "SELECT id, kind, ref, key_commit FROM stream WHERE kind = $1 ORDER BY id DESC LIMIT 1";
constexpr std::string_view kStreamKey = "SELECT key FROM stream WHERE id = $1";
constexpr std::string_view kLogs =
    "SELECT origin, vkey, base, carried, size FROM log ORDER BY number";
constexpr std::string_view kNewLeaves =
    "SELECT leaf - 1, tag, commitment FROM event WHERE leaf > $1 ORDER BY leaf";
constexpr std::string_view kPutTile =
    "INSERT INTO tile (level, n, hashes) VALUES ($1, $2, $3) "
    "ON CONFLICT DO UPDATE SET hashes = excluded.hashes";
constexpr std::string_view kPutHead =
    "INSERT INTO log_head (id, size, root) VALUES (1, $1, $2) "
    "ON CONFLICT DO UPDATE SET size = excluded.size, root = excluded.root";
constexpr std::string_view kLastSigned =
    "SELECT size, root FROM checkpoint ORDER BY size DESC LIMIT 1";
constexpr std::string_view kEvents =
    "SELECT leaf - 1, idx, at_ms, type, tag, commitment, body FROM event "
    "WHERE stream = $1 AND idx >= $2 ORDER BY idx";
constexpr std::string_view kCommitmentAt =
    "SELECT commitment FROM event WHERE stream = $1 AND idx = $2";

constexpr std::string_view kLedgerKeyContext = "weir/ledger-key/v1";
constexpr std::string_view kStreamKeyContext = "weir/stream-key-at-rest/v1";

Stream read_stream(const store::Row& row) {
  return {row.integer(0), static_cast<StreamKind>(row.integer(1)), row.text(2), digest_at(row, 3)};
}

std::vector<custody::HashedField> hash_all(const custody::FieldSalts& salts,
                                           const std::vector<custody::Field>& fields) {
  std::vector<custody::HashedField> hashed;
  hashed.reserve(fields.size());
  for (const custody::Field& field : fields) {
    hashed.push_back(
        {field.name, custody::field_hash(salts.of(field.name), field.name, field.value)});
  }
  return hashed;
}

}  // namespace

// Leaf indexes are event.leaf - 1, because SQLite numbers rows from 1.
const store::Migration kMigration = {
    "0002-ledger",
    "CREATE TABLE ledger_key (id INTEGER PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;"
    "CREATE TABLE stream (id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL,"
    " key BLOB NOT NULL, key_commit BLOB NOT NULL) STRICT;"
    "CREATE INDEX stream_by_kind ON stream (kind, id);"
    "CREATE TABLE event (leaf INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES stream (id),"
    " idx INTEGER NOT NULL, at_ms INTEGER NOT NULL, type TEXT NOT NULL, tag BLOB NOT NULL,"
    " commitment BLOB NOT NULL, body BLOB NOT NULL, UNIQUE (stream, idx)) STRICT;"
    "CREATE TABLE tile (level INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB NOT NULL,"
    " UNIQUE (level, n)) STRICT;"
    "CREATE TABLE log_head (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL)"
    " STRICT;"
    "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, root BLOB NOT NULL, at_ms INTEGER NOT NULL,"
    " note TEXT NOT NULL, published_ms INTEGER) STRICT;"
    "CREATE TABLE access_seen (stream INTEGER NOT NULL, subject TEXT NOT NULL, object TEXT NOT "
    "NULL,"
    " version INTEGER NOT NULL, level INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
    " PRIMARY KEY (stream, subject, object, version, level)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX access_seen_by_age ON access_seen (at_ms);"
    "CREATE TABLE repeat_count (stream INTEGER NOT NULL, day INTEGER NOT NULL,"
    " reads INTEGER NOT NULL, PRIMARY KEY (stream, day)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE receipt_id (id TEXT PRIMARY KEY, stream INTEGER NOT NULL, idx INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID"};

std::size_t Ledger::FirstBytes::operator()(const Digest& digest) const {
  return read_big_endian_64(digest.view());
}

std::string_view name(StreamKind kind) {
  switch (kind) {
    case StreamKind::case_stream:
      return "case";
    case StreamKind::platform:
      return "platform";
    case StreamKind::cover:
      return "cover";
    case StreamKind::lost:
      return "lost";
  }
  std::unreachable();
}

Digest Appended::leaf_hash() const {
  return merkle::leaf_hash(custody::leaf(tag, commitment));
}

Ledger::Ledger(const Clock& clock, Random& random, Settings settings, Secret key)
    : clock_(clock), random_(random), settings_(std::move(settings)), key_(std::move(key)) {}

Result<std::unique_ptr<Ledger>> Ledger::open(store::Db& db, const Keyring& keyring,
                                             const Clock& clock, Random& random,
                                             Settings settings) {
  const auto stored = [&]() -> Result<std::optional<std::string>> {
    const auto tx = TRY(db.read());
    return tx->one(kFindKey, {}, [](const store::Row& row) { return row.blob(0); });
  };
  const std::optional<std::string> wrapped = TRY(stored());
  Secret key =
      wrapped ? TRY(keyring.unwrap(*wrapped, kLedgerKeyContext)) : Secret(random.bytes(kKeyBytes));
  std::unique_ptr<Ledger> ledger(new Ledger(clock, random, std::move(settings), std::move(key)));
  {
    const auto tx = TRY(db.read());
    TRY(ledger->load_logs(*tx));
    TRY(ledger->check_tree(*tx));
  }
  // Before anything is written, as the store asks; and should the write below fail, `db` may live
  // longer than this ledger.
  db.set_before_commit(
      [raw = ledger.get(), alive = std::weak_ptr(ledger->alive_)](store::Tx& tx) -> Status {
        if (alive.expired()) {
          return fail(Code::unavailable, "the ledger is closed");
        }
        return raw->before_commit(tx);
      });
  if (!wrapped) {
    TRY(db.execute([&](store::Tx& tx) { return ledger->rewrap(tx, keyring); }));
  }
  return ledger;
}

/// A store that has never closed a log has one, of the configured origin.
Status Ledger::load_logs(const store::Tx& tx) {
  logs_ = TRY(tx.all(kLogs, {}, [](const store::Row& row) {
    return Log{row.text(0), row.text(1), static_cast<std::uint64_t>(row.integer(2)),
               static_cast<std::uint64_t>(row.integer(3)),
               static_cast<std::uint64_t>(row.is_null(4) ? 0 : row.integer(4))};
  }));
  if (logs_.empty()) {
    logs_.push_back({.origin = settings_.origin});
  }
  if (logs_.back().origin != settings_.origin) {
    return fail(Code::conflict, "the log of this store is " + logs_.back().origin + ", not " +
                                    settings_.origin + ": correct `origin`");
  }
  return {};
}

std::uint64_t Ledger::log_of(std::uint64_t row) const {
  std::uint64_t log = logs_.size() - 1;
  while (log > 0 && row < logs_[log].base) {
    --log;
  }
  return log;
}

std::string_view Ledger::origin_of(std::uint64_t row) const {
  std::uint64_t log = log_of(row);
  while (log > 0 && row < logs_[log].base + logs_[log].carried) {
    --log;
  }
  return logs_[log].origin;
}

/// The stored tiles must hash to the newest signed root and to the unsigned head.
Status Ledger::check_tree(const store::Tx& tx) const {
  const Head now = TRY(head(tx));
  const auto last_signed = TRY(tx.one(kLastSigned, {}, [](const store::Row& row) {
    return Head{static_cast<std::uint64_t>(row.integer(0)), digest_at(row, 1)};
  }));
  for (const Head& expected : {last_signed.value_or(Head{0, merkle::empty_root()}), now}) {
    merkle::TileReader tiles(expected.size, tile_loader(tx));
    const Digest root = TRY(merkle::root(expected.size, tiles.reader()));
    if (expected.size > now.size || root != expected.root) {
      return fail(Code::corrupt, "the stored log does not hash to its checkpoint of size " +
                                     std::to_string(expected.size));
    }
  }
  return {};
}

Status Ledger::before_commit(store::Tx& tx) {
  const Head old = TRY(head(tx));
  const std::uint64_t base = logs_.back().base;
  auto edge = TRY(merkle::Edge::load(old.size, tile_loader(tx)));
  std::uint64_t next = old.size;
  TRY(tx.each(kNewLeaves, {static_cast<std::int64_t>(base + old.size)}, [&](const store::Row& row) {
    CHECK(static_cast<std::uint64_t>(row.integer(0)) == base + next);  // invariant 1
    ++next;
    edge.append(merkle::leaf_hash(custody::leaf(digest_at(row, 1), digest_at(row, 2))));
    return true;
  }));
  if (next == old.size) {
    return {};
  }
  for (const merkle::Edge::Changed& changed : edge.take_changed()) {
    TRY(tx.run(kPutTile,
               {static_cast<std::int64_t>(changed.tile.level),
                static_cast<std::int64_t>(changed.tile.index), store::Blob{changed.bytes}}));
  }
  const Digest root = edge.root();
  return tx.run(kPutHead, {static_cast<std::int64_t>(next), store::Blob{root.view()}});
}

Result<Stream> Ledger::create(store::Tx& tx, StreamKind kind, std::string_view reference) {
  const Secret key(random_.bytes(kKeyBytes));
  const Digest commit = custody::key_commit(key.reveal());
  const std::string sealed = seal(key_, key.reveal(), with(kStreamKeyContext, reference), random_);
  TRY(tx.run(kPutStream, {reference, static_cast<std::int64_t>(kind), store::Blob{sealed},
                          store::Blob{commit.view()}}));
  return find(tx, reference);
}

Result<Stream> Ledger::find(const store::Tx& tx, std::string_view reference) const {
  auto stream = TRY(tx.one(kFindStream, {reference}, read_stream));
  if (!stream) {
    return fail(Code::not_found, "no such stream");
  }
  return *stream;
}

Result<std::optional<Stream>> Ledger::newest(const store::Tx& tx, StreamKind kind) const {
  return tx.one(kNewestStream, {static_cast<std::int64_t>(kind)}, read_stream);
}

Result<Secret> Ledger::stream_key(const store::Tx& tx, const Stream& stream) const {
  const auto sealed =
      TRY(tx.one(kStreamKey, {stream.row}, [](const store::Row& row) { return row.blob(0); }));
  auto key =
      sealed ? unseal(key_, *sealed, with(kStreamKeyContext, stream.reference)) : std::nullopt;
  if (!key || custody::key_commit(*key) != stream.key_commit) {
    return fail(Code::corrupt, "a stream key does not open, or is another");
  }
  return Secret(std::move(*key));
}

/// All fields of an event, sorted by name: the skeleton, and what `body` holds.
Result<std::vector<custody::Field>> Ledger::fields_of(const Place& place, std::string_view type,
                                                      std::string_view body) const {
  std::vector<custody::Field> fields = {{"v", json::Value(kEventVersion)},
                                        {"origin", json::Value(place.origin)},
                                        {"stream", json::Value(place.stream.reference)},
                                        {"type", json::Value(type)}};
  each_placed(place, settings_, [&fields](std::size_t which, auto value) {
    fields.push_back({std::string(kPlacedFields[which]), json::Value(std::move(value))});
  });
  const json::Value own = TRY(json::parse(body));
  for (const auto& [name, value] : own.get_object()) {
    fields.push_back({std::string(name), value});
  }
  std::ranges::sort(fields, {}, &custody::Field::name);
  return fields;
}

Result<std::vector<StoredEvent>> Ledger::events(const store::Tx& tx, const Stream& stream,
                                                std::uint64_t first) const {
  Digest prev;
  if (first > 0) {
    const auto before =
        TRY(tx.one(kCommitmentAt, {stream.row, static_cast<std::int64_t>(first) - 1},
                   [](const store::Row& row) { return digest_at(row, 0); }));
    prev = before.value_or(Digest{});
  }
  std::vector<std::string> bodies;
  auto events = TRY(
      tx.all(kEvents, {stream.row, static_cast<std::int64_t>(first)}, [&](const store::Row& row) {
        bodies.push_back(row.blob(6));
        StoredEvent event;
        const auto at = static_cast<std::uint64_t>(row.integer(0));
        event.log = log_of(at);
        event.leaf = at - logs_[event.log].base;
        event.index = static_cast<std::uint64_t>(row.integer(1));
        event.at = {row.integer(2)};
        event.type = row.text(3);
        event.tag = digest_at(row, 4);
        event.commitment = digest_at(row, 5);
        return event;
      }));
  if (events.empty()) {
    return events;
  }
  const Secret key = TRY(stream_key(tx, stream));
  const custody::Tags tags(key.reveal());
  for (std::size_t i = 0; i < events.size(); ++i) {
    StoredEvent& event = events[i];
    if (event.index != first + i || event.tag != tags.of(event.index)) {
      return fail(Code::corrupt, "an event is missing or has another's tag");
    }
    if (event.is_lost()) {
      prev = event.commitment;
      continue;
    }
    const auto plain = unseal(key_, bodies[i], with(kBodyContext, stream.reference));
    const auto salt = plain ? Digest::from(plain->substr(0, 32)) : std::nullopt;
    if (!salt) {
      return fail(Code::corrupt, "an event does not open");
    }
    event.salt = *salt;
    const std::string_view origin = origin_of(event.leaf + logs_[event.log].base);
    event.fields = TRY(fields_of({stream, event.index, prev, event.at, origin}, event.type,
                                 std::string_view(*plain).substr(32)));
    if (custody::commitment(hash_all(custody::FieldSalts(event.salt), event.fields)) !=
        event.commitment) {
      return fail(Code::corrupt, "an event does not hash to its commitment");
    }
    prev = event.commitment;
  }
  return events;
}

void Ledger::stop(std::string reason) {
  stop_reason_.with([&](auto& stored) { stored = std::move(reason); });
}

std::optional<std::string> Ledger::stopped() const {
  return stop_reason_.with([](const auto& stored) { return stored; });
}

Status Ledger::rewrap(store::Tx& tx, const Keyring& keyring) {
  const std::string wrapped = keyring.wrap(key_.reveal(), kLedgerKeyContext, random_);
  return tx.run(kPutKey, {store::Blob{wrapped}});
}

}  // namespace weir::ledger
