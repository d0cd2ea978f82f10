// Inventories and VEX: any bytes are read or refused; edges point at components.
#include <cstdint>
#include <string_view>

#include "sbom/sbom.h"
#include "sbom/vex.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto document = weir::sbom::read(bytes)) {
    for (const auto& [from, to] : document->edges) {
      CHECK(from < document->components.size() && to < document->components.size());
    }
    for (const auto& component : document->components) {
      CHECK(!component.place.empty());
    }
    CHECK(document->faults.size() <= weir::sbom::kMostFaults);
  }
  if (const auto vex = weir::sbom::read_vex(bytes)) {
    for (const auto& statement : vex->statements) {
      CHECK(!statement.vulnerabilities.empty());
      (void)reason(statement);
    }
  }
  return 0;
}
