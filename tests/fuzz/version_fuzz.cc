// The order of versions: any two texts, under every scheme, compare the same from both sides.
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "version/version.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::version;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = text.find('\n');
  const std::string_view a = text.substr(0, cut);
  const std::string_view b = cut == text.npos ? text : text.substr(cut + 1);
  for (const Scheme scheme : all_schemes()) {
    CHECK(compare(scheme, a, a) == 0);
    CHECK(compare(scheme, a, b) == (0 <=> compare(scheme, b, a)));
  }
  return 0;
}
