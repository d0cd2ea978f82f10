#include "format/format.h"

#include <array>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "format/range.h"
#include "format/read.h"

namespace weir::format {
namespace {

/// "from..before x", "from..to", joined by " | ", or "words" if they are no ranges.
std::string ranges(std::string_view text) {
  const auto parsed = parse_ranges(text);
  if (!parsed) {
    return "words";
  }
  std::string out;
  for (const VersionRange& range : *parsed) {
    out += out.empty() ? "" : " | ";
    out += range.scheme.empty() ? "" : range.scheme + ":";
    out += range.introduced + "..";
    out += range.fixed.empty() ? range.last_affected : "before " + range.fixed;
  }
  return out;
}

TEST(Ranges, OutOfTheWordsThatPeopleWrite) {
  const std::vector<std::array<std::string, 2>> rows = {
      {"1.2.3", "1.2.3..1.2.3"},
      {" V8.0 ", "V8.0..V8.0"},
      {"< 9.0", "..before 9.0"},
      {"<=1.002", "..1.002"},
      {">=3", "3.."},
      {"= 4", "4..4"},
      {">= 1.31 | <= 1.4", "1.31..1.4"},
      {">=1.0|<1.4", "1.0..before 1.4"},
      {"All versions", ".."},
      {"all versions < V7.5 SP1 Update 3", "..before V7.5 SP1 Update 3"},
      {"All versions >= V2 | < V3", "V2..before V3"},
      {"*", ".."},
      {"vers:all/*", ".."},
      {"vers:semver/*", "semver:.."},
      {"vers:npm/>=1.0.0|<1.4.2|2.0.0|>=3.0.0|<=3.1.0",
       "npm:1.0.0..before 1.4.2 | npm:2.0.0..2.0.0 | npm:3.0.0..3.1.0"},
      {"vers:npm/<1|>=2", "npm:..before 1 | npm:2.."},
      {"vers:deb/=1%3a2.0|3%7C", "deb:1:2.0..1:2.0 | deb:3|..3|"},
      {"VERS:NPM/1", "npm:1..1"},
      // No guessing.
      {"", "words"},
      {"< ", "words"},
      {"> 1.0", "words"},
      {"!=1.0", "words"},
      {"1.265B -1.285X", "words"},
      {"< 1, < 2", "words"},
      {"1.0 | < 2", "words"},
      {"< 2 | >= 1", "words"},
      {">=1|<2|>=3", "words"},
      {"All versions running on old boards", "words"},
      {"All versions 3", "words"},
      {"vers:npm", "words"},
      {"vers:/1", "words"},
      {"vers:npm/!=1", "words"},
      {"vers:npm/>=1|>=2", "words"},
      {"vers:npm/>=1|2", "words"},
      {"vers:npm/1|<2", "words"},
      {"vers:npm/1%zz", "words"},
      {"vers:npm/1%ff", "words"},
      {"vers:npm/1|", "words"},
  };
  for (const auto& [text, expected] : rows) {
    EXPECT_EQ(ranges(text), expected) << text;
  }
  std::string many = "vers:npm/1";
  for (int i = 1; i < 1'000; ++i) {
    many += "|1";
  }
  EXPECT_NE(ranges(many), "words");
  EXPECT_EQ(ranges(many + "|1"), "words");
}

TEST(Ranges, WordsThatSayNothingOrEverything) {
  for (const char* text : {"", "n/a", "N/A", "unspecified", "unknown", "-", " "}) {
    EXPECT_TRUE(is_unsaid(text)) << text;
  }
  for (const char* text : {"0", "*", "1.0", "all"}) {
    EXPECT_FALSE(is_unsaid(text)) << text;
  }
  EXPECT_TRUE(is_every_version("All Versions"));
  EXPECT_FALSE(is_every_version("all versions < 1"));
  EXPECT_TRUE(is_rule("all versions < 1"));
  EXPECT_FALSE(is_rule("1.0 SP1"));
}

TEST(Purl, LosesItsVersionOnly) {
  const std::vector<std::array<std::string, 2>> rows = {
      {"pkg:npm/left-pad@1.3.0", "pkg:npm/left-pad"},
      {"pkg:npm/left-pad", "pkg:npm/left-pad"},
      {"pkg:npm/%40scope/name@1.0", "pkg:npm/%40scope/name"},
      {"pkg:npm/@scope/name@1.0", "pkg:npm/@scope/name"},
      {"pkg:npm/@scope/name", "pkg:npm/@scope/name"},
      {"pkg:deb/debian/curl@7.50?arch=i386#x@y", "pkg:deb/debian/curl?arch=i386#x@y"},
      {"pkg:docker/x?repository_url=a@b", "pkg:docker/x?repository_url=a@b"},
      {"npm/x@1", ""},
      {"", ""},
  };
  for (const auto& [text, expected] : rows) {
    EXPECT_EQ(purl_without_version(text), expected) << text;
  }
}

TEST(Cwe, IsAWordAndANumber) {
  for (const char* text : {"CWE-79", "CWE-1", "CWE-12345678"}) {
    EXPECT_TRUE(is_cwe(text)) << text;
  }
  for (const char* text :
       {"CWE-", "CWE-79 XSS", "cwe-79", "79", "CWE-123456789", "NVD-CWE-noinfo"}) {
    EXPECT_FALSE(is_cwe(text)) << text;
  }
}

TEST(Read, TextsAndDatesThatMayOrMustBeThere) {
  const json::Value tree = *parse_tree(R"({"t":"text","e":"","d":"2026-11-23T13:20:00Z","n":1})");
  const json::Cursor top(tree);
  const auto place = [](const auto& result) { return text(result.error()); };
  EXPECT_EQ(*required_text(top, "t", 4), "text");
  EXPECT_EQ(place(required_text(top, "t", 3)), "longer than 3 bytes (/t)");
  EXPECT_EQ(place(required_text(top, "e")), "must not be empty (/e)");
  EXPECT_EQ(place(required_text(top, "x")), "\"x\" is missing (#)");
  EXPECT_EQ(*optional_text(top, "e"), "");
  EXPECT_EQ(*optional_text(top, "x"), "");
  EXPECT_EQ(place(optional_text(top, "n")), "must be a string (/n)");
  EXPECT_EQ(*required_date(top, "d"), "2026-11-23T13:20:00Z");
  EXPECT_EQ(place(required_date(top, "x")), "\"x\" is missing (#)");
  EXPECT_EQ(*optional_date(top, "x"), std::nullopt);
  EXPECT_TRUE(place(optional_date(top, "t")).ends_with("(/t)"));
}

TEST(Read, PartsUpToTheirLimitAndNoneWithoutText) {
  const json::Value tree(json::Object{});
  const json::Cursor top(tree);
  std::vector<Part> parts(kMaxParts - 1);
  EXPECT_TRUE(add_part(top, parts, {.kind = "note", .text = ""}));
  EXPECT_EQ(parts.size(), kMaxParts - 1);
  EXPECT_TRUE(add_part(top, parts, {.kind = "note", .text = "x"}));
  EXPECT_EQ(text(add_part(top, parts, {.kind = "note", .text = "x"}).error()),
            "more than 10000 parts (#)");
}

/// A report with its own token in every text, and which of them a level may show.
struct Marked {
  Report report;
  std::vector<std::string> notice;
  std::vector<std::string> advisory;  // beyond notice
  std::vector<std::string> secret;
};

class Marker {
 public:
  std::string operator()(std::vector<std::string>& group, const std::string& prefix = "") {
    group.push_back(fmt::format("tok{:04}en", ++count_));
    return prefix + group.back();
  }

 private:
  int count_ = 0;
};

std::vector<Part> marked_parts(Marker& mark, Marked& out) {
  std::vector<Part> parts;
  for (const char* kind :
       {"description", "mitigation", "severity", "exploit", "affected", "note"}) {
    for (const Level level : {Level::advisory, Level::technical, Level::exploit}) {
      for (const Encryption encryption : {Encryption::platform, Encryption::age}) {
        parts.push_back({.level = level,
                         .language = "en",
                         .encryption = encryption,
                         .kind = kind,
                         .text = mark(level == Level::advisory ? out.advisory : out.secret,
                                      "-----BEGIN AGE ENCRYPTED FILE-----")});
      }
    }
  }
  return parts;
}

Marked marked_report() {
  Marker mark;
  Marked out;
  Report& report = out.report;
  report.source = "weir-report/v1";
  report.id = mark(out.secret);
  report.title = mark(out.secret);
  report.reporter_name = mark(out.secret);
  report.reporter_contact = mark(out.secret);
  report.aware_at = "2026-11-01T00:00:00Z";
  report.embargo_until = "2026-12-01T00:00:00Z";
  report.published_at = "2026-12-02T00:00:00Z";
  report.parts = marked_parts(mark, out);
  for (int i = 0; i < 2; ++i) {
    Vulnerability& vulnerability = report.vulnerabilities.emplace_back();
    vulnerability.id = mark(out.secret);
    vulnerability.aliases = {mark(out.secret)};
    vulnerability.title = mark(out.secret);
    vulnerability.products = {
        {.vendor = mark(out.notice),
         .name = mark(out.notice),
         .purl = mark(out.advisory, "pkg:npm/"),
         .cpe = mark(out.advisory, "cpe:2.3:a:"),
         .affected = {
             {.introduced = mark(out.advisory),
              .fixed = mark(out.advisory),
              .last_affected = "",
              .scheme = mark(out.advisory)},
             {.introduced = "", .fixed = "", .last_affected = mark(out.advisory), .scheme = ""}}}};
    vulnerability.cvss = {mark(out.advisory)};
    vulnerability.cwe = {"CWE-79"};
    vulnerability.exploited = "yes";
    vulnerability.parts = marked_parts(mark, out);
    vulnerability.references = {mark(out.secret)};
  }
  return out;
}

TEST(Levels, NoTokenIsShownBelowItsLevel) {
  const Marked marked = marked_report();
  const std::string notice = notice_text(marked.report);
  const std::string advisory = advisory_json(marked.report);
  for (const std::string& token : marked.notice) {
    EXPECT_TRUE(notice.contains(token)) << token;
    EXPECT_TRUE(advisory.contains(token)) << token;
  }
  for (const std::string& token : marked.advisory) {
    EXPECT_FALSE(notice.contains(token)) << token;
    EXPECT_TRUE(advisory.contains(token)) << token;
  }
  for (const std::string& token : marked.secret) {
    EXPECT_FALSE(notice.contains(token)) << token;
    EXPECT_FALSE(advisory.contains(token)) << token;
  }
  for (const char* date : {"2026-11-01", "2026-12-01", "2026-12-02"}) {
    EXPECT_TRUE(notice.contains(date) && advisory.contains(date)) << date;
  }
  EXPECT_FALSE(advisory.contains("CWE-79"));  // names the flaw
  const std::string all = write_report(marked.report);
  for (const auto* group : {&marked.notice, &marked.advisory, &marked.secret}) {
    for (const std::string& token : *group) {
      EXPECT_TRUE(all.contains(token)) << token;
    }
  }
}

TEST(Levels, EveryFieldComesBack) {
  const Report report = marked_report().report;
  const auto again = parse_report(write_report(report));
  ASSERT_TRUE(again) << text(again.error());
  EXPECT_TRUE(*again == report);
  EXPECT_EQ(write_report(*again), write_report(report));
}

/// SECRET, ADVISORY and NOTICE stand where texts of that level stand in each standard.
TEST(Levels, TextsOfTheStandardsKeepTheirLevel) {
  const std::string_view cve = R"({"dataType":"CVE_RECORD","dataVersion":"5.1",
    "cveMetadata":{"cveId":"CVE-2026-99999","state":"PUBLISHED"},"containers":{"cna":{
    "title":"SECRET","descriptions":[{"lang":"en","value":"SECRET"}],
    "affected":[{"vendor":"NOTICE","product":"NOTICE","versions":[{"version":"ADVISORY","status":"affected"}]}],
    "problemTypes":[{"descriptions":[{"lang":"en","description":"SECRET"}]}],
    "impacts":[{"descriptions":[{"lang":"en","value":"SECRET"}]}],
    "configurations":[{"lang":"en","value":"SECRET"}],"exploits":[{"lang":"en","value":"SECRET"}],
    "timeline":[{"time":"SECRET","lang":"en","value":"SECRET"}],"credits":[{"lang":"en","value":"SECRET"}],
    "metrics":[{"other":{"type":"x","content":{"text":"SECRET prose that is far too long to be a word of severity for anyone"}}}],
    "solutions":[{"lang":"en","value":"ADVISORY"}],"workarounds":[{"lang":"en","value":"ADVISORY"}],
    "references":[{"url":"SECRET","tags":["exploit"]},{"url":"SECRET 2","tags":[]}]}}})";
  const std::string_view csaf =
      R"({"document":{"category":"csaf_base","csaf_version":"2.0","title":"SECRET",
    "publisher":{"category":"vendor","name":"NOTICE","namespace":"x","contact_details":"SECRET"},
    "notes":[{"category":"summary","title":"SECRET","text":"SECRET"}],"acknowledgments":[{"names":["SECRET"]}],
    "references":[{"url":"SECRET","summary":"SECRET"}],
    "tracking":{"id":"SECRET","status":"final","initial_release_date":"2026-11-01T00:00:00Z","current_release_date":"2026-11-01T00:00:00Z"}},
    "product_tree":{"branches":[{"category":"product_name","name":"NOTICE","branches":[{"category":"product_version",
      "name":"ADVISORY","product":{"product_id":"P","name":"ADVISORY"}}]}]},
    "vulnerabilities":[{"title":"SECRET","ids":[{"text":"SECRET"}],"notes":[{"category":"other","text":"SECRET"}],
      "product_status":{"known_affected":["P"]},"acknowledgments":[{"summary":"SECRET"}],"references":[{"url":"SECRET"}],
      "remediations":[{"category":"mitigation","details":"ADVISORY"}],
      "threats":[{"category":"impact","details":"SECRET"},{"category":"exploit_status","details":"SECRET"}]}]})";
  for (const std::string_view document : {cve, csaf}) {
    const auto report = parse_any(document);
    ASSERT_TRUE(report) << text(report.error());
    EXPECT_FALSE(notice_text(*report).contains("SECRET"));
    EXPECT_FALSE(notice_text(*report).contains("ADVISORY"));
    EXPECT_TRUE(notice_text(*report).contains("NOTICE"));
    EXPECT_FALSE(advisory_json(*report).contains("SECRET"));
    EXPECT_TRUE(advisory_json(*report).contains("ADVISORY"));
    for (const Vulnerability& vulnerability : report->vulnerabilities) {
      for (const Part& part : vulnerability.parts) {
        EXPECT_EQ(part.level == Level::exploit, part.kind == "exploit");
      }
    }
  }
}

TEST(Notice, IsSortedAndSaysEachProductOnce) {
  Report report;
  for (const char* name : {"b", "a", "b"}) {
    report.vulnerabilities.emplace_back().products = {{"W", name, "", "", {}},
                                                      {"V", "c", "", "", {}}};
  }
  EXPECT_EQ(
      notice_text(report),
      R"({"format":"weir-notice/v1","vendors":[{"products":["c"],"vendor":"V"},{"products":["a","b"],"vendor":"W"}]})");
  EXPECT_EQ(notice_text(Report{}), R"({"format":"weir-notice/v1","vendors":[]})");
}

TEST(Languages, AreTagsByForm) {
  const auto with = [](const std::string& tag) {
    return parse_any(R"({"format":"weir-report/v1","title":"x","vulnerabilities":[],"language":")" +
                     tag + "\"}");
  };
  for (const char* tag : {"en", "de-AT", "zh-Hant-TW", "es-419", "i-default", "abcdefgh"}) {
    EXPECT_TRUE(with(tag)) << tag;
  }
  for (const char* tag : {"", "e", "en_US", "en-", "-en", "en--US", "abcdefghi", "en US"}) {
    EXPECT_FALSE(with(tag)) << tag;
  }
  const auto report = parse_any(
      R"({"format":"weir-report/v1","vulnerabilities":[],"language":"de","parts":[{"kind":"note","text":"x"}]})");
  EXPECT_EQ(report->parts[0].language, "de");
}

}  // namespace
}  // namespace weir::format
