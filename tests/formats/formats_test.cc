// Golden cases. <format>/<case>/input.json is read; expected.json holds the report as
// weir-report/v1 and what is generated from it. bad/<case>.json must be refused with the words in
// bad/<case>.txt. WEIR_GOLDEN=1 rewrites the expectations, and such a run counts as skipped.
#include <cstdlib>

#include <gtest/gtest.h>

#include "base/json.h"
#include "files.h"
#include "format/format.h"

namespace weir::format {
namespace {

/// Compares `actual` with the file, or rewrites the file.
void expect_golden(const fs::path& path, const std::string& actual) {
  if (std::getenv("WEIR_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(actual, read_file(path)) << path;
}

bool is_rewriting() {
  return std::getenv("WEIR_GOLDEN") != nullptr;
}

std::string view_of(const Report& report) {
  const auto tree = [](const std::string& text) { return *json::parse(text, {.depth = 200}); };
  return json::pretty(json::Object{{"report", tree(write_report(report))},
                                   {"notice", tree(notice_text(report))},
                                   {"advisory", tree(advisory_json(report))}}) +
         "\n";
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, ReadsAsExpectedAndComesBack) {
  const auto report = parse_any(read_file(GetParam()));
  ASSERT_TRUE(report) << text(report.error());
  const auto again = parse_report(write_report(*report));
  ASSERT_TRUE(again) << text(again.error());
  EXPECT_TRUE(*again == *report);
  expect_golden(GetParam().parent_path() / "expected.json", view_of(*report));
  if (is_rewriting()) {
    GTEST_SKIP() << "rewritten";
  }
}

class Bad : public testing::TestWithParam<fs::path> {};

TEST_P(Bad, IsRefusedWithItsPlace) {
  const auto report = parse_any(read_file(GetParam()));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::invalid);
  EXPECT_FALSE(report.error().where.empty());
  expect_golden(fs::path(GetParam()).replace_extension(".txt"), text(report.error()) + "\n");
  if (is_rewriting()) {
    GTEST_SKIP() << "rewritten";
  }
}

std::string test_name(const fs::path& path) {
  std::string name = fs::relative(path, kCases).string();
  for (char& c : name) {
    c = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Formats, Golden, testing::ValuesIn(files(kCases, "input.json")),
                         [](const auto& row) { return test_name(row.param); });
INSTANTIATE_TEST_SUITE_P(Formats, Bad, testing::ValuesIn(files(kCases / "bad", ".json")),
                         [](const auto& row) { return test_name(row.param); });

}  // namespace
}  // namespace weir::format
