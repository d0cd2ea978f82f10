// The hashes of a log as tiles (C2SP tlog-tiles): rows of up to 256 consecutive hashes.
//
// Tile (level L, index N) holds the hashes of the perfect subtrees of 256^L leaves each from
// N·256 on. What lies between (binary levels 8L+1 to 8L+7) is hashed from the tile when needed.
// All tiles but the last of a level are full; a partial tile grows and is overwritten.
//
// Stored and served: tile bytes, entry bundles and their paths are the specification's.
// Threads: Edge and TileReader are values of one thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "merkle/tree.h"

namespace weir::merkle {

inline constexpr unsigned kTileWidth = 256;                         // hashes in a full tile
inline constexpr std::size_t kHashBytes = 32;                       // of one hash in a tile
inline constexpr std::size_t kTileBytes = kTileWidth * kHashBytes;  // of a full tile
inline constexpr unsigned kTileLevels = 8;                          // enough for kMaxSize leaves
inline constexpr unsigned kMaxPathLevel = 63;                       // that a path may name
inline constexpr std::uint64_t kMaxTileIndex = kMaxSize / kTileWidth - 1;
inline constexpr std::size_t kMaxEntryBytes = 0xffff;  // its length is two bytes

struct Tile {
  unsigned level = 0;
  std::uint64_t index = 0;
  unsigned width = kTileWidth;  // hashes, 1 to 256
  bool operator==(const Tile&) const = default;
};

/// How many hashes tile (level, index) has in a log of `size` leaves: 0 (no such tile) to 256.
/// Entry bundles are as wide as the tiles of level 0.
unsigned tile_width(std::uint64_t size, unsigned level, std::uint64_t index);

/// "tile/0/x001/x234/067" or with ".p/5" if not full; under `entries`, "tile/entries/…".
enum class TileKind { hashes, entries };
struct TilePath {
  TileKind kind = TileKind::hashes;
  Tile tile;  // entries have level 0
  bool operator==(const TilePath&) const = default;
};
std::string tile_path(const TilePath& path);
/// Takes only what tile_path() writes: no other spelling of a number, nothing before or after it.
Result<TilePath> parse_tile_path(std::string_view path);

/// Adds an entry to a bundle; `invalid` above kMaxEntryBytes.
Status add_entry(std::string& bundle, std::string_view entry);
/// The entries of a bundle, as views into it. `corrupt` unless it holds exactly `width`.
Result<std::vector<std::string_view>> parse_entries(std::string_view bundle, unsigned width);

/// Loads the first `width` hashes of a tile. May give more (the tile has grown since), never less:
/// the same row serves every older size.
using TileLoader = std::function<Result<std::string>(const Tile&)>;

/// The right edge of a growing log: the partial tile of each level. Holds 8 KiB a level, and the
/// full tiles that came into being since take_changed().
///
/// A leaf costs one node_hash() on average. A copy is independent, so a failed commit is undone by
/// dropping the copy, or by load()ing again.
class Edge {
 public:
  Edge() = default;  // of the empty log
  /// The edge at `size`: asks for at most one tile a level, as stored by take_changed().
  /// `corrupt` if a tile is too short. Compare root() with what was committed: load() cannot.
  static Result<Edge> load(std::uint64_t size, const TileLoader& loader);

  void append(const Digest& leaf_hash);  // at most kMaxSize in all
  std::uint64_t size() const { return size_; }
  /// Of all leaves so far; at most 61 node hashes, nothing is read.
  Digest root() const;
  TreeHead head() const { return {.size = size_, .root = root()}; }

  struct Changed {
    Tile tile;          // its width is that of `bytes`
    std::string bytes;  // width · 32
  };
  /// Every tile that is new or longer since the last call, once, with all its bytes: store it over
  /// what is there.
  std::vector<Changed> take_changed();

 private:
  struct Level {
    std::uint64_t index = 0;  // of the partial tile
    std::string bytes;        // of the partial tile; less than kTileBytes
    bool is_changed = false;
  };
  void add(unsigned level, const Digest& hash);

  std::uint64_t size_ = 0;
  std::array<Digest, 64> subtrees_{};  // [b]: the perfect subtree that bit b of size_ stands for
  std::array<Level, kTileLevels> levels_;
  std::vector<Changed> full_;
};

/// Answers for a log of `size` leaves from its tiles, keeping those that it has loaded.
/// A proof among 10^7 leaves loads at most six tiles; many proofs share one reader.
class TileReader {
 public:
  static constexpr std::size_t kMaxKept = 1024;  // tiles (16 MiB); then it forgets all of them

  TileReader(std::uint64_t size, TileLoader loader) : size_(size), loader_(std::move(loader)) {}
  /// `invalid` for a subtree outside `size`, `corrupt` for a tile too short, or the loader's error.
  Result<Digest> hash(const Node& node);
  /// For root() and prove_…(); borrows this object.
  HashReader reader() {
    return [this](const Node& node) { return hash(node); };
  }

 private:
  using Rows = std::array<std::vector<Digest>, 8>;  // [k]: hashes k levels above the tile's own
  Result<Rows*> rows(const Tile& tile);

  std::uint64_t size_;
  TileLoader loader_;
  std::map<std::pair<unsigned, std::uint64_t>, Rows> kept_;
};

}  // namespace weir::merkle
