// Sealing: signing what is durable, and having outsiders sign that they saw it.
//
//   1. pad      cover leaves up to a multiple of Settings::pad_to, so that bursts do not show
//   2. sign     re-reads the committed (size, root), recomputes the root from the stored tiles,
//   checks
//               that the last signed root is still its prefix, signs, stores the note
//   3. cosign   sends it to every witness with a consistency proof; stores what they answer
//   4. publish  once the policy's quorum is met: from then on it is served and archived forever
//
// A crash after 2 or 3 is repeated with the very same note: Ed25519 is deterministic and a size is
// signed once, ever. A checkpoint that never reaches its quorum is never published; a later one is.
//
// Before anything is signed in a process's life, and whenever check_witnesses() is called, the
// witnesses are asked for their size and the mirror is read. If one is ahead, or its tree
// contradicts ours, the ledger stops (restored backup, fork): Ledger::stop(). As long as fewer than
// a quorum have answered, nothing is signed: a restored log would sign a second root for a size.
// Without witnesses a mirror that is configured has to be readable instead.
//
// Thread rule: one Sealer, one thread at a time.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "merkle/merkle.h"

namespace weir::ledger {

/// The seam to a witness: POST `body` to `url`. `unavailable` if no answer came.
struct WitnessAnswer {
  int status = 0;
  std::string body;
};
using AskWitness =
    std::function<Result<WitnessAnswer>(const std::string& url, const std::string& body)>;

/// The seam to the log's mirror: its file `checkpoint`. `not_found` if nothing was mirrored yet.
using ReadMirror = std::function<Result<std::string>()>;

struct SealSettings {
  unsigned pad_to = 1;       // 16 hides bursts; 1 pads nothing
  merkle::Policy witnesses;  // "quorum none" on trial
  ReadMirror read_mirror{};  // empty: there is none
};

/// A signed checkpoint.
struct Checkpoint {
  std::uint64_t size = 0;
  Digest root;
  Instant at;
  std::string note;
  bool published = false;
};

struct SealOutcome {
  Checkpoint checkpoint;              // the newest signed one
  std::size_t cosignatures = 0;       // on it
  std::vector<std::string> warnings;  // a witness that did not answer, clocks that differ
};

/// What a witness has seen of this log.
struct Seen {
  std::string witness;
  std::optional<std::uint64_t> size;  // nothing: it did not say
  std::string problem;                // why
};

class Sealer {
 public:
  Sealer(store::Db& db, Ledger& ledger, SigningKey key, SealSettings settings, AskWitness ask);

  /// One step, as above. With nothing new since the last published checkpoint it answers that one.
  /// `unavailable` while the clock is behind the last checkpoint, the ledger has stopped or no
  /// quorum of witnesses has answered in this process's life; `corrupt` if the store contradicts
  /// what was signed: then the process must end.
  Result<SealOutcome> seal();

  /// Asks every witness and reads the mirror; stops the ledger if one is ahead or disagrees.
  /// Returns warnings for those that did not answer.
  Result<std::vector<std::string>> check_witnesses();

  /// What every witness has seen, for a store that may be behind: nothing is judged, changed or
  /// newly signed.
  Result<std::vector<Seen>> survey();

  /// The log's public key as it is pinned by others.
  std::string vkey() const { return vkey_.text(); }

 private:
  Status pad();
  /// The newest note that is signed, or one over no leaves.
  Result<std::pair<merkle::Note, Checkpoint>> newest_note();
  Result<Checkpoint> sign();
  Result<Checkpoint> sign_head(store::Tx& tx) const;
  Result<std::size_t> cosign(Checkpoint& checkpoint, std::vector<std::string>& warnings);
  Result<std::vector<merkle::NoteSignature>> ask_one(const merkle::Policy::WitnessEntry& witness,
                                                     const merkle::Note& note,
                                                     const Checkpoint& checkpoint);
  Status publish(Checkpoint& checkpoint);
  /// What a witness's size means for us: stops the ledger if it is ahead or none of ours.
  Status judge_size(const std::string& witness, std::uint64_t size);
  /// The same for the mirror's checkpoint; whether it could be read at all.
  Result<bool> judge_mirror(std::vector<std::string>& warnings);

  store::Db& db_;
  Ledger& ledger_;
  SigningKey key_;
  SealSettings settings_;
  AskWitness ask_;
  merkle::VerifierKey vkey_;
  std::map<std::string, std::uint64_t> known_;  // witness -> its size as last heard
  bool is_checked_ = false;
};

/// The newest published checkpoint, or nothing.
Result<std::optional<Checkpoint>> newest_published(const store::Tx& tx);
/// The published checkpoint of this size.
Result<std::optional<Checkpoint>> find_published(const store::Tx& tx, std::uint64_t size);
/// Sizes of all published checkpoints, ascending.
Result<std::vector<std::uint64_t>> archive(const store::Tx& tx);

}  // namespace weir::ledger
