#include "ledger/ledger.h"

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "ledger/placed.h"
#include "ledger/witnesses_test.h"

namespace weir::ledger {
namespace {

using custody::Field;

struct LedgerTest : testing::Test {
  TestLog log;
  Stream stream = log.create("aaaaaaaaaaaaaaaaaaaaaaaaaa");
};

const json::Value& value(const StoredEvent& event, const std::string& name) {
  const auto at = std::ranges::find(event.fields, name, &Field::name);
  CHECK(at != event.fields.end());
  return at->value;
}

/// The commitment as docs/formats/ledger.md words it, with nothing of ledger/ in it.
Digest commitment_by_hand(const StoredEvent& event) {
  Sha256 hash;
  hash.add("weir/event/v1");
  std::vector<Field> fields = event.fields;
  std::ranges::sort(fields, {}, &Field::name);
  custody::FieldHasher hasher;
  for (const Field& field : fields) {
    const Digest salt = HmacKey(event.salt.view()).mac("weir/field-salt/v1", field.name);
    const std::string text = json::canonical(json::Array{json::Value(field.name), field.value});
    const Digest one = Sha256().add("weir/field/v1").add(salt.view()).add(text).finish();
    EXPECT_EQ(one, custody::field_hash(salt, field.name, field.value));
    EXPECT_EQ(one, hasher.hash(salt, field.name, field.value));
    EXPECT_EQ(hasher.value_text(), json::canonical(field.value));
    hash.add(one.view());
  }
  return hash.finish();
}

TEST_F(LedgerTest, AnEventComesBackWithItsSkeleton) {
  const json::Value nested = json::Array{1, json::Object{{"b", nullptr}, {"a", true}}, "x\n\u00e9"};
  const Appended first = log.append(stream, {"report_received", {{"ground", nested}}});
  log.clock.advance(std::chrono::seconds(5));
  const Appended second = log.append(stream, {"claimed", {}});
  EXPECT_EQ(first.leaf, 0U);
  EXPECT_EQ(first.index, 0U);
  EXPECT_EQ(first.at, kStart);
  EXPECT_EQ(second.leaf, 1U);
  EXPECT_EQ(second.index, 1U);

  log.reopen();
  const auto events = must(log.events(stream));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].type, "report_received");
  EXPECT_EQ(value(events[0], "ground"), nested);
  EXPECT_EQ(value(events[0], "v"), json::Value(1));
  EXPECT_EQ(value(events[0], "origin"), json::Value(kOrigin));
  EXPECT_EQ(value(events[0], "stream"), json::Value(stream.reference));
  EXPECT_EQ(value(events[0], "index"), json::Value(0));
  EXPECT_EQ(value(events[0], "prev"), json::Value(to_base64(Digest{})));
  EXPECT_EQ(value(events[0], "key_commit"), json::Value(to_base64(stream.key_commit)));
  EXPECT_EQ(value(events[0], "type"), json::Value("report_received"));
  EXPECT_EQ(value(events[0], "time"), json::Value("2026-11-23T13:20:00.000Z"));
  EXPECT_EQ(value(events[0], "open_by"), json::Value("2029-11-22T13:20:00.000Z"));
  EXPECT_EQ(value(events[0], "open_rule"), json::Value("publication+P90D, at most P1095D"));
  EXPECT_EQ(events[0].fields.size(), 11U);
  EXPECT_EQ(events[1].fields.size(), 8U);
  EXPECT_EQ(value(events[1], "prev"), json::Value(to_base64(first.commitment)));
  EXPECT_EQ(value(events[1], "time"), json::Value("2026-11-23T13:20:05.000Z"));
  const auto later = must(log.events(stream, 1));
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0].commitment, second.commitment);
  EXPECT_TRUE(must(log.events(stream, 2)).empty());
}

TEST_F(LedgerTest, CommitmentsTagsAndLeavesAreThoseOfTheFormat) {
  log.append_many(stream, 5);
  const Secret key = must(log.ledger->stream_key(*log.read(), stream));
  EXPECT_EQ(stream.key_commit, custody::key_commit(key.reveal()));
  const std::string entries = must(entry_bundle(*log.read(), 0, 5));
  std::set<Digest> salts;
  for (const StoredEvent& event : must(log.events(stream))) {
    EXPECT_EQ(event.commitment, commitment_by_hand(event));
    const Digest tag = HmacKey(key.reveal()).mac("weir/tag/v1", big_endian_64(event.index));
    EXPECT_EQ(event.tag, tag);
    EXPECT_EQ(entries.substr(event.leaf * 67, 67),
              std::string("\x00\x41\x01", 3).append(tag.view()).append(event.commitment.view()));
    salts.insert(event.salt);
  }
  EXPECT_EQ(salts.size(), 5U) << "each event has a salt of its own";
}

TEST_F(LedgerTest, ADamagedEntryIsNotGivenOut) {
  log.append_many(stream, 5);
  const std::string whole = must(entry_bundle(*log.read(), 0, 5));
  for (const char* column : {"tag", "commitment"}) {
    log.tamper(std::string("UPDATE event SET ") + column + " = x'00' WHERE leaf = 3");
    EXPECT_EQ(code_of(entry_bundle(*log.read(), 0, 5)), Code::corrupt) << column;
    log.tamper(std::string("UPDATE event SET ") + column + " = (SELECT " + column +
               " FROM event WHERE leaf = 2) WHERE leaf = 3");
  }
  EXPECT_NE(must(entry_bundle(*log.read(), 0, 5)), whole);
}

TEST_F(LedgerTest, ThePlacedFieldsComeInTheOrderOfTheirNames) {
  EXPECT_TRUE(std::ranges::is_sorted(kPlacedFields));
  for (const std::uint64_t index : {0U, 1U, 2U}) {
    std::vector<std::string> names;
    each_placed({.stream = stream, .index = index, .prev = {}, .at = kStart}, test_settings(),
                [&](std::size_t which, const auto&) { names.emplace_back(kPlacedFields[which]); });
    EXPECT_TRUE(std::ranges::is_sorted(names));
    EXPECT_EQ(names.size(), index == 0 ? 6U : 4U);
  }
}

TEST_F(LedgerTest, ThePlatformIsOpenFromTheStart) {
  const Stream platform = log.create("pppppppppppppppppppppppppp", StreamKind::platform);
  log.append(platform, {"rule", {}});
  EXPECT_EQ(value(must(log.events(platform)).front(), "open_by"),
            json::Value("2026-11-23T13:20:00.000Z"));
}

TEST_F(LedgerTest, StreamsAreFoundByReferenceAndKind) {
  const auto read = log.read();
  EXPECT_EQ(must(log.ledger->find(*read, stream.reference)).key_commit, stream.key_commit);
  EXPECT_EQ(code_of(log.ledger->find(*read, "bbbbbbbbbbbbbbbbbbbbbbbbbb")), Code::not_found);
  EXPECT_EQ(must(log.ledger->newest(*read, StreamKind::case_stream))->reference, stream.reference);
  EXPECT_FALSE(must(log.ledger->newest(*read, StreamKind::cover)));
  EXPECT_EQ(code_of(log.db->submit([&](store::Tx& tx) {
              return log.ledger->create(tx, StreamKind::cover, stream.reference);
            })),
            Code::conflict);
  EXPECT_EQ(name(StreamKind::case_stream), "case");
  EXPECT_EQ(name(StreamKind::platform), "platform");
  EXPECT_EQ(name(StreamKind::cover), "cover");
}

TEST_F(LedgerTest, NoGapsWhateverFailsInBetween) {
  const Stream other = log.create("bbbbbbbbbbbbbbbbbbbbbbbbbb");
  std::uint64_t leaves = 0;
  for (int i = 0; i < 40; ++i) {
    const bool fails = i % 3 == 1;
    const auto outcome = log.db->submit([&](store::Tx& tx) -> Result<Appended> {
      TRY(log.ledger->append(tx, stream, Draft{"claimed", {}}));
      auto appended = TRY(log.ledger->append(tx, other, Draft{"claimed", {}}));
      if (fails) {
        return fail(Code::denied, "no");
      }
      return appended;
    });
    EXPECT_EQ(outcome.has_value(), !fails);
    leaves += fails ? 0 : 2;
  }
  EXPECT_EQ(log.head().size, leaves);
  std::set<std::uint64_t> seen;
  for (const Stream& one : {stream, other}) {
    const auto events = must(log.events(one));
    for (std::size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(events[i].index, i);
      seen.insert(events[i].leaf);
    }
  }
  EXPECT_EQ(seen.size(), leaves);
  EXPECT_EQ(*seen.rbegin(), leaves - 1);
}

TEST_F(LedgerTest, APreparedEventIsTheSameEvent) {
  const Draft draft{"claimed", {{"user", json::Value("u")}, {"ground", json::Value("g")}}};
  const Prepared prepared = log.ledger->prepare(stream.reference, draft);
  must(log.db->execute([&](store::Tx& tx) -> Status {
    TRY(log.ledger->append(tx, stream, prepared));
    return {};
  }));
  const auto events = must(log.events(stream));
  EXPECT_EQ(value(events[0], "user"), json::Value("u"));
  EXPECT_EQ(events[0].commitment, commitment_by_hand(events[0]));
}

TEST_F(LedgerTest, TheTreeIsTheReferenceTreeAtEverySize) {
  merkle::Edge reference;
  int appended = 0;
  // One by one around the tiles' edges, in batches between.
  for (const int step : {0, 1, 1, 1, 252, 1, 1, 1, 253, 1, 1, 1, 86}) {
    log.append_many(stream, step);
    appended += step;
    const auto events = must(log.events(stream, reference.size()));
    for (const StoredEvent& event : events) {
      reference.append(merkle::leaf_hash(custody::leaf(event.tag, event.commitment)));
    }
    EXPECT_EQ(log.head().size, static_cast<std::uint64_t>(appended));
    EXPECT_EQ(log.head().root, reference.root());
  }
  EXPECT_EQ(appended, 600);
  log.reopen();
  EXPECT_EQ(log.head().root, reference.root());
}

TEST_F(LedgerTest, EveryLeafIsProvable) {
  log.append_many(stream, 300);
  const Head head = log.head();
  for (const StoredEvent& event : must(log.events(stream))) {
    const auto read = log.read();
    merkle::TileReader tiles(head.size, [&](const merkle::Tile& wanted) {
      return tile(*read, wanted.level, wanted.index, head.size);
    });
    const auto proof = must(merkle::prove_inclusion({event.leaf, head.size}, tiles.reader()));
    const Appended appended{event.leaf, event.index, event.tag, event.commitment, event.at};
    EXPECT_TRUE(merkle::verify_inclusion({event.leaf, appended.leaf_hash()}, proof,
                                         {head.size, head.root}));
  }
}

TEST_F(LedgerTest, TilesAndBundlesAreCutToTheAskedSize) {
  log.append_many(stream, 300);
  struct Case {
    std::uint64_t index, size;
    std::size_t width;  // 0: not found
  };
  const auto read = log.read();
  for (const auto& [index, size, width] : std::vector<Case>{{0, 300, 256},
                                                            {1, 300, 44},
                                                            {1, 299, 43},
                                                            {1, 257, 1},
                                                            {1, 256, 0},
                                                            {0, 255, 255},
                                                            {0, 1, 1},
                                                            {0, 0, 0},
                                                            {2, 300, 0}}) {
    const auto hashes = tile(*read, 0, index, size);
    const auto bundle = entry_bundle(*read, index, size);
    if (width == 0) {
      EXPECT_EQ(code_of(hashes), Code::not_found);
      EXPECT_EQ(code_of(bundle), Code::not_found);
    } else {
      EXPECT_EQ(must(hashes).size(), width * 32);
      EXPECT_EQ(must(bundle).size(), width * 67);
    }
  }
  EXPECT_EQ(must(tile(*read, 1, 0, 300)).size(), 32U);
}

TEST_F(LedgerTest, TheClockMayGoBackALittle) {
  const Appended first = log.append(stream, {"claimed", {}});
  log.clock.set(first.at - kClockTolerance);
  EXPECT_EQ(log.append(stream, {"claimed", {}}).at, first.at) << "time does not go back";
  log.clock.set(first.at - kClockTolerance - Duration(1));
  EXPECT_EQ(code_of(log.try_append(stream, {"claimed", {}})), Code::unavailable);
  EXPECT_EQ(log.head().size, 2U);
  log.clock.set(first.at + Duration(1));
  EXPECT_EQ(log.append(stream, {"claimed", {}}).at, first.at + Duration(1));
  log.clock.set(first.at + std::chrono::hours(24 * 400));
  EXPECT_EQ(log.append(stream, {"claimed", {}}).at, log.clock.now()) << "forward is free";
}

TEST_F(LedgerTest, StoppedMeansStopped) {
  log.append(stream, {"claimed", {}});
  EXPECT_FALSE(log.ledger->stopped());
  log.ledger->stop("behind its witnesses");
  const auto refused = log.try_append(stream, {"claimed", {}});
  EXPECT_EQ(code_of(refused), Code::unavailable);
  EXPECT_NE(refused.error().message.find("behind its witnesses"), std::string::npos);
  EXPECT_EQ(*log.ledger->stopped(), "behind its witnesses");
  EXPECT_EQ(must(log.events(stream)).size(), 1U) << "reads go on";
}

TEST_F(LedgerTest, TheLedgerKeyMovesUnderANewMasterKey) {
  log.append(stream, {"claimed", {}});
  const Keyring both({Secret(std::string(kKeyBytes, 'n')), Secret(std::string(kKeyBytes, 'm'))});
  must(log.db->execute([&](store::Tx& tx) { return log.ledger->rewrap(tx, both); }));
  log.open_bare();
  EXPECT_EQ(code_of(log.try_ledger()), Code::not_found) << "the old key alone";
  log.keyring = test_keyring('n');
  log.ledger = must(log.try_ledger());
  EXPECT_EQ(must(log.events(stream)).size(), 1U);
}

TEST_F(LedgerTest, NothingIsReadableInTheFile) {
  log.append(stream, {"claimed", {{"ground", json::Value("a very particular secret")}}});
  std::string rows;
  must(
      log.read()->each("SELECT body FROM event UNION ALL SELECT key FROM stream UNION ALL SELECT "
                       "wrapped FROM ledger_key",
                       {}, [&](const store::Row& row) {
                         rows += row.blob(0);
                         return true;
                       }));
  EXPECT_EQ(rows.find("particular"), std::string::npos);
  const Secret key = must(log.ledger->stream_key(*log.read(), stream));
  EXPECT_EQ(rows.find(key.reveal()), std::string::npos);
}

TEST_F(LedgerTest, TamperedRowsAreCorrupt) {
  for (const char* sql : {
           "UPDATE event SET body = zeroblob(100) WHERE leaf = 2",
           "UPDATE event SET body = x'' WHERE leaf = 2",
           "UPDATE event SET body = (SELECT body FROM event WHERE leaf = 3) WHERE leaf = 2",
           "UPDATE event SET commitment = zeroblob(32) WHERE leaf = 2",
           "UPDATE event SET type = 'declined' WHERE leaf = 2",
           "UPDATE event SET at_ms = at_ms + 1 WHERE leaf = 2",
           "UPDATE event SET tag = zeroblob(32) WHERE leaf = 2",
           "UPDATE event SET tag = x'00' WHERE leaf = 2",
           "UPDATE event SET commitment = x'00' WHERE leaf = 2",
       }) {
    TestLog one;
    const Stream victim = one.create("aaaaaaaaaaaaaaaaaaaaaaaaaa");
    one.append_many(victim, 3);
    ASSERT_EQ(must(one.events(victim)).size(), 3U);
    one.tamper(sql);
    EXPECT_EQ(code_of(one.events(victim)), Code::corrupt) << sql;
  }
}

TEST_F(LedgerTest, ATamperedTreeDoesNotOpen) {
  log.append_many(stream, 300);
  log.open_bare();
  must(log.try_ledger());
  for (const char* sql : {
           "UPDATE tile SET hashes = zeroblob(1408) WHERE level = 0 AND n = 1",
           "UPDATE tile SET hashes = x'00' WHERE level = 1",
           "DELETE FROM tile WHERE level = 1",
           "UPDATE log_head SET size = 299",
           "UPDATE log_head SET root = zeroblob(32)",
           "UPDATE log_head SET root = x'00'",
           "DELETE FROM log_head",
       }) {
    TestLog one;
    one.append_many(one.create("aaaaaaaaaaaaaaaaaaaaaaaaaa"), 300);
    Witnesses none(0, 0, one.clock);
    must(none.sealer(one).seal());
    one.open_bare();
    one.tamper(sql);
    EXPECT_EQ(code_of(one.try_ledger()), Code::corrupt) << sql;
  }
}

}  // namespace
}  // namespace weir::ledger
