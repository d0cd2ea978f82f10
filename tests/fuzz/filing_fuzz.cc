// Any bytes as a filing, and as what somebody fills in: an error with a place, or a document that
// survives its own format and breaks out of no page.
#include <cstdint>

#include "app/filing_document.h"
#include "format/format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto values = app::parse_values(bytes); !values) {
    CHECK(!values.error().where.empty());
  }
  if (const auto report = format::parse_any(bytes); report) {
    CHECK(*format::parse_report(format::write_report(*report)) == *report);
  }
  const auto filing = app::parse_filing(bytes);
  if (!filing) {
    CHECK(!filing.error().where.empty());
    return 0;
  }
  const std::string written = app::write_filing(*filing);
  const auto again = app::parse_filing(written);
  CHECK(again.has_value());
  CHECK(app::write_filing(*again) == written);
  CHECK(!app::filing_csv(*filing).empty());
  CHECK(app::filing_html(*filing, app::Page::copy).find("<script") == std::string::npos);
  return 0;
}
