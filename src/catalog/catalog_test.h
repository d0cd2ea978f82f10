// A public database of one's own, for tests.
//
// Thread rule: one thread.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "catalog/import.h"

namespace weir::catalog {

namespace fs = std::filesystem;

/// A database in a folder of its own.
class Place {
 public:
  Place() : folder_(fs::temp_directory_path() / fmt::format("weir-catalog-{}", ::getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    open_again();
  }
  ~Place() {
    db_.reset();
    fs::remove_all(folder_);
  }
  void open_again() {
    db_.reset();
    auto opened = open(path("public.db"), Use::import);
    CHECK(opened.has_value());
    db_ = std::move(*opened);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string file(const std::string& name, std::string_view text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return path(name);
  }
  store::Db& db() { return *db_; }
  Outcome take(const From& from, const Options& options = {}) {
    auto outcome = import(*db_, clock_, from, options);
    CHECK(outcome.has_value());
    return *outcome;
  }
  Outcome lines(std::string_view text) {
    return take({.name = "lines.ndjson", .bytes = std::string(text)});
  }
  ManualClock clock_{Instant{1'795'000'000'000}};

 private:
  fs::path folder_;
  std::unique_ptr<store::Db> db_;
};

inline std::string osv(const std::string& id, const std::string& modified,
                       const std::string& more = "") {
  return R"({"id":")" + id + R"(","modified":")" + modified + "\"" + more + "}";
}

inline std::string fed(const std::string& at, const std::string& record,
                       const std::string& id = "A-1") {
  return R"({"feed_time":")" + at + R"(","op":"M","id":")" + id + R"(","record":)" + record + "}";
}

}  // namespace weir::catalog
