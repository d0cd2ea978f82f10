// Vectors that others wrote (conformance/README.md), read where they lie beside the checkout.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/json.h"
#include "merkle/testing.h"

namespace weir::merkle {
namespace {

namespace fs = std::filesystem;
namespace bj = boost::json;

/// Unpacks a suite into the test's own folder; empty if the archive is absent.
fs::path unpacked(const std::string& suite) {
  const fs::path archive = fs::path(WEIR_SHARED) / "conformance" / (suite + ".tar.zst");
  if (!fs::exists(archive)) {
    return {};
  }
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const fs::path folder = fs::path(testing::TempDir()) / ("weir-" + std::string(test->name()));
  fs::remove_all(folder);
  fs::create_directories(folder);
  const std::string command =
      fmt::format("tar --use-compress-program='zstd -d --long=27' -xf '{}' -C '{}'",
                  archive.string(), folder.string());
  EXPECT_EQ(std::system(command.c_str()), 0);
  return folder / suite;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

bj::value read_json(const fs::path& path) {
  auto value = json::parse(read(path));
  EXPECT_TRUE(value) << path;
  return value ? *std::move(value) : bj::value();
}

std::string text_at(const bj::value& value, std::string_view key) {
  return std::string(value.as_object().at(key).as_string());
}

std::uint64_t number_at(const bj::value& value, std::string_view key) {
  return value.as_object().at(key).to_number<std::uint64_t>();
}

/// Nothing if some hash has no 32 bytes: then no value of our types can say it.
std::optional<Proof> proof_at(const bj::value& value) {
  Proof proof;
  const bj::value& list = value.as_object().at("proof");
  if (list.is_null()) {
    return proof;
  }
  for (const bj::value& item : list.as_array()) {
    const auto hash = digest_from_base64(std::string_view(item.as_string()));
    if (!hash) {
      return std::nullopt;
    }
    proof.push_back(*hash);
  }
  return proof;
}

std::vector<fs::path> files_under(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files.push_back(entry.path());
    }
  }
  return files;
}

#define UNPACK_OR_SKIP(folder, suite)                                   \
  const fs::path folder = unpacked(suite);                              \
  if (folder.empty()) {                                                 \
    GTEST_SKIP() << "no conformance/" << suite << ".tar.zst beside us"; \
  }

TEST(MerkleVectors, Inclusion) {
  UNPACK_OR_SKIP(folder, "merkle");
  std::size_t cases = 0;
  for (const fs::path& file : files_under(folder / "inclusion")) {
    const bj::value value = read_json(file);
    const auto root = digest_from_base64(text_at(value, "root"));
    const auto leaf = digest_from_base64(text_at(value, "leafHash"));
    const auto proof = proof_at(value);
    const bool holds =
        root && leaf && proof &&
        verify_inclusion({.index = number_at(value, "leafIdx"), .hash = *leaf}, *proof,
                         {.size = number_at(value, "treeSize"), .root = *root});
    EXPECT_EQ(holds, !value.as_object().at("wantErr").as_bool()) << file;
    ++cases;
  }
  EXPECT_GE(cases, 40u);
}

TEST(MerkleVectors, Consistency) {
  UNPACK_OR_SKIP(folder, "merkle");
  std::size_t cases = 0;
  for (const fs::path& file : files_under(folder / "consistency")) {
    const bj::value value = read_json(file);
    const auto older = digest_from_base64(text_at(value, "root1"));
    const auto newer = digest_from_base64(text_at(value, "root2"));
    const auto proof = proof_at(value);
    const bool holds =
        older && newer && proof &&
        verify_consistency({.size = number_at(value, "size1"), .root = *older}, *proof,
                           {.size = number_at(value, "size2"), .root = *newer});
    EXPECT_EQ(holds, !value.as_object().at("wantErr").as_bool()) << file;
    ++cases;
  }
  EXPECT_GE(cases, 40u);
}

TEST(MerkleVectors, SampleLog) {
  UNPACK_OR_SKIP(folder, "tlog");
  const fs::path log = folder / "sample-log";
  const bj::value about = read_json(log / "log.json");
  const std::vector<VerifierKey> keys = {VerifierKey::parse(text_at(about, "public_key")).value()};
  const bj::array& entries = about.as_object().at("leaves").as_array();
  Edge edge;
  std::vector<TreeHead> heads;
  for (std::uint64_t size = 0; size <= 15; ++size) {
    if (size > 0) {
      edge.append(leaf_hash(std::string_view(entries.at(size - 1).as_string())));
      const Tile tile{.level = 0, .index = 0, .width = static_cast<unsigned>(size)};
      EXPECT_EQ(edge.take_changed().at(0).bytes, read(log / tile_path({.tile = tile})));
      const std::string bundle = read(log / tile_path({.kind = TileKind::entries, .tile = tile}));
      std::string ours;
      for (std::uint64_t i = 0; i < size; ++i) {
        ASSERT_TRUE(add_entry(ours, std::string_view(entries.at(i).as_string())));
      }
      EXPECT_EQ(ours, bundle);
      EXPECT_EQ(parse_entries(bundle, tile.width)->size(), size);
    }
    const std::string text = read(log / fmt::format("checkpoint.{}", size));
    const auto open = open_checkpoint(text, keys, {});
    ASSERT_TRUE(open) << size;
    EXPECT_EQ(open->checkpoint.origin, text_at(about, "origin"));
    EXPECT_EQ(open->checkpoint.head, edge.head());
    EXPECT_EQ(format_note(open->note), text);
    EXPECT_EQ(format_checkpoint(open->checkpoint), open->note.body);
    heads.push_back(edge.head());
    TileReader tiles(size, [&](const Tile& tile) -> Result<std::string> {
      return read(log / tile_path({.tile = tile}));
    });
    for (const TreeHead& older : heads) {
      const auto proof = prove_consistency({.older = older.size, .newer = size}, tiles.reader());
      EXPECT_TRUE(verify_consistency(older, *proof, edge.head()));
    }
  }
}

TEST(MerkleVectors, Notes) {
  UNPACK_OR_SKIP(folder, "tlog");
  const bj::value all = read_json(folder / "notes" / "sumdb-note.json");
  for (const bj::value& item : all.as_object().at("open").as_array()) {
    const bool in_hex = item.as_object().contains("note_hex");
    const std::string text =
        in_hex ? from_hex(text_at(item, "note_hex")).value() : text_at(item, "note");
    std::vector<VerifierKey> keys;
    for (const bj::value& key : item.as_object().at("keys").as_array()) {
      keys.push_back(VerifierKey::parse(std::string_view(key.as_string())).value());
    }
    const auto note = parse_note(text);
    const auto verified = note ? verify_note(*note, keys) : std::unexpected(note.error());
    EXPECT_EQ(verified.has_value(), item.as_object().at("ok").as_bool()) << text_at(item, "name");
    std::set<std::string> names;
    for (const Verified& v : verified ? *verified : std::vector<Verified>{}) {
      names.insert(keys[v.key].name());
    }
    std::set<std::string> expected;
    for (const bj::value& name : item.as_object().at("verified").as_array()) {
      expected.emplace(name.as_string());
    }
    EXPECT_EQ(names, expected) << text_at(item, "name");
  }
  for (const bj::value& item : all.as_object().at("keys").as_array()) {
    EXPECT_EQ(VerifierKey::parse(text_at(item, "key")).has_value(),
              item.as_object().at("ok").as_bool())
        << text_at(item, "key");
  }
}

TEST(MerkleVectors, SpecificationExamples) {
  UNPACK_OR_SKIP(folder, "tlog");
  const bj::value all = read_json(folder / "notes" / "c2sp-examples.json");
  for (const bj::value& item : all.as_object().at("examples").as_array()) {
    const std::string text = text_at(item, "note");
    const auto note = parse_note(text);
    ASSERT_TRUE(note);
    EXPECT_EQ(format_note(*note), text);
    EXPECT_EQ(parse_checkpoint(note->body)->head.size, 20852163u);
    ASSERT_EQ(note->signatures.size(), 2u);
    EXPECT_EQ(read_big_endian_64(note->signatures[1].bytes), 1679315147u);
  }
}

}  // namespace
}  // namespace weir::merkle
