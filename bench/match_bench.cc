// Matching: an inventory of 5,000 components, a batch of 1,000 packages, one question. The bound is
// what reading the inventory alone costs (JSON into a tree): nobody can match what was not read.
//
// Records: ../shared/data/large/osv.ndjson.zst unpacked at the path in WEIR_OSV, or one line for
// each of 20,000 invented packages. Warm: rules have been made by a first round.
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "advisory/read.h"
#include "base/json.h"
#include "match/match.h"
#include "match/memory.h"
#include "sbom/sbom.h"

namespace weir {
namespace {

constexpr std::size_t kComponents = 5'000;
constexpr std::size_t kBatch = 1'000;

struct Package {
  std::string ecosystem;
  std::string name;
  std::string version;
};

/// All records, and packages in versions around the bounds of their ranges.
struct World {
  match::Memory memory;
  std::vector<Package> packages;

  World() {
    const char* path = std::getenv("WEIR_OSV");
    std::ifstream file(path == nullptr ? "" : path);
    advisory::Reader reader;
    std::string line;
    for (std::size_t i = 0; path == nullptr ? i < 20'000 : bool(std::getline(file, line)); ++i) {
      if (path == nullptr) {
        line = fmt::format(
            R"({{"id":"X-{0}","modified":"2026-01-01T00:00:00Z","affected":[{{"package":{{)"
            R"("ecosystem":"PyPI","name":"p{1}"}},"ranges":[{{"type":"ECOSYSTEM","events":)"
            R"([{{"introduced":"0"}},{{"fixed":"{2}.{0}"}}]}}]}}]}})",
            i, i / 2, i % 7);
      }
      const auto record = reader.read(line);
      CHECK(record);
      memory.add(*record);
      for (const advisory::Affected& affected : record->affected) {
        for (const advisory::Range& range : affected.ranges) {
          if (range.kind != advisory::RangeKind::git && !range.events.empty()) {
            packages.push_back({affected.ecosystem, affected.package, range.events.back().version});
          }
        }
      }
    }
    std::mt19937 chance(20261126);
    std::shuffle(packages.begin(), packages.end(), chance);
  }
};

const World& world() {
  static const World world;
  return world;
}

/// As scanners write it: several members that matching does not need. Every package once, and
/// every one of them has known vulnerabilities: real inventories have fewer.
std::string inventory() {
  std::string out = R"({"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[)";
  std::size_t count = 0;
  std::set<std::string> known;
  for (const Package& package : world().packages) {
    const bool is_mapped = package.ecosystem == "PyPI" || package.ecosystem == "Go" ||
                           package.ecosystem == "crates.io" || package.ecosystem == "AlmaLinux:9";
    if (!is_mapped || !known.insert(package.ecosystem + package.name).second) {
      continue;
    }
    const char* type = package.ecosystem == "PyPI"        ? "pypi"
                       : package.ecosystem == "Go"        ? "golang"
                       : package.ecosystem == "crates.io" ? "cargo"
                                                          : "rpm/almalinux";
    out += fmt::format(
        R"({}{{"type":"library","bom-ref":"c{}","name":"{}","version":"{}","purl":"pkg:{}/{}@{}{}",)"
        R"("licenses":[{{"license":{{"id":"MIT"}}}}],"hashes":[{{"alg":"SHA-256","content":)"
        R"("{:064x}"}}],"properties":[{{"name":"syft:location:0:path","value":"/a/b/{}"}}]}})",
        count == 0 ? "" : ",", count, package.name, package.version, type, package.name,
        package.version, package.ecosystem == "AlmaLinux:9" ? "?distro=almalinux-9" : "", count,
        count);
    if (++count == kComponents) {
      break;
    }
  }
  return out + "]}";
}

void BM_ParseInventoryAsJson(benchmark::State& state) {  // the bound
  const std::string text = inventory();
  for (auto _ : state) {
    benchmark::DoNotOptimize(json::parse(text));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(BM_ParseInventoryAsJson)->Unit(benchmark::kMillisecond);

void BM_ReadInventory(benchmark::State& state) {
  const std::string text = inventory();
  for (auto _ : state) {
    benchmark::DoNotOptimize(sbom::read(text));
  }
}
BENCHMARK(BM_ReadInventory)->Unit(benchmark::kMillisecond);

/// Bytes to findings.
void BM_MatchInventory(benchmark::State& state) {
  const std::string text = inventory();
  match::Matcher matcher(world().memory.lookup());
  std::size_t findings = 0;
  std::size_t components = 0;
  const auto round = [&] {
    const auto document = sbom::read(text);
    std::vector<match::Target> targets;
    for (const sbom::Component& component : document->components) {
      targets.push_back(match::target_of(component).target);
    }
    components = targets.size();
    findings = matcher.ask(targets, match::Wanted::findings)->size();
  };
  round();
  for (auto _ : state) {
    round();
  }
  state.counters["components"] = static_cast<double>(components);
  state.counters["findings"] = static_cast<double>(findings);
}
BENCHMARK(BM_MatchInventory)->Unit(benchmark::kMillisecond);

void BM_MatchBatch(benchmark::State& state) {
  match::Matcher matcher(world().memory.lookup());
  std::vector<match::Target> targets;
  for (const Package& package : world().packages) {
    if (auto target = match::target_of_package(package.ecosystem, package.name, package.version)) {
      targets.push_back(std::move(*target));
    }
    if (targets.size() == kBatch) {
      break;
    }
  }
  std::size_t findings = matcher.ask(targets, match::Wanted::findings)->size();
  for (auto _ : state) {
    findings = matcher.ask(targets, match::Wanted::findings)->size();
  }
  state.counters["findings"] = static_cast<double>(findings);
}
BENCHMARK(BM_MatchBatch)->Unit(benchmark::kMillisecond);

/// The same without any rule made before.
void BM_MatchBatchCold(benchmark::State& state) {
  std::vector<match::Target> targets;
  for (std::size_t i = 0; i < kBatch; ++i) {
    const Package& package = world().packages[i];
    if (auto target = match::target_of_package(package.ecosystem, package.name, package.version)) {
      targets.push_back(std::move(*target));
    }
  }
  for (auto _ : state) {
    match::Matcher matcher(world().memory.lookup());
    benchmark::DoNotOptimize(matcher.ask(targets, match::Wanted::findings));
  }
}
BENCHMARK(BM_MatchBatchCold)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace weir

BENCHMARK_MAIN();
