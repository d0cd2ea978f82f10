#include "custody/forger_checks.h"

namespace weir::custody {
namespace {

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

struct FileCase {
  std::string name;
  std::function<void(Operator&)> change;
  Names alarms;
};

std::vector<FileCase> file_cases() {
  const auto other_signed = [](Operator& op, std::uint64_t size) {
    return op.signed_checkpoint({.size = size, .root = sha256("another history")});
  };
  return {
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
       [other_signed](Operator& op) { op.files["checkpoints/6"] = other_signed(op, 6); },
       {"checkpoint_contradiction"}},
      {"a second root for the newest size",
       [other_signed](Operator& op) {
         op.files["checkpoint"] = other_signed(op, op.archived.back());
       },
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
}

TEST(Log, WhatIsWrongWithItsFilesIsNamed) {
  for (const FileCase& one : file_cases()) {
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

}  // namespace
}  // namespace weir::custody
