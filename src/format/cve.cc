// CVE Record Format 5.0 to 5.2 (CVE_Record_Format 5.2.0; clause names are the schema's keys).
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/time.h"
#include "format/cve_versions.h"
#include "format/read.h"

namespace weir::format {
namespace {

using json::Cursor;

constexpr std::size_t kMaxSeverityWordBytes = 64;  // longer is prose, not a severity

/// What several containers of a record add to.
struct Facts {
  Distinct cvss;
  Distinct cwe;
  Distinct references;
};

bool is_cve_id(std::string_view text) {
  // cveMetadata.cveId: ^CVE-[0-9]{4}-[0-9]{4,19}$
  if (!text.starts_with("CVE-") || text.size() < 13 || text.size() > 28 || text[8] != '-') {
    return false;
  }
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::ranges::all_of(text.substr(4, 4), is_digit) &&
         std::ranges::all_of(text.substr(9), is_digit);
}

Result<std::string> read_version(const Cursor& top) {
  const Cursor at = TRY(top.at("dataVersion"));
  const std::string text = TRY(at.string(kMaxNameBytes));
  const std::string minor = text.substr(0, 3);
  if ((minor != "5.0" && minor != "5.1" && minor != "5.2") || (text.size() > 3 && text[3] != '.')) {
    return at.fail("must be 5.0, 5.1 or 5.2");
  }
  return "cve/" + minor;
}

/// The schema's timestamp: RFC 3339, or the same without an offset, which then means UTC.
Result<std::optional<std::string>> read_timestamp(const Cursor& object, std::string_view key) {
  const std::optional<Cursor> member = object.find(key);
  if (!member) {
    return std::nullopt;
  }
  const std::string text = TRY(member->string(kMaxNameBytes));
  if (!parse_rfc3339(text) && parse_rfc3339(text + "Z")) {
    return text + "Z";
  }
  return TRY(date(*member));
}

/// Elements of the form {lang, value}.
Status add_texts(const Cursor& container, std::string_view key, const Part& like,
                 std::vector<Part>& parts) {
  for (const Cursor& element : TRY(list(container, key))) {
    Part part = like;
    part.language = TRY(language(element, "lang", "en"));
    part.text = TRY(required_text(element, "value", kMaxTextBytes));
    TRY(add_part(element, parts, std::move(part)));
  }
  return {};
}

Status add_timeline(const Cursor& container, std::vector<Part>& parts) {
  for (const Cursor& element : TRY(list(container, "timeline"))) {
    const std::string time = TRY(required_text(element, "time"));
    const std::string value =
        TRY(required_text(element, "value", kMaxTextBytes - kMaxNameBytes - 2));
    Part part{.level = Level::technical, .kind = "timeline", .text = time + ": " + value};
    part.language = TRY(language(element, "lang", "en"));
    TRY(add_part(element, parts, std::move(part)));
  }
  return {};
}

Status add_impacts(const Cursor& container, std::vector<Part>& parts) {
  for (const Cursor& impact : TRY(list(container, "impacts"))) {
    TRY(add_texts(impact, "descriptions", {.level = Level::technical, .kind = "impact", .text = ""},
                  parts));
  }
  return {};
}

Status add_problem_types(const Cursor& container, Facts& facts, std::vector<Part>& parts) {
  for (const Cursor& type : TRY(list(container, "problemTypes"))) {
    for (const Cursor& element : TRY(list(type, "descriptions"))) {
      const std::string cwe = TRY(optional_text(element, "cweId"));
      Part part{.level = Level::technical, .kind = "weakness", .text = ""};
      part.language = TRY(language(element, "lang", "en"));
      part.text = TRY(required_text(element, "description", kMaxTextBytes));
      if (is_cwe(cwe)) {
        TRY(facts.cwe.add(element, cwe));
      } else if (is_cwe(part.text)) {
        TRY(facts.cwe.add(element, part.text));
      } else if (part.text != "n/a") {
        TRY(add_part(element, parts, std::move(part)));
      }
    }
  }
  return {};
}

/// Known exploitation, as the two kinds of `other` metric say it that CISA writes; a word of
/// severity; or nothing that Weir has a place for.
Status add_other_metric(const Cursor& other, Vulnerability& vulnerability) {
  const std::string type = TRY(required_text(other, "type"));
  const Cursor content = TRY(other.at("content"));
  if (!content.is_object()) {
    return content.fail("must be an object");
  }
  if (type == "kev") {
    vulnerability.exploited = "yes";
    return {};
  }
  if (type == "ssvc") {
    for (const Cursor& option : TRY(list(content, "options"))) {
      if (TRY(optional_text(option, "Exploitation")) == "active") {
        vulnerability.exploited = "yes";
      }
    }
    return {};
  }
  for (const std::string_view key : {"value", "text"}) {
    const std::optional<Cursor> word = content.find(key);
    if (word && word->is_string()) {
      std::string text = TRY(word->string(kMaxTextBytes));
      const Level level = text.size() <= kMaxSeverityWordBytes ? Level::advisory : Level::technical;
      return add_part(other, vulnerability.parts,
                      {.level = level, .kind = "severity", .text = std::move(text)});
    }
  }
  return {};
}

Status add_metrics(const Cursor& container, Facts& facts, Vulnerability& vulnerability) {
  for (const Cursor& metric : TRY(list(container, "metrics"))) {
    for (const std::string_view key : {"cvssV4_0", "cvssV3_1", "cvssV3_0", "cvssV2_0"}) {
      const std::optional<Cursor> score = metric.find(key);
      if (score) {
        std::string vector = TRY(required_text(*score, "vectorString"));
        TRY(facts.cvss.add(*score, std::move(vector)));
      }
    }
    const std::optional<Cursor> other = metric.find("other");
    if (other) {
      TRY(add_other_metric(*other, vulnerability));
    }
  }
  return {};
}

Status add_references(const Cursor& container, Facts& facts, std::vector<Part>& parts) {
  for (const Cursor& reference : TRY(list(container, "references"))) {
    std::string url = TRY(required_text(reference, "url", kMaxUrlBytes));
    const std::vector<std::string> tags = TRY(texts(reference, "tags"));
    if (std::ranges::find(tags, "exploit") != tags.end()) {
      TRY(add_part(reference, parts,
                   {.level = Level::exploit, .kind = "exploit", .text = std::move(url)}));
    } else {
      TRY(facts.references.add(reference, std::move(url)));
    }
  }
  return {};
}

/// What a CNA and an ADP container have in common and Weir takes from both.
Status add_facts(const Cursor& container, Facts& facts, Vulnerability& vulnerability) {
  if (!container.is_object()) {
    return container.fail("must be an object");
  }
  TRY(add_metrics(container, facts, vulnerability));
  TRY(add_problem_types(container, facts, vulnerability.parts));
  TRY(add_references(container, facts, vulnerability.parts));
  return {};
}

Status add_products(const Cursor& cna, Vulnerability& vulnerability) {
  for (const Cursor& element : TRY(list(cna, "affected", kMaxProducts))) {
    Affected affected = TRY(read_affected(element));
    if (affected.is_clear) {
      continue;  // its vendor has nothing to do with this flaw
    }
    TRY(add_part(
        element, vulnerability.parts,
        {.level = Level::advisory, .kind = "affected", .text = std::move(affected.words)}));
    vulnerability.products.push_back(std::move(affected.product));
  }
  return {};
}

Status add_cna_texts(const Cursor& cna, std::vector<Part>& parts) {
  struct Row {
    std::string_view key;
    std::string_view kind;
    Level level;
  };
  constexpr std::array<Row, 7> kRows = {{
      {"descriptions", "description", Level::technical},
      {"rejectedReasons", "rejected", Level::technical},
      {"configurations", "configuration", Level::technical},
      {"solutions", "mitigation", Level::advisory},
      {"workarounds", "workaround", Level::advisory},
      {"exploits", "exploit", Level::exploit},
      {"credits", "credit", Level::technical},
  }};
  for (const Row& row : kRows) {
    TRY(add_texts(cna, row.key, {.level = row.level, .kind = std::string(row.kind), .text = ""},
                  parts));
  }
  TRY(add_impacts(cna, parts));
  TRY(add_timeline(cna, parts));
  return {};
}

Result<Vulnerability> read_containers(const Cursor& containers, const Cursor& cna) {
  Vulnerability vulnerability;
  Facts facts;
  vulnerability.title = TRY(optional_text(cna, "title"));
  TRY(add_cna_texts(cna, vulnerability.parts));
  TRY(add_products(cna, vulnerability));
  TRY(add_facts(cna, facts, vulnerability));
  for (const Cursor& adp : TRY(list(containers, "adp"))) {
    TRY(add_facts(adp, facts, vulnerability));
  }
  vulnerability.cvss = std::move(facts.cvss).take();
  vulnerability.cwe = std::move(facts.cwe).take();
  vulnerability.references = std::move(facts.references).take();
  return vulnerability;
}

}  // namespace

Result<Report> read_cve5(const Cursor& top) {
  const Cursor type = TRY(top.at("dataType"));
  if (TRY(type.string(kMaxNameBytes)) != "CVE_RECORD") {
    return type.fail("must be CVE_RECORD");
  }
  Report report;
  report.source = TRY(read_version(top));
  const Cursor metadata = TRY(top.at("cveMetadata"));
  const Cursor id = TRY(metadata.at("cveId"));
  report.id = TRY(id.string(kMaxNameBytes));
  if (!is_cve_id(report.id)) {
    return id.fail("must be a CVE id, as in CVE-2026-12345");
  }
  const Cursor state = TRY(metadata.at("state"));
  const std::string state_name = TRY(state.string(kMaxNameBytes));
  if (state_name != "PUBLISHED" && state_name != "REJECTED") {
    return state.fail("must be PUBLISHED or REJECTED: a reserved id reports nothing");
  }
  const Cursor containers = TRY(top.at("containers"));
  const Cursor cna = TRY(containers.at("cna"));
  TRY(cna.at(state_name == "PUBLISHED" ? "descriptions" : "rejectedReasons"));

  report.reporter_name = TRY(optional_text(metadata, "assignerShortName"));
  const std::optional<std::string> published = TRY(read_timestamp(metadata, "datePublished"));
  report.published_at = TRY(read_timestamp(cna, "datePublic"));
  if (!report.published_at) {
    report.published_at = published;
  }
  report.vulnerabilities.push_back(TRY(read_containers(containers, cna)));
  Vulnerability& vulnerability = report.vulnerabilities.back();
  vulnerability.id = report.id;
  report.title = vulnerability.title;
  if (!vulnerability.parts.empty()) {
    report.language = vulnerability.parts.front().language;
  }
  return report;
}

Result<Report> parse_cve5(std::string_view bytes) {
  const json::Value tree = TRY(parse_tree(bytes));
  return read_cve5(Cursor(tree));
}

}  // namespace weir::format
