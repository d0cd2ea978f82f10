#include "base/late.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

namespace weir::late {
namespace {

// Any library would do; this one is small, and everywhere.
struct Zlib : Table {
  using Table::Table;
  decltype(&zlibVersion) version = function("zlibVersion");
  decltype(&crc32) sum = function("crc32");
};
struct NoZlib : Table {
  using Table::Table;
  decltype(&zlibVersion) version = function("zlibVersion");
  decltype(&crc32) first = function("crc33");
  decltype(&crc32) second = function("crc34");
};
struct NeededByZlib : Table {
  using Table::Table;
  decltype(&memcpy) copy = function("memcpy");
};
constexpr const char* kFile = "libz.so.1";

TEST(Late, ALibraryIsLoadedWhenItIsFirstUsed) {
  static constinit Library<Zlib> zlib(kFile, "zlib1g");
  EXPECT_FALSE(zlib.is_loaded());
  ASSERT_TRUE(zlib.load());
  EXPECT_TRUE(zlib.is_loaded());
  EXPECT_EQ(zlib->version()[0], '1');
  EXPECT_EQ(zlib->sum(0, reinterpret_cast<const Bytef*>("123456789"), 9), 0xcbf43926U);
  const Zlib* const before = zlib.operator->();
  ASSERT_TRUE(zlib.load());
  EXPECT_EQ(zlib.operator->(), before);
}

TEST(Late, WhatTheLibraryNeedsItselfIsFoundThroughIt) {
  static constinit Library<NeededByZlib> zlib(kFile, "zlib1g");
  ASSERT_TRUE(zlib.load());
  int to = 0;
  const int from = 7;
  zlib->copy(&to, &from, sizeof to);
  EXPECT_EQ(to, from);
}

TEST(Late, ALibraryThatIsNotThereIsNamedWithItsPackage) {
  static constinit Library<Zlib> none("libweir-none.so.1", "libweir-none1");
  for (int again = 0; again < 2; ++again) {
    const Status loaded = none.load();
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, Code::unavailable);
    EXPECT_EQ(loaded.error().where, "libweir-none.so.1");
    EXPECT_NE(loaded.error().message.find("package libweir-none1"), std::string::npos);
    EXPECT_NE(loaded.error().message.find("No such file"), std::string::npos);
    EXPECT_FALSE(none.is_loaded());
  }
}

TEST(Late, TheFirstFunctionThatIsMissingIsNamed) {
  static constinit Library<NoZlib> other(kFile, "zlib1g");
  const Status loaded = other.load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Code::unavailable);
  EXPECT_EQ(loaded.error().where, kFile);
  EXPECT_NE(loaded.error().message.find("package zlib1g"), std::string::npos);
  EXPECT_TRUE(loaded.error().message.ends_with("no crc33"));
  EXPECT_EQ(loaded.error().message, lacks(kFile, "zlib1g", "crc33").error().message);
  EXPECT_FALSE(other.is_loaded());
}

TEST(LateDeathTest, NothingIsCalledBeforeItIsLoaded) {
  static constinit Library<Zlib> zlib(kFile, "zlib1g");
  EXPECT_DEATH((void)zlib->version(), "functions != nullptr");
}

TEST(Late, ThreadsThatLoadAtOnceHaveTheSameTable) {
  for (int round = 0; round < 20; ++round) {
    Library<Zlib> zlib(kFile, "zlib1g");
    std::atomic<int> waiting = 4;
    std::vector<const Zlib*> tables(4);
    std::vector<std::thread> threads;
    threads.reserve(tables.size());
    for (const Zlib*& table : tables) {
      threads.emplace_back([&] {
        for (--waiting; waiting > 0;) {
        }
        table = zlib.load() ? zlib.operator->() : nullptr;
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    const std::unique_ptr<const Zlib> kept(tables[0]);  // else for ever
    EXPECT_NE(kept, nullptr);
    EXPECT_EQ(std::ranges::count(tables, tables[0]), 4);
  }
}

}  // namespace
}  // namespace weir::late
