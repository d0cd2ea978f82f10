// What a list holds: read from inventories and from named products, packed and unpacked.
#include "watch/watch.h"

#include <gtest/gtest.h>

namespace weir::watch {
namespace {

const std::string kInventory =
    R"({"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{)"
    R"("component":{"type":"application","name":"shop","version":"3","bom-ref":"shop"}},)"
    R"("components":[)"
    R"({"type":"library","bom-ref":"a","name":"jinja2","version":"2.4","purl":"pkg:pypi/jinja2@2.4"},)"
    R"({"type":"library","bom-ref":"b","name":"jinja2","version":"2.5","purl":"pkg:pypi/Jinja2@2.5"},)"
    R"({"type":"library","bom-ref":"c","name":"jinja2","version":"2.4","purl":"pkg:pypi/jinja2@2.4"},)"
    R"({"type":"library","name":"nameless","version":"1"},)"
    R"({"type":"library","name":"left-pad","purl":"pkg:npm/left-pad"},)"
    R"({"type":"library","name":"broken","version":"1","purl":"pkg:"},)"
    R"({"type":"library","name":"httpd","version":"2.4.1","cpe":"cpe:2.3:a:apache:http_server:2.4.1:*:*:*:*:*:*:*"}],)"
    R"("vulnerabilities":[{"id":"CVE-2026-1","analysis":{"state":"not_affected",)"
    R"("justification":"code_not_reachable"},"affects":[{"ref":"a"}]}]})";

Content taken(std::string_view bytes) {
  auto content = read(bytes);
  EXPECT_TRUE(content) << text(content.error());
  return content ? std::move(*content) : Content{};
}

std::string refused(std::string_view bytes) {
  const auto content = read(bytes);
  return content ? "taken" : text(content.error());
}

std::string products(const std::string& list) {
  return R"({"products":[)" + list + "]}";
}

TEST(Watch, AnItemIsAPackageInWhicheverVersionsItIsThere) {
  const Content content = taken(kInventory);
  ASSERT_EQ(content.items.size(), 2U);
  EXPECT_EQ(content.items[0].key, "PyPI:jinja2");
  ASSERT_EQ(content.items[0].parts.size(), 2U);
  EXPECT_EQ(shown(content.items[0]), "jinja2 2.4, 2.5");
  EXPECT_EQ(content.items[1].key, "cpe:apache:http_server");
  EXPECT_EQ(content.parts, 3U);
  EXPECT_EQ(content.form, "CycloneDX JSON 1.5");
  EXPECT_EQ(content.product, "shop 3");
  ASSERT_TRUE(content.root);
  EXPECT_EQ(content.root->ref, "shop");
}

TEST(Watch, WhatCannotBeWatchedIsCountedWithItsPlace) {
  const Content content = taken(kInventory);
  EXPECT_EQ(content.nameless, 3U);  // the product itself, the one without a name, the broken one
  EXPECT_EQ(content.unversioned, 1U);
  ASSERT_EQ(content.unread.size(), 1U);
  EXPECT_EQ(content.unread[0].place, "/components/5");
  const Content faulty = taken(
      R"({"bomFormat":"CycloneDX","specVersion":"1.5","components":[7,{"type":"library","name":"a",)"
      R"("purl":"pkg:npm/a@1"}]})");
  EXPECT_EQ(faulty.parts, 1U);
  ASSERT_EQ(faulty.unread.size(), 1U);
  EXPECT_EQ(faulty.unread[0].place, "/components/0");
}

TEST(Watch, AnInventorysOwnStatementsAreTaken) {
  const Content content = taken(kInventory);
  ASSERT_TRUE(content.statements);
  ASSERT_EQ(content.statements->statements.size(), 1U);
  EXPECT_EQ(content.statements->statements[0].position, sbom::Position::not_affected);
}

TEST(Watch, ProductsAreNamedInFourWays) {
  const Content content = taken(products(
      R"({"purl":"pkg:npm/lodash@4.17.20"},{"ecosystem":"Debian:12","name":"openssl","version":"3.0.1"},)"
      R"({"cpe":"cpe:2.3:o:linux:linux_kernel:5.10:*:*:*:*:*:*:*"},)"
      R"({"vendor":"Acme Corp.","product":"Road Runner"})"));
  ASSERT_EQ(content.items.size(), 4U);
  EXPECT_EQ(content.form, "products");
  std::string keys;
  for (const Item& item : content.items) {
    keys += item.key + (item.parts[0].is_any_version ? " any" : "") + " " +
            target_of(item.parts[0]).version + "\n";
  }
  EXPECT_EQ(keys,
            "Debian:openssl 3.0.1\n"
            "cpe:acme_corp.:road_runner any \n"
            "cpe:linux:linux_kernel 5.10\n"
            "npm:lodash 4.17.20\n");
  EXPECT_EQ(content.items[1].parts[0].component.cpes.size(), 3U);
}

TEST(Watch, WhatIsRefusedSaysWhereAndWhy) {
  EXPECT_EQ(
      refused(products(R"({"purl":"pkg:npm/a@1"},{"purl":"pkg:npm/b@1","cpe":"cpe:/a:b:c"})")),
      "one of purl, cpe, ecosystem and name, or vendor and product (/products/1)");
  EXPECT_EQ(refused(products(R"({"ecosystem":"npm"})")),
            "one of purl, cpe, ecosystem and name, or vendor and product (/products/0)");
  EXPECT_EQ(refused(products(R"({"ecosystem":"Nowhere","name":"x"})")),
            "\"Nowhere\" is no ecosystem that is known (/products/0)");
  EXPECT_EQ(refused(products(R"({"purl":"pkg:npm/a@1","colour":"red"})")),
            "unknown key (/products/0/colour)");
  EXPECT_EQ(refused(products(R"({"purl":7})")), "must be a string (/products/0/purl)");
  EXPECT_EQ(refused(products("")),
            "nothing here can be watched: no component has a purl or a CPE, and a version");
  EXPECT_NE(refused("{").find("line 1"), std::string::npos);
  EXPECT_NE(refused(R"({"bomFormat":"CycloneDX","specVersion":"1.5","components":7})"), "taken");
  EXPECT_NE(refused("just words"), "taken");
}

TEST(Watch, LimitsHoldOnBothSides) {
  std::string many;
  for (std::size_t i = 0; i < kMaxProducts; ++i) {
    many +=
        (i == 0 ? "" : ",") + std::string(R"({"purl":"pkg:npm/a)") + std::to_string(i) + "@1\"}";
  }
  EXPECT_EQ(taken(products(many)).items.size(), kMaxProducts);
  EXPECT_NE(refused(products(many + R"(,{"purl":"pkg:npm/b@1"})")), "taken");
  std::string parts = R"({"bomFormat":"CycloneDX","specVersion":"1.5","components":[)";
  for (std::size_t i = 0; i < kMaxParts; ++i) {
    parts += R"({"type":"library","name":"x","purl":"pkg:npm/a)" + std::to_string(i) + "@1\"},";
  }
  const std::string last = R"({"type":"library","name":"x","purl":"pkg:npm/a0@1"}]})";
  EXPECT_EQ(taken(parts + last).parts, kMaxParts);
  const std::string other = R"({"type":"library","name":"x","purl":"pkg:npm/one-more@1"}]})";
  EXPECT_EQ(refused(parts + other), "a list has at most 50000 components (/components/50000)");
  EXPECT_EQ(refused(std::string(kMaxListBytes + 1, ' ')), "more than 32 MiB");
}

TEST(Watch, UnpackingGivesWhatWasPacked) {
  const Content content = taken(kInventory);
  const auto items = unpack_items(pack(content.items));
  ASSERT_TRUE(items);
  EXPECT_EQ(*items, content.items);
  const Content named =
      taken(products(R"({"vendor":"A","product":"B"},{"ecosystem":"npm","name":"x"})"));
  EXPECT_EQ(*unpack_items(pack(named.items)), named.items);
  const std::vector<sbom::Vex> statements = {*content.statements};
  const auto again = unpack_statements(pack(statements));
  ASSERT_TRUE(again);
  ASSERT_EQ(again->size(), 1U);
  EXPECT_EQ((*again)[0].author, statements[0].author);
  ASSERT_EQ((*again)[0].statements.size(), 1U);
  const sbom::Statement& one = (*again)[0].statements[0];
  EXPECT_EQ(one.vulnerabilities, statements[0].statements[0].vulnerabilities);
  EXPECT_EQ(one.subjects, statements[0].statements[0].subjects);
  EXPECT_EQ(one.position, statements[0].statements[0].position);
  EXPECT_EQ(one.justification, statements[0].statements[0].justification);
  const json::Value root = packed(*content.root);
  EXPECT_EQ(*unpack_component(json::Cursor(root)), *content.root);
}

TEST(Watch, WhatIsDamagedIsCorrupt) {
  for (const char* text : {"", "{}", "[{}]", R"([{"key":"a","parts":[{"name":7}]}])", "[1]"}) {
    EXPECT_EQ(unpack_items(text).error().code, Code::corrupt) << text;
    EXPECT_EQ(unpack_statements(text).error().code, Code::corrupt) << text;
  }
  EXPECT_EQ(
      unpack_statements(R"([{"statements":[{"vulnerabilities":[],"subjects":[],"position":9}]}])")
          .error()
          .code,
      Code::corrupt);
}

}  // namespace
}  // namespace weir::watch
