// XML as a JSON tree in the shape that CycloneDX JSON has, so that one reader reads both. Only for
// the files of this folder.
//
// An element is an object of its attributes and children, or its text if it has neither; text
// beside attributes is "content". Elements that are lists in JSON are arrays of what they hold.
// Each object has its line as "#line". No document type, so no entities: refused at the first sign
// of one.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace weir::sbom {

struct Xml {
  std::string root;   // name of the root element
  std::string scope;  // its namespace
  json::Value tree;
};

/// `invalid` with the line.
Result<Xml> parse_xml(std::string_view bytes);

}  // namespace weir::sbom
