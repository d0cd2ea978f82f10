// Witnesses: which are enough (C2SP tlog-policy), how a log asks one for its cosignature and how
// one answers (tlog-witness).
//
// A witness holds, for each log it knows, the greatest tree that it has seen, and cosigns a
// checkpoint only if that tree is a prefix of it. So two readers with cosigned checkpoints have
// seen one history.
//
// Threads: values; a Witness is for one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"
#include "base/time.h"
#include "merkle/note.h"
#include "merkle/tree.h"

namespace weir::merkle {

inline constexpr std::size_t kMaxPolicyBytes = std::size_t{256} << 10;
inline constexpr std::size_t kMaxPolicyItems = 256;  // logs; witnesses; groups; each
inline constexpr Duration kMaxClockSkew = std::chrono::minutes(10);  // between witness and log

/// A tlog-policy file: the logs and witnesses that are trusted, and how many of them must sign.
class Policy {
 public:
  struct Log {
    VerifierKey key;  // its name is the log's origin
    std::string url;  // or empty
    bool operator==(const Log&) const = default;
  };
  struct WitnessEntry {
    std::string name;  // within this file only
    VerifierKey key;
    std::string url;  // submission prefix, or empty
    bool operator==(const WitnessEntry&) const = default;
  };
  /// `invalid`, with the line, for everything that the specification does not allow, and for key
  /// types other than ed25519 (logs) and cosignature (witnesses).
  static Result<Policy> parse(std::string_view text);
  /// The policy without comments, in our order: logs, witnesses, groups, quorum.
  std::string text() const;

  const std::vector<Log>& logs() const { return logs_; }
  const std::vector<WitnessEntry>& witnesses() const { return witnesses_; }
  std::vector<VerifierKey> log_keys() const;
  std::vector<VerifierKey> witness_keys() const;  // in the order of witnesses()
  /// True for "quorum none": whoever relies on it trusts the log's operator alone.
  bool needs_no_witness() const { return !quorum_; }
  /// True if cosignatures by these (indexes into witnesses()) are enough.
  bool is_met(std::span<const std::size_t> cosigned) const;
  bool operator==(const Policy&) const = default;

 private:
  friend class PolicyParser;
  enum class Kind { witness, group };
  struct Member {
    Kind kind;
    std::size_t index;  // into witnesses_ or groups_
    bool operator==(const Member&) const = default;
  };
  struct Group {
    std::string name;
    std::size_t threshold;
    std::vector<Member> members;  // groups among them stand earlier in groups_
    bool operator==(const Group&) const = default;
  };
  const std::string& name_of(const Member& member) const;

  std::vector<Log> logs_;
  std::vector<WitnessEntry> witnesses_;
  std::vector<Group> groups_;
  std::optional<Member> quorum_;
};

/// open_checkpoint() with the policy's keys; `denied` also if its quorum is not met.
Result<OpenCheckpoint> open_checkpoint(std::string_view text, const Policy& policy);

/// The checkpoint of `proof`, once it is shown that the policy accepts it and that it covers an
/// entry with the hash `leaf` at proof.index. Errors as above; `denied` if the proof is wrong.
Result<OpenCheckpoint> verify_proof(const LogProof& proof, const Digest& leaf,
                                    const Policy& policy);

/// The body of POST <submission prefix>/add-checkpoint.
struct AddCheckpoint {
  std::uint64_t old_size = 0;  // that the witness has seen, as far as the log knows
  Proof proof;                 // of consistency, from old_size
  std::string checkpoint;      // signed by the log
  bool operator==(const AddCheckpoint&) const = default;
};
std::string format_add_checkpoint(const AddCheckpoint& request);
Result<AddCheckpoint> parse_add_checkpoint(std::string_view body);

/// The cosignatures in the body of a 200 that are by `witness`, ready to be added to the note
/// `checkpoint`; those by other keys are left out. `denied` if there is none, or one is wrong, or
/// its time is further than kMaxClockSkew from `now` (an old answer played back).
Result<std::vector<NoteSignature>> accept_cosignatures(const Note& checkpoint,
                                                       std::string_view body,
                                                       const VerifierKey& witness, Instant now);
/// The size in the body of a 409: repeat with a proof from there.
Result<std::uint64_t> parse_witness_size(std::string_view body);
std::string format_witness_size(std::uint64_t size);

/// The server's side, as a value. The caller keeps what add_checkpoint() wants remembered:
///
///   answer = witness.add_checkpoint(body, now);
///   if (answer.remember) { make it durable; witness.remember(*answer.remember); }
///   send the answer.
///
/// No other add_checkpoint() may run between the first and the third step, or the tree could be
/// rolled back; if storing fails, send a 500 and remember nothing.
class Witness {
 public:
  struct Seen {
    Checkpoint checkpoint;
    std::string note;  // the checkpoint with the log's signatures and ours
  };
  struct Answer {
    int status = 0;  // 200, 400, 403, 404, 409 or 422, as tlog-witness says
    std::string content_type;
    std::string body;
    std::optional<Seen> remember{};  // with 200, and only then
  };
  /// `as` is of type cosignature and belongs to `key`; each log is known by its keys' name, which
  /// is its origin (several keys of one name while a log changes its key).
  Witness(VerifierKey as, SigningKey key, std::vector<VerifierKey> logs);

  Answer add_checkpoint(std::string_view body, Instant now) const;
  /// At start for what was kept, and after each 200. The greatest tree of each origin counts.
  void remember(Seen seen);
  /// The size that `origin` must start from; 0 if never seen.
  std::uint64_t size_of(std::string_view origin) const;
  /// GET <monitoring prefix>/<hex SHA-256 of the origin>/checkpoint: the note, or nothing (404).
  std::optional<std::string> find_checkpoint(std::string_view origin_hash) const;

 private:
  VerifierKey as_;
  SigningKey key_;
  std::vector<VerifierKey> logs_;
  std::map<std::string, Seen, std::less<>> seen_;  // by origin
};

}  // namespace weir::merkle
