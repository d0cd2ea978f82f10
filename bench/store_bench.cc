// How many durable writes a second: commands of 4 KB each, committed together or one by one, beside
// the disk's own rate of syncs. Set TMPDIR to a folder on the disk to be measured.
// weir: store
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include "folder.h"
#include "store/store.h"

namespace weir::store {
namespace {

constexpr std::size_t kRowBytes = 4'096;
constexpr Duration kWindow{5};
constexpr int kClients = 64;

constexpr Migration kRows{"0001-rows",
                          "CREATE TABLE entry (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT"};

using bench::Folder;

/// A database that the threads of one benchmark share.
struct Shared {
  Folder folder;
  std::unique_ptr<Db> db;

  explicit Shared(std::optional<Duration> window) {
    Options options{.path = folder.file("weir.db"),
                    .window = window,
                    .migrations = {kRows},
                    .open = Options::Open::create};
    db = std::move(*Db::open(std::move(options)));
  }
};

void insert_rows(benchmark::State& state, Db& db) {
  const std::string body(kRowBytes, 'b');
  for (auto _ : state) {
    const Status status = db.execute(
        [&](Tx& tx) { return tx.run("INSERT INTO entry (body) VALUES ($1)", {Blob{body}}); });
    if (!status) {
      state.SkipWithError(status.error().message.c_str());
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}

std::unique_ptr<Shared> shared;  // made before the threads start, gone after they end

void together(const benchmark::State&) {
  shared = std::make_unique<Shared>(kWindow);
}
void one_by_one(const benchmark::State&) {
  shared = std::make_unique<Shared>(std::nullopt);
}
void close(const benchmark::State&) {
  shared.reset();
}

void BM_CommitTogether(benchmark::State& state) {
  insert_rows(state, *shared->db);
}
BENCHMARK(BM_CommitTogether)->Threads(kClients)->Setup(together)->Teardown(close)->UseRealTime();

void BM_CommitOneByOne(benchmark::State& state) {
  insert_rows(state, *shared->db);
}
BENCHMARK(BM_CommitOneByOne)->Setup(one_by_one)->Teardown(close)->UseRealTime();

/// What the disk allows: 4 KiB appended and synced.
void BM_AppendAndSync(benchmark::State& state) {
  const Folder folder;
  const int file = ::open(folder.file("sync").c_str(), O_CREAT | O_WRONLY, 0600);
  const std::string body(kRowBytes, 'b');
  for (auto _ : state) {
    if (::write(file, body.data(), body.size()) < 0 || ::fdatasync(file) != 0) {
      state.SkipWithError("the disk reported an error");
      break;
    }
  }
  ::close(file);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_AppendAndSync)->UseRealTime();

}  // namespace
}  // namespace weir::store

BENCHMARK_MAIN();
