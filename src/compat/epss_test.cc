// EPSS as FIRST's API gives it: each parameter, held against what it says of six scores.
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "catalog/catalog.h"
#include "catalog/import.h"
#include "compat/desk.h"
#include "compat/epss_api.h"

namespace weir::compat {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScores =
    "#model_version:v2025.03.14,score_date:2026-01-02T00:00:00+0000\n"
    "cve,epss,percentile\n"
    "CVE-2020-0001,0.5,0.9\nCVE-2020-0002,0.00043,0.1\nCVE-2021-0003,1.0,1.0\n"
    "CVE-2021-0004,0.0,0.0\nCVE-2022-0005,0.5,0.95\n";

class EpssApi : public ::testing::Test {
 protected:
  EpssApi() : folder_(fs::temp_directory_path() / fmt::format("weir-epss-{}", ::getpid())) {
    fs::create_directories(folder_);
    db_ = *catalog::open((folder_ / "public.db").string(), catalog::Use::import);
    take(std::string(kScores));
    take("#score_date:2026-01-01\ncve,epss,percentile\nCVE-2019-0006,0.25,0.5\n");  // a day before
  }
  ~EpssApi() override {
    db_.reset();
    fs::remove_all(folder_);
  }
  void take(const std::string& text) {
    ASSERT_TRUE(catalog::import(*db_, clock_, {.name = "e.csv", .bytes = text}));
  }
  Result<Answer> ask(const std::vector<std::pair<std::string, std::string>>& parameters) {
    const store::ReadTx tx = *db_->read();
    Desk desk;
    EXPECT_TRUE(desk.turn_to(*tx));
    return epss_scores(desk, {.parameters = parameters});
  }
  /// The last digits of the ids that come.
  std::string ids(const std::vector<std::pair<std::string, std::string>>& parameters) {
    const auto answer = ask(parameters);
    EXPECT_TRUE(answer) << text(answer.error());
    std::string out;
    constexpr std::string_view kName = R"({"cve":"CVE-2020-0001)";
    for (std::size_t at = 0; answer; at += kName.size()) {
      at = answer->body.find(R"({"cve":)", at);
      if (at == std::string::npos) {
        break;
      }
      out += answer->body[at + kName.size() - 1];
    }
    return out;
  }

  fs::path folder_;
  ManualClock clock_{Instant{1'795'000'000'000}};
  std::unique_ptr<store::Db> db_;
};

TEST_F(EpssApi, NumbersAreStringsWithNineDecimals) {
  EXPECT_EQ(ask({{"cve", "CVE-2020-0002"}})->body,
            R"({"status":"OK","status-code":200,"version":"1.0","access":"public","total":1,)"
            R"("offset":0,"limit":100,"data":[{"cve":"CVE-2020-0002","epss":"0.000430000",)"
            R"("percentile":"0.100000000","date":"2026-01-02"}]})");
  EXPECT_EQ(ask({{"cve", "CVE-2021-0003"}, {"envelope", "false"}})->body,
            R"([{"cve":"CVE-2021-0003","epss":"1.000000000","percentile":"1.000000000",)"
            R"("date":"2026-01-02"}])");
  EXPECT_EQ(ask({{"cve", "CVE-1999-0001"}, {"envelope", "false"}, {"pretty", "true"}})->body,
            "[\n\n]");
}

TEST_F(EpssApi, EachParameterNarrows) {
  const struct {
    std::vector<std::pair<std::string, std::string>> parameters;
    std::string_view ids;
  } cases[] = {
      {{}, "612345"},
      {{{"cve", "cve-2020-0001,CVE-2021-0003,,CVE-1-1"}}, "13"},
      {{{"cve", ""}}, ""},
      {{{"date", "2026-01-02"}}, "12345"},
      {{{"date", "2026-01-01"}}, "6"},
      {{{"date", "2025-01-01"}}, ""},
      {{{"epss-gt", "0.5"}}, "3"},
      {{{"epss-gt", "0.4999999"}}, "135"},
      {{{"epss-gt", "0.49999"}}, "135"},
      {{{"epss-gt", ".5"}}, "3"},
      {{{"epss-gt", "1"}}, ""},
      {{{"epss-lt", "0.5"}}, "624"},
      {{{"epss-lt", "0.5000001"}}, "61245"},
      {{{"epss-lt", "0"}}, ""},
      {{{"epss-lt", "1.000"}}, "61245"},
      {{{"percentile-gt", "0.9"}}, "35"},
      {{{"percentile-lt", "0.1"}}, "4"},
      {{{"percentile-gt", "0.1"}, {"percentile-lt", "0.95"}}, "61"},
      {{{"q", "2021"}}, "34"},
      {{{"q", "cve-2022"}}, "5"},
      {{{"q", "%"}}, ""},
      {{{"order", "!cve"}}, "543216"},
      {{{"order", "epss"}}, "426153"},
      {{{"order", "!epss"}}, "315624"},
      {{{"order", "!epss"}, {"limit", "2"}}, "31"},
      {{{"order", "!epss"}, {"limit", "2"}, {"offset", "2"}}, "56"},
      {{{"order", "percentile"}}, "426153"},
      {{{"order", "!percentile"}}, "351624"},
      {{{"limit", "0"}}, ""},
      {{{"offset", "6"}}, ""},
      {{{"pretty", "true"}}, "612345"},
  };
  for (const auto& one : cases) {
    std::string asked;
    for (const auto& [name, value] : one.parameters) {
      asked += name + "=" + value + " ";
    }
    EXPECT_EQ(ids(one.parameters), one.ids) << asked;
  }
  EXPECT_NE(ask({{"limit", "2"}})->body.find(R"("total":6,"offset":0,"limit":2)"),
            std::string::npos);
}

TEST_F(EpssApi, WhatIsWrongIsNamed) {
  const std::pair<std::string, std::string> wrong[] = {
      {"epss-gt", "high"},
      {"epss-gt", "1.1"},
      {"epss-gt", "-0.1"},
      {"epss-gt", "1e-3"},
      {"epss-gt", ""},
      {"epss-gt", "."},
      {"epss-lt", "0,5"},
      {"epss-lt", "1.0000001"},
      {"percentile-gt", "nan"},
      {"percentile-lt", "2"},
      {"date", "yesterday"},
      {"date", "2026-1-2"},
      {"date", ""},
      {"order", "day"},
      {"order", ""},
      {"order", "!"},
      {"limit", "-1"},
      {"limit", "10001"},
      {"limit", "ten"},
      {"offset", "99999999999"},
      {"envelope", "yes"},
      {"pretty", ""},
      {"days", "3"},
      {"scope", "time-series"},
      {"colour", "red"},
      {"cve", std::string(kMostEpssIdBytes + 1, 'C')},
  };
  for (const auto& one : wrong) {
    const auto answer = ask({one});
    ASSERT_FALSE(answer) << one.first << "=" << one.second.substr(0, 20);
    EXPECT_EQ(answer.error().code, Code::invalid);
    EXPECT_EQ(answer.error().where, one.first);
  }
}

}  // namespace
}  // namespace weir::compat
