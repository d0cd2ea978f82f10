// Records of archives as `--records` reads them, stage by stage: unpacked, parsed by simdjson alone
// (the bound), read into what matching needs, held; each with those before it but for the bound, on
// one thread; then all of it on as many threads as there are processors.
//
// WEIR_ARCHIVES names zip archives, with spaces between them: tests/interop/osv_scanner.py --keep
// DIR leaves those that osv-scanner reads.
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include "advisory/read.h"
#include "catalog/files.h"
#include "catalog/zip.h"
#include "match/memory.h"

namespace weir {
namespace {

std::vector<std::string> archives() {
  std::vector<std::string> paths;
  const char* named = std::getenv("WEIR_ARCHIVES");
  for (std::string_view rest = named == nullptr ? "" : named; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    paths.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return paths;
}

/// Calls `use` with the text of every file.
template <class F>
void each_text(F use) {
  for (const std::string& path : archives()) {
    const catalog::Zip zip = *catalog::Zip::open(path);
    catalog::Unpacker unpacker = *catalog::Unpacker::open(zip);
    for (const catalog::Zip::File& file : zip.files()) {
      use(*unpacker.unpack(file));
    }
  }
}

template <class F>
void measure(benchmark::State& state, F round) {
  if (archives().empty()) {
    state.SkipWithError("WEIR_ARCHIVES names no archives");
    return;
  }
  std::size_t records = 0;
  std::size_t bytes = 0;
  each_text([&](std::string_view text) {
    ++records;
    bytes += text.size();
  });
  for (auto _ : state) {
    round();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void BM_Unpack(benchmark::State& state) {
  measure(state, [] { each_text([](std::string_view text) { benchmark::DoNotOptimize(text); }); });
}
BENCHMARK(BM_Unpack)->Unit(benchmark::kMillisecond);

/// The bound: what is unpacked already, into simdjson's own form.
void BM_SimdjsonAlone(benchmark::State& state) {
  std::vector<simdjson::padded_string> texts;
  each_text([&](std::string_view text) { texts.emplace_back(text); });
  simdjson::dom::parser parser;
  measure(state, [&] {
    for (const simdjson::padded_string& text : texts) {
      benchmark::DoNotOptimize(parser.parse(text).error());
    }
  });
}
BENCHMARK(BM_SimdjsonAlone)->Unit(benchmark::kMillisecond);

void BM_UnpackRead(benchmark::State& state) {
  advisory::Reader reader(advisory::Extent::to_match);
  measure(state, [&] {
    each_text([&](std::string_view text) { benchmark::DoNotOptimize(reader.read(text)); });
  });
}
BENCHMARK(BM_UnpackRead)->Unit(benchmark::kMillisecond);

/// Everything is kept, as if every package were asked about.
void BM_UnpackReadHold(benchmark::State& state) {
  measure(state, [] {
    std::deque<match::Memory> memories(1);
    CHECK(catalog::read_files(archives(), {[&](std::uint64_t order, const advisory::Advisory& one) {
                                memories[0].add(one, order);
                              }}));
    benchmark::DoNotOptimize(match::lookup(memories));
  });
}
BENCHMARK(BM_UnpackReadHold)->Unit(benchmark::kMillisecond);

void BM_OnAllProcessors(benchmark::State& state) {
  measure(state, [] {
    std::deque<match::Memory> memories;
    std::vector<catalog::Taker> takers;
    for (unsigned i = 0; i < catalog::reading_threads(); ++i) {
      takers.emplace_back(
          [&memory = memories.emplace_back()](std::uint64_t order, const advisory::Advisory& one) {
            memory.add(one, order);
          });
    }
    CHECK(catalog::read_files(archives(), takers));
    benchmark::DoNotOptimize(match::lookup(memories));
  });
}
BENCHMARK(BM_OnAllProcessors)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace weir

BENCHMARK_MAIN();
