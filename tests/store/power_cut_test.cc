// The store on a disk that breaks at every operation in turn, in every way there is.
#include <set>

#include <gtest/gtest.h>

#include "store/fault_vfs.h"
#include "store/store.h"

namespace weir::store {
namespace {

constexpr int kCommands = 20;

constexpr Migration kSchema{"0001-items", R"(
  CREATE TABLE item (command INTEGER, part INTEGER, body BLOB, PRIMARY KEY (command, part)) STRICT;
  CREATE TABLE total (commands INTEGER NOT NULL, items INTEGER NOT NULL) STRICT;
  INSERT INTO total VALUES (0, 0);
)"};

enum class Mode { log, log_with_shared_memory, journal };

const char* name(Mode mode) {
  switch (mode) {
    case Mode::log:
      return "log";
    case Mode::log_with_shared_memory:
      return "log with shared memory";
    case Mode::journal:
      return "journal";
  }
  return "";
}

Options options(const FaultDisk& disk, Mode mode) {
  return {
      .path = "weir.db",
      .vfs = disk.name(),
      .migrations = {kSchema},
      .wal = mode == Mode::log_with_shared_memory ? Options::Wal::shared : Options::Wal::exclusive,
      .secure_delete = mode == Mode::journal};
}

/// What was told to those who asked.
struct Told {
  std::set<int> done;
  std::set<int> refused;  // by the command itself
  std::set<int> unavailable;
};

int parts_of(int command) {
  return 2 + command % 3;
}
bool is_refused(int command) {
  return command % 5 == 4;
}

Status apply(Tx& tx, int command) {
  const std::string body(command % 7 == 3 ? 30'000 : 50, static_cast<char>('a' + command));
  for (int part = 0; part < parts_of(command); ++part) {
    TRY(tx.run("INSERT INTO item (command, part, body) VALUES ($1, $2, $3)",
               {command, part, Blob{body}}));
  }
  if (is_refused(command)) {
    return fail(Code::denied, "refused");
  }
  return tx.run("UPDATE total SET commands = commands + 1");
}

Result<std::unique_ptr<Db>> open(const Options& with) {
  auto db = TRY(Db::open(with));
  db->set_before_commit(
      [](Tx& tx) { return tx.run("UPDATE total SET items = (SELECT count(*) FROM item)"); });
  return db;
}

void run(Db& db, int from, int to, Told& told) {
  for (int command = from; command < to; ++command) {
    const Status status = db.execute([&](Tx& tx) { return apply(tx, command); });
    if (status) {
      told.done.insert(command);
    } else if (status.error().code == Code::denied) {
      told.refused.insert(command);
    } else {
      EXPECT_EQ(status.error().code, Code::unavailable) << text(status.error());
      told.unavailable.insert(command);
    }
    if (command % 7 == 6) {
      (void)db.checkpoint();
    }
  }
}

struct Findings {
  int corrupt = 0;  // does not open, or its pages contradict each other
  int lost = 0;     // acknowledged, and not there
  int wrong = 0;    // half a command, one that was refused, a total that the hook did not make
  bool operator==(const Findings&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Findings& findings) {
  return out << findings.corrupt << " corrupt, " << findings.lost << " lost, " << findings.wrong
             << " wrong";
}

std::int64_t number(const Tx& tx, std::string_view query, std::initializer_list<Param> params) {
  const auto found = tx.one(query, params, [](const Row& row) { return row.integer(0); });
  return found && *found ? **found : -1;
}

void inspect(const Tx& tx, const Told& told, Findings& findings) {
  const auto integrity =
      tx.one("PRAGMA integrity_check", {}, [](const Row& row) { return row.text(0); });
  if (!integrity || *integrity != "ok") {
    ++findings.corrupt;
    return;
  }
  int present = 0;
  for (int command = 0; command < 2 * kCommands; ++command) {
    const std::int64_t parts =
        number(tx, "SELECT count(*) FROM item WHERE command = $1", {command});
    present += parts > 0 ? 1 : 0;
    findings.lost += told.done.contains(command) && parts == 0 ? 1 : 0;
    const bool may_be_there = told.done.contains(command) || told.unavailable.contains(command);
    findings.wrong += parts != 0 && (parts != parts_of(command) || !may_be_there) ? 1 : 0;
  }
  findings.wrong += number(tx, "SELECT commands FROM total", {}) != present ? 1 : 0;
  findings.wrong += number(tx, "SELECT items - (SELECT count(*) FROM item) FROM total", {}) != 0;
}

/// Opens what is left, compares it with what was told, and goes on working with it.
void reopen(const Options& with, const Told& told, Findings& findings) {
  auto db = open(with);
  if (!db) {
    ++findings.corrupt;
    return;
  }
  {
    const auto read = (*db)->read();
    if (!read) {
      ++findings.corrupt;
      return;
    }
    inspect(**read, told, findings);
  }
  Told after = told;
  run(**db, kCommands, kCommands + 3, after);
  EXPECT_EQ(after.done.size(), told.done.size() + 3);
  const auto read = (*db)->read();
  ASSERT_TRUE(read);
  inspect(**read, after, findings);
}

void create(Options with) {
  with.open = Options::Open::create;
  const auto made = Db::open(with);
  ASSERT_TRUE(made) << text(made.error());
}

/// The operations of the whole script on a disk without faults.
std::int64_t count_operations(const Options& with, FaultDisk& disk) {
  disk.restart();
  Told told;
  {
    const auto db = open(with);
    EXPECT_TRUE(db) << text(db.error());
    run(**db, 0, kCommands, told);
  }
  EXPECT_EQ(told.done.size(), 16u);
  EXPECT_EQ(told.refused.size(), 4u);
  return disk.operations();
}

struct Cut {
  std::int64_t at;
  Loss loss;
};

Findings cut_once(Mode mode, Options::Sync sync, Cut cut) {
  FaultDisk disk;
  Options with = options(disk, mode);
  with.sync = sync;
  create(with);
  disk.restart();
  disk.cut_at(cut.at, cut.loss, static_cast<std::uint64_t>(cut.at));
  Told told;
  if (const auto db = open(with)) {
    run(**db, 0, kCommands, told);
  }
  EXPECT_TRUE(disk.is_cut());
  disk.restart();
  Findings findings;
  reopen(with, told, findings);
  return findings;
}

std::int64_t operations_of(Mode mode, Options::Sync sync) {
  FaultDisk disk;
  Options with = options(disk, mode);
  with.sync = sync;
  create(with);
  return count_operations(with, disk);
}

Findings cut_everywhere(Mode mode, Options::Sync sync) {
  const std::int64_t operations = operations_of(mode, sync);
  EXPECT_GT(operations, 50);
  Findings all;
  for (std::int64_t k = 1; k <= operations; k += WEIR_ONE_OF) {
    for (const Loss loss : {Loss::lost, Loss::kept, Loss::mixed}) {
      const Findings one = cut_once(mode, sync, {k, loss});
      all.corrupt += one.corrupt;
      all.lost += one.lost;
      all.wrong += one.wrong;
    }
  }
  return all;
}

class PowerCut : public ::testing::TestWithParam<Mode> {};

TEST_P(PowerCut, WhereverItComesWhatWasAcknowledgedIsThereOnceAndNothingIsHalfDone) {
  EXPECT_EQ(cut_everywhere(GetParam(), Options::Sync::full), Findings{}) << name(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Modes, PowerCut,
                         ::testing::Values(Mode::log, Mode::log_with_shared_memory, Mode::journal));

TEST(PowerCutHarness, NoticesThatRelaxedSyncLosesWhatWasAcknowledged) {
  const Findings findings = cut_everywhere(Mode::log, Options::Sync::relaxed);
  EXPECT_EQ(findings.corrupt, 0);
  EXPECT_EQ(findings.wrong, 0);
  EXPECT_GT(findings.lost, 50 / WEIR_ONE_OF);
}

TEST(PowerCut, DuringCreationLeavesNothingThatLooksLikeADatabaseOrAWholeOne) {
  std::int64_t operations = 0;
  {
    FaultDisk disk;
    create(options(disk, Mode::log));
    operations = disk.operations();
  }
  ASSERT_GT(operations, 5);
  int unfinished = 0;
  for (std::int64_t k = 1; k <= operations; ++k) {
    for (const Loss loss : {Loss::lost, Loss::kept, Loss::mixed}) {
      FaultDisk disk;
      Options with = options(disk, Mode::log);
      with.open = Options::Open::create;
      disk.cut_at(k, loss, static_cast<std::uint64_t>(k));
      const bool was_made = Db::open(with).has_value();
      disk.restart();
      auto db = open(options(disk, Mode::log));
      if (!db) {
        EXPECT_FALSE(was_made) << "cut at " << k;
        EXPECT_TRUE(db.error().code == Code::not_found || db.error().code == Code::corrupt);
        ++unfinished;
        continue;
      }
      Told told;
      run(**db, 0, 3, told);
      EXPECT_EQ(told.done.size(), 3u);
    }
  }
  EXPECT_GT(unfinished, 0);
}

enum class Then { process_restarts, power_goes, process_restarts_then_power_goes };

/// Operation `k` fails while the script runs, which goes on; then it ends in one of three ways.
Findings fail_once(Mode mode, std::int64_t k, Failure failure, Then then) {
  FaultDisk disk;
  const Options with = options(disk, mode);
  create(with);
  disk.restart();
  disk.fail_at(k, failure);
  Told told;
  {
    auto db = open(with);
    if (db) {
      run(**db, 0, kCommands, told);
      if (then == Then::power_goes) {
        disk.cut(Loss::lost, 0);
      }
    }
  }
  disk.restart();
  if (then == Then::process_restarts_then_power_goes) {
    {
      auto db = open(with);
      EXPECT_TRUE(db) << text(db.error());
      run(**db, 2 * kCommands - 3, 2 * kCommands, told);
      disk.cut(Loss::lost, 0);
    }
    disk.restart();
  }
  Findings findings;
  reopen(with, told, findings);
  return findings;
}

class FailedOperation : public ::testing::TestWithParam<Mode> {};

TEST_P(FailedOperation, WhicheverItIsWhatWasAcknowledgedIsThereOnceAndNothingIsHalfDone) {
  const Mode mode = GetParam();
  const std::int64_t operations = operations_of(mode, Options::Sync::full);
  for (std::int64_t k = 1; k <= operations; k += WEIR_ONE_OF) {
    for (const Failure failure : {Failure::io, Failure::full}) {
      for (const Then then :
           {Then::process_restarts, Then::power_goes, Then::process_restarts_then_power_goes}) {
        EXPECT_EQ(fail_once(mode, k, failure, then), Findings{})
            << name(mode) << ", operation " << k << ", failure " << static_cast<int>(failure)
            << ", then " << static_cast<int>(then);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, FailedOperation,
                         ::testing::Values(Mode::log, Mode::log_with_shared_memory, Mode::journal));

/// Opens, lets the `k`-th operation after that fail, and says whether that stopped all writes.
bool is_stopped_by(Mode mode, std::int64_t k) {
  FaultDisk disk;
  const Options with = options(disk, mode);
  create(with);
  const auto db = open(with);
  EXPECT_TRUE(db);
  disk.fail_at(disk.operations() + k, Failure::io);
  Told told;
  run(**db, 0, 6, told);
  const Status later = (*db)->execute([](Tx& tx) { return apply(tx, 38); });
  const bool is_stopped = !later && later.error().message.find("then restart") != std::string::npos;
  EXPECT_TRUE(is_stopped || later) << text(later.error());
  EXPECT_EQ((*db)->checkpoint().has_value(), !is_stopped);
  const auto read = (*db)->read();
  EXPECT_TRUE(read) << name(mode);
  EXPECT_GE(number(**read, "SELECT commands FROM total", {}),
            static_cast<std::int64_t>(told.done.size()));
  return is_stopped;
}

TEST(FailedSync, StopsEveryLaterWriteAndNoRead) {
  for (const Mode mode : {Mode::log, Mode::log_with_shared_memory, Mode::journal}) {
    int stopped = 0;
    for (std::int64_t k = 1; k <= 30; ++k) {  // some of these are syncs, the others are not
      stopped += is_stopped_by(mode, k) ? 1 : 0;
    }
    EXPECT_GT(stopped, 3) << name(mode);
    EXPECT_LT(stopped, 20) << name(mode);
  }
}

struct Trouble {
  Medium medium;
  const char* message;
};

TEST(Disk, FullOrReadOnlyRefusesWritesSaysSoGoesOnReadingAndRecovers) {
  for (const Mode mode : {Mode::log, Mode::log_with_shared_memory, Mode::journal}) {
    for (const Trouble& trouble : {Trouble{Medium::full, "disk full"},
                                   Trouble{Medium::read_only, "the database is read-only"}}) {
      FaultDisk disk;
      const Options with = options(disk, mode);
      create(with);
      const auto db = open(with);
      Told told;
      run(**db, 0, 3, told);
      disk.set_medium(trouble.medium);
      for (int i = 0; i < 2; ++i) {
        const Status status = (*db)->execute([](Tx& tx) { return apply(tx, 3); });
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, Code::unavailable);
        EXPECT_NE(status.error().message.find(trouble.message), std::string::npos)
            << name(mode) << ": " << status.error().message;
        const auto read = (*db)->read();
        ASSERT_TRUE(read) << name(mode) << ": " << text(read.error());
        EXPECT_EQ(number(**read, "SELECT commands FROM total", {}), 3);
      }
      disk.set_medium(Medium::writable);
      run(**db, 5, 8, told);
      EXPECT_EQ(told.done, (std::set<int>{0, 1, 2, 5, 6, 7})) << name(mode);
    }
  }
}

TEST(Disk, HoldsSeveralDatabases) {
  FaultDisk disk;
  Options truth = options(disk, Mode::log);
  Options keys = options(disk, Mode::journal);
  keys.path = "keys.db";
  create(truth);
  create(keys);
  {
    const auto one = open(truth);
    const auto two = open(keys);
    Told told;
    run(**one, 0, 1, told);
    run(**two, 0, 3, told);
    disk.cut(Loss::lost, 0);
  }
  disk.restart();
  const auto one = open(truth);
  const auto two = open(keys);
  EXPECT_EQ(number(**(*one)->read(), "SELECT commands FROM total", {}), 1);
  EXPECT_EQ(number(**(*two)->read(), "SELECT commands FROM total", {}), 3);
}

TEST(Disk, ThreadsShareItThroughItsSharedMemory) {
  FaultDisk disk;
  Options with = options(disk, Mode::log_with_shared_memory);
  with.window = Duration(0);
  create(with);
  const auto db = open(with);
  const auto before = (*db)->read();
  Told told;
  run(**db, 0, 3, told);
  EXPECT_EQ(number(**before, "SELECT commands FROM total", {}), 0);
  EXPECT_EQ(number(**(*db)->read(), "SELECT commands FROM total", {}), 3);
}

}  // namespace
}  // namespace weir::store
