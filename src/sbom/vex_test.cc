// The same statements in three forms; reasons that are missing; which statement holds.
#include "sbom/vex.h"

#include <gtest/gtest.h>

#include "sbom/vex_forms.h"

namespace weir::sbom {
namespace {

constexpr std::string_view kOpenVex = R"({
  "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://acme.example/vex-1", "author": "ACME",
  "timestamp": "2026-01-02T03:04:05Z", "version": 1,
  "statements": [
    {"vulnerability": {"name": "CVE-2026-1", "aliases": ["GHSA-1"]},
     "products": [{"@id": "pkg:oci/shop", "subcomponents": [{"@id": "pkg:npm/anvil@1.2"}]}],
     "status": "not_affected", "justification": "vulnerable_code_not_present",
     "impact_statement": "the class is cut out"},
    {"vulnerability": {"name": "CVE-2026-2"}, "timestamp": "2026-02-02T03:04:05Z",
     "products": [{"identifiers": {"purl": "pkg:npm/tongs@4", "cpe23": "cpe:2.3:a:acme:tongs:4"}}],
     "status": "fixed"},
    {"vulnerability": {"name": "CVE-2026-3"}, "products": [{"@id": "x"}], "status": "not_affected"}]})";

TEST(Vex, OpenVexNamesProductsPartsAndReasons) {
  const auto vex = read_vex(kOpenVex);
  ASSERT_TRUE(vex) << text(vex.error());
  EXPECT_EQ(vex->form, "OpenVEX");
  EXPECT_EQ(vex->author, "ACME");
  ASSERT_EQ(vex->statements.size(), 2u);
  const Statement& first = vex->statements[0];
  EXPECT_EQ(first.vulnerabilities, (std::vector<std::string>{"CVE-2026-1", "GHSA-1"}));
  EXPECT_EQ(name(first.position), "not_affected");
  EXPECT_EQ(reason(first), "vulnerable_code_not_present: the class is cut out");
  EXPECT_EQ(first.at, parse_rfc3339("2026-01-02T03:04:05Z").value());
  ASSERT_EQ(first.subjects.size(), 1u);
  EXPECT_EQ(first.subjects[0].product.purl, "pkg:oci/shop");
  EXPECT_EQ(first.subjects[0].part->purl, "pkg:npm/anvil@1.2");
  const Statement& second = vex->statements[1];
  EXPECT_EQ(second.position, Position::fixed);
  EXPECT_EQ(second.at, parse_rfc3339("2026-02-02T03:04:05Z").value());
  EXPECT_EQ(second.subjects[0].product.purl, "pkg:npm/tongs@4");
  // Without a reason there is no statement.
  ASSERT_EQ(vex->faults.size(), 1u);
  EXPECT_EQ(vex->faults[0].place, "/statements/2");
}

TEST(Vex, OpenVexBeforeTwoHasTexts) {
  const auto vex = read_vex(R"({"@context":"https://openvex.dev/ns","statements":[
      {"vulnerability":"CVE-2026-1","products":["pkg:npm/a@1"],"status":"under_investigation"}]})");
  ASSERT_TRUE(vex) << text(vex.error());
  ASSERT_EQ(vex->statements.size(), 1u);
  EXPECT_EQ(vex->statements[0].vulnerabilities[0], "CVE-2026-1");
  EXPECT_EQ(vex->statements[0].subjects[0].product.purl, "pkg:npm/a@1");
}

TEST(Vex, CsafResolvesProductsGroupsAndRelationships) {
  const auto vex = read_vex(R"({
    "document": {"category": "csaf_vex", "csaf_version": "2.0", "publisher": {"name": "ACME"},
                 "tracking": {"id": "ACME-1", "current_release_date": "2026-01-02T03:04:05Z"}},
    "product_tree": {
      "branches": [{"category": "vendor", "name": "ACME", "branches": [{"category": "product_version",
        "name": "4", "product": {"product_id": "P1", "name": "Tongs 4",
        "product_identification_helper": {"purl": "pkg:npm/tongs@4"}}}]}],
      "full_product_names": [{"product_id": "P2", "name": "Shop 3"}],
      "relationships": [{"category": "default_component_of", "product_reference": "P1",
        "relates_to_product_reference": "P2", "full_product_name": {"product_id": "P3", "name": "x"}}],
      "product_groups": [{"group_id": "G", "product_ids": ["P1", "P3"]}]},
    "vulnerabilities": [
      {"cve": "CVE-2026-1", "product_status": {"known_not_affected": ["P1", "P2", "P3"], "fixed": ["P9"]},
       "flags": [{"label": "component_not_present", "group_ids": ["G"]}]}]})");
  ASSERT_TRUE(vex) << text(vex.error());
  EXPECT_EQ(vex->form, "CSAF");
  ASSERT_EQ(vex->statements.size(), 2u);
  const Statement& first = vex->statements[0];
  EXPECT_EQ(reason(first), "component_not_present");
  ASSERT_EQ(first.subjects.size(), 2u);
  EXPECT_EQ(first.subjects[0].product.purl, "pkg:npm/tongs@4");
  EXPECT_EQ(first.subjects[1].product.name, "Shop 3");
  EXPECT_EQ(first.subjects[1].part->purl, "pkg:npm/tongs@4");
  EXPECT_EQ(vex->statements[1].position, Position::fixed);
  EXPECT_EQ(vex->statements[1].subjects[0].product.ref, "P9");
  // P2 is said to be not affected, and nobody says why.
  ASSERT_EQ(vex->faults.size(), 1u);
  EXPECT_EQ(vex->faults[0].place, "/vulnerabilities/0/product_status/known_not_affected/1");
}

TEST(Vex, CycloneDxFollowsReferences) {
  const auto vex = read_vex(R"({"bomFormat":"CycloneDX","specVersion":"1.4",
    "components":[{"type":"library","bom-ref":"web","name":"anvil","version":"1","purl":"pkg:npm/anvil@1"}],
    "vulnerabilities":[
      {"id":"CVE-2026-1","references":[{"id":"GHSA-1"}],
       "analysis":{"state":"not_affected","justification":"code_not_reachable","detail":"never called"},
       "affects":[{"ref":"web"},{"ref":"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:npm/tongs%404"}]},
      {"id":"CVE-2026-2","analysis":{"state":"false_positive"},"affects":[{"ref":"web"}]},
      {"id":"CVE-2026-3","affects":[{"ref":"web"}]},
      {"id":"CVE-2026-4","analysis":{"state":"maybe"},"affects":[{"ref":"web"}]}]})");
  ASSERT_TRUE(vex) << text(vex.error());
  ASSERT_EQ(vex->statements.size(), 2u);
  const Statement& first = vex->statements[0];
  EXPECT_EQ(reason(first), "code_not_reachable: never called");
  EXPECT_EQ(first.subjects[0].product.purl, "pkg:npm/anvil@1");
  EXPECT_EQ(first.subjects[1].product.purl, "pkg:npm/tongs@4");
  EXPECT_EQ(reason(vex->statements[1]), "false_positive");
  ASSERT_EQ(vex->faults.size(), 1u);
  EXPECT_EQ(vex->faults[0].place, "/vulnerabilities/3");
}

TEST(Vex, CycloneDxXmlIsTheSame) {
  const auto vex = read_vex(R"(<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><vulnerabilities>
    <vulnerability><id>CVE-2026-1</id><analysis><state>resolved</state></analysis>
    <affects><target><ref>pkg:npm/a@1</ref></target></affects></vulnerability></vulnerabilities></bom>)");
  ASSERT_TRUE(vex) << text(vex.error());
  ASSERT_EQ(vex->statements.size(), 1u);
  EXPECT_EQ(vex->statements[0].position, Position::fixed);
  EXPECT_EQ(vex->statements[0].subjects[0].product.purl, "pkg:npm/a@1");
  EXPECT_EQ(reason(vex->statements[0]), "no reason given");
}

TEST(Vex, TheLatestStatementHolds) {
  const Statement undated;
  const Statement early{.at = parse_rfc3339("2026-01-01T00:00:00Z").value()};
  const Statement late{.at = parse_rfc3339("2026-02-01T00:00:00Z").value()};
  EXPECT_EQ(effective({&late, &early}), 0u);
  EXPECT_EQ(effective({&early, &late, &undated}), 1u);
  EXPECT_EQ(effective({&early, &early}), 1u);
  EXPECT_EQ(effective({&undated, &undated}), 1u);
}

TEST(Vex, RefusesWhatItIsNot) {
  for (const char* bytes :
       {"", "{}", "[]", "{\"@context\":\"https://openvex.dev/ns\"}", "<bom/>",
        "{\"@context\":\"https://acme.example\",\"statements\":[]}", "{\"document\":{}}"}) {
    EXPECT_FALSE(read_vex(bytes)) << bytes;
  }
  EXPECT_FALSE(read_csaf_vex(json::Value(nullptr)));
  EXPECT_FALSE(read_cyclonedx_vex({.version = "7", .value = nullptr}));
}

}  // namespace
}  // namespace weir::sbom
