// OpenPGP keys: any bytes are read or refused, and what was read can be read again.
#include <cstdint>
#include <string_view>

#include "openpgp/openpgp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr weir::Instant kNow{1'798'761'600'000};  // 2027-01-01
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto key = weir::openpgp::read_key(text, kNow)) {
    const auto again = weir::openpgp::read_key(key->bytes, kNow);
    CHECK(again && again->fingerprint == key->fingerprint && again->expires == key->expires);
    CHECK(weir::openpgp::encrypt(key->bytes, "text", kNow));
  }
  return 0;
}
