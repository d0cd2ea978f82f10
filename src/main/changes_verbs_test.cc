// weir changes verify, on a copy of the feed of tests/vectors/changes.json.
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "main/verbs.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

class Changes : public ::testing::Test {
 protected:
  Changes() : folder_(fs::temp_directory_path() / fmt::format("weir-changes-{}", ::getpid())) {
    fs::create_directories(folder_);
    std::ifstream in(std::string(WEIR_SOURCE) + "/tests/vectors/changes.json", std::ios::binary);
    vectors_ = *json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
    write("head", std::string(vectors_.at("head").as_string()));
  }
  ~Changes() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  /// The outcome of `weir changes verify FOLDER --vkey KEY`.
  Status verify(const std::string& lines) const {
    write("changes.ndjson", lines);
    CLI::App root{"weir"};
    Line line;
    add_changes_verbs(root, line);
    root.parse(fmt::format("changes verify {} --vkey {}", folder_.string(),
                           std::string_view(vectors_.at("vkey").as_string())),
               false);
    return line.run();
  }

  fs::path folder_;
  json::Value vectors_;
};

TEST_F(Changes, ACopyIsWholeOrItIsSaidWhereNot) {
  const std::string first = fmt::format(
      R"({{"cursor":"1","source":"osv","id":"A-1","state":"published","taken":"2023-11-14T22:13:20.000Z","sha256":"{}","record":a}})",
      to_hex(sha256("a").view()));
  const std::string second =
      R"({"cursor":"3","source":"osv","id":"A-1","state":"removed","taken":"2023-11-14T22:13:21.000Z"})";
  EXPECT_TRUE(verify(first + "\n" + second + "\n"));
  EXPECT_EQ(verify(first + "\n").error().code, Code::corrupt);  // one is missing
  std::string changed = second;
  changed.replace(changed.find("A-1"), 3, "B-1");
  EXPECT_EQ(verify(first + "\n" + changed + "\n").error().code, Code::corrupt);
  std::string other = first;
  other.replace(other.find(":a}"), 3, ":b}");
  EXPECT_EQ(verify(other + "\n" + second + "\n").error().where, "line 1");
  EXPECT_EQ(verify(second + "\n" + first + "\n").error().code, Code::corrupt);
}

TEST_F(Changes, AHeadOfAnotherKeyIsRefused) {
  std::string head(vectors_.at("head").as_string());
  head.replace(head.find("\n3\n"), 3, "\n4\n");
  write("head", head);
  EXPECT_EQ(verify("").error().code, Code::denied);
}

}  // namespace
}  // namespace weir::main
