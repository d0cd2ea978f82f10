// What has changed, and what all sources together say of it.
#include "catalog/changed.h"

#include <gtest/gtest.h>

#include "catalog/catalog_test.h"
#include "catalog/record.h"

namespace weir::catalog {
namespace {

constexpr const char* kAnvil =
    R"(,"affected":[{"package":{"ecosystem":"npm","name":"anvil"},"versions":["1"]}])";

TEST(Changed, IsWhatIsCurrentAndCameLater) {
  Place place;
  place.lines(osv("A-1", "2024-01-01T00:00:00Z", std::string(kAnvil) + R"(,"aliases":["CVE-1"])") +
              "\n" + osv("A-2", "2024-02-01T00:00:00Z"));
  const auto since = [&](VersionId after, std::size_t most) {
    const auto tx = place.db().read();
    return changed_since(**tx, after, most);
  };
  const auto first = since(0, 10);
  ASSERT_TRUE(first);
  ASSERT_EQ(first->size(), 2U);
  EXPECT_EQ((*first)[0].keys, std::vector<std::string>{"npm:anvil"});
  EXPECT_EQ((*first)[0].names, (std::vector<std::string>{"A-1", "CVE-1"}));
  EXPECT_EQ((*first)[1].names, std::vector<std::string>{"A-2"});
  EXPECT_EQ(since(0, 1)->size(), 1U);
  const VersionId before = (*first)[1].version;
  place.lines(osv("A-2", "2024-01-01T00:00:00Z", kAnvil));  // older: history
  EXPECT_TRUE(since(before, 10)->empty());
  place.lines(osv("A-1", "2024-03-01T00:00:00Z") + "\n" + osv("A-1", "2024-04-01T00:00:00Z"));
  const auto then = since(before, 10);
  ASSERT_EQ(then->size(), 1U);  // of two versions the one that holds
  EXPECT_TRUE((*then)[0].keys.empty());
}

TEST(Changed, AllSourcesWeighTogether) {
  Place place;
  const auto rated = [](const char* id, const char* more, const char* vector) {
    return osv(id, "2024-01-01T00:00:00Z",
               std::string(more) + R"(,"severity":[{"type":"CVSS_V3","score":")" + vector + "\"}]");
  };
  place.lines(
      rated("A-1", R"(,"aliases":["CVE-1"])", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H") +
      "\n" +
      rated("A-2", R"(,"aliases":["CVE-1"])", "CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:U/C:L/I:L/A:L") +
      "\n" + R"({"cveID":"CVE-1","vendorProject":"V","product":"P"})" + "\n" +
      R"({"cveID":"CVE-1","euvdID":"EUVD-1","vendorProject":"V","product":"P"})");
  place.take({.name = "e.csv",
              .bytes =
                  "#model_version:v1,score_date:2026-01-02T00:00:00+0000\ncve,epss,percentile\n"
                  "CVE-1,0.25,0.5\nCVE-2,0.75,0.5\n"});
  const auto tx = place.db().read();
  const auto weight = weigh(**tx, "A-2");
  ASSERT_TRUE(weight);
  EXPECT_EQ(weight->ids, (std::vector<std::string>{"A-1", "A-2", "CVE-1", "EUVD-1"}));
  EXPECT_EQ(weight->score, 98);
  EXPECT_EQ(weight->listed, (std::vector{advisory::Source::kev, advisory::Source::kev_eu}));
  EXPECT_EQ(weight->epss, 250'000);
  const auto unknown = weigh(**tx, "CVE-9");
  EXPECT_EQ(unknown->ids, std::vector<std::string>{"CVE-9"});
  EXPECT_EQ(unknown->score, -1);
  EXPECT_TRUE(unknown->listed.empty());
  EXPECT_EQ(unknown->epss, -1);
  std::string likely;
  ASSERT_TRUE(each_likely(**tx, 250'001, [&](std::string_view cve) { likely += cve; }));
  EXPECT_EQ(likely, "CVE-2");
}

/// As GCVE BCP-07 writes it.
std::string assertion(const char* cve, const char* exploited, const char* at) {
  return fmt::format(
      R"({{"uuid":"u-1","vulnerability":{{"vulnId":"{}"}},"status":{{"exploited":{},"status_updated_at":"{}"}}}})",
      cve, exploited, at);
}

TEST(Changed, AnAssertionOfExploitationWeighsForTheVulnerabilityThatItIsAbout) {
  Place place;
  place.lines(osv("A-1", "2024-01-01T00:00:00Z", R"(,"aliases":["CVE-1"])"));
  place.lines(assertion("CVE-1", "true", "2024-01-02T00:00:00Z"));
  const auto listed = [&](std::vector<std::string> ids) {
    auto tx = place.db().read();
    return *listed_in(**tx, ids);
  };
  EXPECT_EQ(listed({"CVE-1"}), std::vector{advisory::Source::kev_gcve});
  EXPECT_EQ(listed({"A-1", "CVE-1"}), std::vector{advisory::Source::kev_gcve});
  EXPECT_TRUE(listed({"CVE-2"}).empty());
  {
    const auto tx = place.db().read();
    EXPECT_EQ(weigh(**tx, "A-1")->listed, std::vector{advisory::Source::kev_gcve});
    const auto changed = changed_since(**tx, 1, 10);
    ASSERT_EQ(changed->size(), 1U);  // who watches CVE-1 hears of it
    EXPECT_EQ((*changed)[0].names, (std::vector<std::string>{"u-1", "CVE-1"}));
  }
  place.lines(assertion("CVE-1", "false", "2024-01-03T00:00:00Z"));
  EXPECT_TRUE(listed({"CVE-1"}).empty());
}

TEST(Changed, ListsOfExploitedVulnerabilitiesStandBesideEachOther) {
  Place place;
  const std::string cisa =
      R"({"cveID":"CVE-1","vendorProject":"V","product":"P","dateAdded":"2024-01-02"})";
  place.take({.name = "kev.json", .bytes = R"({"title":"t","vulnerabilities":[)" + cisa + "]}"});
  const Outcome others = place.take(
      {.name = "eukev.json",
       .bytes = R"([{"cveID":"CVE-1","euvdID":"EUVD-1","vendorProject":"V","product":"P"}])"});
  EXPECT_EQ(others.added, 1U);
  EXPECT_EQ(others.changed, 0U);
  EXPECT_EQ(place
                .take({.name = "vulncheck.json",
                       .bytes = R"({"_meta":{"total_pages":1},"data":[{"cve":["CVE-1"],)"
                                R"("date_added":"2024-01-01T00:00:00Z"}]})"})
                .added,
            1U);
  const auto tx = place.db().read();
  const auto kept = find(**tx, advisory::Source::kev, "CVE-1");
  EXPECT_EQ(*bytes(**tx, (*kept)->version), cisa);
  EXPECT_EQ(listed_in(**tx, {"EUVD-1"})->size(), 3U);
}

}  // namespace
}  // namespace weir::catalog
