// Proof files: what is taken is written back byte for byte.
#include <cstdint>
#include <string_view>

#include "merkle/merkle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::merkle;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto proof = parse_proof(text)) {
    CHECK(format_proof(*proof) == text);
    // Any index, proof and size must be harmless to the verifiers.
    const TreeHead head = parse_checkpoint(parse_note(proof->checkpoint)->body)->head;
    (void)verify_inclusion({.index = proof->index, .hash = head.root}, proof->hashes, head);
    (void)verify_consistency({.size = proof->index, .root = head.root}, proof->hashes, head);
  }
  return 0;
}
