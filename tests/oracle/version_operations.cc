// Operations on versions, ranges and names (src/version).
#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "oracle.h"
#include "version/vers.h"
#include "version/version.h"

namespace weir::oracle {
namespace {

/// By ecosystem or by type, whichever the vectors use.
Result<version::Scheme> scheme_at(const json::Cursor& request, std::string_view key) {
  const json::Cursor at = TRY(request.at(key));
  const std::string name = TRY(at.string());
  if (const auto scheme = version::scheme_of_type(name)) {
    return *scheme;
  }
  if (const auto scheme = version::scheme_of_ecosystem(name)) {
    return *scheme;
  }
  return at.fail("unknown ecosystem or scheme");
}

int number(std::weak_ordering order) {
  return order == 0 ? 0 : order < 0 ? -1 : 1;
}

Result<json::Value> compare(const json::Cursor& request) {
  const version::Scheme scheme = TRY(scheme_at(request, "ecosystem"));
  const std::string a = TRY(request.string_at("a"));
  const std::string b = TRY(request.string_at("b"));
  return json::Object{{"cmp", number(version::compare(scheme, a, b))}};
}

struct Versions {
  version::Scheme scheme;
  std::vector<std::string> texts;
};

Result<Versions> versions_at(const json::Cursor& request) {
  constexpr std::size_t kMost = 10'000;
  const json::Cursor input = TRY(request.at("input"));
  Versions versions{.scheme = TRY(scheme_at(input, "input_scheme")), .texts = {}};
  const json::Cursor list = TRY(input.at("versions"));
  for (const json::Cursor& each : TRY(list.elements(kMost))) {
    versions.texts.push_back(TRY(each.string()));
  }
  return versions;
}

/// All of them, the oldest first; equal ones stay in their order.
Result<json::Value> vers_comparison(const json::Cursor& request) {
  const Versions versions = TRY(versions_at(request));
  const auto is_older = [&](const std::string& a, const std::string& b) {
    return version::compare(versions.scheme, a, b) < 0;
  };
  const std::multiset<std::string, decltype(is_older)> sorted(versions.texts.begin(),
                                                              versions.texts.end(), is_older);
  return json::Object{{"output", json::Array(sorted.begin(), sorted.end())}};
}

Result<json::Value> vers_equality(const json::Cursor& request) {
  const Versions versions = TRY(versions_at(request));
  const bool differs = std::ranges::any_of(versions.texts, [&](const std::string& text) {
    return version::compare(versions.scheme, versions.texts.front(), text) != 0;
  });
  return json::Object{{"output", !differs}};
}

Result<json::Value> vers_from_native(const json::Cursor& request) {
  const json::Cursor input = TRY(request.at("input"));
  const std::string type = TRY(input.string_at("scheme"));
  const std::string native = TRY(input.string_at("native_range"));
  const auto range = version::from_native(type, native);
  return range ? json::Value(json::Object{{"output", version::text(*range)}})
               : refusal(range.error());
}

Result<json::Value> vers_containment(const json::Cursor& request) {
  const json::Cursor input = TRY(request.at("input"));
  const std::string text = TRY(input.string_at("vers"));
  const std::string version = TRY(input.string_at("version"));
  const auto range = version::parse_vers(text);
  return range ? json::Value(json::Object{{"output", version::contains(*range, version)}})
               : refusal(range.error());
}

Result<json::Value> vers_validate(const json::Cursor& request) {
  const std::string text = TRY(request.string_at("input"));
  auto range = version::parse_vers(text);
  if (!range) {
    return refusal(range.error());
  }
  normalise(*range);
  return json::Object{{"output", version::text(*range)}};
}

Result<json::Value> vers_parse(const json::Cursor& request) {
  const std::string text = TRY(request.string_at("input"));
  const auto range = version::parse_vers(text);
  if (!range) {
    return refusal(range.error());
  }
  json::Array constraints;
  for (const version::Constraint& constraint : range->constraints) {
    constraints.push_back(json::Array{name(constraint.comparator), constraint.version});
  }
  return json::Object{{"output", json::Object{{"scheme", range->type},
                                              {"version_constraints", std::move(constraints)}}}};
}

constexpr auto kOperations = std::to_array<Operation>({
    {"ver.cmp", compare},
    {"vers.comparison", vers_comparison},
    {"vers.containment", vers_containment},
    {"vers.equality", vers_equality},
    {"vers.from_native", vers_from_native},
    {"vers.parse", vers_parse},
    {"vers.validate", vers_validate},
});

}  // namespace

std::span<const Operation> version_operations() {
  return kOperations;
}

}  // namespace weir::oracle
