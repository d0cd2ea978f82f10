#include "custody/verify.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "custody/forger.h"

namespace weir::custody {
namespace {

using forger::Book;
using forger::Operator;
using forger::World;

using Names = std::set<std::string>;
constexpr Duration kDay = std::chrono::hours(24);
constexpr Duration kCeiling = 90 * kDay;

Names names(const Outcome& outcome, Severity severity) {
  Names out;
  for (const Finding& finding : outcome.findings) {
    if (finding.severity == severity) {
      out.emplace(name(finding.kind));
    }
  }
  return out;
}
Names alarms(const Outcome& outcome) {
  const Names found = names(outcome, Severity::alarm);
  EXPECT_EQ(found.empty(), outcome.verified());
  return found;
}
Names notes(const Outcome& outcome) {
  return names(outcome, Severity::note);
}

Verifier with(Given given, const std::vector<Record>& records) {
  Verifier verifier(std::move(given));
  for (const Record& record : records) {
    verifier.add_text(record.stream, write_record(record));
  }
  return verifier;
}
Outcome verify(Given given, const std::vector<Record>& records) {
  return with(std::move(given), records).finish();
}
Outcome verify(const World& world) {
  return verify(world.op.given(), world.records());
}
/// At a time long after everything was due.
Outcome audit(const World& world, const std::vector<Record>& records, Duration later) {
  return with(world.op.given(), records)
      .audit({.now = world.op.clock.now() + later, .ceiling = kCeiling});
}

OpenedField& field(Record& record, std::size_t event, std::string_view name) {
  return *std::ranges::find(record.events.at(event).fields, name, &OpenedField::name);
}

GivenReceipt given_receipt(const Receipt& receipt) {
  return {.name = "r.tlog-proof", .text = write_receipt(receipt), .body = std::nullopt};
}

std::string body_of(const World& world) {
  return world.body;
}

// ---- honest ----

TEST(Verify, AnHonestWorldVerifies) {
  const World world;
  Given given = world.op.given();
  for (std::uint64_t i = 0; i < world.report.events.size(); ++i) {
    given.receipts.push_back(given_receipt(world.op.receipt(world.report, i)));
  }
  given.receipts[2].body = body_of(world);
  const Outcome outcome = verify(std::move(given), world.records());
  EXPECT_EQ(alarms(outcome), Names());
  EXPECT_EQ(notes(outcome), Names());
  EXPECT_EQ(outcome.counts.leaves, world.op.leaves.size());
  EXPECT_EQ(outcome.counts.records, 4u);
  EXPECT_EQ(outcome.counts.events, world.op.leaves.size());
  EXPECT_EQ(outcome.quorum, Sealed::Quorum::met);
}

TEST(Verify, FieldsKeptBackAreCountedByReason) {
  const World world;
  const auto hide = [](const std::string&, const std::string& name) -> std::optional<Reason> {
    if (name == "ground") {
      return Reason::text;
    }
    return name == "handler" ? std::optional(Reason::person) : std::nullopt;
  };
  const Outcome outcome = verify(
      world.op.given(), {world.op.record(world.report, hide), world.op.record(world.merged)});
  EXPECT_EQ(alarms(outcome), Names());
  EXPECT_EQ(outcome.counts.kept_back, (std::array<std::uint64_t, 5>{1, 0, 1, 0, 0}));
}

TEST(Verify, ALaterEventIsNotedNotAlarmed) {
  World world;
  const std::vector<Record> records = world.records();
  world.op.write(world.report, "access", {});
  world.op.seal();
  const Outcome outcome = verify(world.op.given(), records);
  EXPECT_EQ(alarms(outcome), Names());
  EXPECT_EQ(notes(outcome), Names({"later_event"}));
}

TEST(Verify, WithoutAQuorumTimesAreUnproven) {
  const World world;
  Given given = world.op.given();
  given.pinned.policy =
      merkle::Policy::parse("log " + world.op.log_key.text() + "\nquorum none\n").value();
  const Outcome outcome = verify(std::move(given), world.records());
  EXPECT_EQ(alarms(outcome), Names());
  EXPECT_EQ(notes(outcome), Names({"times_unproven"}));
  EXPECT_EQ(outcome.quorum, Sealed::Quorum::not_asked);
}

// ---- the record is changed after the fact ----

struct Change {
  std::string name;
  std::function<void(Record&)> change;
  Names alarms;
};

TEST(Verify, EveryChangeOfARecordIsFound) {
  const Digest other = sha256("other");
  const std::vector<Change> changes = {
      {"gap in the index",
       [](Record& r) { r.events.erase(r.events.begin() + 4); },
       {"gap_in_index", "broken_chain", "withheld_event"}},
      {"first event left out",
       [](Record& r) { r.events.erase(r.events.begin()); },
       {"gap_in_index", "broken_chain", "withheld_event"}},
      {"last event withheld", [](Record& r) { r.events.pop_back(); }, {"withheld_event"}},
      {"all but the first withheld",
       [](Record& r) {
         r.events.resize(1);
         r.linked.clear();
       },
       {"withheld_event", "forged_link"}},
      {"another key", [](Record& r) { r.key[0] ^= 1; }, {"wrong_key", "not_in_log", "forged_link"}},
      {"value changed",
       [](Record& r) {
         OpenedField& type = field(r, 1, "handler");
         type.value = json::Value("Bob");
       },
       {"wrong_commitment", "broken_chain"}},
      {"kept-back hash changed",
       [&](Record& r) {
         OpenedField& handler = field(r, 1, "handler");
         handler = {.name = "handler", .value = {}, .hash = other, .reason = Reason::person};
       },
       {"wrong_commitment", "broken_chain"}},
      {"field left out",
       [](Record& r) {
         std::erase_if(r.events[1].fields, [](const auto& f) { return f.name == "handler"; });
       },
       {"wrong_commitment", "broken_chain"}},
      {"skeleton field left out",
       [](Record& r) {
         std::erase_if(r.events[1].fields, [](const auto& f) { return f.name == "time"; });
       },
       {"skeleton_missing", "wrong_commitment", "broken_chain"}},
      {"skeleton field kept back",
       [](Record& r) {
         OpenedField& time = field(r, 1, "time");
         time.value.reset();
         time.reason = Reason::text;
       },
       {"skeleton_missing"}},
      {"index kept back",
       [](Record& r) {
         OpenedField& index = field(r, 1, "index");
         index.value.reset();
         index.reason = Reason::position;
       },
       {"skeleton_missing"}},
      {"something else kept back as a position",
       [](Record& r) {
         OpenedField& handler = field(r, 1, "handler");
         handler.value.reset();
         handler.reason = Reason::position;
       },
       {"malformed"}},
      {"recipient's class kept back",
       [](Record& r) {
         OpenedField& c = field(r, 2, "recipient_class");
         c.value.reset();
         c.reason = Reason::person;
       },
       {"skeleton_missing"}},
      {"leaf moved",
       [](Record& r) { r.events[2].leaf += 1; },
       {"misplaced_leaf", "leaf_claimed_twice"}},
      {"leaf of another stream",
       [](Record& r) { r.events[2].leaf = 8; },
       {"misplaced_leaf", "leaf_claimed_twice"}},
      {"leaf beyond the log",
       [](Record& r) { r.events.back().leaf = 1'000'000; },
       {"misplaced_leaf"}},
      {"before one too small", [](Record& r) { r.events[2].before -= 1; }, {"bracket_violated"}},
      {"after one too great", [](Record& r) { r.events[2].after += 1; }, {"bracket_violated"}},
      {"as_of not archived", [](Record& r) { r.as_of_size -= 1; }, {"bracket_violated"}},
      {"as_of before the last event",
       [](Record& r) { r.as_of_size = r.events.back().before; },
       {"misplaced_leaf"}},
      {"another log in name",
       [](Record& r) { r.logs[0].origin = "other.example"; },
       {"wrong_origin", "missing_link"}},
      {"several logs",
       [](Record& r) { r.logs.push_back(r.logs[0]); },
       {"several_logs", "missing_link"}},
      {"an event in a second log", [](Record& r) { r.events.back().log = 1; }, {"several_logs"}},
      {"as_of in a second log",
       [](Record& r) { r.as_of_log = 1; },
       {"several_logs", "missing_link"}},
      {"no events", [](Record& r) { r.events.clear(); }, {"malformed", "missing_link"}},
      {"no reference", [](Record& r) { r.stream = "case-7"; }, {"malformed", "missing_link"}},
      {"link not listed", [](Record& r) { r.linked.clear(); }, {"missing_link"}},
      {"a link to nowhere",
       [](Record& r) { r.linked.push_back(std::string(26, 'a')); },
       {"missing_link"}},
      {"link kept back",
       [](Record& r) {
         OpenedField& c = field(r, 5, "other");
         c.value.reset();
         c.reason = Reason::content;
       },
       {"missing_link", "forged_link"}},
      {"said to be cover", [](Record& r) { r.kind = "cover"; }, {"wrong_kind"}},
      {"said to be the platform", [](Record& r) { r.kind = "platform"; }, {"wrong_kind"}},
  };
  for (const Change& change : changes) {
    SCOPED_TRACE(change.name);
    const World world;
    std::vector<Record> records = world.records();
    change.change(records[2]);
    Names found = alarms(verify(world.op.given(), records));
    EXPECT_EQ(found, change.alarms);
  }
}

TEST(Verify, FieldsOutOfOrderOrTwiceAreMalformed) {
  const World world;
  Record record = world.op.record(world.platform);
  std::swap(record.events[0].fields[0], record.events[0].fields[1]);
  EXPECT_EQ(alarms(verify(world.op.given(), {record})), Names({"malformed"}));
  record = world.op.record(world.platform);
  record.events[0].fields.insert(record.events[0].fields.begin(), record.events[0].fields[0]);
  EXPECT_EQ(alarms(verify(world.op.given(), {record})), Names({"malformed"}));
}

TEST(Verify, TwoRecordsForOneStreamAreRefused) {
  const World world;
  const Record record = world.op.record(world.platform);
  Record twin = record;
  twin.stream = world.cover.reference;  // another name, the same key
  EXPECT_EQ(alarms(verify(world.op.given(), {record, record})), Names({"second_record"}));
  EXPECT_EQ(alarms(verify(world.op.given(), {record, twin})), Names({"second_record"}));
}

// ---- the operator lies while writing ----

TEST(Forger, ASecondKeyForACaseShowsAsUnclaimedLeavesAndByItsReceipts) {
  World world;
  Book& second = world.op.begin("case");
  second.reference = world.report.reference;
  world.op.write(second, "report_received", {});
  world.op.write(second, "access", forger::access_fields(world.op, world, "r9"));
  world.op.seal();
  EXPECT_EQ(alarms(audit(world, world.records(), 100 * kDay)), Names({"opening_overdue"}));
  Given given = world.op.given();
  given.receipts.push_back(given_receipt(world.op.receipt(second, 1)));
  EXPECT_EQ(alarms(verify(given, world.records())), Names({"receipt_not_in_record"}));
  std::vector<Record> records = world.records();
  records.push_back(world.op.record(second));
  EXPECT_EQ(alarms(verify(world.op.given(), records)), Names({"second_record"}));
}

TEST(Forger, BytesOfOneCaseLoggedUnderAnotherShowByTheRecipientsReceipt) {
  World world;
  Book& other = world.op.begin("case");
  world.op.write(other, "report_received", {});
  world.op.write(other, "access", forger::access_fields(world.op, world, "honest"));
  world.op.write(other, "custody_opened", {});
  world.op.seal();
  std::vector<Record> records = world.records();
  records.push_back(world.op.record(other));
  EXPECT_EQ(alarms(verify(world.op.given(), records)), Names());  // nobody kept a receipt
  Given given = world.op.given();
  given.receipts.push_back(given_receipt(world.op.receipt(other, 1)));
  EXPECT_EQ(alarms(verify(given, records)), Names({"receipt_contradicted"}));
  // The bytes themselves show it too, where the receipt shows no manifest but the record does.
  given.receipts[0] =
      given_receipt(world.op.receipt(other, 1, [](const std::string&, const std::string& name) {
        return name == "manifest" ? std::optional(Reason::content) : std::nullopt;
      }));
  EXPECT_EQ(alarms(verify(given, records)), Names());
  given.receipts[0].body = world.body;
  EXPECT_EQ(alarms(verify(given, records)), Names({"receipt_contradicted"}));
}

TEST(Forger, AReceiptOfAnEventThatTheRecordLacksIsAnAlarm) {
  World world;
  // Tag and key of another stream, though the event names this one.
  world.op.write(world.report, "access", forger::access_fields(world.op, world, "honest"),
                 {.fields = {}, .tag_of = &world.cover, .tag_index = 500});
  world.op.seal();
  const Receipt receipt = world.op.receipt(world.report, world.report.events.size() - 1);
  world.report.events.pop_back();
  Given given = world.op.given();
  given.receipts.push_back(given_receipt(receipt));
  EXPECT_EQ(alarms(verify(given, world.records())), Names({"receipt_not_in_record"}));
}

TEST(Forger, AReceiptThatNamesAKeptBackFieldOtherwiseContradicts) {
  const World world;
  Record record = world.op.record(world.report, [](const std::string&, const std::string& name) {
    return name == "handler" ? std::optional(Reason::person) : std::nullopt;
  });
  field(record, 1, "handler").name = "hand";  // sorts to the same place
  Given given = world.op.given();
  EXPECT_EQ(alarms(verify(given, {record, world.op.record(world.merged)})), Names());
  given.receipts.push_back(given_receipt(world.op.receipt(world.report, 1)));
  EXPECT_EQ(alarms(verify(given, {record, world.op.record(world.merged)})),
            Names({"receipt_contradicted"}));
}

TEST(Forger, ADifferingBodyIsAnAlarm) {
  const World world;
  Given given = world.op.given();
  given.receipts.push_back(given_receipt(world.op.receipt(world.report, 2)));
  given.receipts[0].body = world.body + " ";
  EXPECT_EQ(alarms(verify(given, world.records())), Names({"receipt_contradicted"}));
}

TEST(Forger, AReceiptLaterThanTheRecordIsNoted) {
  World world;
  const std::vector<Record> records = world.records();
  world.op.write(world.report, "claimed", {});
  world.op.seal();
  Given given = world.op.given();
  given.receipts.push_back(given_receipt(world.op.receipt(world.report, 10)));
  const Outcome outcome = verify(given, records);
  EXPECT_EQ(alarms(outcome), Names());
  EXPECT_EQ(notes(outcome), Names({"later_event"}));
  given.receipts[0] = given_receipt(world.op.receipt(world.report, 0));
  EXPECT_EQ(notes(verify(given, {world.op.record(world.platform)})), Names({"receipt_unchecked"}));
}

TEST(Forger, AnEventSkippedWhileWritingIsWithheld) {
  World world;
  Book hidden = world.report;
  world.op.write(hidden, "access", {}, {.fields = {}, .tag_of = &world.report});
  world.op.seal();
  EXPECT_EQ(alarms(verify(world)), Names({"withheld_event"}));
}

TEST(Forger, FieldsThatLieAreFound) {
  struct Lie {
    std::string field;
    json::Value value;
    Names alarms;
  };
  const std::string elsewhere(26, 'a');
  const std::vector<Lie> lies = {
      {"v", json::Value(2), {"skeleton_wrong"}},
      {"v", json::Value("1"), {"skeleton_wrong"}},
      {"origin", json::Value("other.example"), {"wrong_origin"}},
      {"stream", json::Value(elsewhere), {"wrong_stream"}},
      {"index", json::Value(3), {"gap_in_index"}},
      {"prev", json::Value(to_base64(Digest{})), {"broken_chain"}},
      {"prev", json::Value("AAAA"), {"skeleton_wrong"}},
      {"key_commit", json::Value(to_base64(Digest{})), {"wrong_key"}},
      {"time", json::Value("2026-11-23T13:20:00Z"), {"skeleton_wrong"}},
      {"time", json::Value("2026-11-23T14:20:00.000+01:00"), {"skeleton_wrong"}},
      {"type", json::Value(7), {"skeleton_wrong"}},
      {"level", json::Value("secret"), {"skeleton_wrong"}},
      {"recipient_country", json::Value("de"), {"skeleton_wrong"}},
      {"content", json::Value("no digest"), {"skeleton_wrong"}},
  };
  for (const Lie& lie : lies) {
    SCOPED_TRACE(lie.field);
    World world;
    world.op.write(world.report, "access", forger::access_fields(world.op, world, "r"),
                   {.fields = [&lie](std::vector<Field>& fields) {
                     std::ranges::find(fields, lie.field, &Field::name)->value = lie.value;
                   }});
    world.op.seal();
    EXPECT_EQ(alarms(verify(world)), lie.alarms);
  }
}

TEST(Forger, TimesAreHeldAgainstTheWitnesses) {
  struct Case {
    Duration shift;
    Names alarms;
  };
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  // Written one minute after the checkpoint before it and one minute before the one after it.
  const std::vector<Case> cases = {
      {minutes(0), {}},
      {minutes(11), {}},
      {minutes(11) + milliseconds(1), {"time_outside_bracket"}},
      {-minutes(11), {}},
      {-minutes(11) - milliseconds(1), {"time_outside_bracket"}},
  };
  for (const Case& one : cases) {
    World world;
    Book& book = world.op.begin("case");
    world.op.write(book, "report_received", {}, {.fields = [&](std::vector<Field>& fields) {
                     std::ranges::find(fields, "time", &Field::name)->value =
                         json::Value(to_rfc3339(world.op.clock.now() + one.shift));
                   }});
    world.op.seal();
    EXPECT_EQ(alarms(verify(world.op.given(), {world.op.record(book)})), one.alarms)
        << one.shift.count();
  }
}

TEST(Forger, AStreamWrittenBackwardsInTimeIsAnAlarm) {
  using std::chrono::minutes;
  for (const auto& [back, expected] :
       {std::pair(minutes(10), Names()), std::pair(minutes(11), Names({"time_backwards"}))}) {
    World world;
    Book& book = world.op.begin("case");
    world.op.write(book, "report_received", {});
    // Half the way at each step: the greatest time so far counts.
    for (const auto part : {back / 2, back}) {
      world.op.write(book, "claimed", {}, {.fields = [&](std::vector<Field>& fields) {
                       const Instant begun = *parse_rfc3339(std::string(
                           std::ranges::find(book.events[0].fields, "time", &Field::name)
                               ->value.get_string()));
                       std::ranges::find(fields, "time", &Field::name)->value =
                           json::Value(to_rfc3339(begun - part));
                     }});
    }
    world.op.seal();
    EXPECT_EQ(alarms(verify(world.op.given(), {world.op.record(book)})), expected);
  }
}

TEST(Forger, ALinkThatTheOtherSideDoesNotConfirmIsForged) {
  World world;
  Book& book = world.op.begin("case");
  book.linked = {world.report.reference};
  world.op.write(book, "report_received", {});
  world.op.write(book, "merged",
                 {{"other", json::Value(world.report.reference)},
                  {"other_key_commit", json::Value(to_base64(key_commit(world.report.key)))},
                  {"other_index", json::Value(5)}});
  world.op.seal();
  std::vector<Record> records = world.records();
  records.push_back(world.op.record(book));
  EXPECT_EQ(alarms(verify(world.op.given(), records)), Names({"forged_link"}));
}

TEST(Forger, ATagTwiceInTheLogIsAnAlarm) {
  World world;
  Book hidden = world.report;
  world.op.write(hidden, "access", {}, {.fields = {}, .tag_of = &world.report, .tag_index = 2});
  world.op.seal();
  EXPECT_EQ(alarms(verify(world)), Names({"duplicate_tag"}));
  EXPECT_EQ(alarms(verify(world.op.given(), {})), Names({"duplicate_tag"}));  // seen by anybody
}

// ---- the audit ----

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
  EXPECT_EQ(notes(outcome), Names({"leaf_unclaimed"}));
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
  world.op.write(world.platform, "opening_deferred", deferred(2));
  world.op.write(secret, "access", {});
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

// ---- the log ----

TEST(Log, ARollbackAfterACosignatureContradictsWhatOthersHold) {
  World world;
  const std::string seen = world.op.files.at("checkpoint");
  const Receipt receipt = world.op.receipt(world.report, 2);
  const std::uint64_t size = world.op.archived[3];
  world.op.roll_back(size);
  for (Book* book : {&world.platform, &world.cover, &world.report, &world.merged}) {
    std::erase_if(book->events, [size](const auto& e) { return e.leaf >= size; });
  }
  for (const std::string how : {"shorter", "longer"}) {
    SCOPED_TRACE(how);
    if (how == "longer") {
      for (int i = 0; i < 20; ++i) {
        world.op.write(world.cover, "cover", {});
      }
    }
    world.op.seal();
    Given given = world.op.given();
    given.pinned.policy = merkle::Policy::parse("quorum none\n").value();
    EXPECT_EQ(alarms(verify(given, world.records())), Names());  // nothing to hold it against
    given.checkpoints = {seen};
    EXPECT_EQ(alarms(verify(given, world.records())), Names({"checkpoint_contradiction"}));
    given.checkpoints.clear();
    given.receipts = {given_receipt(receipt)};
    EXPECT_EQ(alarms(verify(given, world.records())), Names({"checkpoint_contradiction"}));
    given = world.op.given();
    EXPECT_TRUE(alarms(verify(given, world.records())).contains("quorum_missing"));
  }
}

TEST(Log, WhatIsWrongWithItsFilesIsNamed) {
  struct Case {
    std::string name;
    std::function<void(Operator&)> change;
    Names alarms;
  };
  const auto other_signed = [](Operator& op, std::uint64_t size) {
    return op.signed_checkpoint({.size = size, .root = sha256("another history")});
  };
  const std::vector<Case> cases = {
      {"no checkpoint", [](Operator& op) { op.files.erase("checkpoint"); }, {"file_missing"}},
      {"no archive",
       [](Operator& op) { op.files.erase("archive"); },
       {"file_missing", "archive_incomplete", "bracket_violated"}},
      {"an archived checkpoint is missing",
       [](Operator& op) { op.files.erase("checkpoints/6"); },
       {"file_missing", "bracket_violated"}},
      {"truncated archive",
       [](Operator& op) { op.files["archive"] = "3\n6\n10\n"; },
       {"archive_incomplete", "bracket_violated"}},
      {"archive cut within a line",
       [](Operator& op) { op.files["archive"].pop_back(); },
       {"malformed", "archive_incomplete", "bracket_violated"}},
      {"archive out of order",
       [](Operator& op) { op.files["archive"] = "6\n3\n"; },
       {"malformed", "archive_incomplete", "bracket_violated"}},
      {"a checkpoint under another's name",
       [](Operator& op) { op.files["checkpoints/6"] = op.files["checkpoints/3"]; },
       {"malformed", "bracket_violated"}},
      {"a second root, archived",
       [&](Operator& op) { op.files["checkpoints/6"] = other_signed(op, 6); },
       {"checkpoint_contradiction"}},
      {"a second root for the newest size",
       [&](Operator& op) { op.files["checkpoint"] = other_signed(op, op.archived.back()); },
       {"checkpoint_contradiction", "quorum_missing", "wrong_entries"}},
      {"an older checkpoint served as the newest",
       [](Operator& op) { op.files["checkpoint"] = op.files["checkpoints/6"]; },
       {"checkpoint_contradiction", "misplaced_leaf", "file_missing"}},
      {"no cosignatures",
       [](Operator& op) {
         merkle::Note note = merkle::parse_note(op.files["checkpoint"]).value();
         note.signatures.resize(1);
         op.files["checkpoint"] = merkle::format_note(note);
       },
       {"quorum_missing"}},
      {"one of two witnesses",
       [](Operator& op) {
         merkle::Note note = merkle::parse_note(op.files["checkpoint"]).value();
         note.signatures.resize(2);
         op.files["checkpoint"] = merkle::format_note(note);
       },
       {"quorum_missing"}},
      {"a missing bundle",
       [](Operator& op) { op.files.erase("tile/entries/000.p/19"); },
       {"file_missing"}},
      {"a missing tile", [](Operator& op) { op.files.erase("tile/0/000.p/19"); }, {"file_missing"}},
      {"a tile too short",
       [](Operator& op) { op.files["tile/0/000.p/19"].resize(32); },
       {"wrong_tile"}},
      {"a leaf of another version",
       [](Operator& op) { op.files["tile/entries/000.p/19"][2] = 2; },
       {"wrong_entries"}},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    World world;
    ASSERT_EQ(world.op.leaves.size(), 19u);
    one.change(world.op);
    Names found = alarms(verify(world));
    found.erase("forged_link");  // where a record was refused
    EXPECT_EQ(found, one.alarms);
  }
}

TEST(Log, AValidSignatureByAnUnknownKeyIsNone) {
  const World world;
  const Operator other(2);  // the same origin, another key
  Given given = world.op.given();
  given.pinned.log = other.log_key;
  EXPECT_EQ(alarms(verify(given, world.records())), Names({"checkpoint_unsigned"}));
}

TEST(Log, AnotherLogIsAnotherLog) {
  const World world;
  const Operator other(2, "other.example");
  Given given = world.op.given();
  given.pinned.log = other.log_key;
  EXPECT_EQ(alarms(verify(given, world.records())), Names({"wrong_origin"}));
}

TEST(Log, AServerMayHaveOnlyTheFullBundle) {
  World world;
  auto& files = world.op.files;
  files["tile/entries/000"] = files["tile/entries/000.p/19"] + std::string(67, 'x');
  files.erase("tile/entries/000.p/19");
  EXPECT_EQ(alarms(verify(world)), Names());
}

TEST(Log, ManyLeavesOverManyTiles) {
  World world;
  Book& cover = world.op.begin("cover");
  for (int i = 0; i < 700; ++i) {
    world.op.write(cover, "cover", {});
    if (i % 97 == 0) {
      world.op.seal();
    }
  }
  world.op.seal();
  std::vector<Record> records = world.records();
  records.push_back(world.op.record(cover));
  EXPECT_EQ(alarms(audit(world, records, 500 * kDay)), Names());
  world.op.files["tile/0/001"][77] ^= 1;
  EXPECT_EQ(alarms(verify(world.op.given(), records)), Names({"wrong_tile"}));
  Given given = world.op.given();
  given.tiles = Tiles::skip;
  EXPECT_EQ(alarms(verify(given, records)), Names());
  world.op.files["tile/1/000.p/2"][0] ^= 1;
  world.op.files["tile/0/001"][77] ^= 1;
  EXPECT_EQ(alarms(verify(world.op.given(), records)), Names({"wrong_tile"}));
}

// ---- any byte ----

/// As small as a log can be that has everything: each byte of it is tried.
struct SmallWorld {
  SmallWorld() : platform(op.begin("platform")) {
    op.write(platform, "rule", {});
    op.seal();
    op.write(platform, "member", {});
    op.seal();
  }
  Operator op;
  Book& platform;
};

TEST(Flip, NoFlippedByteOfAFileOfTheLogVerifies) {
  const SmallWorld world;
  const std::vector<Record> records = {world.op.record(world.platform)};
  ASSERT_EQ(alarms(verify(world.op.given(), records)), Names());
  for (const auto& [path, bytes] : world.op.files) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::map<std::string, std::string> files = world.op.files;
      files[path][at] = static_cast<char>(files[path][at] ^ 1);
      Given given = world.op.given();
      given.log = [&files](const std::string& name) -> Result<std::string> {
        const auto found = files.find(name);
        return found == files.end() ? Result<std::string>(fail(Code::not_found, "no file"))
                                    : Result<std::string>(found->second);
      };
      // A cosignature that does not name its witness any more is nobody's: an older checkpoint may
      // do without, but it is said.
      const Outcome outcome = verify(given, records);
      ASSERT_TRUE(!outcome.verified() ||
                  (path.starts_with("checkpoints/") && notes(outcome).contains("quorum_missing")))
          << path << " byte " << at;
    }
  }
}

TEST(Flip, NoFlippedByteOfARecordVerifiesWithOtherContent) {
  const SmallWorld world;
  const std::string text = write_record(world.op.record(world.platform));
  const std::string meant = json::canonical(json::parse(text).value());
  std::size_t insignificant = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    Verifier verifier(world.op.given());
    verifier.add_text("r", changed);
    if (!verifier.finish().verified()) {
      continue;
    }
    // What may change: white space, and what the format says is for information only.
    const auto parsed = parse_record(changed).value();
    EXPECT_TRUE(json::canonical(json::parse(changed).value()) == meant ||
                parsed.logs[0].vkey != world.op.log_key.text())
        << "byte " << at;
    ++insignificant;
  }
  EXPECT_LT(insignificant, text.size() / 2);
}

TEST(Record, SurvivesWritingAndReading) {
  const World world;
  for (const Record& record : world.records()) {
    const std::string text = write_record(record);
    EXPECT_EQ(write_record(parse_record(text).value()), text);
  }
}

}  // namespace
}  // namespace weir::custody
