// What matches what, and why: packages, purls, CPEs, distributions; records of every source.
#include "match/match.h"

#include <gtest/gtest.h>

#include "advisory/read.h"
#include "match/memory.h"

namespace weir::match {
namespace {

/// Records as their sources write them, found as the catalogue finds them.
class World {
 public:
  void add(std::string_view json) {
    advisory::Reader reader;
    auto advisory = reader.read(json);
    ASSERT_TRUE(advisory) << text(advisory.error());
    memory_.add(*advisory);
  }

  /// "ID standing rule from until" of every answer, joined by "; ".
  std::string ask(const Target& target, Wanted wanted = Wanted::everything) const {
    Matcher matcher(memory_.lookup());
    const auto answers = matcher.ask({&target, 1}, wanted);
    std::string out;
    for (const Answer& answer : *answers) {
      out += (out.empty() ? "" : "; ") + answer.id + " ";
      out += name(answer.verdict.standing);
      out += " ";
      out += name(answer.verdict.rule);
      for (const std::string& bound : {answer.verdict.from, answer.verdict.until}) {
        out += bound.empty() ? "" : " " + bound;
      }
    }
    return out;
  }
  const Memory& memory() const { return memory_; }
  std::string ask(std::string_view name, std::string_view version = "") const {
    const auto target = target_of_name(name, version);
    return target ? ask(*target) : text(target.error());
  }

 private:
  Memory memory_;
};

std::string osv(std::string_view id, std::string_view ecosystem, std::string_view package,
                std::string_view events) {
  return R"({"schema_version":"1.7.5","id":")" + std::string(id) +
         R"(","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":")" +
         std::string(ecosystem) + R"(","name":")" + std::string(package) +
         R"("},"ranges":[{"type":"ECOSYSTEM","events":[)" + std::string(events) + "]}]}]}";
}

constexpr std::string_view kBelowTwo = R"({"introduced":"0"},{"fixed":"2.0"})";

TEST(Match, APackageIsFoundByItsNameAsItsEcosystemFoldsIt) {
  World world;
  world.add(osv("PYSEC-1", "PyPI", "Zope.Interface", kBelowTwo));
  world.add(osv("GO-1", "Go", "acme.example/Anvil", kBelowTwo));
  world.add(osv("MAVEN-1", "Maven", "org.acme:anvil", kBelowTwo));
  world.add(osv("NPM-1", "npm", "@acme/anvil", kBelowTwo));
  const char* table[][2] = {
      {"pkg:pypi/zope-interface@1.9", "PYSEC-1 affected inside < 2.0"},
      {"pkg:pypi/zope_interface@2.0.0", "PYSEC-1 unaffected after < 2.0"},
      {"pkg:golang/acme.example/Anvil@v1.9.0", "GO-1 affected inside < 2.0"},
      {"pkg:maven/org.acme/anvil@2.0-rc1", "MAVEN-1 affected inside < 2.0"},
      {"pkg:npm/%40acme/anvil@2.0.0", "NPM-1 unaffected after < 2.0"},
      {"pkg:npm/anvil@1.0.0", ""},
      {"pkg:npm/%40acme/anvil", "NPM-1 unknown elsewhere"},
  };
  for (const auto& [purl, expected] : table) {
    EXPECT_EQ(world.ask(purl), expected) << purl;
  }
  const auto target = target_of_package("PyPI", "zope.interface", "1.0");
  EXPECT_EQ(world.ask(*target, Wanted::findings), "PYSEC-1 affected inside < 2.0");
  EXPECT_EQ(world.ask(*target_of_package("PyPI", "zope.interface", "3"), Wanted::findings), "");
  EXPECT_FALSE(target_of_package("Cobol", "x", "1"));
  EXPECT_FALSE(target_of_package("PyPI", "", "1"));
  EXPECT_FALSE(target_of_name("jinja2", "1"));
}

TEST(Match, ADistributionsReleaseNarrows) {
  World world;
  world.add(osv("DSA-12", "Debian:12", "openssl", R"({"introduced":"0"},{"fixed":"3.0.9-1"})"));
  world.add(osv("DSA-11", "Debian:11", "openssl", R"({"introduced":"0"},{"fixed":"1.1.1n-0"})"));
  world.add(osv("ALSA-9", "AlmaLinux:9", "kernel", R"({"introduced":"0"},{"fixed":"1:5.14-2"})"));
  world.add(
      osv("ALPINE-1", "Alpine:v3.17", "openssl", R"({"introduced":"0"},{"fixed":"3.0.8-r0"})"));
  EXPECT_EQ(world.ask("pkg:deb/debian/libssl3@3.0.8-1?upstream=openssl&distro=debian-12"),
            "DSA-12 affected inside < 3.0.9-1");
  EXPECT_EQ(world.ask("pkg:deb/debian/openssl@3.0.8-1?distro=debian-11.7"),
            "DSA-11 unaffected after < 1.1.1n-0");
  EXPECT_EQ(world.ask("pkg:deb/debian/openssl@3.0.8-1"),
            "DSA-11 unaffected after < 1.1.1n-0; DSA-12 affected inside < 3.0.9-1");
  EXPECT_EQ(world.ask("pkg:rpm/almalinux/kernel@5.14-1?epoch=1&distro=almalinux-9.2"),
            "ALSA-9 affected inside < 1:5.14-2");
  EXPECT_EQ(world.ask("pkg:rpm/almalinux/kernel@5.14-1?distro=almalinux-8.2"), "");
  EXPECT_EQ(world.ask("pkg:apk/alpine/libssl@3.0.7-r0?upstream=openssl&distro=alpine-3.17.2"),
            "ALPINE-1 affected inside < 3.0.8-r0");
  EXPECT_TRUE(is_same_ecosystem("Debian", "Debian:12"));
  EXPECT_TRUE(is_same_ecosystem("Ubuntu:22.04:LTS", "Ubuntu:22.04"));
  EXPECT_FALSE(is_same_ecosystem("Debian:1", "Debian:12"));
  EXPECT_FALSE(is_same_ecosystem("Debian:11", "Debian:12"));
}

TEST(Match, APackageOfOneEcosystemIsNotAnothers) {
  World world;
  world.add(osv("PYSEC-1", "PyPI", "anvil", kBelowTwo));
  EXPECT_EQ(world.ask("pkg:npm/anvil@1.0"), "");
  EXPECT_EQ(world.ask("pkg:generic/anvil@1.0"), "");
}

constexpr std::string_view kNvd = R"({"cve":{"data_type":"CVE","data_format":"MITRE",
  "data_version":"4.0","CVE_data_meta":{"ID":"CVE-2020-1","ASSIGNER":"a@b.example"},
  "description":{"description_data":[{"lang":"en","value":"x"}]},"references":{"reference_data":[]},
  "problemtype":{"problemtype_data":[]}},"configurations":{"CVE_data_version":"4.0","nodes":[
  {"operator":"OR","cpe_match":[
    {"vulnerable":true,"cpe23Uri":"cpe:2.3:a:acme:anvil:*:*:*:*:*:*:*:*","versionEndExcluding":"2.0"},
    {"vulnerable":true,"cpe23Uri":"cpe:2.3:a:acme:anvil:3.1:*:*:*:*:*:*:*"},
    {"vulnerable":true,"cpe23Uri":"cpe:2.3:a:acme:rivet:*:*:*:*:*:node.js:*:*","versionEndExcluding":"5"},
    {"vulnerable":true,"cpe23Uri":"cpe:2.3:a:acme:chisel:1:beta:*:*:*:*:*:*"},
    {"vulnerable":true,"cpe23Uri":"cpe:2.3:a:acme:awl:6.*:*:*:*:*:*:*:*"}]},
  {"operator":"AND","children":[
    {"operator":"OR","cpe_match":[{"vulnerable":true,"cpe23Uri":"cpe:2.3:o:acme:firm:*:*:*:*:*:*:*:*"}]},
    {"operator":"OR","cpe_match":[{"vulnerable":false,"cpe23Uri":"cpe:2.3:h:acme:ware:-:*:*:*:*:*:*:*"}]}]}]},
  "impact":{},"publishedDate":"2020-01-01T00:00Z","lastModifiedDate":"2020-01-01T00:00Z"})";

TEST(Match, NvdsCriteriaAreMatchedByName) {
  World world;
  world.add(kNvd);
  const char* table[][2] = {
      {"cpe:2.3:a:acme:anvil:1.9:*:*:*:*:*:*:*", "CVE-2020-1 affected inside < 2.0"},
      {"cpe:2.3:a:acme:anvil:2.0:*:*:*:*:*:*:*", "CVE-2020-1 unaffected after < 2.0"},
      {"cpe:2.3:a:acme:anvil:3.1:*:*:*:*:*:*:*", "CVE-2020-1 affected listed"},
      {"cpe:/a:acme:anvil:3.1", "CVE-2020-1 affected listed"},
      {"cpe:2.3:a:acme:tongs:1:*:*:*:*:*:*:*", ""},
      {"cpe:2.3:a:acme:rivet:4:*:*:*:*:*:*:*", "CVE-2020-1 affected inside < 5"},  // for what?
      {"cpe:2.3:a:acme:rivet:4:*:*:*:*:node.js:*:*", "CVE-2020-1 affected inside < 5"},
      {"cpe:2.3:a:acme:rivet:4:*:*:*:*:wordpress:*:*", ""},
      {"cpe:2.3:a:acme:chisel:1:*:*:*:*:*:*:*", ""},  // a version without its update is another
      {"cpe:2.3:o:acme:anvil:1:*:*:*:*:*:*:*", ""},   // an operating system of that name
      {"cpe:2.3:o:acme:firm:7:*:*:*:*:*:*:*", "CVE-2020-1 affected every"},
      {"cpe:2.3:h:acme:ware:-:*:*:*:*:*:*:*", ""},  // the platform is not what is vulnerable
      {"cpe:2.3:a:acme:anvil:*:*:*:*:*:*:*:*", "CVE-2020-1 unknown elsewhere"},
      {"cpe:2.3:o:acme:firm:*:*:*:*:*:*:*:*", "CVE-2020-1 affected every"},  // whichever it is
      {"cpe:2.3:a:acme:awl:6.0:*:*:*:*:*:*:*", "CVE-2020-1 affected listed"},
      {"cpe:2.3:a:acme:awl:7.6:*:*:*:*:*:*:*", "CVE-2020-1 unaffected elsewhere"},
      {"cpe:2.3:a:acme:awl:*:*:*:*:*:*:*:*", "CVE-2020-1 unknown elsewhere"},
  };
  for (const auto& [cpe, expected] : table) {
    EXPECT_EQ(world.ask(cpe), expected) << cpe;
  }
  EXPECT_EQ(world.ask("cpe:2.3:a:acme:anvil:*:*:*:*:*:*:*:*", "1.5"),
            "CVE-2020-1 affected inside < 2.0");
  Matcher matcher(world.memory().lookup());
  const Target firm = *target_of_name("cpe:2.3:o:acme:firm:7:*:*:*:*:*:*:*", "");
  const auto answers = matcher.ask({&firm, 1}, Wanted::findings);
  ASSERT_EQ(answers->size(), 1u);
  EXPECT_TRUE(answers->front().is_conditional);
  EXPECT_EQ(answers->front().why("7"),
            "7 is affected: every version is (only together with the other products of its "
            "configuration)");
}

TEST(Match, WhatAffectsEveryVersionAffectsTheOneThatNobodyNames) {
  World world;
  world.add(R"({"schema_version":"1.7.5","id":"X-1","modified":"2026-01-01T00:00:00Z","affected":[
    {"package":{"ecosystem":"PyPI","name":"a"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]})");
  world.add(R"({"schema_version":"1.7.5","id":"X-2","modified":"2026-01-01T00:00:00Z","affected":[
    {"package":{"ecosystem":"PyPI","name":"a"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},
     {"fixed":"9"}]},{"type":"GIT","repo":"https://a.example","events":[{"introduced":"0"}]}]}]})");
  Matcher matcher(world.memory().lookup());
  const Target a = *target_of_name("pkg:pypi/a", "");
  const auto answers = matcher.ask({&a, 1}, Wanted::findings);
  ASSERT_EQ(answers->size(), 1u);
  EXPECT_EQ(answers->front().id, "X-1");
  EXPECT_EQ(answers->front().why(""), "every version is affected");
  EXPECT_EQ(matcher.ask({&a, 1}, Wanted::everything)->size(), 2u);
}

TEST(Match, CveRecordsSpeakByPurlAndByCpe) {
  World world;
  world.add(R"({"dataType":"CVE_RECORD","dataVersion":"5.2.0","cveMetadata":{"cveId":"CVE-2026-7",
    "assignerOrgId":"00000000-0000-4000-8000-000000000000","state":"PUBLISHED"},
    "containers":{"cna":{"providerMetadata":{"orgId":"00000000-0000-4000-8000-000000000000"},
    "descriptions":[{"lang":"en","value":"x"}],"references":[{"url":"https://acme.example"}],
    "affected":[{"vendor":"ACME","product":"Anvil","packageURL":"pkg:pypi/anvil",
      "cpes":["cpe:2.3:a:acme:anvil:*:*:*:*:*:*:*:*"],"defaultStatus":"unaffected",
      "versions":[{"version":"1.0","status":"affected","lessThan":"1.5","versionType":"python"}]}]}}})");
  EXPECT_EQ(world.ask("cpe:2.3:a:acme:anvil:1.2:*:*:*:*:*:*:*"),
            "CVE-2026-7 affected inside >= 1.0 < 1.5");
  EXPECT_EQ(world.ask("cpe:2.3:a:acme:anvil:1.5:*:*:*:*:*:*:*"),
            "CVE-2026-7 unaffected by_default >= 1.0 < 1.5");
  EXPECT_EQ(world.ask("pkg:pypi/anvil@1.5rc1"), "CVE-2026-7 affected inside >= 1.0 < 1.5");
  EXPECT_EQ(world.ask("pkg:pypi/anvil@1.5"), "CVE-2026-7 unaffected by_default >= 1.0 < 1.5");
}

TEST(Match, OneRecordAnswersOnceForATarget) {
  World world;
  world.add(R"({"schema_version":"1.7.5","id":"X-1","modified":"2026-01-01T00:00:00Z","affected":[
    {"package":{"ecosystem":"PyPI","name":"a","purl":"pkg:pypi/a"},"ranges":[{"type":"ECOSYSTEM",
     "events":[{"introduced":"5"}]}]},
    {"package":{"ecosystem":"PyPI","name":"a"},"ranges":[{"type":"ECOSYSTEM",
     "events":[{"introduced":"1"},{"fixed":"2"}]}]}]})");
  EXPECT_EQ(world.ask("pkg:pypi/a@1.5"), "X-1 affected inside >= 1 < 2");
  EXPECT_EQ(world.ask("pkg:pypi/a@0.5"), "X-1 unaffected before >= 5");
  Matcher matcher(world.memory().lookup());
  const std::vector<Target> targets = {*target_of_name("pkg:pypi/a@1.5", ""),
                                       *target_of_name("pkg:pypi/a@6", "")};
  const auto answers = matcher.ask(targets, Wanted::findings);
  ASSERT_EQ(answers->size(), 2u);
  EXPECT_EQ((*answers)[0].fix(), "2");
  EXPECT_EQ((*answers)[0].by, "PyPI a");
  EXPECT_EQ(name((*answers)[0].through), "package");
  EXPECT_EQ((*answers)[1].target, 1u);
  EXPECT_EQ((*answers)[1].fix(), "");
}

TEST(Match, AComponentIsAskedAboutUnderEveryName) {
  const Named named = target_of({.name = "anvil",
                                 .version = "1.2",
                                 .purl = "pkg:npm/anvil",
                                 .cpes = {"cpe:2.3:a:acme:anvil:*:*:*:*:*:*:*:*", "cpe:nonsense"}});
  EXPECT_EQ(named.target.version, "1.2");
  ASSERT_EQ(named.unread.size(), 1u);
  EXPECT_TRUE(named.unread[0].starts_with("cpe:nonsense: "));
  std::vector<std::string> texts;
  for (const Key& key : keys(named.target)) {
    texts.push_back(key.text);
  }
  EXPECT_EQ(texts, (std::vector<std::string>{"npm:anvil", "purl:npm/anvil", "cpe:acme:anvil"}));
  EXPECT_TRUE(keys(target_of({.name = "anvil", .version = "1"}).target).empty());
}

TEST(Match, ATombstoneIsNotAsked) {
  World world;
  std::string withdrawn = osv("PYSEC-1", "PyPI", "anvil", kBelowTwo);
  withdrawn.insert(1, R"("withdrawn":"2026-02-01T00:00:00Z",)");
  world.add(withdrawn);
  EXPECT_EQ(world.ask("pkg:pypi/anvil@1.0"), "");
}

TEST(Match, WhatCannotBeLookedUpIsAnError) {
  Matcher matcher([](std::string_view) -> Result<std::vector<Entry>> {
    return fail(Code::unavailable, "no catalogue");
  });
  const Target target = *target_of_name("pkg:npm/a@1", "");
  EXPECT_EQ(matcher.ask({&target, 1}, Wanted::findings).error().code, Code::unavailable);
}

}  // namespace
}  // namespace weir::match
