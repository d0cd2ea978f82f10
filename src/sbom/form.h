// What CycloneDX demands of the parts that the reader does not need: licences, patches, properties,
// services, software identification tags. Only for the files of this folder.
#pragma once

#include "sbom/reader.h"

namespace weir::sbom {

/// Faults for every such part within `root`, wherever it stands.
void check_form(Growing& growing, const json::Cursor& root);

}  // namespace weir::sbom
