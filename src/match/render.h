// Findings as others read them: a table for people, JSON of our own, SARIF 2.1.0 for the tools that
// show results beside code, CycloneDX 1.6 VEX for whoever has the inventory.
//
// JSON: {"inventory", "findings":[{"component", "id", "source", "aliases", "why", "rule", ...}],
// "suppressed":[...], "near_misses":[...], "unread":[...]}. Members are added, never changed.
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "match/match.h"
#include "match/suppress.h"
#include "sbom/sbom.h"

namespace weir::match {

/// An answer with what people want to know beside it.
struct Row {
  Answer answer;
  std::vector<std::string> aliases;  // the other ids of the vulnerability
  std::string title;
  int score = -1;                          // CVSS in tenths; -1 if nobody gives one
  std::vector<advisory::Source> listed{};  // in these lists of exploited vulnerabilities
  Word word;                               // what the product's maker says
};

struct Report {
  std::string source;  // the inventory's name, as the user gave it
  sbom::Document inventory;
  std::vector<Target> targets;  // by component
  std::vector<Row> findings;
  std::vector<Row> suppressed;
  std::vector<Row> near_misses;     // only if they were asked for
  std::vector<sbom::Fault> unread;  // names that could not be read, with their component's place
  std::size_t nameless = 0;         // components without any name to look up
};

enum class Form : std::uint8_t { table, json, sarif, cyclonedx_vex };
/// "table", "json", "sarif", "vex"; nothing for another word.
std::optional<Form> parse_form(std::string_view word);

/// For the terminal, worst first; ends with a line break.
std::string render_table(const Report& report);
json::Value render_json(const Report& report);
/// One rule a vulnerability, one result a finding; suppressed ones carry their justification.
json::Value render_sarif(const Report& report);
/// Analysis is "in_triage" where nobody has said anything: a match is no proof of exploitability.
json::Value render_vex(const Report& report);

/// One component's name for people: "anvil 1.2".
std::string shown(const sbom::Component& component);

}  // namespace weir::match
