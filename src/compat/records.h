// The public records as matching (src/match) asks for them.
//
// Thread rule: what is returned borrows the transaction, and belongs to its thread.
#pragma once

#include <optional>

#include "advisory/advisory.h"
#include "match/match.h"
#include "store/store.h"

namespace weir::compat {

/// Every current, published record under a key, of one source or of all.
match::Lookup lookup(const store::Tx& tx, std::optional<advisory::Source> only = std::nullopt);

}  // namespace weir::compat
