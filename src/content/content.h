// Content at rest: what reports, messages and files say, under one key per case.
//
// A content key lives in a small file of its own (keys.db), wrapped by the master key; the database
// holds ciphertext only. Erasing the key erases the content in every copy of the database; the
// ledger, which lies under other keys, stays verifiable.
//
// An object is an immutable version of a report, part, message or file: its bytes as chunks of at
// most 1 MiB, each sealed to its place (object, version, chunk, last or not), and the salted digest
// that the ledger commits to.
//
//   Keys      takes a fresh key for a case, finds one, erases one, puts all under a new master key.
//   Writer    seals bytes as they come; memory is one chunk, however large the object.
//   open()    the one function that decrypts. It takes a committed access (ledger/access.h).
//
// Invariant: a key is durable before the first ciphertext under it is; a crash between leaves an
// unused key, never content without one.
//
// Thread rule: Keys is safe to share; a Writer belongs to one command.
// Start with content_test.cc.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/guarded.h"
#include "base/keyring.h"
#include "ledger/access.h"
#include "model/ids.h"
#include "model/level.h"
#include "model/report.h"
#include "store/store.h"

namespace weir::content {

inline constexpr std::size_t kChunkBytes = std::size_t{1} << 20;  // of plaintext
inline constexpr std::size_t kFewestKeys = 16;    // reserved with one sync, at first
inline constexpr std::size_t kMostKeys = 4'096;   // the same, for a process that uses many
inline constexpr std::int64_t kNeighbours = 256;  // keys whose content lies side by side
inline constexpr std::size_t kNeighbourhoodBytes = 4;

extern const store::Migration kMigration;      // of the main database
extern const store::Migration kKeysMigration;  // of the key file

/// A content key and its number in the key file.
struct ContentKey {
  std::int64_t number = 0;
  Secret secret;
};

class Keys {
 public:
  /// `used_below`: numbers below it may be in use (one more than the highest that the main database
  /// names); unused ones above are handed out again.
  static Result<std::unique_ptr<Keys>> open(store::Options options, const Keyring& keyring,
                                            Random& random, std::int64_t used_below);

  /// A fresh key, durable already. Who finds that few are left reserves more for all; the others go
  /// on with what is there.
  Result<ContentKey> take();
  /// kNeighbourhoodBytes to begin the references of content under key `number` with. Those of
  /// kNeighbours keys are alike, so that reports that come one after another change the same pages
  /// of the store and not one of each index for each. Another process has others: they tell nothing
  /// of how many keys there are.
  std::string neighbourhood(std::int64_t number) const;
  /// `not_found` once erased.
  Result<ContentKey> find(std::int64_t number) const;
  /// Overwrites the key. From the moment this returns its content cannot be read from any copy of
  /// the database. Erasing twice is the same as once.
  Status erase(std::int64_t number);
  /// Puts every key that is left under the newest master key of `keyring`; returns how many.
  Result<std::int64_t> rewrap(const Keyring& keyring);
  /// True if every key lies under the newest master key.
  Result<bool> is_current() const;
  Status copy_to(const std::string& path) { return db_->copy_to(path); }
  /// After a restore: numbers below `used_below` are never given out again, though this file may
  /// not know them; keys from there on, which may have been used by what is lost, are erased.
  Status begin_at(std::int64_t used_below);
  /// How many keys below `used_below` are there, to be held against how many there should be.
  Result<std::int64_t> count_below(std::int64_t used_below) const;

 private:
  Keys(std::unique_ptr<store::Db> db, const Keyring& keyring, Random& random);
  struct Pool {
    std::vector<ContentKey> free;    // the lowest number last, to be taken first
    std::size_t next = kFewestKeys;  // doubles each time, so that syncs get rare under load
    bool is_reserving = false;       // somebody who has a key reserves for the others
    bool has_few() const { return free.size() < next / 4; }
  };
  struct Reserving {};
  static std::optional<ContentKey> pop(Pool& pool);
  Status reserve();
  std::unique_ptr<store::Db> db_;
  const Keyring& keyring_;
  Random& random_;
  HmacKey neighbourhoods_;
  Guarded<Pool> pool_;
  Guarded<Reserving> reserving_;  // held by the one who does, without the pool's lock
};

/// What is known of an object without its key. Holds no restricted text.
struct Object {
  std::string reference;
  std::int64_t version = 1;
  std::int64_t key = 0;  // number of its content key
  std::int64_t size = 0;
  std::int64_t chunks = 0;
  Digest salt;
  Digest digest;  // custody::content_digest(salt, bytes)
};

/// Seals an object. Feed add(), then finish().
class Writer {
 public:
  /// Receives each sealed chunk in order; its failure ends the writing.
  using Sink = std::function<Status(std::int64_t number, std::string sealed)>;
  Writer(ContentKey key, std::string reference, std::int64_t version, Random& random, Sink sink);
  Status add(std::string_view bytes);
  Result<Object> finish();

 private:
  Status flush(bool last);
  ContentKey key_;
  Random& random_;
  Sink sink_;
  Object object_;
  Sha256 hash_;
  std::string pending_;
};

/// An object sealed in memory, for texts.
struct Sealed {
  Object object;
  std::vector<std::string> chunks;
};
Result<Sealed> seal_object(const ContentKey& key, std::string reference, std::int64_t version,
                           std::string_view bytes, Random& random);

/// Rows of the main database. put() and put_chunk() may precede the transaction that makes an
/// object visible (a large file): what no case refers to is removed by drop_orphans().
Status put(store::Tx& tx, const Object& object);
Status put_chunk(store::Tx& tx, const Object& object, std::int64_t number, std::string_view sealed);
Status put(store::Tx& tx, const Sealed& sealed);
Result<Object> find(const store::Tx& tx, std::string_view reference, std::int64_t version);
/// Removes chunks that belong to no object: what an interrupted upload has left. Only while nothing
/// is being uploaded. Returns how many.
Result<std::int64_t> drop_orphans(store::Tx& tx);
/// The same of one upload that came to nothing; what belongs to an object stays.
Status drop_unfinished(store::Tx& tx, std::string_view reference, std::int64_t version);

/// Keys found once for several objects that are opened one after another.
class FoundKeys {
 public:
  explicit FoundKeys(const Keys& keys) : keys_(keys) {}
  /// As Keys::find().
  Result<const ContentKey*> find(std::int64_t number);

 private:
  const Keys& keys_;
  std::map<std::int64_t, ContentKey> found_;
};

/// The bytes of an object, chunk by chunk, for the holder of a committed access that covers it.
/// `denied` if it does not, `not_found` if the key is erased, `corrupt` if a chunk does not open or
/// the whole does not match its digest (then bytes may have been handed out already: the caller
/// must treat the output as void).
Status open(const store::Committed<ledger::Access>& access, const store::Tx& tx, const Keys& keys,
            const Object& object, const std::function<Status(std::string_view)>& sink);
Result<std::string> open_text(const store::Committed<ledger::Access>& access, const store::Tx& tx,
                              FoundKeys& keys, const Object& object);

/// The same, asked for chunk by chunk, each in a snapshot of its own: for a client that is slow.
class Reader {
 public:
  /// `denied` if the access does not cover the object.
  static Result<Reader> make(const store::Committed<ledger::Access>& access, const Object& object);
  /// Puts the next chunk into `piece` (true), or says that there is none (false). The errors are
  /// those of open(): a key that is erased meanwhile ends it.
  Result<bool> next(const store::Tx& tx, const Keys& keys, std::string& piece);
  Result<bool> next(const store::Tx& tx, FoundKeys& keys, std::string& piece);

 private:
  Result<bool> finish();
  Result<bool> next(const store::Tx& tx, const ContentKey& key, std::string& piece);
  explicit Reader(const Object& object);
  Object object_;
  Sha256 hash_;
  std::int64_t number_ = 0;  // of the next chunk
};

}  // namespace weir::content
