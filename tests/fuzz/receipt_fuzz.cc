// Receipts and promises: whatever parses is written back to the same bytes, and nothing verifies
// under a key that nobody has signed with.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "custody/custody.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  static const auto key = merkle::VerifierKey::make(merkle::SignatureType::ed25519, "log.example",
                                                    std::string(32, '\x07'))
                              .value();
  static const custody::Pinned pinned{key, merkle::Policy::parse("quorum none\n").value()};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto receipt = custody::parse_receipt(text);
  if (receipt) {
    CHECK(custody::write_receipt(*receipt) == text);
    custody::match_body(receipt->fields, "body");
  }
  CHECK(!custody::verify_receipt(text, pinned, "body"));
  CHECK(!custody::verify_promise(text, key));
  return 0;
}
