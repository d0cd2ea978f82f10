#include "ledger/seal.h"

#include <algorithm>

#include "ledger/access.h"
#include "ledger/witnesses_test.h"

namespace weir::ledger {
namespace {

std::string body_of(const std::string& note) {
  return must(merkle::parse_note(note)).body;
}

std::optional<Checkpoint> published(const TestLog& log) {
  return must(newest_published(*log.read()));
}

std::vector<std::uint64_t> archived(const TestLog& log) {
  return must(archive(*log.read()));
}

std::int64_t count(const TestLog& log, std::string_view sql) {
  return *must(log.read()->one(sql, {}, [](const store::Row& row) { return row.integer(0); }));
}

bool has_warning(const SealOutcome& outcome, const std::string& text) {
  return std::ranges::any_of(outcome.warnings, [&](const std::string& warning) {
    return warning.find(text) != std::string::npos;
  });
}

struct SealTest : testing::Test {
  TestLog log;
  Stream stream = log.create("aaaaaaaaaaaaaaaaaaaaaaaaaa");
  Witnesses witnesses{3, 2, log.clock};
};

TEST_F(SealTest, WithoutWitnessesItIsPublishedAtOnce) {
  Witnesses none(0, 0, log.clock);
  Sealer sealer = none.sealer(log);
  log.append_many(stream, 5);
  const SealOutcome outcome = must(sealer.seal());
  EXPECT_TRUE(outcome.checkpoint.published);
  EXPECT_EQ(outcome.checkpoint.size, 5U);
  EXPECT_EQ(outcome.checkpoint.root, log.head().root);
  EXPECT_TRUE(outcome.warnings.empty());
  const auto open = must(merkle::open_checkpoint(outcome.checkpoint.note, none.policy()));
  EXPECT_EQ(open.checkpoint.head.size, 5U);
  EXPECT_EQ(must(merkle::VerifierKey::parse(sealer.vkey())), none.policy().logs().front().key);
  EXPECT_EQ(must(find_published(*log.read(), 5))->note, outcome.checkpoint.note);
  EXPECT_FALSE(must(find_published(*log.read(), 4)));
}

TEST_F(SealTest, EnoughWitnessesPublish) {
  // quorum 2 of 3: which are down, and whether it is published
  const std::vector<std::pair<std::vector<std::size_t>, bool>> cases = {
      {{}, true},      {{0}, true},     {{1}, true},     {{2}, true},
      {{0, 1}, false}, {{1, 2}, false}, {{0, 2}, false}, {{0, 1, 2}, false},
  };
  Sealer sealer = witnesses.sealer(log);
  must(sealer.seal());
  for (const auto& [down, is_published] : cases) {
    for (TestWitness& one : witnesses.all) {
      one.is_down = false;
    }
    for (const std::size_t i : down) {
      witnesses.all[i].is_down = true;
    }
    log.append_many(stream, 1);
    const SealOutcome outcome = must(sealer.seal());
    EXPECT_EQ(outcome.checkpoint.published, is_published) << down.size() << " down";
    EXPECT_EQ(outcome.cosignatures, 3 - down.size());
    EXPECT_EQ(merkle::open_checkpoint(outcome.checkpoint.note, witnesses.policy()).has_value(),
              is_published);
    EXPECT_EQ(has_warning(outcome, "not published yet"), !is_published);
    EXPECT_EQ(must(find_published(*log.read(), outcome.checkpoint.size)).has_value(), is_published);
  }
}

TEST_F(SealTest, PublishedLaterWithTheSameNote) {
  Sealer sealer = witnesses.sealer(log);
  must(sealer.seal());
  witnesses.all[0].is_down = witnesses.all[1].is_down = true;
  log.append_many(stream, 3);
  const SealOutcome first = must(sealer.seal());
  EXPECT_FALSE(first.checkpoint.published);
  EXPECT_EQ(published(log)->size, 0U);
  log.clock.advance(std::chrono::minutes(5));
  witnesses.all[0].is_down = false;
  const int asked_before = witnesses.all[2].asked;
  const SealOutcome second = must(sealer.seal());
  EXPECT_TRUE(second.checkpoint.published);
  EXPECT_EQ(body_of(second.checkpoint.note), body_of(first.checkpoint.note));
  EXPECT_TRUE(second.checkpoint.note.starts_with(first.checkpoint.note)) << second.checkpoint.note;
  EXPECT_EQ(witnesses.all[2].asked, asked_before) << "it had signed already";
  EXPECT_EQ(second.checkpoint.at, first.checkpoint.at);
}

TEST_F(SealTest, WhatNeverReachedItsQuorumIsNeverPublished) {
  Sealer sealer = witnesses.sealer(log);
  must(sealer.seal());
  for (TestWitness& one : witnesses.all) {
    one.is_down = true;
  }
  log.append_many(stream, 3);
  must(sealer.seal());
  for (TestWitness& one : witnesses.all) {
    one.is_down = false;
  }
  log.append_many(stream, 2);
  must(sealer.seal());
  EXPECT_EQ(archived(log), (std::vector<std::uint64_t>{0, 5}));
  EXPECT_FALSE(must(find_published(*log.read(), 3)));
}

TEST_F(SealTest, NothingNewAnswersTheSame) {
  Sealer sealer = witnesses.sealer(log);
  log.append_many(stream, 3);
  const SealOutcome first = must(sealer.seal());
  const int asked = witnesses.all[0].asked;
  log.clock.advance(std::chrono::hours(1));
  const SealOutcome second = must(sealer.seal());
  EXPECT_EQ(second.checkpoint.note, first.checkpoint.note);
  EXPECT_EQ(second.cosignatures, 3U);
  EXPECT_EQ(witnesses.all[0].asked, asked);
}

TEST_F(SealTest, AWitnessThatIsBehindIsToldFromWhereItStands) {
  Sealer sealer = witnesses.sealer(log);
  for (int i = 0; i < 3; ++i) {
    log.append_many(stream, 3);
    witnesses.all[0].is_down = i == 1;
    must(sealer.seal());
  }
  EXPECT_EQ(witnesses.all[0].witness.size_of(kOrigin), 9U);
  // Another process does not know what they have seen: 409, then the right proof.
  log.reopen();
  log.append_many(stream, 1);
  Sealer other = witnesses.sealer(log);
  const SealOutcome outcome = must(other.seal());
  EXPECT_EQ(outcome.cosignatures, 3U);
  EXPECT_TRUE(outcome.warnings.empty());
}

TEST_F(SealTest, AnswersThatGetLostAreAskedForAgain) {
  Sealer sealer = witnesses.sealer(log);
  must(sealer.seal());
  for (TestWitness& one : witnesses.all) {
    one.loses_answers = true;
  }
  log.append_many(stream, 4);
  const SealOutcome lost = must(sealer.seal());
  EXPECT_FALSE(lost.checkpoint.published);
  EXPECT_EQ(witnesses.all[0].witness.size_of(kOrigin), 4U) << "it has seen what we do not know";
  for (TestWitness& one : witnesses.all) {
    one.loses_answers = false;
  }
  const SealOutcome found = must(sealer.seal());
  EXPECT_TRUE(found.checkpoint.published);
  EXPECT_EQ(body_of(found.checkpoint.note), body_of(lost.checkpoint.note));
}

TEST_F(SealTest, OddAnswersAreWarnings) {
  Sealer sealer = witnesses.sealer(log);
  must(sealer.seal());
  for (const int status : {400, 403, 404, 500, 503}) {
    witnesses.all[1].status = status;
    log.append_many(stream, 1);
    const SealOutcome outcome = must(sealer.seal());
    EXPECT_TRUE(outcome.checkpoint.published);
    EXPECT_EQ(outcome.cosignatures, 2U);
    EXPECT_TRUE(has_warning(outcome, std::to_string(status)));
  }
}

TEST_F(SealTest, AWitnessWhoseClockDiffersDoesNotCount) {
  Sealer sealer = witnesses.sealer(log);
  must(sealer.seal());
  const auto cosignatures = [&](Duration skew) {
    witnesses.all[1].skew = skew;
    log.append_many(stream, 1);
    return must(sealer.seal()).cosignatures;
  };
  using std::chrono::minutes;
  using std::chrono::seconds;
  EXPECT_EQ(cosignatures(minutes(10)), 3U);
  EXPECT_EQ(cosignatures(minutes(10) + seconds(1)), 2U);
  EXPECT_EQ(cosignatures(-minutes(10)), 3U);
  EXPECT_EQ(cosignatures(-minutes(10) - seconds(1)), 2U);
}

TEST_F(SealTest, RestartAfterEveryStepGivesTheSameNote) {
  {
    Sealer sealer = witnesses.sealer(log);
    must(sealer.seal());
  }
  log.append_many(stream, 7);
  std::string body;
  // What the process gets done before it dies: signed; one cosignature; a lost one; published.
  for (int step = 0; step < 4; ++step) {
    log.reopen();
    log.clock.advance(std::chrono::seconds(30));
    Sealer sealer = witnesses.sealer(log);
    must(sealer.check_witnesses());
    witnesses.all[0].is_down = step < 1;
    witnesses.all[1].is_down = step < 2;
    witnesses.all[1].loses_answers = step == 2;
    witnesses.all[2].is_down = step < 3;
    const SealOutcome outcome = must(sealer.seal());
    EXPECT_EQ(outcome.checkpoint.published, step == 3) << step;
    EXPECT_EQ(outcome.checkpoint.size, 7U);
    body = body.empty() ? body_of(outcome.checkpoint.note) : body;
    EXPECT_EQ(body_of(outcome.checkpoint.note), body);
    for (TestWitness& one : witnesses.all) {
      one.is_down = one.loses_answers = false;
    }
  }
  EXPECT_EQ(count(log, "SELECT COUNT(*) FROM checkpoint WHERE size = 7"), 1);
}

TEST_F(SealTest, AClockBeforeTheLastCheckpointWaits) {
  Sealer sealer = witnesses.sealer(log);
  log.append_many(stream, 1);
  const Checkpoint first = must(sealer.seal()).checkpoint;
  log.append_many(stream, 1);
  log.clock.set(first.at - Duration(1));
  EXPECT_EQ(code_of(sealer.seal()), Code::unavailable);
  EXPECT_FALSE(log.ledger->stopped());
  log.clock.set(first.at);
  EXPECT_EQ(must(sealer.seal()).checkpoint.size, 2U);
}

TEST_F(SealTest, ARestoredBackupStops) {
  const TestFolder folder;
  const std::string backup = folder.file("backup.db");
  {
    Sealer sealer = witnesses.sealer(log);
    log.append_many(stream, 3);
    must(sealer.seal());
    must(log.db->copy_to(backup));
    log.append_many(stream, 2);
    must(sealer.seal());
  }
  TestLog restored(backup);
  Sealer sealer = witnesses.sealer(restored);
  EXPECT_EQ(code_of(sealer.seal()), Code::unavailable);
  ASSERT_TRUE(restored.ledger->stopped());
  EXPECT_NE(restored.ledger->stopped()->find("never signed"), std::string::npos);
  EXPECT_EQ(code_of(restored.try_append(stream, {"claimed", {}})), Code::unavailable);
  EXPECT_EQ(code_of(sealer.seal()), Code::unavailable);
  EXPECT_EQ(restored.head().size, 3U);
  EXPECT_EQ(count(restored, "SELECT COUNT(*) FROM checkpoint"), 1);
}

TEST_F(SealTest, ABackupAsNewAsTheWitnessesGoesOn) {
  const TestFolder folder;
  const std::string backup = folder.file("backup.db");
  {
    Sealer sealer = witnesses.sealer(log);
    log.append_many(stream, 3);
    must(sealer.seal());
    must(log.db->copy_to(backup));
  }
  TestLog restored(backup);
  Sealer sealer = witnesses.sealer(restored);
  restored.append_many(stream, 1);
  EXPECT_TRUE(must(sealer.seal()).checkpoint.published);
}

TEST_F(SealTest, ARestoredBackupDoesNotSignBeforeWitnessesAnswer) {
  const TestFolder folder;
  const std::string backup = folder.file("backup.db");
  {
    Sealer sealer = witnesses.sealer(log);
    log.append_many(stream, 3);
    must(sealer.seal());
    must(log.db->copy_to(backup));
    log.append_many(stream, 2);
    must(sealer.seal());
  }
  TestLog restored(backup);
  restored.random = SeededRandom(8);
  restored.append_many(stream, 2);
  Sealer sealer = witnesses.sealer(restored);
  witnesses.all[0].is_down = witnesses.all[1].is_down = true;
  witnesses.all[2].status = 500;
  EXPECT_EQ(code_of(sealer.seal()), Code::unavailable);
  EXPECT_EQ(count(restored, "SELECT COUNT(*) FROM checkpoint"), 1) << "no second root for 5";
  witnesses.all[0].is_down = false;
  EXPECT_EQ(code_of(sealer.seal()), Code::unavailable);
  EXPECT_TRUE(restored.ledger->stopped());
}

/// What the mirror's file `checkpoint` holds, or how reading it fails.
struct Mirror {
  Result<std::string> checkpoint = fail(Code::not_found, "nothing mirrored yet");
  Sealer sealer(TestLog& log, Witnesses& witnesses) {
    return Sealer(*log.db, *log.ledger, Witnesses::log_key(),
                  {1, witnesses.policy(), [this] { return checkpoint; }}, witnesses.ask());
  }
};

TEST_F(SealTest, ALogThatIsBehindItsMirrorStops) {
  const TestFolder folder;
  const std::string backup = folder.file("backup.db");
  Witnesses none(0, 0, log.clock);
  Mirror mirror;
  {
    Sealer sealer = mirror.sealer(log, none);
    log.append_many(stream, 3);
    mirror.checkpoint = must(sealer.seal()).checkpoint.note;
    must(log.db->copy_to(backup));
    log.append_many(stream, 2);
    ASSERT_TRUE(sealer.check_witnesses()) << "a mirror that is behind is none that is ahead";
    mirror.checkpoint = must(sealer.seal()).checkpoint.note;
    EXPECT_TRUE(must(sealer.check_witnesses()).empty());
  }
  TestLog restored(backup);
  restored.random = SeededRandom(8);
  Sealer sealer = mirror.sealer(restored, none);
  EXPECT_EQ(code_of(sealer.check_witnesses()), Code::unavailable);
  ASSERT_TRUE(restored.ledger->stopped());
  EXPECT_NE(restored.ledger->stopped()->find("the mirror holds 5 leaves"), std::string::npos);
  EXPECT_EQ(code_of(restored.try_append(stream, {"claimed", {}})), Code::unavailable);
}

TEST_F(SealTest, ALogWithAnotherPastThanItsMirrorStops) {
  const TestFolder folder;
  const std::string backup = folder.file("backup.db");
  Witnesses none(0, 0, log.clock);
  Mirror mirror;
  must(log.db->copy_to(backup));
  log.append_many(stream, 3);
  const std::string theirs = must(mirror.sealer(log, none).seal()).checkpoint.note;
  TestLog fork(backup);
  fork.random = SeededRandom(8);
  Sealer sealer = mirror.sealer(fork, none);
  fork.append_many(stream, 3);
  must(sealer.seal());
  mirror.checkpoint = theirs;
  EXPECT_EQ(code_of(sealer.check_witnesses()), Code::unavailable);
  EXPECT_TRUE(fork.ledger->stopped()) << "of the same size, with another root";
}

TEST_F(SealTest, AMirrorThatSaysNothingIsAWarningWithWitnessesAndNoSealWithout) {
  log.append_many(stream, 3);
  const SigningKey other = SigningKey::from_seed(Secret(std::string(kKeyBytes, 'O')));
  TestLog elsewhere;
  const Stream foreign = elsewhere.create("bbbbbbbbbbbbbbbbbbbbbbbbbb");
  elsewhere.append_many(foreign, 9);
  Sealer of_another(*elsewhere.db, *elsewhere.ledger, other,
                    {1, must(merkle::Policy::parse("quorum none\n")), {}}, witnesses.ask());
  Mirror mirror;
  for (const Result<std::string>& odd :
       {Result<std::string>(fail(Code::unavailable, "no answer")), Result<std::string>("no note"),
        Result<std::string>(must(of_another.seal()).checkpoint.note)}) {
    mirror.checkpoint = odd;
    Witnesses none(0, 0, log.clock);
    Sealer alone = mirror.sealer(log, none);
    EXPECT_EQ(code_of(alone.seal()), Code::unavailable);
    EXPECT_FALSE(log.ledger->stopped());
    EXPECT_EQ(count(log, "SELECT COUNT(*) FROM checkpoint"), 0);
  }
  Sealer sealer = mirror.sealer(log, witnesses);
  const SealOutcome outcome = must(sealer.seal());
  EXPECT_TRUE(outcome.checkpoint.published) << "a quorum says that it is not behind";
  EXPECT_TRUE(has_warning(outcome, "the mirror: "));
}

TEST_F(SealTest, AForkStops) {
  // Two copies of one log go on by themselves; the second to ask shows another tree of one size.
  const TestFolder folder;
  const std::string copy = folder.file("copy.db");
  {
    Sealer sealer = witnesses.sealer(log);
    log.append_many(stream, 3);
    must(sealer.seal());
  }
  must(log.db->copy_to(copy));
  TestLog fork(copy);
  fork.random = SeededRandom(8);
  witnesses.may_contradict = true;
  Sealer one = witnesses.sealer(log);
  Sealer other = witnesses.sealer(fork);
  must(one.check_witnesses());
  must(other.check_witnesses());
  log.append_many(stream, 2);
  fork.append_many(stream, 2);
  must(one.seal());
  EXPECT_EQ(code_of(other.seal()), Code::corrupt);
  ASSERT_TRUE(fork.ledger->stopped());
  EXPECT_NE(fork.ledger->stopped()->find("contradicts"), std::string::npos);
  EXPECT_EQ(code_of(fork.try_append(stream, {"claimed", {}})), Code::unavailable);
  EXPECT_EQ(published(fork)->size, 3U);
}

TEST_F(SealTest, AFreshDatabaseUnderAnOldNameStops) {
  Sealer sealer = witnesses.sealer(log);
  log.append_many(stream, 3);
  must(sealer.seal());
  TestLog fresh;
  Sealer second = witnesses.sealer(fresh);
  EXPECT_EQ(code_of(second.seal()), Code::unavailable);
  EXPECT_TRUE(fresh.ledger->stopped());
}

TEST_F(SealTest, WhatWasSignedMustStillBeThere) {
  Sealer sealer = witnesses.sealer(log);
  log.append_many(stream, 300);
  must(sealer.seal());
  // The hash of the first 256 leaves: the root over the signed part changes.
  log.tamper("UPDATE tile SET hashes = zeroblob(32) WHERE level = 1 AND n = 0");
  log.append_many(stream, 1);
  EXPECT_EQ(code_of(sealer.seal()), Code::corrupt);
  EXPECT_EQ(published(log)->size, 300U);
}

TEST_F(SealTest, ATreeThatIsNotTheHeadsIsNotSigned) {
  Sealer sealer = witnesses.sealer(log);
  log.append_many(stream, 3);
  must(sealer.seal());
  log.append_many(stream, 1);
  log.tamper("UPDATE log_head SET root = zeroblob(32)");
  const auto sealed = sealer.seal();
  ASSERT_EQ(code_of(sealed), Code::corrupt);
  EXPECT_NE(sealed.error().message.find("the log's head"), std::string::npos);
  EXPECT_EQ(count(log, "SELECT COUNT(*) FROM checkpoint"), 1);
}

TEST_F(SealTest, NothingIsSignedOverAnotherPast) {
  Sealer sealer = witnesses.sealer(log);
  log.append_many(stream, 3);
  must(sealer.seal());
  log.append_many(stream, 1);
  log.tamper("UPDATE checkpoint SET root = zeroblob(32)");
  const auto sealed = sealer.seal();
  ASSERT_EQ(code_of(sealed), Code::corrupt);
  EXPECT_NE(sealed.error().message.find("no longer holds"), std::string::npos);
  EXPECT_EQ(count(log, "SELECT COUNT(*) FROM checkpoint"), 1);
}

TEST_F(SealTest, AShorterLogIsCorrupt) {
  Sealer sealer = witnesses.sealer(log);
  log.append_many(stream, 3);
  const Digest older = log.head().root;
  log.append_many(stream, 3);
  must(sealer.seal());
  must(log.db->execute([&](store::Tx& tx) -> Status {
    TRY(tx.run("DELETE FROM event WHERE leaf > 3"));
    return tx.run("UPDATE log_head SET size = 3, root = $1", {store::Blob{older.view()}});
  }));
  EXPECT_EQ(code_of(sealer.seal()), Code::corrupt);
}

}  // namespace
}  // namespace weir::ledger
