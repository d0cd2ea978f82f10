// RFC 6962 Merkle trees: hashes, checking proofs, and making them from stored hashes.
//
// Nothing here holds a tree. Roots and proofs are made from the hashes of *perfect* subtrees, asked
// for one by one through a HashReader; about 2 log2(size) of them for one proof.
// Threads: functions of their arguments.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace weir::merkle {

/// Roots and proofs are made for trees up to this many leaves; so no proof has more than 63 hashes,
/// which is also the most that tlog-witness allows. Checking works for every 64-bit size.
inline constexpr std::uint64_t kMaxSize = std::uint64_t{1} << 62;
inline constexpr std::size_t kMaxProofHashes = 63;

/// SHA-256(0x00 ‖ entry).
Digest leaf_hash(std::string_view entry);
/// SHA-256(0x01 ‖ left ‖ right).
Digest node_hash(const Digest& left, const Digest& right);
/// The root of the tree without leaves: SHA-256 of nothing.
Digest empty_root();

/// How many leaves, and the hash over them all.
struct TreeHead {
  std::uint64_t size = 0;
  Digest root{};
  bool operator==(const TreeHead&) const = default;
};

struct Leaf {
  std::uint64_t index;  // from 0
  Digest hash;          // leaf_hash() of the entry
};

/// From the leaf (or the older root) upwards, as RFC 6962 2.1.1 and 2.1.2 order it.
using Proof = std::vector<Digest>;

/// True if `leaf` is in the tree of `head` (RFC 9162, 2.1.3.2).
[[nodiscard]] bool verify_inclusion(const Leaf& leaf, std::span<const Digest> proof,
                                    const TreeHead& head);

/// True if the leaves of `older` are the first leaves of `newer` (RFC 9162, 2.1.4.2). The empty
/// tree, with its right root, is consistent with any tree by the empty proof (tlog-witness).
[[nodiscard]] bool verify_consistency(const TreeHead& older, std::span<const Digest> proof,
                                      const TreeHead& newer);

/// A perfect subtree: the leaves from index·2^level up to (index+1)·2^level. Level 0 is a leaf.
struct Node {
  unsigned level;
  std::uint64_t index;
};

/// Looks up the stored hash of a perfect subtree. Errors are passed on to who asked for a proof.
using HashReader = std::function<Result<Digest>(const Node&)>;

/// The root over the first `size` leaves. `invalid` above kMaxSize.
Result<Digest> root(std::uint64_t size, const HashReader& reader);

struct Inclusion {
  std::uint64_t index;
  std::uint64_t size;
};
/// The proof that leaf `index` is among the first `size`. `invalid` if it is not.
Result<Proof> prove_inclusion(const Inclusion& what, const HashReader& reader);

struct Consistency {
  std::uint64_t older;
  std::uint64_t newer;
};
/// The proof that the first `older` leaves begin the first `newer`; empty when `older` is 0 or
/// equal to `newer`. `invalid` if `older` is greater.
Result<Proof> prove_consistency(const Consistency& what, const HashReader& reader);

}  // namespace weir::merkle
