#include <simdjson.h>

#include "advisory/read.h"

namespace weir::advisory {

std::string minified(std::string_view json) {
  std::string out(json.size() + simdjson::SIMDJSON_PADDING, '\0');
  std::size_t size = 0;
  if (simdjson::minify(json.data(), json.size(), out.data(), size) != simdjson::SUCCESS) {
    return std::string(json);
  }
  out.resize(size);
  return out;
}

}  // namespace weir::advisory
