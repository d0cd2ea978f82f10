// The same two components in every form, what each form's mistakes become, and what is refused.
#include "sbom/sbom.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "sbom/form.h"
#include "sbom/reader.h"
#include "sbom/xml.h"

namespace weir::sbom {
namespace {

constexpr std::string_view kCycloneDxJson = R"({
  "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
  "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
  "metadata": {"timestamp": "2026-01-02T03:04:05Z",
    "component": {"type": "application", "bom-ref": "app", "name": "shop", "version": "3"}},
  "components": [
    {"type": "library", "bom-ref": "web", "group": "org.acme", "name": "anvil", "version": "1.2",
     "purl": "pkg:maven/org.acme/anvil@1.2", "cpe": "cpe:2.3:a:acme:anvil:1.2:*:*:*:*:*:*:*",
     "supplier": {"name": "ACME"},
     "hashes": [{"alg": "SHA-1", "content": "E6B1000B94E835FFD37F4C6DCBDAD43F4B48A02A"}],
     "components": [{"type": "library", "bom-ref": "in", "name": "tongs", "version": "4"}]}],
  "dependencies": [{"ref": "app", "dependsOn": ["web", "nobody"]}, {"ref": "web", "dependsOn": ["in"]}]})";

constexpr std::string_view kCycloneDxXml = R"(<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.5" version="1"
     serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79">
  <metadata><timestamp>2026-01-02T03:04:05Z</timestamp>
    <component type="application" bom-ref="app"><name>shop</name><version>3</version></component>
  </metadata>
  <components>
    <component type="library" bom-ref="web">
      <supplier><name>ACME</name></supplier>
      <group>org.acme</group><name>anvil</name><version>1.2</version>
      <hashes><hash alg="SHA-1">E6B1000B94E835FFD37F4C6DCBDAD43F4B48A02A</hash></hashes>
      <licenses><license><id>MIT</id></license></licenses>
      <cpe>cpe:2.3:a:acme:anvil:1.2:*:*:*:*:*:*:*</cpe>
      <purl>pkg:maven/org.acme/anvil@1.2</purl>
      <components>
        <component type="library" bom-ref="in"><name>tongs</name><version>4</version></component>
      </components>
    </component>
  </components>
  <dependencies>
    <dependency ref="app"><dependency ref="web"/><dependency ref="nobody"/></dependency>
    <dependency ref="web"><dependency ref="in"/></dependency>
  </dependencies>
</bom>)";

constexpr std::string_view kSpdxJson = R"x({
  "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "dataLicense": "CC0-1.0",
  "name": "shop", "documentNamespace": "https://acme.example/shop",
  "packages": [
    {"SPDXID": "app", "name": "shop", "versionInfo": "3", "supplier": "NOASSERTION"},
    {"SPDXID": "web", "name": "anvil", "versionInfo": "1.2",
     "supplier": "Organization: ACME (psirt@acme.example)",
     "checksums": [{"algorithm": "SHA1", "checksumValue": "e6b1000b94e835ffd37f4c6dcbdad43f4b48a02a"}],
     "externalRefs": [
       {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
        "referenceLocator": "pkg:maven/org.acme/anvil@1.2"},
       {"referenceCategory": "SECURITY", "referenceType": "cpe23Type",
        "referenceLocator": "cpe:2.3:a:acme:anvil:1.2:*:*:*:*:*:*:*"}]},
    {"SPDXID": "in", "name": "tongs", "versionInfo": "4"}],
  "relationships": [
    {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "app"},
    {"spdxElementId": "app", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "web"},
    {"spdxElementId": "in", "relationshipType": "DEPENDENCY_OF", "relatedSpdxElement": "web"}]
})x";

constexpr std::string_view kTagValue = R"(SPDXVersion: SPDX-2.2
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: shop
DocumentNamespace: https://acme.example/shop
# The product
PackageName: shop
SPDXID: app
PackageVersion: 3
PackageSupplier: NOASSERTION
PackageComment: <text>Two lines
PackageName: not a package</text>

PackageName: anvil
SPDXID: web
PackageVersion: 1.2
PackageSupplier: Organization: ACME (psirt@acme.example)
PackageChecksum: SHA1: e6b1000b94e835ffd37f4c6dcbdad43f4b48a02a
ExternalRef: PACKAGE-MANAGER purl pkg:maven/org.acme/anvil@1.2
ExternalRef: SECURITY cpe23Type cpe:2.3:a:acme:anvil:1.2:*:*:*:*:*:*:*
FileName: ./anvil.jar
SPDXID: file
PackageName: tongs
SPDXID: in
PackageVersion: 4
Relationship: SPDXRef-DOCUMENT DESCRIBES app
Relationship: app DEPENDS_ON web
Relationship: in DEPENDENCY_OF web
)";

constexpr std::string_view kSpdx3 =
    R"({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
  "@graph": [
    {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2026-01-02T03:04:05Z"},
    {"type": "SpdxDocument", "spdxId": "doc", "name": "shop", "rootElement": ["app"]},
    {"type": "Organization", "spdxId": "acme", "name": "ACME"},
    {"type": "software_Package", "spdxId": "app", "name": "shop", "software_packageVersion": "3"},
    {"type": "software_Package", "spdxId": "web", "name": "anvil", "software_packageVersion": "1.2",
     "suppliedBy": "acme", "software_packageUrl": "pkg:maven/org.acme/anvil@1.2",
     "verifiedUsing": [{"type": "Hash", "algorithm": "sha1",
                        "hashValue": "e6b1000b94e835ffd37f4c6dcbdad43f4b48a02a"}],
     "externalIdentifier": [{"type": "ExternalIdentifier", "externalIdentifierType": "cpe23",
                             "identifier": "cpe:2.3:a:acme:anvil:1.2:*:*:*:*:*:*:*"}]},
    {"type": "software_Package", "spdxId": "in", "name": "tongs", "software_packageVersion": "4"},
    {"type": "Relationship", "spdxId": "r1", "relationshipType": "dependsOn", "from": "app", "to": ["web"]},
    {"type": "Relationship", "spdxId": "r2", "relationshipType": "contains", "from": "web", "to": ["in"]}]})";

using Edges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

TEST(Sbom, SaysTheSameInEveryForm) {
  struct Row {
    Format format;
    std::string_view text;
    std::string_view version;
    std::string_view place;
  };
  for (const auto& [format, text, version, place] :
       {Row{Format::cyclonedx_json, kCycloneDxJson, "1.5", "/components/0"},
        Row{Format::cyclonedx_xml, kCycloneDxXml, "1.5", "line 8"},
        Row{Format::spdx_json, kSpdxJson, "2.3", "/packages/1"},
        Row{Format::spdx_tag_value, kTagValue, "2.2", "line 14"},
        Row{Format::spdx3_json, kSpdx3, "3.0.1", "/@graph/4"}}) {
    SCOPED_TRACE(name(format));
    const auto document = read(text);
    ASSERT_TRUE(document) << weir::text(document.error());
    EXPECT_EQ(document->format, format);
    EXPECT_EQ(document->version, version);
    for (const Fault& fault : document->faults) {
      ADD_FAILURE() << fault.what << " at " << fault.place;
    }
    ASSERT_EQ(document->components.size(), 3u);
    EXPECT_EQ(document->components[0].name, "shop");
    EXPECT_TRUE(document->components[0].is_root);
    EXPECT_EQ(document->components[2].name, "tongs");
    EXPECT_EQ(document->components[2].version, "4");
    EXPECT_EQ(document->edges, (Edges{{0, 1}, {1, 2}}));
    const Component& anvil = document->components[1];
    EXPECT_EQ(anvil.ref, "web");
    EXPECT_EQ(anvil.name, "anvil");
    EXPECT_EQ(anvil.version, "1.2");
    EXPECT_EQ(anvil.purl, "pkg:maven/org.acme/anvil@1.2");
    EXPECT_EQ(anvil.cpes, std::vector<std::string>{"cpe:2.3:a:acme:anvil:1.2:*:*:*:*:*:*:*"});
    EXPECT_EQ(anvil.supplier, "ACME");
    EXPECT_EQ(anvil.hashes,
              (std::vector{Hash{"SHA-1", "e6b1000b94e835ffd37f4c6dcbdad43f4b48a02a"}}));
    EXPECT_EQ(anvil.place, place);
    EXPECT_FALSE(anvil.is_root);
  }
}

std::string bom(std::string_view members) {
  return R"({"bomFormat":"CycloneDX","specVersion":"1.6",)" + std::string(members) + "}";
}

TEST(Sbom, AMistakeIsAFaultWithItsPlaceAndTheRestIsRead) {
  const char* table[][2] = {
      {R"("components":[{"type":"foo","name":"a"}])", "/components/0"},
      {R"("components":[{"name":"a"}])", "/components/0"},
      {R"("components":[{"type":"library"}])", "/components/0"},
      {R"("components":[7])", "/components/0"},
      {R"("components":{})", "#"},
      {R"("components":[{"type":"library","name":"a","bom-ref":""}])", "/components/0"},
      {R"("components":[{"type":"library","name":"a","scope":"some"}])", "/components/0"},
      {R"("components":[{"type":"library","name":"a","version":7}])", "/components/0"},
      {R"("components":[{"type":"library","name":"a","hashes":[{"alg":"MD5","content":"x"}]}])",
       "/components/0/hashes/0"},
      {R"("components":[{"type":"library","name":"a","hashes":[{"alg":"M","content":"aaaaaaaa"}]}])",
       "/components/0/hashes/0"},
      {R"("components":[{"type":"library","name":"a","licenses":[{"license":{}}]}])",
       "/components/0/licenses/0/license"},
      {R"("components":[{"type":"library","name":"a","swid":{"name":"a"}}])", "/components/0/swid"},
      {R"("components":[{"type":"library","name":"a","pedigree":{"patches":[{"type":"x"}]}}])",
       "/components/0/pedigree/patches/0"},
      {R"("properties":[{"value":"x"}])", "/properties/0"},
      {R"("dependencies":[{"dependsOn":[]}])", "/dependencies/0"},
      {R"("serialNumber":"urn:uuid:3e671687-395b-41f5-a30f")", "#"},
      {R"("metadata":{"timestamp":"2020-04-13"})", "/metadata"},
  };
  for (const auto& [members, place] : table) {
    const auto document = read(bom(members));
    ASSERT_TRUE(document) << members << text(document.error());
    ASSERT_EQ(document->faults.size(), 1u) << members;
    EXPECT_EQ(document->faults[0].place, place) << members << document->faults[0].what;
  }
  const auto twice = read(bom(
      R"("components":[{"type":"library","name":"a","bom-ref":"r"},{"type":"library","name":"b","bom-ref":"r"}])"));
  EXPECT_EQ(twice->faults.size(), 1u);
  EXPECT_EQ(twice->components.size(), 2u);
}

TEST(Sbom, KeepsAHundredFaultsAndCountsTheRest) {
  std::string components = R"("components":[{"type":"x","name":"a"})";
  for (std::size_t i = 1; i < kMostFaults + 5; ++i) {
    components += R"(,{"type":"x","name":"a"})";
  }
  const auto document = read(bom(components + "]"));
  EXPECT_EQ(document->faults.size(), kMostFaults);
  EXPECT_EQ(document->more_faults, 5u);
  EXPECT_EQ(document->components.size(), kMostFaults + 5);
}

TEST(Sbom, RefusesWhatItDoesNotKnowAndSaysWhere) {
  const std::string deep = std::string(80, '[') + std::string(80, ']');
  std::string elements = R"(<bom xmlns="http://cyclonedx.org/schema/bom/1.4">)";
  for (int i = 0; i < 70; ++i) {
    elements += "<a>";
  }
  const std::string table[][2] = {
      {"", ""},
      {"hello", ""},
      {"{", "line 1"},
      {"{}", "#"},
      {R"({"bomFormat":"SPDX","specVersion":"1.5"})", "/bomFormat"},
      {R"({"bomFormat":"CycloneDX","specVersion":"9.9"})", "#"},
      {R"({"bomFormat":"CycloneDX"})", "#"},
      {R"({"spdxVersion":"SPDX-1.2"})", "#"},
      {R"({"@context":"x","@graph":[]})", "#"},
      {R"({"@context":"x","@graph":[{"type":"CreationInfo","specVersion":"4.0"}]})", "#"},
      {R"({"bomFormat":"CycloneDX","specVersion":"1.5","components":)" + deep + "}", "line 1"},
      {"<bom/>", "line 1"},
      {R"(<bom xmlns="http://cyclonedx.org/schema/bom/9"/>)", "#"},
      {"<bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\">\n<components>\n</bom>", "line 3"},
      {"<!DOCTYPE bom [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<bom>&b;</bom>", "line 1"},
      {"<?xml version=\"1.0\"?>\n<!DOCTYPE bom SYSTEM \"file:///etc/passwd\"><bom/>", "line 2"},
      {elements, "line 1"},
      {"SPDXVersion: SPDX-2.3\nthis is no tag\n", "line 2"},
      {"SPDXVersion: SPDX-2.3\nPackageName: a\nPackageComment: <text>never\nended\n", "line 3"},
      {R"({"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"type":"library","name":")" +
           std::string(kMaxTextBytes + 1, 'x') + "\"}]}",
       "/components/0"},
  };
  for (const auto& [document, where] : table) {
    const auto refused = read(document);
    ASSERT_FALSE(refused) << document.substr(0, 80);
    EXPECT_EQ(refused.error().code, Code::invalid) << document.substr(0, 80);
    EXPECT_TRUE(refused.error().where.starts_with(where))
        << document.substr(0, 80) << ": " << text(refused.error());
  }
}

TEST(Sbom, OtherPeoplesElementsAreNotComponents) {
  const auto document = read(R"(<bom xmlns="http://cyclonedx.org/schema/bom/1.4"
      xmlns:x="https://acme.example/x"><components>
      <component type="library"><name>a</name><x:name>not this</x:name><version>1</version></component>
      </components><x:components><component type="library"><name>b</name></component></x:components>
      </bom>)");
  ASSERT_TRUE(document) << text(document.error());
  ASSERT_EQ(document->components.size(), 1u);
  EXPECT_EQ(document->components[0].name, "a");
}

TEST(Xml, HasTheShapeOfTheJsonForm) {
  const auto xml = parse_xml(
      R"(<bom xmlns="u" a="1"><b>x</b><b>y</b><hashes><hash alg="MD5"> f </hash></hashes><licenses><expression>MIT</expression></licenses></bom>)");
  ASSERT_TRUE(xml) << text(xml.error());
  EXPECT_EQ(xml->root, "bom");
  EXPECT_EQ(xml->scope, "u");
  EXPECT_EQ(json::canonical(xml->tree),
            R"({"#line":1,"a":"1","b":["x","y"],"hashes":[{"#line":1,"alg":"MD5","content":"f"}],)"
            R"("licenses":[{"expression":"MIT"}]})");
}

TEST(TagValue, HasTheShapeOfTheJsonForm) {
  const auto tree = parse_tag_value("SPDXVersion: SPDX-2.2\nPackageName: a\nSPDXID: r\n");
  ASSERT_TRUE(tree) << text(tree.error());
  EXPECT_EQ(json::canonical(*tree),
            R"({"packages":[{"#line":2,"SPDXID":"r","name":"a"}],"relationships":[],)"
            R"("spdxVersion":"SPDX-2.2"})");
}

TEST(Growing, KnowsItsComponentsByReference) {
  Growing growing;
  ASSERT_TRUE(growing.add({.ref = "a", .name = "a"}));
  EXPECT_EQ(growing.find("b"), nullptr);
  growing.find("a")->is_root = true;
  const json::Value tree = json::Object{{"list", json::Object()}, {"text", 1}};
  const json::Cursor at(tree, "/x");
  EXPECT_EQ(place(at), "/x");
  EXPECT_EQ(*text_of(growing, at, "text"), "");
  EXPECT_TRUE(list_of(growing, at, "list", 9)->empty());
  EXPECT_EQ(hash_value(growing, at, "ABCDEF01"), "abcdef01");
  EXPECT_EQ(hash_value(growing, at, "abc"), std::nullopt);
  ASSERT_TRUE(growing.depends("a", "a", at));
  check_form(growing, at);
  const Document document = growing.finish();
  EXPECT_EQ(document.faults.size(), 3u);
  EXPECT_EQ(document.edges.size(), 1u);
  EXPECT_TRUE(document.components[0].is_root);
}

}  // namespace
}  // namespace weir::sbom
