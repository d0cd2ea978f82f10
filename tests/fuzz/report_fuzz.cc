// Any bytes as a report of any format: an answer, and what was taken survives our own form
// (format.h, invariant 4). What is shown of it is written without a complaint.
#include <cstdint>
#include <string_view>

#include "format/format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto report = weir::format::parse_any({reinterpret_cast<const char*>(bytes), size});
  if (report) {
    const auto again = weir::format::parse_report(weir::format::write_report(*report));
    CHECK(again && *again == *report);
    weir::format::notice_text(*report);
    weir::format::advisory_json(*report);
  }
  return 0;
}
