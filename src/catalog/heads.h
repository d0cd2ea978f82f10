// The running hash of everything that was ever added to public.db, by which a mirror proves that it
// got all of it and nothing was changed (docs/formats/changes.md).
//
// Each version is one entry, a line of canonical JSON; hash n = SHA-256("weir/changes/v1" ‖ hash
// n-1 ‖ entry n), beginning with 32 zero bytes. Entries are in the order of their numbers; none is
// ever changed or taken away. The first hash names the feed: a database made anew has another,
// since an entry holds the instant at which it was taken in.
//
// Thread rule: plain values; functions take the transaction that they work in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "catalog/catalog.h"

namespace weir::catalog {

struct Head {
  VersionId version = 0;  // 0: before everything
  Digest hash{};
  bool operator==(const Head&) const = default;
};

/// What an entry holds. `digest` is of the record's bytes; empty for a removal.
struct Entry {
  VersionId version = 0;
  std::string_view source;
  std::string_view id;
  std::string_view state;
  Instant taken;
  std::string_view digest;
};
/// ["12","osv","GHSA-…","published","2026-11-26T14:00:00.000Z","<hex>"]. Frozen.
std::string line_of(const Entry& entry);
/// Of the feed up to and with `entry`, whose number must be greater than the head's.
Head next(const Head& head, const Entry& entry);

/// Of everything there is; the empty head of an empty database.
Result<Head> newest_head(const store::Tx& tx);
/// After the first entry. Nothing in an empty database.
Result<std::optional<Head>> first_head(const store::Tx& tx);

}  // namespace weir::catalog
