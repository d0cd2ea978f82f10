// Names and ranges: what is taken is written so that it reads back as the same.
#include <cstdint>
#include <string_view>

#include "version/cpe.h"
#include "version/purl.h"
#include "version/vers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::version;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto range = parse_vers(text)) {
    const auto again = parse_vers(weir::version::text(*range));
    CHECK(again && again->constraints == range->constraints);
    normalise(*range);
    (void)contains(*range, "1.2.3");
  }
  if (const auto purl = parse_purl(text)) {
    CHECK(parse_purl(weir::version::text(*purl)) == *purl);
  }
  if (const auto cpe = parse_cpe(text)) {
    CHECK(parse_cpe(to_formatted_string(*cpe)) == *cpe);
    CHECK(relate(*cpe, *cpe) == Relation::equal || relate(*cpe, *cpe) == Relation::undefined);
  }
  for (const char* type : {"npm", "pypi", "composer", "maven", "nginx", "conan"}) {
    if (const auto range = from_native(type, text)) {
      (void)weir::version::text(*range);
    }
  }
  return 0;
}
