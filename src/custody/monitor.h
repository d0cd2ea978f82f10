// Following a log from outside: each look fetches the newest checkpoint, shows that it extends the
// one kept from the last look, and keeps a mirror of all that is new, on which an audit can run.
//
// What is kept, by the paths of docs/formats/ledger.md, through two functions (a small folder):
// the log as far as it has been proven, `checkpoint` last, so that a look that was cut short is
// made again; and under `evidence/` every signed note that contradicts it.
//
// Invariants:
//   1. Nothing is kept that does not hash to a checkpoint which the pinned key has signed.
//   2. The kept checkpoint never gets smaller and never changes its history.
//   3. A signed contradiction is kept before it is reported: it convicts whoever signed it.
//
// Limits: one log. The cost of a look is that of what is new. Thread rule: one look at a time.
// Of custody.h. Start with look().
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "custody/archive.h"

namespace weir::custody {

/// Where a monitor keeps things, by path. `load` answers `not_found` for what was never stored;
/// what `store` has stored is durable when it returns.
struct Shelf {
  std::function<Result<std::string>(const std::string& path)> load;
  std::function<Status(const std::string& path, std::string_view bytes)> store;
};

enum class Verdict {
  unchanged,    // the checkpoint that is kept already
  grown,        // it extends what is kept; now kept
  rolled_back,  // an older one, that our mirror agrees with: a cache, or a log set back
  forked,       // signed, and contradicts what is kept
  unproven,     // the log's files do not prove that it extends what is kept: a fork, or wrong files
  quorum_missing,  // too few witnesses have signed it; not kept
};
std::string_view name(Verdict verdict);
/// Whether somebody must look at it.
bool is_alarm(Verdict verdict);

struct Look {
  Verdict verdict = Verdict::unchanged;
  Sealed offered;             // what the log gave
  std::uint64_t kept = 0;     // leaves proven and kept after this look
  std::uint64_t fetched = 0;  // entry bundles
  std::string text;           // for people: what is wrong, or nothing
};

/// One look. Fails as `log` does (`unavailable`: look again later), as open_sealed() does if the
/// checkpoint is not the pinned log's, and with `corrupt` if what is kept is damaged.
Result<Look> look(const Fetch& log, const Pinned& pinned, const Shelf& shelf);

}  // namespace weir::custody
