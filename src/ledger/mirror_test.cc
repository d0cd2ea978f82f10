#include "ledger/mirror.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "ledger/witnesses_test.h"

namespace weir::ledger {
namespace {

namespace files = std::filesystem;

struct MirrorTest : testing::Test {
  TestLog log;
  Stream stream = log.create("aaaaaaaaaaaaaaaaaaaaaaaaaa");
  Witnesses none{0, 0, log.clock};
  TestFolder folder;
  files::path dir = folder.file("deep/mirror");

  void grow(int count) {
    log.append_many(stream, count);
    Sealer sealer = none.sealer(log);
    must(sealer.seal());
  }
  Result<MirrorReport> mirror() { return mirror_to(*log.read(), dir); }
  std::string read(const files::path& name) const {
    std::ifstream file(dir / name, std::ios::binary);
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : files::recursive_directory_iterator(dir)) {
      if (entry.is_regular_file()) {
        all.push_back(entry.path().lexically_relative(dir).string());
      }
    }
    std::ranges::sort(all);
    return all;
  }
  /// The mirror proves its own checkpoint: the leaves hash to its root, every tile is right.
  void check() const {
    const auto open = must(merkle::open_checkpoint(read("checkpoint"), none.policy()));
    const std::uint64_t size = open.checkpoint.head.size;
    merkle::Edge edge;
    for (std::uint64_t index = 0; index * 256 < size; ++index) {
      const unsigned width = merkle::tile_width(size, 0, index);
      const std::string bundle =
          read(merkle::tile_path({merkle::TileKind::entries, {0, index, width}}));
      for (const auto entry : must(merkle::parse_entries(bundle, width))) {
        edge.append(merkle::leaf_hash(entry));
      }
    }
    EXPECT_EQ(edge.root(), open.checkpoint.head.root);
    for (const auto& changed : edge.take_changed()) {
      EXPECT_EQ(read(merkle::tile_path({merkle::TileKind::hashes, changed.tile})), changed.bytes);
    }
  }
};

TEST_F(MirrorTest, NothingPublishedNothingWritten) {
  log.append_many(stream, 3);
  const MirrorReport report = must(mirror());
  EXPECT_EQ(report.files, 0U);
  EXPECT_FALSE(files::exists(dir));
}

TEST_F(MirrorTest, TheFilesAreThoseOfTheFormat) {
  grow(3);
  grow(297);
  const MirrorReport report = must(mirror());
  EXPECT_EQ(report.size, 300U);
  EXPECT_EQ(report.older, 0U);
  EXPECT_EQ(report.checkpoints, 2U);
  EXPECT_EQ(report.files, 9U);
  EXPECT_EQ(names(),
            (std::vector<std::string>{"archive", "checkpoint", "checkpoints/3", "checkpoints/300",
                                      "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1",
                                      "tile/entries/000", "tile/entries/001.p/44"}));
  EXPECT_EQ(read("archive"), "3\n300\n");
  EXPECT_EQ(read("checkpoint"), read("checkpoints/300"));
  check();
}

TEST_F(MirrorTest, ItGrowsWithTheLog) {
  std::uint64_t size = 0;
  for (const int step : {1, 254, 1, 1, 255, 1, 500, 0, 11}) {
    grow(step);
    const MirrorReport report = must(mirror());
    EXPECT_EQ(report.older, size);
    size += static_cast<std::uint64_t>(step);
    EXPECT_EQ(report.size, size);
    EXPECT_EQ(report.files == 0, step == 0);
    check();
  }
  EXPECT_EQ(size, 1024U);
  EXPECT_FALSE(files::exists(dir / "tile/0/000.p")) << "partial forms go once the tile is full";
  EXPECT_FALSE(files::exists(dir / "tile/entries/003.p"));
}

TEST_F(MirrorTest, TheCostIsWhatIsNew) {
  grow(256 * 20);
  EXPECT_GT(must(mirror()).files, 40U);
  const auto before = files::last_write_time(dir / "tile/entries/007");
  grow(16);
  // one partial tile, one bundle; the level above; checkpoint twice; archive
  EXPECT_LE(must(mirror()).files, 6U);
  EXPECT_EQ(files::last_write_time(dir / "tile/entries/007"), before);
}

TEST_F(MirrorTest, AFailureLeavesTheOlderMirrorAndTheNextRunFinishes) {
  grow(300);
  must(mirror());
  const std::string older = read("checkpoint");
  grow(300);
  // Each of these names is taken by a folder that is not empty: the file cannot come there.
  for (const char* name :
       {"tile/entries/001", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "checkpoints/600"}) {
    files::create_directories(dir / name / "in the way");
    EXPECT_EQ(code_of(mirror()), Code::unavailable) << name;
    EXPECT_EQ(read("checkpoint"), older);
    check();
    files::remove_all(dir / name);
  }
  EXPECT_EQ(must(mirror()).size, 600U);
  check();
}

TEST_F(MirrorTest, AHalfWrittenFileIsWrittenAgain) {
  grow(300);
  must(mirror());
  grow(300);
  std::ofstream(dir / "tile/0/001") << "half";
  must(mirror());
  check();
}

TEST_F(MirrorTest, AnotherLogsFolderIsNotTouched) {
  grow(3);
  files::create_directories(dir);
  const SigningKey key = Witnesses::log_key();
  const auto as = must(
      merkle::VerifierKey::make(merkle::SignatureType::ed25519, "other.example", key.public_key()));
  const auto note = [&](std::uint64_t size) {
    merkle::Note one{merkle::format_checkpoint({"other.example", {size, sha256("x")}, {}}), {}};
    one.signatures.push_back(merkle::sign_note(as, key, one.body));
    return merkle::format_note(one);
  };
  for (const std::string& there : {note(3), note(2), note(4), std::string("junk"), std::string()}) {
    std::ofstream(dir / "checkpoint", std::ios::binary) << there;
    EXPECT_EQ(code_of(mirror()), Code::conflict);
    EXPECT_EQ(names(), std::vector<std::string>{"checkpoint"});
    EXPECT_EQ(read("checkpoint"), there);
  }
}

TEST_F(MirrorTest, ARestoredBackupDoesNotOverwriteALongerMirror) {
  grow(3);
  const std::string backup = folder.file("backup.db");
  must(log.db->copy_to(backup));
  grow(2);
  must(mirror());
  const TestLog restored(backup);
  EXPECT_EQ(code_of(mirror_to(*restored.read(), dir)), Code::conflict);
  check();
}

}  // namespace
}  // namespace weir::ledger
