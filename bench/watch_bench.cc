// Watch lists against the large data (bench/large.h): a list of 5,000 components, alone and twenty
// times, is matched as a whole with all base files, then held against what the deltas change.
#include <algorithm>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include "app/watch_lists.h"
#include "catalog/import.h"
#include "large.h"
#include "memory.h"
#include "platform.h"

namespace weir::bench {
namespace {

constexpr std::size_t kComponents = 5'000;
constexpr std::size_t kOfCpe = 1'500;  // the others are packages

/// Of the processor, by all threads: it says more than the clock where others use the machine.
double spent_ms() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

/// The time of a step, by the processor and by the clock on the wall.
class Step {
 public:
  double processor_ms() const { return spent_ms() - spent_; }
  double wall_ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  double spent_ = spent_ms();
};

bool is_delta(const std::string& file) {
  return file.contains("-delta");
}

void import_files(store::Db& db, const Clock& clock, bool wants_delta) {
  for (const std::string& file : large_files()) {
    if (is_delta(file) == wants_delta) {
      CHECK(catalog::import(db, clock, {.path = file}));
    }
  }
}

/// As a purl, if its kind has one here.
std::string purl_of(const std::string& key) {
  for (const auto& [ecosystem, type] :
       {std::pair("PyPI:", "pypi"), std::pair("Go:", "golang"), std::pair("crates.io:", "cargo"),
        std::pair("RubyGems:", "gem"), std::pair("Packagist:", "composer")}) {
    if (key.starts_with(ecosystem)) {
      return fmt::format("pkg:{}/{}@1.2.0", type, key.substr(std::string(ecosystem).size()));
    }
  }
  return {};
}

/// Packages and products that records name, every so many of them, each in version 1.2.0.
std::string inventory(store::Db& db) {
  const auto tx = db.read();
  std::vector<std::string> packages;
  std::vector<std::string> products;
  CHECK((*tx)->each("SELECT key FROM package ORDER BY key", {}, [&](const store::Row& row) {
    std::string key = row.text(0);
    if (key.starts_with("cpe:") && std::ranges::count(key, ':') == 2) {
      products.push_back(std::move(key));
    } else if (std::string purl = purl_of(key); !purl.empty()) {
      packages.push_back(std::move(purl));
    }
    return true;
  }));
  std::string out = R"({"bomFormat":"CycloneDX","specVersion":"1.5","components":[)";
  std::size_t count = 0;
  const auto take = [&](const std::vector<std::string>& from, std::size_t most, auto write) {
    const std::size_t step = std::max<std::size_t>(1, from.size() / most);
    for (std::size_t i = 0; i < from.size() && most > 0; i += step, --most) {
      out += fmt::format(R"({}{{"type":"library","name":"n{}","version":"1.2.0",)",
                         count == 0 ? "" : ",", count);
      ++count;
      write(from[i]);
    }
  };
  take(products, kOfCpe, [&](const std::string& key) {
    std::string name;
    for (const char c : key) {
      name += c == '\\' ? "\\\\" : std::string(1, c);
    }
    out += fmt::format(R"("cpe":"cpe:2.3:a:{}:1.2.0:*:*:*:*:*:*:*"}})", name.substr(4));
  });
  take(packages, kComponents - count,
       [&](const std::string& purl) { out += fmt::format(R"("purl":"{}"}})", purl); });
  return out + "]}";
}

void BM_WatchLists(benchmark::State& state) {
  if (is_absent(state)) {
    return;
  }
  const auto lists = static_cast<std::size_t>(state.range(0));
  Platform platform;
  App& app = *platform.app;
  const std::string path = (platform.folder / "public.db").string();
  const auto db = std::move(*catalog::open(path, catalog::Use::import));
  for (auto _ : state) {
    import_files(*db, platform.clock, false);
    const std::string bytes = inventory(*db);
    const Actor ada = Actor::local("ada");
    std::int64_t parts = 0;
    const auto count = static_cast<double>(lists);
    const Step adding;
    for (std::size_t i = 0; i < lists; ++i) {
      const auto made = add_watch_list(app, ada, {.name = std::to_string(i), .bytes = bytes});
      CHECK(made);
      parts = made->parts;
    }
    state.counters["add_cpu_ms"] = adding.processor_ms() / count;
    const double before = memory("VmRSS:");
    Watcher watcher(path);
    const Step whole;
    CHECK(watcher.run(app));
    state.counters["whole_cpu_ms"] = whole.processor_ms() / count;
    state.counters["whole_ms"] = whole.wall_ms() / count;
    state.counters["rest_MiB"] = memory("VmRSS:") - before;
    state.counters["names"] = static_cast<double>(watcher.size());
    state.counters["components"] = static_cast<double>(parts);
    state.counters["open"] = static_cast<double>(watch_lists(app, ada)->front().open);
    import_files(*db, platform.clock, true);
    const Step delta;
    const auto ran = watcher.run(app);
    CHECK(ran);
    const auto records = static_cast<double>(ran->records);
    state.counters["cpu_us_a_record"] = delta.processor_ms() * 1'000 / records;
    state.counters["us_a_record"] = delta.wall_ms() * 1'000 / records;
    state.counters["records"] = records;
    state.counters["items"] = static_cast<double>(ran->items);
    state.counters["changes"] = static_cast<double>(ran->changes);
    const Step nothing;
    CHECK(watcher.run(app));
    state.counters["nothing_cpu_ms"] = nothing.processor_ms();
    Watcher again(path);
    const Step restart;
    CHECK(again.run(app));
    state.counters["restart_cpu_ms"] = restart.processor_ms();
  }
}
BENCHMARK(BM_WatchLists)->Arg(1)->Arg(20)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace weir::bench

BENCHMARK_MAIN();
