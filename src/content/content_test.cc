#include "content/content.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <type_traits>

#include <gtest/gtest.h>

namespace weir::content {
namespace {

using ledger::Access;
using Proof = store::Committed<Access>;
using Sink = std::function<Status(std::string_view)>;

// Invariant 1 of product.md holds by type: nothing but the ledger makes an access, nothing but the
// store a committed one, and open() takes no other.
static_assert(!std::is_default_constructible_v<Access>);
static_assert(!std::is_aggregate_v<Access>);
static_assert(!std::is_constructible_v<Access, ledger::Stream, std::vector<ledger::Item>>);
static_assert(!std::is_default_constructible_v<Proof>);
static_assert(!std::is_aggregate_v<Proof>);
static_assert(!std::is_constructible_v<Proof, Access>);
static_assert(!std::is_convertible_v<Access, Proof>);
static_assert(!std::is_assignable_v<Proof&, Access>);
static_assert(std::is_invocable_v<decltype(open), const Proof&, const store::Tx&, const Keys&,
                                  const Object&, Sink>);
static_assert(!std::is_invocable_v<decltype(open), const Access&, const store::Tx&, const Keys&,
                                   const Object&, Sink>);
static_assert(!std::is_invocable_v<decltype(open_text), const Access&, const store::Tx&,
                                   const Keys&, const Object&>);

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-content-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  bool holds(const std::string& bytes) const {
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string all{std::istreambuf_iterator<char>(in), {}};
      if (all.find(bytes) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

 private:
  std::filesystem::path path_;
};

template <class R>
std::optional<Code> code_of(const R& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

Keyring ring(std::initializer_list<char> newest_first) {
  std::vector<Secret> keys;
  for (const char key : newest_first) {
    keys.emplace_back(std::string(kKeyBytes, key));
  }
  return Keyring(std::move(keys));
}

class KeyFile : public ::testing::Test {
 protected:
  KeyFile() {
    store::Options made = options();
    made.open = store::Options::Open::create;
    made.secure_delete = true;
    made.migrations = {kKeysMigration};
    EXPECT_TRUE(store::Db::open(made));
  }
  store::Options options() const { return {.path = folder_.file("keys.db")}; }
  std::unique_ptr<Keys> open(const Keyring& keyring, std::int64_t used_below = 1) {
    auto keys = Keys::open(options(), keyring, random_, used_below);
    EXPECT_TRUE(keys) << text(keys.error());
    return keys ? std::move(*keys) : nullptr;
  }

  Folder folder_;
  SeededRandom random_{1};
  Keyring old_ = ring({'a'});
};

/// More than the first two batches.
constexpr std::size_t kMany = 4 * kFewestKeys;

TEST_F(KeyFile, EveryKeyTakenIsAnotherAndIsFoundAgain) {
  const auto keys = open(old_);
  std::set<std::int64_t> numbers;
  std::set<std::string> secrets;
  for (std::size_t i = 0; i < kMany; ++i) {
    const auto key = keys->take();
    ASSERT_TRUE(key);
    numbers.insert(key->number);
    secrets.insert(std::string(key->secret.reveal()));
    EXPECT_EQ(key->secret.reveal().size(), kKeyBytes);
    EXPECT_EQ(keys->find(key->number)->secret.reveal(), key->secret.reveal());
  }
  EXPECT_EQ(numbers.size(), kMany);
  EXPECT_EQ(secrets.size(), kMany);
  EXPECT_EQ(code_of(keys->find(100'000)), Code::not_found);
}

TEST_F(KeyFile, ManyWhoTakeAtOnceGetAnotherEachAndAllAreDurable) {
  SystemRandom chance;
  std::array<std::vector<ContentKey>, 8> taken;
  {
    const auto keys = Keys::open(options(), old_, chance, 1);
    ASSERT_TRUE(keys);
    std::array<std::jthread, 8> threads;
    for (std::size_t i = 0; i < threads.size(); ++i) {
      threads[i] = std::jthread([&, i] {
        while (taken[i].size() < kMany) {
          taken[i].push_back(*(*keys)->take());
        }
      });
    }
  }
  const auto keys = open(old_);
  std::set<std::int64_t> numbers;
  for (const std::vector<ContentKey>& some : taken) {
    EXPECT_TRUE(std::ranges::is_sorted(some, {}, &ContentKey::number)) << "older keys go first";
    for (const ContentKey& key : some) {
      numbers.insert(key.number);
      EXPECT_EQ(keys->find(key.number)->secret.reveal(), key.secret.reveal());
    }
  }
  ASSERT_EQ(numbers.size(), taken.size() * kMany);
  EXPECT_EQ(*numbers.rbegin(), taken.size() * kMany) << "none is left out";
}

TEST_F(KeyFile, NeighboursLieSideBySideAndTellNothingOfTheirNumber) {
  const auto keys = open(old_);
  EXPECT_EQ(keys->neighbourhood(1), keys->neighbourhood(kNeighbours - 1));
  std::set<std::string> places;
  for (std::int64_t number = 0; number < 64 * kNeighbours; number += kNeighbours) {
    places.insert(keys->neighbourhood(number));
  }
  EXPECT_EQ(places.size(), 64);
  EXPECT_EQ(places.begin()->size(), kNeighbourhoodBytes);
  EXPECT_FALSE(places.contains(open(old_)->neighbourhood(0))) << "another process has others";
}

TEST_F(KeyFile, IsDurableBeforeItIsHandedOut) {
  const auto key = open(old_)->take();
  const auto again = open(old_)->find(key->number);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->secret.reveal(), key->secret.reveal());
}

TEST_F(KeyFile, WhatNoCaseNamesIsHandedOutAgainAfterARestartAndNothingElseIs) {
  std::int64_t last = 0;
  {
    const auto keys = open(old_);
    for (int i = 0; i < 3; ++i) {
      last = keys->take()->number;
    }
  }
  // The third was taken by a report that was never committed: the store names only the first two.
  const auto keys = open(old_, last);
  EXPECT_EQ(keys->take()->number, last);
  for (std::size_t i = 0; i < kMany; ++i) {
    EXPECT_GT(keys->take()->number, last);
  }
}

TEST_F(KeyFile, ErasedIsGoneForGoodAndItsNumberIsNeverUsedAgain) {
  std::string wrapped_secret;
  std::int64_t number = 0;
  {
    const auto keys = open(old_);
    const auto key = keys->take();
    number = key->number;
    EXPECT_TRUE(keys->erase(number));
    EXPECT_EQ(code_of(keys->find(number)), Code::not_found);
    EXPECT_TRUE(keys->erase(number)) << "twice is the same as once";
  }
  const auto keys = open(old_, number);  // as if no case named it
  EXPECT_EQ(code_of(keys->find(number)), Code::not_found);
  for (std::size_t i = 0; i < kMany; ++i) {
    EXPECT_NE(keys->take()->number, number);
  }
}

TEST_F(KeyFile, ErasedBytesAreOnNoPageOfTheFile) {
  std::string wrapped;
  std::int64_t number = 0;
  {
    const auto keys = open(old_);
    number = keys->take()->number;
    store::Options plain = options();
    plain.secure_delete = true;
    plain.migrations = {kKeysMigration};
    const auto db = store::Db::open(plain);
    const auto tx = (*db)->read();
    wrapped = **(*tx)->one("SELECT wrapped FROM content_key WHERE id = $1", {number},
                           [](const store::Row& row) { return row.blob(0); });
  }
  ASSERT_TRUE(folder_.holds(wrapped));
  EXPECT_TRUE(open(old_)->erase(number));
  EXPECT_FALSE(folder_.holds(wrapped));
}

TEST_F(KeyFile, ANewMasterKeyTakesAllAndTheOldOneOpensNothingMore) {
  const Keyring both = ring({'b', 'a'});
  const Keyring fresh = ring({'b'});
  std::int64_t number = 0;
  std::string secret;
  {
    const auto keys = open(old_);
    const auto key = keys->take();
    number = key->number;
    secret = key->secret.reveal();
    ASSERT_TRUE(keys->erase(keys->take()->number));
    EXPECT_TRUE(*keys->is_current());
    EXPECT_EQ(*keys->rewrap(both), static_cast<std::int64_t>(kFewestKeys) - 1) << "not the erased";
    EXPECT_FALSE(*keys->is_current());
  }
  EXPECT_EQ(open(fresh, number + 1)->find(number)->secret.reveal(), secret);
  EXPECT_TRUE(*open(fresh)->is_current());
  EXPECT_EQ(code_of(Keys::open(options(), old_, random_, 1)), Code::not_found);
}

TEST_F(KeyFile, AWrongMasterKeyIsRefusedAtOnce) {
  {
    ASSERT_TRUE(open(old_)->take());
  }
  const Keyring other = ring({'z'});
  EXPECT_EQ(code_of(Keys::open(options(), other, random_, 1)), Code::not_found);
}

/// A store with a ledger and one stream, and objects in it.
class Contents : public KeyFile {
 protected:
  Contents() : clock_({1'800'000'000'000}) {
    store::Options made{.path = folder_.file("weir.db")};
    made.open = store::Options::Open::create;
    made.migrations = {ledger::kMigration, kMigration, ledger::kRecoveryMigration};
    db_ = *store::Db::open(made);
    ledger_ = *ledger::Ledger::open(*db_, old_, clock_, random_, {.origin = "content.example/log"});
    keys_ = open(old_);
    key_ = *keys_->take();
    EXPECT_TRUE(db_->execute([&](store::Tx& tx) -> Status {
      stream_ = TRY(ledger_->create(tx, ledger::StreamKind::case_stream, "stream"));
      return {};
    }));
  }

  Sealed sealed(const std::string& reference, const std::string& bytes, std::int64_t version = 1) {
    return *seal_object(key_, reference, version, bytes, random_);
  }
  Object stored(const std::string& reference, const std::string& bytes) {
    const Sealed made = sealed(reference, bytes);
    EXPECT_TRUE(db_->execute([&](store::Tx& tx) { return put(tx, made); }));
    return made.object;
  }
  Proof access_to(const Object& object) {
    return *db_->submit([&](store::Tx& tx) {
      return ledger::record_access(
          *ledger_, tx, stream_, {"user 1", "ref", "partner", "XX", {}},
          {{object.reference, object.version, Level::exploit, object.salt, object.digest}});
    });
  }
  Result<std::string> read(const Object& object) { return read(access_to(object), object); }
  Result<std::string> read(const Proof& proof, const Object& object) {
    FoundKeys found(*keys_);
    return open_text(proof, **db_->read(), found, object);
  }
  Status change(std::string_view sql) {
    return db_->execute([&](store::Tx& tx) { return tx.run(sql); });
  }

  ManualClock clock_;
  std::unique_ptr<store::Db> db_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Keys> keys_;
  ContentKey key_;
  ledger::Stream stream_;
};

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>((i * 131 + (i >> 11)) & 0xff);
  }
  return bytes;
}

TEST_F(Contents, ComesBackByteForByteWhateverItsSize) {
  struct Case {
    std::size_t size;
    std::int64_t chunks;
  };
  const std::size_t mib = kChunkBytes;
  for (const Case& one : {Case{0, 1}, {1, 1}, {mib - 1, 1}, {mib, 1}, {mib + 1, 2}, {3 * mib, 3}}) {
    const std::string bytes = pattern(one.size);
    const Object object = stored("object-" + std::to_string(one.size), bytes);
    EXPECT_EQ(object.size, static_cast<std::int64_t>(one.size));
    EXPECT_EQ(object.chunks, one.chunks) << one.size;
    EXPECT_EQ(object.digest, custody::content_digest(object.salt, bytes));
    const auto again = read(object);
    ASSERT_TRUE(again) << text(again.error());
    EXPECT_TRUE(*again == bytes) << one.size;
  }
}

TEST_F(Contents, AnAccessThatIsCarriedOutOfItsTransactionOpensNothing) {
  const Object object = stored("object", "restricted");
  std::optional<ledger::Access> carried;
  const auto record = [&](store::Tx& tx) -> Status {
    carried = TRY(ledger::record_access(
        *ledger_, tx, stream_, {"user 1", "ref", "partner", "XX", {}},
        {{object.reference, object.version, Level::exploit, object.salt, object.digest}}));
    return {};
  };
  // Its own transaction fails: there is no leaf.
  EXPECT_FALSE(db_->execute([&](store::Tx& tx) -> Status {
    TRY(record(tx));
    return fail(Code::conflict, "too late");
  }));
  const Proof of_another =
      *db_->submit([&](store::Tx&) -> Result<ledger::Access> { return *carried; });
  EXPECT_DEATH((void)read(of_another, object), "made_in");
  // Nor as a part of something larger, nor after one that was committed.
  EXPECT_TRUE(db_->execute(record));
  const auto several = db_->submit(
      [&](store::Tx&) -> Result<std::vector<ledger::Access>> { return std::vector{*carried}; });
  EXPECT_DEATH((void)read(several->elements().front(), object), "made_in");
  EXPECT_EQ(*read(object), "restricted");
}

TEST_F(Contents, ArriveInPiecesOfAnySize) {
  const std::string bytes = pattern(2 * kChunkBytes + 77);
  for (const std::size_t piece : {std::size_t{1000}, kChunkBytes, kChunkBytes + 1, bytes.size()}) {
    Sealed made;
    Writer writer(key_, "in-pieces-of-" + std::to_string(piece), 1, random_,
                  [&](std::int64_t number, std::string chunk) -> Status {
                    EXPECT_EQ(number, static_cast<std::int64_t>(made.chunks.size()));
                    EXPECT_LE(chunk.size(), kChunkBytes + kNonceBytes + kTagBytes);
                    made.chunks.push_back(std::move(chunk));
                    return {};
                  });
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      ASSERT_TRUE(writer.add(std::string_view(bytes).substr(at, piece)));
    }
    made.object = *writer.finish();
    EXPECT_EQ(made.chunks.size(), 3u);
    ASSERT_TRUE(db_->execute([&](store::Tx& tx) { return put(tx, made); }));
    EXPECT_TRUE(*read(made.object) == bytes);
  }
}

TEST_F(Contents, AFailingSinkEndsTheWritingAndTheReading) {
  const auto full = [](std::int64_t, std::string) -> Status {
    return fail(Code::unavailable, "full");
  };
  Writer writer(key_, "never", 1, random_, full);
  EXPECT_EQ(code_of(writer.add(pattern(kChunkBytes + 1))), Code::unavailable);
  Writer small(key_, "never", 1, random_, full);
  EXPECT_TRUE(small.add("x"));
  EXPECT_EQ(code_of(small.finish()), Code::unavailable);

  const Object object = stored("three", pattern(3 * kChunkBytes));
  const Proof proof = access_to(object);
  int pieces = 0;
  const auto tx = db_->read();
  const Status read = content::open(proof, **tx, *keys_, object, [&](std::string_view) -> Status {
    return ++pieces == 2 ? fail(Code::unavailable, "gone") : Status();
  });
  EXPECT_EQ(code_of(read), Code::unavailable);
  EXPECT_EQ(pieces, 2);
}

TEST_F(Contents, AreNotInTheFileAsTheyCame) {
  stored("secret", "a-token-that-must-not-be-found");
  EXPECT_FALSE(folder_.holds("a-token-that-must-not-be-found"));
}

TEST_F(Contents, EqualBytesDoNotLookEqual) {
  const Sealed one = sealed("one", "the same");
  const Sealed two = sealed("two", "the same");
  EXPECT_NE(one.object.digest, two.object.digest);
  EXPECT_NE(one.chunks[0], two.chunks[0]);
}

TEST_F(Contents, OpenForNoAccessButTheirOwn) {
  const Object mine = stored("mine", "mine");
  const Object other = stored("other", "other");
  const Proof proof = access_to(mine);
  EXPECT_EQ(*read(proof, mine), "mine");
  EXPECT_EQ(code_of(read(proof, other)), Code::denied);
  Object next = mine;
  next.version = 2;
  EXPECT_EQ(code_of(read(proof, next)), Code::denied);
}

TEST_F(Contents, AreRefusedIfAnythingStoredWasChanged) {
  struct Tampering {
    const char* what;
    const char* sql;
  };
  const std::string bytes = pattern(3 * kChunkBytes);
  for (const Tampering& one : {
           Tampering{"chunks in another order",
                     "UPDATE chunk SET number = CASE number WHEN 0 THEN 11 WHEN 1 THEN 10 ELSE "
                     "number END WHERE object = 'target';"},
           {"last chunk cut off", "DELETE FROM chunk WHERE object = 'target' AND number = 2"},
           {"first chunk missing", "DELETE FROM chunk WHERE object = 'target' AND number = 0"},
           {"a bit flipped",
            "UPDATE chunk SET bytes = CAST(substr(bytes, 1, 5000) || x'00' || substr(bytes, 5002) "
            "AS BLOB) WHERE object = 'target' AND number = 1"},
           {"a chunk of another object",
            "UPDATE chunk SET bytes = (SELECT bytes FROM chunk WHERE object = 'neighbour' AND "
            "number = 1) WHERE object = 'target' AND number = 1"},
           {"a chunk of another version",
            "UPDATE chunk SET bytes = (SELECT bytes FROM chunk WHERE object = 'target' AND version "
            "= 2 AND number = 1) WHERE object = 'target' AND version = 1 AND number = 1"},
           {"its own first chunk twice",
            "UPDATE chunk SET bytes = (SELECT bytes FROM chunk WHERE object = 'target' AND version "
            "= 1 AND number = 0) WHERE object = 'target' AND version = 1 AND number = 1"},
           {"an empty chunk",
            "UPDATE chunk SET bytes = x'' WHERE object = 'target' AND number = 1"},
       }) {
    ASSERT_TRUE(change("DELETE FROM chunk"));
    ASSERT_TRUE(change("DELETE FROM object"));
    const Object object = stored("target", bytes);
    stored("neighbour", bytes);
    ASSERT_TRUE(db_->execute([&](store::Tx& tx) { return put(tx, sealed("target", bytes, 2)); }));
    ASSERT_TRUE(read(object));
    ASSERT_TRUE(change(one.sql)) << one.what;
    if (std::string_view(one.what) == "chunks in another order") {
      ASSERT_TRUE(change("UPDATE chunk SET number = number - 10 WHERE number >= 10"));
    }
    EXPECT_EQ(code_of(read(object)), Code::corrupt) << one.what;
  }
}

TEST_F(Contents, AreRefusedIfTheirDescriptionWasChanged) {
  const std::string bytes = pattern(2 * kChunkBytes);
  const Object object = stored("target", bytes);
  const Proof proof = access_to(object);
  Object cut = object;
  cut.chunks = 1;
  EXPECT_EQ(code_of(read(proof, cut)), Code::corrupt) << "the first chunk is not the last";
  Object longer = object;
  longer.chunks = 3;
  EXPECT_EQ(code_of(read(proof, longer)), Code::corrupt);
  Object none = object;
  none.chunks = 0;
  EXPECT_EQ(code_of(read(proof, none)), Code::corrupt) << "not even nothing has this digest";
  Object digest = object;
  digest.digest.bytes[31] ^= 1;
  EXPECT_EQ(code_of(read(proof, digest)), Code::corrupt);
  Object salt = object;
  salt.salt.bytes[0] ^= 1;
  EXPECT_EQ(code_of(read(proof, salt)), Code::corrupt);
  Object key = object;
  key.key = keys_->take()->number;
  EXPECT_EQ(code_of(read(proof, key)), Code::corrupt);
}

TEST_F(Contents, AreGoneWithTheirKey) {
  const Object object = stored("target", "bytes");
  ASSERT_TRUE(read(object));
  ASSERT_TRUE(keys_->erase(key_.number));
  EXPECT_EQ(code_of(read(object)), Code::not_found);
}

TEST_F(Contents, OfAnInterruptedUploadNothingStays) {
  const Object kept = stored("kept", "bytes");
  const Sealed cut = sealed("cut", "bytes");
  ASSERT_TRUE(db_->execute(
      [&](store::Tx& tx) { return put_chunk(tx, cut.object, 0, cut.chunks.front()); }));
  const auto drop = [](store::Tx& tx) { return drop_orphans(tx); };
  EXPECT_EQ(**db_->submit(drop), 1);
  EXPECT_EQ(**db_->submit(drop), 0);
  EXPECT_EQ(*read(kept), "bytes");
}

TEST_F(Contents, AnObjectIsStoredOnce) {
  stored("target", "bytes");
  const Sealed again = sealed("target", "other bytes");
  EXPECT_EQ(code_of(db_->execute([&](store::Tx& tx) { return put(tx, again); })), Code::conflict);
  const auto tx = db_->read();
  EXPECT_EQ(find(**tx, "target", 1)->size, 5);
  EXPECT_EQ(code_of(find(**tx, "target", 2)), Code::not_found);
  EXPECT_EQ(code_of(find(**tx, "nothing", 1)), Code::not_found);
}

}  // namespace
}  // namespace weir::content
