// weir-oracle: one JSON object a line in, one out, in order. Exit 1 at the first line that is no
// request; 0 otherwise.
#include <iostream>
#include <string>

#include "oracle.h"

namespace weir::oracle {

json::Value refusal(const Error& error) {
  return json::Object{{"error", text(error)}};
}

namespace {

Result<json::Value> answer(std::string_view line) {
  const json::Value request = TRY(json::parse(line, {.depth = 256}));
  const json::Cursor cursor(request);
  const std::string op = TRY(cursor.string_at("op"));
  for (const auto operations : {version_operations(), name_operations(), severity_operations(),
                                sbom_operations(), match_operations(), osv_operations()}) {
    for (const Operation& operation : operations) {
      if (operation.name == op) {
        return operation.answer(cursor);
      }
    }
  }
  return cursor.fail("no operation \"" + op + "\"");
}

}  // namespace
}  // namespace weir::oracle

int main() {
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto answer = weir::oracle::answer(line);
    if (!answer) {
      std::cerr << "weir-oracle: " << weir::text(answer.error()) << '\n';
      return 1;
    }
    std::cout << weir::json::canonical(*answer) << '\n';
  }
  return 0;
}
