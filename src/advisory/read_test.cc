// Records of every form, their envelopes, and what is refused.
#include "advisory/read.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::advisory {
namespace {

Result<Advisory> read(std::string_view json) {
  Reader reader;
  return reader.read(json);
}

TEST(ReadCve, KeepsEveryEntryInItsOrder) {
  const auto read_record = read(R"({
    "containers": {"cna": {"title": "T", "descriptions": [{"lang": "en", "value": "D"}],
      "providerMetadata": {"shortName": "acme"},
      "problemTypes": [{"descriptions": [{"lang": "en", "cweId": "CWE-79"}]}],
      "metrics": [{"cvssV3_1": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}],
      "affected": [{"vendor": "Acme", "product": "Thing", "defaultStatus": "unaffected",
        "cpes": ["cpe:2.3:a:acme:thing:*:*:*:*:*:*:*:*"],
        "versions": [
          {"version": "1.0", "status": "unaffected"},
          {"version": "1", "lessThan": "2", "status": "affected", "versionType": "semver",
           "changes": [{"at": "1.5", "status": "unaffected"}]},
          {"version": "3", "lessThanOrEqual": "3.*", "status": "unknown"},
          {"version": "4", "status": "affected", "changes": [{"at": "5", "status": "unknown"}]}]}],
      "references": [{"url": "https://a"}, {"url": "https://a"}]},
      "adp": [{"providerMetadata": {"shortName": "CISA-ADP"}, "references": [{"url": "https://b"}]}]},
    "dataType": "CVE_RECORD",
    "cveMetadata": {"cveId": "CVE-2024-1", "state": "PUBLISHED", "assignerShortName": "acme",
      "datePublished": "2024-01-02T03:04:05", "dateUpdated": "2024-02-02T03:04:05.678Z"}})");
  ASSERT_TRUE(read_record) << text(read_record.error());
  const Advisory& one = *read_record;
  EXPECT_EQ(one.source, Source::cve);
  EXPECT_EQ(one.id, "CVE-2024-1");
  EXPECT_EQ(one.publisher, "acme");
  EXPECT_EQ(one.title, "T");
  EXPECT_EQ(one.texts, std::vector<std::string>{"D"});
  EXPECT_EQ(one.weaknesses, std::vector<std::string>{"CWE-79"});
  EXPECT_EQ(one.references, (std::vector<std::string>{"https://a", "https://b"}));
  ASSERT_EQ(one.ratings.size(), 1U);
  EXPECT_EQ(one.ratings[0].score, 98);
  EXPECT_EQ(one.ratings[0].by, "acme");
  EXPECT_EQ(to_rfc3339(*one.published), "2024-01-02T03:04:05.000Z");
  EXPECT_EQ(to_rfc3339(*one.modified), "2024-02-02T03:04:05.678Z");
  ASSERT_EQ(one.affected.size(), 1U);
  EXPECT_EQ(one.affected[0].others, Standing::unaffected);
  const std::vector<Range> ranges = {
      {RangeKind::cve, Standing::unaffected, "", "", {{Bound::exact, "1.0"}}},
      {RangeKind::cve,
       Standing::affected,
       "semver",
       "",
       {{Bound::introduced, "1"}, {Bound::fixed, "2"}, {Bound::turns_unaffected, "1.5"}}},
      {RangeKind::cve,
       Standing::unknown,
       "",
       "",
       {{Bound::introduced, "3"}, {Bound::last_affected, "3.*"}}},
      {RangeKind::cve,
       Standing::affected,
       "",
       "",
       {{Bound::introduced, "4"}, {Bound::turns_unknown, "5"}}},
  };
  EXPECT_EQ(one.affected[0].ranges, ranges);
}

TEST(ReadCve, ARejectedRecordIsATombstone) {
  const auto one = read(R"({"dataType": "CVE_RECORD", "cveMetadata": {"cveId": "CVE-2024-2",
    "state": "REJECTED"}, "containers": {"cna": {"rejectedReasons": [{"value": "Never was."}]}}})");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->state, State::rejected);
  EXPECT_EQ(one->texts, std::vector<std::string>{"Never was."});
}

TEST(ReadNvd, NamesThatDifferInTheVersionAreOne) {
  const auto one = read(R"({"cve": {"CVE_data_meta": {"ID": "CVE-2020-1", "ASSIGNER": "a@b"},
      "problemtype": {"problemtype_data": [{"description": [{"lang": "en", "value": "CWE-20"}]}]},
      "references": {"reference_data": [{"url": "http://r"}]},
      "description": {"description_data": [{"lang": "en", "value": "Text"}]}},
    "configurations": {"nodes": [
      {"operator": "OR", "cpe_match": [
        {"vulnerable": true, "cpe23Uri": "cpe:2.3:o:a:b:1.0\\+x:*:*:*:*:*:*:*"},
        {"vulnerable": true, "cpe23Uri": "cpe:2.3:o:a:b:2:*:*:*:*:*:*:*"},
        {"vulnerable": true, "cpe23Uri": "cpe:2.3:o:a:b:*:*:*:*:*:*:*:*",
         "versionStartIncluding": "3", "versionEndExcluding": "4"}]},
      {"operator": "AND", "children": [
        {"operator": "OR", "cpe_match": [{"vulnerable": true, "cpe23Uri": "cpe:2.3:a:c:d:*:*:*:*:*:*:*:*"}]},
        {"operator": "OR", "cpe_match": [{"vulnerable": false, "cpe23Uri": "cpe:2.3:h:e:f:-:*:*:*:*:*:*:*"}]}]}]},
    "impact": {"baseMetricV2": {"cvssV2": {"vectorString": "AV:N/AC:L/Au:N/C:P/I:P/A:P", "baseScore": 1.0}}},
    "publishedDate": "2020-12-31T20:15Z", "lastModifiedDate": "2021-01-01T00:00Z"})");
  ASSERT_TRUE(one) << text(one.error());
  EXPECT_EQ(one->source, Source::nvd);
  EXPECT_EQ(to_rfc3339(*one->published), "2020-12-31T20:15:00.000Z");
  ASSERT_EQ(one->ratings.size(), 1U);
  EXPECT_EQ(one->ratings[0].score, 75);  // from the vector, whatever the record says
  ASSERT_EQ(one->affected.size(), 3U);
  const Affected& first = one->affected[0];
  EXPECT_EQ(first.cpes, std::vector<std::string>{"cpe:2.3:o:a:b:*:*:*:*:*:*:*:*"});
  EXPECT_EQ(first.versions, (std::vector<std::string>{"1.0+x", "2"}));
  ASSERT_EQ(first.ranges.size(), 1U);
  EXPECT_EQ(first.ranges[0].events,
            (std::vector<Event>{{Bound::introduced, "3"}, {Bound::fixed, "4"}}));
  EXPECT_EQ(first.configuration, 0U);
  EXPECT_EQ(one->affected[1].configuration, 1U);
  EXPECT_TRUE(one->affected[1].ranges[0].events.empty());  // every version
  EXPECT_EQ(one->affected[2].configuration, 1U);
  EXPECT_EQ(one->affected[2].standing, Standing::unaffected);
  EXPECT_EQ(one->affected[2].versions, std::vector<std::string>{"-"});
}

TEST(ReadNvd, RejectedIsSaidInTheTextOrInTheStatus) {
  const auto old = read(R"({"cve": {"CVE_data_meta": {"ID": "CVE-1"}, "description":
    {"description_data": [{"value": "** REJECT ** no"}]}}})");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->state, State::rejected);
  const auto now = read(R"({"cve": {"id": "CVE-2", "vulnStatus": "Rejected", "published":
    "2023-07-18T06:46:32.267", "lastModified": "x", "descriptions": [], "references": []}})");
  ASSERT_TRUE(now);
  EXPECT_EQ(now->state, State::rejected);
  EXPECT_EQ(to_rfc3339(*now->published), "2023-07-18T06:46:32.267Z");
  EXPECT_EQ(now->modified, std::nullopt);
}

TEST(ReadNvd, VersionTwoHasConfigurationsWithNodes) {
  const auto one = read(R"({"id": "CVE-3", "vulnStatus": "Analyzed", "metrics": {"cvssMetricV31":
    [{"source": "nvd@nist.gov", "cvssData": {"vectorString":
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}]}, "weaknesses": [{"description": [{"value":
    "NVD-CWE-noinfo"}, {"value": "CWE-89"}]}], "configurations": [{"operator": "AND", "nodes": [
    {"operator": "OR", "cpeMatch": [{"vulnerable": true, "criteria":
    "cpe:2.3:a:x:y:*:*:*:*:*:*:*:*", "versionEndIncluding": "7"}]},
    {"operator": "OR", "negate": true, "cpeMatch": [{"vulnerable": true, "criteria":
    "cpe:2.3:a:x:z:1:*:*:*:*:*:*:*"}]}]}]})");
  ASSERT_TRUE(one) << text(one.error());
  EXPECT_EQ(one->weaknesses, std::vector<std::string>{"CWE-89"});
  ASSERT_EQ(one->affected.size(), 2U);
  EXPECT_EQ(one->affected[0].ranges[0].events, (std::vector<Event>{{Bound::last_affected, "7"}}));
  EXPECT_EQ(one->affected[1].standing, Standing::unaffected);
}

TEST(ReadOsv, RangesAndListsStandAsTheyAre) {
  const auto one = read(R"({"id": "GO-1", "modified": "0001-01-01T00:00:00Z", "aliases":
    ["CVE-1", "GO-1", "CVE-1", ""], "upstream": ["CVE-9"], "withdrawn": "2024-01-01T00:00:00Z",
    "severity": [{"type": "CVSS_V4", "score": "x"}], "database_specific": {"cwe_ids": ["CWE-1"]},
    "affected": [{"package": {"ecosystem": "Go", "name": "g", "purl": "pkg:golang/g"},
      "ecosystem_specific": null, "ranges": [
      {"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}]},
      {"type": "GIT", "repo": "https://r", "events": [{"introduced": "abc"}, {"limit": "def"}]}],
      "versions": ["1.0"]}]})");
  ASSERT_TRUE(one) << text(one.error());
  EXPECT_EQ(one->state, State::withdrawn);
  EXPECT_EQ(one->modified, std::nullopt);
  EXPECT_EQ(one->aliases, std::vector<std::string>{"CVE-1"});
  EXPECT_EQ(one->related, std::vector<std::string>{"CVE-9"});
  EXPECT_EQ(one->weaknesses, std::vector<std::string>{"CWE-1"});
  ASSERT_EQ(one->affected.size(), 1U);
  EXPECT_EQ(one->affected[0].ecosystem, "Go");
  EXPECT_EQ(one->affected[0].ranges[0].kind, RangeKind::semver);
  EXPECT_EQ(one->affected[0].ranges[1].kind, RangeKind::git);
  EXPECT_EQ(one->affected[0].ranges[1].scheme, "https://r");
  EXPECT_EQ(one->affected[0].ranges[1].events[1], (Event{Bound::limit, "def"}));
}

TEST(ReadCsaf, ProductsOfOneVulnerabilityStandTogether) {
  const auto one = read(R"({"document": {"csaf_version": "2.0", "title": "T", "publisher": {"name":
    "P"}, "tracking": {"id": "A-1", "initial_release_date": "2024-01-01T00:00:00Z",
    "current_release_date": "2024-01-02T00:00:00Z"}},
    "product_tree": {"branches": [{"category": "vendor", "name": "V", "branches": [{"category":
      "product_name", "name": "N", "branches": [
        {"category": "product_version", "name": "1", "product": {"product_id": "a", "name": "x"}},
        {"category": "product_version_range", "name": "vers:generic/<2", "product": {"product_id":
         "b", "name": "y"}}]}]}],
      "full_product_names": [{"product_id": "c", "name": "OS", "product_identification_helper":
        {"cpe": "cpe:/o:v:os", "purl": "pkg:generic/os"}}],
      "relationships": [{"category": "installed_on", "product_reference": "a",
        "relates_to_product_reference": "c", "full_product_name": {"product_id": "d", "name":
        "N 1 on OS"}}]},
    "vulnerabilities": [{"cve": "CVE-1", "cwe": {"id": "CWE-5"}, "scores": [{"cvss_v3":
      {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}],
      "product_status": {"known_affected": ["a", "b", "d"], "fixed": ["c"]}}]})");
  ASSERT_TRUE(one) << text(one.error());
  EXPECT_EQ(one->related, std::vector<std::string>{"CVE-1"});
  ASSERT_EQ(one->affected.size(), 2U);
  const Affected& first = one->affected[0];
  EXPECT_EQ(first.vulnerability, "CVE-1");
  EXPECT_EQ(first.vendor + "/" + first.product, "V/N");
  EXPECT_EQ(first.versions, (std::vector<std::string>{"1", "1"}));
  ASSERT_EQ(first.ranges.size(), 1U);
  EXPECT_EQ(first.ranges[0].kind, RangeKind::vers);
  EXPECT_EQ(one->affected[1].standing, Standing::fixed);
  EXPECT_EQ(one->affected[1].purl, "pkg:generic/os");
}

TEST(ReadOthers, AFormIsKnownByAllThatItNeedsAndByNoNull) {
  const auto source = [&](std::string_view key, std::string_view value) {
    return read(fmt::format(R"({{"id": "X-1", "modified": "2024-01-02T00:00:00Z", {}: {}}})", key,
                            value))
        ->source;
  };
  EXPECT_EQ(source("\"vulnerable\"", "\"5.x\""), Source::osv) << "a row of Node.js has both";
  EXPECT_EQ(source("\"patched\"", "\"5.x\""), Source::osv);
  EXPECT_EQ(source("\"cveMetadata\"", "null"), Source::osv);
  EXPECT_EQ(source("\"cve\"", "\"CVE-1\""), Source::osv) << "NVD's is an object";
  EXPECT_EQ(source("\"document\"", "[]"), Source::osv);
  for (const char* other : {R"({"modified": "2024-01-02T00:00:00Z"})",
                            R"({"id": "X-1", "description": "of a CycloneDX document"})",
                            R"({"id": null, "modified": "2024-01-02T00:00:00Z"})"}) {
    EXPECT_EQ(text(read(other).error()), "this is a record of no known source (#)");
  }
}

TEST(ReadOthers, KevDescriptionNodejsEnrichmentIcs) {
  const auto kev = read(R"({"cveID": "CVE-1", "vendorProject": "V", "product": "P", "dateAdded":
    "2024-01-02", "cwes": ["CWE-3"], "notes": "https://a; https://b"})");
  ASSERT_TRUE(kev);
  EXPECT_EQ(kev->source, Source::kev);
  EXPECT_EQ(kev->references.size(), 2U);
  EXPECT_EQ(kev->affected[0].standing, Standing::unknown);
  const auto description = read(R"({"id": "CVE-2", "products": ["a", "n/a"], "versions":
    ["n/a", "< 3"], "weakness": ["CWE-22 Path", "n/a"], "description": "d"})");
  ASSERT_TRUE(description);
  EXPECT_EQ(description->source, Source::description);
  EXPECT_EQ(description->weaknesses, std::vector<std::string>{"CWE-22"});
  ASSERT_EQ(description->affected.size(), 1U);
  EXPECT_EQ(description->affected[0].ranges[0].text, "< 3");
  const auto npm = read(R"({"id": 222, "module_name": "m", "cves": ["CVE-3"],
    "vulnerable_versions": "<=1", "patched_versions": "", "title": "t", "cvss_score": 7.1})");
  ASSERT_TRUE(npm);
  EXPECT_EQ(npm->id, "NSWG-ECO-222");
  EXPECT_EQ(npm->aliases, std::vector<std::string>{"CVE-3"});
  EXPECT_EQ(npm->ratings[0].score, 71);
  EXPECT_EQ(npm->affected[0].ranges[0].kind, RangeKind::native);
  const auto core = read(R"({"cve": ["CVE-4", "CVE-5"], "vulnerable": "5.x", "patched": "^6"})");
  ASSERT_TRUE(core);
  EXPECT_EQ(core->id, "NSWG-COR-CVE-4+CVE-5");
  EXPECT_TRUE(core->aliases.empty());
  const auto enrichment = read(R"({"additionalMetadata": {"cveId": "CVE-6"}, "adp": {"affected":
    [{"packageName": "p", "versions": [{"version": "0", "lessThan": "1", "status": "affected"}]}]}})");
  ASSERT_TRUE(enrichment);
  EXPECT_EQ(enrichment->source, Source::enrichment);
  const auto row = read(R"({"ICS-CERT_Number": "ICSA-1", "CVE_Number": "CVE-1, CVE-2",
    "Original_Release_Date": "8/2/2026", "Vendor": "V", "Product": "P"})");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->source, Source::ics);
  EXPECT_EQ(row->related, (std::vector<std::string>{"CVE-1", "CVE-2"}));
  EXPECT_EQ(to_rfc3339(*row->published), "2026-08-02T00:00:00.000Z");
  EXPECT_FALSE(read(R"({"ICS-CERT_Number": ""})"));
}

struct BadCase {
  std::string json;
  std::string error;
};

TEST(Reader, OfAnyNumberOfKeysTheOneThatStandsTwiceIsFound) {
  for (const int count : {2, 3, 10, 24, 25, 300}) {
    std::string keys = R"("id": "X-1", "modified": "2024-01-01T00:00:00Z", "a": {)";
    for (int i = 0; i < count; ++i) {  // all look alike: as long, and the same at both ends
      keys += fmt::format(R"({}"k{:03}k": {{"a": {}}})", i == 0 ? "" : ",", i, i);
    }
    Reader reader;
    EXPECT_TRUE(reader.read("{" + keys + "}}")) << count;
    for (const int again : {0, count / 2, count - 1}) {
      const auto read = reader.read(fmt::format(R"({{{},"k{:03}k": 1}}}})", keys, again));
      ASSERT_FALSE(read) << count;
      EXPECT_EQ(read.error().where, "/a") << count;
    }
  }
}

TEST(Reader, RefusesWithThePlace) {
  const std::string start = R"({"id": "X-1", "modified": "2024-01-01T00:00:00Z")";
  const BadCase cases[] = {
      {"", "there is nothing (#)"},
      {"[]", "a record is a JSON object (#)"},
      {"{}", "this is a record of no known source (#)"},
      {R"({"id": "a b", "modified": ""})", "the id holds spaces or control characters (#)"},
      {R"({"id": "", "modified": ""})", "the record has no id (#)"},
      {R"({"id": 1, "modified": ""})", "expected a string (/id)"},
      {start + R"(, "id": "X-2"})", "a key stands twice in this object (#)"},
      {start + R"(, "a": [{}, {"b/c": {"d": 1, "d": 2}}]})",
       "a key stands twice in this object (/a/1/b~1c)"},
      {start + R"(, "a": {"": 1, "b": 2, "": 3}})", "a key stands twice in this object (/a)"},
      {start + R"(, "a": {"axb": 1, "axb": {}, "c": 3}})",
       "a key stands twice in this object (/a)"},
      {start + R"(, "aliases": "CVE-1"})", "expected an array (/aliases)"},
      {start + R"(, "aliases": ["CVE-1", 5]})", "expected a string (/aliases/1)"},
      {start + R"(, "affected": [{"package": 7}]})", "expected an object (/affected/0/package)"},
      {start + R"(, "affected": [{"ranges": [{"type": "DATE"}]}]})",
       "expected SEMVER, ECOSYSTEM or GIT (/affected/0/ranges/0/type)"},
      {start + ", \"summary\": \"\xff\"}", "the record is not UTF-8 (#)"},
      {start + ", \"a\": " + std::string(200, '[') + std::string(200, ']') + "}",
       "nested more than 128 deep (#)"},
      {R"({"cveMetadata": {"cveId": "CVE-1", "state": "RESERVED"}, "dataType": "CVE_RECORD",
         "containers": {"cna": {}}})",
       "expected PUBLISHED or REJECTED (/cveMetadata/state)"},
      {R"({"cveMetadata": {"cveId": "CVE-1", "state": "PUBLISHED"}, "dataType": "CVE_RECORD"})",
       "expected an object (/containers/cna)"},
      {R"({"document": {"csaf_version": "2.0", "tracking": {"id": "A"}}, "vulnerabilities":
         [{"product_status": {"fixed": ["z"]}}]})",
       "there is no such product in the product tree (/vulnerabilities/0/product_status/fixed/0)"},
  };
  Reader reader;
  for (const BadCase& c : cases) {
    const auto one = reader.read(c.json);
    ASSERT_FALSE(one) << c.json;
    EXPECT_EQ(text(one.error()), c.error) << c.json;
  }
  EXPECT_TRUE(reader.read(start + "}"));  // and goes on
  EXPECT_FALSE(reader.read(std::string(kMostRecordBytes + 1, ' ')));
}

TEST(Unwrap, TakesARecordOutOfItsEnvelope) {
  const auto put = unwrap(
      R"({"feed_time":"2025-01-01T00:13:59+00:00","op":"M","id":"A-1","record":{"a":"}\"]"},"x":[1]})");
  ASSERT_TRUE(put);
  EXPECT_EQ(put->record, R"({"a":"}\"]"})");
  EXPECT_EQ(put->id, "A-1");
  EXPECT_EQ(to_rfc3339(*put->fed), "2025-01-01T00:13:59.000Z");
  EXPECT_FALSE(put->is_removal);
  const auto removal =
      unwrap(R"({"feed_time": "2025-01-01T00:13:59+00:00", "op": "D", "cveID": "CVE-1"})");
  ASSERT_TRUE(removal);
  EXPECT_TRUE(removal->is_removal);
  EXPECT_EQ(removal->id, "CVE-1");
  EXPECT_EQ(unwrap(R"({"id":"A"})")->record, R"({"id":"A"})");
  EXPECT_FALSE(unwrap(R"({"feed_time":"2025-01-01T00:13:59+00:00","op":"M","id":"A"})"));
  EXPECT_FALSE(unwrap(R"({"feed_time":"soon","op":"M","id":"A","record":{}})"));
  EXPECT_EQ(text(unwrap(R"({"feed_time":"2025-01-01T00:13:59Z","op":"Z","record":{}})").error()),
            "expected A, M or D (/op)");
  EXPECT_FALSE(unwrap(R"({"feed_time":"2025-01-01T00:13:59+00:00","record":{)"));
}

TEST(Split, FindsTheRecordsOfADocument) {
  EXPECT_EQ(*split(R"( [ {"a":1} , {"b":"]"} ] )"),
            (std::vector<std::string_view>{R"({"a":1})", R"({"b":"]"})"}));
  EXPECT_EQ(split(R"({"CVE_Items": [{"a":1},{}], "n": 2})")->size(), 2U);
  EXPECT_EQ(split(R"({"vulnerabilities": []})")->size(), 0U);
  const std::string record = R"({"id":"A","vulnerabilities":[{}]})";
  EXPECT_EQ(*split(record), std::vector<std::string_view>{record});
  EXPECT_EQ(*split(" {\"a\":1}\n{\n\"b\":2\n}\n[{\"c\":3},{}] {\"vulns\":[{\"d\":4}]}\n"),
            (std::vector<std::string_view>{R"({"a":1})", "{\n\"b\":2\n}", R"({"c":3})", "{}",
                                           R"({"d":4})"}));
  for (const std::string_view bad :
       {"{}x", "{}{", "[]]", "", "[", "[1", "[1,", "{\"a\"}", "{\"a\":", "[\"", "{1:2}"}) {
    EXPECT_FALSE(split(bad)) << bad;
  }
}

TEST(Yaml, BecomesTheSameRecordInJson) {
  const auto json = json_of_yaml(
      "id: P-1\nmodified: 2021-01-01T00:00:00Z\nlist:\n- 1.10\n- '2'\n"
      "- null\nmap: {a: true, b: 'true'}\n");
  ASSERT_TRUE(json) << text(json.error());
  EXPECT_EQ(*json, R"({"id":"P-1","modified":"2021-01-01T00:00:00Z","list":["1.10","2",null],)"
                   R"("map":{"a":true,"b":"true"}})");
  const BadCase cases[] = {
      {"a: &x 1\nb: *x\n", "anchors and tags are not taken (line 1)"},
      {"a: !!str 1\n", "anchors and tags are not taken (line 1)"},
      {"a: 1\na: 2\n", "a key stands twice (line 2)"},
      {"a: 1\n---\nb: 2\n", "a record is one document (line 1)"},
      {"", "there is nothing (line 1)"},
      {"[a]: 1\n", "a key is a text (line 1)"},
      {"\xff", "YAML is UTF-8 text (line 1)"},
  };
  for (const BadCase& c : cases) {
    const auto bad = json_of_yaml(c.json);
    ASSERT_FALSE(bad) << c.json;
    EXPECT_EQ(text(bad.error()), c.error) << c.json;
  }
  EXPECT_FALSE(json_of_yaml("a: " + std::string(100, '[') + std::string(100, ']')));
  EXPECT_EQ(json_of_yaml(std::string(100'000, '[')).error().message, "nested more than 64 deep");
  EXPECT_FALSE(json_of_yaml("a: \"unclosed"));
}

TEST(Table, ReadsRowsAndGoesOnAfterABadOne) {
  auto table = Table::open("#model:x\r\na,\"b\"\"c\"\r\n1,\"2,\n3\"\n4\n5,6");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->remark(), "#model:x\r");
  EXPECT_EQ(table->header(), (std::vector<std::string>{"a", "b\"c"}));
  std::vector<std::string> cells;
  EXPECT_TRUE(*table->next(cells));
  EXPECT_EQ(cells, (std::vector<std::string>{"1", "2,\n3"}));
  EXPECT_EQ(table->line(), 3U) << "where it begins";
  const auto bad = table->next(cells);
  ASSERT_FALSE(bad);
  EXPECT_EQ(text(bad.error()), "1 cells where the header has 2 (line 5)");
  EXPECT_TRUE(*table->next(cells));
  EXPECT_EQ(table->line(), 6U);
  EXPECT_FALSE(*table->next(cells));
  EXPECT_FALSE(Table::open(""));
  auto open = Table::open("a\n\"x\ny");
  ASSERT_TRUE(open);
  EXPECT_FALSE(open->next(cells));
  EXPECT_TRUE(*open->next(cells));
  const std::string longest(kMostLineBytes, 'x');
  EXPECT_TRUE(*Table::open("a\n" + longest + "\n")->next(cells));
  EXPECT_FALSE(Table::open("a\nx" + longest + "\n")->next(cells));
}

TEST(Ids, AreSeen) {
  EXPECT_TRUE(is_id("CVE-2024-0001"));
  for (const char* bad : {"", "CVE-2024-0001\n", "a b"}) {
    EXPECT_FALSE(is_id(bad)) << bad;
  }
  const auto id = [](const std::string& text) {
    return read(R"({"modified": "", "id": ")" + text + "\"}");
  };
  EXPECT_TRUE(id("SÜD-1"));
  EXPECT_TRUE(id("\u8106\u5f31-1"));
  for (const char* unseen : {"\u00ad", "\u200b", "\u202e", "\u2066", "\ufeff"}) {
    EXPECT_FALSE(id(std::string("X") + unseen + "1")) << unseen;
  }
}

TEST(Versions, AreOfABoundedLength) {
  const auto with = [](const std::string& where, std::size_t size) {
    const std::string version = '"' + std::string(size, '9') + '"';
    return read(R"({"id": "X-1", "modified": "", "affected": [{"package": {"ecosystem": "npm",
      "name": "a"}, "versions": [)" +
                (where == "list" ? version : "") +
                R"(], "ranges": [{"type": "SEMVER", "events": [{"fixed": )" +
                (where == "event" ? version : "\"1\"") + "}]}]}]}");
  };
  for (const char* where : {"list", "event"}) {
    EXPECT_TRUE(with(where, kMostVersionBytes)) << where;
    const auto bad = with(where, kMostVersionBytes + 1);
    ASSERT_FALSE(bad) << where;
    EXPECT_EQ(text(bad.error()), "a version is longer than 4096 bytes (/affected of a)");
  }
}

TEST(Dates, OfAllSources) {
  const std::pair<std::string, std::string> cases[] = {
      {"2024-01-02", "2024-01-02T00:00:00.000Z"},
      {"2024-01-02T03:04Z", "2024-01-02T03:04:00.000Z"},
      {"2024-01-02T03:04", "2024-01-02T03:04:00.000Z"},
      {"2024-01-02T03:04:05.678901", "2024-01-02T03:04:05.678Z"},
      {"2024-01-02 03:04:05", "2024-01-02T03:04:05.000Z"},
      {"2024-01-02T03:04:05-06:00", "2024-01-02T09:04:05.000Z"},
  };
  for (const auto& [given, expected] : cases) {
    const auto at = parse_date(given);
    ASSERT_TRUE(at) << given;
    EXPECT_EQ(to_rfc3339(*at), expected) << given;
  }
  for (const std::string_view bad :
       {"", "2024", "2024-13-01", "0001-01-01T00:00:00Z", "yesterday!"}) {
    EXPECT_FALSE(parse_date(bad)) << bad;
  }
  EXPECT_EQ(score_of("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), 98);
  EXPECT_EQ(score_of("x"), -1);
}

TEST(Read, ToMatchLeavesOutWhatMatchingNeverAsksFor) {
  const std::string json =
      R"({"id":"A-1","modified":"2024-01-01T00:00:00Z","summary":"S","details":"D",)"
      R"("aliases":["CVE-1"],"related":["B-1"],"references":[{"type":"WEB","url":"https://r.example"}],)"
      R"("severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],)"
      R"("database_specific":{"cwe_ids":["CWE-79"]},"affected":[{"package":{"ecosystem":"Go",)"
      R"("name":"p","purl":"pkg:golang/p"},"versions":["1"],"ranges":[{"type":"SEMVER","events":)"
      R"([{"introduced":"0"},{"fixed":"2"}]}]}]})";
  Advisory all = *Reader().read(json);
  EXPECT_EQ(all.references.size() + all.weaknesses.size() + all.related.size(), 3U);
  EXPECT_EQ(all.texts, std::vector<std::string>{"D"});
  // What read_osv_to_match() reads is the same.
  const Advisory some = *Reader(Extent::to_match).read(json);
  all.references = all.weaknesses = all.related = all.texts = {};
  all.published = all.modified = std::nullopt;
  all.publisher.clear();
  EXPECT_EQ(some, all);
}

}  // namespace
}  // namespace weir::advisory
