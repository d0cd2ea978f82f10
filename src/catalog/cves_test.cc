// CVEs as they are listed, and the running hash of everything that was added.
#include "catalog/cves.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "catalog/catalog_test.h"
#include "catalog/heads.h"
#include "catalog/prepared.h"

namespace weir::catalog {
namespace {

using advisory::Source;

std::string nvd(const std::string& id, const std::string& modified, const std::string& text) {
  return R"({"cve":{"id":")" + id + R"(","published":"2024-01-01T00:00:00.000","lastModified":")" +
         modified + R"(","descriptions":[{"lang":"en","value":")" + text + R"("}]}})" + "\n";
}

TEST(Cves, AreListedInTheOrderInWhichTheirIdsCame) {
  Place place;
  place.lines(nvd("CVE-2024-0002", "2024-01-02T00:00:00.000", "two") +
              nvd("CVE-2024-0001", "2024-01-02T00:00:00.000", "one") +
              osv("CVE-2024-0003", "2024-01-01T00:00:00Z"));  // OSV's is none of NVD's
  place.lines(nvd("CVE-2024-0002", "2024-01-03T00:00:00.000", "two again"));
  const store::ReadTx tx = *place.db().read();
  const CvePage page = *list_cves(*tx, {.limit = 10});
  EXPECT_EQ(page.total, 2U);
  ASSERT_EQ(page.cves.size(), 2U);
  EXPECT_EQ(page.cves[0].name, "CVE-2024-0002");
  EXPECT_EQ(page.cves[1].name, "CVE-2024-0001");
  EXPECT_EQ((*find_cve(*tx, "CVE-2024-0002"))->version, page.cves[0].version);
  EXPECT_FALSE(*find_cve(*tx, "CVE-2024-0003"));
  EXPECT_EQ(list_cves(*tx, {.offset = 1, .limit = 1})->cves.size(), 1U);
  EXPECT_EQ(list_cves(*tx, {.words = keywords("again", Words::each)})->total, 1U);
  EXPECT_EQ(list_cves(*tx, {.among = std::vector<VersionId>{}})->total, 0U);
  EXPECT_EQ(cve_history(*tx, {.name = "CVE-2024-0002", .limit = 5})->changes.size(), 2U);
  EXPECT_TRUE(is_cve(Source::cve, "CVE-1"));
  EXPECT_FALSE(is_cve(Source::osv, "CVE-1"));
}

TEST(Cves, AreExploitedByTheirOwnIdAndNotByTheirGroups) {
  Place place;
  place.lines(
      nvd("CVE-2024-0001", "2024-01-02T00:00:00.000", "one") +
      nvd("CVE-2024-0002", "2024-01-02T00:00:00.000", "two") +
      osv("GHSA-1", "2024-01-01T00:00:00Z", R"(,"aliases":["CVE-2024-0001","CVE-2024-0002"])"));
  place.lines(
      R"({"cveID":"CVE-2024-0002","vendorProject":"Anvil","product":"Press","dateAdded":"2024-01-05"})");
  const store::ReadTx tx = *place.db().read();
  const CvePage page = *list_cves(*tx, {.exploited = CveQuery::Exploited::only, .limit = 10});
  ASSERT_EQ(page.cves.size(), 1U);
  EXPECT_EQ(page.cves[0].name, "CVE-2024-0002");
}

TEST(Cves, KeywordsAreWordsOfTheIndex) {
  EXPECT_EQ(keywords("a b-c", Words::each), R"(text : ("a"* AND "b-c"*))");
  EXPECT_EQ(keywords("a b\"c", Words::phrase), R"(text : "a bc")");
  EXPECT_EQ(keywords("- !", Words::each), "");
  EXPECT_EQ(keywords("", Words::phrase), "");
}

TEST(Cves, KeysOfCpesByTheirBeginning) {
  Place place;
  place.lines(
      R"({"cve":{"id":"CVE-2024-0001","configurations":[{"nodes":[{"operator":"OR","cpeMatch":[)"
      R"({"vulnerable":true,"criteria":"cpe:2.3:a:anvil:press:1:*:*:*:*:*:*:*"},)"
      R"({"vulnerable":true,"criteria":"cpe:2.3:a:anvils:x:1:*:*:*:*:*:*:*"}]}]}]}})");
  const store::ReadTx tx = *place.db().read();
  const auto all = [](std::string_view) { return true; };
  EXPECT_EQ(cpe_keys(*tx, "cpe:anvil:", all), (std::vector<std::string>{"cpe:anvil:press"}));
  EXPECT_EQ(cpe_keys(*tx, "cpe:", all)->size(), 2U);
  EXPECT_TRUE(cpe_keys(*tx, "cpe:", [](std::string_view) { return false; })->empty());
}

TEST(Heads, TheLineAndTheHashAreFrozen) {
  const Entry entry{.version = 12,
                    .source = "osv",
                    .id = "GHSA-\"1",
                    .state = "published",
                    .taken = Instant{1'700'000'000'000},
                    .digest = std::string_view("\xff", 1)};
  EXPECT_EQ(line_of(entry),
            R"(["12","osv","GHSA-\"1","published","2023-11-14T22:13:20.000Z","ff"])");
  const Head head = next({}, entry);
  EXPECT_EQ(head.version, 12);
  EXPECT_EQ(head.hash, sha256("weir/changes/v1" + std::string(32, '\0') + line_of(entry)));
}

TEST(Heads, ARunOfImportsIsOneChain) {
  Place place;
  EXPECT_EQ(newest_head(**place.db().read())->version, 0);
  EXPECT_FALSE(*first_head(**place.db().read()));
  place.lines(osv("A-1", "2024-01-01T00:00:00Z") + "\n" + osv("B-1", "2024-01-01T00:00:00Z"));
  place.lines(osv("A-1", "2024-02-01T00:00:00Z"));
  place.lines(osv("A-1", "2023-02-01T00:00:00Z"));  // older: kept as history, and an entry too
  place.take(
      {.name = "x.ndjson", .bytes = R"({"feed_time":"2024-03-01T00:00:00Z","op":"D","id":"B-1"})"},
      {.only = Source::osv});
  const store::ReadTx tx = *place.db().read();
  Head head;
  std::optional<Head> first;
  ASSERT_TRUE(
      tx->each("SELECT v.id, r.name, v.state, v.taken_ms, v.digest FROM version v JOIN record r "
               "ON r.id = v.record ORDER BY v.id",
               {}, [&](const store::Row& row) {
                 const std::string id = row.text(1);
                 const std::string digest = row.is_null(4) ? "" : row.blob(4);
                 head = next(head, {.version = row.integer(0),
                                    .source = "osv",
                                    .id = id,
                                    .state = name(static_cast<advisory::State>(row.integer(2))),
                                    .taken = Instant{row.integer(3)},
                                    .digest = digest});
                 first = first ? first : std::optional(head);
                 return true;
               }));
  EXPECT_EQ(head.version, 5);
  EXPECT_EQ(*newest_head(*tx), head);
  EXPECT_EQ(*first_head(*tx), first);
}

}  // namespace
}  // namespace weir::catalog
