#include "merkle/tile.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "base/bytes.h"

namespace weir::merkle {
namespace {

constexpr unsigned kTileBits = 8;  // log2(kTileWidth)
constexpr std::size_t kGroupDigits = 3;
constexpr std::size_t kMaxPathBytes = 64;

std::uint64_t shift_right(std::uint64_t value, unsigned bits) {
  return bits < 64 ? value >> bits : 0;
}

Digest hash_at(std::string_view tile, std::size_t position) {
  Digest hash;
  std::memcpy(hash.bytes.data(), tile.data() + position * kHashBytes, kHashBytes);
  return hash;
}

/// Hashes neighbours together, in place: half as many. A last one without neighbour is dropped.
void halve(std::vector<Digest>& hashes) {
  for (std::size_t i = 0; i < hashes.size() / 2; ++i) {
    hashes[i] = node_hash(hashes[2 * i], hashes[2 * i + 1]);
  }
  hashes.resize(hashes.size() / 2);
}

/// The loader's bytes, cut to what was asked for.
Result<std::string> load_tile(const Tile& tile, const TileLoader& loader) {
  std::string bytes = TRY(loader(tile));
  if (bytes.size() < tile.width * kHashBytes) {
    return fail(
        Code::corrupt,
        fmt::format("a tile of {} bytes where {} hashes are needed", bytes.size(), tile.width),
        tile_path({.tile = tile}));
  }
  bytes.resize(tile.width * kHashBytes);
  return bytes;
}

std::unexpected<Error> no_path() {
  return fail(Code::invalid, "not the path of a tile");
}

/// Reads "x001/x234/067" off the front of `text`.
std::optional<std::uint64_t> take_index(std::string_view& text) {
  std::uint64_t index = 0;
  bool is_first = true;
  while (true) {
    const bool has_more = text.starts_with('x');
    text.remove_prefix(has_more ? 1 : 0);
    if (text.size() < kGroupDigits) {
      return std::nullopt;
    }
    std::uint64_t group = 0;
    for (const char c : text.substr(0, kGroupDigits)) {
      if (c < '0' || c > '9') {
        return std::nullopt;
      }
      group = group * 10 + static_cast<std::uint64_t>(c - '0');
    }
    text.remove_prefix(kGroupDigits);
    index = index * 1000 + group;
    if ((is_first && has_more && group == 0) || index > kMaxTileIndex) {
      return std::nullopt;  // "x000/067" is another spelling of "067"
    }
    if (!has_more) {
      return index;
    }
    if (!text.starts_with('/')) {
      return std::nullopt;
    }
    text.remove_prefix(1);
    is_first = false;
  }
}

}  // namespace

unsigned tile_width(std::uint64_t size, unsigned level, std::uint64_t index) {
  const std::uint64_t hashes = shift_right(size, kTileBits * level);
  if (hashes == 0 || index > (hashes - 1) / kTileWidth) {
    return 0;
  }
  return static_cast<unsigned>(std::min<std::uint64_t>(hashes - index * kTileWidth, kTileWidth));
}

std::string tile_path(const TilePath& path) {
  std::string index = fmt::format("{:03}", path.tile.index % 1000);
  for (std::uint64_t rest = path.tile.index / 1000; rest > 0; rest /= 1000) {
    index = fmt::format("x{:03}/{}", rest % 1000, index);
  }
  const std::string level =
      path.kind == TileKind::entries ? "entries" : fmt::format("{}", path.tile.level);
  const std::string part =
      path.tile.width == kTileWidth ? "" : fmt::format(".p/{}", path.tile.width);
  return fmt::format("tile/{}/{}{}", level, index, part);
}

Result<TilePath> parse_tile_path(std::string_view path) {
  constexpr std::string_view kPrefix = "tile/";
  constexpr std::string_view kPartial = ".p/";
  if (path.size() > kMaxPathBytes || !path.starts_with(kPrefix)) {
    return no_path();
  }
  std::string_view text = path.substr(kPrefix.size());
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return no_path();
  }
  TilePath result;
  const std::string_view level = text.substr(0, slash);
  if (level == "entries") {
    result.kind = TileKind::entries;
  } else {
    const auto number = parse_decimal(level);
    if (!number || *number > kMaxPathLevel) {
      return no_path();
    }
    result.tile.level = static_cast<unsigned>(*number);
  }
  text.remove_prefix(slash + 1);
  const auto index = take_index(text);
  if (!index) {
    return no_path();
  }
  result.tile.index = *index;
  if (text.empty()) {
    return result;
  }
  const auto width =
      text.starts_with(kPartial) ? parse_decimal(text.substr(kPartial.size())) : std::nullopt;
  if (!width || *width == 0 || *width >= kTileWidth) {
    return no_path();
  }
  result.tile.width = static_cast<unsigned>(*width);
  return result;
}

Status add_entry(std::string& bundle, std::string_view entry) {
  if (entry.size() > kMaxEntryBytes) {
    return fail(Code::invalid, "a log entry of more than 65535 bytes");
  }
  bundle += big_endian_16(static_cast<std::uint16_t>(entry.size()));
  bundle += entry;
  return {};
}

Result<std::vector<std::string_view>> parse_entries(std::string_view bundle, unsigned width) {
  std::vector<std::string_view> entries;
  entries.reserve(width);
  while (entries.size() < width) {
    const std::string where = fmt::format("entry {}", entries.size());
    if (bundle.size() < 2) {
      return fail(Code::corrupt, "the bundle ends too soon", where);
    }
    const std::size_t length = read_big_endian_16(bundle);
    bundle.remove_prefix(2);
    if (bundle.size() < length) {
      return fail(Code::corrupt, "the bundle ends too soon", where);
    }
    entries.push_back(bundle.substr(0, length));
    bundle.remove_prefix(length);
  }
  if (!bundle.empty()) {
    return fail(Code::corrupt, "the bundle goes on after its last entry");
  }
  return entries;
}

Result<Edge> Edge::load(std::uint64_t size, const TileLoader& loader) {
  if (size > kMaxSize) {
    return fail(Code::invalid, "a tree of more than 2^62 leaves");
  }
  Edge edge;
  edge.size_ = size;
  for (unsigned level = 0; level < kTileLevels; ++level) {
    Level& at = edge.levels_[level];
    const std::uint64_t hashes = shift_right(size, kTileBits * level);
    at.index = hashes / kTileWidth;
    const auto width = static_cast<unsigned>(hashes % kTileWidth);
    if (width == 0) {
      continue;
    }
    at.bytes = TRY(load_tile({.level = level, .index = at.index, .width = width}, loader));
    // The bits of `width` are the perfect subtrees within the tile, the greatest first.
    std::size_t position = 0;
    for (unsigned bit = kTileBits; bit-- > 0;) {
      if (((width >> bit) & 1) == 0) {
        continue;
      }
      std::vector<Digest> row;
      for (std::size_t i = 0; i < (std::size_t{1} << bit); ++i) {
        row.push_back(hash_at(at.bytes, position++));
      }
      while (row.size() > 1) {
        halve(row);
      }
      edge.subtrees_[kTileBits * level + bit] = row.front();
    }
  }
  return edge;
}

void Edge::add(unsigned level, const Digest& hash) {
  Level& at = levels_[level];
  if (at.bytes.empty()) {
    at.bytes.reserve(kTileBytes);
  }
  at.bytes += hash.view();
  at.is_changed = true;
  if (at.bytes.size() == kTileBytes) {
    full_.push_back({.tile = {.level = level, .index = at.index}, .bytes = std::move(at.bytes)});
    at = {.index = at.index + 1, .bytes = {}, .is_changed = false};
  }
}

void Edge::append(const Digest& leaf_hash) {
  CHECK(size_ < kMaxSize);
  add(0, leaf_hash);
  // Like adding one in binary: each carry joins two perfect subtrees of one size.
  Digest hash = leaf_hash;
  unsigned bit = 0;
  while (((size_ >> bit) & 1) != 0) {
    hash = node_hash(subtrees_[bit], hash);
    ++bit;
    if (bit % kTileBits == 0) {
      add(bit / kTileBits, hash);
    }
  }
  subtrees_[bit] = hash;
  ++size_;
}

Digest Edge::root() const {
  std::optional<Digest> hash;
  for (unsigned bit = 0; bit < subtrees_.size(); ++bit) {
    if (((size_ >> bit) & 1) != 0) {
      hash = hash ? node_hash(subtrees_[bit], *hash) : subtrees_[bit];
    }
  }
  return hash ? *hash : empty_root();
}

std::vector<Edge::Changed> Edge::take_changed() {
  std::vector<Changed> changed = std::exchange(full_, {});
  for (unsigned level = 0; level < kTileLevels; ++level) {
    Level& at = levels_[level];
    if (at.is_changed) {
      const auto width = static_cast<unsigned>(at.bytes.size() / kHashBytes);
      changed.push_back(
          {.tile = {.level = level, .index = at.index, .width = width}, .bytes = at.bytes});
      at.is_changed = false;
    }
  }
  return changed;
}

Result<TileReader::Rows*> TileReader::rows(const Tile& tile) {
  const auto found = kept_.find({tile.level, tile.index});
  if (found != kept_.end()) {
    return &found->second;
  }
  const std::string bytes = TRY(load_tile(tile, loader_));
  if (kept_.size() >= kMaxKept) {
    kept_.clear();
  }
  Rows& rows = kept_[{tile.level, tile.index}];
  rows[0].reserve(tile.width);
  for (std::size_t i = 0; i < tile.width; ++i) {
    rows[0].push_back(hash_at(bytes, i));
  }
  return &rows;
}

Result<Digest> TileReader::hash(const Node& node) {
  const unsigned level = node.level / kTileBits;
  const unsigned above = node.level % kTileBits;
  const std::uint64_t index = node.index >> (kTileBits - above);
  const std::uint64_t position = node.index & ((kTileWidth >> above) - 1);
  const unsigned width = tile_width(size_, level, index);
  if (((position + 1) << above) > width) {
    return fail(Code::invalid, "no such subtree in a tree of that size");
  }
  Rows& rows = *TRY(this->rows({.level = level, .index = index, .width = width}));
  // Each row is hashed once, from the one below, when first asked for.
  unsigned from = above;
  while (rows[from].empty()) {
    --from;
  }
  for (; from < above; ++from) {
    rows[from + 1] = rows[from];
    halve(rows[from + 1]);
  }
  return rows[above][position];
}

}  // namespace weir::merkle
