// Paths of tiles, and entry bundles: what is taken is written back byte for byte.
#include <cstdint>
#include <string>
#include <string_view>

#include "merkle/merkle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::merkle;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto path = parse_tile_path(text)) {
    CHECK(tile_path(*path) == text);
    (void)tile_width(kMaxSize, path->tile.level, path->tile.index);
  }
  for (const unsigned width : {0U, 1U, 2U, 255U, 256U}) {
    if (const auto entries = parse_entries(text, width)) {
      std::string bundle;
      for (const std::string_view entry : *entries) {
        CHECK(add_entry(bundle, entry).has_value());
      }
      CHECK(bundle == text && entries->size() == width);
    }
  }
  return 0;
}
