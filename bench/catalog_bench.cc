// What an import costs, stage by stage, beside SQLite loading the same lines; and what is asked of
// it afterwards. Reads the large data beside the checkout; without it there is nothing to measure.
// weir: catalog
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "advisory/read.h"
#include "base/digest.h"
#include "catalog/import.h"
#include "catalog/preparer.h"
#include "catalog/record.h"
#include "catalog/search.h"
#include "large.h"

namespace weir::catalog {
namespace {

namespace fs = std::filesystem;

using bench::Folder;
using bench::is_absent;
using bench::kLarge;

template <class F>
void each_line(F use) {
  for (const std::string& file : bench::large_files()) {
    bench::each_line(file, use);
  }
}

/// Stages, each with those before it, on one thread.
void BM_Unpack(benchmark::State& state) {
  if (is_absent(state)) {
    return;
  }
  for (auto _ : state) {
    std::size_t bytes = 0;
    each_line([&](std::string_view line) { bytes += line.size(); });
    state.counters["MB"] = static_cast<double>(bytes) / 1e6;
  }
}
BENCHMARK(BM_Unpack)->Iterations(1)->Unit(benchmark::kSecond);

void BM_UnpackHash(benchmark::State& state) {
  if (is_absent(state)) {
    return;
  }
  for (auto _ : state) {
    each_line([](std::string_view line) { benchmark::DoNotOptimize(sha256(line)); });
  }
}
BENCHMARK(BM_UnpackHash)->Iterations(1)->Unit(benchmark::kSecond);

void BM_UnpackRead(benchmark::State& state) {
  if (is_absent(state)) {
    return;
  }
  for (auto _ : state) {
    advisory::Reader reader;
    std::size_t records = 0;
    each_line([&](std::string_view line) {
      const auto change = advisory::unwrap(line);
      records += change && reader.read(change->record) ? 1U : 0U;
    });
    state.counters["records"] = static_cast<double>(records);
  }
}
BENCHMARK(BM_UnpackRead)->Iterations(1)->Unit(benchmark::kSecond);

/// All that the first thread does.
void BM_Prepare(benchmark::State& state) {
  if (is_absent(state)) {
    return;
  }
  for (auto _ : state) {
    std::size_t bytes = 0;
    Preparer preparer(std::nullopt, {}, Compressor(), [&](Batch batch) {
      for (const Prepared& one : batch.records) {
        bytes += one.body.bytes.size();
      }
      return true;
    });
    for (const std::string& file : bench::large_files()) {
      Input input = *Input::file(file);
      preparer.take(input, file);
    }
    preparer.finish();
    state.counters["MB compressed"] = static_cast<double>(bytes) / 1e6;
  }
}
BENCHMARK(BM_Prepare)->Iterations(1)->Unit(benchmark::kSecond);

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double most_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// The whole, on two threads; then the same again.
void BM_Import(benchmark::State& state) {
  if (is_absent(state)) {
    return;
  }
  const SystemClock clock;
  for (auto _ : state) {
    const Folder folder;
    const auto db = *open(folder.file("public.db"), Use::import);
    const double before = processor_seconds();
    const auto outcome = import(*db, clock, {.path = kLarge});
    state.counters["processor s"] = processor_seconds() - before;
    state.counters["records"] = static_cast<double>(outcome->records);
    state.counters["MB resident"] = most_memory();
    state.counters["MB file"] = static_cast<double>(fs::file_size(folder.file("public.db"))) / 1e6;
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(import(*db, clock, {.path = kLarge}));
    const std::chrono::duration<double> again = std::chrono::steady_clock::now() - start;
    state.counters["again s"] = again.count();
  }
}
BENCHMARK(BM_Import)->Iterations(1)->Unit(benchmark::kSecond)->UseRealTime();

/// The peer: each line as it is into one column, and into a word index.
void BM_SqliteLoad(benchmark::State& state) {
  if (is_absent(state)) {
    return;
  }
  for (auto _ : state) {
    const Folder folder;
    sqlite3* db = nullptr;
    sqlite3_open(folder.file("raw.db").c_str(), &db);
    sqlite3_exec(
        db,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA page_size = 8192; "
        "PRAGMA cache_size = -262144; CREATE TABLE raw (id INTEGER PRIMARY KEY, line TEXT); "
        "CREATE VIRTUAL TABLE words USING fts5 (line, content = 'raw', content_rowid = "
        "'id'); BEGIN",
        nullptr, nullptr, nullptr);
    sqlite3_stmt* raw = nullptr;
    sqlite3_stmt* words = nullptr;
    sqlite3_prepare_v2(db, "INSERT INTO raw VALUES (?1, ?2)", -1, &raw, nullptr);
    sqlite3_prepare_v2(db, "INSERT INTO words (rowid, line) VALUES (?1, ?2)", -1, &words, nullptr);
    sqlite3_int64 id = 0;
    each_line([&](std::string_view line) {
      ++id;
      for (sqlite3_stmt* statement : {raw, words}) {
        sqlite3_bind_int64(statement, 1, id);
        sqlite3_bind_text(statement, 2, line.data(), static_cast<int>(line.size()), SQLITE_STATIC);
        sqlite3_step(statement);
        sqlite3_reset(statement);
      }
      if (id % static_cast<sqlite3_int64>(kBatchRecords) == 0) {
        sqlite3_exec(db, "COMMIT; BEGIN", nullptr, nullptr, nullptr);
      }
    });
    sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
    sqlite3_finalize(raw);
    sqlite3_finalize(words);
    sqlite3_close(db);
    state.counters["lines"] = static_cast<double>(id);
  }
}
BENCHMARK(BM_SqliteLoad)->Iterations(1)->Unit(benchmark::kSecond)->UseRealTime();

/// A database with everything, made once.
struct Filled {
  Folder folder;
  std::unique_ptr<store::Db> db;

  static Filled& get() {
    static Filled filled;
    return filled;
  }

 private:
  Filled() {
    const SystemClock clock;
    const std::string path = folder.file("public.db");
    {
      const auto writing = *open(path, Use::import);
      benchmark::DoNotOptimize(import(*writing, clock, {.path = kLarge}));
    }
    db = *open(path, Use::read);
  }
};

void BM_SearchReady(benchmark::State& state) {
  if (is_absent(state)) {
    return;
  }
  const store::ReadTx tx = *Filled::get().db->read();
  for (auto _ : state) {
    Search search;
    benchmark::DoNotOptimize(search.refresh(*tx));
    state.counters["MB"] = static_cast<double>(search.bytes()) / 1e6;
  }
}
BENCHMARK(BM_SearchReady)->Unit(benchmark::kMillisecond);

/// Words from rare to the most frequent there is, each with filters and counts.
constexpr std::array kTyped = {"vulnerability",
                               "buffer overflow",
                               "xss",
                               "linux kernel",
                               "apach",
                               "sql injection wordpress",
                               "openssl",
                               "log4j",
                               "CVE-2020-1472",
                               "cpe:2.3:a:apache:http_server:*:*:*:*:*:*:*:*",
                               "pkg:golang/stdlib"};

void BM_Search(benchmark::State& state) {
  if (is_absent(state)) {
    return;
  }
  const store::ReadTx tx = *Filled::get().db->read();
  static Search search;
  benchmark::DoNotOptimize(search.refresh(*tx));
  const char* typed = kTyped.at(static_cast<std::size_t>(state.range(0)));
  state.SetLabel(typed);
  const Query query{.text = typed, .least_score = 40};
  std::vector<double> times;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    const auto found = search.find(*tx, query);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    times.push_back(time.count());
    state.counters["records"] = static_cast<double>(found->records);
  }
  std::ranges::sort(times);
  state.counters["p99 ms"] = times[times.size() * 99 / 100];
}
BENCHMARK(BM_Search)->DenseRange(0, kTyped.size() - 1)->Unit(benchmark::kMillisecond);

void BM_Known(benchmark::State& state) {
  if (is_absent(state)) {
    return;
  }
  const store::ReadTx tx = *Filled::get().db->read();
  for (auto _ : state) {
    benchmark::DoNotOptimize(known(*tx, "CVE-2020-1472"));
  }
}
BENCHMARK(BM_Known)->Unit(benchmark::kMicrosecond);

void BM_Candidates(benchmark::State& state) {
  if (is_absent(state)) {
    return;
  }
  const store::ReadTx tx = *Filled::get().db->read();
  for (auto _ : state) {
    benchmark::DoNotOptimize(candidates(*tx, "PyPI:jinja2"));
  }
}
BENCHMARK(BM_Candidates)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace weir::catalog

BENCHMARK_MAIN();
