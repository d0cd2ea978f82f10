#include "merkle/tree.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "merkle/testing.h"

namespace weir::merkle {
namespace {

constexpr std::size_t kSmall = 70;

TEST(Tree, KnownHashes) {
  EXPECT_EQ(to_hex(empty_root().view()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(leaf_hash("").view()),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(leaf_hash("L123456"), sha256(std::string("\0L123456", 8)));
  for (const std::size_t size : {65u, 126u, 127u, 128u, 129u, 1000u}) {
    const std::string entry(size, 'x');
    EXPECT_EQ(leaf_hash(entry), sha256(std::string(1, '\0') + entry)) << size;
  }
  const Digest a = sha256("a");
  const Digest b = sha256("b");
  EXPECT_EQ(node_hash(a, b), sha256("\x01" + std::string(a.view()) + std::string(b.view())));
  EXPECT_NE(node_hash(a, b), node_hash(b, a));
}

TEST(Tree, EverySmallTreeMatchesTheDefinition) {
  const auto leaves = make_leaves(kSmall);
  TestLog log;
  log.append(leaves);
  for (std::size_t size = 0; size <= kSmall; ++size) {
    const auto tree = std::span(leaves).first(size);
    TileReader tiles(size, log.loader());
    const TreeHead head{.size = size, .root = tree_hash(tree)};
    EXPECT_EQ(root(size, tiles.reader()), head.root);
    for (std::size_t index = 0; index < size; ++index) {
      const auto proof = prove_inclusion({.index = index, .size = size}, tiles.reader());
      ASSERT_EQ(proof, path(index, tree)) << index << " of " << size;
      EXPECT_TRUE(verify_inclusion({.index = index, .hash = leaves[index]}, *proof, head));
    }
    EXPECT_FALSE(prove_inclusion({.index = size, .size = size}, tiles.reader()));
    for (std::size_t older = 0; older <= size; ++older) {
      const auto proof = prove_consistency({.older = older, .newer = size}, tiles.reader());
      ASSERT_EQ(proof, older == 0 ? Proof{} : subproof(older, tree, Whole::yes))
          << older << " of " << size;
      EXPECT_TRUE(
          verify_consistency({.size = older, .root = tree_hash(tree.first(older))}, *proof, head));
    }
    EXPECT_FALSE(prove_consistency({.older = size + 1, .newer = size}, tiles.reader()));
  }
}

/// Every way to spoil a list of hashes a little.
std::vector<Proof> spoiled(const Proof& proof) {
  std::vector<Proof> all;
  for (std::size_t i = 0; i < proof.size(); ++i) {
    Proof flipped = proof;
    flipped[i].bytes[i % 32] ^= 0x10;
    all.push_back(flipped);
    Proof shorter = proof;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    all.push_back(shorter);
    Proof longer = proof;
    longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), sha256("more"));
    all.push_back(longer);
    if (i > 0) {
      Proof swapped = proof;
      std::swap(swapped[i - 1], swapped[i]);
      all.push_back(swapped);
    }
  }
  Proof longer = proof;
  longer.push_back(proof.empty() ? Digest{} : proof.back());
  all.push_back(longer);
  return all;
}

TEST(Tree, InclusionHoldsForNothingElse) {
  const auto leaves = make_leaves(23);
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const auto tree = std::span(leaves).first(size);
    const TreeHead head{.size = size, .root = tree_hash(tree)};
    for (std::size_t index = 0; index < size; ++index) {
      const Proof proof = path(index, tree);
      const Leaf leaf{.index = index, .hash = leaves[index]};
      for (const Proof& bad : spoiled(proof)) {
        EXPECT_FALSE(verify_inclusion(leaf, bad, head));
      }
      for (std::uint64_t other = 0; other < 70; ++other) {
        if (other != index) {
          EXPECT_FALSE(verify_inclusion({.index = other, .hash = leaf.hash}, proof, head));
        }
      }
      EXPECT_FALSE(verify_inclusion({.index = UINT64_MAX, .hash = leaf.hash}, proof, head));
      EXPECT_FALSE(verify_inclusion({.index = index, .hash = sha256("x")}, proof, head));
      EXPECT_FALSE(verify_inclusion(leaf, proof, {.size = size, .root = sha256("x")}));
      EXPECT_FALSE(verify_inclusion(leaf, proof, {.size = 0, .root = head.root}));
      EXPECT_FALSE(verify_inclusion(leaf, proof, {.size = UINT64_MAX, .root = head.root}));
    }
  }
}

TEST(Tree, ConsistencyHoldsForNothingElse) {
  const auto leaves = make_leaves(23);
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const auto tree = std::span(leaves).first(size);
    const TreeHead newer{.size = size, .root = tree_hash(tree)};
    for (std::size_t older_size = 0; older_size <= size; ++older_size) {
      const TreeHead older{.size = older_size, .root = tree_hash(tree.first(older_size))};
      const Proof proof = older_size == 0 ? Proof{} : subproof(older_size, tree, Whole::yes);
      for (const Proof& bad : spoiled(proof)) {
        EXPECT_FALSE(verify_consistency(older, bad, newer)) << older_size << " of " << size;
      }
      EXPECT_FALSE(verify_consistency({.size = older_size, .root = sha256("x")}, proof, newer));
      if (older_size > 0) {
        EXPECT_FALSE(verify_consistency(older, proof, {.size = size, .root = sha256("x")}));
      }
      if (older_size > 0 && older_size < size) {
        EXPECT_FALSE(verify_consistency(older, {}, newer));
        EXPECT_FALSE(verify_consistency(newer, proof, older));
        EXPECT_FALSE(verify_consistency({.size = 0, .root = empty_root()}, proof, newer));
        EXPECT_FALSE(
            verify_consistency({.size = older_size - 1, .root = older.root}, proof, newer));
        EXPECT_FALSE(verify_consistency(older, proof, {.size = UINT64_MAX, .root = newer.root}));
      }
    }
  }
}

// A proof that goes on above the root must not hold for whatever it hashes to.
TEST(Tree, NoProofGoesOnAboveTheRoot) {
  const auto leaves = make_leaves(7);
  const Digest more = sha256("more");
  const auto above = [&more](const Digest& hash) { return node_hash(more, hash); };
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const auto tree = std::span(leaves).first(size);
    for (std::size_t i = 0; i < size; ++i) {
      Proof proof = path(i, tree);
      proof.push_back(more);
      EXPECT_FALSE(verify_inclusion({.index = i, .hash = leaves[i]}, proof,
                                    {.size = size, .root = above(tree_hash(tree))}));
      if (i == 0) {
        continue;
      }
      Proof consistency = subproof(i, tree, Whole::yes);
      consistency.push_back(more);
      EXPECT_FALSE(verify_consistency({.size = i, .root = above(tree_hash(tree.first(i)))},
                                      consistency, {.size = size, .root = above(tree_hash(tree))}));
    }
  }
}

TEST(Tree, RefusesHugeTreesWithoutReading) {
  const HashReader never = [](const Node&) -> Result<Digest> {
    ADD_FAILURE() << "was read";
    return Digest{};
  };
  EXPECT_EQ(root(kMaxSize + 1, never).error().code, Code::invalid);
  EXPECT_EQ(prove_inclusion({.index = 0, .size = UINT64_MAX}, never).error().code, Code::invalid);
  EXPECT_EQ(prove_consistency({.older = 1, .newer = kMaxSize + 1}, never).error().code,
            Code::invalid);
}

TEST(Tree, TheGreatestTreesHaveSixtyThreeHashesAtMost) {
  const HashReader same = [](const Node& node) -> Result<Digest> {
    EXPECT_LE((node.index + 1) << node.level, kMaxSize);
    return Digest{};
  };
  EXPECT_EQ(prove_inclusion({.index = 5, .size = kMaxSize}, same)->size(), 62u);
  EXPECT_EQ(prove_consistency({.older = kMaxSize / 2 - 1, .newer = kMaxSize - 1}, same)->size(),
            kMaxProofHashes);
  EXPECT_EQ(prove_consistency({.older = 1, .newer = kMaxSize}, same)->size(), 62u);
  EXPECT_EQ(prove_consistency({.older = 3, .newer = kMaxSize}, same)->size(), kMaxProofHashes);
  EXPECT_TRUE(root(kMaxSize, same));
}

TEST(Tree, PassesOnTheReadersError) {
  const HashReader broken = [](const Node&) -> Result<Digest> {
    return fail(Code::unavailable, "later");
  };
  EXPECT_EQ(root(3, broken).error().code, Code::unavailable);
  EXPECT_EQ(prove_inclusion({.index = 0, .size = 3}, broken).error().code, Code::unavailable);
  EXPECT_EQ(prove_consistency({.older = 1, .newer = 3}, broken).error().code, Code::unavailable);
}

}  // namespace
}  // namespace weir::merkle
