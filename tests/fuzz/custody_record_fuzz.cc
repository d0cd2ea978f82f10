// Custody records: whatever parses survives writing and reading, and no record verifies against an
// empty log. The same bytes are tried as the file `archive`.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "custody/custody.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  static const auto key = SigningKey::from_seed(Secret(std::string(32, '\x07')));
  static const auto vkey =
      merkle::VerifierKey::make(merkle::SignatureType::ed25519, "log.example", key.public_key())
          .value();
  static const std::string body =
      merkle::format_checkpoint({.origin = "log.example", .head = merkle::Edge().head()});
  static const std::string checkpoint =
      merkle::format_note({.body = body, .signatures = {merkle::sign_note(vkey, key, body)}});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto sizes = custody::parse_archive(text);
  if (sizes) {
    CHECK(custody::write_archive(*sizes) == text);
  }
  const auto record = custody::parse_record(text);
  if (!record) {
    return 0;
  }
  const std::string written = custody::write_record(*record);
  CHECK(custody::write_record(custody::parse_record(written).value()) == written);
  custody::Verifier verifier({.log = [](const std::string& path) -> Result<std::string> {
                                return path == "archive" ? "0\n" : checkpoint;
                              },
                              .pinned = {vkey, merkle::Policy::parse("quorum none\n").value()}});
  verifier.add(*record);
  CHECK(!verifier.audit({.now = Instant{0}, .ceiling = Duration(0)}).verified());
  return 0;
}
