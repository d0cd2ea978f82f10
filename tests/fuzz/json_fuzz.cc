// Any bytes: json::parse answers, and what it took has one canonical form that reads back the same.
#include <cstdint>
#include <string_view>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto value = weir::json::parse({reinterpret_cast<const char*>(bytes), size});
  if (value) {
    const std::string canonical = weir::json::canonical(*value);
    const auto again = weir::json::parse(canonical);
    CHECK(again && weir::json::canonical(*again) == canonical);
  }
  return 0;
}
