// Any bytes: a tree or an error with a place. A tree's canonical form reads back to itself.
#include <cstdint>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto tree = json::parse(text);
  if (!tree) {
    CHECK(!tree.error().where.empty());
    return 0;
  }
  const std::string canonical = json::canonical(*tree);
  const auto again = json::parse(canonical);
  CHECK(again.has_value());
  CHECK(json::canonical(*again) == canonical);
  const auto pretty = json::parse(json::pretty(*tree));
  CHECK(pretty.has_value());
  CHECK(json::canonical(*pretty) == canonical);
  return 0;
}
