// The mirror: the published log as files in a folder, to be copied elsewhere or served as it is.
//
//   checkpoint             the newest published, written last
//   checkpoints/SIZE       every published one
//   archive                their sizes, ascending, one decimal a line
//   tile/L/N[.p/W]         hashes (docs/formats/ledger.md, C2SP tlog-tiles)
//   tile/entries/N[.p/W]   leaves
//
// Invariants:
//   1. A file appears whole or not at all: written beside its place, synced, renamed.
//   2. What `checkpoint` needs is durable before `checkpoint` says so: a crash leaves an older
//      mirror that is complete.
//   3. A folder that holds another log, or a longer one than ours, is never written to: then it is
//      the mirror that must be believed (restored backup).
//
// The cost is proportional to what is new since the folder's checkpoint, but for `archive`, which
// is one line a checkpoint. Partial tiles go once the full one is durable; until then those of
// older checkpoints stay.
//
// Thread rule: one call at a time for one folder.
#pragma once

#include <cstdint>
#include <filesystem>

#include "ledger/ledger.h"

namespace weir::ledger {

struct MirrorReport {
  std::uint64_t size = 0;         // leaves of the mirrored checkpoint; 0 also if none is published
  std::uint64_t older = 0;        // of the one that was there before
  std::uint64_t files = 0;        // written
  std::uint64_t checkpoints = 0;  // of these, archived checkpoints
};

/// Brings `dir` (made if absent) to the newest published checkpoint; with none published it does
/// nothing. `conflict` if the folder's checkpoint was not published by this store, `unavailable` if
/// a file cannot be written (what is there stays valid), `corrupt` if the store is.
Result<MirrorReport> mirror_to(const store::Tx& tx, const std::filesystem::path& dir);

}  // namespace weir::ledger
