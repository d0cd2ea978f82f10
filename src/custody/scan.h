// One pass over every leaf of the log: checks the tree against every signed checkpoint and every
// claim against its leaf.
//
// Memory for 10^7 leaves, all claimed: 400 MB of claims and 80 MB of tags. Of this folder only.
// Thread rule: values of one thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "custody/archive.h"
#include "custody/finding.h"

namespace weir::custody {

inline constexpr unsigned kPageLeaves = merkle::kTileWidth;  // a page of claims is an entry bundle

/// Which leaf an event says is its own.
struct Claim {
  std::uint64_t leaf = 0;
  std::uint32_t stream = 0;  // number of a record, from 0
  std::uint32_t index = 0;   // in its stream
  Digest hash;               // merkle::leaf_hash() of its leaf
};

/// The claims, by leaf. Costs memory only where there are claims.
class Claims {
 public:
  struct Owner {
    std::uint32_t stream;
    std::uint32_t index;
  };
  struct Page {
    std::array<Digest, kPageLeaves> hashes;
    std::array<std::uint32_t, kPageLeaves> streams;  // plus one; 0 for none
    std::array<std::uint32_t, kPageLeaves> indexes;

    std::optional<Owner> owner(std::size_t at) const {
      return streams[at] == 0 ? std::nullopt : std::optional(Owner{streams[at] - 1, indexes[at]});
    }
  };

  /// Notes the claim, or gives who has claimed the leaf before.
  std::optional<Owner> add(const Claim& claim);
  std::optional<Owner> owner(std::uint64_t leaf) const;
  /// Whether this very leaf is claimed at this place by that stream.
  bool has(const Claim& claim) const;
  /// Claims of leaves from number·kPageLeaves on, or null.
  const Page* page(std::uint64_t number) const;

 private:
  std::unordered_map<std::uint64_t, std::unique_ptr<Page>> pages_;
  std::uint64_t last_number_ = 0;  // claims come in order, so the page is mostly the last
  Page* last_ = nullptr;
};

/// Whether the hash tiles are fetched and compared too (a mirror) or not (they are not needed).
enum class Tiles { compare, skip };

/// A claim whose leaf is another; `entry` is what stands there.
struct Mismatch {
  Claim claim;
  std::string entry;
};

/// What the pass brings to light besides findings.
struct Scanned {
  std::uint64_t leaves = 0;
  std::vector<Mismatch> mismatches;
  std::vector<std::uint64_t> tags;  // first 8 bytes of each leaf's tag, sorted
  Digest root;                      // of all entries as fetched
};

/// A signed checkpoint from anywhere: the archive, a receipt, a witness, another reader.
struct Head {
  std::uint64_t size = 0;
  Digest root;
  std::string from;  // for people
};

struct ScanInput {
  const Fetch& fetch;
  const Sealed& newest;
  std::vector<Head> heads;  // in any order
  const Claims& claims;
  Tiles tiles = Tiles::compare;
};

/// Nothing if an entry could not be had (with a finding).
std::optional<Scanned> scan(ScanInput input, Findings& findings);

/// Where tags stand that begin with these prefixes: a second pass, made only to explain what the
/// first one found. In order of leaves. Nothing if the log now gives other entries than those of
/// `root`, or none (with a finding).
struct Located {
  Digest tag;
  std::uint64_t leaf;
};
std::optional<std::vector<Located>> locate(const Fetch& fetch, const Scanned& scanned,
                                           const std::vector<std::uint64_t>& prefixes,
                                           Findings& findings);

/// The first 8 bytes of a tag.
std::uint64_t tag_prefix(std::string_view tag);

}  // namespace weir::custody
