// The OpenAPI 3.1 document of a table of routes: a pure function, so that it cannot drift from what
// is served.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "http/route.h"

namespace weir::http {

struct ApiInfo {
  std::string title;
  std::string version;
  std::string description{};
  json::Object schemas{};           // components, for "$ref": "#/components/schemas/NAME"
  json::Object security_schemes{};  // components
  /// What the document says of each word of Route::access: security requirements (an array).
  json::Object security_by_access{};
};

/// Every route of `routes` whose pattern starts with `prefix` and that names its operation. Each
/// also has the answers that the server itself may give (400, 404, 413, 415, 429, 503), as
/// problems. A route's access stands in "x-weir-access".
json::Value openapi(const std::vector<Route>& routes, const ApiInfo& info,
                    std::string_view prefix = "/");

}  // namespace weir::http
