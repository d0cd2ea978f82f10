// The forms of VEX that have a file of their own. Only for the files of this folder.
#pragma once

#include "sbom/reader.h"
#include "sbom/vex.h"

namespace weir::sbom {

Result<Vex> read_csaf_vex(const json::Value& tree);
Result<Vex> read_cyclonedx_vex(const Tree& tree);

}  // namespace weir::sbom
