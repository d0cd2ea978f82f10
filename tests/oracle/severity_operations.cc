// Operations on severities (src/severity).
#include <array>
#include <string>

#include "oracle.h"
#include "severity/severity.h"
#include "severity/ssvc.h"

namespace weir::oracle {
namespace {

json::Value number(std::optional<int> tenths) {
  return tenths ? json::Value(*tenths / 10.0) : json::Value(nullptr);
}

Result<json::Value> cvss_score(const json::Cursor& request) {
  const auto cvss = severity::Cvss::parse(TRY(request.string_at("vector")));
  if (!cvss) {
    return refusal(cvss.error());
  }
  const auto scores = cvss->scores();
  return json::Object{
      {"version", name(cvss->version())},
      {"vector", cvss->text()},
      {"base", number(scores.base)},
      {"temporal", number(scores.temporal)},
      {"environmental", number(scores.environmental)},
      {"overall", number(scores.overall)},
      {"severity", name(severity::band(cvss->version(), scores.overall))},
      {"macroVector", cvss->macro_vector()},
      {"nomenclature", cvss->nomenclature()},
  };
}

/// table ("DT_DP" or "ssvc:DT_DP"), version, selections {point id: key} → outcome.
Result<json::Value> ssvc_decide(const json::Cursor& request) {
  const std::string table = TRY(request.string_at("table"));
  const std::string version = TRY(request.string_at("version"));
  const std::string id = (table.contains(':') ? "" : "ssvc:") + table + ":" + version;
  const severity::DecisionTable* found = severity::find_decision_table(id);
  std::vector<severity::Selection> selections;
  const json::Cursor chosen = TRY(request.at("selections"));
  for (const auto& [point, key] : TRY(chosen.members(severity::kMaxMetrics))) {
    selections.emplace_back(point, TRY(key.string()));
  }
  if (found == nullptr) {
    return refusal({Code::not_found, "no table " + id});
  }
  const auto outcome = severity::decide(*found, selections);
  return outcome ? json::Value(json::Object{{"outcome", *outcome}}) : refusal(outcome.error());
}

constexpr auto kOperations = std::to_array<Operation>({
    {"cvss.score", cvss_score},
    {"ssvc.decide", ssvc_decide},
});

}  // namespace

std::span<const Operation> severity_operations() {
  return kOperations;
}

}  // namespace weir::oracle
