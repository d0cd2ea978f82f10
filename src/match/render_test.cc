// Findings, suppressed or not, in each form; a maker's word against a finding.
#include "match/render.h"

#include <gtest/gtest.h>

#include "match/suppress.h"

namespace weir::match {
namespace {

sbom::Statement statement(sbom::Position position, std::string purl, std::string part = "") {
  sbom::Subject subject{.product = {.purl = std::move(purl)}, .part = std::nullopt};
  if (!part.empty()) {
    subject.part = sbom::Names{.purl = std::move(part)};
  }
  return {.vulnerabilities = {"CVE-2026-1"},
          .subjects = {std::move(subject)},
          .position = position,
          .justification = "vulnerable_code_not_present",
          .place = "/statements/0"};
}

sbom::Vex vex(sbom::Statement statement) {
  return {.form = "OpenVEX",
          .id = "x",
          .author = "ACME",
          .statements = {std::move(statement)},
          .faults = {}};
}

TEST(Suppress, AStatementNamesTheComponentItsPartOrTheWhole) {
  using sbom::Position;
  const sbom::Component anvil{.ref = "web", .name = "anvil", .purl = "pkg:npm/anvil@1.2?arch=x"};
  const sbom::Component shop{.ref = "app", .name = "shop", .purl = "pkg:oci/shop@3"};
  struct Case {
    const char* product;
    const char* part;
    bool applies;
  };
  for (const auto& [product, part, applies] :
       {Case{"pkg:npm/anvil@1.2", "", true}, Case{"pkg:npm/anvil", "", true},
        Case{"pkg:npm/anvil@1.2?arch=x", "", true}, Case{"pkg:npm/anvil@1.2?arch=y", "", false},
        Case{"pkg:npm/anvil@1.3", "", false}, Case{"pkg:npm/tongs@1.2", "", false},
        Case{"pkg:oci/shop", "", true}, Case{"pkg:oci/shop@3", "pkg:npm/anvil@1.2", true},
        Case{"pkg:oci/shop@4", "pkg:npm/anvil@1.2", false},
        Case{"pkg:oci/shop@3", "pkg:npm/tongs", false}, Case{"", "", false}}) {
    const sbom::Vex one = vex(statement(Position::not_affected, product, part));
    Statements statements;
    statements.add(one);
    const std::vector<std::string> ids = {"GHSA-1", "CVE-2026-1"};
    EXPECT_EQ(statements.about(ids, anvil, &shop).suppresses(), applies) << product << " " << part;
    const std::vector<std::string> others = {"CVE-2026-2"};
    EXPECT_EQ(statements.about(others, anvil, &shop).statement, nullptr);
  }
}

TEST(Suppress, ByCpeAndByReferenceToo) {
  const sbom::Component anvil{.ref = "web", .cpes = {"cpe:2.3:a:acme:anvil:1.2:*:*:*:*:*:*:*"}};
  sbom::Statement said = statement(sbom::Position::fixed, "");
  const std::vector<std::string> ids = {"CVE-2026-1"};
  const auto applies = [&] {
    const sbom::Vex one = vex(said);
    Statements statements;
    statements.add(one);
    return statements.about(ids, anvil, nullptr).suppresses();
  };
  EXPECT_FALSE(applies());
  said.subjects[0].product.cpe = "cpe:2.3:a:acme:anvil:*:*:*:*:*:*:*:*";
  EXPECT_TRUE(applies());
  said.subjects[0].product.cpe = "cpe:2.3:a:acme:anvil:1.3:*:*:*:*:*:*:*";
  EXPECT_FALSE(applies());
  said.subjects[0].product = {.ref = "web"};
  EXPECT_TRUE(applies());
}

TEST(Suppress, TheLatestWordHoldsAndOnlyTwoPositionsSuppress) {
  using sbom::Position;
  const sbom::Component anvil{.name = "anvil", .purl = "pkg:npm/anvil@1.2"};
  sbom::Vex both = vex(statement(Position::not_affected, "pkg:npm/anvil"));
  both.statements[0].at = parse_rfc3339("2026-01-01T00:00:00Z").value();
  both.statements.push_back(statement(Position::affected, "pkg:npm/anvil"));
  both.statements[1].at = parse_rfc3339("2026-02-01T00:00:00Z").value();
  Statements statements;
  statements.add(both);
  const std::vector<std::string> ids = {"CVE-2026-1"};
  const Word word = statements.about(ids, anvil, nullptr);
  ASSERT_NE(word.statement, nullptr);
  EXPECT_EQ(word.statement->position, Position::affected);
  EXPECT_FALSE(word.suppresses());
  EXPECT_FALSE(Word().suppresses());
}

/// One finding, one suppressed, one near miss.
struct Sample {
  sbom::Vex vex = match::vex(statement(sbom::Position::not_affected, "pkg:npm/tongs"));
  Report report;

  Sample() {
    report.source = "shop.json";
    report.inventory.version = "1.5";
    report.inventory.components = {
        {.ref = "web",
         .name = "an\x1bvil",
         .version = "1.2",
         .purl = "pkg:npm/anvil@1.2",
         .place = "/components/0"},
        {.name = "tongs", .version = "4", .purl = "pkg:npm/tongs@4", .place = "line 7"}};
    report.targets = {*target_of_name("pkg:npm/anvil@1.2", ""),
                      *target_of_name("pkg:npm/tongs@4", "")};
    const version::Verdict inside{.standing = version::Standing::affected,
                                  .rule = version::Rule::inside,
                                  .from = ">= 1.0",
                                  .until = "< 1.3",
                                  .is_fix = true};
    Row row;
    row.answer.source = advisory::Source::osv;
    row.answer.id = "GHSA-1";
    row.answer.by = "npm anvil";
    row.answer.verdict = inside;
    row.aliases = {"CVE-2026-1"};
    row.title = "Anvils fall";
    row.score = 98;
    report.findings.push_back(row);
    row.answer.target = 1;
    row.word = {.statement = &vex.statements[0], .author = "ACME"};
    report.suppressed.push_back(row);
    row.word = {};
    row.answer.verdict.standing = version::Standing::unaffected;
    row.answer.verdict.rule = version::Rule::after;
    report.near_misses.push_back(row);
    report.unread.push_back({"pkg:?: no name", "/components/2"});
    report.nameless = 1;
  }
};

TEST(Render, TheTableSaysWhyAndObeysNoStrangersText) {
  const Sample sample;
  EXPECT_EQ(
      render_table(sample.report),
      "COMPONENT   VULNERABILITY        CVSS  FIXED IN  SOURCE  WHY\n"
      "an?vil 1.2  GHSA-1 (CVE-2026-1)  9.8   1.3       osv     1.2 is affected: it is within "
      ">= 1.0, < 1.3\n"
      "1 findings in 2 components of shop.json (CycloneDX JSON 1.5)\n"
      "suppressed: GHSA-1 of tongs 4: vulnerable_code_not_present (ACME)\n"
      "not: GHSA-1 of tongs 4: 4 is not affected: it is newer than the range >= 1.0, < 1.3, "
      "fixed in 1.3\n"
      "unread: pkg:?: no name (/components/2)\n"
      "1 components have neither purl nor CPE: nothing can be said about them\n");
  Report listed = sample.report;
  listed.findings.push_back(listed.findings[0]);
  listed.findings[1].score = -1;
  listed.findings[1].answer.id = "GHSA-2";
  listed.findings[1].listed = {advisory::Source::kev, advisory::Source::kev_eu};
  EXPECT_TRUE(render_table(listed).starts_with(
      "COMPONENT   VULNERABILITY        CVSS  EXPLOITED   FIXED IN  SOURCE  WHY\n"
      "an?vil 1.2  GHSA-2 (CVE-2026-1)        kev kev_eu  1.3       osv     1.2 is affected"))
      << render_table(listed);
  EXPECT_EQ(json::canonical(render_json(listed).at("findings").at(1).at("listed")),
            R"(["kev","kev_eu"])");
  EXPECT_EQ(render_table(Report()), "0 findings in 0 components of  (CycloneDX JSON )\n");
}

TEST(Render, JsonHoldsTheReasonAsData) {
  const Sample sample;
  const json::Value out = render_json(sample.report);
  const json::Cursor at(out);
  const auto findings = at.at("findings")->elements(9);
  ASSERT_EQ(findings->size(), 1u);
  const json::Cursor& finding = findings->front();
  const char* table[][2] = {{"id", "GHSA-1"},           {"source", "osv"},
                            {"rule", "inside"},         {"from", ">= 1.0"},
                            {"until", "< 1.3"},         {"fixed_in", "1.3"},
                            {"place", "/components/0"}, {"standing", "affected"},
                            {"matched_by", "package"},  {"matched_name", "npm anvil"}};
  for (const auto& [key, value] : table) {
    EXPECT_EQ(finding.string_at(key).value_or("absent"), value) << key;
  }
  const auto suppressed = at.at("suppressed")->elements(9);
  const auto word = suppressed->front().at("vex");
  EXPECT_EQ(word->string_at("reason").value_or(""), "vulnerable_code_not_present");
  EXPECT_EQ(word->string_at("position").value_or(""), "not_affected");
  EXPECT_EQ(at.at("near_misses")->elements(9)->size(), 1u);
  EXPECT_EQ(at.at("unread")->elements(9)->size(), 1u);
}

TEST(Render, SarifHasARuleForEachVulnerabilityAndShowsWhatIsSuppressed) {
  const Sample sample;
  const json::Value out = render_sarif(sample.report);
  const json::Cursor at(out);
  EXPECT_EQ(at.string_at("version").value_or(""), "2.1.0");
  const json::Cursor run = at.at("runs")->elements(1)->front();
  EXPECT_EQ(run.at("tool")->at("driver")->at("rules")->elements(9)->size(), 1u);
  const auto results = run.at("results")->elements(9);
  ASSERT_EQ(results->size(), 2u);
  EXPECT_EQ((*results)[0].string_at("level").value_or(""), "error");
  EXPECT_FALSE((*results)[0].find("suppressions"));
  EXPECT_EQ((*results)[1].at("suppressions")->elements(9)->size(), 1u);
  const auto physical = (*results)[1].at("locations")->elements(9)->front().at("physicalLocation");
  EXPECT_EQ(physical->at("region")->at("startLine")->integer().value_or(0), 7);
}

TEST(Render, OurVexReadsBack) {
  const Sample sample;
  const auto read = sbom::read_vex(json::canonical(render_vex(sample.report)));
  ASSERT_TRUE(read) << text(read.error());
  EXPECT_TRUE(read->faults.empty());
  ASSERT_EQ(read->statements.size(), 2u);
  EXPECT_EQ(read->statements[0].position, sbom::Position::under_investigation);
  EXPECT_EQ(read->statements[1].position, sbom::Position::not_affected);
  EXPECT_EQ(read->statements[1].justification, "code_not_present");
  EXPECT_EQ(read->statements[1].vulnerabilities,
            (std::vector<std::string>{"GHSA-1", "CVE-2026-1"}));
  EXPECT_EQ(read->statements[0].subjects[0].product.purl, "pkg:npm/anvil@1.2");
}

TEST(Render, FormsHaveNames) {
  EXPECT_EQ(parse_form("sarif"), Form::sarif);
  EXPECT_EQ(parse_form("vex"), Form::cyclonedx_vex);
  EXPECT_EQ(parse_form("xml"), std::nullopt);
  EXPECT_EQ(shown({.name = "a"}), "a");
  EXPECT_EQ(shown({.version = "1", .purl = "pkg:npm/a"}), "pkg:npm/a 1");
}

}  // namespace
}  // namespace weir::match
