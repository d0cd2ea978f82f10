// A log that cannot go on ends, and its streams go on in a successor.
#include "ledger/recovery_test.h"

namespace weir::ledger {
namespace {

class ClosingTest : public RecoveryTest {
 protected:
  Result<Loss> close(std::uint64_t seen, Mirrored of) {
    return close_log(*log().db, *log().ledger, of, statement(),
                     {std::string(kSuccessor), vkey(), seen});
  }
  Witnesses& successors() {
    if (!successors_) {
      successors_ = std::make_unique<Witnesses>(0, 0, clock());
    }
    return *successors_;
  }
  void seal_successor() {
    log().append(stream(kCase), {"custody_opened", {}});
    clock().advance(std::chrono::minutes(1));
    Sealer now(*log().db, *log().ledger, successor_key(), {1, successors().policy()},
               successors().ask());
    must(now.seal());
    must(mirror_to(*log().read(), folder_.file("second")));
  }
  custody::Record record(std::string_view reference) {
    const Opening opening{.vkey = vkey_of(kSuccessor, successor_key()).text(), .may_name = {}};
    return must(open_stream(*log().read(), *log().ledger, stream(reference), opening));
  }
  custody::Outcome audit_in(const std::string& folder, const merkle::VerifierKey& key,
                            const std::vector<custody::Record>& given) {
    custody::Verifier verifier({.log = custody::folder(folder_.file(folder)),
                                .pinned = {key, must(merkle::Policy::parse("quorum none\n"))}});
    for (const custody::Record& one : given) {
      verifier.add_text("record", custody::write_record(one));
    }
    return verifier.audit({clock().now(), kCeiling});
  }

  std::unique_ptr<Witnesses> successors_;
};

TEST_F(ClosingTest, RecordsGoOnInTheSuccessor) {
  back_up();
  live_on();
  publish();  // 7 leaves are seen, and mirrored; but the mirror is lost as well
  fs::remove_all(mirror_path());
  lose();
  log().append(stream(kCase), {"claimed", {}});  // committed in the backup, not published
  must(mirror_to(*log().read(), mirror_path()));
  const Loss loss = must(close(7, mirror()));
  EXPECT_EQ(loss.from, 3U);
  EXPECT_EQ(loss.to, 7U);
  EXPECT_EQ(loss.event.leaf, 1U);  // behind the one that moved over
  seal_successor();
  const std::vector<custody::Record> both = {record(kPlatform), record(kCase)};
  EXPECT_EQ(both[1].logs.size(), 2U);
  EXPECT_EQ(both[1].events[1].log, 1U);
  EXPECT_EQ(*custody::string_field(both[1].events[1].fields, "origin"), kOrigin);
  EXPECT_EQ(*custody::string_field(both[1].events[2].fields, "origin"), kSuccessor);

  const custody::Outcome old = audit_in("mirror", vkey(), both);
  EXPECT_EQ(alarms(old), Names());
  EXPECT_EQ(old.counts.claimed, 2U);
  EXPECT_EQ(notes(old, custody::Kind::history_lost), 1U);
  EXPECT_EQ(notes(old, custody::Kind::other_log), 2U);
  const custody::Outcome now = audit_in("second", vkey_of(kSuccessor, successor_key()), both);
  EXPECT_EQ(alarms(now), Names());
  EXPECT_EQ(now.counts.claimed, 3U);

  // Receipts of both logs; and the store opens again under the successor's name alone.
  EXPECT_TRUE(receipt(*log().read(), *log().ledger, stream(kCase), 0));
  EXPECT_TRUE(receipt(*log().read(), *log().ledger, stream(kCase), 1));
  EXPECT_EQ(code_of(log().try_ledger()), Code::conflict);
  log().open_bare();
  Settings settings = test_settings();
  settings.origin = kSuccessor;
  const auto& again = log().ledger =
      must(Ledger::open(*log().db, log().keyring, clock(), log().random, settings));
  ASSERT_EQ(again->logs().size(), 2U);
  EXPECT_EQ(again->logs()[0].vkey, vkey().text());
  EXPECT_EQ(again->logs()[0].size, 2U);
  EXPECT_EQ(again->logs()[1].origin, kSuccessor);
}

TEST_F(ClosingTest, MirroredLeavesAreTakenOverBeforeItEnds) {
  back_up();
  live_on();
  publish();
  lose();
  const Loss loss = must(close(9, mirror()));  // a witness has seen two more than the mirror
  EXPECT_EQ(loss.from, 2U);
  EXPECT_EQ(loss.to, 9U);
  EXPECT_EQ(loss.unclaimable, 2U);
  EXPECT_EQ(loss.event.leaf, 0U);
  seal_successor();
  const std::vector<custody::Record> both = {record(kPlatform), record(kCase)};
  const custody::Outcome old = audit_in("mirror", vkey(), both);
  EXPECT_EQ(alarms(old), Names());
  EXPECT_EQ(old.counts.claimed, 5U);
  EXPECT_EQ(old.counts.lost, 2U);
  EXPECT_EQ(alarms(audit_in("second", vkey_of(kSuccessor, successor_key()), both)), Names());
}

TEST_F(ClosingTest, WithoutTheClosingEventNothingIsLostOrCarried) {
  back_up();
  live_on();
  publish();
  lose();
  must(close(7, mirror()));
  seal_successor();
  const std::vector<custody::Record> alone = {record(kCase)};
  const Names in_old = alarms(audit_in("mirror", vkey(), alone));
  EXPECT_TRUE(std::ranges::find(in_old, "loss_unconfessed") != in_old.end());
  std::vector<custody::Record> longer = {record(kPlatform), record(kCase)};
  for (custody::OpenedField& field : longer[0].events.back().fields) {
    if (field.name == "size") {
      field.value = json::Value(6);
    }
  }
  EXPECT_FALSE(alarms(audit_in("mirror", vkey(), longer)).empty());
}

TEST_F(ClosingTest, ASuccessorIsAnotherLog) {
  back_up();
  lose();
  EXPECT_EQ(code_of(close_log(*log().db, *log().ledger, mirror(), statement(),
                              {std::string(kOrigin), vkey(), 0})),
            Code::invalid);
  must(close(2, mirror()));
  EXPECT_EQ(code_of(close(2, Mirrored{})), Code::invalid);  // that name is taken now
}

}  // namespace
}  // namespace weir::ledger
