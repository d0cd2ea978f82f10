// Requests to a witness, and answers from one.
#include <cstdint>
#include <string_view>

#include "merkle/merkle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  using namespace weir::merkle;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto request = parse_add_checkpoint(text);
  if (request) {
    CHECK(format_add_checkpoint(*request) == text);
  }
  static const SigningKey key = SigningKey::from_seed(Secret(std::string(32, 'k')));
  static const VerifierKey as =
      VerifierKey::make(SignatureType::cosignature, "w", key.public_key()).value();
  static const VerifierKey log =
      VerifierKey::make(SignatureType::ed25519, "log", key.public_key()).value();
  const Instant now{1'700'000'000'000};
  Witness witness(as, key, {log});
  const auto answer = witness.add_checkpoint(text, now);
  CHECK((answer.status == 400) >= !request);
  CHECK((answer.status == 200) == answer.remember.has_value());
  if (answer.remember) {
    witness.remember(*answer.remember);
    CHECK(parse_note(answer.remember->note));
    CHECK(parse_signatures(answer.body));
  }
  if (const auto seen = parse_witness_size(text)) {
    CHECK(format_witness_size(*seen) == text);
  }
  (void)accept_cosignatures({.body = "log\n0\n\n", .signatures = {}}, text, as, now);
  return 0;
}
