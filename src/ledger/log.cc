// The log as stored: what is served, mirrored, and proved from.
#include "base/bytes.h"
#include "ledger/rows.h"

namespace weir::ledger {
namespace {

constexpr std::string_view kHead = "SELECT size, root FROM log_head WHERE id = 1";
constexpr std::string_view kTile = "SELECT hashes FROM tile WHERE level = $1 AND n = $2";
constexpr std::string_view kEntries =
    "SELECT tag, commitment FROM event WHERE leaf > $1 AND leaf <= $2 ORDER BY leaf";
constexpr std::string_view kClosedTile =
    "SELECT hashes FROM closed_tile WHERE log = $1 AND level = $2 AND n = $3";

}  // namespace

Result<Head> head(const store::Tx& tx) {
  const auto stored = TRY(tx.one(kHead, {}, [](const store::Row& row) {
    return Head{static_cast<std::uint64_t>(row.integer(0)), digest_at(row, 1)};
  }));
  return stored.value_or(Head{0, merkle::empty_root()});
}

merkle::TileLoader tile_loader(const store::Tx& tx, std::optional<std::uint64_t> closed) {
  return [&tx, closed](const merkle::Tile& tile) -> Result<std::string> {
    const auto level = static_cast<std::int64_t>(tile.level);
    const auto n = static_cast<std::int64_t>(tile.index);
    const auto hashes = [](const store::Row& row) { return row.blob(0); };
    const auto bytes =
        closed ? TRY(tx.one(kClosedTile, {static_cast<std::int64_t>(*closed), level, n}, hashes))
               : TRY(tx.one(kTile, {level, n}, hashes));
    if (!bytes) {
      return fail(Code::corrupt, "a tile of the log is missing");
    }
    return *bytes;
  };
}

Result<std::uint64_t> base(const store::Tx& tx) {
  const auto rows = TRY(tx.one("SELECT COALESCE(MAX(base), 0) FROM log", {},
                               [](const store::Row& row) { return row.integer(0); }));
  return static_cast<std::uint64_t>(*rows);
}

Result<std::string> tile(const store::Tx& tx, unsigned level, std::uint64_t index,
                         std::uint64_t size) {
  const unsigned width = merkle::tile_width(size, level, index);
  if (width == 0) {
    return fail(Code::not_found, "no such tile");
  }
  std::string bytes = TRY(tile_loader(tx)({level, index, width}));
  if (bytes.size() < width * merkle::kHashBytes) {
    return fail(Code::corrupt, "a tile of the log is too short");
  }
  bytes.resize(width * merkle::kHashBytes);
  return bytes;
}

Result<std::string> entry_bundle(const store::Tx& tx, std::uint64_t index, std::uint64_t size) {
  const unsigned width = merkle::tile_width(size, 0, index);
  if (width == 0) {
    return fail(Code::not_found, "no such entry bundle");
  }
  const auto first = static_cast<std::int64_t>(TRY(base(tx)) + index * merkle::kTileWidth);
  std::string bundle;
  unsigned count = 0;
  TRY(tx.each(kEntries, {first, first + width}, [&](const store::Row& row) {
    const auto tag = Digest::from(row.blob(0));
    const auto commitment = Digest::from(row.blob(1));
    if (!tag || !commitment) {
      return false;
    }
    const std::string leaf = custody::leaf(*tag, *commitment);
    bundle.append(big_endian_16(static_cast<std::uint16_t>(leaf.size()))).append(leaf);
    ++count;
    return true;
  }));
  if (count != width) {
    return fail(Code::corrupt, "entries of the log are missing or damaged");
  }
  return bundle;
}

}  // namespace weir::ledger
