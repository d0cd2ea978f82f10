// The power goes, or an operation of the disk fails, while changes are held against the lists: each
// is told once all the same.
#include <gtest/gtest.h>

#include "scene.h"
#include "store/fault_vfs.h"

namespace weir::watch_tests {
namespace {

using store::Failure;
using store::FaultDisk;
using store::Loss;

constexpr int kTries = 4;

struct Fault {
  std::int64_t at;
  enum class Kind { lost, kept, mixed, io, full } kind;
};

/// Two lists, one that was there and one that comes; new findings, an urgent one, one that ends.
struct Story {
  FaultDisk disk;
  Scene scene{Scene::Records::some, disk.name()};
  std::string first;
  std::string second;

  Story() {
    scene.osv({.id = "A-1", .package = "anvil"});
    scene.osv({.id = "A-2", .package = "anvil", .aliases = {"CVE-2"}});
    first = scene.add_products("one", {"pkg:npm/anvil@1.5.0"});
    scene.run();
    second = scene.add_products("two", {"pkg:npm/anvil@1.5.0", "pkg:npm/tongs@1.0.0"});
    scene.osv({.id = "A-1", .package = "anvil", .fixed = "1.0.0"});
    scene.kev("CVE-2");
    scene.osv({.id = "A-3", .package = "tongs"});
    scene.osv({.id = "A-4", .package = "anvil"});
    restart();
  }
  void restart() {
    scene.world.close();
    disk.restart();
    const Status opened = scene.world.open();
    EXPECT_TRUE(opened) << app::said(opened);
    scene.forget();
  }
};

std::int64_t operations() {
  Story story;
  const std::int64_t before = story.disk.operations();
  story.scene.run();
  return story.disk.operations() - before;
}

void break_once(const Fault& fault) {
  Story story;
  Scene& scene = story.scene;
  const std::int64_t at = story.disk.operations() + fault.at;
  const auto seed = static_cast<std::uint64_t>(fault.at);
  switch (fault.kind) {
    case Fault::Kind::lost:
      story.disk.cut_at(at, Loss::lost, seed);
      break;
    case Fault::Kind::kept:
      story.disk.cut_at(at, Loss::kept, seed);
      break;
    case Fault::Kind::mixed:
      story.disk.cut_at(at, Loss::mixed, seed);
      break;
    case Fault::Kind::io:
      story.disk.fail_at(at, Failure::io);
      break;
    case Fault::Kind::full:
      story.disk.fail_at(at, Failure::full);
      break;
  }
  bool is_done = scene.try_run().has_value();
  for (int i = 0; i < kTries && !is_done; ++i) {
    story.restart();
    is_done = scene.try_run().has_value();
  }
  ASSERT_TRUE(is_done);
  story.restart();
  EXPECT_EQ(scene.run(), app::Watcher::Ran{});
  EXPECT_EQ(scene.told(story.first), "A-1 narrowed, A-2 exploited, A-4 found");
  EXPECT_EQ(scene.told(story.second), "A-2 found, A-4 found, A-3 found");
  EXPECT_EQ(scene.last(story.first), 5);   // two, and three that happened then
  EXPECT_EQ(scene.last(story.second), 3);  // as a whole, once
  EXPECT_EQ(scene.news(), 3);
}

TEST(WatchCrash, AnywhereEachChangeIsToldOnce) {
  const std::int64_t all = operations();
  ASSERT_GT(all, 20);
  constexpr std::int64_t kStride = 5 * WEIR_ONE_OF;
  std::int64_t offset = 0;
  for (const Fault::Kind kind : {Fault::Kind::lost, Fault::Kind::kept, Fault::Kind::mixed,
                                 Fault::Kind::io, Fault::Kind::full}) {
    for (std::int64_t at = 1 + offset++ % kStride; at <= all; at += kStride) {
      SCOPED_TRACE("operation " + std::to_string(at) + " of " + std::to_string(all) + ", kind " +
                   std::to_string(static_cast<int>(kind)));
      break_once({at, kind});
      if (testing::Test::HasFailure()) {
        return;
      }
    }
  }
}

}  // namespace
}  // namespace weir::watch_tests
