// SARIF 2.1.0 and CycloneDX 1.6.
#include <map>

#include <fmt/format.h>

#include "match/render.h"

namespace weir::match {
namespace {

constexpr int kHigh = 70;    // CVSS in tenths: SARIF's "error"
constexpr int kMedium = 40;  // "warning"

std::string_view level_of(int score) {
  // Without a score a finding is neither hidden nor shouted.
  return score >= kHigh ? "error" : score >= kMedium || score < 0 ? "warning" : "note";
}

std::string id_of(const Row& row) {
  return row.answer.vulnerability.empty() ? row.answer.id : row.answer.vulnerability;
}

json::Object rule_of(const Row& row) {
  const std::string title = row.title.empty() ? id_of(row) : row.title;
  json::Object rule{{"id", id_of(row)},
                    {"shortDescription", json::Object{{"text", title}}},
                    {"properties", json::Object{{"tags", json::Array{"security"}}}}};
  if (row.score >= 0) {
    // The word that code hosts sort by.
    rule["properties"].as_object()["security-severity"] =
        fmt::format("{}.{}", row.score / 10, row.score % 10);
  }
  return rule;
}

json::Object result_of(const Report& report, const Row& row) {
  const sbom::Component& component = report.inventory.components[row.answer.target];
  const std::string why = row.answer.why(report.targets[row.answer.target].version);
  json::Object physical{{"artifactLocation", json::Object{{"uri", report.source}}}};
  if (component.place.starts_with("line ")) {
    std::int64_t line = 0;
    for (const char c : std::string_view(component.place).substr(5)) {
      line = line * 10 + (c - '0');
    }
    physical["region"] = json::Object{{"startLine", line}};
  }
  json::Object result{
      {"ruleId", id_of(row)},
      {"level", level_of(row.score)},
      {"message", json::Object{{"text", shown(component) + ": " + why}}},
      {"locations",
       json::Array{json::Object{
           {"physicalLocation", std::move(physical)},
           {"logicalLocations", json::Array{json::Object{{"fullyQualifiedName", component.place},
                                                         {"name", shown(component)}}}}}}},
      {"partialFingerprints",
       json::Object{{"weir/component-vulnerability", shown(component) + " " + row.answer.id}}}};
  if (row.word.suppresses()) {
    result["suppressions"] =
        json::Array{json::Object{{"kind", "external"},
                                 {"status", "accepted"},
                                 {"justification", sbom::reason(*row.word.statement)}}};
  }
  return result;
}

/// CycloneDX's words for OpenVEX's positions.
std::string_view state_of(const Row& row) {
  if (row.word.statement == nullptr) {
    return "in_triage";
  }
  switch (row.word.statement->position) {
    case sbom::Position::not_affected:
      return "not_affected";
    case sbom::Position::affected:
      return "exploitable";
    case sbom::Position::fixed:
      return "resolved";
    case sbom::Position::under_investigation:
      return "in_triage";
  }
  std::unreachable();
}

/// OpenVEX's justifications in CycloneDX's words; CycloneDX's own stay.
std::string justification_of(const std::string& word) {
  static const std::map<std::string_view, std::string_view> kWords = {
      {"component_not_present", "code_not_present"},
      {"vulnerable_code_not_present", "code_not_present"},
      {"vulnerable_code_not_in_execute_path", "code_not_reachable"},
      {"vulnerable_code_cannot_be_controlled_by_adversary", "requires_environment"},
      {"inline_mitigations_already_exist", "protected_by_mitigating_control"}};
  static constexpr auto kOwn = std::to_array<std::string_view>(
      {"code_not_present", "code_not_reachable", "requires_configuration", "requires_dependency",
       "requires_environment", "protected_by_compiler", "protected_at_runtime",
       "protected_at_perimeter", "protected_by_mitigating_control"});
  const auto known = kWords.find(word);
  if (known != kWords.end()) {
    return std::string(known->second);
  }
  return std::ranges::find(kOwn, word) == kOwn.end() ? "" : word;
}

json::Object vulnerability_of(const Report& report, const Row& row) {
  const sbom::Component& component = report.inventory.components[row.answer.target];
  std::string detail = row.answer.why(report.targets[row.answer.target].version);
  json::Object analysis{{"state", state_of(row)}};
  if (row.word.statement != nullptr) {
    detail = sbom::reason(*row.word.statement) + "; " + detail;
    const std::string word = justification_of(row.word.statement->justification);
    if (!word.empty() && row.word.statement->position == sbom::Position::not_affected) {
      analysis["justification"] = word;
    }
  }
  analysis["detail"] = detail;
  json::Array references;
  for (const std::string& alias : row.aliases) {
    references.push_back(json::Object{{"id", alias}, {"source", json::Object{{"name", "alias"}}}});
  }
  // A BOM-Link needs a serial number; without one the reference is to the same document.
  const std::string ref = component.ref.empty() ? component.purl : component.ref;
  json::Object out{{"id", id_of(row)},
                   {"source", json::Object{{"name", advisory::name(row.answer.source)}}},
                   {"analysis", std::move(analysis)},
                   {"affects", json::Array{json::Object{{"ref", ref}}}}};
  if (!references.empty()) {
    out["references"] = std::move(references);
  }
  if (!row.title.empty()) {
    out["description"] = row.title;
  }
  if (row.score >= 0) {
    out["ratings"] = json::Array{json::Object{{"score", row.score / 10.0}}};
  }
  return out;
}

}  // namespace

json::Value render_sarif(const Report& report) {
  json::Array rules;
  json::Array results;
  std::map<std::string, std::size_t> known;
  for (const std::vector<Row>* rows : {&report.findings, &report.suppressed}) {
    for (const Row& row : *rows) {
      const auto [at, is_new] = known.emplace(id_of(row), rules.size());
      if (is_new) {
        rules.push_back(rule_of(row));
      }
      json::Object result = result_of(report, row);
      result["ruleIndex"] = at->second;
      results.push_back(std::move(result));
    }
  }
  return json::Object{
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs", json::Array{json::Object{
                   {"tool", json::Object{{"driver", json::Object{{"name", "Weir"},
                                                                 {"rules", std::move(rules)}}}}},
                   {"results", std::move(results)}}}}};
}

json::Value render_vex(const Report& report) {
  json::Array components;
  json::Array vulnerabilities;
  std::map<std::size_t, bool> named;
  for (const std::vector<Row>* rows : {&report.findings, &report.suppressed}) {
    for (const Row& row : *rows) {
      vulnerabilities.push_back(vulnerability_of(report, row));
      const sbom::Component& component = report.inventory.components[row.answer.target];
      if (!named.emplace(row.answer.target, true).second) {
        continue;
      }
      json::Object one{{"type", "library"},
                       {"bom-ref", component.ref.empty() ? component.purl : component.ref},
                       {"name", component.name.empty() ? component.purl : component.name}};
      if (!component.version.empty()) {
        one["version"] = component.version;
      }
      if (!component.purl.empty()) {
        one["purl"] = component.purl;
      }
      components.push_back(std::move(one));
    }
  }
  return json::Object{{"bomFormat", "CycloneDX"},
                      {"specVersion", "1.6"},
                      {"version", 1},
                      {"components", std::move(components)},
                      {"vulnerabilities", std::move(vulnerabilities)}};
}

}  // namespace weir::match
