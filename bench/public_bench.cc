// The public database as clients ask it over HTTP: answers a second beside the same server's empty
// answer, how long they take at half that load, a batch, an inventory, search, memory.
//
// Clients are threads of this process, so their time counts too. WEIR_PUBLIC names a public.db with
// all of the large data; without it one is made first.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>
#include <set>
#include <thread>

#include <benchmark/benchmark.h>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "advisory/read.h"
#include "api/api.h"
#include "catalog/import.h"
#include "client.h"
#include "compat/own_api.h"
#include "compat/public.h"
#include "large.h"
#include "memory.h"
#include "platform.h"

namespace weir::api {
namespace {

using bench::Answered;
using bench::Client;
using bench::get;
using Steady = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kClients = 8;
constexpr std::size_t kPackages = 1'000;
constexpr std::size_t kComponents = 5'000;
constexpr std::chrono::seconds kTurn{2};

/// One answer, which must be 200.
Answered must(Client& client, const std::string& request) {
  Answered answered = client.ask(request);
  if (!answered.is(200)) {
    fmt::print(stderr, "{}\n{}\n{}\n", request, answered.line, answered.body);
    CHECK(false);
  }
  return answered;
}

std::string body(std::string_view path, const std::string& json) {
  return bench::post(path, "Content-Type: application/json\r\n", json.size()) + json;
}

/// Requests of one kind, asked in turns.
struct Kind {
  std::string name;
  std::vector<std::string> requests;
};

struct Package {
  std::string ecosystem;
  std::string name;
  std::string version;
  std::string query() const {
    return fmt::format(R"({{"package":{{"ecosystem":"{}","name":"{}"}},"version":"{}"}})",
                       ecosystem, name, version);
  }
};

/// What the records are about, in an order by chance from a seed.
struct Subjects {
  std::vector<std::string> cves;
  std::vector<std::string> records;  // of OSV
  std::vector<Package> packages;     // each once, in the version of one of its records by chance
  std::vector<Package> current;  // in that of its last record, as lockfiles have them: often fixed
};

/// The first of each package.
std::vector<Package> once(const std::vector<Package>& all) {
  std::set<std::pair<std::string, std::string>> seen;
  std::vector<Package> kept;
  std::ranges::copy_if(all, std::back_inserter(kept), [&](const Package& one) {
    return seen.emplace(one.ecosystem, one.name).second;
  });
  return kept;
}

Subjects subjects() {
  Subjects all;
  advisory::Reader reader;
  bench::each_line(std::string(bench::kLarge) + "/cve5-base.ndjson.zst",
                   [&](std::string_view line) {
                     const auto record = reader.read(line);
                     if (record) {
                       all.cves.push_back(record->id);
                     }
                   });
  bench::each_line(std::string(bench::kLarge) + "/osv.ndjson.zst", [&](std::string_view line) {
    const auto record = reader.read(line);
    CHECK(record);
    all.records.push_back(record->id);
    for (const advisory::Affected& affected : record->affected) {
      for (const advisory::Range& range : affected.ranges) {
        if (range.kind == advisory::RangeKind::git || range.events.empty() ||
            affected.package.find_first_of("\"\\") != std::string::npos) {
          continue;
        }
        all.packages.push_back({affected.ecosystem, affected.package, range.events.back().version});
      }
    }
  });
  std::mt19937 chance(20'261'126);
  std::ranges::shuffle(all.cves, chance);
  std::ranges::shuffle(all.records, chance);
  all.current = once({all.packages.rbegin(), all.packages.rend()});
  std::ranges::shuffle(all.current, chance);
  std::ranges::shuffle(all.packages, chance);
  all.packages = once(all.packages);
  return all;
}

struct Served : bench::Platform {
  bench::Folder own;
  Subjects about = subjects();
  std::unique_ptr<compat::Public> records;
  std::unique_ptr<Service> service;
  std::unique_ptr<http::Server> server;
  std::string path;
  double ready_ms = 0;

  static Served& get() {
    static Served served;
    return served;
  }

 private:
  Served() {
    const char* given = std::getenv("WEIR_PUBLIC");
    path = given != nullptr ? given : own.file("public.db");
    if (given == nullptr) {
      const auto db = *catalog::open(path, catalog::Use::import);
      CHECK(catalog::import(*db, clock, {.path = bench::kLarge}));
    }
    const auto start = Steady::now();
    records = std::make_unique<compat::Public>(path);
    CHECK(records->refresh());
    ready_ms = Milliseconds(Steady::now() - start).count();
    service = std::make_unique<Service>(Parts{.app = *app, .records = records.get()});
    http::Settings settings;
    settings.listeners.push_back(
        {.name = "everybody", .address = "127.0.0.1", .router = service->for_this_machine()});
    server = http::Server::start(std::move(settings), clock, random).value();
  }
};

std::vector<Kind> kinds(const Subjects& about) {
  std::vector<Kind> all{{"empty", {get("/healthz")}},
                        {"id", {}},
                        {"osv_id", {}},
                        {"package", {}},
                        {"old_package", {}}};
  for (std::size_t i = 0; i < kPackages; ++i) {
    all[1].requests.push_back(get("/api/v1/vulnerabilities/" + about.cves.at(i)));
    all[2].requests.push_back(get("/v1/vulns/" + about.records.at(i)));
    all[3].requests.push_back(body("/v1/query", about.current.at(i).query()));
    all[4].requests.push_back(body("/v1/query", about.packages.at(i).query()));
  }
  return all;
}

/// Runs `act(client, number of the client)` with all clients at once.
template <class F>
void at_once(F act) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&act, i] {
      Client client(*Served::get().server);
      act(client, static_cast<std::size_t>(i));
    });
  }
}

/// Answers a second, each client asking again as soon as it has its answer; and their mean length.
struct Rate {
  double answers = 0;
  double bytes = 0;
};
Rate rate(const Kind& kind) {
  std::atomic<std::size_t> answers = 0;
  std::atomic<std::size_t> bytes = 0;
  at_once([&](Client& client, std::size_t i) {
    for (const auto end = Steady::now() + kTurn; Steady::now() < end; i += kClients) {
      bytes += must(client, kind.requests[i % kind.requests.size()]).body.size();
      ++answers;
    }
  });
  return {static_cast<double>(answers) / std::chrono::duration<double>(kTurn).count(),
          static_cast<double>(bytes) / static_cast<double>(answers)};
}

double percentile(std::vector<double>& times, std::size_t hundredth) {
  std::ranges::sort(times);
  return times.at(times.size() * hundredth / 100);
}

// Must: id and package at least 0.6 of empty. In turns, so that others' load meets all alike. An
// answer to an old package is a hundred kilobytes long, most of them records of one kernel.
void answers_a_second(benchmark::State& state) {
  if (bench::is_absent(state)) {
    return;
  }
  const std::vector<Kind> all = kinds(Served::get().about);
  std::vector<double> rates(all.size());
  for (auto _ : state) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Rate one = rate(all[i]);
      rates[i] += one.answers;
      state.counters[all[i].name + "_bytes"] = one.bytes;
    }
  }
  const auto rounds = static_cast<double>(state.iterations());
  state.counters["empty_a_second"] = rates[0] / rounds;
  for (std::size_t i = 1; i < all.size(); ++i) {
    state.counters[all[i].name + "_to_empty"] = rates[i] / rates[0];
  }
}

// Must: below 2 ms. A client that is late asks at once, and its time counts from when it was due.
void p99_at_half_load(benchmark::State& state) {
  if (bench::is_absent(state)) {
    return;
  }
  const Kind kind = kinds(Served::get().about).at(static_cast<std::size_t>(state.range(0)));
  state.SetLabel(kind.name);
  std::vector<std::vector<double>> times(kClients);
  for (auto _ : state) {
    const std::chrono::duration<double> pause(2 * kClients / rate(kind).answers);
    at_once([&](Client& client, std::size_t i) {
      boost::asio::io_context context;
      boost::asio::steady_timer timer(context);
      const auto begin = Steady::now();
      auto due = begin + std::chrono::duration_cast<Steady::duration>(pause * i / kClients);
      for (std::size_t n = i; due < begin + kTurn; n += kClients) {
        timer.expires_at(due);
        timer.wait();
        must(client, kind.requests[n % kind.requests.size()]);
        times[i].push_back(Milliseconds(Steady::now() - due).count());
        due += std::chrono::duration_cast<Steady::duration>(pause);
      }
    });
  }
  std::vector<double> all;
  for (const std::vector<double>& some : times) {
    all.insert(all.end(), some.begin(), some.end());
  }
  state.counters["p50_ms"] = percentile(all, 50);
  state.counters["p99_ms"] = percentile(all, 99);
  state.counters["a_second"] =
      static_cast<double>(all.size()) /
      (std::chrono::duration<double>(kTurn).count() * static_cast<double>(state.iterations()));
}

/// One client, again and again; the first answers make what the later ones use.
void ask_again(benchmark::State& state, std::string_view path, const std::string& json) {
  Client client(*Served::get().server);
  const std::string request = body(path, json);
  for (int i = 0; i < 3; ++i) {
    must(client, request);
  }
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = must(client, request).body.size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}

// Must: below 50 ms.
void batch_of_packages(benchmark::State& state) {
  if (bench::is_absent(state)) {
    return;
  }
  std::string json = R"({"queries":[)";
  for (std::size_t i = 0; i < kPackages; ++i) {
    json += (i > 0 ? "," : "") + Served::get().about.packages.at(i).query();
  }
  ask_again(state, "/v1/querybatch", json + "]}");
}

// Must: below 100 ms. CycloneDX: packages of the records in the versions of bounds, then others.
void inventory(benchmark::State& state) {
  if (bench::is_absent(state)) {
    return;
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kTypes = {
      {{"PyPI", "pypi"}, {"crates.io", "cargo"}, {"Go", "golang"}, {"Bitnami", "bitnami"}}};
  std::string json = R"({"bomFormat":"CycloneDX","specVersion":"1.5","components":[)";
  std::size_t components = 0;
  for (const Package& package : Served::get().about.packages) {
    const auto* type = std::ranges::find(kTypes, package.ecosystem,
                                         &std::pair<std::string_view, std::string_view>::first);
    if (type == kTypes.end() || components == kComponents) {
      continue;
    }
    json +=
        fmt::format(R"({}{{"type":"library","name":"{}","version":"{}","purl":"pkg:{}/{}@{}"}})",
                    components++ > 0 ? "," : "", package.name, package.version, type->second,
                    package.name, package.version);
  }
  state.counters["with_records"] = static_cast<double>(components);
  for (; components < kComponents; ++components) {
    json += fmt::format(
        R"(,{{"type":"library","name":"own{0}","version":"1.{0}","purl":"pkg:npm/own{0}@1.{0}"}})",
        components);
  }
  ask_again(state, "/api/v1/match/inventory", json + "]}");
}

/// Words from rare to the most frequent there is, alone and with filters; every answer has counts.
constexpr std::array kTyped = {
    "vulnerability",
    "buffer+overflow",
    "xss",
    "linux+kernel",
    "apach",
    "sql+injection+wordpress",
    "openssl",
    "log4j",
    "CVE-2020-1472",
    "cpe:2.3:a:apache:http_server:*:*:*:*:*:*:*:*",
    "pkg:golang/stdlib",
    "vulnerability&score=7",
    "kernel&score=7&exploited=yes",
    "overflow&from=2020-01-01&until=2020-12-31",
    "injection&weakness=CWE-89&score=9",
    "apache&vendor=apache&epss=0.5",
    "a",
    "remote+attackers+execute+arbitrary+code",
};

struct Times {
  std::vector<double> all;
  std::vector<double> worst = std::vector<double>(kTyped.size());
  void add(std::size_t typed, double time) {
    all.push_back(time);
    worst[typed] = std::max(worst[typed], time);
  }
  void report(benchmark::State& state) {
    const auto most = std::ranges::max_element(worst);
    state.SetLabel(
        fmt::format("slowest: {}", kTyped.at(static_cast<std::size_t>(most - worst.begin()))));
    state.counters["p50_ms"] = percentile(all, 50);
    state.counters["p99_ms"] = percentile(all, 99);
    state.counters["slowest_ms"] = *most;
  }
};

// Must: p99 below 20 ms. Each request is new in its limit, so that no whole answer is kept.
void search(benchmark::State& state) {
  if (bench::is_absent(state)) {
    return;
  }
  Client client(*Served::get().server);
  Times times;
  int limit = 10;
  for (auto _ : state) {
    ++limit;
    for (std::size_t i = 0; i < kTyped.size(); ++i) {
      const std::string request =
          get(fmt::format("/api/v1/search?limit={}&q={}", limit, kTyped.at(i)));
      const auto start = Steady::now();
      must(client, request);
      times.add(i, Milliseconds(Steady::now() - start).count());
    }
  }
  times.report(state);
}

/// Of texts that nobody has asked for since the last import.
void search_first(benchmark::State& state) {
  if (bench::is_absent(state)) {
    return;
  }
  Times times;
  for (auto _ : state) {
    state.PauseTiming();
    compat::Public records(Served::get().path);
    CHECK(records.refresh());
    state.ResumeTiming();
    for (std::size_t i = 0; i < kTyped.size(); ++i) {
      const std::string_view typed = kTyped.at(i);
      std::string text(typed.substr(0, typed.find('&')));
      std::ranges::replace(text, '+', ' ');
      const compat::Given given{.parameters = {{"q", text}}};
      const auto start = Steady::now();
      CHECK(records.ask(compat::search, given));
      times.add(i, Milliseconds(Steady::now() - start).count());
    }
  }
  times.report(state);
}

// Must: ready below 2 s, memory below 700 MiB; after all of the above.
void at_the_end(benchmark::State& state) {
  if (bench::is_absent(state)) {
    return;
  }
  for (auto _ : state) {
    state.counters["ready_ms"] = Served::get().ready_ms;
    state.counters["resident_mib"] = bench::memory("VmRSS:");
    state.counters["most_mib"] = bench::memory("VmHWM:");
  }
}

BENCHMARK(answers_a_second)->Iterations(3)->Unit(benchmark::kSecond)->UseRealTime();
BENCHMARK(p99_at_half_load)
    ->DenseRange(1, 4)
    ->Iterations(2)
    ->Unit(benchmark::kSecond)
    ->UseRealTime();
BENCHMARK(batch_of_packages)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(inventory)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(search)->Iterations(50)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(search_first)->Iterations(10)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(at_the_end)->Iterations(1);

}  // namespace
}  // namespace weir::api

BENCHMARK_MAIN();
