// Operations on inventories and VEX (src/sbom).
#include <algorithm>
#include <array>
#include <string>

#include "oracle.h"
#include "sbom/sbom.h"
#include "sbom/vex.h"

namespace weir::oracle {
namespace {

json::Array faults_of(const std::vector<sbom::Fault>& faults) {
  json::Array all;
  for (const sbom::Fault& fault : faults) {
    all.push_back(json::Object{{"what", fault.what}, {"place", fault.place}});
  }
  return all;
}

json::Object shown(const sbom::Component& component) {
  json::Array cpes(component.cpes.begin(), component.cpes.end());
  return {{"name", component.name},       {"version", component.version},
          {"purl", component.purl},       {"cpes", std::move(cpes)},
          {"place", component.place},     {"supplier", component.supplier},
          {"is_root", component.is_root}, {"hashes", component.hashes.size()}};
}

/// The document as a text → what was read, or why not.
Result<json::Value> sbom_read(const json::Cursor& request) {
  const json::Cursor text = TRY(request.at("document"));
  const auto document = sbom::read(TRY(text.string(sbom::kMaxBytes)));
  if (!document) {
    return refusal(document.error());
  }
  json::Array components;
  for (const sbom::Component& component : document->components) {
    components.push_back(shown(component));
  }
  return json::Object{{"format", name(document->format)},
                      {"version", document->version},
                      {"components", std::move(components)},
                      {"edges", document->edges.size()},
                      {"faults", faults_of(document->faults)}};
}

/// Two documents about the same software: names and versions that only one of them has.
Result<json::Value> sbom_agree(const json::Cursor& request) {
  std::array<std::vector<std::string>, 2> sides;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const json::Cursor text = TRY(request.at(i == 0 ? "left" : "right"));
    const auto document = sbom::read(TRY(text.string(sbom::kMaxBytes)));
    if (!document) {
      return refusal(document.error());
    }
    for (const sbom::Component& component : document->components) {
      sides[i].push_back(component.name + "@" + component.version + " " + component.purl);
    }
    std::ranges::sort(sides[i]);
  }
  json::Array differ;
  std::vector<std::string> only;
  std::ranges::set_symmetric_difference(sides[0], sides[1], std::back_inserter(only));
  for (const std::string& one : only) {
    differ.push_back(json::Value(one));
  }
  return json::Object{{"components", sides[0].size()}, {"differ", std::move(differ)}};
}

Result<json::Value> vex_read(const json::Cursor& request) {
  const json::Cursor text = TRY(request.at("document"));
  const auto vex = sbom::read_vex(TRY(text.string(sbom::kMaxBytes)));
  if (!vex) {
    return refusal(vex.error());
  }
  json::Array statements;
  for (const sbom::Statement& statement : vex->statements) {
    statements.push_back(json::Object{{"vulnerability", statement.vulnerabilities.front()},
                                      {"position", name(statement.position)},
                                      {"subjects", statement.subjects.size()},
                                      {"reason", reason(statement)}});
  }
  return json::Object{{"form", vex->form},
                      {"statements", std::move(statements)},
                      {"faults", faults_of(vex->faults)}};
}

constexpr auto kOperations = std::to_array<Operation>({
    {"sbom.agree", sbom_agree},
    {"sbom.read", sbom_read},
    {"vex.read", vex_read},
});

}  // namespace

std::span<const Operation> sbom_operations() {
  return kOperations;
}

}  // namespace weir::oracle
