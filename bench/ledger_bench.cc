// What the ledger costs: durable appends a second beside bare inserts of the same bytes, proofs and
// opening among many leaves. WEIR_BENCH_LEAVES=10000000 makes the log larger. Set TMPDIR to a
// folder on the disk to be measured.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "base/bytes.h"
#include "folder.h"
#include "ledger/ledger.h"
#include "merkle/merkle.h"
#include "processor_time.h"

namespace weir::ledger {
namespace {

constexpr Duration kWindow{5};
constexpr int kProducers = 4;
constexpr int kStreams = 1'000;
constexpr std::int64_t kMostLeaves = 1'000'000;

using bench::Folder;

constexpr store::Migration kBare{
    "0003-bare",
    "CREATE TABLE bare (leaf INTEGER PRIMARY KEY, stream INTEGER NOT NULL, idx INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL, type TEXT NOT NULL, tag BLOB NOT NULL, commitment BLOB NOT NULL,"
    " body BLOB NOT NULL, UNIQUE (stream, idx)) STRICT"};

const Keyring& keyring() {
  static const Keyring ring({Secret(std::string(kKeyBytes, 'k'))});
  return ring;
}

/// A log with streams that have begun.
struct Log {
  Folder folder;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<store::Db> db;
  std::vector<Stream> streams;

  Log() {
    open(store::Options::Open::create);
    (void)db->execute([&](store::Tx& tx) -> Status {
      for (int i = 0; i < kStreams; ++i) {
        streams.push_back(
            TRY(ledger->create(tx, StreamKind::case_stream, to_base32(random.bytes(16)))));
        TRY(ledger->append(tx, streams.back(), Draft{"report_received", {}}));
      }
      return {};
    });
  }
  void open(store::Options::Open how) {
    db.reset();
    ledger.reset();
    db = std::move(*store::Db::open({.path = folder.file("weir.db"),
                                     .window = kWindow,
                                     .migrations = {kMigration, kRecoveryMigration, kBare},
                                     .open = how}));
    ledger = std::move(*Ledger::open(*db, keyring(), clock, random, {.origin = "log.example"}));
  }
};

/// A typical access: who got which version of one object.
Draft access(Random& random) {
  const json::Value manifest = json::Array{json::Object{{"object", to_base32(random.bytes(16))},
                                                        {"version", 1},
                                                        {"level", "technical"},
                                                        {"salt", to_base64(random.digest())},
                                                        {"digest", to_base64(random.digest())}}};
  return {"access",
          {{"recipient_ref", json::Value(to_base32(random.bytes(16)))},
           {"recipient_class", json::Value("vendor")},
           {"recipient_country", json::Value("DE")},
           {"level", json::Value("technical")},
           {"content", json::Value(to_base64(random.digest()))},
           {"content_salt", json::Value(to_base64(random.digest()))},
           {"manifest", manifest},
           {"organisation", json::Value(to_base32(random.bytes(16)))},
           {"user", json::Value(to_base32(random.bytes(16)))}}};
}

std::unique_ptr<Log> shared;  // made before the threads start, gone after they end

void make(const benchmark::State&) {
  shared = std::make_unique<Log>();
}
void drop(const benchmark::State&) {
  shared.reset();
}

/// Prepared on the producers' threads, applied by the writer, `range(0)` events a command.
void BM_Append(benchmark::State& state) {
  SeededRandom random(static_cast<std::uint64_t>(state.thread_index()));
  const Draft draft = access(random);
  std::size_t next = static_cast<std::size_t>(state.thread_index()) * 7919;
  const bench::ProcessorTime time(state, state.range(0));
  for (auto _ : state) {
    std::vector<std::pair<const Stream*, Prepared>> batch;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      const Stream& stream = shared->streams[next++ % kStreams];
      batch.emplace_back(&stream, shared->ledger->prepare(stream.reference, draft));
    }
    const Status status = shared->db->execute([&](store::Tx& tx) -> Status {
      for (const auto& [stream, prepared] : batch) {
        TRY(shared->ledger->append(tx, *stream, prepared));
      }
      return {};
    });
    if (!status) {
      state.SkipWithError(status.error().message.c_str());
      break;
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Append)
    ->Arg(1)
    ->Arg(16)
    ->Arg(256)
    ->Arg(1024)
    ->Threads(kProducers)
    ->Setup(make)
    ->Teardown(drop)
    ->UseRealTime();

/// The bound: the same rows without fields, hashes or tree.
void BM_BareInserts(benchmark::State& state) {
  const std::string tag(32, 't');
  const std::string body(700, 'b');
  static std::atomic<std::int64_t> next;
  const bench::ProcessorTime time(state, state.range(0));
  for (auto _ : state) {
    const Status status = shared->db->execute([&](store::Tx& tx) -> Status {
      for (std::int64_t i = 0; i < state.range(0); ++i) {
        const std::int64_t number = ++next;
        TRY(
            tx.run("INSERT INTO bare (stream, idx, at_ms, type, tag, commitment, body) VALUES "
                   "($1, $2, $3, $4, $5, $6, $7)",
                   {number % kStreams, number, number, "access", store::Blob{tag}, store::Blob{tag},
                    store::Blob{body}}));
      }
      return {};
    });
    if (!status) {
      state.SkipWithError(status.error().message.c_str());
      break;
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_BareInserts)
    ->Arg(1)
    ->Arg(256)
    ->Arg(1024)
    ->Threads(kProducers)
    ->Setup(make)
    ->Teardown(drop)
    ->UseRealTime();

/// Hashing and sealing one event, on one thread.
void BM_Prepare(benchmark::State& state) {
  Log log;
  const Draft draft = access(log.random);
  for (auto _ : state) {
    benchmark::DoNotOptimize(log.ledger->prepare(log.streams.front().reference, draft));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Prepare);

/// The writer's share alone: in one long transaction, never committed.
void BM_AppendPrepared(benchmark::State& state) {
  Log log;
  const Draft draft = access(log.random);
  std::vector<Prepared> prepared;
  prepared.reserve(log.streams.size());
  for (const Stream& stream : log.streams) {
    prepared.push_back(log.ledger->prepare(stream.reference, draft));
  }
  (void)log.db->execute([&](store::Tx& tx) -> Status {
    std::size_t i = 0;
    for (auto _ : state) {
      const std::size_t at = i++ % kStreams;
      benchmark::DoNotOptimize(log.ledger->append(tx, log.streams[at], prepared[at]));
    }
    return fail(Code::denied, "undone");
  });
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_AppendPrepared);

/// kB that this process holds in memory.
double resident() {
  std::ifstream status("/proc/self/statm");
  double total = 0;
  double pages = 0;
  status >> total >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

/// The log, grown to at least this many leaves; one for all sizes.
Log& grown(std::int64_t leaves) {
  static Log log;
  const Draft draft = access(log.random);
  while (static_cast<std::int64_t>((*head(*(*log.db->read()))).size) < leaves) {
    (void)log.db->execute([&](store::Tx& tx) -> Status {
      for (int i = 0; i < 10'000; ++i) {
        TRY(log.ledger->append(tx, log.streams[static_cast<std::size_t>(i % kStreams)], draft));
      }
      return {};
    });
  }
  return log;
}

void BM_ProveInclusion(benchmark::State& state) {
  Log& log = grown(state.range(0));
  const auto read = *log.db->read();
  const auto size = static_cast<std::uint64_t>(state.range(0));
  std::uint64_t leaf = 0;
  for (auto _ : state) {
    leaf = (leaf + 7'919 * 1'031) % size;
    merkle::TileReader tiles(size, [&](const merkle::Tile& wanted) {
      return tile(*read, wanted.level, wanted.index, size);
    });
    benchmark::DoNotOptimize(merkle::prove_inclusion({leaf, size}, tiles.reader()));
  }
  state.counters["resident_kB"] = resident();
}
void BM_Open(benchmark::State& state) {
  Log& log = grown(state.range(0));
  for (auto _ : state) {
    log.open(store::Options::Open::existing);
  }
  state.counters["resident_kB"] = resident();
}
/// For each size the proofs, then the start: the log only grows. WEIR_BENCH_LEAVES says how far.
const bool kRegistered = [] {
  const char* const asked = std::getenv("WEIR_BENCH_LEAVES");
  const auto most = asked == nullptr ? std::nullopt : parse_decimal(asked);
  const auto last = most ? static_cast<std::int64_t>(*most) : kMostLeaves;
  for (std::int64_t leaves = 100'000; leaves <= last; leaves *= 10) {
    benchmark::RegisterBenchmark("BM_ProveInclusion", BM_ProveInclusion)
        ->Arg(leaves)
        ->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark("BM_Open", BM_Open)->Arg(leaves)->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
}  // namespace weir::ledger

BENCHMARK_MAIN();
