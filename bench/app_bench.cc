// What a report costs from end to end: parsed, sealed under its own key, recorded and durable, with
// 64 clients at a 5 ms window, beside bare group-committed inserts of the same bytes in the same
// run. Set TMPDIR to a folder on the disk to be measured.
#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "app/identity.h"
#include "app/intake.h"
#include "app/people.h"
#include "processor_time.h"

namespace weir::app {
namespace {

constexpr Duration kWindow{5};
constexpr int kClients = 64;

constexpr store::Migration kBare{
    "0009-bare", "CREATE TABLE bare (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT"};

/// A platform in a folder of its own.
struct Platform {
  std::filesystem::path folder;
  SystemClock clock;
  SystemRandom random;
  Keyring keyring{{Secret(std::string(kKeyBytes, 'k'))}};
  SigningKey promise_key = SigningKey::from_seed(Secret(std::string(kKeyBytes, 'p')));
  std::unique_ptr<ledger::Ledger> ledger;
  std::unique_ptr<store::Db> db;
  std::unique_ptr<content::Keys> keys;
  std::unique_ptr<Identity> identity;
  std::unique_ptr<App> app;

  Platform() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-bench-XXXXXX").string();
    folder = mkdtemp(name.data());
    const auto create = store::Options::Open::create;
    std::vector<store::Migration> all = migrations();
    all.push_back(kBare);
    db = std::move(*store::Db::open({.path = (folder / "weir.db").string(),
                                     .window = kWindow,
                                     .migrations = std::move(all),
                                     .open = create}));
    keys = std::move(*content::Keys::open({.path = (folder / "keys.db").string(), .open = create},
                                          keyring, random, 1));
    ledger =
        std::move(*ledger::Ledger::open(*db, keyring, clock, random, {.origin = "log.example"}));
    identity = std::make_unique<Identity>(IdentitySettings{.cost = {.passes = 1, .kibibytes = 8}},
                                          keyring, random);
    app = std::make_unique<App>(App{.db = *db,
                                    .keys = *keys,
                                    .ledger = *ledger,
                                    .random = random,
                                    .clock = clock,
                                    .promise_key = promise_key,
                                    .identity = *identity});
    CHECK(found_platform(
        *app, {.name = "Ministry", .organisation_class = "ministry", .country = "XX"}, "ada"));
  }
  ~Platform() {
    app.reset();
    db.reset();
    keys.reset();
    std::filesystem::remove_all(folder);
  }
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;
};

/// A report of the usual size: 4 KB, one vulnerability, one product, two parts.
std::string report() {
  return R"({"format":"weir-report/v1","title":"Overflow","vulnerabilities":[{"title":"Overflow",)"
         R"("products":[{"vendor":"Northwind","name":"Router OS","affected":[{"introduced":"4.0",)"
         R"("fixed":"4.7"}]}],"parts":[{"level":"advisory","kind":"mitigation","text":"Block it."},)"
         R"({"level":"technical","kind":"description","text":")" +
         std::string(3'600, 'x') + R"("}]}]})";
}

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

BENCHMARK(BareInsert)->Setup(setup)->Teardown(teardown)->Threads(kClients)->UseRealTime();
BENCHMARK(ReportReceived)->Setup(setup)->Teardown(teardown)->Threads(kClients)->UseRealTime();

}  // namespace
}  // namespace weir::app

BENCHMARK_MAIN();
