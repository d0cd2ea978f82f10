// What the tests of store share: a folder for one test's databases, and a table of named numbers.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "store/store.h"

namespace weir::store {

inline constexpr Migration kFruit{"0001-fruit", R"(
  -- a comment
  CREATE TABLE fruit (name TEXT PRIMARY KEY, count INTEGER NOT NULL CHECK (count >= 0)) STRICT;
  CREATE TABLE note (fruit TEXT NOT NULL REFERENCES fruit (name), body BLOB) STRICT;
)"};

inline constexpr std::string_view kInsert = "INSERT INTO fruit (name, count) VALUES ($1, $2)";

class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-store-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  Options options() const { return {.path = file("weir.db"), .migrations = {kFruit}}; }
  std::unique_ptr<Db> create() const { return create(options()); }
  static std::unique_ptr<Db> create(Options options) {
    options.open = Options::Open::create;
    auto db = Db::open(std::move(options));
    EXPECT_TRUE(db) << text(db.error());
    return db ? std::move(*db) : nullptr;
  }

 private:
  std::filesystem::path path_;
};

/// The code of a failure, or nothing.
template <class R>
std::optional<Code> code_of(const R& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

inline bool contains(const std::string& path, const std::string& bytes) {
  std::ifstream file(path, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  return all.find(bytes) != std::string::npos;
}

inline Status insert(Db& db, std::string_view name, std::int64_t count = 1) {
  return db.execute([&](Tx& tx) { return tx.run(kInsert, {name, count}); });
}

/// The names of all fruit in order, joined by spaces.
inline std::string names(const Tx& tx) {
  std::string joined;
  const Status status = tx.each("SELECT name FROM fruit ORDER BY name", {}, [&](const Row& row) {
    joined += (joined.empty() ? "" : " ") + row.text(0);
    return true;
  });
  EXPECT_TRUE(status) << text(status.error());
  return joined;
}

inline std::string names(Db& db) {
  const auto read = db.read();
  EXPECT_TRUE(read) << text(read.error());
  return read ? names(**read) : "";
}

}  // namespace weir::store
