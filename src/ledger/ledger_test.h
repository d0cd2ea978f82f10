// What the tests of the ledger share: a log in a folder of its own with a clock and chance that
// repeat.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/ledger.h"

namespace weir::ledger {

inline constexpr Instant kStart{1'795'440'000'000};  // 2026-11-23T13:20:00Z
inline constexpr std::string_view kOrigin = "log.example";

/// The value of a result that must be there.
template <class T>
T must(Result<T> result) {
  EXPECT_TRUE(result) << text(result.error());
  CHECK(result.has_value());
  return std::move(*result);
}
inline void must(const Status& status) {
  EXPECT_TRUE(status) << text(status.error());
}

template <class R>
std::optional<Code> code_of(const R& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-ledger-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline Keyring test_keyring(char fill = 'm') {
  return Keyring({Secret(std::string(kKeyBytes, fill))});
}
inline Settings test_settings() {
  return {.origin = std::string(kOrigin), .open_rule = "publication+P90D, at most P1095D"};
}

/// A log. reopen() is a restart of the process.
class TestLog {
 public:
  TestLog() {
    open(store::Options::Open::create);
    open_ledger();
  }
  /// Of the database file at `path`, which must exist.
  explicit TestLog(std::string path) : path_(std::move(path)) {
    open(store::Options::Open::existing);
    open_ledger();
  }

  void reopen() {
    db.reset();
    open(store::Options::Open::existing);
    open_ledger();
  }
  /// The database alone, without the ledger's hook: for tampering.
  void open_bare() {
    db.reset();
    ledger.reset();
    open(store::Options::Open::existing);
  }
  void tamper(std::string_view sql, std::initializer_list<store::Param> params = {}) const {
    must(db->execute([&](store::Tx& tx) { return tx.run(sql, params); }));
  }
  Result<std::unique_ptr<Ledger>> try_ledger() {
    return Ledger::open(*db, keyring, clock, random, test_settings());
  }

  Stream create(const std::string& reference, StreamKind kind = StreamKind::case_stream) const {
    return *must(db->submit([&](store::Tx& tx) { return ledger->create(tx, kind, reference); }));
  }
  Result<Appended> try_append(const Stream& stream, const Draft& draft) const {
    auto appended = db->submit([&](store::Tx& tx) { return ledger->append(tx, stream, draft); });
    if (!appended) {
      return std::unexpected(appended.error());
    }
    return **appended;
  }
  Appended append(const Stream& stream, const Draft& draft) const {
    return must(try_append(stream, draft));
  }
  void append_many(const Stream& stream, int count) const {
    must(db->execute([&](store::Tx& tx) -> Status {
      for (int i = 0; i < count; ++i) {
        TRY(ledger->append(tx, stream, Draft{"message_posted", {{"n", json::Value(i)}}}));
      }
      return {};
    }));
  }
  store::ReadTx read() const { return must(db->read()); }
  Head head() const { return must(weir::ledger::head(*read())); }
  Result<std::vector<StoredEvent>> events(const Stream& stream, std::uint64_t first = 0) const {
    return ledger->events(*read(), stream, first);
  }

  ManualClock clock{kStart};
  SeededRandom random{7};
  Keyring keyring = test_keyring();
  std::unique_ptr<Ledger> ledger;  // outlives the database, which calls it
  std::unique_ptr<store::Db> db;

 private:
  void open(store::Options::Open how) {
    store::Options options;
    options.path = path_.empty() ? folder_.file("weir.db") : path_;
    options.migrations = {kMigration, kRecoveryMigration};
    options.open = how;
    db = must(store::Db::open(std::move(options)));
  }
  void open_ledger() { ledger = must(try_ledger()); }

  TestFolder folder_;
  std::string path_;
};

}  // namespace weir::ledger
