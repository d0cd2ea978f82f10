// What a question about CPE names may cost.
#include "compat/nvd_names.h"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/json.h"
#include "catalog/import.h"
#include "compat/desk.h"

namespace weir::compat {
namespace {

namespace fs = std::filesystem;

constexpr int kRecords = 52;  // half of them of each product
constexpr int kCriteria = 1'000;

/// One record of NVD 2.0, with kCriteria criteria of one product.
std::string record(int number, std::string_view product) {
  std::string matches;
  for (int i = 0; i < kCriteria; ++i) {
    matches += fmt::format(
        R"({}{{"vulnerable":true,"criteria":"cpe:2.3:a:quill:{}:*:*:*:*:*:s{}:*:*",)"
        R"("versionEndExcluding":"{}.{}","matchCriteriaId":"{:08X}-0000-4000-8000-000000000000"}})",
        i == 0 ? "" : ",", product, i, number, i, number * kCriteria + i);
  }
  return fmt::format(
      R"({{"cve":{{"id":"CVE-2022-{:04}","published":"2022-01-10T10:15:00.000","lastModified":)"
      R"("2022-01-11T10:15:00.000","vulnStatus":"Analyzed","descriptions":[],"metrics":{{}},)"
      R"("references":[],"configurations":[{{"nodes":[{{"operator":"OR","negate":false,)"
      R"("cpeMatch":[{}]}}]}}]}}}})",
      number, matches);
}

TEST(NvdNames, AWordThatFitsTooMuchIsNotAnswered) {
  if (WEIR_ONE_OF > 1) {
    GTEST_SKIP() << "52,000 criteria take long with sanitizers; the release build asks them";
  }
  const fs::path folder = fs::temp_directory_path() / fmt::format("weir-names-{}", ::getpid());
  fs::create_directories(folder);
  {
    const auto db = *catalog::open((folder / "public.db").string(), catalog::Use::import);
    const ManualClock clock{Instant{1'700'000'000'000}};
    std::string all;
    for (int i = 0; i < kRecords; ++i) {
      all += record(1'000 + i, i % 2 == 0 ? "pen" : "ink") + "\n";
    }
    const auto outcome = catalog::import(*db, clock, {.name = "x.ndjson", .bytes = all}, {});
    ASSERT_TRUE(outcome && outcome->rejected == 0U);
    const store::ReadTx tx = *db->read();
    Desk desk;
    ASSERT_TRUE(desk.turn_to(*tx));
    const auto status = [&](std::string_view name, std::string value) {
      Given given;
      given.parameters.emplace_back(name, std::move(value));
      const auto answer = nvd_cpes(desk, given);
      return answer ? answer->status : 0;
    };
    EXPECT_EQ(status("cpeMatchString", "cpe:2.3:a:quill:pen"), 200) << "half of it";
    EXPECT_EQ(status("keywordSearch", "quill pen"), 200);
    EXPECT_EQ(status("keywordSearch", "quill"), 404);
    EXPECT_EQ(status("cpeMatchString", "cpe:2.3:a:quill"), 404);
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace weir::compat
