// A log comes back from its backup, behind what the world has seen. What an outsider's check says
// then is the measure: it passes where the loss is confessed in its place, and nowhere else.
#include "ledger/recovery_test.h"

#include <fstream>

#include <fmt/ranges.h>

namespace weir::ledger {
namespace {

TEST(Recovery, WhatMayBeDoneIsJudgedBySizes) {
  struct Row {
    const char* why;
    Sizes sizes;
    std::vector<std::optional<std::uint64_t>> seen;
    Standing standing;
  };
  const Row rows[] = {
      {"no witnesses, no mirror", {5, 0}, {}, Standing::current},
      {"nobody is ahead", {5, 5}, {5, 0}, Standing::current},
      {"committed, not published", {6, 5}, {5}, Standing::current},
      {"the mirror is ahead", {5, 6}, {5}, Standing::behind},
      {"a witness too, not beyond the mirror", {5, 6}, {6, 0}, Standing::behind},
      {"a witness has seen more than both", {5, 6}, {0, 7}, Standing::beyond},
      {"without a mirror", {5, 0}, {6}, Standing::beyond},
      {"one is silent", {5, 6}, {6, std::nullopt}, Standing::unknown},
      {"another says enough", {5, 6}, {7, std::nullopt}, Standing::beyond},
  };
  for (const Row& row : rows) {
    std::vector<Seen> seen;
    for (const auto& size : row.seen) {
      seen.push_back({"w", size, ""});
    }
    EXPECT_EQ(name(judge(row.sizes, seen)), name(row.standing)) << row.why;
  }
}

TEST_F(RecoveryTest, WitnessesAreAskedWithoutChangingAnything) {
  back_up();
  live_on();
  publish();
  lose();
  witnesses_.all[1].is_down = true;
  Sealer now = sealer();
  const std::vector<Seen> seen = must(now.survey());
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].size, 7U);
  EXPECT_EQ(seen[1].size, std::nullopt);
  EXPECT_FALSE(seen[1].problem.empty());
  EXPECT_FALSE(log().ledger->stopped());
  EXPECT_EQ(must(newest_published(*log().read()))->size, 2U);
}

TEST_F(RecoveryTest, ARestoredLogDoesNotSealBeforeItIsRecovered) {
  back_up();
  live_on();
  publish();
  lose();
  Sealer now = sealer();
  EXPECT_EQ(code_of(now.seal()), Code::unavailable);
  EXPECT_TRUE(log().ledger->stopped());
}

TEST_F(RecoveryTest, ACopyIsMarkedUntilItIsRecovered) {
  EXPECT_FALSE(must(backup_mark(*first_.read())));
  back_up();
  lose();
  EXPECT_EQ(must(backup_mark(*log().read())), clock().now());
  must(recover());
  EXPECT_FALSE(must(backup_mark(*log().read())));
}

TEST_F(RecoveryTest, NothingSignedIsLost) {
  back_up();
  lose();
  const Loss loss = must(recover());
  EXPECT_EQ(loss.from, 2U);
  EXPECT_EQ(loss.to, 2U);
  open_and_seal();
  const custody::Outcome outcome = audit(records());
  EXPECT_EQ(alarms(outcome), Names());
  EXPECT_EQ(notes(outcome, custody::Kind::history_lost), 1U);
  EXPECT_EQ(outcome.counts.claimed, 4U);
}

TEST_F(RecoveryTest, StreamsGoOnBehindTheirLostEvents) {
  back_up();
  live_on();
  publish();
  lose();
  const Loss loss = must(recover());
  EXPECT_EQ(loss.from, 2U);
  EXPECT_EQ(loss.to, 7U);
  EXPECT_EQ(loss.streams, 2U);
  EXPECT_EQ(loss.unclaimable, 2U);
  EXPECT_EQ(loss.event.leaf, 7U);
  EXPECT_TRUE(must(log().events(stream(kCase)))[1].is_lost());
  EXPECT_FALSE(must(log().events(stream(kCase)))[0].is_lost());
  open_and_seal();

  const custody::Record opened = record(kCase);
  ASSERT_EQ(opened.events.size(), 4U);
  EXPECT_FALSE(opened.events[0].lost);
  EXPECT_TRUE(opened.events[1].lost);
  EXPECT_TRUE(opened.events[2].lost);
  EXPECT_FALSE(opened.events[3].lost);
  const std::string text = custody::write_record(opened);
  EXPECT_NE(text.find("weir-custody/v2"), std::string::npos);
  EXPECT_EQ(custody::write_record(must(custody::parse_record(text))), text);

  const custody::Outcome outcome = audit(records());
  EXPECT_EQ(alarms(outcome), Names());
  EXPECT_EQ(outcome.counts.claimed, 7U);  // all but the lost case
  EXPECT_EQ(outcome.counts.lost, 2U);
  EXPECT_EQ(notes(outcome, custody::Kind::history_lost), 1U);
}

TEST_F(RecoveryTest, CheckpointsSinceTheBackupAreServedAgain) {
  back_up();
  live_on();
  publish();
  const auto newest = must(newest_published(*first_.read()));
  lose();
  must(recover());
  EXPECT_EQ(must(archive(*log().read())), (std::vector<std::uint64_t>{2, 7}));
  EXPECT_EQ(must(newest_published(*log().read()))->note, newest->note);
  // The restarted process asks the witnesses, finds nobody ahead, and signs no size twice: that is
  // what Witnesses::sent checks.
  Sealer now = sealer();
  must(now.seal());
  EXPECT_EQ(must(newest_published(*log().read()))->size, 8U);
  log().reopen();
  Sealer again = sealer();
  must(again.seal());
}

TEST_F(RecoveryTest, AWitnessThatSawAnUnpublishedSizeGoesOn) {
  back_up();
  live_on();
  for (const std::size_t i : {0UL, 1UL}) {
    witnesses_.all[i].is_down = true;
  }
  clock().advance(std::chrono::minutes(1));
  must(sealer_.seal());  // one of three: signed at 7, seen by w2, not published
  for (TestWitness& one : witnesses_.all) {
    one.is_down = false;
  }
  first_.append(must(first_.ledger->find(*first_.read(), kCase)), {"declined", {}});
  witnesses_.all[2].is_down = true;
  publish();  // at 8, without w2
  witnesses_.all[2].is_down = false;
  lose();
  must(recover());
  Sealer now = sealer();
  EXPECT_EQ(must(now.seal()).cosignatures, 3U);
}

TEST_F(RecoveryTest, ALossAfterALossIsConfessedAsAWhole) {
  back_up();
  live_on();
  publish();
  lose();
  must(recover());
  open_and_seal();
  lose();  // the new disk breaks as well, and there is the old backup only
  const Loss loss = must(recover());
  EXPECT_EQ(loss.from, 2U);
  EXPECT_EQ(loss.to, 9U);
  EXPECT_EQ(loss.unclaimable, 2U);  // the first confession is lost too, as an event of the platform
  open_and_seal();
  const custody::Outcome outcome = audit(records());
  EXPECT_EQ(alarms(outcome), Names());
  EXPECT_EQ(outcome.counts.lost, 2U);
}

TEST_F(RecoveryTest, TheRecordOfACaseNeedsTheConfession) {
  back_up();
  live_on();
  publish();
  lose();
  must(recover());
  open_and_seal();
  EXPECT_EQ(alarms(audit({record(kCase)}, Duration(0))), Names({"loss_unconfessed"}));
}

TEST_F(RecoveryTest, WhatIsInconvenientCannotBeDeclaredLost) {
  struct Row {
    const char* why;
    void (*change)(custody::Record& platform, custody::Record& of_case);
    Names alarms;
  };
  // The case's record after one true loss of its events 1 and 2; its event 3 is the opening.
  const Row rows[] = {
      {"an event after the loss",
       [](custody::Record&, custody::Record& c) {
         c.events[3].lost = custody::commitment(c.events[3].fields);
         c.events[3].fields.clear();
       },
       {"loss_unconfessed"}},
      {"the event that begins it",
       [](custody::Record&, custody::Record& c) {
         c.events[0].lost = custody::commitment(c.events[0].fields);
         c.events[0].fields.clear();
       },
       {"loss_malformed", "loss_unconfessed"}},
      {"another commitment than the leaf's",
       [](custody::Record&, custody::Record& c) { c.events[1].lost = Digest{}; },
       {"wrong_commitment"}},
      {"the last one before those that are left, without saying that it is lost",
       [](custody::Record&, custody::Record& c) { c.events.erase(c.events.begin() + 1); },
       {"gap_in_index", "withheld_event"}},
      {"a wider range",
       [](custody::Record& p, custody::Record&) {
         for (custody::OpenedField& field : p.events.back().fields) {
           if (field.name == "to") {
             field.value = json::Value(9);
           }
         }
       },
       {"loss_malformed", "loss_unconfessed"}},
  };
  back_up();
  live_on();
  publish();
  lose();
  must(recover());
  open_and_seal();
  for (const Row& row : rows) {
    custody::Record platform = record(kPlatform);
    custody::Record of_case = record(kCase);
    row.change(platform, of_case);
    const Names found = alarms(audit({platform, of_case}, Duration(0)));
    for (const std::string& expected : row.alarms) {
      EXPECT_TRUE(std::ranges::find(found, expected) != found.end())
          << row.why << ": no " << expected << " among "
          << fmt::format("{}", fmt::join(found, " "));
    }
    EXPECT_FALSE(found.empty()) << row.why;
  }
}

/// An operator who writes the confession itself.
Draft confession(std::int64_t from, std::int64_t to, std::int64_t unclaimable) {
  return {"history_lost",
          {{"from", json::Value(from)},
           {"to", json::Value(to)},
           {"unclaimable", json::Value(unclaimable)},
           {"cause", json::Value("unknown")}}};
}

TEST_F(RecoveryTest, AConfessionHasItsPlace) {
  struct Row {
    const char* why;
    std::int64_t from, to, unclaimable;
    Names alarms;
  };
  // After the two first leaves: leaf 2 is the case's, the confession is leaf 3.
  const Row rows[] = {
      {"in its place, of nothing that is claimed", 2, 3, 0, {}},
      {"nothing at all", 3, 3, 0, {}},
      {"later than the first event after the loss", 1, 2, 0, {"loss_malformed"}},
      {"of what comes after it", 3, 4, 0, {"loss_malformed"}},
      {"backwards", 4, 3, 0, {"loss_malformed"}},
      {"more than there is", 2, 3, 2, {"loss_malformed"}},
      {"of leaves that somebody claims", 2, 3, 1, {"loss_overstated"}},
  };
  back_up();
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    lose();
    fs::remove_all(mirror_path());
    Witnesses fresh{3, 2, clock()};
    std::swap(witnesses_.all, fresh.all);
    log().append(stream(kCase), {"custody_opened", {}});
    log().append(stream(kPlatform), confession(row.from, row.to, row.unclaimable));
    clock().advance(std::chrono::minutes(1));
    Sealer now = sealer();
    witnesses_.may_contradict = true;
    must(now.seal());
    must(mirror_to(*log().read(), mirror_path()));
    Names found = alarms(audit(records()));
    std::erase(found, "opening_overdue");  // of the platform's record, whose claims do not count
    EXPECT_EQ(found, row.alarms);
  }
}

TEST_F(RecoveryTest, AReceiptOfALostEventIsNoContradiction) {
  back_up();
  live_on();
  publish();
  const std::string held = must(
      receipt(*first_.read(), *first_.ledger, must(first_.ledger->find(*first_.read(), kCase)), 1));
  lose();
  must(recover());
  open_and_seal();
  EXPECT_EQ(code_of(receipt(*log().read(), *log().ledger, stream(kCase), 1)), Code::not_found);
  custody::Verifier verifier({.log = custody::folder(mirror_path()),
                              .pinned = {vkey(), witnesses_.policy()},
                              .receipts = {{"mine", held}}});
  for (const custody::Record& one : records()) {
    verifier.add(one);
  }
  EXPECT_EQ(alarms(verifier.finish()), Names());
}

TEST_F(RecoveryTest, AMirrorOfAnotherHistoryIsRefused) {
  back_up();
  live_on();
  publish();
  const auto write = [&](const std::string& path, const std::string& bytes) {
    std::ofstream(mirror_path() + "/" + path, std::ios::binary) << bytes;
  };
  lose();
  const std::string entries = must(custody::folder(mirror_path())("tile/entries/000.p/7"));
  std::string changed = entries;
  changed[5 * 67 + 10] ^= 1;
  write("tile/entries/000.p/7", changed);
  EXPECT_EQ(code_of(recover()), Code::conflict);
  write("tile/entries/000.p/7", entries.substr(0, entries.size() - 1));
  EXPECT_EQ(code_of(recover()), Code::corrupt);
  write("tile/entries/000.p/7", entries);
  const auto other = vkey_of(kOrigin, successor_key());
  EXPECT_EQ(code_of(read_mirror(custody::folder(mirror_path()), other)), Code::denied);
  EXPECT_EQ(log().head().size, 2U);  // a refusal leaves no trace
  EXPECT_TRUE(must(backup_mark(*log().read())));
  must(recover());

  // Our own leaves are another history's.
  lose();
  log().append(stream(kCase), {"declined", {}});
  EXPECT_EQ(code_of(recover()), Code::conflict);
  EXPECT_EQ(code_of(continue_over(*log().db, *log().ledger, mirror(), {"bad luck", {}})),
            Code::invalid);
}

TEST_F(RecoveryTest, AnAbsentMirrorIsEmptyAndADamagedOneIsNot) {
  EXPECT_EQ(must(read_mirror(custody::folder(folder_.file("nowhere")), vkey())).size(), 0U);
  EXPECT_EQ(mirror().size(), 2U);
  fs::remove(mirror_path() + "/checkpoints/2");
  EXPECT_EQ(code_of(read_mirror(custody::folder(mirror_path()), vkey())), Code::not_found);
}

}  // namespace
}  // namespace weir::ledger
