// The configuration: what it takes, it writes back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = weir::config::parse({reinterpret_cast<const char*>(data), size});
  if (!config) {
    return 0;
  }
  const auto again = weir::config::parse(weir::config::write(*config));
  if (!again || weir::config::write(*again) != weir::config::write(*config)) {
    std::abort();
  }
  return 0;
}
