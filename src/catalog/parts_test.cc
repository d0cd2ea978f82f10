// The parts of an import by themselves: words, groups, compression, unpacking, the queue.
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "advisory/read.h"
#include "catalog/catalog.h"
#include "catalog/channel.h"
#include "catalog/compress.h"
#include "catalog/groups.h"
#include "catalog/input.h"
#include "catalog/libarchive.h"
#include "catalog/preparer.h"
#include "catalog/rows.h"
#include "catalog/words.h"

namespace weir::catalog {
namespace {

namespace fs = std::filesystem;

struct WordCase {
  std::string given;
  std::string expected{};
};

TEST(Words, JoinedScriptsBecomePairs) {
  const WordCase cases[] = {
      {"Buffer overflow", "Buffer overflow"}, {"远程代码执行", " 远程 程代 代码 码执 执行 "},
      {"Apache 远程 x", "Apache  远程  x"},   {"漏", " 漏 "},
      {"ｆull（width）", "ｆull（width）"},   {"缓冲区\xe6", " 缓冲 冲区 \xe6"},
  };
  for (const WordCase& c : cases) {
    std::string words;
    append_words(words, c.given);
    EXPECT_EQ(words, c.expected) << c.given;
  }
  std::string words = "a";
  append_words(words, "b");
  EXPECT_EQ(words, "a\nb");
  append_words(words, std::string(2 * kMostWordBytes, 'x'));
  EXPECT_EQ(words.size(), kMostWordBytes);
}

TEST(Words, WhatIsTypedBecomesAQuery) {
  const WordCase cases[] = {
      {"", ""},
      {"  - \" ", ""},
      {"log4j", R"("log4j" *)"},
      {"log4j ", R"("log4j")"},
      {"remote code", R"("remote" AND "code" *)"},
      {"\"buffer overflow\" kernel ", R"("buffer overflow" AND "kernel")"},
      {"http_server -nginx ", R"(("http server") NOT ("nginx"))"},
      {"-nginx", ""},
      {"远程代码 ", R"("远程 程代 代码")"},
      {"漏 ", R"("漏" *)"},
      {"a\" OR b ", R"("a" AND "OR" AND "b")"},
      {"NEAR(x) * ^y ", R"("NEAR x" AND "y")"},
  };
  for (const WordCase& c : cases) {
    EXPECT_EQ(read_typed(c.given).expression, c.expected) << c.given;
  }
  std::string many;
  for (int i = 0; i < 100; ++i) {
    many += "w ";
  }
  EXPECT_LT(read_typed(many).expression.size(), 400U);
}

TEST(Words, FirstLettersAreNotForTheIndex) {
  struct {
    std::string given, expression, beginning;
  } const cases[] = {
      {"K", "", "k"},
      {"linux Ke", R"("linux")", "ke"},
      {"linux ker", R"("linux" AND "ker" *)", ""},
      {"linux ke ", R"("linux" AND "ke")", ""},
      {"openssl 1.1.1", R"("openssl" AND "1 1 1")", ""},
      {"log4j-co", R"("log4j")", ""},
      {"linux -ke", R"(("linux") NOT ("ke"))", ""},
      {"-nginx ke", R"(("ke" *) NOT ("nginx"))", ""},
      {"漏", R"("漏" *)", ""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(read_typed(c.given).expression, c.expression) << c.given;
    EXPECT_EQ(read_typed(c.given).beginning, c.beginning) << c.given;
  }
  EXPECT_EQ(beginnings("Apache HTTP_server 2 \xc3\xa9t"),
            (std::vector<std::string>{"2", "a", "ap", "h", "ht", "s", "se"}));
}

class Groups : public ::testing::Test {
 protected:
  Groups()
      : path_((fs::temp_directory_path() / fmt::format("weir-groups-{}", ::getpid())).string()) {
    fs::remove(path_);
    db_ = *open(path_, Use::import);
  }
  ~Groups() override {
    db_.reset();
    for (const char* tail : {"", "-wal", "-shm"}) {
      fs::remove(path_ + tail);
    }
  }
  void write(const std::function<Status(store::Tx&)>& use) { ASSERT_TRUE(db_->execute(use)); }

  std::string path_;
  std::unique_ptr<store::Db> db_;
};

TEST_F(Groups, GrowJoinAndFallApart) {
  write([](store::Tx& tx) -> Status {
    std::int64_t next = TRY(last_group(tx)) + 1;
    EXPECT_EQ(next, 1);
    EXPECT_EQ(TRY(join(tx, {"a", "b"}, next)).group, 1);
    EXPECT_EQ(TRY(join(tx, {"c"}, next)).group, 2);
    EXPECT_EQ(TRY(join(tx, {"b"}, next)).group, 1);
    EXPECT_EQ(next, 3);
    EXPECT_EQ(TRY(join(tx, {"c", "d", "a"}, next)).group, 1);
    EXPECT_EQ(TRY(members(tx, 1)), (std::vector<std::string>{"a", "b", "c", "d"}));
    TRY(
        tx.run("INSERT INTO record (id, source, name, version, vulnerability) VALUES "
               "(1, 3, 'a', 0, 1), (2, 3, 'c', 0, 1)"));
    TRY(
        tx.run("INSERT INTO mention (record, kind, name) VALUES (1, 1, 'b'), (2, 1, 'd'), "
               "(2, 2, 'a')"));
    TRY(regroup(tx, 1, next));
    EXPECT_EQ(TRY(members(tx, 1)), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(TRY(members(tx, 3)), (std::vector<std::string>{"c", "d"}));
    EXPECT_EQ(TRY(last_group(tx)), 3);
    return {};
  });
}

TEST_F(Groups, ATimeMayBeAbsent) {
  const store::ReadTx tx = *db_->read();
  const auto times = tx->one("SELECT NULL, 5", {}, [](const store::Row& row) {
    return std::pair(instant_at(row, 0), instant_at(row, 1));
  });
  ASSERT_TRUE(times && *times);
  EXPECT_EQ((*times)->first, std::nullopt);
  EXPECT_EQ((*times)->second, Instant{5});
}

TEST(Names, KeepTheirOrderAndNumbers) {
  Names names;
  EXPECT_TRUE(names.is_empty());
  names.add("a", 7);
  names.add("", 8);
  names.add("bc", 9);
  std::string seen;
  EXPECT_TRUE(names.each([&](std::string_view name, std::size_t number) -> Status {
    seen += fmt::format("{}{} ", name, number);
    return {};
  }));
  EXPECT_EQ(seen, "a7 8 bc9 ");
  names.clear();
  EXPECT_TRUE(names.is_empty());
}

TEST_F(Groups, DoNotGrowWithoutEnd) {
  write([](store::Tx& tx) -> Status {
    std::int64_t next = 1;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < kMostGroup; ++i) {
      names.push_back(fmt::format("n{}", i));
    }
    TRY(join(tx, {names.begin(), names.end()}, next));
    TRY(join(tx, {"x"}, next));
    TRY(join(tx, {"n1", "x"}, next));
    EXPECT_EQ(TRY(members(tx, 2)), std::vector<std::string>{"x"});
    EXPECT_EQ(TRY(join(tx, {"x", "n1"}, next)).group, 2);    // the first is where it was
    EXPECT_EQ(TRY(join(tx, {"new", "n1"}, next)).group, 3);  // also if it is new
    EXPECT_EQ(TRY(join(tx, {"n1", "newer"}, next)).group, 1);
    EXPECT_EQ(TRY(members(tx, 1)).size(), kMostGroup);
    EXPECT_EQ(TRY(members(tx, 4)), std::vector<std::string>{"newer"});
    return {};
  });
}

TEST_F(Groups, SayWhoIsNewAndWhoFoundNoRoom) {
  write([](store::Tx& tx) -> Status {
    std::int64_t next = 1;
    std::vector<std::string> names;
    for (std::size_t i = 0; i + 1 < kMostGroup; ++i) {
      names.push_back(fmt::format("n{}", i));
    }
    const Joined first = TRY(join(tx, {names.begin(), names.end()}, next));
    EXPECT_TRUE(first.is_new);
    EXPECT_TRUE(first.beyond.empty());
    const Joined again = TRY(join(tx, {"n1", "n0"}, next));
    EXPECT_FALSE(again.is_new);
    TRY(join(tx, {"x", "y"}, next));
    const Joined full = TRY(join(tx, {"n0", "a", "b", "x", "n7"}, next));
    EXPECT_FALSE(full.is_new);
    EXPECT_EQ(full.group, 1);
    EXPECT_EQ(full.beyond, (std::vector<std::string_view>{"b", "x"}));
    const Joined other = TRY(join(tx, {"new", "n1"}, next));
    EXPECT_TRUE(other.is_new);
    EXPECT_EQ(other.beyond, std::vector<std::string_view>{"n1"});
    EXPECT_EQ(TRY(members(tx, other.group)), std::vector<std::string>{"new"});
    return {};
  });
}

TEST_F(Groups, ASmallOneJoinsTheLargeOneWhicheverNumberIsLess) {
  write([](store::Tx& tx) -> Status {
    std::int64_t next = 1;
    TRY(join(tx, {"small"}, next));
    TRY(join(tx, {"a", "b", "c"}, next));
    EXPECT_EQ(TRY(join(tx, {"small", "c"}, next)).group, 2);
    EXPECT_EQ(TRY(members(tx, 2)), (std::vector<std::string>{"a", "b", "c", "small"}));
    EXPECT_EQ(TRY(join(tx, {"d", "e"}, next)).group, 3);
    EXPECT_EQ(TRY(join(tx, {"d", "a", "f"}, next)).group, 2);
    EXPECT_EQ(TRY(members(tx, 2)).size(), 7U);
    EXPECT_TRUE(TRY(members(tx, 3)).empty());
    return {};
  });
}

TEST_F(Groups, TheLargestPartKeepsTheNumber) {
  write([](store::Tx& tx) -> Status {
    std::int64_t next = 1;
    TRY(join(tx, {"a", "b", "c"}, next));
    TRY(
        tx.run("INSERT INTO record (id, source, name, version, vulnerability) VALUES "
               "(1, 3, 'a', 0, 1), (2, 3, 'b', 0, 1)"));
    TRY(tx.run("INSERT INTO mention (record, kind, name) VALUES (2, 1, 'c')"));
    TRY(regroup(tx, 1, next));
    EXPECT_EQ(TRY(members(tx, 1)), (std::vector<std::string>{"b", "c"}));
    EXPECT_EQ(TRY(members(tx, 2)), std::vector<std::string>{"a"});
    return {};
  });
}

TEST_F(Groups, BodiesComeBackWithTheirDictionary) {
  std::vector<std::string> texts;
  for (int i = 0; i < 1'000; ++i) {
    texts.push_back(
        fmt::format(R"({{"id":"CVE-2024-{}","state":"PUBLISHED","title":"flaw {}"}})", i, i * 7));
  }
  EXPECT_EQ(train({texts.begin(), texts.begin() + 10}), "");
  Compressor compressor;
  EXPECT_EQ(compressor.next_id(), 1);
  const Dictionary dictionary{1, advisory::Source::cve, train({texts.begin(), texts.end()})};
  ASSERT_FALSE(dictionary.bytes.empty());
  compressor.add(dictionary);
  EXPECT_TRUE(compressor.has(advisory::Source::cve));
  EXPECT_EQ(compressor.next_id(), 2);
  const Compressor::Body with = compressor.compress(advisory::Source::cve, texts[500]);
  const Compressor::Body without = compressor.compress(advisory::Source::osv, texts[500]);
  EXPECT_EQ(with.dictionary, 1);
  EXPECT_EQ(without.dictionary, 0);
  EXPECT_LT(with.bytes.size() * 2, without.bytes.size());
  write([&](store::Tx& tx) -> Status {
    Bodies lost;
    EXPECT_EQ(lost.open(tx, 1, with.bytes, texts[500].size()).error().code, Code::corrupt);
    TRY(tx.run("INSERT INTO dictionary (id, source, bytes) VALUES (1, 1, $1)",
               {store::Blob{dictionary.bytes}}));
    EXPECT_EQ(TRY(load_dictionaries(tx)).size(), 1U);
    Bodies bodies;
    EXPECT_EQ(TRY(bodies.open(tx, 1, with.bytes, texts[500].size())), texts[500]);
    EXPECT_EQ(TRY(bodies.open(tx, 0, without.bytes, texts[500].size())), texts[500]);
    EXPECT_FALSE(bodies.open(tx, 1, with.bytes, texts[500].size() + 1));
    EXPECT_FALSE(bodies.open(tx, 1, "junk", 4));
    return {};
  });
}

TEST(Input, RefusesWhatIsBrokenOrTooMuch) {
  EXPECT_EQ(Input::file("/nowhere/at/all").error().code, Code::not_found);
  EXPECT_EQ(Input::file("/").error().code, Code::invalid);
  auto broken = Input::memory("b", std::string_view("\x28\xb5\x2f\xfd broken zstd"));
  std::string into;
  EXPECT_TRUE(!broken || !broken->next_entry() || !broken->read(into));
  auto plain = Input::memory("p", "text");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->size(), 4U);
  ASSERT_TRUE(*plain->next_entry());
  EXPECT_TRUE(*plain->read(into));
  EXPECT_EQ(into, "text");
  EXPECT_FALSE(*plain->read(into));
  EXPECT_EQ(plain->consumed(), 4U);
  EXPECT_FALSE(*plain->next_entry());
}

TEST(Input, LoadsItsLibraryWithTheFirstBytes) {
  EXPECT_TRUE(Input::memory("none", ""));
  EXPECT_TRUE(libarchive.is_loaded());
}

TEST(Input, ABombEndsEarly) {
  const std::string path =
      (fs::temp_directory_path() / fmt::format("weir-bomb-{}.zst", ::getpid())).string();
  ASSERT_EQ(std::system(fmt::format("yes | head -c 100000000 | zstd -q -f -o {}", path).c_str()),
            0);
  auto bomb = Input::file(path);
  ASSERT_TRUE(bomb);
  ASSERT_TRUE(*bomb->next_entry());
  Result<bool> more = true;
  for (std::string into; more && *more; into.clear()) {
    more = bomb->read(into);
  }
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().message, "unpacks to more than is taken");
  fs::remove(path);
}

TEST(Channel, KeepsOrderAndEndsWhenClosed) {
  Channel<int> channel(2);
  std::thread thread([&] {
    for (int i = 0; channel.push(i); ++i) {
    }
  });
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(channel.pop(), i);
  }
  channel.close();
  thread.join();
  while (channel.pop()) {
  }
  EXPECT_FALSE(channel.push(1));
}

TEST(Channel, GivesWhatIsThereWithoutWaiting) {
  Channel<int> channel(2);
  EXPECT_EQ(channel.try_pop(), std::nullopt);
  channel.push(1);
  channel.push(2);
  EXPECT_EQ(channel.try_pop(), 1);
  EXPECT_TRUE(channel.push(3));  // there is room again
  channel.close();
  EXPECT_EQ(channel.try_pop(), 2);
  EXPECT_EQ(channel.pop(), 3);
  EXPECT_EQ(channel.try_pop(), std::nullopt);
}

TEST(Preparer, SendsWhatItWasToldToReject) {
  std::vector<Batch> batches;
  Preparer preparer(std::nullopt, {}, Compressor(), [&](Batch batch) {
    batches.push_back(std::move(batch));
    return true;
  });
  preparer.reject("here", {Code::invalid, "no", ""});
  preparer.finish();
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_EQ(batches[0].rejects[0].place, "here");
}

TEST(Minify, LeavesStringsAlone) {
  EXPECT_EQ(advisory::minified("{ \"a b\" : [ 1 , 2.50 ] }\n"), "{\"a b\":[1,2.50]}");
}

}  // namespace
}  // namespace weir::catalog
