// Private to app/: where clocks go when cases are merged and split.
//
// A merge makes one case of two, so its duties are one: the facts of both count, the earliest
// first, and what was filed in the case that goes discharges in the one that stays. A split makes
// two of one: what was known and filed until then counts in both, and what follows in its own
// alone. A vendor's clocks go with its products. Whoever takes no part in the other case keeps its
// clocks where they are: a law does not wait for the platform.
//
// Thread rule: in the caller's transaction.
#pragma once

#include "app/clock_rows.h"

namespace weir::app {

enum class Carry : std::uint8_t { merged, split };
Status carry_clocks(store::Tx& tx, const App& app, const CaseFile& from, const CaseFile& into,
                    Carry how);

/// `conflict` if these clocks go on in another case.
Status must_not_have_moved(const store::Tx& tx, const Party& party);

extern const store::Migration kClockMovesMigration;

}  // namespace weir::app
