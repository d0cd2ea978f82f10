// Notes, keys and checkpoints: what is taken is written back byte for byte.
#include <cstdint>
#include <string_view>

#include "merkle/merkle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::merkle;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto note = parse_note(text)) {
    CHECK(format_note(*note) == text);
    if (const auto checkpoint = parse_checkpoint(note->body)) {
      CHECK(format_checkpoint(*checkpoint) == note->body);
    }
  }
  if (const auto checkpoint = parse_checkpoint(text)) {
    CHECK(format_checkpoint(*checkpoint) == text);
  }
  if (const auto key = VerifierKey::parse(text)) {
    CHECK(key->text() == text);
  }
  if (const auto signatures = parse_signatures(text)) {
    CHECK(format_signatures(*signatures) == text);
  }
  return 0;
}
