#include "store/migrations.h"

#include <gtest/gtest.h>

#include "store/store_test.h"

namespace weir::store {
namespace {

constexpr Migration kVegetable{"0002-vegetable", "CREATE TABLE vegetable (name TEXT) STRICT"};
constexpr Migration kFill{"0003-fill", "INSERT INTO vegetable VALUES ('leek')"};

Status open_with(const TestFolder& folder, std::vector<Migration> migrations) {
  Options options = folder.options();
  options.migrations = std::move(migrations);
  const auto db = Db::open(options);
  return db ? Status() : Status(std::unexpected(db.error()));
}

std::int64_t count(const TestFolder& folder, std::vector<Migration> migrations,
                   std::string_view query) {
  Options options = folder.options();
  options.migrations = std::move(migrations);
  const auto db = Db::open(options);
  EXPECT_TRUE(db) << text(db.error());
  return (*db)
      ->read()
      .value()
      ->one(query, {}, [](const Row& row) { return row.integer(0); })
      .value()
      .value();
}

TEST(Migrations, AreAppliedOnceAndInOrder) {
  const TestFolder folder;
  folder.create().reset();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(count(folder, {kFruit, kVegetable, kFill}, "SELECT count(*) FROM vegetable"), 1);
  }
  EXPECT_EQ(count(folder, {kFruit, kVegetable, kFill},
                  "SELECT count(*) FROM schema_migration WHERE position = 2 AND name = '0003-fill' "
                  "AND length(sha256) = 32"),
            1);
}

TEST(Migrations, ASchemaThatIsNewerIsRefusedWithWhatToDo) {
  const TestFolder folder;
  folder.create().reset();
  ASSERT_TRUE(open_with(folder, {kFruit, kVegetable}));
  const Status older = open_with(folder, {kFruit});
  ASSERT_EQ(code_of(older), Code::invalid);
  EXPECT_NE(older.error().message.find("0002-vegetable"), std::string::npos);
  EXPECT_NE(older.error().message.find("run the newer release"), std::string::npos);
}

TEST(Migrations, WaitForAPersonWhereTheyShall) {
  const TestFolder folder;
  folder.create().reset();
  Options options = folder.options();
  options.migrations = {kFruit, kVegetable, kFill};
  EXPECT_EQ(missing_migrations(options).value(),
            (std::vector<std::string>{"0002-vegetable", "0003-fill"}));
  options.upgrade = Options::Upgrade::refuse;
  const auto refused = Db::open(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_TRUE(refused.error().message.contains("2 migrations: run `weir migrate`"));
  options.upgrade = Options::Upgrade::leave;
  EXPECT_TRUE(Db::open(options));
  EXPECT_EQ(missing_migrations(options)->size(), 2U) << "left as they were";
  options.upgrade = Options::Upgrade::apply;
  EXPECT_TRUE(Db::open(options));
  EXPECT_EQ(missing_migrations(options)->size(), 0U);
  options.upgrade = Options::Upgrade::refuse;
  EXPECT_TRUE(Db::open(options));
  // What no list of ours explains is refused whatever is wanted.
  options.migrations = {kFruit};
  for (const auto upgrade : {Options::Upgrade::refuse, Options::Upgrade::leave}) {
    options.upgrade = upgrade;
    EXPECT_EQ(Db::open(options).error().code, Code::invalid);
  }
  EXPECT_EQ(missing_migrations(options).error().code, Code::invalid);
}

TEST(Migrations, AChangedOneIsRefusedWithWhatToDo) {
  const TestFolder folder;
  folder.create().reset();
  const std::string other = std::string(kFruit.sql) + " ";
  const Status changed = open_with(folder, {{kFruit.name, other}, kVegetable});
  ASSERT_EQ(code_of(changed), Code::invalid);
  EXPECT_NE(changed.error().message.find("0001-fruit is not the one"), std::string::npos);
  EXPECT_NE(changed.error().message.find("put its old text back"), std::string::npos);
  EXPECT_TRUE(open_with(folder, {kFruit}));
}

TEST(Migrations, AMissingOneIsRefusedWithWhatToDo) {
  const TestFolder folder;
  folder.create().reset();
  ASSERT_TRUE(open_with(folder, {kFruit, kVegetable, kFill}));
  const Status missing = open_with(folder, {kFruit, kFill, kVegetable});
  ASSERT_EQ(code_of(missing), Code::invalid);
  EXPECT_NE(missing.error().message.find("0002-vegetable where this program has 0003-fill"),
            std::string::npos);
}

TEST(Migrations, OneThatFailsLeavesThoseBeforeItAndNothingOfItself) {
  const TestFolder folder;
  folder.create().reset();
  const Status half = open_with(
      folder,
      {kFruit, kVegetable, {"0003-half", "INSERT INTO vegetable VALUES ('kale'); NONSENSE"}});
  ASSERT_EQ(code_of(half), Code::invalid);
  EXPECT_NE(half.error().where.find("0003-half"), std::string::npos);
  EXPECT_EQ(count(folder, {kFruit, kVegetable}, "SELECT count(*) FROM vegetable"), 0);
  EXPECT_EQ(code_of(open_with(folder, {kFruit,
                                       kVegetable,
                                       {"0003-twice",
                                        "CREATE TABLE a (b TEXT PRIMARY KEY) STRICT; "
                                        "INSERT INTO a VALUES (1), (1)"}})),
            Code::conflict);
}

TEST(Migrations, AFileWithAnotherSchemaIsNotOurs) {
  const TestFolder folder;
  Options options = folder.options();
  options.open = Options::Open::create;
  {
    const auto other = Connection::open(options, Connection::Role::writer);
    ASSERT_TRUE(other);
    ASSERT_TRUE((*other)->script("CREATE TABLE foreigner (a TEXT)"));
  }
  const Status status = open_with(folder, {kFruit});
  ASSERT_EQ(code_of(status), Code::corrupt);
  EXPECT_NE(status.error().message.find("restore a backup"), std::string::npos);
}

TEST(MigrationsDeathTest, AreNamedOnceAndDoNotCommit) {
  const TestFolder folder;
  folder.create().reset();
  EXPECT_DEATH((void)open_with(folder, {kFruit, kVegetable, kFruit}), "names");
  EXPECT_DEATH((void)open_with(folder, {kFruit, {"0002-commit", "COMMIT"}}), "is_in_transaction");
}

}  // namespace
}  // namespace weir::store
