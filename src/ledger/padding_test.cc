// Cover leaves: bursts do not show, and nothing grows while nothing happens.
#include "ledger/access.h"
#include "ledger/opening.h"
#include "ledger/witnesses_test.h"

namespace weir::ledger {
namespace {

constexpr unsigned kPadTo = 16;

struct PaddingTest : testing::Test {
  TestLog log;
  Stream stream = log.create("aaaaaaaaaaaaaaaaaaaaaaaaaa");
  Witnesses witnesses{0, 0, log.clock};
  Sealer sealer = witnesses.sealer(log, kPadTo);

  std::optional<Stream> cover() { return must(log.ledger->newest(*log.read(), StreamKind::cover)); }
  void open(const Stream& opened) { log.append(opened, {"custody_opened", {}}); }
};

TEST_F(PaddingTest, EverySealedSizeIsAMultiple) {
  // appended since the last seal -> sealed size
  const std::vector<std::pair<int, std::uint64_t>> cases = {{1, 16},  {15, 32},   {16, 48},
                                                            {17, 80}, {31, 112},  {32, 144},
                                                            {0, 144}, {100, 256}, {240, 496}};
  for (const auto& [count, size] : cases) {
    log.append_many(stream, count);
    const SealOutcome outcome = must(sealer.seal());
    EXPECT_EQ(outcome.checkpoint.size, size) << count;
    EXPECT_TRUE(outcome.checkpoint.published);
  }
}

TEST_F(PaddingTest, NothingGrowsWhileNothingHappens) {
  log.append_many(stream, 5);
  must(sealer.seal());
  const std::size_t covers = must(log.events(*cover())).size();
  for (int hour = 0; hour < 30; ++hour) {
    log.clock.advance(std::chrono::hours(1));
    EXPECT_EQ(must(sealer.seal()).checkpoint.size, 16U);
  }
  EXPECT_EQ(must(log.events(*cover())).size(), covers);
  EXPECT_EQ(must(archive(*log.read())), std::vector<std::uint64_t>{16});
}

TEST_F(PaddingTest, AnEmptyLogStaysEmpty) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(must(sealer.seal()).checkpoint.size, 0U);
  }
}

TEST_F(PaddingTest, ACheckpointThatWaitsForWitnessesIsNotPaddedAgain) {
  Witnesses some(2, 2, log.clock);
  log.append_many(stream, 5);
  Sealer waiting = some.sealer(log, kPadTo);
  must(waiting.check_witnesses());
  some.all[0].is_down = true;
  for (int i = 0; i < 5; ++i) {
    const SealOutcome outcome = must(waiting.seal());
    EXPECT_EQ(outcome.checkpoint.size, 16U);
    EXPECT_FALSE(outcome.checkpoint.published);
  }
}

TEST_F(PaddingTest, CoverIsAStreamOfItsOwn) {
  log.append_many(stream, 5);
  must(sealer.seal());
  const auto events = must(log.events(*cover()));
  ASSERT_EQ(events.size(), 11U);
  for (const StoredEvent& event : events) {
    EXPECT_EQ(event.type, "cover");
  }
  EXPECT_EQ(must(log.events(stream)).size(), 5U);
}

TEST_F(PaddingTest, OnceOpenedAnotherCoverStreamGoesOn) {
  log.append_many(stream, 5);
  must(sealer.seal());
  const Stream first = *cover();
  open(first);
  must(sealer.seal());  // still pads into the first: no checkpoint covers its end yet
  EXPECT_EQ(cover()->reference, first.reference);
  const std::size_t closed = must(log.events(first)).size();
  EXPECT_TRUE(must(is_open(*log.read(), first)));
  log.append_many(stream, 1);
  must(sealer.seal());
  const Stream second = *cover();
  EXPECT_NE(second.reference, first.reference);
  EXPECT_EQ(must(log.events(first)).size(), closed) << "an opened stream has ended";
  EXPECT_EQ(must(log.events(second)).size(), 15U);
  EXPECT_FALSE(must(is_open(*log.read(), second)));
}

TEST_F(PaddingTest, RepeatedReadsAreWrittenBeforeTheSeal) {
  const Recipient recipient{"user-1", "bbbbbbbbbbbbbbbbbbbbbbbbbb", "vendor", "DE", {}};
  const Item item{"object", 1, Level::technical, {}, {}};
  const auto read = [&] {
    must(log.db->execute([&](store::Tx& tx) -> Status {
      TRY(record_access(*log.ledger, tx, stream, recipient, {item}));
      return {};
    }));
  };
  read();
  read();
  read();
  must(sealer.seal());
  EXPECT_EQ(must(log.events(stream)).size(), 1U) << "the day has not ended";
  log.clock.advance(std::chrono::hours(24));
  EXPECT_EQ(must(sealer.seal()).checkpoint.size, 32U);
  const auto events = must(log.events(stream));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].type, "repeat_reads");
}

}  // namespace
}  // namespace weir::ledger
