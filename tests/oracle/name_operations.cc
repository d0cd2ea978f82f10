// Operations on names of software: purl and CPE (src/version).
#include <array>
#include <string>

#include "oracle.h"
#include "version/cpe.h"
#include "version/purl.h"

namespace weir::oracle {
namespace {

json::Value part(const std::string& text) {
  return text.empty() ? json::Value(nullptr) : json::Value(text);
}

json::Value parts(const version::Purl& purl) {
  json::Value qualifiers = nullptr;
  if (!purl.qualifiers.empty()) {
    qualifiers = json::Object();
    for (const auto& [key, value] : purl.qualifiers) {
      qualifiers.as_object()[key] = value;
    }
  }
  return json::Object{{"type", purl.type},
                      {"namespace", part(purl.scope)},
                      {"name", purl.name},
                      {"version", part(purl.version)},
                      {"qualifiers", std::move(qualifiers)},
                      {"subpath", part(purl.subpath)}};
}

Result<json::Value> purl_parse(const json::Cursor& request) {
  const auto purl = version::parse_purl(TRY(request.string_at("input")));
  return purl ? json::Value(json::Object{{"output", parts(*purl)}}) : refusal(purl.error());
}

Result<json::Value> purl_validate(const json::Cursor& request) {
  const std::string input = TRY(request.string_at("input"));
  const auto purl = version::parse_purl(input, version::Reading::lenient);
  return purl ? json::Value(json::Object{{"output", version::text(*purl)}}) : refusal(purl.error());
}

/// A part that is absent or null is "".
std::string member(const json::Cursor& input, std::string_view key) {
  const auto found = input.find(key);
  return found && found->is_string() ? found->string().value_or("") : "";
}

Result<json::Value> purl_build(const json::Cursor& request) {
  const json::Cursor input = TRY(request.at("input"));
  version::Purl purl{.type = member(input, "type"),
                     .scope = member(input, "namespace"),
                     .name = member(input, "name"),
                     .version = member(input, "version"),
                     .qualifiers = {},
                     .subpath = member(input, "subpath")};
  if (const auto qualifiers = input.find("qualifiers"); qualifiers && qualifiers->is_object()) {
    for (const auto& [key, value] : TRY(qualifiers->members(version::kMaxQualifiers))) {
      purl.qualifiers.emplace_back(key, TRY(value.string()));
    }
  }
  const auto made = version::make_purl(std::move(purl));
  return made ? json::Value(json::Object{{"output", version::text(*made)}}) : refusal(made.error());
}

Result<json::Value> cpe_parse(const json::Cursor& request) {
  const auto cpe = version::parse_cpe(TRY(request.string_at("s")));
  if (!cpe) {
    return refusal(cpe.error());
  }
  json::Object answer;
  for (std::size_t i = 0; i < version::kAttributes; ++i) {
    const version::CpeValue& value = cpe->values[i];
    const bool is_text = value.kind == version::CpeValue::Kind::text;
    const bool is_any = value.kind == version::CpeValue::Kind::any;
    answer[name(static_cast<version::Attribute>(i))] =
        is_text ? value.text : std::string(is_any ? "ANY" : "NA");
  }
  answer["wfn"] = version::to_wfn(*cpe);
  answer["uri"] = version::to_uri(*cpe);
  answer["formatted"] = version::to_formatted_string(*cpe);
  return answer;
}

Result<json::Value> cpe_match(const json::Cursor& request) {
  const auto source = version::parse_cpe(TRY(request.string_at("source")));
  const auto target = version::parse_cpe(TRY(request.string_at("target")));
  if (!source || !target) {
    return refusal(source ? target.error() : source.error());
  }
  return json::Object{{"relation", name(version::relate(*source, *target))}};
}

constexpr auto kOperations = std::to_array<Operation>({
    {"cpe.match", cpe_match},
    {"cpe.parse", cpe_parse},
    {"purl.build", purl_build},
    {"purl.parse", purl_parse},
    {"purl.validate", purl_validate},
});

}  // namespace

std::span<const Operation> name_operations() {
  return kOperations;
}

}  // namespace weir::oracle
