// Each form's reader by itself, and the View and helpers that they share.
#include <gtest/gtest.h>

#include "advisory/read.h"
#include "advisory/readers.h"

namespace weir::advisory {
namespace {

struct Document {
  explicit Document(std::string_view json) { root = parser.parse(json.data(), json.size()); }
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  Trouble trouble;
  View view() { return {root, trouble}; }
};

struct FormCase {
  void (*reader)(const View&, Advisory&);
  Source source;
  std::string id;
  std::string json;
};

TEST(Forms, EachReaderNamesItsSourceAndId) {
  const FormCase cases[] = {
      {read_cve, Source::cve, "CVE-1",
       R"({"dataType":"CVE_RECORD","cveMetadata":{"cveId":"CVE-1","state":"PUBLISHED"},"containers":{"cna":{}}})"},
      {read_nvd1, Source::nvd, "CVE-1", R"({"cve":{"CVE_data_meta":{"ID":"CVE-1"}}})"},
      {read_nvd2, Source::nvd, "CVE-1", R"({"id":"CVE-1"})"},
      {read_osv, Source::osv, "A-1", R"({"id":"A-1"})"},
      {read_csaf, Source::csaf, "A-1", R"({"document":{"tracking":{"id":"A-1"}}})"},
      {read_kev, Source::kev, "CVE-1", R"({"cveID":"CVE-1"})"},
      {read_kev_eu, Source::kev_eu, "CVE-1", R"({"cveID":"CVE-1","euvdID":"EUVD-1"})"},
      {read_kev_euvd, Source::kev_euvd, "CVE-1", R"({"cveId":"CVE-1","euvdId":"EUVD-1"})"},
      {read_kev_vulncheck, Source::kev_vulncheck, "CVE-1", R"({"cve":["CVE-1"]})"},
      {read_kev_gcve, Source::kev_gcve, "u-1", R"({"uuid":"u-1","status":{"exploited":true}})"},
      {read_description, Source::description, "CVE-1", R"({"id":"CVE-1"})"},
      {read_enrichment, Source::enrichment, "CVE-1", R"({"additionalMetadata":{"cveId":"CVE-1"}})"},
      {read_nodejs, Source::nodejs, "NSWG-ECO-7", R"({"id":7,"module_name":"m"})"},
      {read_ics, Source::ics, "ICSA-1", R"({"ICS-CERT_Number":"ICSA-1"})"},
  };
  for (const FormCase& c : cases) {
    Document document(c.json);
    Advisory out;
    c.reader(document.view(), out);
    EXPECT_FALSE(document.trouble.is_there()) << c.json;
    EXPECT_EQ(out.source, c.source);
    EXPECT_EQ(out.id, c.id);
  }
}

TEST(Forms, ListsThatSeveralFormsShare) {
  Document document(R"({"affected":[{"product":"p","defaultStatus":"affected"}],
    "applicability":[{"nodes":[{"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:b:c:1:*:*:*:*:*:*:*"}]}]}]})");
  Advisory out;
  read_cve_affected(document.view().at("affected"), out);
  ASSERT_EQ(out.affected.size(), 1U);
  EXPECT_EQ(out.affected[0].standing, Standing::affected);  // nothing is listed: all of it
  read_configurations(document.view().at("applicability"), out);
  ASSERT_EQ(out.affected.size(), 2U);
  EXPECT_EQ(out.affected[1].versions, std::vector<std::string>{"1"});
}

TEST(Forms, NodesAreNotNestedForever) {
  std::string json = R"({"cpe_match":[]})";
  for (int i = 0; i < 20; ++i) {
    json = R"({"children":[)" + json + "]}";
  }
  Document document(R"({"cve":{"CVE_data_meta":{"ID":"C"}},"configurations":{"nodes":[)" + json +
                    "]}}");
  Advisory out;
  read_nvd1(document.view(), out);
  ASSERT_TRUE(document.trouble.is_there());
  EXPECT_EQ(document.trouble.first().message, "nodes are nested too deep");
}

TEST(View, BlamesTheFirstWrongPlaceOnly) {
  Document document(R"({"a":{"b/c":[null,{"d":1},true]},"n":2.5,"s":["x","y"]})");
  const View root = document.view();
  EXPECT_TRUE(root.is_object());
  EXPECT_FALSE(root.at("x").is_there());
  EXPECT_EQ(root.at("x").at("y").string(), "");
  EXPECT_EQ(root.at("n").number(), 2.5);
  EXPECT_EQ(root.at("x").boolean(), std::nullopt);
  std::vector<std::string> list;
  root.at("s").append_to(list);
  EXPECT_EQ(list, (std::vector<std::string>{"x", "y"}));
  EXPECT_FALSE(document.trouble.is_there());
  std::size_t index = 0;
  root.at("a").at("b/c").each([&](const View& element) {
    EXPECT_EQ(element.is_there(), index != 0);  // null is absent
    if (element.is_object()) {
      element.string_at("d");
      element.blame("too late");
    }
    ++index;
  });
  EXPECT_EQ(index, 3U);
  EXPECT_EQ(text(document.trouble.first()), "expected a string (/a/b~1c/1/d)");
  document.trouble.clear();
  EXPECT_FALSE(document.view().at("s").boolean());
  EXPECT_EQ(text(document.trouble.first()), "expected true or false (/s)");
  document.trouble.clear();
  document.view().at("x").at("y").blame("gone");
  EXPECT_EQ(text(document.trouble.first()), "gone (/x/y)");
  document.trouble.clear();
  document.view().blame("all of it");
  EXPECT_EQ(text(document.trouble.first()), "all of it (#)");
  EXPECT_EQ(root.at("s").size(), 2U);
  EXPECT_EQ(root.at("n").size() + root.at("x").size(), 0U);
}

TEST(View, NoKeyStandsTwiceHoweverManyThereAre) {
  std::string json = "{";
  for (int i = 0; i < 60; ++i) {
    json += "\"k" + std::to_string(i) + "\":[{\"a\":1}],";
  }
  Document good(json + "\"last\":0}");
  EXPECT_TRUE(refuse_doubled_keys(good.root));
  Document bad(json + "\"k7\":0}");
  EXPECT_EQ(refuse_doubled_keys(bad.root).error().where, "#");
}

TEST(Helpers, Lists) {
  Advisory out;
  for (const std::string_view given :
       {"CWE-79: XSS", "CWE-79", "89", "x 7", "CWE-", "1234567", ""}) {
    add_weakness(given, out);
  }
  EXPECT_EQ(out.weaknesses, (std::vector<std::string>{"CWE-79", "CWE-89"}));
  add_weakness("NVD-CWE-noinfo", out);
  add_cve_tag("disputed", out);
  add_cve_tag("x_own", out);
  Advisory noted;
  add_cve_reference("https://kb.cert.org/vuls/id/1", noted);
  add_cve_reference("https://kb.cert.org/vuls/id/2", noted);
  EXPECT_EQ(noted.references.size(), 2U);
  EXPECT_EQ(noted.marks, std::vector<std::string>{"cert-note"});
  EXPECT_EQ(out.marks, (std::vector<std::string>{"NVD-CWE-noinfo", "disputed"}));
  add_once(out.references, "");
  add_once(out.references, "a");
  add_once(out.references, "a");
  EXPECT_EQ(out.references, std::vector<std::string>{"a"});
  std::vector<std::string> listed;
  add_listed("see CWE-1, CWE-2;CWE-3", "CWE-", listed);
  EXPECT_EQ(listed, (std::vector<std::string>{"CWE-1", "CWE-2", "CWE-3"}));
  add_rating("x", "", std::nullopt, out);
  add_rating("x", "junk", std::nullopt, out);
  add_rating("x", "", 4.25, out);
  add_rating("x", "", 11.0, out);
  ASSERT_EQ(out.ratings.size(), 2U);
  EXPECT_EQ(out.ratings[0].score, -1);
  EXPECT_EQ(out.ratings[1].score, 43);
}

TEST(Helpers, TextsAreCutBetweenCharacters) {
  EXPECT_EQ(cut_text(std::string("a\0b", 3)), "a b");
  const std::string text(kMostTextBytes - 1, 'a');
  EXPECT_EQ(cut_text(text + "\xc3\xa9"), text);
  EXPECT_EQ(cut_text(text + "b").size(), kMostTextBytes);
}

}  // namespace
}  // namespace weir::advisory
