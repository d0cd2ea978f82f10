// Recovery: a store that has come back from a backup, and may be behind what the world has seen of
// its log.
//
//   read_mirror()    the log as it was published, from a folder or an address
//   judge()          ours, the mirror's and the witnesses' sizes: what may be done now
//   continue_over()  the leaves that the store lacks come back from the mirror, and `history_lost`
//                    says so, as the very next leaf
//   close_log()      the log ends at its last published checkpoint; a successor begins, and
//                    `log_closed` says so, as its first new leaf
//
// What a lost leaf said cannot come back: of a stream that the store knows, tag and commitment tell
// its index, so the stream goes on behind it; the others belong to streams whose keys are gone.
//
// Invariants:
//   1. Either happens in one transaction, with the event that confesses it. A crash leaves the
//      store as it came from the backup, which refuses to run (mark_backup()).
//   2. Nothing is signed here. The tree over the mirrored leaves must hash to a checkpoint that the
//      log has signed, and must begin with the store's own leaves.
//   3. A loss is confessed by the first event after it or not at all: verifiers hold the place of
//      the event against its `to` (docs/formats/ledger.md), so that nobody can later declare an
//      event lost that has become inconvenient.
//
// Thread rule: nobody else has the ledger or the store open. Start with recovery_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "custody/custody.h"
#include "ledger/ledger.h"
#include "ledger/seal.h"

namespace weir::ledger {

/// A published log, checked: every checkpoint is signed by the log, and lies on one history.
struct Mirrored {
  struct Note {
    std::uint64_t size = 0;
    Digest root;
    std::string text;
  };
  std::vector<Note> notes;  // ascending; the last is the newest
  custody::Fetch fetch;
  std::uint64_t size() const { return notes.empty() ? 0 : notes.back().size; }
};

/// An absent checkpoint is an empty mirror. `denied` if the log has not signed what is there,
/// `invalid` if it is malformed, `not_found` if a checkpoint that it lists is missing.
Result<Mirrored> read_mirror(custody::Fetch fetch, const merkle::VerifierKey& log);

/// How the store stands to what the world has seen.
enum class Standing {
  current,  // nobody has seen more than the store holds
  behind,   // the mirror holds all that anybody has seen, and more than the store
  beyond,   // a witness has seen leaves that neither the store nor the mirror holds
  unknown,  // a witness did not answer: it may have seen more
};
std::string_view name(Standing standing);
struct Sizes {
  std::uint64_t store = 0;
  std::uint64_t mirror = 0;
};
Standing judge(const Sizes& sizes, const std::vector<Seen>& seen);  // of Sealer::survey()

/// What is said about a loss. `cause` is one of kCauses.
inline constexpr std::array<std::string_view, 5> kCauses = {"storage_failure", "operator_error",
                                                            "failover", "attack", "unknown"};
struct Statement {
  std::string cause;
  Instant backup_at;  // when the restored copy was made
};

struct Loss {
  std::uint64_t from = 0;         // leaves [from, to) are lost
  std::uint64_t to = 0;           //
  std::uint64_t streams = 0;      // of the store's own streams, how many have lost events
  std::uint64_t unclaimable = 0;  // leaves of streams that are lost with their keys
  Appended event;                 // the confession
};

/// Takes the mirror's leaves over and appends `history_lost`. `conflict` if the mirror is of
/// another history, or there is no platform stream; `invalid` for an unknown cause.
Result<Loss> continue_over(store::Db& db, Ledger& ledger, const Mirrored& mirror,
                           const Statement& statement);

struct Successor {
  std::string origin;
  merkle::VerifierKey closed;  // the key of the log that ends
  std::uint64_t seen = 0;      // leaves that the witnesses have seen of it
};
/// Ends the open log and begins another, in the same store: streams go on in it. What is committed
/// but not published moves over. Afterwards the ledger is of the successor's origin; `log.key` and
/// `origin` must be too. Errors as above.
Result<Loss> close_log(store::Db& db, Ledger& ledger, const Mirrored& mirror,
                       const Statement& statement, const Successor& successor);

/// Marks a copy, so that it is not run by mistake as if it were the original; recovery takes the
/// mark off. When the copy was made, or nothing.
Status mark_backup(store::Tx& tx, Instant at);
Result<std::optional<Instant>> backup_mark(const store::Tx& tx);

}  // namespace weir::ledger
