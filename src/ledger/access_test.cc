// What counts as an access, and what as a repeat of one.
#include "ledger/access.h"

#include <algorithm>

#include "base/bytes.h"
#include "ledger/ledger_test.h"

namespace weir::ledger {
namespace {

using std::chrono::hours;

const Recipient kVendor{"user-1/org-1/agreement-1",
                        "rrrrrrrrrrrrrrrrrrrrrrrrrr",
                        "vendor",
                        "DE",
                        {{"organisation", json::Value("org-1")}}};

Item item(const std::string& object, std::int64_t version = 1, Level level = Level::technical) {
  return {object, version, level, sha256("salt " + object), sha256("bytes " + object)};
}

struct AccessTest : testing::Test {
  TestLog log;
  Stream stream = log.create("aaaaaaaaaaaaaaaaaaaaaaaaaa");

  Result<Access> try_access(const Recipient& who, const std::vector<Item>& items) const {
    auto access = log.db->submit(
        [&](store::Tx& tx) { return record_access(*log.ledger, tx, stream, who, items); });
    if (!access) {
      return std::unexpected(access.error());
    }
    return **access;
  }
  /// True if it made a leaf.
  bool is_new(const Recipient& who, const std::vector<Item>& items) const {
    const std::uint64_t before = log.head().size;
    const Access access = must(try_access(who, items));
    EXPECT_EQ(log.head().size, before + (access.event() ? 1 : 0));
    return access.event().has_value();
  }
  Status flush() {
    return log.db->execute(
        [&](store::Tx& tx) { return flush_repeats(*log.ledger, tx, log.clock.now()); });
  }
  std::vector<StoredEvent> events_of(const std::string& type) const {
    std::vector<StoredEvent> found;
    for (StoredEvent& event : must(log.events(stream))) {
      if (event.type == type) {
        found.push_back(std::move(event));
      }
    }
    return found;
  }
};

json::Value value(const StoredEvent& event, const std::string& name) {
  const auto at = std::ranges::find(event.fields, name, &custody::Field::name);
  return at == event.fields.end() ? json::Value("(none)") : at->value;
}

TEST_F(AccessTest, TheLeafSaysWhoGotWhat) {
  const std::vector<Item> items = {item("one", 3, Level::notice), item("two", 1, Level::exploit)};
  ASSERT_TRUE(is_new(kVendor, items));
  const StoredEvent event = events_of("access").at(0);
  EXPECT_EQ(value(event, "recipient_ref"), json::Value(kVendor.reference));
  EXPECT_EQ(value(event, "recipient_class"), json::Value("vendor"));
  EXPECT_EQ(value(event, "recipient_country"), json::Value("DE"));
  EXPECT_EQ(value(event, "organisation"), json::Value("org-1"));
  EXPECT_EQ(value(event, "level"), json::Value("exploit")) << "the highest of its items";
  EXPECT_EQ(value(event, "manifest"), manifest(items));
  EXPECT_EQ(json::canonical(manifest({items[0]})),
            R"([{"digest":")" + to_base64(items[0].digest) +
                R"(","level":"notice","object":"one","salt":")" + to_base64(items[0].salt) +
                R"(","version":3}])");
  const auto salt = digest_from_base64(std::string(value(event, "content_salt").as_string()));
  ASSERT_TRUE(salt);
  EXPECT_EQ(
      value(event, "content"),
      json::Value(to_base64(custody::content_digest(*salt, json::canonical(manifest(items))))));
}

TEST_F(AccessTest, ItCoversItsItemsAndNothingElse) {
  const Access access = must(try_access(kVendor, {item("one", 2), item("two")}));
  EXPECT_TRUE(access.covers("one", 2));
  EXPECT_TRUE(access.covers("two", 1));
  EXPECT_FALSE(access.covers("one", 1));
  EXPECT_FALSE(access.covers("one", 3));
  EXPECT_FALSE(access.covers("three", 1));
  EXPECT_EQ(access.stream().reference, stream.reference);
}

TEST_F(AccessTest, ARepeatWithinADayNeedsNoLeaf) {
  EXPECT_TRUE(is_new(kVendor, {item("one")}));
  EXPECT_FALSE(is_new(kVendor, {item("one")}));
  log.clock.advance(kRepeatWindow - Duration(1));
  EXPECT_FALSE(is_new(kVendor, {item("one")}));
  log.clock.advance(Duration(1));
  EXPECT_TRUE(is_new(kVendor, {item("one")})) << "counted from the leaf, not from the last repeat";
}

TEST_F(AccessTest, ManyItemsRepeatLikeFew) {  // they are looked up in another way
  std::vector<Item> many;
  for (int i = 0; i < 100; ++i) {
    many.push_back(item("object " + std::to_string(i)));
  }
  Recipient other = kVendor;
  other.subject = "somebody else";
  EXPECT_TRUE(is_new(kVendor, many));
  EXPECT_FALSE(is_new(kVendor, many));
  EXPECT_TRUE(is_new(other, many));
  log.clock.advance(kRepeatWindow - Duration(1));
  EXPECT_FALSE(is_new(kVendor, many));
  log.clock.advance(Duration(1));
  EXPECT_TRUE(is_new(kVendor, many));
}

TEST_F(AccessTest, ARepeatStillCoversItsItems) {
  must(try_access(kVendor, {item("one")}));
  const Access repeat = must(try_access(kVendor, {item("one")}));
  EXPECT_FALSE(repeat.event());
  EXPECT_TRUE(repeat.covers("one", 1));
}

TEST_F(AccessTest, WhateverDiffersIsAnAccess) {
  ASSERT_TRUE(is_new(kVendor, {item("one")}));
  Recipient other = kVendor;
  other.subject = "user-1/org-1/agreement-2";
  EXPECT_TRUE(is_new(other, {item("one")})) << "another agreement";
  EXPECT_TRUE(is_new(kVendor, {item("one", 2)})) << "another version";
  EXPECT_TRUE(is_new(kVendor, {item("one", 1, Level::exploit)})) << "a higher level";
  EXPECT_TRUE(is_new(kVendor, {item("one", 1, Level::notice)})) << "a lower level";
  EXPECT_TRUE(is_new(kVendor, {item("two")})) << "another object";
  EXPECT_FALSE(is_new(kVendor, {item("one"), item("one", 2), item("two")}));
}

TEST_F(AccessTest, OnlyWhatIsNewStandsInTheLeaf) {
  ASSERT_TRUE(is_new(kVendor, {item("one")}));
  ASSERT_TRUE(is_new(kVendor, {item("one"), item("two"), item("three")}));
  EXPECT_EQ(value(events_of("access").at(1), "manifest"), manifest({item("two"), item("three")}));
}

TEST_F(AccessTest, ASightingInTheFutureIsNoRepeat) {
  ASSERT_TRUE(is_new(kVendor, {item("one")}));
  log.clock.advance(-std::chrono::minutes(5));
  EXPECT_TRUE(is_new(kVendor, {item("one")}));
}

TEST_F(AccessTest, NoItemsOrTooManyAreInvalid) {
  EXPECT_EQ(code_of(try_access(kVendor, {})), Code::invalid);
  std::vector<Item> many(kMostItems, item("one"));
  EXPECT_TRUE(try_access(kVendor, many));
  many.push_back(item("one"));
  EXPECT_EQ(code_of(try_access(kVendor, many)), Code::invalid);
}

TEST_F(AccessTest, AnAccessThatFailsLaterIsForgotten) {
  const auto failed = log.db->submit([&](store::Tx& tx) -> Result<Access> {
    TRY(record_access(*log.ledger, tx, stream, kVendor, {item("one")}));
    return fail(Code::denied, "no");
  });
  EXPECT_EQ(code_of(failed), Code::denied);
  EXPECT_TRUE(is_new(kVendor, {item("one")}));
}

TEST_F(AccessTest, AStoppedLedgerGivesNoAccess) {
  log.ledger->stop("behind");
  EXPECT_EQ(code_of(try_access(kVendor, {item("one")})), Code::unavailable);
}

TEST_F(AccessTest, OwnBytesNeedNoLeaf) {
  const std::uint64_t before = log.head().size;
  const Access own = must(own_bytes(*log.read(), stream, {item("one")}));
  EXPECT_FALSE(own.event());
  EXPECT_TRUE(own.covers("one", 1));
  EXPECT_EQ(log.head().size, before);
}

TEST_F(AccessTest, RepeatsAreWrittenOnceTheirDayIsOver) {
  must(try_access(kVendor, {item("one")}));
  for (int i = 0; i < 3; ++i) {
    must(try_access(kVendor, {item("one")}));  // 23 November
  }
  log.clock.advance(hours(11));  // 00:20 on the 24th
  for (int i = 0; i < 2; ++i) {
    must(try_access(kVendor, {item("one")}));
  }
  must(flush());
  const auto first = events_of("repeat_reads");
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(value(first[0], "day"), json::Value("2026-11-23"));
  EXPECT_EQ(value(first[0], "reads"), json::Value(3));
  must(flush());
  EXPECT_EQ(events_of("repeat_reads").size(), 1U) << "once";
  must(log.db->execute([&](store::Tx& tx) { return flush_repeats_of(*log.ledger, tx, stream); }));
  const auto second = events_of("repeat_reads");
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(value(second[1], "day"), json::Value("2026-11-24"));
  EXPECT_EQ(value(second[1], "reads"), json::Value(2));
}

TEST_F(AccessTest, OldSightingsAreDropped) {
  must(try_access(kVendor, {item("one")}));
  const auto seen = [&] {
    return *must(log.read()->one("SELECT COUNT(*) FROM access_seen", {},
                                 [](const store::Row& row) { return row.integer(0); }));
  };
  log.clock.advance(kRepeatWindow);
  must(flush());
  EXPECT_EQ(seen(), 1);
  log.clock.advance(Duration(1));
  must(flush());
  EXPECT_EQ(seen(), 0);
}

}  // namespace
}  // namespace weir::ledger
