// Private to ledger/: the log's rows, shared by its files.
#pragma once

#include "ledger/ledger.h"
#include "merkle/merkle.h"

namespace weir::ledger {

/// Loads tiles from the store. Borrows `tx`.
merkle::TileLoader tile_loader(const store::Tx& tx);

}  // namespace weir::ledger
