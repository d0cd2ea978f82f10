// SSVC (CERT/CC): decision points and decision tables, as data. What to do about a vulnerability is
// read off a table, never reckoned.
//
// A point is known by namespace, key and version ("ssvc:E:1.1.0"), and so is a table; the key "A"
// alone means Automatable here and Active there. Tables: deployer, supplier, CISA's and the
// coordinator's publication, what they are fed by (human impact, public safety impact, utility),
// and four equivalence sets of CVSS v4.0.
//
// Not here: the coordinator's triage table and CISA's table of remediation times, of which no
// published rows were at hand.
//
// Thread rule: plain values, pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::severity {

struct DecisionPoint {
  std::string_view id;                       // "ssvc:E:1.1.0"
  std::string_view name;                     // "Exploitation"
  std::span<const std::string_view> values;  // keys, from the mildest on
};

struct DecisionTable {
  std::string_view id;                           // "ssvc:DT_DP:1.0.0"
  std::string_view name;                         // "Deployer Patch Application Priority"
  std::span<const DecisionPoint* const> points;  // what has to be known
  const DecisionPoint* outcome;
  std::string_view rows;  // the outcome's place, for every choice; the last point changes first
};

std::span<const DecisionTable> decision_tables();
/// Null if there is none of this id.
const DecisionTable* find_decision_table(std::string_view id);

/// One point's id and the key chosen.
using Selection = std::pair<std::string, std::string>;

/// The key of the outcome. `invalid` if a point is missing, stands twice, is not one of the
/// table's, or has no such value.
Result<std::string_view> decide(const DecisionTable& table, std::span<const Selection> selections);

}  // namespace weir::severity
