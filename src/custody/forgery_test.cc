#include "custody/forger_checks.h"

namespace weir::custody {
namespace {

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

TEST(Forger, AGapLeftWhileWritingShowsWithAndWithoutWhatFollows) {
  World world;
  Book& gapped = world.op.begin("case");
  world.op.write(gapped, "report_received", {});
  world.op.write(gapped, "access", {}, {.fields = {}, .tag_of = &gapped, .tag_index = 2});
  world.op.seal();
  // Told as it was written; and kept silent about: the tag that comes next is absent then.
  std::vector<Record> records = world.records();
  records.push_back(world.op.record(gapped));
  EXPECT_TRUE(alarms(verify(world.op.given(), records)).contains("not_in_log"));
  records.back().events.pop_back();
  EXPECT_EQ(alarms(verify(world.op.given(), records)), Names());
  EXPECT_EQ(alarms(audit(world, records, 100 * kDay)), Names({"opening_overdue"}));
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

TEST(Forger, ASecondEventCannotUseTheConfirmationOfAnother) {
  World world;
  world.op.write(world.merged, "merged",
                 {{"other", json::Value(world.report.reference)},
                  {"other_key_commit", json::Value(to_base64(key_commit(world.report.key)))},
                  {"other_index", json::Value(5)}});  // which confirms event 1, not this one
  world.op.seal();
  EXPECT_EQ(alarms(verify(world)), Names({"forged_link"}));
}

TEST(Forger, ATagTwiceInTheLogIsAnAlarm) {
  World world;
  Book hidden = world.report;
  world.op.write(hidden, "access", {}, {.fields = {}, .tag_of = &world.report, .tag_index = 2});
  world.op.seal();
  EXPECT_EQ(alarms(verify(world)), Names({"duplicate_tag"}));
  EXPECT_EQ(alarms(verify(world.op.given(), {})), Names({"duplicate_tag"}));  // seen by anybody
}

}  // namespace
}  // namespace weir::custody
