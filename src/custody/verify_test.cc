#include "custody/forger_checks.h"

namespace weir::custody {
namespace {

TEST(Verify, AnHonestWorldVerifies) {
  const World world;
  Given given = world.op.given();
  for (std::uint64_t i = 0; i < world.report.events.size(); ++i) {
    given.receipts.push_back(given_receipt(world.op.receipt(world.report, i)));
  }
  given.receipts[2].body = world.body;
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

struct Change {
  std::string name;
  std::function<void(Record&)> change;
  Names alarms;
};

std::vector<Change> changes_of_events() {
  const Digest other = sha256("other");
  return {
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
       [other](Record& r) {
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
  };
}

std::vector<Change> changes_of_places() {
  return {
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
  };
}

std::vector<Change> changes_of_the_whole() {
  return {
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
}

TEST(Verify, EveryChangeOfARecordIsFound) {
  std::vector<Change> changes = changes_of_events();
  std::ranges::move(changes_of_places(), std::back_inserter(changes));
  std::ranges::move(changes_of_the_whole(), std::back_inserter(changes));
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
