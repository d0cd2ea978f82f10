// The one box, and what all sources say of one vulnerability.
#include "catalog/search.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "catalog/catalog_test.h"
#include "catalog/groups.h"
#include "catalog/record.h"

namespace weir::catalog {
namespace {

using advisory::Source;

std::string nvd(const std::string& id, const std::string& text, const std::string& product,
                const std::string& vector = "AV:N/AC:L/Au:N/C:P/I:P/A:P") {
  return R"({"cve":{"CVE_data_meta":{"ID":")" + id +
         R"(","ASSIGNER":"cve@mitre.org"},"problemtype":{"problemtype_data":[{"description":[{"value":"CWE-79"}]}]},)"
         R"("description":{"description_data":[{"lang":"en","value":")" +
         text +
         R"("}]}},"configurations":{"nodes":[{"operator":"OR","cpe_match":[{"vulnerable":true,"cpe23Uri":"cpe:2.3:a:acme:)" +
         product +
         R"(:1.0:*:*:*:*:*:*:*"}]}]},"impact":{"baseMetricV2":{"cvssV2":{"vectorString":")" +
         vector + R"("}}},"publishedDate":"2020-01-0)" + id.substr(id.size() - 1) +
         R"(T00:00Z","lastModifiedDate":"2020-02-01T00:00Z"})";
}

class SearchTest : public ::testing::Test {
 protected:
  SearchTest() {
    place_.lines(
        nvd("CVE-2020-1", "A buffer overflow in parsing", "kernel") + "\n" +
        nvd("CVE-2020-2", "Cross-site scripting in the overflow page", "portal") + "\n" +
        nvd("CVE-2020-3", "** REJECT ** overflow", "portal") + "\n" +
        nvd("CVE-2020-4",
            "\xe8\xbf\x9c\xe7\xa8\x8b\xe4\xbb\xa3\xe7\xa0\x81\xe6\x89\xa7\xe8\xa1\x8c\xe6\xbc\x8f"
            "\xe6\xb4\x9e",
            "overflow_guard", "AV:L/AC:H/Au:M/C:N/I:N/A:P") +
        "\n" +
        osv("GHSA-1", "2021-01-01T00:00:00Z",
            R"(,"summary":"overflow again","aliases":["CVE-2020-1"],"affected":[{"package":{"ecosystem":"npm","name":"kernel-js"}}])") +
        "\n" +
        R"({"cveID":"CVE-2020-2","vendorProject":"Acme","product":"Portal","dateAdded":"2022-01-01"})");
    place_.take({.name = "e.csv",
                 .bytes = "#score_date:2026-01-01\ncve,epss,percentile\nCVE-2020-1,0.5,0.9\n"});
    refresh();
  }
  void refresh() {
    auto tx = place_.db().read();
    ASSERT_TRUE(search_.refresh(**tx));
  }
  Found find(const Query& query) {
    auto tx = place_.db().read();
    auto found = search_.find(**tx, query);
    CHECK(found.has_value());
    return *found;
  }
  std::string ids(const Query& query) {
    std::string text;
    for (const Hit& hit : find(query).hits) {
      text += (text.empty() ? "" : " ") + hit.version.id;
    }
    return text;
  }

  Place place_;
  Search search_;
};

struct SearchCase {
  std::string why;
  Query query;
  std::string ids;
};

TEST_F(SearchTest, OneBox) {
  const SearchCase cases[] = {
      {"words: in names first, then the newest; one hit for a vulnerability",
       {.text = "overflow "},
       "GHSA-1 CVE-2020-4 CVE-2020-2"},
      {"the last word is a beginning", {.text = "overf"}, "GHSA-1 CVE-2020-4 CVE-2020-2"},
      {"a whole word is not", {.text = "overf "}, ""},
      {"one or two letters are of a name", {.text = "OV"}, "CVE-2020-4"},
      {"with words before them", {.text = "overflow p"}, "CVE-2020-2"},
      {"which nothing begins with", {.text = "overflow zq"}, ""},
      {"all words", {.text = "buffer overflow"}, "CVE-2020-1"},
      {"a phrase", {.text = "\"in parsing\""}, "CVE-2020-1"},
      {"not a phrase", {.text = "\"parsing in\""}, ""},
      {"without a word", {.text = "overflow -scripting"}, "GHSA-1 CVE-2020-4"},
      {"Chinese", {.text = "\xe4\xbb\xa3\xe7\xa0\x81"}, "CVE-2020-4"},
      {"an id: all its records are one hit", {.text = " CVE-2020-1 "}, "GHSA-1"},
      {"in other letters", {.text = "cve-2020-1"}, "GHSA-1"},
      {"an id of GitHub", {.text = "ghsa-1"}, "GHSA-1"},
      {"a purl", {.text = "pkg:npm/kernel-js@1"}, "GHSA-1"},
      {"a CPE", {.text = "cpe:2.3:a:acme:portal:*:*:*:*:*:*:*:*"}, "CVE-2020-2"},
      {"only punctuation", {.text = "!!"}, ""},
      {"tombstones if asked", {.text = "reject", .with_tombstones = true}, "CVE-2020-3"},
      {"tombstones else not", {.text = "reject"}, ""},
      {"a source", {.source = Source::osv}, "GHSA-1"},
      {"an ecosystem", {.terms = {{Facet::ecosystem, "npm"}}}, "GHSA-1"},
      {"two terms", {.terms = {{Facet::vendor, "acme"}, {Facet::product, "portal"}}}, "CVE-2020-2"},
      {"an unknown term", {.terms = {{Facet::vendor, "nobody"}}}, ""},
      {"a score",
       {.text = "overflow", .source = Source::nvd, .least_score = 75},
       "CVE-2020-2 CVE-2020-1"},
      {"EPSS", {.source = Source::nvd, .least_epss = 500'000}, "CVE-2020-1"},
      {"exploited", {.source = Source::nvd, .only_exploited = true}, "CVE-2020-2"},
      {"dates",
       {.source = Source::nvd,
        .from = Instant{1'577'923'200'000},
        .until = Instant{1'577'923'200'000}},
       "CVE-2020-2"},
      {"pages", {.text = "overflow ", .offset = 1, .limit = 1}, "CVE-2020-4"},
  };
  for (const SearchCase& c : cases) {
    EXPECT_EQ(ids(c.query), c.ids) << c.why;
  }
  for (const SearchCase& c : cases) {
    EXPECT_EQ(ids(c.query), c.ids) << c.why << ", asked again";
  }
  auto tx = place_.db().read();
  EXPECT_FALSE(search_.find(**tx, {.text = std::string(kMostTypedBytes + 1, 'x')}));
  EXPECT_GT(search_.bytes(), 0U);
}

TEST_F(SearchTest, ListsOfExploitedVulnerabilitiesAreToldApart) {
  place_.lines(
      R"({"cveID":"CVE-2020-1","euvdID":"EUVD-1","dateReported":"2022/01/02"})"
      "\n"
      R"({"cveID":"CVE-2020-2","euvdID":"EUVD-2","dateReported":"2022/01/02"})"
      "\n"
      R"({"uuid":"u-4","vulnerability":{"vulnId":"CVE-2020-4"},"status":{"exploited":true}})"
      "\n"
      R"({"uuid":"u-3","vulnerability":{"vulnId":"CVE-2020-4"},"status":{"exploited":false}})");
  refresh();
  EXPECT_EQ(ids({.source = Source::nvd, .listed = Source::kev}), "CVE-2020-2");
  EXPECT_EQ(ids({.source = Source::nvd, .listed = Source::kev_eu}), "CVE-2020-2 CVE-2020-1");
  EXPECT_EQ(ids({.source = Source::nvd, .listed = Source::kev_gcve}), "CVE-2020-4");
  EXPECT_EQ(ids({.source = Source::nvd, .listed = Source::kev_euvd}), "");
  EXPECT_EQ(ids({.source = Source::nvd, .listed = Source::osv}), "") << "no such list";
  EXPECT_EQ(ids({.source = Source::nvd, .only_exploited = true}),
            "CVE-2020-4 CVE-2020-2 CVE-2020-1");
  EXPECT_EQ(find({.source = Source::nvd, .only_exploited = true}).hits.at(1).listed,
            (std::vector{Source::kev, Source::kev_eu}));
}

TEST_F(SearchTest, APurlFindsWhatItsEcosystemCallsThePackage) {
  place_.lines(osv("DSA-1", "2021-01-01T00:00:00Z",
                   R"(,"affected":[{"package":{"ecosystem":"Debian:12","name":"openssl"}}])") +
               "\n" +
               osv("PYSEC-1", "2021-01-02T00:00:00Z",
                   R"(,"affected":[{"package":{"ecosystem":"PyPI","name":"Zope_Interface"}}])"));
  refresh();
  EXPECT_EQ(ids({.text = "pkg:deb/debian/openssl@3.0?distro=debian-12"}), "DSA-1");
  EXPECT_EQ(ids({.text = "pkg:deb/debian/libssl3?upstream=openssl"}), "DSA-1");
  EXPECT_EQ(ids({.text = "pkg:deb/ubuntu/openssl"}), "");
  EXPECT_EQ(ids({.text = "pkg:pypi/zope.interface"}), "PYSEC-1");
}

TEST_F(SearchTest, CountsAreOfEverythingThatMatches) {
  const Found found = find({.text = "overflow ", .limit = 1});
  EXPECT_EQ(found.records, 4U);
  EXPECT_EQ(found.vulnerabilities, 3U);
  const std::vector<std::pair<Source, std::uint64_t>> sources = {{Source::nvd, 3},
                                                                 {Source::osv, 1}};
  EXPECT_EQ(found.sources, sources);
  const auto has = [&](const Count& count) {
    return std::ranges::find(found.counts, count) != found.counts.end();
  };
  EXPECT_TRUE(has({Facet::vendor, "acme", 3}));
  EXPECT_TRUE(has({Facet::weakness, "CWE-79", 3}));
  EXPECT_TRUE(has({Facet::ecosystem, "npm", 1}));
  EXPECT_TRUE(has({Facet::publisher, "cve@mitre.org", 3}));
  EXPECT_EQ(name(Facet::weakness), "weakness");
}

TEST_F(SearchTest, OfEachFacetTheMostFrequentAreShownOfEqualsThoseThatCameFirst) {
  std::string lines;
  for (int i = 0; i < 25; ++i) {
    lines += nvd(fmt::format("CVE-2021-{}1", i), "many of them", fmt::format("product{:02}", i));
    lines += "\n";
  }
  lines += nvd("CVE-2021-1001", "many of them", "product24");
  place_.lines(lines);
  refresh();
  std::vector<Count> products;
  std::ranges::copy_if(find({.text = "many "}).counts, std::back_inserter(products),
                       [](const Count& count) { return count.facet == Facet::product; });
  std::vector<Count> expected = {{Facet::product, "product24", 2}};
  for (std::size_t i = 0; expected.size() < kFacetValues; ++i) {
    expected.push_back({Facet::product, fmt::format("product{:02}", i), 1});
  }
  EXPECT_EQ(products, expected);
}

TEST_F(SearchTest, PagesGoOnWhereTheOneBeforeEnds) {
  struct One {
    std::string published;
    int number = 0;
    int group = 0;
  };
  std::vector<One> all;
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    // Half of the vulnerabilities have two records, on days apart.
    all.push_back({fmt::format("{}-01-{:02}T00:00:00Z", 1970 + i * 7 % 11, 1 + i % 3), i, i % 200});
    lines += osv(fmt::format("B-{}", i), "2024-01-01T00:00:00Z",
                 fmt::format(R"(,"details":"wanted","published":"{}","aliases":["C-{}"])",
                             all.back().published, all.back().group)) +
             "\n";
  }
  lines +=
      osv("B-name", "2024-01-01T00:00:00Z",
          R"(,"summary":"wanted","published":"1971-01-01T00:00:00Z")") +
      "\n" +
      R"({"cve":{"CVE_data_meta":{"ID":"CVE-1999-1"},"description":{"description_data":[{"lang":"en","value":"wanted"}]}}})";
  place_.lines(lines);
  refresh();
  std::ranges::sort(all, [](const One& a, const One& b) {
    return std::pair(a.published, a.number) > std::pair(b.published, b.number);
  });
  std::vector<std::string> expected = {"B-name"};
  std::set<int> groups;
  for (const One& one : all) {
    if (groups.insert(one.group).second) {
      expected.push_back(fmt::format("B-{}", one.number));
    }
  }
  expected.emplace_back("CVE-1999-1");  // of no day
  std::vector<std::string> shown;
  for (std::size_t offset = 0; offset < 210; offset += 30) {
    const Found found = find({.text = "wanted ", .offset = offset, .limit = 30});
    EXPECT_EQ(found.records, 302U);
    EXPECT_EQ(found.vulnerabilities, 202U);
    std::ranges::transform(found.hits, std::back_inserter(shown),
                           [](const Hit& hit) { return hit.version.id; });
  }
  EXPECT_EQ(shown, expected);
  const Found whole = find({.text = "wanted ", .limit = kMostHits});
  ASSERT_EQ(whole.hits.size(), expected.size());
  EXPECT_EQ(whole.hits.back().version.id, expected.back());
}

TEST_F(SearchTest, AChangedRecordIsFoundByWhatItSaysNow) {
  place_.lines(osv("GHSA-1", "2022-01-01T00:00:00Z", R"(,"summary":"something else")"));
  EXPECT_EQ(ids({.text = "again"}), "GHSA-1");  // until it is refreshed
  const auto is_fresh = [&] { return search_.is_fresh(**place_.db().read()); };
  EXPECT_EQ(is_fresh(), false);
  refresh();
  EXPECT_EQ(is_fresh(), true);
  EXPECT_EQ(ids({.text = "again"}), "");
  EXPECT_EQ(ids({.text = "something"}), "GHSA-1");
}

TEST_F(SearchTest, AVulnerabilityIsToldByAllItsSources) {
  place_.lines(
      R"({"document":{"csaf_version":"2.0","title":"B","tracking":{"id":"ICSA-1","current_release_date":"2024-01-01T00:00:00Z"}},"vulnerabilities":[{"cve":"CVE-2020-1"}]})");
  auto tx = place_.db().read();
  EXPECT_EQ(*spelling(**tx, "cve-2020-1"), "CVE-2020-1");
  EXPECT_EQ(*spelling(**tx, "cve-1999-1"), "cve-1999-1");
  const auto all = known(**tx, "GHSA-1");
  ASSERT_TRUE(all && *all);
  EXPECT_EQ((*all)->ids, (std::vector<std::string>{"CVE-2020-1", "GHSA-1"}));
  ASSERT_EQ((*all)->records.size(), 2U);
  EXPECT_EQ((*all)->records[0].source, Source::nvd);
  ASSERT_EQ((*all)->related.size(), 1U);
  EXPECT_EQ((*all)->related[0].id, "ICSA-1");
  EXPECT_EQ((*all)->epss->score, 500'000);
  EXPECT_FALSE(known(**tx, "CVE-1999-1")->has_value());
}

TEST_F(SearchTest, AnAliasForWhichTheGroupHadNoRoomLeadsToItsRecord) {
  std::string lines;
  for (int record = 0; record < 4; ++record) {
    std::string aliases;
    for (int i = 0; i < 99; ++i) {  // four times 99 names and four of their own are too many
      aliases += fmt::format("{}\"M-{}\"", i == 0 ? "" : ",", record * 98 + i);
    }
    lines += osv(fmt::format("MANY-{}", record), "2024-01-01T00:00:00Z",
                 ",\"aliases\":[" + aliases + "]") +
             "\n";
  }
  place_.lines(lines);
  place_.lines(osv("LATE-1", "2024-01-01T00:00:00Z", R"(,"aliases":["M-0"])"));
  refresh();
  auto tx = place_.db().read();
  const auto first = known(**tx, "M-0");
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->ids.size(), kMostGroup);
  ASSERT_EQ((*first)->related.size(), 1U);
  EXPECT_EQ((*first)->related[0].id, "LATE-1");
  EXPECT_NE(ids({.text = "m-0", .limit = 100}).find("LATE-1"), std::string::npos);
  const auto last = known(**tx, "M-392");
  ASSERT_TRUE(last && *last);
  EXPECT_EQ((*last)->ids, std::vector<std::string>{"M-392"});
  ASSERT_EQ((*last)->related.size(), 1U);
  EXPECT_EQ((*last)->related[0].id, "MANY-3");
  EXPECT_EQ(*spelling(**tx, "m-392"), "M-392");
}

TEST_F(SearchTest, HistoryAndWhatChanged) {
  place_.lines(osv("GHSA-1", "2022-01-01T00:00:00Z", R"(,"summary":"now")"));
  place_.lines(osv("GHSA-1", "2020-01-01T00:00:00Z", R"(,"summary":"long ago")"));
  auto tx = place_.db().read();
  const auto now = weir::catalog::find(**tx, Source::osv, "GHSA-1");
  ASSERT_TRUE(now && *now);
  const auto past = history(**tx, (*now)->record);
  ASSERT_TRUE(past);
  ASSERT_EQ(past->size(), 3U);
  const auto text = [&](std::size_t i) { return *bytes(**tx, (*past)[i].version); };
  const auto changes = diff(text(2), text(0));
  ASSERT_TRUE(changes);
  const std::vector<Difference> expected = {
      {"/modified", R"("2020-01-01T00:00:00Z")", R"("2022-01-01T00:00:00Z")"},
      {"/summary", R"("long ago")", R"("now")"}};
  EXPECT_EQ(*changes, expected);
}

TEST(Diff, ByPlace) {
  const auto changes =
      diff(R"({"a":[1,2],"b":{"c/d":1},"e":0})", R"({"a":[1,3,4],"b":{},"f":null,"e":0})");
  ASSERT_TRUE(changes);
  const std::vector<Difference> expected = {
      {"/a/1", "2", "3"}, {"/a/2", "", "4"}, {"/b/c~1d", "1", ""}, {"/f", "", "null"}};
  EXPECT_EQ(*changes, expected);
  EXPECT_TRUE(diff("{}", "{}")->empty());
  EXPECT_EQ((*diff("1", "2"))[0].pointer, "#");
  EXPECT_FALSE(diff("{", "{}"));
}

}  // namespace
}  // namespace weir::catalog
