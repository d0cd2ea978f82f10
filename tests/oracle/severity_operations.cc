// Operations on severities (src/severity).
#include <array>
#include <string>

#include "oracle.h"
#include "severity/severity.h"

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

constexpr auto kOperations = std::to_array<Operation>({
    {"cvss.score", cvss_score},
});

}  // namespace

std::span<const Operation> severity_operations() {
  return kOperations;
}

}  // namespace weir::oracle
