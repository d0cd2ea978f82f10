// A platform in a folder of its own, for benchmarks of what stands on it. Set TMPDIR to a folder on
// the disk to be measured.
//
// Thread rule: made and destroyed by one thread; `app` is for all.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <unistd.h>

#include "app/identity.h"
#include "app/intake.h"
#include "app/people.h"

namespace weir::bench {

using namespace app;  // NOLINT: what the platform is made of

inline constexpr Duration kWindow{5};

inline constexpr store::Migration kBare{
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
inline std::string report() {
  return R"({"format":"weir-report/v1","title":"Overflow","vulnerabilities":[{"title":"Overflow",)"
         R"("products":[{"vendor":"Northwind","name":"Router OS","affected":[{"introduced":"4.0",)"
         R"("fixed":"4.7"}]}],"parts":[{"level":"advisory","kind":"mitigation","text":"Block it."},)"
         R"({"level":"technical","kind":"description","text":")" +
         std::string(3'600, 'x') + R"("}]}]})";
}

}  // namespace weir::bench
