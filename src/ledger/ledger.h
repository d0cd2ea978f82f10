// The ledger: what went through the platform, in an order that nobody can change afterwards.
//
// An event belongs to a stream (a case, the platform, or cover). Its fields are committed one by
// one; the commitment and a tag that only the stream's key can link make a leaf of 65 bytes; the
// leaves are an RFC 6962 tree. The bytes are docs/formats/ledger.md, computed in custody/event.h.
//
//   append()         in the caller's transaction: the event becomes durable together with the act
//                    that it records, or not at all.
//   before_commit()  the store's hook: extends the tree over the batch's events and replaces the
//                    unsigned (size, root).
//   Sealer (seal.h)  signs what is durable, collects cosignatures, archives checkpoints.
//   opening.h        turns a stream into a custody record, an event into a receipt.
//   access.h         the proof of a committed access, without which no content is decrypted.
//
// Invariants:
//   1. Leaf indexes and the event indexes of a stream are 0, 1, 2, ... without a gap.
//   2. Along a stream, time does not go back; a clock that has gone back more than kClockTolerance
//      stops writing.
//   3. The tree is what is stored: no part of it lives in memory between transactions.
//   4. After stop() nothing is appended: the log is behind its witnesses, or contradicts them.
//
// Secrets in the database: stream keys and event bodies lie under the ledger key, the ledger key
// under the master key. Thread rule: safe to share; state is in the store. Start with
// ledger_test.cc.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/guarded.h"
#include "base/keyring.h"
#include "base/random.h"
#include "base/time.h"
#include "custody/event.h"
#include "ledger/stream.h"
#include "store/store.h"

namespace weir::ledger {

/// An event to be: its type and its own fields, without the skeleton.
struct Draft {
  std::string type;
  std::vector<custody::Field> fields;
};

/// A draft whose hashing is done, so that the writer does not have to. Bound to one stream.
class Prepared {
 private:
  friend class Ledger;
  std::string reference_;
  std::string type_;
  Digest salt_;
  std::vector<Digest> hashes_;  // of the fields in the order of names, but for the placed ones
  struct Gap {
    std::size_t before = 0;  // how many of hashes_ it comes after
    Digest salt;
  };
  std::array<Gap, 6> gaps_;  // for the placed ones (placed.h)
  std::string body_;         // sealed: event salt and fields
};

/// Where an event stands.
struct Appended {
  std::uint64_t leaf = 0;
  std::uint64_t index = 0;  // in its stream
  Digest tag;
  Digest commitment;
  Instant at;
  Digest leaf_hash() const;
};

/// An event read back, complete: skeleton and own fields, sorted by name, with the event salt. Of a
/// lost one (recovery.h) only its place, tag and commitment are known.
struct StoredEvent {
  std::uint64_t log = 0;   // its place in Ledger::logs()
  std::uint64_t leaf = 0;  // in that log
  std::uint64_t index = 0;
  std::string type;
  Instant at;
  Digest tag;
  Digest commitment;
  Digest salt;
  std::vector<custody::Field> fields;
  bool is_lost() const { return type == kLostType; }
};

struct Settings {
  std::string origin;  // the log's name in its checkpoints: no spaces, no '+'
  /// The hard ceiling: every stream is opened at most this long after its first event. Stored in
  /// event 0 of every stream as `open_by`.
  Duration ceiling = std::chrono::hours(24 * 365 * 3);
  std::string open_rule = "publication+P90D, at most P1095D";
};

inline constexpr Duration kClockTolerance = std::chrono::minutes(10);
inline constexpr std::size_t kMostKeptKeys = 8'192;  // tag keys of streams, in memory (1 MB)

/// The tables of the ledger, and those of its recovery.
extern const store::Migration kMigration;
extern const store::Migration kRecoveryMigration;

struct Place;

class Ledger {
 public:
  /// Reads the ledger key (makes it on a fresh database), checks the stored tree against the newest
  /// signed checkpoint (`corrupt` if they differ) and installs the store's before-commit hook.
  static Result<std::unique_ptr<Ledger>> open(store::Db& db, const Keyring& keyring,
                                              const Clock& clock, Random& random,
                                              Settings settings);

  /// Hashes and seals a draft for the stream with this reference. Any thread.
  Prepared prepare(std::string_view reference, const Draft& draft);

  /// Makes a stream; it is empty until its first event. `reference` is a fresh Id's text.
  Result<Stream> create(store::Tx& tx, StreamKind kind, std::string_view reference);
  /// `not_found` if there is none.
  Result<Stream> find(const store::Tx& tx, std::string_view reference) const;
  /// The newest stream of a kind (for `platform` the only one), or nothing.
  Result<std::optional<Stream>> newest(const store::Tx& tx, StreamKind kind) const;

  /// Adds the event. Fails with `unavailable` after stop() or while the clock is behind the stream.
  Result<Appended> append(store::Tx& tx, const Stream& stream, const Prepared& prepared);
  Result<Appended> append(store::Tx& tx, const Stream& stream, const Draft& draft);

  /// All events of a stream in order, or from `first` on. `corrupt` if one does not hash to its
  /// commitment.
  Result<std::vector<StoredEvent>> events(const store::Tx& tx, const Stream& stream,
                                          std::uint64_t first = 0) const;
  /// The stream's key, for opening it.
  Result<Secret> stream_key(const store::Tx& tx, const Stream& stream) const;

  /// From now on every append answers `unavailable` with this reason.
  void stop(std::string reason);
  std::optional<std::string> stopped() const;

  /// Puts the ledger key under the keyring's newest master key (rotation).
  Status rewrap(store::Tx& tx, const Keyring& keyring);

  /// All logs of this store, in order. `vkey` of the open one is not known here.
  const std::vector<Log>& logs() const { return logs_; }
  const Settings& settings() const { return settings_; }
  const Clock& clock() const { return clock_; }
  Random& random() const { return random_; }

 private:
  friend class Recovery;  // recovery.cc: nothing else may write to a log that is behind
  Ledger(const Clock& clock, Random& random, Settings settings, Secret key);
  Status load_logs(const store::Tx& tx);
  Status check_tree(const store::Tx& tx) const;
  Status before_commit(store::Tx& tx);
  Digest commit_to(const Prepared& prepared, const Place& place) const;
  Result<std::vector<custody::Field>> fields_of(const Place& place, std::string_view type,
                                                std::string_view body) const;
  /// Which log the row stands in, and under which origin it was written.
  std::uint64_t log_of(std::uint64_t row) const;
  std::string_view origin_of(std::uint64_t row) const;
  Result<Digest> tag(const store::Tx& tx, const Stream& stream, std::uint64_t index);

  const Clock& clock_;
  Random& random_;
  Settings settings_;
  std::vector<Log> logs_;  // changed by Recovery alone, before anybody else has this ledger
  Secret key_;
  Guarded<std::optional<std::string>> stop_reason_;
  struct FirstBytes {  // enough to tell hashes apart
    std::size_t operator()(const Digest& digest) const;
  };
  /// By key_commit, so never another's.
  Guarded<std::unordered_map<Digest, custody::Tags, FirstBytes>> kept_keys_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();  // gone when this is
};

/// The log as stored: unsigned head, tiles, entries. What is served and mirrored is read from here.
struct Head {
  std::uint64_t size = 0;
  Digest root;
};
Result<Head> head(const store::Tx& tx);
/// Bytes of a tile (`level` 0 and up) or of an entry bundle, as wide as the checkpointed `size`
/// allows; `not_found` beyond it.
Result<std::string> tile(const store::Tx& tx, unsigned level, std::uint64_t index,
                         std::uint64_t size);
Result<std::string> entry_bundle(const store::Tx& tx, std::uint64_t index, std::uint64_t size);

}  // namespace weir::ledger
