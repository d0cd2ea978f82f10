#include "merkle/tile.h"

#include <random>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "merkle/testing.h"

namespace weir::merkle {
namespace {

/// The tiles of the specification: one hash after the other, by definition.
std::string tile_by_definition(const Tile& tile, std::span<const Digest> leaves) {
  std::size_t leaves_each = 1;
  for (unsigned i = 0; i < tile.level; ++i) {
    leaves_each *= kTileWidth;
  }
  std::string bytes;
  for (std::size_t i = 0; i < tile.width; ++i) {
    bytes +=
        tree_hash(leaves.subspan((tile.index * kTileWidth + i) * leaves_each, leaves_each)).view();
  }
  return bytes;
}

void check_log(TestLog& log, std::span<const Digest> leaves) {
  const std::uint64_t size = leaves.size();
  ASSERT_EQ(log.edge.size(), size);
  EXPECT_EQ(log.edge.root(), tree_hash(leaves)) << size;
  std::size_t tiles = 0;
  for (unsigned level = 0; level < 4; ++level) {
    for (std::uint64_t index = 0; tile_width(size, level, index) > 0; ++index, ++tiles) {
      const Tile tile{.level = level, .index = index, .width = tile_width(size, level, index)};
      ASSERT_TRUE(log.rows.contains({level, index})) << tile_path({.tile = tile}) << " of " << size;
      EXPECT_EQ((log.rows[{level, index}]), tile_by_definition(tile, leaves)) << size;
    }
  }
  EXPECT_EQ(log.rows.size(), tiles) << size;
  EXPECT_EQ(Edge::load(size, log.loader())->root(), log.edge.root());
}

TEST(Edge, GrowsThroughEverySizeAroundATile) {
  const auto leaves = make_leaves(600);
  TestLog log;
  check_log(log, {});
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    log.append(std::span(leaves).subspan(size - 1, 1));
    if (size < 20 || (size + 3) % kTileWidth < 6) {
      check_log(log, std::span(leaves).first(size));
    }
  }
}

TEST(Edge, StopsAtTheEdgesOfTwoTileLevels) {
  const auto leaves = make_leaves(65540);
  TestLog log;
  std::size_t done = 0;
  for (const std::size_t size : {255u, 256u, 257u, 65535u, 65536u, 65537u, 65540u}) {
    log.append(std::span(leaves).subspan(done, size - done));
    done = size;
    check_log(log, std::span(leaves).first(size));
  }
}

TEST(Edge, AnyBatchesGiveTheSameTiles) {
  const auto leaves = make_leaves(3000);
  TestLog whole;
  whole.append(leaves);
  for (unsigned seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    TestLog log;
    for (std::size_t done = 0; done < leaves.size();) {
      const std::size_t batch = std::min<std::size_t>(random() % 700, leaves.size() - done);
      log.append(std::span(leaves).subspan(done, batch));
      done += batch;
      if (random() % 2 == 0) {  // as after a restart
        log.edge = Edge::load(done, log.loader()).value();
      }
      ASSERT_EQ(log.edge.root(), tree_hash(std::span(leaves).first(done))) << done;
    }
    EXPECT_EQ(log.rows, whole.rows);
  }
}

TEST(Edge, NamesOnlyWhatChanged) {
  TestLog log;
  log.append(make_leaves(255));
  EXPECT_TRUE(log.edge.take_changed().empty());
  log.edge.append(leaf_hash("next"));
  const auto full = log.edge.take_changed();
  ASSERT_EQ(full.size(), 2u);  // the full tile, and the first hash of the level above
  EXPECT_EQ(full[0].tile, (Tile{.level = 0, .index = 0, .width = 256}));
  EXPECT_EQ(full[1].tile, (Tile{.level = 1, .index = 0, .width = 1}));
  EXPECT_EQ(full[1].bytes, log.edge.root().view());
  log.edge.append(leaf_hash("one more"));
  const auto partial = log.edge.take_changed();
  ASSERT_EQ(partial.size(), 1u);
  EXPECT_EQ(partial[0].tile, (Tile{.level = 0, .index = 1, .width = 1}));
}

TEST(Edge, ACopyIsItsOwn) {
  TestLog log;
  log.append(make_leaves(10));
  Edge copy = log.edge;
  copy.append(leaf_hash("lost with its commit"));
  EXPECT_EQ(log.edge.root(), tree_hash(make_leaves(10)));
  EXPECT_TRUE(log.edge.take_changed().empty());
}

TEST(Edge, LoadRefusesWhatIsTooShortAndPassesOnErrors) {
  TestLog log;
  log.append(make_leaves(300));
  EXPECT_EQ(Edge::load(600, log.loader()).error().code, Code::not_found);
  EXPECT_EQ(Edge::load(303, log.loader()).error().code, Code::corrupt);
  EXPECT_EQ(Edge::load(kMaxSize + 1, log.loader()).error().code, Code::invalid);
  // A tile that has grown since serves the older size.
  Edge older = Edge::load(290, log.loader()).value();
  EXPECT_EQ(older.root(), tree_hash(make_leaves(290)));
  older.append(make_leaves(291)[290]);
  EXPECT_EQ(older.take_changed().at(0).bytes, (log.rows[{0, 1}].substr(0, 35 * kHashBytes)));
  log.rows[{0, 1}].pop_back();
  const auto cut = Edge::load(300, log.loader());
  EXPECT_EQ(cut.error().code, Code::corrupt);
  EXPECT_EQ(cut.error().where, "tile/0/001.p/44");
}

TEST(Edge, AnUnnoticedFlipInATileChangesTheRoot) {
  TestLog log;
  log.append(make_leaves(300));
  log.rows[{0, 1}][40] ^= 1;
  EXPECT_NE(Edge::load(300, log.loader())->root(), log.edge.root());
}

TEST(TileReader, ProvesAcrossTileLevels) {
  const auto leaves = make_leaves(66000);
  TestLog log;
  log.append(leaves);
  for (const std::uint64_t size : {255u, 256u, 257u, 511u, 512u, 65535u, 65536u, 65537u, 66000u}) {
    TileReader tiles(size, log.loader());
    const TreeHead head{.size = size, .root = tree_hash(std::span(leaves).first(size))};
    ASSERT_EQ(root(size, tiles.reader()), head.root) << size;
    std::mt19937_64 random(size);
    for (int round = 0; round < 50; ++round) {
      const std::uint64_t index =
          round < 2 ? static_cast<unsigned>(round) * (size - 1) : random() % size;
      const auto proof = prove_inclusion({.index = index, .size = size}, tiles.reader());
      EXPECT_TRUE(verify_inclusion({.index = index, .hash = leaves[index]}, *proof, head));
      const auto consistency = prove_consistency({.older = index, .newer = size}, tiles.reader());
      if (round < 5) {
        const TreeHead older{.size = index, .root = tree_hash(std::span(leaves).first(index))};
        EXPECT_TRUE(verify_consistency(older, *consistency, head)) << index << " of " << size;
      }
    }
  }
}

TEST(TileReader, LoadsAHandfulOfTiles) {
  // Three tile levels, as 10^7 leaves have: what is loaded does not depend on what it holds.
  std::size_t loads = 0;
  const TileLoader zeros = [&loads](const Tile& tile) -> Result<std::string> {
    ++loads;
    return std::string(tile.width * kHashBytes, '\0');
  };
  for (const std::uint64_t index : {0u, 1u, 255u, 256u, 65536u, 5'000'000u, 9'999'999u}) {
    loads = 0;
    TileReader tiles(10'000'000, zeros);
    EXPECT_EQ(prove_inclusion({.index = index, .size = 10'000'000}, tiles.reader())->size() / 8,
              index == 9'999'999 ? 1u : 3u);
    EXPECT_LE(loads, 5u) << index;
    EXPECT_TRUE(prove_consistency({.older = index, .newer = 10'000'000}, tiles.reader()));
    EXPECT_LE(loads, 7u) << index;
  }
}

TEST(TileReader, ForgetsRatherThanGrow) {
  std::size_t loads = 0;
  TileReader tiles(10'000'000, [&loads](const Tile& tile) -> Result<std::string> {
    ++loads;
    return std::string(tile.width * kHashBytes, '\0');
  });
  for (std::uint64_t i = 0; i <= TileReader::kMaxKept; ++i) {
    EXPECT_TRUE(tiles.hash({.level = 0, .index = i * kTileWidth}));
  }
  EXPECT_EQ(loads, TileReader::kMaxKept + 1);
  EXPECT_TRUE(tiles.hash({.level = 0, .index = TileReader::kMaxKept * kTileWidth}));
  EXPECT_EQ(loads, TileReader::kMaxKept + 1);
  EXPECT_TRUE(tiles.hash({.level = 0, .index = 0}));
  EXPECT_EQ(loads, TileReader::kMaxKept + 2);
}

TEST(TileReader, RefusesWhatIsOutside) {
  TestLog log;
  log.append(make_leaves(300));
  TileReader tiles(300, log.loader());
  for (const auto& [level, index] :
       std::vector<std::pair<unsigned, std::uint64_t>>{{0, 300},
                                                       {1, 150},
                                                       {2, 75},
                                                       {7, 2},
                                                       {8, 1},
                                                       {9, 0},
                                                       {63, 0},
                                                       {64, 0},
                                                       {0, UINT64_MAX}}) {
    EXPECT_EQ(tiles.hash({.level = level, .index = index}).error().code, Code::invalid)
        << level << " " << index;
  }
  for (const auto& [level, index] : std::vector<std::pair<unsigned, std::uint64_t>>{
           {0, 299}, {1, 149}, {2, 74}, {7, 1}, {8, 0}}) {
    const auto leaves = make_leaves(300);
    EXPECT_EQ(tiles.hash({.level = level, .index = index}),
              tree_hash(std::span(leaves).subspan(index << level, std::size_t{1} << level)));
  }
}

TEST(TileReader, AFlippedOrSwappedTileGivesNoProof) {
  const auto leaves = make_leaves(300);
  TestLog log;
  log.append(leaves);
  const TreeHead head = log.edge.head();
  const Leaf leaf{.index = 17, .hash = leaves[17]};
  const auto holds = [&] {
    TileReader tiles(300, log.loader());
    const auto proof = prove_inclusion({.index = 17, .size = 300}, tiles.reader());
    return proof && verify_inclusion(leaf, *proof, head);
  };
  EXPECT_TRUE(holds());
  for (std::size_t at = 0; at < kTileBytes; at += 97) {
    if (at / kHashBytes == 17) {
      continue;  // the leaf itself is not part of its proof
    }
    log.rows[{0, 0}][at] ^= 4;
    EXPECT_FALSE(holds()) << at;
    log.rows[{0, 0}][at] ^= 4;
  }
  std::swap_ranges(log.rows[{0, 0}].begin(), log.rows[{0, 0}].begin() + kHashBytes,
                   log.rows[{0, 0}].begin() + kHashBytes);
  EXPECT_FALSE(holds());
}

TEST(Tile, WidthsOfTheSpecificationsExample) {
  struct Row {
    std::uint64_t size;
    unsigned level;
    std::uint64_t index;
    unsigned width;
  };
  for (const Row& row :
       {Row{70'000, 0, 272, 256}, Row{70'000, 0, 273, 112}, Row{70'000, 0, 274, 0},
        Row{70'000, 1, 0, 256}, Row{70'000, 1, 1, 17}, Row{70'000, 2, 0, 1}, Row{70'000, 3, 0, 0},
        Row{256, 0, 0, 256}, Row{256, 0, 1, 0}, Row{256, 1, 0, 1}, Row{255, 1, 0, 0},
        Row{0, 0, 0, 0}, Row{UINT64_MAX, 0, UINT64_MAX / 256, 255}, Row{UINT64_MAX, 7, 0, 255},
        Row{UINT64_MAX, 8, 0, 0}, Row{1, 63, 0, 0}, Row{1, 0, UINT64_MAX, 0}}) {
    EXPECT_EQ(tile_width(row.size, row.level, row.index), row.width)
        << row.size << " " << row.level << " " << row.index;
  }
}

TEST(TilePath, BothWays) {
  const std::vector<std::pair<std::string, TilePath>> table = {
      {"tile/0/000", {TileKind::hashes, {0, 0, 256}}},
      {"tile/0/000.p/1", {TileKind::hashes, {0, 0, 1}}},
      {"tile/0/067.p/255", {TileKind::hashes, {0, 67, 255}}},
      {"tile/1/x001/x234/067", {TileKind::hashes, {1, 1234067, 256}}},
      {"tile/63/999", {TileKind::hashes, {63, 999, 256}}},
      {"tile/2/x001/000.p/17", {TileKind::hashes, {2, 1000, 17}}},
      {"tile/entries/x999/999", {TileKind::entries, {0, 999'999, 256}}},
      {"tile/entries/000.p/9", {TileKind::entries, {0, 0, 9}}},
      {"tile/0/x018/x014/x398/x509/x481/983", {TileKind::hashes, {0, kMaxTileIndex, 256}}},
  };
  for (const auto& [text, path] : table) {
    EXPECT_EQ(tile_path(path), text);
    EXPECT_EQ(parse_tile_path(text), path) << text;
  }
}

TEST(TilePath, HasOneSpelling) {
  for (const char* bad : {"",
                          "tile",
                          "tile/",
                          "tile/0",
                          "tile/0/",
                          "/tile/0/000",
                          "tile/00/000",
                          "tile/64/000",
                          "tile/-1/000",
                          "tile/+1/000",
                          "tile//000",
                          "tile/0/0",
                          "tile/0/00",
                          "tile/0/0000",
                          "tile/0/x001",
                          "tile/0/x001/",
                          "tile/0/x001/x002",
                          "tile/0/x000/001",
                          "tile/0/x000/x001/002",
                          "tile/0/001/002",
                          "tile/0/000.p",
                          "tile/0/000.p/",
                          "tile/0/000.p/0",
                          "tile/0/000.p/256",
                          "tile/0/000.p/01",
                          "tile/0/000.p/1/",
                          "tile/0/000.p/1 ",
                          "tile/0/000/",
                          "tile/0/../000",
                          "tile/0/x../000",
                          "tile/../../etc/passwd",
                          "tile/0/%30%30%30",
                          "tile/entries/000.P/1",
                          "tile/Entries/000",
                          "tile/0/X001/000",
                          "tile/0/000\n",
                          "tile/0/x018/x014/x398/x509/x481/984",
                          "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
                          "tile/data/000",
                          "tile/8/0/000",
                          "tile/0/00a",
                          "tile/0/000.p/1.p/1"}) {
    EXPECT_FALSE(parse_tile_path(bad)) << bad;
  }
  const std::string_view whole = "tile/entries/x001/x234/067.p/255";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto cut = parse_tile_path(whole.substr(0, size));
    if (cut) {
      EXPECT_EQ(tile_path(*cut), whole.substr(0, size));
    }
  }
  EXPECT_FALSE(parse_tile_path(std::string_view("tile/0/000\0", 11)));
}

TEST(Entries, BothWays) {
  std::string bundle;
  const std::vector<std::string> entries = {"", "a", std::string(65, 'x'),
                                            std::string(kMaxEntryBytes, 'y')};
  for (const std::string& entry : entries) {
    ASSERT_TRUE(add_entry(bundle, entry));
  }
  EXPECT_EQ(bundle.size(), 4 * 2 + 1 + 65 + kMaxEntryBytes);
  const auto parsed = parse_entries(bundle, 4);
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(std::ranges::equal(*parsed, entries));
  EXPECT_EQ(parse_entries(bundle, 3).error().code, Code::corrupt);
  EXPECT_EQ(parse_entries(bundle, 5).error().code, Code::corrupt);
  EXPECT_EQ(parse_entries(std::string(2, '\0'), 1)->front(), "");
  EXPECT_EQ(parse_entries(std::string(1, '\0'), 1).error().code, Code::corrupt);
  EXPECT_TRUE(parse_entries("", 0));
  const std::string before = bundle;
  EXPECT_EQ(add_entry(bundle, std::string(kMaxEntryBytes + 1, 'z')).error().code, Code::invalid);
  EXPECT_EQ(bundle, before);
}

TEST(Entries, EveryTruncationIsRefused) {
  std::string bundle;
  ASSERT_TRUE(add_entry(bundle, "one"));
  ASSERT_TRUE(add_entry(bundle, std::string(65, 'x')));
  for (std::size_t size = 0; size < bundle.size(); ++size) {
    EXPECT_FALSE(parse_entries(std::string_view(bundle).substr(0, size), 2)) << size;
  }
}

}  // namespace
}  // namespace weir::merkle
