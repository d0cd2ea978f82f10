// The answers that other people's clients ask for.
#include "compat/compat.h"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/json.h"
#include "catalog/catalog.h"
#include "catalog/import.h"
#include "compat/desk.h"
#include "compat/feed.h"
#include "compat/osv_api.h"
#include "compat/own_api.h"
#include "compat/public.h"
#include "compat/records.h"

namespace weir::compat {
namespace {

namespace fs = std::filesystem;

std::string record_of(const std::string& id, const std::string& more, int month = 1) {
  return fmt::format(R"({{"id":"{}","modified":"2024-0{}-01T00:00:00Z"{}}})", id, month, more);
}

std::string affects(const std::string& ecosystem, const std::string& name,
                    const std::string& fixed) {
  return fmt::format(
      R"(,"affected":[{{"package":{{"ecosystem":"{}","name":"{}"}},"ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"{}"}}]}}]}}])",
      ecosystem, name, fixed);
}

class Compat : public ::testing::Test {
 protected:
  Compat() : folder_(fs::temp_directory_path() / fmt::format("weir-compat-{}", ::getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    db_ = *catalog::open((folder_ / "public.db").string(), catalog::Use::import);
    take(first_ + "\n" + second_ + "\n" +
         record_of("W-1",
                   R"(,"withdrawn":"2024-01-01T00:00:00Z")" + affects("PyPI", "jinja2", "9")) +
         "\n" + R"({"cveID":"CVE-1","vendorProject":"V","product":"P"})");
  }
  ~Compat() override {
    db_.reset();
    fs::remove_all(folder_);
  }
  void take(const std::string& lines, const std::string& name = "x.ndjson") {
    ASSERT_TRUE(catalog::import(*db_, clock_, {.name = name, .bytes = lines}));
  }
  /// As a server asks.
  Result<Answer> asked(Ask ask, const Given& given = {}) {
    Public records((folder_ / "public.db").string());
    EXPECT_TRUE(records.refresh());
    auto answer = records.ask(ask, given);
    if (!answer) {
      return std::unexpected(answer.error());
    }
    EXPECT_EQ((*answer)->tag.empty(), (*answer)->answer.status != 200);
    return (*answer)->answer;
  }
  Answer ask(Ask ask, const Given& given = {}) {
    auto answer = asked(ask, given);
    EXPECT_TRUE(answer) << text(answer.error());
    return answer ? *answer : Answer{};
  }
  json::Value tree(Ask ask, const Given& given = {}) {
    const Answer answer = this->ask(ask, given);
    EXPECT_EQ(answer.status, 200);
    return *json::parse(answer.body);
  }
  /// What the error names, for a question that is refused.
  std::string blamed(Ask ask, const Given& given) {
    const auto answer = asked(ask, given);
    EXPECT_FALSE(answer);
    return answer ? "" : answer.error().where;
  }

  const std::string first_ =
      record_of("A-1", R"(,"aliases":["CVE-1"])" + affects("PyPI", "jinja2", "2.0"));
  const std::string second_ = record_of("B-1", affects("PyPI", "jinja2", "3.0"));
  fs::path folder_;
  ManualClock clock_{Instant{1'795'000'000'000}};
  std::unique_ptr<store::Db> db_;
};

TEST_F(Compat, ATimeThatIsStillToComeStandsBesideWhatItCountsAs) {
  take(R"({"id":"C-1","modified":"9999-12-31T00:00:00Z"})");
  for (const Ask question : {Ask(vulnerability), Ask(record_history)}) {
    const json::Value told = tree(question, {.id = "C-1", .source = "osv"});
    const char* list = question == Ask(vulnerability) ? "records" : "versions";
    const json::Object& one = told.at(list).at(0).as_object();
    EXPECT_EQ(one.at("modified").as_string(), "9999-12-31T00:00:00.000Z");
    EXPECT_EQ(one.at("counted").as_string(), to_rfc3339(clock_.now()));
    const json::Value known = tree(question, {.id = "A-1", .source = "osv"});
    EXPECT_FALSE(known.at(list).at(0).as_object().contains("counted"));
  }
}

struct OsvCase {
  std::string body;
  int status;
  std::string answer;
};

TEST_F(Compat, OsvQuery) {
  const std::string both = R"({"vulns":[)" + first_ + "," + second_ + "]}";
  const OsvCase cases[] = {
      {R"({"version":"2.5","package":{"name":"Jinja2","ecosystem":"PyPI"}})", 200,
       R"({"vulns":[)" + second_ + "]}"},
      {R"({"version":"1.0","package":{"name":"jinja2","ecosystem":"PyPI"}})", 200, both},
      {R"({"version":"3.0","package":{"name":"jinja2","ecosystem":"PyPI"}})", 200, "{}"},
      {R"({"package":{"name":"jinja2","ecosystem":"PyPI"}})", 200, both},
      {R"({"package":{"purl":"pkg:pypi/jinja2@1.0"}})", 200, both},
      {R"({"package":{"purl":"pkg:pypi/jinja2"},"version":"2.5"})", 200,
       R"({"vulns":[)" + second_ + "]}"},
      {R"({"package":{"purl":"pkg:strange/jinja2@1.0"}})", 200, "{}"},
      {R"({"commit":"6879efc2c1596d11a6a6ad296f80063b558d5e0f"})", 200, "{}"},
      {"", 400, R"({"code":3,"message":"no query provided"})"},
      {"{}", 400, R"({"code":3,"message":"invalid query"})"},
      {"[]", 400, R"({"code":3,"message":"invalid query"})"},
      {R"({"commit":""})", 400, R"({"code":3,"message":"invalid hash"})"},
      {R"({"commit":"xyz"})", 400, R"({"code":3,"message":"invalid hash"})"},
      {R"({"package":{"purl":"pkg:pypi/a","name":"a"}})", 400,
       R"({"code":3,"message":"name specified in a PURL query"})"},
      {R"({"package":{"purl":"pkg:pypi/a","ecosystem":"PyPI"}})", 400,
       R"({"code":3,"message":"ecosystem specified in a PURL query"})"},
      {R"({"package":{"purl":"pkg:pypi/a@1"},"version":"1"})", 400,
       R"({"code":3,"message":"version specified in params and PURL query"})"},
      {R"({"package":{"purl":"pypi/a"}})", 400, R"({"code":3,"message":"invalid PURL"})"},
      {R"({"package":{"name":"a","ecosystem":"Strange"},"version":"1"})", 400,
       R"({"code":3,"message":"invalid ecosystem"})"},
      {R"({"package":{"name":"a","ecosystem":"Android:14"},"version":"1"})", 200, "{}"},
      {R"({"package":{"name":"https://a.example/a.git","ecosystem":"GIT"},"version":"v1"})", 200,
       "{}"},
      {R"({"package":{"name":"a"}})", 400, R"({"code":3,"message":"ecosystem not specified"})"},
      {R"({"package":{"name":7}})", 400,
       R"({"code":3,"message":"/package/name: must be a string"})"},
      {R"({"package":{"name":"jinja2","ecosystem":"PyPI"},"page_token":"%"})", 400,
       R"({"code":3,"message":"invalid page token"})"},
      {R"({"package":{"name":"jinja2","ecosystem":"PyPI"},"page_token":"QS0x"})", 200,
       R"({"vulns":[)" + second_ + "]}"},
  };
  for (const OsvCase& c : cases) {
    EXPECT_EQ(ask(osv_query, {.body = c.body}), (Answer{c.status, c.answer})) << c.body;
  }
}

TEST_F(Compat, OsvBatch) {
  const std::string query = R"({"version":"2.5","package":{"name":"jinja2","ecosystem":"PyPI"}})";
  EXPECT_EQ(
      ask(osv_query_batch,
          {.body = R"({"queries":[)" + query + R"(,{"package":{"purl":"pkg:npm/x@1"}}]})"}),
      (Answer{
          200,
          R"({"results":[{"vulns":[{"id":"B-1","modified":"2024-01-01T00:00:00.000Z"}]},{}]})"}));
  EXPECT_EQ(ask(osv_query_batch, {.body = R"({"queries":[)" + query + ",{}]}"}),
            (Answer{400, R"({"code":3,"message":"error in query at index 1: invalid query"})"}));
  EXPECT_EQ(ask(osv_query_batch, {.body = R"({"queries":[]})"}),
            (Answer{200, R"({"results":[]})"}));
  EXPECT_EQ(ask(osv_query_batch, {.body = "{}"}).status, 400);
  EXPECT_EQ(ask(osv_query_batch, {.body = R"({"queries":7})"}),
            (Answer{400, R"({"code":3,"message":"invalid queries"})"}));
  std::string many = query;
  for (std::size_t i = 0; i < kMostQueries; ++i) {
    many += "," + query;
  }
  EXPECT_EQ(ask(osv_query_batch, {.body = R"({"queries":[)" + many + "]}"}),
            (Answer{400, R"({"code":3,"message":"too many queries"})"}));
}

TEST_F(Compat, ABatchSaysATimeForRecordsWithoutOne) {
  take(R"({"id":"GO-1","modified":"0001-01-01T00:00:00Z")" + affects("Go", "a.example/a", "2.0") +
       "}");
  const std::string query =
      R"({"package":{"name":"a.example/a","ecosystem":"Go"},"version":"1.0"})";
  EXPECT_EQ(ask(osv_query_batch, {.body = R"({"queries":[)" + query + "]}"}).body,
            fmt::format(R"({{"results":[{{"vulns":[{{"id":"GO-1","modified":"{}"}}]}}]}})",
                        to_rfc3339(clock_.now())));
}

TEST_F(Compat, OsvVulnerability) {
  EXPECT_EQ(ask(osv_vulnerability, {.id = "A-1"}), (Answer{200, first_}));
  EXPECT_EQ(ask(osv_vulnerability, {.id = "a-1"}),
            (Answer{404, R"({"code":5,"message":"Vulnerability not found"})"}));
  EXPECT_EQ(
      ask(osv_vulnerability, {.id = "CVE-1"}).body,
      R"({"code":5,"message":"Vulnerability not found, but the following aliases were: A-1"})");
  EXPECT_EQ(ask(osv_vulnerability, {.id = ""}).body, R"({"code":3,"message":"ID is required"})");
  EXPECT_EQ(ask(osv_vulnerability, {.id = std::string(101, 'x')}).body,
            R"({"code":3,"message":"ID is too long"})");
}

TEST_F(Compat, WhoFollowsTheFeedMissesNothing) {
  std::string cursor;
  std::vector<std::string> seen;
  const auto follow = [&] {
    for (bool is_more = true; is_more;) {
      const json::Value page = tree(changes, {.parameters = {{"after", cursor}, {"limit", "2"}}});
      for (const json::Value& change : page.at("changes").as_array()) {
        seen.emplace_back(change.at("id").as_string());
      }
      cursor = page.at("cursor").as_string();
      is_more = page.at("more").as_bool();
    }
  };
  follow();
  EXPECT_EQ(seen, (std::vector<std::string>{"A-1", "B-1", "W-1", "CVE-1"}));
  seen.clear();
  follow();
  EXPECT_TRUE(seen.empty());
  take(record_of("B-1", "", 2) + "\n" + record_of("B-1", "", 3) + "\n" + record_of("C-1", ""));
  follow();
  EXPECT_EQ(seen, (std::vector<std::string>{"B-1", "C-1"}));  // once, as it is now
}

TEST_F(Compat, ChangesSayWhatAndFilter) {
  const json::Value page = tree(changes, {.parameters = {{"source", "kev"}}});
  ASSERT_EQ(page.at("changes").as_array().size(), 1U);
  EXPECT_EQ(page.at("changes").at(0).at("record").at("cveID").as_string(), "CVE-1");
  EXPECT_EQ(page.at("cursor").as_string(), "4");
  const json::Value bare = tree(changes, {.parameters = {{"limit", "3"}, {"records", "no"}}});
  EXPECT_FALSE(bare.at("changes").at(0).as_object().contains("record"));
  EXPECT_EQ(bare.at("changes").at(2).at("state").as_string(), "withdrawn");
  for (const char* bad : {"x", "5", "99999999999999999999", "-1"}) {
    EXPECT_EQ(blamed(changes, {.parameters = {{"after", bad}}}), "after") << bad;
  }
  EXPECT_EQ(blamed(changes, {.parameters = {{"limit", "0"}}}), "limit");
  EXPECT_EQ(blamed(changes, {.parameters = {{"limit", "2001"}}}), "limit");
  EXPECT_EQ(blamed(changes, {.parameters = {{"source", "x"}}}), "source");
  EXPECT_EQ(blamed(changes, {.parameters = {{"records", "x"}}}), "records");
}

TEST_F(Compat, AtomIsNewestFirstAndEscaped) {
  take(record_of("D-1", R"(,"summary":"<b> & \"q\"\u0001")"));
  const Answer feed = ask(atom, {.base = "https://weir.example"});
  EXPECT_EQ(feed.status, 200);
  EXPECT_NE(feed.body.find("<title>D-1: &lt;b&gt; &amp; &quot;q&quot; </title>"),
            std::string::npos);
  EXPECT_LT(feed.body.find("D-1"), feed.body.find("A-1"));
  EXPECT_NE(
      feed.body.find("<link rel=\"self\" href=\"https://weir.example/api/v1/changes.atom\"/>"),
      std::string::npos);
  EXPECT_NE(feed.body.find("<link href=\"https://weir.example/api/v1/vulnerabilities/D-1\"/>"),
            std::string::npos);
}

TEST_F(Compat, OnlyAtomIsKeptForEachNameOfTheServer) {
  Public records((folder_ / "public.db").string());
  ASSERT_TRUE(records.refresh());
  const auto told = [&](Ask question, const char* base) {
    return *records.ask(question, {.id = "CVE-1", .base = base});
  };
  EXPECT_EQ(told(vulnerability, "https://a.example"), told(vulnerability, "https://b.example"));
  EXPECT_EQ(told(atom, "https://a.example"), told(atom, "https://a.example"));
  EXPECT_NE(told(atom, "https://a.example"), told(atom, "https://b.example"));
}

TEST_F(Compat, AVulnerabilityIsToldWithItsSources) {
  take("#score_date:2026-01-01\ncve,epss,percentile\nCVE-1,0.25,0.9\n", "e.csv");
  const json::Value known = tree(vulnerability, {.id = "CVE-1"});
  EXPECT_EQ(json::canonical(known.at("ids")), R"(["A-1","CVE-1"])");
  EXPECT_EQ(asked(vulnerability, {.id = "cve-1"})->body,
            asked(vulnerability, {.id = "CVE-1"})->body);
  ASSERT_EQ(known.at("records").as_array().size(), 2U);
  EXPECT_EQ(known.at("records").at(0).at("source").as_string(), "osv");
  EXPECT_EQ(known.at("records").at(1).at("source").as_string(), "kev");
  EXPECT_EQ(json::canonical(known.at("listed")), R"(["kev"])");
  EXPECT_EQ(known.at("epss").at("score").as_double(), 0.25);
  EXPECT_EQ(asked(vulnerability, {.id = "CVE-9"}).error().code, Code::not_found);
}

TEST_F(Compat, ARowOfATableIsARecordLikeOthers) {
  take("ICS-CERT_Number,ICS-CERT_Advisory_Title,CVE_Number\nICSA-1,Pumps,CVE-1\n", "ics.csv");
  const json::Value told = tree(vulnerability, {.id = "CVE-1"});
  const auto related = told.at("related").as_array();
  ASSERT_EQ(related.size(), 1U);
  EXPECT_EQ(related[0].at("source").as_string(), "ics");
  EXPECT_EQ(related[0].at("title").as_string(), "Pumps");
}

TEST_F(Compat, ARecordIsGivenByteForByte) {
  EXPECT_EQ(ask(record, {.id = "CVE-1", .source = "osv"}).body, first_);
  EXPECT_EQ(blamed(record, {.id = "CVE-1", .source = "none"}), "source");
  EXPECT_EQ(asked(record, {.id = "B-1", .source = "nvd"}).error().code, Code::not_found);
}

TEST_F(Compat, HistorySaysWhatChanged) {
  take(record_of("B-1", R"(,"summary":"new")", 2));
  const json::Value history = tree(record_history, {.id = "B-1", .source = "osv"});
  const auto& versions = history.at("versions").as_array();
  ASSERT_EQ(versions.size(), 2U);
  std::string pointers;
  for (const json::Value& change : versions[0].at("changes").as_array()) {
    pointers += std::string(change.at("pointer").as_string()) + " ";
  }
  EXPECT_EQ(pointers, "/modified /affected /summary ");
  EXPECT_TRUE(versions[1].at("changes").as_array().empty());
}

TEST_F(Compat, SearchFiltersAndCounts) {
  const json::Value found = tree(search, {.parameters = {{"q", "pkg:pypi/jinja2"}}});
  EXPECT_EQ(found.at("records").as_int64(), 2);
  EXPECT_EQ(found.at("hits").as_array().size(), 2U);
  EXPECT_EQ(json::canonical(found.at("sources")), R"([{"records":2,"source":"osv"}])");
  EXPECT_EQ(json::canonical(found.at("facets").at(0)),
            R"({"by":"ecosystem","records":2,"value":"PyPI"})");
  const auto records = [&](std::string name, std::string value) {
    return tree(search, {.parameters = {{std::move(name), std::move(value)}}})
        .at("records")
        .as_int64();
  };
  EXPECT_EQ(records("source", "kev"), 1);
  EXPECT_EQ(records("ecosystem", "PyPI"), 2);
  EXPECT_EQ(records("ecosystem", "npm"), 0);
  EXPECT_EQ(records("exploited", "yes"), 2);  // CVE-1 in both sources
  EXPECT_EQ(records("listed", "kev"), 2);
  EXPECT_EQ(records("listed", "kev_eu"), 0);
  EXPECT_EQ(records("tombstones", "yes"), 4);
  EXPECT_EQ(records("score", "0.1"), 0);
  EXPECT_EQ(records("epss", "0"), 0);
  EXPECT_EQ(records("until", "1999-12-31"), 0);  // nobody says when the one of KEV was published
  EXPECT_EQ(records("until", "2024-12-31"), 2);
  EXPECT_EQ(records("limit", "1"), 3);
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"source", "x"},
                                                        {"score", "x"},
                                                        {"score", "7.55"},
                                                        {"score", ".5"},
                                                        {"score", "7."},
                                                        {"score", "-1"},
                                                        {"epss", "1e3"},
                                                        {"from", "yesterday"},
                                                        {"until", "x"},
                                                        {"exploited", "1"},
                                                        {"listed", "osv"},
                                                        {"tombstones", "x"},
                                                        {"limit", "501"},
                                                        {"offset", "100001"}}) {
    EXPECT_EQ(blamed(search, {.parameters = {{name, value}}}), name) << value;
  }
}

TEST_F(Compat, ManyPackagesAreMatchedInOneQuestion) {
  const std::string body =
      R"({"queries":[{"purl":"pkg:pypi/jinja2@2.5"},{"ecosystem":"PyPI","name":"jinja2","version":"9"},)"
      R"({"cpe":"cpe:2.3:a:x:y:1:*:*:*:*:*:*:*"}],"near_misses":true})";
  const json::Value results = tree(match_packages, {.body = body}).at("results");
  ASSERT_EQ(results.as_array().size(), 3U);
  EXPECT_EQ(results.at(0).at("findings").at(0).at("id").as_string(), "B-1");
  EXPECT_EQ(results.at(0).at("findings").at(0).at("fixed_in").as_string(), "3.0");
  EXPECT_EQ(results.at(0).at("near_misses").at(0).at("id").as_string(), "A-1");
  EXPECT_EQ(results.at(1).at("near_misses").as_array().size(), 2U);
  EXPECT_TRUE(results.at(2).at("findings").as_array().empty());
  struct Bad {
    std::string body;
    std::string where;
  };
  for (const Bad& bad :
       {Bad{R"({"queries":[{}]})", "/queries/0"},
        Bad{R"({"queries":[{"purl":"x"}]})", "/queries/0"},
        Bad{R"({"queries":[{"purl":"pkg:npm/a"},{"ecosystem":"Strange","name":"a"}]})",
            "/queries/1"},
        Bad{R"({"queries":[{"ecosystem":"npm"}]})", "/queries/0"},
        Bad{R"({"queries":[{"purl":"pkg:npm/a","cpe":"cpe:/a:b:c"}]})", "/queries/0"},
        Bad{R"({"queries":[{"purl":7}]})", "/queries/0/purl"}, Bad{R"({"query":[]})", "/query"},
        Bad{R"({"queries":[],"near_misses":1})", "/near_misses"}}) {
    EXPECT_EQ(blamed(match_packages, {.body = bad.body}), bad.where) << bad.body;
  }
}

TEST_F(Compat, AFindingSaysWhatOtherSourcesKnowOfTheVulnerability) {
  take(
      R"({"cve":{"id":"CVE-1","published":"2024-01-01T00:00:00","lastModified":"2024-01-01T00:00:00",)"
      R"("descriptions":[],"references":[],"metrics":{"cvssMetricV31":[{"source":"n","type":"Primary",)"
      R"("cvssData":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",)"
      R"("baseScore":9.8,"baseSeverity":"CRITICAL"}}]}}})"
      "\n"
      R"({"cveID":"CVE-1","euvdID":"EUVD-1"})");
  const std::string body = R"({"queries":[{"purl":"pkg:pypi/jinja2@1.0"}]})";
  const json::Value found = tree(match_packages, {.body = body}).at("results").at(0).at("findings");
  ASSERT_EQ(found.as_array().size(), 2U);
  EXPECT_EQ(found.at(0).at("id").as_string(), "A-1");  // which says nothing of a score
  EXPECT_EQ(found.at(0).at("score").as_double(), 9.8);
  EXPECT_EQ(json::canonical(found.at(0).at("listed")), R"(["kev","kev_eu"])");
  EXPECT_FALSE(found.at(1).as_object().contains("score"));
}

TEST_F(Compat, AnInventoryIsMatched) {
  const std::string inventory =
      R"({"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[)"
      R"({"type":"library","name":"jinja2","version":"2.5","purl":"pkg:pypi/jinja2@2.5"}]})";
  const json::Value report = tree(match_inventory, {.body = inventory});
  ASSERT_EQ(report.at("findings").as_array().size(), 1U);
  EXPECT_EQ(report.at("findings").at(0).at("id").as_string(), "B-1");
  EXPECT_TRUE(report.at("near_misses").as_array().empty());
  EXPECT_EQ(tree(match_inventory, {.body = inventory, .parameters = {{"near_misses", "yes"}}})
                .at("near_misses")
                .as_array()
                .size(),
            1U);
  EXPECT_EQ(tree(match_inventory, {.body = inventory, .parameters = {{"form", "sarif"}}})
                .at("version")
                .as_string(),
            "2.1.0");
  EXPECT_EQ(tree(match_inventory, {.body = inventory, .parameters = {{"form", "vex"}}})
                .at("bomFormat")
                .as_string(),
            "CycloneDX");
  EXPECT_EQ(blamed(match_inventory, {.body = inventory, .parameters = {{"form", "table"}}}),
            "form");
  EXPECT_FALSE(asked(match_inventory, {.body = "{}"}));
}

TEST_F(Compat, WhatIsNotThereIsUnavailableUntilItIs) {
  const std::string path = (folder_ / "later.db").string();
  Public records(path);
  EXPECT_EQ(records.refresh().error().code, Code::not_found);
  EXPECT_EQ(records.ask(search, {}).error().code, Code::unavailable);
  EXPECT_FALSE(fs::exists(path));  // asking makes nothing
  const auto db = *catalog::open(path, catalog::Use::import);
  ASSERT_TRUE(records.refresh());
  const auto count = [&] {
    return json::parse((*records.ask(search, {}))->answer.body)->at("records").as_int64();
  };
  EXPECT_EQ(count(), 0);
  ASSERT_TRUE(catalog::import(*db, clock_, {.name = "x.ndjson", .bytes = first_}));
  EXPECT_EQ((*records.ask(osv_vulnerability, {.id = "A-1"}))->answer.body, first_);  // at once
  EXPECT_EQ(count(), 0);  // search follows
  ASSERT_TRUE(records.refresh());
  EXPECT_EQ(count(), 1);
}

TEST_F(Compat, AnAnswerIsKeptUntilSomethingIsImported) {
  Public records((folder_ / "public.db").string());
  ASSERT_TRUE(records.refresh());
  const Given cve{.id = "CVE-1"};
  const auto first = *records.ask(vulnerability, cve);
  EXPECT_EQ(*records.ask(vulnerability, cve), first);  // the very same
  const Given other{.id = "CVE-1", .parameters = {{"a", "bc"}}};
  EXPECT_NE(*records.ask(vulnerability, other), first);
  take("#score_date:2026-01-01\ncve,epss,percentile\nCVE-1,0.25,0.9\n", "e.csv");
  const auto later = *records.ask(vulnerability, cve);  // no record has changed, but a score
  EXPECT_NE(later->tag, first->tag);
  EXPECT_NE(later->answer.body.find("0.25"), std::string::npos);
  const std::string body(kMostKeptQuestionBytes + 1, ' ');
  const Given large{.body = body};
  EXPECT_NE(*records.ask(osv_query, large), *records.ask(osv_query, large));
}

TEST_F(Compat, ADeskForgetsWhatHasChanged) {
  Desk desk;
  const std::string body = R"({"queries":[{"purl":"pkg:pypi/jinja2@2.5"}]})";
  const auto title = [&] {
    const store::ReadTx tx = *db_->read();
    EXPECT_TRUE(desk.turn_to(tx.operator*()));
    EXPECT_EQ(lookup(*tx, advisory::Source::kev)("PyPI:jinja2")->size(), 0U);
    EXPECT_EQ(lookup(*tx)("PyPI:jinja2")->size(), 2U);
    const auto answer = match_packages(desk, {.body = body});
    return json::canonical(
        json::parse(answer->body)->at("results").at(0).at("findings").at(0).at("title"));
  };
  EXPECT_EQ(title(), R"("")");
  take(record_of("B-1", R"(,"summary":"new")" + affects("PyPI", "jinja2", "3.0"), 2));
  EXPECT_EQ(title(), R"("new")");
}

}  // namespace
}  // namespace weir::compat
