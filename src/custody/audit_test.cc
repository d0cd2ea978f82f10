#include "custody/forger_checks.h"

namespace weir::custody {
namespace {

TEST(Audit, EveryLeafIsClaimedOnce) {
  const World world;
  const Outcome outcome = audit(world, world.records(), 1000 * kDay);
  EXPECT_EQ(alarms(outcome), Names());
  EXPECT_EQ(outcome.counts.claimed, world.op.leaves.size());
  EXPECT_EQ(outcome.counts.unclaimed, 0u);
}

TEST(Audit, ACaseNeverOpenedBecomesDueAtTheCeiling) {
  World world;
  Book& secret = world.op.begin("case");
  world.op.write(secret, "report_received", {});
  world.op.write(secret, "access", {});
  world.op.seal();
  Outcome outcome = audit(world, world.records(), kCeiling);
  EXPECT_EQ(alarms(outcome), Names());
  EXPECT_EQ(notes(outcome), Names({"leaf_of_nobody", "leaf_unclaimed"}));
  EXPECT_EQ(outcome.counts.unclaimed_by_age, (std::map<std::int64_t, std::uint64_t>{{90, 2}}));
  outcome = audit(world, world.records(), kCeiling + Duration(1));
  EXPECT_EQ(alarms(outcome), Names({"opening_overdue"}));
  EXPECT_EQ(outcome.counts.due, 2u);
}

TEST(Audit, AForgottenMergeShowsTwice) {
  const World world;
  const std::vector<Record> records = {world.op.record(world.platform),
                                       world.op.record(world.cover), world.op.record(world.report)};
  EXPECT_EQ(alarms(audit(world, records, 100 * kDay)), Names({"missing_link", "opening_overdue"}));
}

TEST(Audit, ClaimsOfARecordWithAnAlarmDoNotCount) {
  const World world;
  std::vector<Record> records = world.records();
  records[0].events[0].before += 1;
  const Outcome outcome = audit(world, records, 100 * kDay);
  EXPECT_EQ(alarms(outcome), Names({"bracket_violated", "opening_overdue"}));
  EXPECT_EQ(outcome.counts.due, records[0].events.size());
}

TEST(Audit, WithoutCosignaturesAllUnclaimedLeavesAreDue) {
  const World world;
  Given given = world.op.given();
  given.pinned.policy = merkle::Policy::parse("quorum none\n").value();
  std::vector<Record> records = world.records();
  records.erase(records.begin());
  const Outcome outcome =
      with(given, records).audit({.now = world.op.clock.now(), .ceiling = kCeiling});
  EXPECT_EQ(alarms(outcome), Names({"opening_overdue"}));
  EXPECT_EQ(outcome.counts.unproven, 2u);
  EXPECT_TRUE(outcome.counts.unclaimed_by_age.empty());
}

struct DeferralCase {
  std::string name;
  std::uint64_t leaves;
  int until_days;
  bool is_opened;
  Names alarms;
};

TEST(Audit, ADeferralAccountsForWhatItStatesUntilItEnds) {
  const std::vector<DeferralCase> cases = {
      {"right", 3, 200, false, {}},
      {"too few", 2, 200, false, {"opening_overdue"}},
      {"just ending", 3, 100, false, {}},
      {"past", 3, 99, false, {"opening_overdue"}},
      {"right, then opened", 3, 200, true, {}},
      {"understated, then opened", 2, 200, true, {"deferral_understated"}},
      {"overstated, then opened", 4, 200, true, {"deferral_overstated"}},
      {"past, but opened", 3, 1, true, {}},
  };
  for (const DeferralCase& one : cases) {
    SCOPED_TRACE(one.name);
    World world;
    Book& secret = world.op.begin("case");
    world.op.write(secret, "report_received", {});
    world.op.write(secret, "access", forger::access_fields(world.op, world, "r"));
    world.op.write(secret, "claimed", {});
    world.op.seal();
    const Instant audited = world.op.clock.now() + 100 * kDay;
    const std::uint64_t size = world.op.leaves.size();
    world.op.write(world.platform, "opening_deferred",
                   {{"deferred_key_commit", json::Value(to_base64(key_commit(secret.key)))},
                    {"leaves", json::Value(one.leaves)},
                    {"log_size", json::Value(size)},
                    {"until", json::Value(to_rfc3339(audited + (one.until_days - 100) * kDay))},
                    {"ground_class", json::Value("court")}});
    world.op.seal();
    std::vector<Record> records = world.records();
    if (one.is_opened) {
      world.op.write(secret, "custody_opened", {});
      world.op.seal();
      records.push_back(world.op.record(secret));
    }
    const Outcome outcome =
        with(world.op.given(), records).audit({.now = audited, .ceiling = kCeiling});
    EXPECT_EQ(alarms(outcome), one.alarms);
  }
}

TEST(Audit, ADeferralDoesNotCoverLeavesThatCameAfterIt) {
  World world;
  Book& secret = world.op.begin("case");
  world.op.write(secret, "report_received", {});
  const std::uint64_t size = world.op.leaves.size();
  const auto deferred = [&](std::uint64_t leaves) -> std::vector<Field> {
    return {{"deferred_key_commit", json::Value(to_base64(key_commit(secret.key)))},
            {"leaves", json::Value(leaves)},
            {"log_size", json::Value(size)},
            {"until", json::Value(to_rfc3339(world.op.clock.now() + 1000 * kDay))},
            {"ground_class", json::Value("court")}};
  };
  world.op.write(secret, "access", {});  // at leaf log_size: the first that it does not cover
  world.op.write(world.platform, "opening_deferred", deferred(2));
  world.op.seal();
  EXPECT_EQ(alarms(audit(world, world.records(), 100 * kDay)), Names({"opening_overdue"}));
  // More leaves than there are below that size is no deferral at all.
  world.op.write(world.platform, "opening_deferred", deferred(size + 1));
  world.op.seal();
  EXPECT_TRUE(alarms(audit(world, world.records(), 1 * kDay)).contains("deferral_malformed"));
}

TEST(Audit, OpeningsAreHeldAgainstWhatWasOwed) {
  World world;
  Book& late = world.op.begin("case");
  world.op.write(late, "report_received", {});
  world.op.seal();
  world.op.clock.advance(90 * kDay);
  world.op.write(late, "custody_opened", {});
  world.op.seal();
  std::vector<Record> records = world.records();
  records.push_back(world.op.record(late));
  Outcome outcome = audit(world, records, kDay);
  EXPECT_EQ(alarms(outcome), Names());
  EXPECT_EQ(notes(outcome), Names({"opened_late"}));
  outcome = with(world.op.given(), records)
                .audit({.now = world.op.clock.now(), .ceiling = kCeiling - Duration(1)});
  EXPECT_EQ(alarms(outcome), Names({"open_by_beyond_ceiling"}));
}

}  // namespace
}  // namespace weir::custody
