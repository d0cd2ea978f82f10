// A download under way goes on for as long as its reader may have the file, and no longer.
#include <functional>

#include <gtest/gtest.h>

#include "app/context.h"
#include "app/item_facts.h"
#include "app/world.h"

namespace weir::app {
namespace {

using policy::Fact;

/// A download under way ends with what it was granted by, and not with what has nothing to do with
/// it.
TEST(Download, EndsWithTheGrantThatItGoesBy) {
  constexpr std::size_t kBytes = std::size_t{3} << 20;  // of several pieces
  struct Case {
    const char* name;
    std::function<Status(World&, const std::string& reference, const std::string& release)> act;
    bool ends;
  };
  const Case kCases[] = {
      {"nothing", [](World&, const auto&, const auto&) { return Status(); }, false},
      {"the release is recalled",
       [](World& world, const auto&, const auto& release) {
         return recall_release(world.app(), as("cora"), release, "CERT");
       },
       true},
      {"somebody else is suspended",
       [](World& world, const auto&, const auto&) {
         return set_suspended(world.app(), as("ada"), "ACME", Fact::yes);
       },
       false},
      {"the agreement ends",
       [](World& world, const auto&, const auto&) {
         return end_agreement(world.app(), as("ada"), "CERT");
       },
       true},
      {"the reader has a conflict of interest",
       [](World& world, const auto& reference, const auto&) {
         return set_conflict(world.app(), as("cora"), reference, "cert", Fact::yes);
       },
       true},
  };
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.name);
    World world;
    ASSERT_TRUE(world.create() && world.found());
    const std::string reference = world.report("rita");
    world.work("cora", reference);
    const auto object = add_attachment(world.app(), as("cora"), reference,
                                       attachment("a.bin", std::string(kBytes, 'f')));
    ASSERT_TRUE(object);
    const auto excepted = world.by_two("dan", [&] {
      return grant_exception(world.app(), as("cora"), reference,
                             {.organisation = "CERT", .level = Level::exploit, .ground = "g"});
    });
    ASSERT_TRUE(excepted && excepted->is_done()) << said(excepted);
    const auto release = world.by_two("dan", [&] {
      return decide_release(world.app(), as("cora"), reference,
                            {Level::exploit, {"CERT"}, "a ground"});
    });
    ASSERT_TRUE(release && release->is_done()) << said(release);
    auto reader = open_attachment(world.app(), as("cert"), reference, *object);
    ASSERT_TRUE(reader) << said(reader);
    std::string piece;
    std::size_t got = 0;
    EXPECT_TRUE(*reader->next(piece));
    got += piece.size();
    const Status done = one.act(world, reference, release->reference);
    ASSERT_TRUE(done) << said(done);
    auto more = reader->next(piece);
    for (; more && *more; more = reader->next(piece)) {
      got += piece.size();
    }
    EXPECT_EQ(!more, one.ends);
    EXPECT_EQ(got == kBytes, !one.ends);
  }
}

TEST(Download, OfOnesOwnFileGoesOnWhenTheCaseIsMerged) {
  World world;
  ASSERT_TRUE(world.create() && world.found());
  const std::string into = world.report("rita", {.word = "into"});
  Filing filing{report_bytes({.word = "one"}), {}};
  filing.attachments.push_back(attachment("a.bin", std::string(std::size_t{3} << 20, 'f')));
  const auto filed = file_report(world.app(), as("rita"), std::move(filing));
  ASSERT_TRUE(filed);
  const std::string& reference = filed->case_reference;
  world.work("cora", into);
  world.work("cora", reference);
  const auto found = (*world.db().read())
                         ->one("SELECT ref FROM item WHERE kind = 'attachment'", {},
                               [](const store::Row& row) { return row.text(0); });
  ASSERT_TRUE(found && *found);
  const std::string object = **found;
  auto reader = open_attachment(world.app(), as("rita"), reference, object);
  ASSERT_TRUE(reader) << said(reader);
  std::string piece;
  ASSERT_TRUE(*reader->next(piece));
  ASSERT_TRUE(merge(world.app(), as("cora"), reference, into));
  int pieces = 1;
  auto more = reader->next(piece);
  for (; more && *more; more = reader->next(piece)) {
    ++pieces;
  }
  EXPECT_TRUE(more) << said(more);
  EXPECT_EQ(pieces, 3);
  const auto tx = world.db().read();
  const auto rita = load_person(**tx, world.app(), as("rita"), Scope::read);
  const auto otto = load_person(**tx, world.app(), as("otto"), Scope::read);
  ASSERT_TRUE(rita && otto);
  const auto file = load_named_case(**tx, reference);
  ASSERT_TRUE(file);
  EXPECT_TRUE(*may_read(**tx, *rita, *file, object));
  EXPECT_FALSE(*may_read(**tx, *otto, *file, object));
  EXPECT_FALSE(*may_read(**tx, *rita, *file, "nosuchobject"));
  EXPECT_FALSE(moved_items(**tx, *rita, *file)->empty());
  EXPECT_TRUE(moved_items(**tx, *otto, *file)->empty());
}

}  // namespace
}  // namespace weir::app
