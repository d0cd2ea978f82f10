#include "ledger/recovery.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/bytes.h"
#include "base/id.h"
#include "ledger/opening.h"
#include "ledger/rows.h"

namespace weir::ledger {

const store::Migration kRecoveryMigration = {
    "ledger-0002-recovery",
    // Closed logs and the open one; empty as long as none has been closed.
    "CREATE TABLE log (number INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE, vkey TEXT NOT NULL,"
    " base INTEGER NOT NULL, carried INTEGER NOT NULL, size INTEGER) STRICT;"
    "CREATE TABLE closed_tile (log INTEGER NOT NULL, level INTEGER NOT NULL, n INTEGER NOT NULL,"
    " hashes BLOB NOT NULL, UNIQUE (log, level, n)) STRICT;"
    "CREATE TABLE closed_checkpoint (log INTEGER NOT NULL, size INTEGER NOT NULL,"
    " root BLOB NOT NULL, at_ms INTEGER NOT NULL, note TEXT NOT NULL, published_ms INTEGER,"
    " PRIMARY KEY (log, size)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE history_loss (id INTEGER PRIMARY KEY, log INTEGER NOT NULL,"
    " from_leaf INTEGER NOT NULL, to_leaf INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE backup_mark (id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT"};

namespace {

constexpr std::string_view kNextIndex =
    "SELECT COALESCE(MAX(idx) + 1, 0), COALESCE(MAX(at_ms), 0) FROM event WHERE stream = $1";
constexpr std::string_view kPutLost =
    "INSERT INTO event (leaf, stream, idx, at_ms, type, tag, commitment, body) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, x'')";
constexpr std::string_view kPutStream =
    "INSERT INTO stream (ref, kind, key, key_commit) VALUES ($1, $2, x'', $3) RETURNING id";
constexpr std::string_view kRootAt = "SELECT root FROM checkpoint WHERE size = $1";
constexpr std::string_view kPutCheckpoint =
    "INSERT INTO checkpoint (size, root, at_ms, note, published_ms) VALUES ($1, $2, $3, $4, $3) "
    "ON CONFLICT DO UPDATE SET note = excluded.note, published_ms = excluded.published_ms "
    "WHERE published_ms IS NULL";
constexpr std::string_view kPutLoss =
    "INSERT INTO history_loss (log, from_leaf, to_leaf, at_ms) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kPutLog =
    "INSERT INTO log (number, origin, vkey, base, carried, size) VALUES ($1, $2, $3, $4, $5, $6) "
    "ON CONFLICT (number) DO UPDATE SET vkey = excluded.vkey, size = excluded.size";

/// A leaf that the store lacks.
struct Missing {
  Digest tag;
  Digest commitment;
};

std::unexpected<Error> other_history(std::string_view what) {
  return fail(Code::conflict, fmt::format("the mirror is not of this history: {}", what));
}

/// The mirror's leaves from `first` on, from its entry bundles.
Result<std::vector<Missing>> load_missing(const Mirrored& mirror, std::uint64_t first) {
  std::vector<Missing> missing;
  const std::uint64_t size = mirror.size();
  for (std::uint64_t index = first / merkle::kTileWidth; index * merkle::kTileWidth < size;
       ++index) {
    const unsigned width = merkle::tile_width(size, 0, index);
    const std::string bundle =
        TRY(mirror.fetch(merkle::tile_path({merkle::TileKind::entries, {0, index, width}})));
    std::uint64_t leaf = index * merkle::kTileWidth;
    for (const std::string_view entry : TRY(merkle::parse_entries(bundle, width))) {
      if (leaf++ < first) {
        continue;
      }
      const bool is_leaf = entry.size() == 65 && entry.front() == '\x01';
      const auto tag = is_leaf ? Digest::from(entry.substr(1, 32)) : std::nullopt;
      const auto commitment = is_leaf ? Digest::from(entry.substr(33)) : std::nullopt;
      if (!tag || !commitment) {
        return fail(Code::invalid, fmt::format("entry {} of the mirror is no leaf", leaf - 1));
      }
      missing.push_back({*tag, *commitment});
    }
  }
  return missing;
}

/// Our tree, continued by the missing leaves, has the root of every checkpoint of the mirror.
Status check_history(const store::Tx& tx, const Head& ours, const std::vector<Missing>& missing,
                     const Mirrored& mirror) {
  merkle::TileReader tiles(ours.size, tile_loader(tx));
  merkle::Edge edge = TRY(merkle::Edge::load(ours.size, tile_loader(tx)));
  std::size_t next = 0;
  for (const Mirrored::Note& note : mirror.notes) {
    while (edge.size() < note.size && next < missing.size()) {
      edge.append(merkle::leaf_hash(custody::leaf(missing[next].tag, missing[next].commitment)));
      ++next;
    }
    const Digest root =
        note.size <= ours.size ? TRY(merkle::root(note.size, tiles.reader())) : edge.root();
    if (root != note.root) {
      return other_history(fmt::format("its checkpoint of {} leaves has another root", note.size));
    }
    const auto stored = TRY(tx.one(kRootAt, {static_cast<std::int64_t>(note.size)},
                                   [](const store::Row& row) { return digest_at(row, 0); }));
    if (stored && *stored != note.root) {
      return other_history(fmt::format("two roots are signed for {} leaves", note.size));
    }
  }
  return {};
}

}  // namespace

/// What one recovery does, inside its transaction.
class Recovery {
 public:
  /// A transaction that is run again begins with the ledger as it was.
  struct Before {
    std::vector<Log> logs;
    std::string origin;
  };
  static Before keep(const Ledger& ledger) { return {ledger.logs_, ledger.settings_.origin}; }
  static void put_back(Ledger& ledger, const Before& before) {
    ledger.logs_ = before.logs;
    ledger.settings_.origin = before.origin;
  }

  Recovery(store::Tx& tx, Ledger& ledger, const Mirrored& mirror, const Statement& statement)
      : tx_(tx), ledger_(ledger), mirror_(mirror), statement_(statement) {}

  Result<Loss> continue_over() {
    TRY(take_leaves());
    TRY(take_notes());
    TRY(finish_loss(ledger_.logs_.size() - 1));
    loss_.event = TRY(confess({"history_lost", fields()}));
    CHECK(loss_.event.leaf == loss_.to);  // invariant 3
    return loss_;
  }

  Result<Loss> close(const Successor& successor) {
    const std::uint64_t number = ledger_.logs_.size() - 1;
    TRY(take_leaves());
    TRY(take_notes());
    TRY(ledger_.before_commit(tx_));  // the tiles of what has been taken over
    const auto newest = TRY(newest_published(tx_));
    const std::uint64_t size = newest ? newest->size : 0;
    loss_.to = std::max({loss_.to, successor.seen, size});
    TRY(finish_loss(number));
    TRY(put_away(number));
    TRY(begin(number, size, successor));
    std::vector<custody::Field> closing = fields();
    closing.push_back({"closed", json::Value(ledger_.logs_[number].origin)});
    closing.push_back({"closed_vkey", json::Value(successor.closed.text())});
    closing.push_back({"size", json::Value(static_cast<std::int64_t>(size))});
    closing.push_back({"successor", json::Value(successor.origin)});
    loss_.event = TRY(confess({"log_closed", std::move(closing)}));
    CHECK(loss_.event.leaf == ledger_.logs_.back().carried);  // invariant 3
    return loss_;
  }

 private:
  /// The leaves that the store lacks become rows: of their stream where we have its key.
  Status take_leaves() {
    const Head ours = TRY(head(tx_));
    loss_.from = ours.size;
    loss_.to = std::max(ours.size, mirror_.size());
    const std::vector<Missing> missing = TRY(load_missing(mirror_, ours.size));
    TRY(check_history(tx_, ours, missing, mirror_));
    std::map<Digest, std::uint64_t> places;
    for (std::uint64_t i = 0; i < missing.size(); ++i) {
      if (!places.emplace(missing[i].tag, i).second) {
        return other_history("a tag stands in it twice");
      }
    }
    if (missing.empty()) {
      return {};
    }
    for (const Stream& stream : TRY(streams(tx_))) {
      if (stream.kind != StreamKind::lost) {
        TRY(take_stream(stream, missing, places));
      }
    }
    loss_.unclaimable = places.size();
    return take_rest(missing, places);
  }

  Status take_stream(const Stream& stream, const std::vector<Missing>& missing,
                     std::map<Digest, std::uint64_t>& places) {
    const custody::Tags tags(TRY(ledger_.stream_key(tx_, stream)).reveal());
    auto [index, at] = *TRY(tx_.one(kNextIndex, {stream.row}, [](const store::Row& row) {
      return std::pair(row.integer(0), row.integer(1));
    }));
    bool has_lost = false;
    for (;; ++index) {
      const auto found = places.find(tags.of(static_cast<std::uint64_t>(index)));
      if (found == places.end()) {
        break;
      }
      TRY(put(found->second, stream.row, index, at, missing));
      places.erase(found);
      has_lost = true;
    }
    loss_.streams += has_lost ? 1 : 0;
    return {};
  }

  /// Leaves that no key of ours explains.
  Status take_rest(const std::vector<Missing>& missing,
                   const std::map<Digest, std::uint64_t>& places) {
    if (places.empty()) {
      return {};
    }
    std::vector<std::uint64_t> left;
    for (const auto& [tag, place] : places) {
      left.push_back(place);
    }
    std::ranges::sort(left);
    const std::string reference = to_base32(ledger_.random_.bytes(kIdBytes));
    const Digest no_key = ledger_.random_.digest();
    const auto row = TRY(tx_.one(
        kPutStream,
        {reference, static_cast<std::int64_t>(StreamKind::lost), store::Blob{no_key.view()}},
        [](const store::Row& made) { return made.integer(0); }));
    std::int64_t index = 0;
    for (const std::uint64_t place : left) {
      TRY(put(place, *row, index++, 0, missing));
    }
    return {};
  }

  Status put(std::uint64_t place, std::int64_t stream, std::int64_t index, std::int64_t at_ms,
             const std::vector<Missing>& missing) {
    const std::uint64_t row = ledger_.logs_.back().base + loss_.from + place + 1;
    return tx_.run(kPutLost, {static_cast<std::int64_t>(row), stream, index, at_ms, kLostType,
                              store::Blob{missing[place].tag.view()},
                              store::Blob{missing[place].commitment.view()}});
  }

  /// What the log has published since the backup was made.
  Status take_notes() {
    for (const Mirrored::Note& note : mirror_.notes) {
      TRY(tx_.run(kPutCheckpoint, {static_cast<std::int64_t>(note.size),
                                   store::Blob{note.root.view()}, now().ms, note.text}));
    }
    return {};
  }

  Status finish_loss(std::uint64_t log) {
    TRY(tx_.run(kPutLoss, {static_cast<std::int64_t>(log), static_cast<std::int64_t>(loss_.from),
                           static_cast<std::int64_t>(loss_.to), now().ms}));
    return tx_.run("DELETE FROM backup_mark");
  }

  /// Tiles and checkpoints of the log that ends.
  Status put_away(std::uint64_t number) {
    const auto log = static_cast<std::int64_t>(number);
    TRY(
        tx_.run("INSERT INTO closed_tile (log, level, n, hashes) SELECT $1, level, n, hashes "
                "FROM tile",
                {log}));
    TRY(
        tx_.run("INSERT INTO closed_checkpoint (log, size, root, at_ms, note, published_ms) "
                "SELECT $1, size, root, at_ms, note, published_ms FROM checkpoint",
                {log}));
    TRY(tx_.run("DELETE FROM tile"));
    TRY(tx_.run("DELETE FROM checkpoint"));
    return tx_.run("DELETE FROM log_head");
  }

  /// The successor's first leaves are those that were committed but not published.
  Status begin(std::uint64_t number, std::uint64_t size, const Successor& successor) {
    Log& closed = ledger_.logs_.back();
    closed.vkey = successor.closed.text();
    closed.size = size;
    const auto rows = *TRY(tx_.one("SELECT COALESCE(MAX(leaf), 0) FROM event", {},
                                   [](const store::Row& row) { return row.integer(0); }));
    const std::uint64_t base = closed.base + size;
    const Log next{.origin = successor.origin,
                   .base = base,
                   .carried = static_cast<std::uint64_t>(rows) - base};
    TRY(put_log(number, closed, static_cast<std::int64_t>(size)));
    TRY(put_log(number + 1, next, nullptr));
    ledger_.logs_.push_back(next);
    ledger_.settings_.origin = successor.origin;
    return {};
  }

  Status put_log(std::uint64_t number, const Log& log, const store::Param& size) {
    return tx_.run(kPutLog, {static_cast<std::int64_t>(number), log.origin, log.vkey,
                             static_cast<std::int64_t>(log.base),
                             static_cast<std::int64_t>(log.carried), size});
  }

  std::vector<custody::Field> fields() const {
    const auto count = [](std::uint64_t n) { return json::Value(static_cast<std::int64_t>(n)); };
    return {{"from", count(loss_.from)},
            {"to", count(loss_.to)},
            {"cause", json::Value(statement_.cause)},
            {"backup_time", json::Value(to_rfc3339(statement_.backup_at))},
            {"streams", count(loss_.streams)},
            {"unclaimable", count(loss_.unclaimable)}};
  }

  Result<Appended> confess(const Draft& draft) {
    const auto platform = TRY(ledger_.newest(tx_, StreamKind::platform));
    if (!platform) {
      return fail(Code::conflict, "there is no platform stream to say it in");
    }
    return ledger_.append(tx_, *platform, draft);
  }

  Instant now() const { return ledger_.clock_.now(); }

  store::Tx& tx_;
  Ledger& ledger_;
  const Mirrored& mirror_;
  const Statement& statement_;
  Loss loss_;
};

namespace {

Status check(const Statement& statement) {
  if (std::ranges::find(kCauses, statement.cause) == kCauses.end()) {
    return fail(Code::invalid, fmt::format("a cause is one of {}", fmt::join(kCauses, ", ")));
  }
  return {};
}

}  // namespace

Result<Mirrored> read_mirror(custody::Fetch fetch, const merkle::VerifierKey& log) {
  Mirrored mirror;
  mirror.fetch = std::move(fetch);
  const auto newest = mirror.fetch("checkpoint");
  if (!newest && newest.error().code == Code::not_found) {
    return mirror;
  }
  if (!newest) {
    return std::unexpected(newest.error());
  }
  const auto open = [&](const std::string& text) -> Result<Mirrored::Note> {
    const auto opened = TRY(merkle::open_checkpoint(text, {&log, 1}, {}));
    return Mirrored::Note{opened.checkpoint.head.size, opened.checkpoint.head.root, text};
  };
  const Mirrored::Note last = TRY(open(*newest));
  const std::string list = TRY(mirror.fetch("archive"));
  for (const std::uint64_t size : TRY(custody::parse_archive(list))) {
    const std::string text = TRY(mirror.fetch("checkpoints/" + std::to_string(size)));
    mirror.notes.push_back(TRY(open(text)));
    if (mirror.notes.back().size != size) {
      return fail(Code::invalid, "an archived checkpoint is of another size", std::to_string(size));
    }
  }
  // The archive is written before `checkpoint`: after a crash it may list a newer one, whose tiles
  // are whole, but it never lacks this one.
  const bool is_archived = std::ranges::any_of(mirror.notes, [&](const Mirrored::Note& note) {
    return note.size == last.size && note.root == last.root;
  });
  if (!is_archived) {
    return fail(Code::invalid, "the mirror's newest checkpoint is not in its archive");
  }
  std::erase_if(mirror.notes, [&](const Mirrored::Note& note) { return note.size > last.size; });
  return mirror;
}

std::string_view name(Standing standing) {
  switch (standing) {
    case Standing::current:
      return "current";
    case Standing::behind:
      return "behind";
    case Standing::beyond:
      return "beyond";
    case Standing::unknown:
      return "unknown";
  }
  std::unreachable();
}

Standing judge(const Sizes& sizes, const std::vector<Seen>& seen) {
  std::uint64_t most = 0;
  bool has_silent = false;
  for (const Seen& one : seen) {
    most = std::max(most, one.size.value_or(0));
    has_silent = has_silent || !one.size;
  }
  if (most > std::max(sizes.store, sizes.mirror)) {
    return Standing::beyond;
  }
  if (has_silent) {
    return Standing::unknown;
  }
  return sizes.mirror > sizes.store ? Standing::behind : Standing::current;
}

Result<Loss> continue_over(store::Db& db, Ledger& ledger, const Mirrored& mirror,
                           const Statement& statement) {
  TRY(check(statement));
  return *TRY(db.submit(
      [&](store::Tx& tx) { return Recovery(tx, ledger, mirror, statement).continue_over(); }));
}

Result<Loss> close_log(store::Db& db, Ledger& ledger, const Mirrored& mirror,
                       const Statement& statement, const Successor& successor) {
  TRY(check(statement));
  if (std::ranges::any_of(ledger.logs(),
                          [&](const Log& log) { return log.origin == successor.origin; })) {
    return fail(Code::invalid, "a successor has an origin that was never used");
  }
  const Recovery::Before before = Recovery::keep(ledger);
  auto loss = db.submit([&](store::Tx& tx) {
    Recovery::put_back(ledger, before);
    return Recovery(tx, ledger, mirror, statement).close(successor);
  });
  if (!loss) {
    Recovery::put_back(ledger, before);
    return std::unexpected(std::move(loss).error());
  }
  return **loss;
}

Status mark_backup(store::Tx& tx, Instant at) {
  return tx.run("INSERT OR REPLACE INTO backup_mark (id, at_ms) VALUES (1, $1)", {at.ms});
}

Result<std::optional<Instant>> backup_mark(const store::Tx& tx) {
  return tx.one("SELECT at_ms FROM backup_mark WHERE id = 1", {},
                [](const store::Row& row) { return Instant{row.integer(0)}; });
}

}  // namespace weir::ledger
