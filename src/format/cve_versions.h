// The `affected` items of a CVE Record as products and version ranges. Only for the files of this
// folder.
#pragma once

#include <string>

#include "base/json.h"
#include "model/report.h"

namespace weir::format {

struct Affected {
  Product product;
  bool is_clear = false;  // said to be affected in no version at all
  std::string words;      // everything the item says of versions, if the ranges lose some of it
};

/// One item of containers.cna.affected.
Result<Affected> read_affected(const json::Cursor& item);

}  // namespace weir::format
