// Any bytes as weir-report/v1: an error with a place, or a report that survives its own format.
#include <cstdint>

#include "format/format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  const auto report = format::parse_report({reinterpret_cast<const char*>(data), size});
  if (!report) {
    CHECK(!report.error().where.empty());
    return 0;
  }
  const auto again = format::parse_report(format::write_report(*report));
  CHECK(again.has_value());
  CHECK(*again == *report);
  CHECK(!format::notice_text(*report).empty());
  CHECK(!format::advisory_json(*report).empty());
  return 0;
}
