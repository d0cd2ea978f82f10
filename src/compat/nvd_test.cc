// The NVD API 2.0: every parameter against records of each form, and the shape of what comes back.
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/json.h"
#include "catalog/import.h"
#include "compat/desk.h"
#include "compat/nvd_api.h"
#include "compat/nvd_body.h"
#include "compat/nvd_cpe.h"
#include "compat/nvd_names.h"
#include "compat/nvd_scores.h"
#include "compat/public.h"

namespace weir::compat {
namespace {

namespace fs = std::filesystem;
using advisory::Source;

// Two records of NVD 1.1, one of 2.0, two CVE records; the third CVE has both a CVE record and one
// of NVD, which is shown.
constexpr std::string_view kAnvil =
    R"({"cve":{"CVE_data_meta":{"ID":"CVE-2020-0001","ASSIGNER":"cna@anvil.example"},)"
    R"("problemtype":{"problemtype_data":[{"description":[{"lang":"en","value":"CWE-79"}]},)"
    R"({"description":[]}]},"references":{"reference_data":[{"url":"https://anvil.example/1",)"
    R"("name":"x","refsource":"MISC","tags":["Patch"]},{"url":"no url","tags":[]}]},)"
    R"("description":{"description_data":[{"lang":"en","value":"Anvils fall on heads."}]}},)"
    R"("configurations":{"nodes":[{"operator":"OR","cpe_match":[{"vulnerable":true,)"
    R"("cpe23Uri":"cpe:2.3:a:anvil:press:*:*:*:*:*:*:*:*","versionStartIncluding":"1.0",)"
    R"("versionEndExcluding":"2.0"}]},{"operator":"AND","children":[{"operator":"OR","cpe_match":[)"
    R"({"vulnerable":true,"cpe23Uri":"cpe:2.3:o:anvil:firmware:3.1:*:*:*:*:*:*:*"}]},)"
    R"({"operator":"OR","cpe_match":[{"vulnerable":false,)"
    R"("cpe23Uri":"cpe:2.3:h:anvil:box:-:*:*:*:*:*:*:*"}]}]}]},"impact":{"baseMetricV3":{"cvssV3":)"
    R"({"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",)"
    R"("baseScore":9.8,"baseSeverity":"CRITICAL"},"exploitabilityScore":3.9,"impactScore":5.9},)"
    R"("baseMetricV2":{"cvssV2":{"version":"2.0","vectorString":"AV:N/AC:L/Au:N/C:P/I:P/A:P",)"
    R"("baseScore":7.5},"severity":"HIGH","obtainAllPrivilege":false}},)"
    R"("publishedDate":"2020-01-10T10:15Z","lastModifiedDate":"2020-02-10T10:15Z"})";
constexpr std::string_view kRejected =
    R"({"cve":{"CVE_data_meta":{"ID":"CVE-2020-0002","ASSIGNER":"cve@mitre.org"},)"
    R"("description":{"description_data":[{"lang":"en","value":"** REJECT ** no flaw"}]}},)"
    R"("publishedDate":"2020-03-10T10:15Z","lastModifiedDate":"2020-03-10T10:15Z"})";
constexpr std::string_view kBell =
    R"({"cve":{"id":"CVE-2021-0003","sourceIdentifier":"cna@bell.example","published":)"
    R"("2021-01-10T10:15:00.000","lastModified":"2021-01-11T10:15:00.000","vulnStatus":"Analyzed",)"
    R"("descriptions":[{"lang":"en","value":"Bells ring\u0021 heads up"}],"metrics":{},"references":[]}})";
constexpr std::string_view kBellCve =
    R"({"dataType":"CVE_RECORD","cveMetadata":{"cveId":"CVE-2021-0003","state":"PUBLISHED",)"
    R"("assignerShortName":"bell"},"containers":{"cna":{}}})";
constexpr std::string_view kCup =
    R"({"dataType":"CVE_RECORD","cveMetadata":{"cveId":"CVE-2025-0004","state":"PUBLISHED",)"
    R"("assignerShortName":"cup","datePublished":"2025-05-01T00:00:00Z","dateUpdated":)"
    R"("2025-05-02T00:00:00.000Z"},"containers":{"cna":{"providerMetadata":{"shortName":"cup"},)"
    R"("descriptions":[{"lang":"en","value":"Cups leak."}],"metrics":[{"cvssV4_0":{"version":"4.0",)"
    R"("vectorString":"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",)"
    R"("baseScore":9.3,"baseSeverity":"CRITICAL"}}],"problemTypes":[{"descriptions":[{"lang":"en",)"
    R"("cweId":"CWE-401","description":"leak"}]}],"references":[{"url":"https://cup.example",)"
    R"("tags":["patch","x_other"]}],"cpeApplicability":[{"operator":"AND","nodes":[{"operator":"OR",)"
    R"("cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:cup:cup:1.0:*:*:*:*:*:*:*"}]}]}]},)"
    R"("adp":[{"providerMetadata":{"shortName":"CISA-ADP"},"metrics":[{"cvssV3_1":{"version":"3.1",)"
    R"("vectorString":"CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N","baseScore":4.0}}]}]}})";
constexpr std::string_view kKev =
    R"({"cveID":"CVE-2020-0001","vendorProject":"Anvil","product":"Press","vulnerabilityName":"Fall",)"
    R"("dateAdded":"2022-03-25","dueDate":"2022-04-15","requiredAction":"Mind your head."})";

class Nvd : public ::testing::Test {
 protected:
  Nvd() : folder_(fs::temp_directory_path() / fmt::format("weir-nvd-{}", ::getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    db_ = *catalog::open((folder_ / "public.db").string(), catalog::Use::import);
    for (const std::string_view record : {kAnvil, kRejected, kBellCve, kBell, kCup, kKev}) {
      take(record);
    }
  }
  ~Nvd() override {
    db_.reset();
    fs::remove_all(folder_);
  }
  void take(std::string_view line, std::optional<Source> source = std::nullopt) {
    const auto outcome = catalog::import(
        *db_, clock_, {.name = "x.ndjson", .bytes = std::string(line)}, {.only = source});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->rejected, 0U) << line;
    clock_.advance(std::chrono::hours(24));
  }
  Answer ask(Ask ask, std::string_view query) {
    Given given;
    while (!query.empty()) {
      const std::size_t end = std::min(query.find('&'), query.size());
      const std::string_view one = query.substr(0, end);
      query.remove_prefix(std::min(end + 1, query.size()));
      const std::size_t equal = std::min(one.find('='), one.size());
      given.parameters.emplace_back(one.substr(0, equal),
                                    one.substr(std::min(equal + 1, one.size())));
    }
    Public records((folder_ / "public.db").string());
    EXPECT_TRUE(records.refresh());
    const auto told = records.ask(ask, given);
    EXPECT_TRUE(told) << text(told.error());
    return told ? (*told)->answer : Answer{};
  }
  json::Value tree(Ask ask, std::string_view query) {
    const Answer answer = this->ask(ask, query);
    EXPECT_EQ(answer.status, 200) << query << " " << answer.message;
    return answer.status == 200 ? *json::parse(answer.body) : json::Value(json::Object());
  }
  /// "1 3" for the CVEs that come, by the ends of their ids; then " of " and totalResults.
  std::string found(std::string_view query) {
    const json::Value answer = tree(nvd_cves, query);
    std::string ids;
    for (const json::Value& one : answer.at("vulnerabilities").as_array()) {
      const std::string id(one.at("cve").at("id").as_string());
      ids += id.back();
      ids += ' ';
    }
    return ids + fmt::format("of {}", answer.at("totalResults").to_number<int>());
  }

  std::optional<catalog::VersionId> find_version(std::string_view cve) {
    const auto found = *catalog::find_cve(**db_->read(), cve);
    return found ? std::optional(found->version) : std::nullopt;
  }

  fs::path folder_;
  ManualClock clock_{Instant{1'700'000'000'000}};
  std::unique_ptr<store::Db> db_;
};

TEST_F(Nvd, EveryParameterSelectsWhatItSays) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "1 2 3 4 of 4"},
      {"resultsPerPage=2", "1 2 of 4"},
      {"resultsPerPage=2&startIndex=2", "3 4 of 4"},
      {"startIndex=4", "of 4"},
      {"cveId=CVE-2020-0001", "1 of 1"},
      {"cveId=cve-2020-0001", "1 of 1"},
      {"cveId=CVE-2020-9999", "of 0"},
      {"cveIds=CVE-2021-0003,cve-2020-0001,CVE-2020-9999,CVE-2020-0001", "1 3 of 2"},
      {"cveId=CVE-2020-0002&noRejected", "of 0"},
      {"noRejected", "1 3 4 of 3"},
      {"noRejected=", "1 3 4 of 3"},
      {"noRejected=True", "1 3 4 of 3"},
      {"hasKev", "1 of 1"},
      {"kevStartDate=2022-03-01T00:00:00.000&kevEndDate=2022-04-01T00:00:00.000", "1 of 1"},
      {"kevStartDate=2022-04-01T00:00:00.000&kevEndDate=2022-05-01T00:00:00.000", "of 0"},
      {"cweId=CWE-79", "1 of 1"},
      {"cweId=CWE-401", "4 of 1"},
      {"cweId=CWE-7", "of 0"},
      {"sourceIdentifier=cna@anvil.example", "1 of 1"},
      {"sourceIdentifier=bell", "of 0"},   // NVD's record is shown, which says another name
      {"keywordSearch=head", "1 3 of 2"},  // each word may be a beginning
      {"keywordSearch=eads", "of 0"},
      {"keywordSearch=fall anvil", "1 of 1"},
      {"keywordSearch=fall anvil&keywordExactMatch", "of 0"},
      {"keywordSearch=Anvils fall&keywordExactMatch", "1 of 1"},
      {"keywordSearch=!?", "of 0"},
      {"keywordSearch=cups\"", "4 of 1"},
      {"cvssV2Severity=HIGH", "1 of 1"},
      {"cvssV2Severity=LOW", "of 0"},
      {"cvssV2Metrics=AV:N/AC:L", "1 of 1"},
      {"cvssV3Severity=CRITICAL", "1 of 1"},
      {"cvssV3Severity=medium", "4 of 1"},
      {"cvssV3Metrics=AV:L", "4 of 1"},
      {"cvssV3Metrics=CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "1 of 1"},
      {"cvssV3Metrics=AV:L/C:H", "of 0"},
      {"cvssV3Metrics=AV:L&cvssV3Severity=LOW", "of 0"},
      {"cvssV4Severity=CRITICAL", "4 of 1"},
      {"pubStartDate=2020-01-10T10:15:00.000&pubEndDate=2020-03-10T10:15:00.000", "1 2 of 2"},
      {"pubStartDate=2020-01-10T10:15:00.001&pubEndDate=2020-03-10T10:14:59.999", "of 0"},
      {"pubStartDate=2020-01-10T11:15:00.000+01:00&pubEndDate=2020-01-10T11:15:00.000 01:00",
       "1 of 1"},
      {"lastModStartDate=2020-02-01T00:00:00Z&lastModEndDate=2020-03-01T00:00:00Z", "1 of 1"},
      {"cpeName=cpe:2.3:a:anvil:press:1.5:*:*:*:*:*:*:*", "1 of 1"},
      {"cpeName=cpe:2.3:a:anvil:press:1.0:*:*:*:*:*:*:*", "1 of 1"},
      {"cpeName=cpe:2.3:a:anvil:press:2.0:*:*:*:*:*:*:*", "of 0"},
      {"cpeName=cpe:2.3:h:anvil:box:-:*:*:*:*:*:*:*", "1 of 1"},
      {"cpeName=cpe:2.3:h:anvil:box:-:*:*:*:*:*:*:*&isVulnerable", "of 0"},
      {"cpeName=cpe:2.3:a:anvil:press:1.5:*:*:*:*:*:*:*&isVulnerable", "1 of 1"},
      {"cpeName=cpe:2.3:o:anvil:press:1.5:*:*:*:*:*:*:*", "of 0"},
      {"virtualMatchString=cpe:2.3:a:anvil:press", "1 of 1"},
      {"virtualMatchString=cpe:2.3:*:anvil", "1 of 1"},
      {"cpeName=cpe:2.3:a:cup:cup:1.0:*:*:*:*:*:*:*&virtualMatchString=cpe:2.3:*:anvil", "4 of 1"},
      {"CVEID=CVE-2020-0001&norejected", "1 of 1"},
      {"virtualMatchString=cpe:2.3:*:*:cup", "4 of 1"},
      {"virtualMatchString=cpe:2.3:*:*:cu?", "4 of 1"},
      {"virtualMatchString=cpe:2.3:a:anvil:press&versionStart=2.0&versionStartType=including",
       "of 0"},
      {"virtualMatchString=cpe:2.3:a:anvil:press&versionStart=1.9&versionStartType=including",
       "1 of 1"},
      {"virtualMatchString=cpe:2.3:a:anvil:press&versionEnd=1.0&versionEndType=including",
       "1 of 1"},
      {"virtualMatchString=cpe:2.3:a:anvil:press&versionEnd=1.0&versionEndType=excluding", "of 0"},
      {"cveId=CVE-2020-0001&cpeName=cpe:2.3:a:cup:cup:1.0:*:*:*:*:*:*:*", "of 0"},
  };
  for (const auto& [query, answer] : cases) {
    EXPECT_EQ(found(query), answer) << query;
  }
}

TEST_F(Nvd, WhatIsWrongIs404WithTheReasonInTheHeader) {
  for (const char* query :
       {"nonsense=1",
        "hasKev&haskev",
        "hasOval=1",
        "cveTag=",
        "cveTag=x_open-source",
        "cveId=CVE-1",
        "cveId=",
        "cveIds=",
        "cveIds=CVE-2020-0001,",
        "cveId=CVE-2020-0001&cveIds=CVE-2020-0001",
        "resultsPerPage=0",
        "resultsPerPage=2001",
        "startIndex=-1",
        "noRejected=1",
        "hasKev=no",
        "pubStartDate=2020-01-10T10:15:00.000",
        "pubEndDate=2020-01-10T10:15:00.000",
        "pubStartDate=yesterday&pubEndDate=2020-01-10T10:15:00.000",
        "pubStartDate=2020-01-10T00:00:00.000&pubEndDate=2020-05-09T00:00:00.001",
        "pubStartDate=2020-01-10T00:00:00.001&pubEndDate=2020-01-10T00:00:00.000",
        "keywordExactMatch",
        "cvssV3Severity=BAD",
        "cvssV2Severity=CRITICAL",
        "cvssV3Metrics=",
        "cvssV3Metrics=AV",
        "cvssV2Severity=LOW&cvssV3Severity=LOW",
        "cweId=79",
        "cweId=NVD-CWE-",
        "sourceIdentifier=",
        "cpeName=x",
        "cpeName=cpe:2.3:a:anvil:press",
        "isVulnerable",
        "cpeName=cpe:2.3:a:a:b:1&virtualMatchString=cpe:2.3:a:a&isVulnerable",
        "virtualMatchString=cpe:2.3:a",
        "virtualMatchString=cpe:2.3:a:anvil:press&versionStart=1",
        "virtualMatchString=cpe:2.3:a:anvil:press:1&versionStart=1&versionStartType=including",
        "virtualMatchString=cpe:2.3:a:anvil:press&versionStart=1&versionStartType=both",
        "versionStart=1&versionStartType=including"}) {
    const Answer answer = ask(nvd_cves, query);
    EXPECT_EQ(answer.status, 404) << query;
    EXPECT_EQ(answer.body, "") << query;
    EXPECT_NE(answer.message, "") << query;
  }
  EXPECT_EQ(ask(nvd_history, "eventName=Nothing").status, 404);
  EXPECT_EQ(ask(nvd_cpes, "").status, 404);
  EXPECT_EQ(ask(nvd_match_strings, "").status, 404);
}

TEST_F(Nvd, ARecordOfForm20IsItsBytes) {
  const Answer answer = ask(nvd_cves, "cveId=CVE-2021-0003");
  EXPECT_NE(answer.body.find("\"vulnerabilities\":[" + std::string(kBell) + "]"),
            std::string::npos);
}

TEST_F(Nvd, ARecordOfForm11BecomesAnItem) {
  const json::Value answer = tree(nvd_cves, "cveId=CVE-2020-0001");
  EXPECT_EQ(answer.at("format").as_string(), "NVD_CVE");
  EXPECT_EQ(answer.at("resultsPerPage").to_number<int>(), 1);
  const json::Value& cve = answer.at("vulnerabilities").at(0).at("cve");
  EXPECT_EQ(cve.at("sourceIdentifier").as_string(), "cna@anvil.example");
  EXPECT_EQ(cve.at("published").as_string(), "2020-01-10T10:15:00.000");
  EXPECT_EQ(cve.at("lastModified").as_string(), "2020-02-10T10:15:00.000");
  EXPECT_EQ(cve.at("vulnStatus").as_string(), "Analyzed");
  EXPECT_EQ(cve.at("evaluatorComment").as_string(), "Made by Weir from NVD's record of form 1.1.");
  EXPECT_EQ(cve.at("cisaActionDue").as_string(), "2022-04-15");
  EXPECT_EQ(json::canonical(cve.at("references")),
            R"([{"source":"cna@anvil.example","tags":["Patch"],"url":"https://anvil.example/1"}])");
  EXPECT_EQ(json::canonical(cve.at("weaknesses")),
            R"([{"description":[{"lang":"en","value":"CWE-79"}],"source":"nvd@nist.gov",)"
            R"("type":"Primary"}])");
  const json::Value& metrics = cve.at("metrics");
  EXPECT_EQ(metrics.at("cvssMetricV31").at(0).at("impactScore").to_number<double>(), 5.9);
  EXPECT_EQ(metrics.at("cvssMetricV2").at(0).at("baseSeverity").as_string(), "HIGH");
  const json::Array& configurations = cve.at("configurations").as_array();
  ASSERT_EQ(configurations.size(), 2U);
  EXPECT_FALSE(configurations[0].as_object().contains("operator"));
  const json::Value& match = configurations[0].at("nodes").at(0).at("cpeMatch").at(0);
  EXPECT_EQ(match.at("versionEndExcluding").as_string(), "2.0");
  EXPECT_EQ(match.at("matchCriteriaId").as_string().size(), 36U);
  EXPECT_EQ(configurations[1].at("operator").as_string(), "AND");
  EXPECT_EQ(configurations[1].at("nodes").as_array().size(), 2U);
}

TEST_F(Nvd, ACveRecordBecomesAnItemUntilNvdHasOne) {
  const json::Value answer = tree(nvd_cves, "cveId=CVE-2025-0004");
  const json::Value& cve = answer.at("vulnerabilities").at(0).at("cve");
  EXPECT_EQ(cve.at("vulnStatus").as_string(), "Received");
  EXPECT_EQ(cve.at("sourceIdentifier").as_string(), "cup");
  EXPECT_EQ(cve.at("evaluatorComment").as_string(),
            "Made by Weir from the CVE record; NVD has none here.");
  EXPECT_EQ(cve.at("metrics").at("cvssMetricV40").at(0).at("source").as_string(), "cup");
  EXPECT_EQ(cve.at("metrics").at("cvssMetricV31").at(0).at("source").as_string(), "CISA-ADP");
  EXPECT_EQ(json::canonical(cve.at("references")),
            R"([{"source":"cup","tags":["Patch"],"url":"https://cup.example"}])");
  EXPECT_EQ(cve.at("configurations").at(0).at("operator").as_string(), "AND");

  std::string by_nvd(kBell);
  by_nvd.replace(by_nvd.find("CVE-2021-0003"), 13, "CVE-2025-0004");
  take(by_nvd);
  EXPECT_EQ(found(""), "1 2 3 4 of 4");  // each stays where it is
  EXPECT_EQ(found("cweId=CWE-401"), "of 0");
  EXPECT_EQ(found("cvssV4Severity=CRITICAL"), "of 0");
  EXPECT_EQ(found("sourceIdentifier=cna@bell.example"), "3 4 of 2");
  take(R"({"feed_time":"2026-01-01T00:00:00Z","op":"D","id":"CVE-2025-0004"})", Source::nvd);
  EXPECT_EQ(found("cweId=CWE-401"), "4 of 1");
  EXPECT_EQ(found("sourceIdentifier=cna@bell.example"), "3 of 1");
  take(R"({"feed_time":"2026-01-02T00:00:00Z","op":"D","id":"CVE-2025-0004"})", Source::cve);
  EXPECT_EQ(found(""), "1 2 3 of 3");
  EXPECT_EQ(found("cveId=CVE-2025-0004"), "of 0");
}

TEST_F(Nvd, HistoryTellsWhatCameInAndWhen) {
  std::string changed(kBell);
  changed.replace(changed.find("ring"), 4, "sing");
  take(changed);
  std::string rejected = changed;
  rejected.replace(rejected.find("Analyzed"), 8, "Rejected");
  rejected.replace(rejected.find("11T10"), 2, "13");
  take(rejected);
  const json::Value all = tree(nvd_history, "");
  EXPECT_EQ(all.at("format").as_string(), "NVD_CVEHistory");
  EXPECT_EQ(all.at("totalResults").to_number<int>(), 7);
  EXPECT_EQ(tree(nvd_history, "cveId=CVE-2021-0003").at("totalResults").to_number<int>(), 4);
  EXPECT_EQ(tree(nvd_history, "eventName=New CVE Received").at("totalResults").to_number<int>(), 5);
  EXPECT_EQ(tree(nvd_history, "eventName=CVE Rejected").at("totalResults").to_number<int>(), 1);
  EXPECT_EQ(tree(nvd_history, "eventName=CVE Unrejected").at("totalResults").to_number<int>(), 0);
  EXPECT_EQ(tree(nvd_history, "eventName=Reanalysis").at("totalResults").to_number<int>(), 0);
  const json::Value modified = tree(nvd_history, "eventName=CVE Modified");
  ASSERT_EQ(modified.at("cveChanges").as_array().size(), 1U);
  const json::Value& change = modified.at("cveChanges").at(0).at("change");
  EXPECT_EQ(change.at("cveId").as_string(), "CVE-2021-0003");
  EXPECT_EQ(change.at("created").as_string(), "2023-11-20T22:13:20.000");
  EXPECT_EQ(change.at("sourceIdentifier").as_string(), "nvd@nist.gov");
  EXPECT_EQ(change.at("cveChangeId").as_string().size(), 36U);
  const json::Value& detail = change.at("details").at(0);
  EXPECT_EQ(detail.at("type").as_string(), "/cve/descriptions/0/value");
  EXPECT_EQ(detail.at("action").as_string(), "Changed");
  EXPECT_EQ(detail.at("newValue").as_string(), "\"Bells sing! heads up\"");
  const std::string day =
      "changeStartDate=2023-11-20T00:00:00.000&changeEndDate=2023-11-20T23:00:00Z";
  EXPECT_EQ(tree(nvd_history, day).at("totalResults").to_number<int>(), 1);
  EXPECT_EQ(tree(nvd_history, "resultsPerPage=2&startIndex=6").at("cveChanges").as_array().size(),
            1U);
}

TEST_F(Nvd, NamesAndCriteriaAreThoseThatRecordsUse) {
  const json::Value names = tree(nvd_cpes, "cpeMatchString=cpe:2.3:*:anvil");
  ASSERT_EQ(names.at("totalResults").to_number<int>(), 2);
  const json::Value& box = names.at("products").at(0).at("cpe");
  EXPECT_EQ(box.at("cpeName").as_string(), "cpe:2.3:h:anvil:box:-:*:*:*:*:*:*:*");
  EXPECT_EQ(box.at("created").as_string(), "2020-01-10T10:15:00.000");
  EXPECT_FALSE(box.at("deprecated").as_bool());
  EXPECT_EQ(tree(nvd_cpes, "keywordSearch=firm anv").at("totalResults").to_number<int>(), 1);
  EXPECT_EQ(tree(nvd_cpes, "keywordSearch=anvil firmware&keywordExactMatch")
                .at("totalResults")
                .to_number<int>(),
            1);
  EXPECT_EQ(tree(nvd_cpes,
                 "keywordSearch=anvil&cpeNameId=" + std::string(box.at("cpeNameId").as_string()))
                .at("totalResults")
                .to_number<int>(),
            1);
  const json::Value criteria = tree(nvd_match_strings, "cveId=CVE-2025-0004");
  ASSERT_EQ(criteria.at("totalResults").to_number<int>(), 1);
  const json::Value& one = criteria.at("matchStrings").at(0).at("matchString");
  EXPECT_EQ(one.at("criteria").as_string(), "cpe:2.3:a:cup:cup:1.0:*:*:*:*:*:*:*");
  EXPECT_EQ(one.at("matches").at(0).at("cpeName").as_string(),
            "cpe:2.3:a:cup:cup:1.0:*:*:*:*:*:*:*");
  EXPECT_EQ(tree(nvd_match_strings, "matchStringSearch=cpe:2.3:a:anvil:press")
                .at("totalResults")
                .to_number<int>(),
            1);
}

TEST_F(Nvd, PartsThatItsRoutesShare) {
  const store::ReadTx tx = *db_->read();
  Desk desk;
  ASSERT_TRUE(desk.turn_to(*tx));
  const auto cpe = *read_cpe("cpe:2.3:*:anvil", "x");
  EXPECT_EQ(*keys_of(desk, cpe, "x"),
            (std::vector<std::string>{"cpe:anvil:box", "cpe:anvil:firmware", "cpe:anvil:press"}));
  EXPECT_EQ(keys_of(desk, {}, "x").error().where, "x");
  int criteria = 0;
  EXPECT_TRUE(
      each_criterion(desk, {"cpe:anvil:press"}, [&](const catalog::Candidate& one) -> Status {
        EXPECT_EQ(one.id, "CVE-2020-0001");
        EXPECT_EQ(stretch_of(version::CpeValue{}).from, std::nullopt);
        ++criteria;
        return {};
      }));
  EXPECT_EQ(criteria, 1);
  EXPECT_EQ(versions_of_cpe_name(desk, "cpe:2.3:a:anvil:press:1.0", Vulnerable::any)->size(), 1U);
  EXPECT_EQ(versions_of_match_string(desk, "cpe:2.3:a:anvil", {}, {})->size(), 1U);
  EXPECT_EQ(nvd_item(desk, {"CVE-2021-0003", *find_version("CVE-2021-0003"), Source::nvd}), kBell);
  EXPECT_EQ(*nvd_envelope(desk, {3, 9}, 1, 7, "F", "list", "{}"),
            R"({"resultsPerPage":1,"startIndex":3,"totalResults":7,"format":"F","version":"2.0",)"
            R"("timestamp":"2023-11-19T22:13:20.000","list":[{}]})");
}

TEST(NvdParameters, AreReadOrRefusedWithTheirName) {
  const Given given{.parameters = {{"flag", ""},
                                   {"set", "true"},
                                   {"wrong", "1"},
                                   {"from", "2020-01-01"},
                                   {"to", "2020-04-30"},
                                   {"resultsPerPage", "5"}}};
  EXPECT_TRUE(*read_nvd_flag(given, "flag") && *read_nvd_flag(given, "set"));
  EXPECT_FALSE(*read_nvd_flag(given, "absent"));
  EXPECT_EQ(read_nvd_flag(given, "wrong").error().where, "wrong");
  EXPECT_EQ(
      (*read_nvd_span(given, "from", "to"))->until - (*read_nvd_span(given, "from", "to"))->from,
      std::chrono::days(120));
  EXPECT_EQ(*read_nvd_span(given, "a", "b"), std::nullopt);
  EXPECT_EQ(read_nvd_page(given, 5)->size, 5U);
  EXPECT_EQ(read_nvd_page(given, 4).error().where, "resultsPerPage");
  EXPECT_FALSE(nvd_parameters(given, {"flag"}));
  EXPECT_TRUE(nvd_parameters(given, {"flag", "set", "wrong", "from", "to", "resultsPerPage"}));
  EXPECT_EQ(nvd_refusal({Code::invalid, "why", "x"})->message, "x: why");
  EXPECT_EQ(nvd_refusal({Code::unavailable, "later"}).error().code, Code::unavailable);
}

TEST(NvdCpe, StretchesMeetAtIncludedEdges) {
  const Stretch low{.until = "1.0"};
  const Stretch high{.from = "1.0"};
  const Stretch beyond{.from = "1.0", .has_from = false};
  EXPECT_TRUE(meet(low, high));
  EXPECT_FALSE(meet(low, beyond));
  EXPECT_TRUE(meet(exactly("1.0"), low));
  EXPECT_FALSE(meet(exactly("1.10"), exactly("1.9")));
  EXPECT_EQ(unquoted("a\\.b"), "a.b");
  const auto cpe = read_cpe("cpe:2.3:a:b", "cpeName");
  ASSERT_TRUE(cpe);
  EXPECT_EQ(without_version(*cpe), *cpe);
  EXPECT_FALSE(read_cpe("b", "cpeName"));
}

TEST(NvdBody, MetricsAreSpelledAsTheirSchemasDo) {
  EXPECT_EQ(spelled("AV:A/AC:M/Au:S/C:N/I:P/A:C"),
            (std::vector<Spelled>{{"accessVector", "ADJACENT_NETWORK"},
                                  {"accessComplexity", "MEDIUM"},
                                  {"authentication", "SINGLE"},
                                  {"confidentialityImpact", "NONE"},
                                  {"integrityImpact", "PARTIAL"},
                                  {"availabilityImpact", "COMPLETE"}}));
  const auto v3 = spelled("CVSS:3.1/AV:P/AC:H/PR:L/UI:R/S:C/C:H/I:N/A:L");
  ASSERT_EQ(v3.size(), 8U);
  EXPECT_EQ(v3[0], (Spelled{"attackVector", "PHYSICAL"}));
  EXPECT_EQ(v3[4], (Spelled{"scope", "CHANGED"}));
  const auto v4 = spelled("CVSS:4.0/AV:A/AC:L/AT:P/PR:N/UI:A/VC:H/VI:H/VA:H/SC:N/SI:N/SA:L");
  ASSERT_EQ(v4.size(), 11U);
  EXPECT_EQ(v4[0], (Spelled{"attackVector", "ADJACENT"}));
  EXPECT_EQ(v4[4], (Spelled{"userInteraction", "ACTIVE"}));
  EXPECT_TRUE(spelled("x").empty());
}

TEST(NvdBody, PartsOfScoresAreThoseThatNvdShows) {
  EXPECT_EQ(sub_scores("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), (SubScores{39, 59}));
  EXPECT_EQ(sub_scores("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"), (SubScores{39, 60}));
  EXPECT_EQ(sub_scores("CVSS:3.0/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N"), (SubScores{23, 27}));
  EXPECT_EQ(sub_scores("CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:N/I:N/A:H"), (SubScores{8, 36}));
  EXPECT_EQ(sub_scores("AV:N/AC:L/Au:N/C:P/I:P/A:P"), (SubScores{100, 64}));
  EXPECT_EQ(sub_scores("AV:L/AC:H/Au:S/C:N/I:N/A:C"), (SubScores{15, 69}));
  EXPECT_FALSE(sub_scores("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"));
  EXPECT_FALSE(sub_scores("x"));
}

TEST(NvdBody, IdsAreDerivedAndTimesHaveNoZone) {
  EXPECT_EQ(derived_uuid("a"), derived_uuid("a"));
  EXPECT_NE(derived_uuid("a"), derived_uuid("b"));
  EXPECT_EQ(derived_uuid("a")[14], '8');
  EXPECT_EQ(nvd_time(Instant{0}), "1970-01-01T00:00:00.000");
  EXPECT_FALSE(nvd_cve_of(json::Value(json::Object{{"id", "A-1"}})));
  EXPECT_TRUE(is_cve_id("CVE-2026-0001"));
  EXPECT_FALSE(is_cve_id("CVE-2026-001"));
  EXPECT_EQ(upper("cve-1"), "CVE-1");
}

}  // namespace
}  // namespace weir::compat
