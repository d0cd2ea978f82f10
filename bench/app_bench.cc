// What a report costs from end to end: parsed, sealed under its own key, recorded and durable, with
// 64 clients at a 5 ms window, beside bare group-committed inserts of the same bytes in the same
// run. Set TMPDIR to a folder on the disk to be measured.
#include <benchmark/benchmark.h>

#include "platform.h"
#include "processor_time.h"

namespace weir::app {
namespace {

using bench::Platform;
using bench::report;

constexpr int kClients = 64;

std::unique_ptr<Platform> shared;

void setup(const benchmark::State&) {
  shared = std::make_unique<Platform>();
}
void teardown(const benchmark::State&) {
  shared.reset();
}

void ReportReceived(benchmark::State& state) {
  const std::string bytes = report();
  const bench::ProcessorTime time(state, 1);
  for (auto _ : state) {
    const auto done = file_report(*shared->app, {}, {bytes, {}});
    if (!done) {
      state.SkipWithError(done.error().message.c_str());
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void BareInsert(benchmark::State& state) {
  const std::string bytes = report();
  const bench::ProcessorTime time(state, 1);
  for (auto _ : state) {
    const Status done = shared->db->execute([&](store::Tx& tx) {
      return tx.run("INSERT INTO bare (body) VALUES ($1)", {store::Blob{bytes}});
    });
    if (!done) {
      state.SkipWithError(done.error().message.c_str());
    }
  }
  state.SetItemsProcessed(state.iterations());
}

// Long enough that keys are reserved by the thousand, as they are on a platform that is in use.
constexpr double kSeconds = 3;
BENCHMARK(BareInsert)
    ->Setup(setup)
    ->Teardown(teardown)
    ->Threads(kClients)
    ->UseRealTime()
    ->MinTime(kSeconds);
BENCHMARK(ReportReceived)
    ->Setup(setup)
    ->Teardown(teardown)
    ->Threads(kClients)
    ->UseRealTime()
    ->MinTime(kSeconds);

}  // namespace
}  // namespace weir::app

BENCHMARK_MAIN();
