#include "merkle/tree.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace weir::merkle {
namespace {

constexpr char kLeafPrefix = 0;
constexpr char kNodePrefix = 1;
constexpr std::size_t kShortEntry = 127;  // covers Weir's 65; hashed from one buffer

bool is_odd(std::uint64_t value) {
  return (value & 1) != 0;
}

/// The place of a subtree in the walk of RFC 9162: `node` within a level whose last is `last`.
struct Walk {
  std::uint64_t node;
  std::uint64_t last;

  void rise() {
    node >>= 1;
    last >>= 1;
  }
  /// True if the next hash of the proof stands on the left; then skips the levels on which this
  /// subtree has no sibling.
  bool is_right_child() {
    if (!is_odd(node) && node != last) {
      return false;
    }
    while (!is_odd(node) && node != 0) {
      rise();
    }
    return true;
  }
};

/// The hash over leaves [begin, end), where begin is a multiple of a power of two not less than
/// their number: true of every range that RFC 6962's definitions speak of.
Result<Digest> range(std::uint64_t begin, std::uint64_t end, const HashReader& reader) {
  std::array<Digest, 64> parts;
  std::size_t count = 0;
  while (begin < end) {
    const auto level = static_cast<unsigned>(std::bit_width(end - begin)) - 1;
    parts[count++] = TRY(reader({.level = level, .index = begin >> level}));
    begin += std::uint64_t{1} << level;
  }
  Digest hash = parts[--count];
  while (count > 0) {
    hash = node_hash(parts[--count], hash);
  }
  return hash;
}

/// The leaves of the left subtree of `size` > 1 leaves: the greatest power of two below it.
std::uint64_t left_part(std::uint64_t size) {
  return std::bit_floor(size - 1);
}

Status check_size(std::uint64_t size) {
  if (size > kMaxSize) {
    return fail(Code::invalid, "a tree of more than 2^62 leaves");
  }
  return {};
}

}  // namespace

Digest leaf_hash(std::string_view entry) {
  if (entry.size() <= kShortEntry) {
    std::array<char, 1 + kShortEntry> buffer;
    buffer[0] = kLeafPrefix;
    std::ranges::copy(entry, buffer.begin() + 1);
    return sha256({buffer.data(), entry.size() + 1});
  }
  return Sha256().add({&kLeafPrefix, 1}).add(entry).finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
  std::array<char, 65> buffer;
  buffer[0] = kNodePrefix;
  std::memcpy(buffer.data() + 1, left.bytes.data(), 32);
  std::memcpy(buffer.data() + 33, right.bytes.data(), 32);
  return sha256({buffer.data(), buffer.size()});
}

Digest empty_root() {
  return sha256({});
}

bool verify_inclusion(const Leaf& leaf, std::span<const Digest> proof, const TreeHead& head) {
  if (leaf.index >= head.size) {
    return false;
  }
  Walk walk{.node = leaf.index, .last = head.size - 1};
  Digest hash = leaf.hash;
  for (const Digest& sibling : proof) {
    if (walk.last == 0) {
      return false;
    }
    hash = walk.is_right_child() ? node_hash(sibling, hash) : node_hash(hash, sibling);
    walk.rise();
  }
  return walk.last == 0 && hash == head.root;
}

bool verify_consistency(const TreeHead& older, std::span<const Digest> proof,
                        const TreeHead& newer) {
  if (older.size > newer.size || (older.size == 0 && older.root != empty_root())) {
    return false;
  }
  if (older.size == newer.size) {
    return proof.empty() && older.root == newer.root;
  }
  if (older.size == 0) {
    return proof.empty();
  }
  if (proof.empty()) {
    return false;
  }
  Walk walk{.node = older.size - 1, .last = newer.size - 1};
  while (is_odd(walk.node)) {
    walk.rise();
  }
  // An older tree that is one perfect subtree is itself the first hash; else the proof names it.
  Digest old_hash = older.root;
  if (!std::has_single_bit(older.size)) {
    old_hash = proof.front();
    proof = proof.subspan(1);
  }
  Digest new_hash = old_hash;
  for (const Digest& sibling : proof) {
    if (walk.last == 0) {
      return false;
    }
    if (walk.is_right_child()) {
      old_hash = node_hash(sibling, old_hash);
      new_hash = node_hash(sibling, new_hash);
    } else {
      new_hash = node_hash(new_hash, sibling);
    }
    walk.rise();
  }
  return walk.last == 0 && old_hash == older.root && new_hash == newer.root;
}

Result<Digest> root(std::uint64_t size, const HashReader& reader) {
  TRY(check_size(size));
  return size == 0 ? empty_root() : range(0, size, reader);
}

Result<Proof> prove_inclusion(const Inclusion& what, const HashReader& reader) {
  TRY(check_size(what.size));
  if (what.index >= what.size) {
    return fail(Code::invalid, "no leaf of that index in a tree of that size");
  }
  Proof proof;
  std::uint64_t begin = 0;
  std::uint64_t end = what.size;
  while (end - begin > 1) {
    const std::uint64_t middle = begin + left_part(end - begin);
    if (what.index < middle) {
      proof.push_back(TRY(range(middle, end, reader)));
      end = middle;
    } else {
      proof.push_back(TRY(range(begin, middle, reader)));
      begin = middle;
    }
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<Proof> prove_consistency(const Consistency& what, const HashReader& reader) {
  TRY(check_size(what.newer));
  if (what.older > what.newer) {
    return fail(Code::invalid, "a greater tree is no beginning of a smaller one");
  }
  Proof proof;
  if (what.older == 0) {
    return proof;
  }
  std::uint64_t begin = 0;
  std::uint64_t end = what.newer;
  while (end != what.older) {  // SUBPROOF of RFC 6962, 2.1.2, from the root down
    const std::uint64_t middle = begin + left_part(end - begin);
    if (what.older <= middle) {
      proof.push_back(TRY(range(middle, end, reader)));
      end = middle;
    } else {
      proof.push_back(TRY(range(begin, middle, reader)));
      begin = middle;
    }
  }
  if (begin != 0) {  // else it is the older root, which the verifier has
    proof.push_back(TRY(range(begin, end, reader)));
  }
  std::ranges::reverse(proof);
  return proof;
}

}  // namespace weir::merkle
