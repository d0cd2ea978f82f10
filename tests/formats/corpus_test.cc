// Real documents and the standards' own examples: read, or refused for a reason that stands here.
#include <map>

#include <gtest/gtest.h>

#include "files.h"
#include "format/format.h"

namespace weir::format {
namespace {

struct Outcome {
  int read = 0;
  std::map<std::string, std::string> refused;  // file name to reason
};

Outcome read_all(const fs::path& folder) {
  Outcome outcome;
  for (const fs::path& path : files(folder, ".json")) {
    const auto report = parse_any(read_file(path));
    if (!report) {
      EXPECT_EQ(report.error().code, Code::invalid) << path;
      EXPECT_FALSE(report.error().where.empty()) << path;
      outcome.refused[path.filename().string()] = text(report.error());
      continue;
    }
    ++outcome.read;
    const auto again = parse_report(write_report(*report));
    EXPECT_TRUE(again && *again == *report) << path;
  }
  return outcome;
}

TEST(Corpus, EveryRealDocumentIsRead) {
  const Unpacked data("data/small.tar.zst", "small/cve5 small/csaf small/csaf-history");
  if (!data.ok()) {
    GTEST_SKIP() << "no shared data here";
  }
  const Outcome cve = read_all(data.root() / "small/cve5");
  EXPECT_EQ(cve.read, 1286);
  EXPECT_TRUE(cve.refused.empty()) << cve.refused.begin()->first << cve.refused.begin()->second;
  const Outcome csaf = read_all(data.root() / "small/csaf");
  EXPECT_EQ(csaf.read, 201);
  EXPECT_TRUE(csaf.refused.empty()) << csaf.refused.begin()->first << csaf.refused.begin()->second;
  const Outcome history = read_all(data.root() / "small/csaf-history");
  EXPECT_GT(history.read, 0);
  EXPECT_TRUE(history.refused.empty());
}

TEST(Corpus, TheCsafSuiteIsReadButForTheseFiles) {
  const Unpacked suite("conformance/csaf-2.0.tar.zst");
  if (!suite.ok()) {
    GTEST_SKIP() << "no shared data here";
  }
  const Outcome examples = read_all(suite.root() / "csaf-2.0/examples/csaf");
  EXPECT_EQ(examples.read, 12);
  EXPECT_TRUE(examples.refused.empty());
  // Each of these breaks a mandatory test of CSAF 2.0 (the number in its name) that Weir needs to
  // hold to know what is meant.
  const std::map<std::string, std::string> expected = {
      {"oasis_csaf_tc-csaf_2_0-2021-6-1-01-01.json",
       "no defined product has this id (/product_tree/product_groups/0/product_ids/0)"},
      {"oasis_csaf_tc-csaf_2_0-2021-6-1-03-01.json",
       "no defined product has this id "
       "(/product_tree/relationships/0/relates_to_product_reference)"},
      {"oasis_csaf_tc-csaf_2_0-2021-6-1-05-01.json",
       "defined twice (/product_tree/product_groups/1/group_id)"},
  };
  Outcome tests = read_all(suite.root() / "csaf-2.0/test/validator/data");
  tests.refused.erase("testcases.json");
  tests.refused.erase("testcases_json_schema.json");
  EXPECT_EQ(tests.refused, expected);
}

TEST(Corpus, TheCveExamplesDoNoHarm) {
  const Unpacked suite("conformance/cve.tar.zst");
  if (!suite.ok()) {
    GTEST_SKIP() << "no shared data here";
  }
  const Outcome outcome = read_all(suite.root() / "cve");
  EXPECT_GE(outcome.read, 6);
  EXPECT_EQ(outcome.refused.at("CVE-2017-5833_reserved.json"),
            "must be PUBLISHED or REJECTED: a reserved id reports nothing (/cveMetadata/state)");
}

}  // namespace
}  // namespace weir::format
