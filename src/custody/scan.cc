#include "custody/scan.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/bytes.h"
#include "custody/event.h"

namespace weir::custody {
namespace {

constexpr std::size_t kEntryBytes = 2 + kLeafBytes;
constexpr std::size_t kMostMismatches = 100'000;
constexpr std::uint64_t kMostReserved = 50'000'000;  // a size may be a lie: do not trust it at once
constexpr unsigned kRadixBits = 11;                  // of a 64-bit key, in six rounds
constexpr std::size_t kRadix = std::size_t{1} << kRadixBits;

/// The row of a partial tile or bundle may be there under its full name only (tlog-tiles).
Result<std::string> fetch_row(const Fetch& fetch, merkle::TilePath path, std::size_t row_bytes) {
  auto bytes = fetch(merkle::tile_path(path));
  if (bytes || bytes.error().code != Code::not_found || path.tile.width == merkle::kTileWidth) {
    return bytes;
  }
  const std::size_t needed = path.tile.width * row_bytes;
  path.tile.width = merkle::kTileWidth;
  bytes = fetch(merkle::tile_path(path));
  if (bytes && bytes->size() > needed) {
    bytes->resize(needed);
  }
  return bytes;
}

/// Walks over all entries in order, bundle by bundle.
class Entries {
 public:
  Entries(const Fetch& fetch, std::uint64_t size) : fetch_(fetch), size_(size) {}

  /// The next bundle's bytes: whole entries of kEntryBytes. Empty at the end. On failure a finding.
  std::optional<std::string> next(Findings& findings) {
    if (at_ == size_) {
      return "";
    }
    const auto width =
        static_cast<unsigned>(std::min<std::uint64_t>(size_ - at_, merkle::kTileWidth));
    const merkle::TilePath path{
        .kind = merkle::TileKind::entries,
        .tile = {.level = 0, .index = at_ / merkle::kTileWidth, .width = width}};
    auto bytes = fetch_row(fetch_, path, kEntryBytes);
    if (!bytes) {
      findings.alarm(Kind::file_missing, {.leaf = at_},
                     fmt::format("the log does not give {}: {}", merkle::tile_path(path),
                                 text(bytes.error())));
      return std::nullopt;
    }
    if (!is_well_formed(*bytes, width)) {
      findings.alarm(Kind::wrong_entries, {.leaf = at_},
                     fmt::format("{} does not hold {} leaves", merkle::tile_path(path), width));
      return std::nullopt;
    }
    at_ += width;
    return *std::move(bytes);
  }

 private:
  static bool is_well_formed(std::string_view bytes, unsigned width) {
    if (bytes.size() != width * kEntryBytes) {
      return false;
    }
    for (; !bytes.empty(); bytes.remove_prefix(kEntryBytes)) {
      if (bytes[0] != 0 || bytes[1] != static_cast<char>(kLeafBytes) || bytes[2] != 1) {
        return false;
      }
    }
    return true;
  }

  const Fetch& fetch_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;
};

std::string_view entry_at(std::string_view bundle, std::size_t at) {
  return bundle.substr(at * kEntryBytes + 2, kLeafBytes);
}

std::string_view tag_of(std::string_view entry) {
  return entry.substr(1, 32);
}

/// Least significant digit first: some six times faster here than comparing.
void radix_sort(std::vector<std::uint64_t>& keys) {
  std::vector<std::uint64_t> other(keys.size());
  for (unsigned shift = 0; shift < 64; shift += kRadixBits) {
    std::array<std::size_t, kRadix + 1> starts{};
    for (const std::uint64_t key : keys) {
      ++starts[((key >> shift) & (kRadix - 1)) + 1];
    }
    for (std::size_t i = 1; i < starts.size(); ++i) {
      starts[i] += starts[i - 1];
    }
    for (const std::uint64_t key : keys) {
      other[starts[(key >> shift) & (kRadix - 1)]++] = key;
    }
    keys.swap(other);
  }
}

class Scan {
 public:
  Scan(ScanInput input, Findings& findings) : input_(std::move(input)), findings_(findings) {
    std::ranges::sort(input_.heads, [](const Head& a, const Head& b) {
      return std::tie(a.size, a.root, a.from) < std::tie(b.size, b.root, b.from);
    });
  }

  std::optional<Scanned> run() {
    const std::uint64_t size = input_.newest.size;
    scanned_.tags.reserve(std::min(size, kMostReserved));
    Entries entries(input_.fetch, size);
    check_heads();
    while (edge_.size() < size) {
      const auto bundle = entries.next(findings_);
      if (!bundle) {
        return std::nullopt;
      }
      take(*bundle);
      check_tiles();
    }
    scanned_.leaves = size;
    scanned_.root = edge_.root();
    if (scanned_.root != input_.newest.root) {
      findings_.alarm(Kind::wrong_entries, {},
                      fmt::format("the entries do not hash to the signed root of size {}", size));
    }
    check_heads_beyond();
    radix_sort(scanned_.tags);
    return std::move(scanned_);
  }

 private:
  void take(std::string_view bundle) {
    const std::uint64_t first = edge_.size();
    const Claims::Page* page = input_.claims.page(first / kPageLeaves);
    const std::size_t width = bundle.size() / kEntryBytes;
    for (std::size_t i = 0; i < width; ++i) {
      const std::string_view entry = entry_at(bundle, i);
      const Digest hash = merkle::leaf_hash(entry);
      edge_.append(hash);
      scanned_.tags.push_back(tag_prefix(tag_of(entry)));
      if (page != nullptr && page->streams[i] != 0 && page->hashes[i] != hash &&
          scanned_.mismatches.size() < kMostMismatches) {
        scanned_.mismatches.push_back({.claim = {.leaf = first + i,
                                                 .stream = page->streams[i] - 1,
                                                 .index = page->indexes[i],
                                                 .hash = page->hashes[i]},
                                       .entry = std::string(entry)});
      }
      if (next_head_ < input_.heads.size() && input_.heads[next_head_].size == edge_.size()) {
        check_heads();
      }
    }
  }

  /// Holds every head of the size reached so far against the tree.
  void check_heads() {
    if (next_head_ == input_.heads.size() || input_.heads[next_head_].size != edge_.size()) {
      return;
    }
    const Digest root = edge_.root();
    for (; next_head_ < input_.heads.size() && input_.heads[next_head_].size == edge_.size();
         ++next_head_) {
      const Head& head = input_.heads[next_head_];
      if (head.root != root) {
        wrong_heads_.push_back(next_head_);
      }
    }
  }

  /// A root that differs though the newest one agrees is another history; if the newest differs
  /// too, the entries are wrong, which is said once.
  void check_heads_beyond() {
    const bool are_entries_right = scanned_.root == input_.newest.root;
    for (const std::size_t at : wrong_heads_) {
      const Head& head = input_.heads[at];
      if (are_entries_right || head.size == input_.newest.size) {
        findings_.alarm(Kind::checkpoint_contradiction, {},
                        fmt::format("{} states another root for size {} than this log has",
                                    head.from, head.size));
      }
    }
    for (; next_head_ < input_.heads.size(); ++next_head_) {
      const Head& head = input_.heads[next_head_];
      findings_.alarm(Kind::checkpoint_contradiction, {},
                      fmt::format("{} states a size of {}, but this log has only {} leaves",
                                  head.from, head.size, input_.newest.size));
    }
  }

  /// Full tiles as they come, partial ones once no leaf follows.
  void check_tiles() {
    for (merkle::Edge::Changed& changed : edge_.take_changed()) {
      if (input_.tiles == Tiles::skip) {
        continue;
      }
      if (changed.tile.width < merkle::kTileWidth) {
        partial_[changed.tile.level] = std::move(changed);
      } else {
        partial_.erase(changed.tile.level);
        compare_tile(changed);
      }
    }
    if (edge_.size() == input_.newest.size) {
      for (const auto& [level, tile] : partial_) {
        compare_tile(tile);
      }
    }
  }

  void compare_tile(const merkle::Edge::Changed& expected) {
    const merkle::TilePath path{.kind = merkle::TileKind::hashes, .tile = expected.tile};
    const auto bytes = fetch_row(input_.fetch, path, merkle::kHashBytes);
    if (!bytes) {
      findings_.alarm(Kind::file_missing, {},
                      fmt::format("the log does not give {}: {}", merkle::tile_path(path),
                                  text(bytes.error())));
    } else if (*bytes != expected.bytes) {
      findings_.alarm(Kind::wrong_tile, {},
                      fmt::format("{} is not what the entries hash to", merkle::tile_path(path)));
    }
  }

  ScanInput input_;
  Findings& findings_;
  merkle::Edge edge_;
  Scanned scanned_;
  std::size_t next_head_ = 0;
  std::vector<std::size_t> wrong_heads_;
  std::map<unsigned, merkle::Edge::Changed> partial_;  // by level
};

}  // namespace

std::uint64_t tag_prefix(std::string_view tag) {
  return read_big_endian_64(tag);
}

std::optional<Claims::Owner> Claims::add(const Claim& claim) {
  const std::uint64_t number = claim.leaf / kPageLeaves;
  if (last_ == nullptr || last_number_ != number) {
    std::unique_ptr<Page>& page = pages_[number];
    if (!page) {
      page = std::make_unique<Page>();
    }
    last_ = page.get();
    last_number_ = number;
  }
  const std::size_t at = claim.leaf % kPageLeaves;
  if (const auto owner = last_->owner(at)) {
    return owner;
  }
  last_->hashes[at] = claim.hash;
  last_->streams[at] = claim.stream + 1;
  last_->indexes[at] = claim.index;
  return std::nullopt;
}

const Claims::Page* Claims::page(std::uint64_t number) const {
  const auto found = pages_.find(number);
  return found == pages_.end() ? nullptr : found->second.get();
}

std::optional<Claims::Owner> Claims::owner(std::uint64_t leaf) const {
  const Page* const in = page(leaf / kPageLeaves);
  return in == nullptr ? std::nullopt : in->owner(leaf % kPageLeaves);
}

bool Claims::has(const Claim& claim) const {
  const Page* const in = page(claim.leaf / kPageLeaves);
  const std::size_t at = claim.leaf % kPageLeaves;
  return in != nullptr && in->streams[at] == claim.stream + 1 && in->hashes[at] == claim.hash;
}

std::optional<Scanned> scan(ScanInput input, Findings& findings) {
  return Scan(std::move(input), findings).run();
}

std::optional<std::vector<Located>> locate(const Fetch& fetch, const Scanned& scanned,
                                           const std::vector<std::uint64_t>& prefixes,
                                           Findings& findings) {
  const std::unordered_set<std::uint64_t> wanted(prefixes.begin(), prefixes.end());
  std::vector<Located> located;
  merkle::Edge edge;
  Entries entries(fetch, scanned.leaves);
  while (edge.size() < scanned.leaves) {
    const auto bundle = entries.next(findings);
    if (!bundle) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i * kEntryBytes < bundle->size(); ++i) {
      const std::string_view entry = entry_at(*bundle, i);
      if (wanted.contains(tag_prefix(tag_of(entry)))) {
        located.push_back({.tag = *Digest::from(tag_of(entry)), .leaf = edge.size()});
      }
      edge.append(merkle::leaf_hash(entry));
    }
    edge.take_changed();
  }
  if (edge.root() != scanned.root) {
    findings.alarm(Kind::wrong_entries, {}, "the log gave other entries when asked again");
    return std::nullopt;
  }
  return located;
}

}  // namespace weir::custody
