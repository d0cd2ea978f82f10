#include "store/store.h"

#include <concepts>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "store/store_test.h"

namespace weir::store {
namespace {

// A Committed<T> is made by Db and by nobody else.
static_assert(!std::constructible_from<Committed<int>, int>);
static_assert(!std::default_initializable<Committed<int>>);
static_assert(!std::constructible_from<Tx, Connection&>);
// A snapshot gives no way to write.
template <class T>
concept CanWrite = requires(T tx) { tx.run(""); };
static_assert(CanWrite<Tx&> && !CanWrite<decltype(*std::declval<ReadTx&>())>);

TEST(Db, AnswersWithWhatIsInTheFile) {
  const TestFolder folder;
  {
    const auto db = folder.create();
    const auto made = db->submit([](Tx& tx) -> Result<std::int64_t> {
      TRY(tx.run(kInsert, {"a", 1}));
      return tx.changes();
    });
    ASSERT_TRUE(made);
    EXPECT_EQ(**made, 1);
    EXPECT_EQ(names(*db), "a");
  }
  const auto again = Db::open(folder.options());
  ASSERT_TRUE(again) << text(again.error());
  EXPECT_EQ(names(**again), "a");
}

TEST(Db, PreparesOnTheCallersThread) {
  const TestFolder folder;
  const auto db = folder.create();
  const auto put = [](Tx& tx, const std::string& name) -> Result<std::string> {
    TRY(tx.run(kInsert, {name, 1}));
    return name + "!";
  };
  const auto good = db->submit([]() -> Result<std::string> { return "a"; }, put);
  ASSERT_TRUE(good);
  EXPECT_EQ(**good, "a!");
  const auto bad =
      db->submit([]() -> Result<std::string> { return fail(Code::invalid, "unreadable"); }, put);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "unreadable");
  EXPECT_EQ(names(*db), "a");
}

// One row at once, the next after half a minute or so, if nobody breaks it off.
constexpr std::string_view kLong =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000000) "
    "SELECT 1 UNION ALL SELECT COUNT(*) FROM n";

TEST(Db, ALongReadIsBrokenOff) {
  const TestFolder folder;
  Options options = folder.options();
  options.window = Duration(1);
  const auto db = TestFolder::create(std::move(options));
  {
    const auto tx = db->read();
    ASSERT_TRUE(tx);
    int rows = 0;
    const Status status = (*tx)->each(kLong, {}, [&](const Row&) {
      ++rows;
      db->interrupt_reads();
      return true;
    });
    EXPECT_EQ(code_of(status), Code::unavailable);
    EXPECT_EQ(rows, 1);
    EXPECT_EQ(code_of((*tx)->one("SELECT 1", {}, [](const Row&) { return 1; })), Code::unavailable)
        << "a short one too";
  }
  EXPECT_EQ(code_of(db->read()), Code::unavailable);
  EXPECT_TRUE(db->execute([](Tx& tx) { return tx.run(kInsert, {"a", 1}); })) << "writes go on";
  db->allow_reads();
  EXPECT_EQ(names(*db), "a");
}

TEST(Db, AReadWithATimeEndsWithIt) {
  const TestFolder folder;
  const auto db = folder.create();
  {
    const auto tx = db->read(Duration(50));
    ASSERT_TRUE(tx);
    EXPECT_EQ(code_of((*tx)->each(kLong, {}, [](const Row&) { return true; })), Code::unavailable);
    EXPECT_EQ(code_of((*tx)->one("SELECT 1", {}, [](const Row&) { return 1; })), Code::unavailable);
  }
  const auto tx = db->read();
  ASSERT_TRUE(tx);
  EXPECT_TRUE((*tx)->one("SELECT 1", {}, [](const Row&) { return 1; })) << "the next has its own";
}

TEST(Db, OpensOnlyWhatIsThereAndCreatesOnlyWhatIsNot) {
  const TestFolder folder;
  EXPECT_EQ(code_of(Db::open(folder.options())), Code::not_found);
  EXPECT_FALSE(std::filesystem::exists(folder.options().path));
  folder.create().reset();
  Options options = folder.options();
  options.open = Options::Open::create;
  EXPECT_EQ(code_of(Db::open(options)), Code::conflict);
}

TEST(Db, RefusesAFileThatIsNotADatabase) {
  const TestFolder folder;
  std::ofstream(folder.file("weir.db")) << std::string(20'000, 'x');
  const auto opened = Db::open(folder.options());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::corrupt);
  EXPECT_NE(opened.error().where.find("weir.db"), std::string::npos);
}

TEST(Db, SaysThatTheFolderIsNotThere) {
  const TestFolder folder;
  Options options = folder.options();
  options.open = Options::Open::create;
  options.path = folder.file("absent/weir.db");
  const auto opened = Db::open(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message, "there is no such folder");
}

TEST(Db, TakesAnEmptyFileForNone) {
  const TestFolder folder;
  std::ofstream(folder.file("weir.db")).flush();
  EXPECT_EQ(code_of(Db::open(folder.options())), Code::not_found);
  EXPECT_TRUE(insert(*folder.create(), "a"));
}

TEST(Db, SaysThatADamagedPageIsDamage) {
  const TestFolder folder;
  folder.create().reset();
  {
    std::fstream file(folder.file("weir.db"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8'192);
    for (int i = 0; i < 6 * 8'192; ++i) {
      file.put('\x55');
    }
  }
  const auto opened = Db::open(folder.options());
  EXPECT_EQ(opened ? code_of(insert(**opened, "a")) : code_of(opened), Code::corrupt);
}

TEST(Db, WhatFailsLeavesNoTrace) {
  const TestFolder folder;
  const auto db = folder.create();
  const auto half = db->submit([](Tx& tx) -> Result<int> {
    TRY(tx.run(kInsert, {"a", 1}));
    return fail(Code::denied, "not you");
  });
  EXPECT_EQ(code_of(half), Code::denied);
  EXPECT_EQ(code_of(insert(*db, "b", -1)), Code::conflict);  // CHECK (count >= 0)
  EXPECT_EQ(names(*db), "");
  EXPECT_TRUE(insert(*db, "c"));
  EXPECT_EQ(code_of(insert(*db, "c")), Code::conflict);  // PRIMARY KEY
  EXPECT_EQ(names(*db), "c");
}

TEST(Db, HoldsForeignKeys) {
  const TestFolder folder;
  const auto db = folder.create();
  EXPECT_EQ(code_of(db->execute([](Tx& tx) {
              return tx.run("INSERT INTO note (fruit) VALUES ($1)", {"nothing"});
            })),
            Code::conflict);
}

TEST(Db, ASnapshotStaysAsItWasTaken) {
  const TestFolder folder;
  const auto db = folder.create();
  ASSERT_TRUE(insert(*db, "a"));
  const auto before = db->read();
  ASSERT_TRUE(before);
  ASSERT_TRUE(insert(*db, "b"));
  const auto after = db->read();
  EXPECT_EQ(names(**before), "a");
  EXPECT_EQ(names(**after), "a b");
}

TEST(Db, GivesMoreSnapshotsAtOnceThanItKeepsConnections) {
  const TestFolder folder;
  const auto db = folder.create();
  ASSERT_TRUE(insert(*db, "a"));
  for (int round = 0; round < 2; ++round) {
    std::vector<ReadTx> held;
    for (std::size_t i = 0; i < 3 * kMostReaders; ++i) {
      auto read = db->read();
      ASSERT_TRUE(read);
      held.push_back(std::move(*read));
    }
    for (const ReadTx& read : held) {
      EXPECT_EQ(names(*read), "a");
    }
  }
}

TEST(Db, ASnapshotCannotBeMadeToWrite) {
  const TestFolder folder;
  const auto db = folder.create();
  const auto read = db->read();
  const Status status = (*read)->each("INSERT INTO fruit VALUES ($1, $2) RETURNING name", {"a", 1},
                                      [](const Row&) { return true; });
  EXPECT_EQ(code_of(status), Code::unavailable);
}

TEST(Db, BindsParametersByNameNotByAppearance) {
  const TestFolder folder;
  const auto db = folder.create();
  const auto read = db->read();
  const auto joined = (*read)->one("SELECT $2 || '-' || $1 || '-' || $2", {"one", "two"},
                                   [](const Row& row) { return row.text(0); });
  ASSERT_TRUE(joined);
  EXPECT_EQ(*joined, "two-one-two");
}

TEST(Db, StoresEveryKindOfValueAsItIs) {
  const TestFolder folder;
  const auto db = folder.create();
  const std::string_view with_zero("a\0b", 3);
  const auto read = db->read();
  const auto same = (*read)->one("SELECT $1, $2, $3, $4, $5, $6",
                                 {std::int64_t{INT64_MIN}, with_zero, Blob{with_zero}, nullptr,
                                  std::string_view(), Blob{std::string_view()}},
                                 [&](const Row& row) {
                                   return row.integer(0) == INT64_MIN && row.text(1) == with_zero &&
                                          row.blob(2) == with_zero && row.is_null(3) &&
                                          !row.is_null(4) && row.text(4).empty() &&
                                          !row.is_null(5) && row.blob(5).empty();
                                 });
  ASSERT_TRUE(same);
  EXPECT_EQ(*same, true);
}

TEST(Db, GivesRowsInOrderUntilToldToStop) {
  const TestFolder folder;
  const auto db = folder.create();
  for (const char* name : {"c", "a", "b"}) {
    ASSERT_TRUE(insert(*db, name));
  }
  const auto read = db->read();
  const auto name = [](const Row& row) { return row.text(0); };
  const std::string_view query = "SELECT name FROM fruit WHERE name > $1 ORDER BY name";
  EXPECT_EQ((*read)->all(query, {""}, name).value(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ((*read)->one(query, {"a"}, name).value(), "b");
  EXPECT_EQ((*read)->one(query, {"c"}, name).value(), std::nullopt);
  int seen = 0;
  ASSERT_TRUE((*read)->each(query, {""}, [&](const Row&) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
}

TEST(Db, AQueryMayRunInsideItself) {
  const TestFolder folder;
  const auto db = folder.create();
  ASSERT_TRUE(insert(*db, "a") && insert(*db, "b"));
  const auto read = db->read();
  const std::string_view query = "SELECT name FROM fruit ORDER BY name";
  std::string pairs;
  ASSERT_TRUE((*read)->each(query, {}, [&](const Row& outer) {
    const std::string first = outer.text(0);
    return (*read)
        ->each(query, {},
               [&](const Row& inner) {
                 pairs += first + inner.text(0) + " ";
                 return true;
               })
        .has_value();
  }));
  EXPECT_EQ(pairs, "aa ab ba bb ");
}

TEST(Db, ManyDifferentQueriesDoNotFillTheCache) {
  const TestFolder folder;
  const auto db = folder.create();
  const auto read = db->read();
  for (int i = 0; i < 1'500; ++i) {
    const auto value = (*read)->one("SELECT " + std::to_string(i), {},
                                    [](const Row& row) { return row.integer(0); });
    ASSERT_EQ(value.value(), i);
  }
}

TEST(DbDeathTest, OurOwnMistakesEndTheProcess) {
  const TestFolder folder;
  const auto db = folder.create();
  const auto read = db->read();
  const auto ignore = [](const Row&) { return true; };
  const auto each = [&](std::string_view sql, std::initializer_list<Param> params) {
    (void)(*read)->each(sql, params, ignore);
  };
  EXPECT_DEATH(each("SELECT nonsense", {}), "no such column");
  EXPECT_DEATH(each("SELECT \"text\"", {}), "no such column");
  EXPECT_DEATH(each("SELECT 1", {1}), "places");
  EXPECT_DEATH(each("SELECT ?", {1}), "place");
  EXPECT_DEATH(each("SELECT 1; SELECT 2", {}), "is_blank");
  EXPECT_DEATH((void)(*read)->one("SELECT 1", {}, [](const Row& row) { return row.text(0); }),
               "SQLITE_TEXT");
  EXPECT_DEATH((void)(*read)->one("SELECT '1'", {}, [](const Row& row) { return row.integer(0); }),
               "SQLITE_INTEGER");
}

TEST(Db, KeepsTheSettingsThatItsPromisesNeed) {
  const TestFolder folder;
  const auto db = folder.create();
  const auto setting = [](const Tx& tx, const std::string& name) {
    return tx
        .one("SELECT CAST(value AS TEXT) FROM (SELECT " + name + " AS value FROM pragma_" + name +
                 ")",
             {}, [](const Row& row) { return row.text(0); })
        .value()
        .value();
  };
  ASSERT_TRUE(db->execute([&](Tx& tx) -> Status {
    EXPECT_EQ(setting(tx, "synchronous"), "2");
    EXPECT_EQ(setting(tx, "foreign_keys"), "1");
    EXPECT_EQ(setting(tx, "page_size"), "4096");
    EXPECT_EQ(setting(tx, "temp_store"), "2");
    EXPECT_EQ(setting(tx, "trusted_schema"), "0");
    return {};
  }));
}

TEST(Db, DeletedBytesAreOverwrittenWhereThatIsAsked) {
  const TestFolder folder;
  Options options = folder.options();
  options.secure_delete = true;
  const std::string secret = "the-key-of-a-case-that-was-erased";
  {
    const auto db = TestFolder::create(options);
    ASSERT_TRUE(insert(*db, secret));
    ASSERT_TRUE(contains(options.path, secret));
    EXPECT_FALSE(std::filesystem::exists(options.path + "-wal"));
    ASSERT_TRUE(db->execute([](Tx& tx) { return tx.run("DELETE FROM fruit"); }));
    EXPECT_FALSE(contains(options.path, secret));
    EXPECT_EQ(std::filesystem::file_size(options.path + "-journal"), 0u);
  }
  EXPECT_FALSE(contains(options.path, secret));
}

TEST(Db, ACheckpointMovesTheLogIntoTheFile) {
  const TestFolder folder;
  for (const auto window : {std::optional<Duration>(), std::optional<Duration>(0)}) {
    Options options = folder.options();
    options.path = folder.file(window ? "queue.db" : "inline.db");
    options.window = window;
    const auto db = TestFolder::create(options);
    const std::string name(100, window ? 'x' : 'y');
    ASSERT_TRUE(insert(*db, name));
    EXPECT_FALSE(contains(options.path, name));
    ASSERT_TRUE(db->checkpoint());
    EXPECT_TRUE(contains(options.path, name));
    EXPECT_EQ(names(*db), name);
  }
}

TEST(Db, TheLogDoesNotGrowForEver) {
  const TestFolder folder;
  const auto db = folder.create();
  const std::string body(100'000, 'b');
  ASSERT_TRUE(insert(*db, "a"));
  for (int i = 0; i < 600; ++i) {
    ASSERT_TRUE(db->execute([&](Tx& tx) -> Status {
      TRY(tx.run("DELETE FROM note"));
      return tx.run("INSERT INTO note VALUES ('a', $1)", {Blob{body}});
    }));
  }
  EXPECT_LT(std::filesystem::file_size(folder.file("weir.db-wal")), 16u << 20);  // of 60 MB written
}

TEST(Db, ACloseLeavesOneFile) {
  const TestFolder folder;
  auto db = folder.create();
  ASSERT_TRUE(insert(*db, "a"));
  EXPECT_EQ(names(*db), "a");
  db.reset();
  EXPECT_TRUE(std::filesystem::exists(folder.file("weir.db")));
  EXPECT_FALSE(std::filesystem::exists(folder.file("weir.db-wal")));
  EXPECT_FALSE(std::filesystem::exists(folder.file("weir.db-shm")));
}

TEST(Db, ACopyIsTheDatabaseAtOneMoment) {
  const TestFolder folder;
  const auto db = folder.create();
  ASSERT_TRUE(insert(*db, "a"));
  ASSERT_TRUE(db->copy_to(folder.file("copy.db")));
  ASSERT_TRUE(insert(*db, "b"));
  Options options = folder.options();
  options.path = folder.file("copy.db");
  const auto copy = Db::open(options);
  ASSERT_TRUE(copy) << text(copy.error());
  EXPECT_EQ(names(**copy), "a");
  EXPECT_TRUE(insert(**copy, "c"));
  EXPECT_EQ(code_of(db->copy_to(folder.file("copy.db"))), Code::conflict);
  EXPECT_EQ(code_of(db->copy_to(folder.file("no/such/folder.db"))), Code::unavailable);
}

TEST(Db, TwoProcessesTakeTurns) {
  const TestFolder folder;
  folder.create().reset();
  constexpr int kEach = 50;
  const auto work = [&](const std::string& prefix) {
    const auto db = Db::open(folder.options());
    bool all = db.has_value();
    for (int i = 0; all && i < kEach; ++i) {
      all = insert(**db, prefix + std::to_string(i)).has_value();
    }
    return all;
  };
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    _exit(work("child ") ? 0 : 1);
  }
  EXPECT_TRUE(work("parent "));
  int status = 1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  const auto db = Db::open(folder.options());
  const auto read = (*db)->read();
  EXPECT_EQ((*read)
                ->one("SELECT count(*) FROM fruit", {}, [](const Row& r) { return r.integer(0); })
                .value(),
            2 * kEach);
}

TEST(Db, WithoutSharedMemoryOneConnectionDoesAll) {
  const TestFolder folder;
  Options options = folder.options();
  options.wal = Options::Wal::exclusive;
  const auto db = TestFolder::create(options);
  ASSERT_TRUE(insert(*db, "a"));
  EXPECT_FALSE(std::filesystem::exists(options.path + "-shm"));
  {
    const auto outer = db->read();
    const auto inner = db->read();
    EXPECT_EQ(names(**outer), "a");
    EXPECT_EQ(names(**inner), "a");
    EXPECT_DEATH((void)insert(*db, "b"), "borrowers_");
  }
  ASSERT_TRUE(db->checkpoint());
  ASSERT_TRUE(insert(*db, "b"));
  ASSERT_TRUE(db->copy_to(folder.file("copy.db")));
  EXPECT_EQ(names(*db), "a b");
}

}  // namespace
}  // namespace weir::store
