// What weir-oracle can be asked: a table of operations, each a function of one JSON object.
//
// An operation fails only if the request itself is malformed. That an input is refused is an
// answer: {"error": why}.
#pragma once

#include <span>
#include <string_view>

#include "base/json.h"

namespace weir::oracle {

struct Operation {
  std::string_view name;
  Result<json::Value> (*answer)(const json::Cursor& request);
};

std::span<const Operation> version_operations();
std::span<const Operation> name_operations();
std::span<const Operation> severity_operations();
std::span<const Operation> sbom_operations();
std::span<const Operation> match_operations();
std::span<const Operation> osv_operations();

/// {"error": "..."}.
json::Value refusal(const Error& error);

}  // namespace weir::oracle
