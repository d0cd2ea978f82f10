#include "store/connection.h"

#include <gtest/gtest.h>

#include "store/migrations.h"
#include "store/store_test.h"
#include "store/writer.h"

namespace weir::store {
namespace {

std::unique_ptr<Connection> fresh(const TestFolder& folder) {
  Options options = folder.options();
  options.open = Options::Open::create;
  auto connection = Connection::open(options, Connection::Role::writer);
  EXPECT_TRUE(connection);
  EXPECT_TRUE(migrate(**connection, options.migrations, options.open, options.upgrade));
  return std::move(*connection);
}

constexpr std::string_view kPlum = "INSERT INTO fruit VALUES ('plum', 1)";

TEST(Connection, KnowsWhetherThereIsAFile) {
  const TestFolder folder;
  EXPECT_EQ(file_exists(folder.file("weir.db"), "").value(), false);
  fresh(folder);
  EXPECT_EQ(file_exists(folder.file("weir.db"), "").value(), true);
}

TEST(Connection, KnowsTheRowInsertedLast) {
  const TestFolder folder;
  const auto connection = fresh(folder);
  ASSERT_TRUE(connection->script("CREATE TABLE numbered (id INTEGER PRIMARY KEY, text TEXT)"));
  for (const std::int64_t expected : {1, 2, 3}) {
    ASSERT_TRUE(connection->run("INSERT INTO numbered (text) VALUES ('x')"));
    EXPECT_EQ(connection->last_row(), expected);
  }
  Tx tx = Connection::transaction(*connection);
  EXPECT_EQ(tx.insert("INSERT INTO numbered (id, text) VALUES ($1, $2)", {40, "x"}).value(), 40);
  EXPECT_EQ(code_of(tx.insert("INSERT INTO numbered (id) VALUES ($1)", {40})), Code::conflict);
}

TEST(Connection, PacksTheIntegersOfManyRowsIntoOne) {
  const TestFolder folder;
  const auto connection = fresh(folder);
  const Tx tx = Connection::transaction(*connection);
  const auto packed = [&](std::string_view rows) {
    return tx.one("SELECT packed(column1) FROM (" + std::string(rows) + ")", {},
                  [](const Row& row) { return row.integers(0); });
  };
  EXPECT_EQ(packed("VALUES (3), (-1), (5000000000)").value(),
            (std::vector<std::int64_t>{3, -1, 5'000'000'000}));
  EXPECT_EQ(packed("SELECT 1 AS column1 WHERE 0").value(), std::vector<std::int64_t>{});
}

TEST(Connection, CountsThePagesOfTheLogUntilTheyAreMoved) {
  const TestFolder folder;
  const auto connection = fresh(folder);
  EXPECT_GT(connection->log_pages(), 0);
  ASSERT_TRUE(connection->checkpoint());
  EXPECT_EQ(connection->log_pages(), 0);
  ASSERT_TRUE(connection->run(kPlum));
  EXPECT_GT(connection->log_pages(), 0);
  EXPECT_FALSE(connection->has_failed_sync());
}

TEST(Connection, LargeValuesDoNotStayInTheCache) {
  const TestFolder folder;
  const auto connection = fresh(folder);
  ASSERT_TRUE(connection->script("CREATE TABLE file (bytes BLOB)"));
  const auto insert = [&](std::size_t bytes, int times) {
    const std::string value(bytes, 'x');
    for (int i = 0; i < times; ++i) {
      const Param params[] = {Blob{value}};
      ASSERT_TRUE(connection->run("INSERT INTO file VALUES ($1)", params));
    }
    connection->let_go_of_large_values();
  };
  insert(kLargeValue - 1, 8);  // none of them counts as large
  const std::int64_t small = connection->cached_bytes();
  EXPECT_GT(small, std::int64_t{8 * kLargeValue});
  insert(kLargeValue, 15);  // not yet a sixteenth of the 16 MiB of a cache
  EXPECT_GT(connection->cached_bytes(), small + std::int64_t{15 * kLargeValue});
  insert(kLargeValue, 1);
  EXPECT_LT(connection->cached_bytes(), std::int64_t{kLargeValue});
  EXPECT_EQ(connection->changes(), 1);
}

TEST(Connection, RestartsTheLogUnlessASnapshotNeedsIt) {
  const TestFolder folder;
  const auto connection = fresh(folder);
  const auto reader = Connection::open(folder.options(), Connection::Role::reader);
  ASSERT_TRUE((*reader)->script("BEGIN; SELECT * FROM fruit"));
  ASSERT_TRUE(connection->run(kPlum));
  EXPECT_TRUE(connection->restart_log());
  EXPECT_GT(std::filesystem::file_size(folder.file("weir.db-wal")), 0u);
  ASSERT_TRUE((*reader)->script("COMMIT"));
  EXPECT_TRUE(connection->restart_log());
  EXPECT_EQ(std::filesystem::file_size(folder.file("weir.db-wal")), 0u);
}

TEST(Connection, OnceDistrustedDoesNotWriteEvenWhenItCloses) {
  const TestFolder folder;
  auto connection = fresh(folder);
  ASSERT_TRUE(connection->restart_log());
  ASSERT_TRUE(connection->run("INSERT INTO fruit VALUES ('greengage', 1)"));
  connection->distrust();
  connection.reset();
  EXPECT_FALSE(contains(folder.file("weir.db"), "greengage"));
  EXPECT_TRUE(contains(folder.file("weir.db-wal"), "greengage"));
}

TEST(Committer, MovesALogThatIsLongEnough) {
  const TestFolder folder;
  Committer committer(folder.options(), fresh(folder));
  Connection& connection = *committer.connection().value();
  ASSERT_TRUE(connection.checkpoint());
  ASSERT_TRUE(connection.run(kPlum));
  const int pages = connection.log_pages();
  committer.checkpoint_from(pages + 1);
  EXPECT_EQ(connection.log_pages(), pages);
  committer.checkpoint_from(pages);
  EXPECT_EQ(connection.log_pages(), 0);
  ASSERT_TRUE(connection.run("INSERT INTO fruit VALUES ('damson', 1)"));
  EXPECT_FALSE(contains(folder.file("weir.db"), "damson"));
  EXPECT_TRUE(committer.checkpoint_beside());
  EXPECT_TRUE(contains(folder.file("weir.db"), "damson"));
}

TEST(WriterWithOneConnection, LendsItUntilTheLastGivesItBack) {
  const TestFolder folder;
  Writer writer(folder.options(), fresh(folder));
  Connection* const first = writer.borrow().value();
  EXPECT_EQ(writer.borrow().value(), first);
  EXPECT_TRUE(first->is_in_transaction());
  writer.give_back();
  EXPECT_TRUE(first->is_in_transaction());
  writer.give_back();
  EXPECT_FALSE(first->is_in_transaction());
}

}  // namespace
}  // namespace weir::store
