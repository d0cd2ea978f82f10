// Signed notes (C2SP signed-note), and what logs write in them: checkpoints (tlog-checkpoint),
// cosignatures by witnesses (tlog-cosignature), and offline proof files (tlog-proof).
//
// A parser takes exactly what its writer makes; errors are `invalid` and name the line. A parsed
// note proves nothing before verify_note() or open_checkpoint().
// Threads: values and functions of their arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"
#include "base/time.h"
#include "merkle/tree.h"

namespace weir::merkle {

inline constexpr std::size_t kMaxNoteBytes = std::size_t{1} << 20;  // 100 post-quantum signatures
inline constexpr std::size_t kMaxSignatures = 100;     // of one note; signed-note asks for >= 16
inline constexpr std::size_t kMaxNameBytes = 255;      // of a key's name (tlog-cosignature)
inline constexpr std::size_t kMaxExtensionLines = 16;  // of a checkpoint; Weir writes none
inline constexpr std::size_t kMaxExtraBytes = std::size_t{1} << 20;  // of a proof file, decoded

/// The signature types that we know; the numbers are signed-note's.
enum class SignatureType : std::uint8_t {
  ed25519 = 0x01,      // what logs sign with
  cosignature = 0x04,  // what witnesses sign with: Ed25519 over a time and a checkpoint
};

/// Who may sign: name, type and public key. Written "name+hex(id)+base64(type ‖ key)" (a vkey).
class VerifierKey {
 public:
  /// `invalid` for a bad name, an id that is not the key's, another type, or a key of other length.
  static Result<VerifierKey> parse(std::string_view text);
  /// `name`: 1 to 255 bytes of UTF-8 without plus, spaces of any kind, and control characters.
  static Result<VerifierKey> make(SignatureType type, std::string_view name,
                                  std::string_view public_key);
  std::string text() const;

  const std::string& name() const { return name_; }
  SignatureType type() const { return type_; }
  const std::string& public_key() const { return public_key_; }  // 32 bytes
  std::uint32_t id() const { return id_; }
  bool operator==(const VerifierKey&) const = default;

 private:
  VerifierKey() = default;
  std::string name_;
  SignatureType type_ = SignatureType::ed25519;
  std::string public_key_;
  std::uint32_t id_ = 0;
};

struct NoteSignature {
  std::string name;
  std::uint32_t id = 0;
  std::string bytes;  // without the id; at least one
  bool operator==(const NoteSignature&) const = default;
};

struct Note {
  std::string body;  // whole lines, the last newline included
  std::vector<NoteSignature> signatures;
  bool operator==(const Note&) const = default;
};

/// At least one signature; UTF-8; no control characters but newline.
Result<Note> parse_note(std::string_view text);
std::string format_note(const Note& note);
/// "— name base64\n" for each: the end of a note, and a witness's answer. One to kMaxSignatures.
Result<std::vector<NoteSignature>> parse_signatures(std::string_view lines);
std::string format_signatures(std::span<const NoteSignature> signatures);

/// `as` is the key's public side, of type ed25519.
NoteSignature sign_note(const VerifierKey& as, const SigningKey& key, std::string_view body);
/// `as` is of type cosignature; `now` is cut to seconds and must lie after 1970's first second.
NoteSignature cosign(const VerifierKey& as, const SigningKey& key, std::string_view body,
                     Instant now);

/// A known key that has signed. One entry a key, however often it signed. For a cosignature the
/// least and the greatest time that it states; zero for a plain signature.
struct Verified {
  std::size_t key;  // index into the known keys
  Instant earliest;
  Instant latest;
};
/// The known keys that signed, in the order of the known keys. Signatures of unknown keys are
/// ignored. `denied` if a signature of a known key is wrong (then the whole note is refused) or if
/// no known key signed; `invalid` if two known keys share name and id. A cosignature's time must
/// lie between 1970-01-01T00:00:01Z and the year 9999.
Result<std::vector<Verified>> verify_note(const Note& note, std::span<const VerifierKey> known);

/// A tree head with the name of its log.
struct Checkpoint {
  std::string origin;  // not empty
  TreeHead head;
  std::vector<std::string> extensions{};  // opaque lines, kept as they are
  bool operator==(const Checkpoint&) const = default;
};
/// Of the body of a note. Does not judge the root of an empty tree: see verify_consistency().
Result<Checkpoint> parse_checkpoint(std::string_view body);
std::string format_checkpoint(const Checkpoint& checkpoint);

/// A checkpoint that its log has signed.
struct OpenCheckpoint {
  Note note;
  Checkpoint checkpoint;
  std::vector<Verified> cosigned;  // `key` is the index into the witnesses
};
/// `invalid` if malformed; `not_found` if no log key is named like the origin; `denied` if none of
/// those signed, or if a known log's or witness's signature is wrong. Does not ask for witnesses.
Result<OpenCheckpoint> open_checkpoint(std::string_view text, std::span<const VerifierKey> logs,
                                       std::span<const VerifierKey> witnesses);

/// A proof file: that an entry is in a log, checkable offline (verify_proof() in witness.h).
struct LogProof {
  std::string extra{};  // opaque and not authenticated; empty: none
  std::uint64_t index = 0;
  Proof hashes;
  std::string checkpoint;  // the signed note, as the log gave it
  bool operator==(const LogProof&) const = default;
};
Result<LogProof> parse_proof(std::string_view text);
std::string format_proof(const LogProof& proof);

}  // namespace weir::merkle
