// What the tests of this folder share: the definition of RFC 6962 written as it reads there, and a
// log held in memory as tiles. Of tests only.
#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "merkle/merkle.h"

namespace weir::merkle {

/// MTH of RFC 6962, 2.1. Slow and obviously right.
inline Digest tree_hash(std::span<const Digest> leaves) {
  if (leaves.empty()) {
    return sha256("");
  }
  if (leaves.size() == 1) {
    return leaves[0];
  }
  std::size_t k = 1;
  while (k * 2 < leaves.size()) {
    k *= 2;
  }
  return sha256(std::string("\x01")
                    .append(tree_hash(leaves.first(k)).view())
                    .append(tree_hash(leaves.subspan(k)).view()));
}

/// PATH of RFC 6962, 2.1.1.
inline Proof path(std::size_t m, std::span<const Digest> leaves) {
  if (leaves.size() <= 1) {
    return {};
  }
  std::size_t k = 1;
  while (k * 2 < leaves.size()) {
    k *= 2;
  }
  Proof proof = m < k ? path(m, leaves.first(k)) : path(m - k, leaves.subspan(k));
  proof.push_back(m < k ? tree_hash(leaves.subspan(k)) : tree_hash(leaves.first(k)));
  return proof;
}

/// SUBPROOF of RFC 6962, 2.1.2.
enum class Whole { yes, no };
inline Proof subproof(std::size_t m, std::span<const Digest> leaves, Whole whole) {
  if (m == leaves.size()) {
    return whole == Whole::yes ? Proof{} : Proof{tree_hash(leaves)};
  }
  std::size_t k = 1;
  while (k * 2 < leaves.size()) {
    k *= 2;
  }
  Proof proof =
      m <= k ? subproof(m, leaves.first(k), whole) : subproof(m - k, leaves.subspan(k), Whole::no);
  proof.push_back(m <= k ? tree_hash(leaves.subspan(k)) : tree_hash(leaves.first(k)));
  return proof;
}

/// Leaf hashes of the entries "leaf 0", "leaf 1", ...
inline std::vector<Digest> make_leaves(std::size_t count) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < count; ++i) {
    leaves.push_back(leaf_hash(fmt::format("leaf {}", i)));
  }
  return leaves;
}

/// A log whose tiles are rows of (level, index), as a store would keep them.
struct TestLog {
  std::map<std::pair<unsigned, std::uint64_t>, std::string> rows;
  std::size_t loads = 0;
  Edge edge;

  void append(std::span<const Digest> leaves) {
    for (const Digest& leaf : leaves) {
      edge.append(leaf);
    }
    for (auto& changed : edge.take_changed()) {
      rows[{changed.tile.level, changed.tile.index}] = std::move(changed.bytes);
    }
  }
  TileLoader loader() {
    return [this](const Tile& tile) -> Result<std::string> {
      ++loads;
      const auto found = rows.find({tile.level, tile.index});
      if (found == rows.end()) {
        return fail(Code::not_found, "no such tile");
      }
      return found->second;
    };
  }
};

/// A key from a name, the same each time.
inline SigningKey test_key(std::string_view name) {
  return SigningKey::from_seed(Secret(std::string(sha256(name).view())));
}
inline VerifierKey log_vkey(std::string_view name) {
  return VerifierKey::make(SignatureType::ed25519, name, test_key(name).public_key()).value();
}
inline VerifierKey witness_vkey(std::string_view name) {
  return VerifierKey::make(SignatureType::cosignature, name, test_key(name).public_key()).value();
}

/// The log `origin`'s signed checkpoint.
inline Note signed_checkpoint(std::string_view origin, const TreeHead& head) {
  Note note{.body = format_checkpoint({.origin = std::string(origin), .head = head}),
            .signatures = {}};
  note.signatures.push_back(sign_note(log_vkey(origin), test_key(origin), note.body));
  return note;
}

}  // namespace weir::merkle
