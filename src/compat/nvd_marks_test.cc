// What CVEs are marked with, from the record to the NVD API: tags, placeholders for a weakness,
// references to alerts, notes and OVAL.
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/json.h"
#include "catalog/import.h"
#include "compat/nvd_api.h"
#include "compat/public.h"

namespace weir::compat {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRecords =
    // NVD 1.1: a tag before the text, a placeholder, and each kind of reference
    R"({"cve":{"CVE_data_meta":{"ID":"CVE-2010-0001","ASSIGNER":"cna@a.example"},"problemtype":{)"
    R"("problemtype_data":[{"description":[{"lang":"en","value":"NVD-CWE-Other"}]}]},"references":{)"
    R"("reference_data":[{"url":"http://www.kb.cert.org/vuls/id/1"},{"url":)"
    R"("http://www.us-cert.gov/cas/techalerts/TA10-001A.html"},{"url":)"
    R"("https://oval.cisecurity.org/repository/search/definition/oval%3Ax"}]},"description":{)"
    R"("description_data":[{"lang":"en","value":"** DISPUTED ** Perhaps."}]}},)"
    R"("publishedDate":"2010-01-10T10:15Z","lastModifiedDate":"2010-02-10T10:15Z"})"
    "\n"
    // NVD 2.0
    R"({"cve":{"id":"CVE-2020-0002","sourceIdentifier":"cna@b.example","published":)"
    R"("2020-01-10T10:15:00.000","lastModified":"2020-01-11T10:15:00.000","vulnStatus":"Analyzed",)"
    R"("cveTags":[{"sourceIdentifier":"cna@b.example","tags":["unsupported-when-assigned",)"
    R"("disputed"]}],"descriptions":[{"lang":"en","value":"B"}],"metrics":{},"weaknesses":[{)"
    R"("source":"nvd@nist.gov","type":"Primary","description":[{"lang":"en","value":)"
    R"("NVD-CWE-noinfo"}]}],"references":[{"url":"https://kb.cert.org/vuls/id/2"}]}})"
    "\n"
    // CVE records
    R"({"dataType":"CVE_RECORD","cveMetadata":{"cveId":"CVE-2025-0003","state":"PUBLISHED",)"
    R"("assignerShortName":"c"},"containers":{"cna":{"tags":["x_cert-note",)"
    R"("exclusively-hosted-service","exclusively-hosted-service"],"references":[{"url":)"
    R"("https://www.cisa.gov/news-events/cybersecurity-advisories/aa24-001a"}]}}})"
    "\n"
    R"({"dataType":"CVE_RECORD","cveMetadata":{"cveId":"CVE-2025-0004","state":"PUBLISHED",)"
    R"("assignerShortName":"d"},"containers":{"cna":{"descriptions":[{"lang":"en","value":"D"}],)"
    R"("references":[{"url":"https://example.org/kb.cert.org/vuls/id/4"}]}}})";

class NvdMarks : public ::testing::Test {
 protected:
  NvdMarks() : folder_(fs::temp_directory_path() / fmt::format("weir-marks-{}", ::getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    const std::string path = (folder_ / "public.db").string();
    ManualClock clock{Instant{1'700'000'000'000}};
    const auto db = *catalog::open(path, catalog::Use::import);
    const auto outcome = catalog::import(
        *db, clock, {.name = "x.ndjson", .bytes = std::string(kRecords)}, {.only = {}});
    EXPECT_TRUE(outcome && outcome->added == 4 && outcome->rejected == 0);
    records_ = std::make_unique<Public>(path);
    EXPECT_TRUE(records_->refresh());
  }
  ~NvdMarks() override { fs::remove_all(folder_); }

  json::Value ask(std::string_view name, std::string_view value) {
    const Given given{.parameters = {{std::string(name), std::string(value)}}};
    const auto told = records_->ask(nvd_cves, given);
    EXPECT_TRUE(told && (*told)->answer.status == 200) << name << "=" << value;
    return told && (*told)->answer.status == 200 ? *json::parse((*told)->answer.body)
                                                 : json::Value(json::Object());
  }
  /// "1 3": the ends of the ids that come.
  std::string found(std::string_view name, std::string_view value) {
    std::string ids;
    for (const json::Value& one : ask(name, value).at("vulnerabilities").as_array()) {
      ids += ids.empty() ? "" : " ";
      ids += one.at("cve").at("id").as_string().back();
    }
    return ids;
  }

  fs::path folder_;
  std::unique_ptr<Public> records_;
};

TEST_F(NvdMarks, SelectAsTheirParametersSay) {
  EXPECT_EQ(found("cveTag", "disputed"), "1 2");
  EXPECT_EQ(found("cveTag", "unsupported-when-assigned"), "2");
  EXPECT_EQ(found("cveTag", "exclusively-hosted-service"), "3");
  EXPECT_EQ(found("hasCertAlerts", ""), "1 3");
  EXPECT_EQ(found("hasCertNotes", ""), "1 2");
  EXPECT_EQ(found("hasoval", ""), "1");
  EXPECT_EQ(found("cweId", "NVD-CWE-Other"), "1");
  EXPECT_EQ(found("cweId", "nvd-cwe-noinfo"), "2");
}

TEST_F(NvdMarks, CountTogether) {
  const auto count = [&](std::vector<std::pair<std::string, std::string>> parameters) {
    const Given given{.parameters = std::move(parameters)};
    return json::parse((*records_->ask(nvd_cves, given))->answer.body)
        ->at("totalResults")
        .to_number<int>();
  };
  EXPECT_EQ(count({{"cveTag", "disputed"}, {"hasCertNotes", ""}}), 2);
  EXPECT_EQ(count({{"cveTag", "disputed"}, {"hasCertNotes", ""}, {"hasOval", ""}}), 1);
  EXPECT_EQ(count({{"cveTag", "exclusively-hosted-service"}, {"hasCertNotes", ""}}), 0);
  EXPECT_EQ(count({{"cweId", "NVD-CWE-Other"}, {"hasCertAlerts", ""}}), 1);
}

TEST_F(NvdMarks, AreShownWhereTheItemIsMadeHere) {
  const auto tags = [&](std::string_view cve) {
    const json::Value answer = ask("cveId", cve);
    const json::Object& item = answer.at("vulnerabilities").at(0).at("cve").as_object();
    return item.contains("cveTags") ? json::canonical(item.at("cveTags")) : "";
  };
  EXPECT_EQ(tags("CVE-2010-0001"), R"([{"sourceIdentifier":"cna@a.example","tags":["disputed"]}])");
  EXPECT_EQ(tags("CVE-2025-0003"),
            R"([{"sourceIdentifier":"c","tags":["exclusively-hosted-service"]}])");
  EXPECT_EQ(tags("CVE-2025-0004"), "");
}

}  // namespace
}  // namespace weir::compat
