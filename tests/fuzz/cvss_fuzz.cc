// CVSS vectors: what is taken is written canonically and scores the same again.
#include <cstdint>
#include <string_view>

#include "severity/severity.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using weir::severity::Cvss;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto cvss = Cvss::parse(text)) {
    const auto again = Cvss::parse(cvss->text());
    CHECK(again && again->text() == cvss->text());
    const int overall = cvss->scores().overall;
    CHECK(overall >= 0 && overall <= 100 && again->scores().overall == overall);
  }
  return 0;
}
