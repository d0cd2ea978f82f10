// What a log costs: hashing, appending, proving. The bound for appending is one leaf hash and one
// node hash a leaf; BM_BareHashes is exactly that, in the same run.
#include <map>
#include <utility>

#include <benchmark/benchmark.h>

#include "base/bytes.h"
#include "merkle/merkle.h"

namespace weir::merkle {
namespace {

constexpr std::size_t kLeafBytes = 65;  // design.md 3
constexpr std::uint64_t kLargeLog = 10'000'000;

std::string entry(std::uint64_t number) {
  std::string bytes(kLeafBytes, '\x01');
  bytes.replace(1, 8, big_endian_64(number));
  return bytes;
}

void BM_LeafHash(benchmark::State& state) {
  const std::string bytes = entry(1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(leaf_hash(bytes));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_LeafHash);

void BM_NodeHash(benchmark::State& state) {
  Digest hash;
  for (auto _ : state) {
    hash = node_hash(hash, hash);
  }
  benchmark::DoNotOptimize(hash);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_NodeHash);

void BM_BareHashes(benchmark::State& state) {
  const std::string bytes = entry(1);
  Digest hash;
  for (auto _ : state) {
    hash = node_hash(hash, leaf_hash(bytes));
  }
  benchmark::DoNotOptimize(hash);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_BareHashes);

/// Leaf hash, append, changed tiles and root, in batches as a group commit makes them.
void BM_Append(benchmark::State& state) {
  const std::string bytes = entry(1);
  Edge edge;
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      edge.append(leaf_hash(bytes));
    }
    benchmark::DoNotOptimize(edge.take_changed());
    benchmark::DoNotOptimize(edge.root());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Append)->Arg(1)->Arg(16)->Arg(256)->Arg(4096);

struct LargeLog {
  std::map<std::pair<unsigned, std::uint64_t>, std::string> tiles;
  Edge edge;

  LargeLog() {
    for (std::uint64_t i = 0; i < kLargeLog; ++i) {
      edge.append(leaf_hash(entry(i)));
    }
    for (auto& changed : edge.take_changed()) {
      tiles[{changed.tile.level, changed.tile.index}] = std::move(changed.bytes);
    }
  }
  TileLoader loader(std::size_t& loads) const {
    return [this, &loads](const Tile& tile) -> Result<std::string> {
      ++loads;
      return tiles.at({tile.level, tile.index});
    };
  }
};

const LargeLog& large_log() {
  static const LargeLog log;
  return log;
}

enum class Reuse { none, reader };

void prove(benchmark::State& state, Reuse reuse) {
  const LargeLog& log = large_log();
  const TreeHead head = log.edge.head();
  std::size_t loads = 0;
  std::uint64_t index = 0;
  std::uint64_t proofs = 0;
  TileReader kept(head.size, log.loader(loads));
  for (auto _ : state) {
    // Anywhere when each proof has its own reader; neighbours, as a release makes them, otherwise.
    index = (index + (reuse == Reuse::none ? 7'654'321 : 1)) % head.size;
    TileReader fresh(head.size, log.loader(loads));
    TileReader& tiles = reuse == Reuse::none ? fresh : kept;
    const auto proof = prove_inclusion({.index = index, .size = head.size}, tiles.reader());
    benchmark::DoNotOptimize(proof);
    CHECK(++proofs > 64 ||
          verify_inclusion({.index = index, .hash = leaf_hash(entry(index))}, *proof, head));
  }
  state.counters["tiles"] =
      benchmark::Counter(static_cast<double>(loads), benchmark::Counter::kAvgIterations);
  state.SetItemsProcessed(state.iterations());
}

void BM_ProveInclusionAnywhere(benchmark::State& state) {
  prove(state, Reuse::none);
}
BENCHMARK(BM_ProveInclusionAnywhere);

void BM_ProveInclusionOfNeighbours(benchmark::State& state) {
  prove(state, Reuse::reader);
}
BENCHMARK(BM_ProveInclusionOfNeighbours);

void BM_LoadEdge(benchmark::State& state) {
  std::size_t loads = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(Edge::load(kLargeLog, large_log().loader(loads)));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_LoadEdge);

void BM_VerifyInclusion(benchmark::State& state) {
  const LargeLog& log = large_log();
  std::size_t loads = 0;
  const TreeHead head = log.edge.head();
  TileReader tiles(head.size, log.loader(loads));
  const Proof proof = prove_inclusion({.index = 5, .size = head.size}, tiles.reader()).value();
  const Leaf leaf{.index = 5, .hash = leaf_hash(entry(5))};
  for (auto _ : state) {
    benchmark::DoNotOptimize(verify_inclusion(leaf, proof, head));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_VerifyInclusion);

}  // namespace
}  // namespace weir::merkle

BENCHMARK_MAIN();
