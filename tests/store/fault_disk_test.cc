#include "store/fault_disk.h"

#include <set>

#include <gtest/gtest.h>

namespace weir::store {
namespace {

/// A disk with one file, whose name is durable.
class FaultDiskTest : public ::testing::Test {
 protected:
  FaultDiskTest() {
    EXPECT_EQ(disk_.create("a"), Verdict::go);
    EXPECT_EQ(disk_.sync_directory(), Verdict::go);
  }
  Content& file() { return *disk_.current.at("a"); }
  std::string after(Loss loss, std::uint64_t seed = 1) {
    disk_.lose(loss, seed);
    return disk_.current.contains("a") ? file().current : "gone";
  }
  FaultDisk::Impl disk_;
};

TEST_F(FaultDiskTest, WhatWasSyncedStaysAndTheRestDependsOnTheLoss) {
  const auto prepare = [&] {
    disk_.write(file(), "synced", 0);
    disk_.sync(file());
    disk_.write(file(), "SY", 0);
    disk_.write(file(), "!", 6);
    EXPECT_EQ(file().current, "SYnced!");
  };
  prepare();
  EXPECT_EQ(after(Loss::lost), "synced");
  prepare();
  EXPECT_EQ(after(Loss::kept), "SYnced!");
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    disk_.truncate(file(), 0);
    prepare();
    seen.insert(after(Loss::mixed, seed));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"synced", "SYnced", "synced!", "SYnced!"}));
}

TEST_F(FaultDiskTest, WritesTearAtSectorsOnly) {
  const std::string old(3 * kSector, 'o');
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    disk_.write(file(), old, 0);
    disk_.sync(file());
    disk_.write(file(), std::string(kSector + 2, 'n'), kSector - 1);  // in three sectors
    seen.insert(after(Loss::mixed, seed));
  }
  EXPECT_EQ(seen.size(), 8u);
  for (const std::string& bytes : seen) {
    for (std::size_t at = kSector + 1; at < 2 * kSector; ++at) {
      ASSERT_EQ(bytes[at], bytes[kSector]);
    }
  }
}

TEST_F(FaultDiskTest, ATruncationMayBeLostToo) {
  disk_.write(file(), "synced", 0);
  disk_.sync(file());
  disk_.truncate(file(), 2);
  EXPECT_EQ(file().current, "sy");
  EXPECT_EQ(after(Loss::lost), "synced");
  disk_.truncate(file(), 2);
  EXPECT_EQ(after(Loss::kept), "sy");
}

TEST_F(FaultDiskTest, NamesNeedASyncOfTheFolderAndOneCoversAll) {
  disk_.create("b");
  disk_.write(*disk_.current.at("b"), "x", 0);
  disk_.sync(*disk_.current.at("b"));
  disk_.lose(Loss::lost, 0);
  EXPECT_FALSE(disk_.current.contains("b"));
  disk_.create("b");
  disk_.create("c");
  disk_.remove("a");
  disk_.sync_directory();
  disk_.lose(Loss::lost, 0);
  EXPECT_TRUE(disk_.current.contains("b") && disk_.current.contains("c"));
  EXPECT_FALSE(disk_.current.contains("a"));
  disk_.remove("b");
  disk_.lose(Loss::lost, 0);
  EXPECT_TRUE(disk_.current.contains("b"));
}

TEST_F(FaultDiskTest, AFailedSyncLosesWhatALaterOneDoesNotBringBack) {
  disk_.write(file(), "one", 0);
  disk_.fail_at = disk_.operations + 1;
  EXPECT_EQ(disk_.sync(file()), Verdict::io);
  EXPECT_EQ(file().current, "one");
  EXPECT_EQ(disk_.sync(file()), Verdict::go);
  EXPECT_EQ(after(Loss::kept), "");
}

TEST_F(FaultDiskTest, CountsEveryOperationAndFailsTheOneItWasTold) {
  const std::int64_t before = disk_.operations;
  disk_.fail_at = before + 2;
  disk_.failure = Failure::full;
  EXPECT_EQ(disk_.write(file(), "x", 0), Verdict::go);
  EXPECT_EQ(disk_.write(file(), "y", 1), Verdict::full);
  EXPECT_EQ(disk_.write(file(), "z", 1), Verdict::go);
  disk_.cut_at = before + 4;
  EXPECT_EQ(disk_.sync(file()), Verdict::cut);
  EXPECT_TRUE(disk_.is_off);
  EXPECT_EQ(disk_.operations, before + 4);
  EXPECT_EQ(after(Loss::kept), "xz");
}

}  // namespace
}  // namespace weir::store
