// The power goes, or an operation fails, at every k-th disk operation of the script: nothing that
// was acknowledged is lost, nothing is half done, no content without its leaf, no two checkpoints
// that contradict, and the story goes on to its end.
#include <cstdlib>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "script.h"
#include "store/fault_vfs.h"

namespace weir::app {
namespace {

using store::Failure;
using store::FaultDisk;
using store::Loss;

constexpr int kTries = 8;  // of a restart after a failed operation

std::int64_t operations_of_the_story() {
  FaultDisk disk;
  World world(disk.name());
  EXPECT_TRUE(world.create());
  EXPECT_TRUE(world.found());
  world.close();
  disk.restart();
  EXPECT_TRUE(world.open());
  Script script(world);
  const Status done = script.run();
  EXPECT_TRUE(done) << script.next() << " " << said(done);
  return disk.operations();
}

/// To the end, with a restart after each failure, as after a crash.
void go_on(World& world, FaultDisk& disk, Script& script) {
  for (int tries = 0; tries < kTries && !script.is_done(); ++tries) {
    world.close();
    disk.restart();
    const Status opened = world.open();
    ASSERT_TRUE(opened) << said(opened);
    script.collect_notes();
    script.inspect();
    const Status done = script.run();
    if (!done) {
      EXPECT_EQ(done.error().code, Code::unavailable) << script.next() << " " << said(done);
    }
  }
  EXPECT_TRUE(script.is_done()) << "step " << script.next();
  script.inspect();
}

struct Fault {
  std::int64_t at;
  enum class Kind { lost, kept, mixed, io, full } kind;
};

void break_once(const Fault& fault, std::set<int>& steps) {
  FaultDisk disk;
  World world(disk.name());
  ASSERT_TRUE(world.create());
  ASSERT_TRUE(world.found());
  world.close();
  disk.restart();
  const auto seed = static_cast<std::uint64_t>(fault.at);
  switch (fault.kind) {
    case Fault::Kind::lost:
      disk.cut_at(fault.at, Loss::lost, seed);
      break;
    case Fault::Kind::kept:
      disk.cut_at(fault.at, Loss::kept, seed);
      break;
    case Fault::Kind::mixed:
      disk.cut_at(fault.at, Loss::mixed, seed);
      break;
    case Fault::Kind::io:
      disk.fail_at(fault.at, Failure::io);
      break;
    case Fault::Kind::full:
      disk.fail_at(fault.at, Failure::full);
      break;
  }
  Script script(world);
  if (const Status opened = world.open()) {
    const Status done = script.run();
    if (!done) {
      EXPECT_EQ(done.error().code, Code::unavailable) << said(done);
    }
    steps.insert(script.next());
  } else {
    EXPECT_EQ(opened.error().code, Code::unavailable) << said(opened);
  }
  go_on(world, disk, script);
  world.check();
}

TEST(Story, RunsOnAWholeDisk) {
  EXPECT_GT(operations_of_the_story(), 100);
}

/// Every operation takes minutes: too many for every change of the code. So they are dealt out to
/// kShards, one for each day in turn, and ./dev faults plays them all.
constexpr std::int64_t kShards = 8 * WEIR_ONE_OF;

struct Shard {
  std::int64_t first = 0;
  std::int64_t stride = kShards;
};

/// WEIR_FAULTS: "all", or the number of a shard to play again; else today's.
Shard choose_shard() {
  const char* asked = std::getenv("WEIR_FAULTS");
  const std::string text = asked == nullptr ? "" : asked;
  if (text == "all") {
    return {.first = 0, .stride = 1};
  }
  const std::int64_t today = SystemClock().now().ms / 86'400'000;
  const auto shard = parse_decimal(text);
  return {.first = (shard ? static_cast<std::int64_t>(*shard) : today) % kShards};
}

/// Another offset for each kind, so that together they meet more.
void break_everywhere(std::initializer_list<Fault::Kind> kinds) {
  const std::int64_t operations = operations_of_the_story();
  const Shard shard = choose_shard();
  std::set<int> steps;
  std::int64_t offset = 0;
  for (const Fault::Kind kind : kinds) {
    const std::int64_t first = 1 + (shard.first + offset) % shard.stride;
    for (std::int64_t at = first; at <= operations; at += shard.stride) {
      SCOPED_TRACE("operation " + std::to_string(at) + " of " + std::to_string(operations) +
                   ", kind " + std::to_string(static_cast<int>(kind)) +
                   ", WEIR_FAULTS=" + std::to_string(shard.first));
      break_once({at, kind}, steps);
      if (::testing::Test::HasFailure()) {
        return;  // the first is the one to look at
      }
    }
    ++offset;
  }
  EXPECT_GT(steps.size(), 10u) << "in most steps";
}

TEST(PowerCut, AnywhereLosesNothingAndTheStoryGoesOn) {
  break_everywhere({Fault::Kind::lost, Fault::Kind::kept, Fault::Kind::mixed});
}

TEST(FailedOperation, AnywhereLosesNothingAndTheStoryGoesOn) {
  break_everywhere({Fault::Kind::io, Fault::Kind::full});
}

}  // namespace
}  // namespace weir::app
