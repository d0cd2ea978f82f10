// weir-report/v1 in: docs/formats/report.md is the grammar that this follows key by key.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "format/read.h"

namespace weir::format {
namespace {

using json::Cursor;

constexpr std::string_view kFormat = "weir-report/v1";
constexpr std::string_view kAgeHeader = "-----BEGIN AGE ENCRYPTED FILE-----";

Result<VersionRange> read_range(const Cursor& at) {
  TRY(at.only({"introduced", "fixed", "last_affected", "scheme"}));
  VersionRange range{.introduced = TRY(optional_text(at, "introduced")),
                     .fixed = TRY(optional_text(at, "fixed")),
                     .last_affected = TRY(optional_text(at, "last_affected")),
                     .scheme = TRY(optional_text(at, "scheme"))};
  if (!range.fixed.empty() && !range.last_affected.empty()) {
    return at.fail("only one of \"fixed\" and \"last_affected\" may be given");
  }
  return range;
}

Result<std::string> prefixed(const Cursor& at, std::string_view key, std::string_view prefix) {
  std::string text = TRY(optional_text(at, key));
  if (!text.empty() && !text.starts_with(prefix)) {
    return at.find(key)->fail(fmt::format("must begin with \"{}\"", prefix));
  }
  return text;
}

Result<Product> read_product(const Cursor& at) {
  TRY(at.only({"vendor", "name", "purl", "cpe", "affected"}));
  Product product{.vendor = TRY(optional_text(at, "vendor")),
                  .name = TRY(required_text(at, "name")),
                  .purl = TRY(prefixed(at, "purl", "pkg:")),
                  .cpe = TRY(prefixed(at, "cpe", "cpe:2.3:")),
                  .affected = {}};
  if (purl_without_version(product.purl) != product.purl) {
    return at.find("purl")->fail("must have no version: versions stand in \"affected\"");
  }
  for (const Cursor& range : TRY(list(at, "affected", kMaxRanges))) {
    product.affected.push_back(TRY(read_range(range)));
  }
  return product;
}

Result<std::string> read_kind(const Cursor& at) {
  std::string kind = TRY(required_text(at, "kind", kMaxKindBytes));
  if (!std::ranges::all_of(kind, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; })) {
    return at.find("kind")->fail("must be lower-case letters and underscores");
  }
  return kind;
}

Result<Level> read_level(const Cursor& at) {
  const std::optional<Cursor> member = at.find("level");
  if (!member) {
    return Level::technical;
  }
  const std::string word = TRY(member->string(kMaxKindBytes));
  const std::optional<Level> level = parse_level(word);
  if (!level || *level < Level::advisory) {  // what `notice` shows is generated, never written
    return member->fail("must be advisory, technical or exploit");
  }
  return *level;
}

Result<Encryption> read_encryption(const Cursor& at) {
  const std::optional<Cursor> member = at.find("encryption");
  if (!member) {
    return Encryption::platform;
  }
  const std::string name = TRY(member->string(kMaxKindBytes));
  if (name != "platform" && name != "age") {
    return member->fail("must be platform or age");
  }
  return name == "age" ? Encryption::age : Encryption::platform;
}

Result<Part> read_part(const Cursor& at, const std::string& report_language) {
  TRY(at.only({"level", "language", "encryption", "kind", "text"}));
  Part part{.level = TRY(read_level(at)),
            .language = TRY(language(at, "language", report_language)),
            .encryption = TRY(read_encryption(at)),
            .kind = TRY(read_kind(at)),
            .text = TRY(required_text(at, "text", kMaxTextBytes))};
  if (part.encryption == Encryption::age && !part.text.starts_with(kAgeHeader)) {
    return at.find("text")->fail("must be an armoured age file");
  }
  return part;
}

Result<std::vector<Part>> read_parts(const Cursor& at, const std::string& report_language) {
  std::vector<Part> parts;
  for (const Cursor& part : TRY(list(at, "parts", kMaxParts))) {
    parts.push_back(TRY(read_part(part, report_language)));
  }
  return parts;
}

Result<std::string> read_exploited(const Cursor& at) {
  const std::optional<Cursor> member = at.find("exploited");
  if (!member) {
    return "unknown";
  }
  std::string word = TRY(member->string(kMaxKindBytes));
  if (word != "yes" && word != "no" && word != "unknown") {
    return member->fail("must be yes, no or unknown");
  }
  return word;
}

Result<std::vector<std::string>> read_cwe(const Cursor& at) {
  std::vector<std::string> all;
  for (const Cursor& element : TRY(list(at, "cwe"))) {
    all.push_back(TRY(element.string(kMaxNameBytes)));
    if (!is_cwe(all.back())) {
      return element.fail("must be CWE- and a number");
    }
  }
  return all;
}

Result<Vulnerability> read_vulnerability(const Cursor& at, const std::string& report_language) {
  TRY(at.only(
      {"id", "aliases", "title", "products", "cvss", "cwe", "exploited", "parts", "references"}));
  Vulnerability vulnerability;
  vulnerability.id = TRY(optional_text(at, "id"));
  vulnerability.aliases = TRY(texts(at, "aliases"));
  vulnerability.title = TRY(optional_text(at, "title"));
  for (const Cursor& product : TRY(list(at, "products", kMaxProducts))) {
    vulnerability.products.push_back(TRY(read_product(product)));
  }
  vulnerability.cvss = TRY(texts(at, "cvss"));
  vulnerability.cwe = TRY(read_cwe(at));
  vulnerability.exploited = TRY(read_exploited(at));
  vulnerability.parts = TRY(read_parts(at, report_language));
  vulnerability.references = TRY(texts(at, "references", kMaxUrlBytes));
  return vulnerability;
}

Result<std::string> read_label(const Cursor& at) {
  constexpr std::array<std::string_view, 5> kLabels = {"TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER",
                                                       "TLP:GREEN", "TLP:CLEAR"};
  std::string label = TRY(optional_text(at, "label"));
  if (!label.empty() && std::ranges::find(kLabels, label) == kLabels.end()) {
    return at.find("label")->fail("must be a TLP 2.0 label, as in TLP:AMBER");
  }
  return label;
}

Status read_reporter(const Cursor& top, Report& report) {
  const std::optional<Cursor> reporter = top.find("reporter");
  if (!reporter) {
    return {};
  }
  TRY(reporter->only({"name", "contact"}));
  report.reporter_name = TRY(optional_text(*reporter, "name"));
  report.reporter_contact = TRY(optional_text(*reporter, "contact"));
  return {};
}

Result<std::string> read_source(const Cursor& top) {
  constexpr std::array<std::string_view, 5> kSources = {"cve/5.0", "cve/5.1", "cve/5.2", "csaf/2.0",
                                                        kFilingFormat};
  const std::optional<Cursor> source = top.find("source");
  if (!source) {
    return std::string(kFormat);
  }
  std::string name = TRY(source->string(kMaxNameBytes));
  if (std::ranges::find(kSources, name) == kSources.end()) {
    return source->fail("must be cve/5.0, cve/5.1, cve/5.2, csaf/2.0 or weir-filing/v1");
  }
  return name;
}

}  // namespace

Result<Report> read_report(const Cursor& top) {
  const Cursor format = TRY(top.at("format"));
  if (TRY(format.string(kMaxNameBytes)) != kFormat) {
    return format.fail("must be weir-report/v1");
  }
  TRY(top.only({"format", "source", "id", "title", "language", "reporter", "aware_at",
                "embargo_until", "published_at", "label", "vulnerabilities", "parts"}));
  Report report;
  report.source = TRY(read_source(top));
  report.id = TRY(optional_text(top, "id"));
  report.title = TRY(optional_text(top, "title"));
  report.language = TRY(language(top, "language", "en"));
  TRY(read_reporter(top, report));
  report.aware_at = TRY(optional_date(top, "aware_at"));
  report.embargo_until = TRY(optional_date(top, "embargo_until"));
  report.published_at = TRY(optional_date(top, "published_at"));
  report.label = TRY(read_label(top));
  const Cursor vulnerabilities = TRY(top.at("vulnerabilities"));
  std::size_t products = 0;
  for (const Cursor& at : TRY(vulnerabilities.elements(kMaxVulnerabilities))) {
    report.vulnerabilities.push_back(TRY(read_vulnerability(at, report.language)));
    products += report.vulnerabilities.back().products.size();
    if (products > kMaxProductsInAll) {
      return vulnerabilities.fail(fmt::format("more than {} products in all", kMaxProductsInAll));
    }
  }
  report.parts = TRY(read_parts(top, report.language));
  if (report.title.empty() && report.vulnerabilities.empty() && report.parts.empty()) {
    return vulnerabilities.fail("a report needs a title, a vulnerability or a part");
  }
  return report;
}

Result<Report> parse_report(std::string_view bytes) {
  const json::Value tree = TRY(parse_tree(bytes));
  return read_report(Cursor(tree));
}

Result<Report> parse_any(std::string_view bytes) {
  const json::Value tree = TRY(parse_tree(bytes));
  const Cursor top(tree);
  if (const auto format = top.find("format")) {
    const auto name = format->string(kMaxNameBytes);
    return name && *name == kFilingFormat ? read_filing(bytes) : read_report(top);
  }
  if (top.find("dataType")) {
    return read_cve5(top);
  }
  if (top.find("document")) {
    return read_csaf(top);
  }
  return top.fail(
      "not a format that Weir reads: weir-report/v1 and weir-filing/v1 have \"format\" at the top, "
      "a CVE "
      "Record \"dataType\", CSAF \"document\"");
}

}  // namespace weir::format
