#include "store/writer.h"

#include <algorithm>
#include <latch>
#include <thread>

#include <gtest/gtest.h>

#include "store/store_test.h"

namespace weir::store {
namespace {

using namespace std::chrono_literals;

Options grouped(const TestFolder& folder, Duration window) {
  Options options = folder.options();
  options.window = window;
  return options;
}

/// Calls `work(i)` on `count` threads at once.
void on_threads(int count, const std::function<void(int)>& work) {
  std::latch start(count);
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
}

std::int64_t count_fruit(const Tx& tx) {
  return tx.one("SELECT count(*) FROM fruit", {}, [](const Row& row) { return row.integer(0); })
      .value()
      .value();
}

TEST(Writer, ManyThreadsEachGetTheirOwnAnswer) {
  const TestFolder folder;
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  {
    const auto db = TestFolder::create(grouped(folder, 1ms));
    int hooked = 0;  // on the writer only
    db->set_before_commit([&](Tx&) -> Status {
      ++hooked;
      return {};
    });
    on_threads(kThreads, [&](int thread) {
      for (int i = 0; i < kEach; ++i) {
        const std::string name = std::to_string(thread) + "-" + std::to_string(i);
        const auto made = db->submit([&](Tx& tx) -> Result<std::string> {
          TRY(tx.run(kInsert, {name, i % 5 == 0 ? -1 : i}));  // every fifth breaks the CHECK
          return name;
        });
        EXPECT_EQ(made.has_value(), i % 5 != 0);
        if (made) {
          EXPECT_EQ(**made, name);
          const auto read = db->read();  // what is acknowledged is seen by every later snapshot
          EXPECT_EQ((*read)
                        ->one("SELECT 1 FROM fruit WHERE name = $1", {name},
                              [](const Row& row) { return row.integer(0); })
                        .value(),
                    1);
        }
      }
    });
    EXPECT_GT(hooked, 0);
    EXPECT_LT(hooked, kThreads * kEach);  // they did share commits
  }
  const auto db = Db::open(folder.options());
  EXPECT_EQ(count_fruit(**(*db)->read()), kThreads * kEach * 4 / 5);
}

TEST(Writer, ManyThreadsMayCommitInlineAndCheckpoint) {
  const TestFolder folder;
  const auto db = folder.create();
  on_threads(8, [&](int thread) {
    for (int i = 0; i < 10; ++i) {
      EXPECT_TRUE(insert(*db, std::to_string(thread) + "-" + std::to_string(i)));
      EXPECT_TRUE(thread != 0 || db->checkpoint());
    }
  });
  EXPECT_EQ(count_fruit(**db->read()), 80);
}

TEST(Writer, MayBeCheckpointedWhileItWorks) {
  const TestFolder folder;
  const auto db = TestFolder::create(grouped(folder, 0ms));
  on_threads(4, [&](int thread) {
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(insert(*db, std::to_string(thread) + "-" + std::to_string(i)));
      EXPECT_TRUE(thread != 0 || db->checkpoint());
    }
  });
  EXPECT_EQ(count_fruit(**db->read()), 80);
}

TEST(Writer, FinishesWhatIsQueuedBeforeItCloses) {
  using Steady = std::chrono::steady_clock;
  const TestFolder folder;
  auto db = TestFolder::create(grouped(folder, 60s));  // only closing ends such a window
  std::latch ready(1);
  std::jthread caller([&ready, &open = *db] {
    const auto made = open.submit(
        [&]() -> Result<int> {
          ready.count_down();
          return 1;
        },
        [](Tx& tx, int count) -> Result<int> {
          TRY(tx.run(kInsert, {"a", count}));
          return count;
        });
    EXPECT_TRUE(made);
  });
  ready.wait();
  const auto start = Steady::now();
  while (Steady::now() - start < 300ms) {  // ample for the caller to get into the queue
    std::this_thread::yield();
  }
  db.reset();
  caller.join();
  EXPECT_LT(Steady::now() - start, 30s);
  EXPECT_EQ(names(*Db::open(folder.options()).value()), "a");
}

/// The window is not idle time: what has come is applied while others may still come. It is seen by
/// nobody before the commit.
TEST(Writer, AppliesWhatHasComeWhileTheWindowIsOpen) {
  const TestFolder folder;
  auto db = TestFolder::create(grouped(folder, 60s));  // only closing ends such a window
  std::latch applied(2);
  std::vector<std::jthread> callers;
  for (const char* name : {"a", "b"}) {
    callers.emplace_back([&, name, &open = *db] {
      EXPECT_TRUE(open.execute([&](Tx& tx) {
        Status done = tx.run(kInsert, {name, 1});
        applied.count_down();
        return done;
      }));
    });
  }
  applied.wait();
  EXPECT_EQ(count_fruit(**db->read()), 0);
  db.reset();
  callers.clear();
  EXPECT_EQ(names(*Db::open(folder.options()).value()), "a b");
}

TEST(Writer, WaitsForTheWindowAndNotLonger) {
  const TestFolder folder;
  const auto db = TestFolder::create(grouped(folder, 50ms));
  int commits = 0;
  db->set_before_commit([&](Tx&) -> Status {
    ++commits;
    return {};
  });
  const auto start = std::chrono::steady_clock::now();
  on_threads(8, [&](int thread) { EXPECT_TRUE(insert(*db, std::to_string(thread))); });
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took, 50ms);
  EXPECT_LT(took, 5s);
  EXPECT_LT(commits, 8);
}

/// A committer on its own, so that a test says what stands in one batch.
class Batches : public ::testing::Test {
 protected:
  Batches() {
    folder_.create().reset();
    auto connection = Connection::open(folder_.options(), Connection::Role::writer);
    EXPECT_TRUE(connection);
    committer_ = std::make_unique<Committer>(folder_.options(), std::move(*connection));
  }

  std::vector<std::optional<Code>> commit(const std::vector<Apply>& applies) {
    std::vector<Command> commands;
    for (const Apply& apply : applies) {
      commands.push_back({&apply});
    }
    std::vector<Command*> batch;
    for (Command& command : commands) {
      batch.push_back(&command);
    }
    committer_->begin();
    for (Command& command : commands) {
      committer_->apply(command);
    }
    committer_->finish(batch);
    std::vector<std::optional<Code>> codes;
    for (const Command& command : commands) {
      codes.push_back(code_of(command.result));
    }
    return codes;
  }

  std::string stored() { return names(*Db::open(folder_.options()).value()); }

  TestFolder folder_;
  std::unique_ptr<Committer> committer_;
};

using Codes = std::vector<std::optional<Code>>;

Apply put(std::string name) {
  return [name](Tx& tx) { return tx.run(kInsert, {name, 1}); };
}
Apply put_then_fail(std::string name) {
  return [name](Tx& tx) -> Status {
    TRY(tx.run(kInsert, {name, 1}));
    return fail(Code::denied, "no");
  };
}

TEST_F(Batches, OneThatFailsDoesNotTouchTheOthers) {
  EXPECT_EQ(commit({put("a"), put_then_fail("b"), put("b"), put("a"), put("c")}),
            (Codes{{}, Code::denied, {}, Code::conflict, {}}));
  EXPECT_EQ(stored(), "a b c");
}

TEST_F(Batches, TheHookSeesAllThatSucceededAndWritesWithThem) {
  committer_->set_before_commit([](Tx& tx) -> Status {
    const std::string seen = names(tx);
    return tx.run(kInsert, {"hook:" + seen, 1});
  });
  EXPECT_EQ(commit({put("a"), put_then_fail("b"), put("c")}), (Codes{{}, Code::denied, {}}));
  EXPECT_EQ(stored(), "a c hook:a c");
}

TEST_F(Batches, AHookThatFailsFailsTheWholeBatch) {
  bool broken = true;
  committer_->set_before_commit([&](Tx& tx) -> Status {
    TRY(tx.run(kInsert, {"hook", 1}));
    return broken ? Status(fail(Code::corrupt, "the tree is wrong")) : Status();
  });
  EXPECT_EQ(commit({put("a"), put_then_fail("b")}), (Codes{Code::corrupt, Code::corrupt}));
  EXPECT_EQ(stored(), "");
  broken = false;
  EXPECT_EQ(commit({put("a")}), Codes{{}});
  EXPECT_EQ(stored(), "a hook");
}

TEST_F(Batches, WithoutASuccessThereIsNoHookAndNoCommit) {
  committer_->set_before_commit([](Tx&) -> Status {
    ADD_FAILURE() << "called";
    return {};
  });
  EXPECT_EQ(commit({put_then_fail("a"), put_then_fail("b")}), (Codes{Code::denied, Code::denied}));
  EXPECT_EQ(stored(), "");
}

TEST_F(Batches, ACommitThatFailsFailsAllAndTheNextOneWorks) {
  // A deferred constraint is the one way to a failing COMMIT without a broken disk.
  ASSERT_EQ(commit({[](Tx& tx) {
              return tx.run(
                  "CREATE TABLE late (fruit TEXT REFERENCES fruit (name) DEFERRABLE "
                  "INITIALLY DEFERRED) STRICT");
            }}),
            Codes{{}});
  const Apply late = [](Tx& tx) { return tx.run("INSERT INTO late VALUES ('nothing')"); };
  EXPECT_EQ(commit({put("a"), put_then_fail("b"), late}),
            (Codes{Code::unavailable, Code::unavailable, Code::unavailable}));
  EXPECT_EQ(stored(), "");
  EXPECT_EQ(commit({put("a")}), Codes{{}});
  EXPECT_EQ(stored(), "a");
}

TEST_F(Batches, ATransactionThatACommandHasEndedFailsTheBatch) {
  const Apply rude = [](Tx& tx) { return tx.run("ROLLBACK"); };
  EXPECT_EQ(commit({put("a"), rude, put("b")}),
            (Codes{Code::unavailable, Code::unavailable, Code::unavailable}));
  EXPECT_EQ(stored(), "");
  EXPECT_EQ(commit({put("c")}), Codes{{}});
  EXPECT_EQ(stored(), "c");
}

TEST_F(Batches, TheHookIsSetOnceAndBeforeTheFirstBatch) {
  const Apply hook = [](Tx&) -> Status { return {}; };
  committer_->set_before_commit(hook);
  EXPECT_DEATH(committer_->set_before_commit(hook), "before_commit_");
  EXPECT_EQ(commit({put("a")}), Codes{{}});
}

}  // namespace
}  // namespace weir::store
