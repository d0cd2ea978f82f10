#include "merkle/note.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/bytes.h"
#include "merkle/lines.h"

namespace weir::merkle {
namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";  // em dash (U+2014), space
constexpr std::size_t kIdBytes = 4;
constexpr std::size_t kPublicKeyBytes = 32;
constexpr std::size_t kTimeBytes = 8;
constexpr std::uint64_t kMaxTimeSeconds = 253402300799;  // 9999-12-31T23:59:59Z
constexpr std::int64_t kMillisecondsInSecond = 1000;

// Every character with the property White_Space beyond U+0020 and the control characters.
constexpr std::array<std::string_view, 20> kSpaces = {
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80", " "};

bool is_key_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && is_utf8(name) &&
         std::ranges::none_of(
             name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '+'; }) &&
         std::ranges::none_of(kSpaces,
                              [name](std::string_view space) { return name.contains(space); });
}

bool is_note_text(std::string_view text) {
  return is_utf8(text) && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 && c != '\n';
         });
}

std::string id_bytes(std::uint32_t id) {
  return big_endian_64(id).substr(8 - kIdBytes);
}

/// The first four bytes, big-endian.
std::uint32_t read_id(std::string_view bytes) {
  return (std::uint32_t{read_big_endian_16(bytes)} << 16) | read_big_endian_16(bytes.substr(2));
}

std::string cosigned_message(std::string_view body, std::uint64_t seconds) {
  return fmt::format("cosignature/v1\ntime {}\n{}", seconds, body);
}

Result<NoteSignature> parse_signature(std::string_view line, const Lines& lines) {
  if (!line.starts_with(kDash)) {
    return lines.fail("a signature line begins with an em dash and a space");
  }
  line.remove_prefix(kDash.size());
  const std::size_t space = line.find(' ');
  const std::string_view name = line.substr(0, space);
  if (space == std::string_view::npos || !is_key_name(name)) {
    return lines.fail("no key name in the signature line");
  }
  const auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= kIdBytes) {
    return lines.fail("the signature is not base64 of a key id and a signature");
  }
  return NoteSignature{
      .name = std::string(name), .id = read_id(*bytes), .bytes = bytes->substr(kIdBytes)};
}

/// When `signature` of `key` was made (zero for a plain one), or nothing if it is wrong.
std::optional<Instant> check_signature(const VerifierKey& key, std::string_view body,
                                       std::string_view signature) {
  switch (key.type()) {
    case SignatureType::ed25519:
      return verify_signature(key.public_key(), body, signature) ? std::optional(Instant{})
                                                                 : std::nullopt;
    case SignatureType::cosignature: {
      if (signature.size() != kTimeBytes + kSignatureBytes) {
        return std::nullopt;
      }
      const std::uint64_t seconds = read_big_endian_64(signature);
      if (seconds == 0 || seconds > kMaxTimeSeconds ||
          !verify_signature(key.public_key(), cosigned_message(body, seconds),
                            signature.substr(kTimeBytes))) {
        return std::nullopt;
      }
      return Instant{static_cast<std::int64_t>(seconds) * kMillisecondsInSecond};
    }
  }
  std::unreachable();
}

bool is_by(const NoteSignature& signature, const VerifierKey& key) {
  return signature.name == key.name() && signature.id == key.id();
}

}  // namespace

Result<VerifierKey> VerifierKey::make(SignatureType type, std::string_view name,
                                      std::string_view public_key) {
  if (!is_key_name(name)) {
    return fail(Code::invalid, "a key's name is 1 to 255 bytes without spaces and plus signs");
  }
  if (public_key.size() != kPublicKeyBytes) {
    return fail(Code::invalid, "an Ed25519 key has 32 bytes");
  }
  VerifierKey key;
  key.name_ = name;
  key.type_ = type;
  key.public_key_ = public_key;
  const char type_byte = static_cast<char>(type);
  const Digest hash = Sha256().add(name).add("\n").add({&type_byte, 1}).add(public_key).finish();
  key.id_ = read_id(hash.view());
  return key;
}

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) {
    return fail(Code::invalid, "a verifier key is name+id+key");
  }
  // The key's own base64 may hold further plus signs; the name may not.
  const auto id = from_hex(text.substr(first + 1, second - first - 1));
  const auto material = from_base64(text.substr(second + 1));
  if (!id || id->size() != kIdBytes || !material || material->empty()) {
    return fail(Code::invalid, "a verifier key is name+hex(id)+base64(type and key)");
  }
  const auto type = static_cast<SignatureType>(material->front());
  if (type != SignatureType::ed25519 && type != SignatureType::cosignature) {
    return fail(Code::invalid, "the verifier key's signature type is not supported");
  }
  VerifierKey key = TRY(make(type, text.substr(0, first), material->substr(1)));
  if (key.id_ != read_id(*id)) {
    return fail(Code::invalid, "the verifier key's id is not that of its name and key");
  }
  return key;
}

std::string VerifierKey::text() const {
  return fmt::format("{}+{}+{}", name_, to_hex(id_bytes(id_)),
                     to_base64(static_cast<char>(type_) + public_key_));
}

Result<std::vector<NoteSignature>> parse_signatures(std::string_view text) {
  if (text.size() > kMaxNoteBytes) {
    return fail(Code::invalid, "too many bytes of signatures");
  }
  Lines lines(text);
  std::vector<NoteSignature> signatures;
  while (const auto line = lines.next()) {
    if (signatures.size() == kMaxSignatures) {
      return lines.fail("more than 100 signatures");
    }
    signatures.push_back(TRY(parse_signature(*line, lines)));
  }
  if (signatures.empty() || !lines.rest().empty()) {
    return lines.fail("whole signature lines are needed, at least one");
  }
  return signatures;
}

std::string format_signatures(std::span<const NoteSignature> signatures) {
  std::string text;
  for (const NoteSignature& s : signatures) {
    text += fmt::format("{}{} {}\n", kDash, s.name, to_base64(id_bytes(s.id) + s.bytes));
  }
  return text;
}

Result<Note> parse_note(std::string_view text) {
  if (text.size() > kMaxNoteBytes) {
    return fail(Code::invalid, "a note of more than a mebibyte");
  }
  if (!is_note_text(text)) {
    return fail(Code::invalid, "a note is UTF-8 without control characters");
  }
  const std::size_t gap = text.rfind("\n\n");  // the text may hold empty lines: the last counts
  if (gap == std::string_view::npos) {
    return fail(Code::invalid, "a note has an empty line before its signatures");
  }
  Note note{.body = std::string(text.substr(0, gap + 1)), .signatures = {}};
  auto signatures = parse_signatures(text.substr(gap + 2));
  if (!signatures) {
    signatures.error().where += " of the signatures";
    return std::unexpected(signatures.error());
  }
  note.signatures = *std::move(signatures);
  return note;
}

std::string format_note(const Note& note) {
  return note.body + "\n" + format_signatures(note.signatures);
}

NoteSignature sign_note(const VerifierKey& as, const SigningKey& key, std::string_view body) {
  CHECK(as.type() == SignatureType::ed25519 && as.public_key() == key.public_key());
  return {.name = as.name(), .id = as.id(), .bytes = key.sign(body)};
}

NoteSignature cosign(const VerifierKey& as, const SigningKey& key, std::string_view body,
                     Instant now) {
  CHECK(as.type() == SignatureType::cosignature && as.public_key() == key.public_key());
  CHECK(now.ms >= kMillisecondsInSecond);
  const auto seconds = static_cast<std::uint64_t>(now.ms / kMillisecondsInSecond);
  return {.name = as.name(),
          .id = as.id(),
          .bytes = big_endian_64(seconds) + key.sign(cosigned_message(body, seconds))};
}

Result<std::vector<Verified>> verify_note(const Note& note, std::span<const VerifierKey> known) {
  std::vector<Verified> verified;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const VerifierKey& key = known[i];
    for (std::size_t k = 0; k < i; ++k) {
      if (known[k].name() == key.name() && known[k].id() == key.id()) {
        return fail(Code::invalid, fmt::format("two keys with the name and id of {}", key.text()));
      }
    }
    std::optional<Verified> found;
    for (const NoteSignature& signature : note.signatures) {
      if (!is_by(signature, key)) {
        continue;
      }
      const auto at = check_signature(key, note.body, signature.bytes);
      if (!at) {
        return fail(Code::denied, fmt::format("wrong signature by {}", key.name()));
      }
      found = found ? Verified{i, std::min(found->earliest, *at), std::max(found->latest, *at)}
                    : Verified{i, *at, *at};
    }
    if (found) {
      verified.push_back(*found);
    }
  }
  if (verified.empty()) {
    return fail(Code::denied, "no signature by a known key");
  }
  return verified;
}

}  // namespace weir::merkle
