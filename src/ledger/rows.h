// Private to ledger/: the log's rows, shared by its files.
#pragma once

#include "ledger/ledger.h"
#include "merkle/merkle.h"

namespace weir::ledger {

/// A digest in a column. One of another length (a damaged row) reads as zeroes, which nothing
/// hashes to: whoever compares it, and everybody does before trusting it, finds out.
inline Digest digest_at(const store::Row& row, int column) {
  return Digest::from(row.blob(column)).value_or(Digest{});
}

/// Loads tiles of the open log from the store, or those of a closed one. Borrows `tx`.
merkle::TileLoader tile_loader(const store::Tx& tx, std::optional<std::uint64_t> closed = {});

/// Rows of `event` before the first leaf of the open log.
Result<std::uint64_t> base(const store::Tx& tx);

}  // namespace weir::ledger
