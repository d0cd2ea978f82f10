#include "custody/monitor.h"

#include <map>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace weir::custody {
namespace {

template <class T>
T must(Result<T> result) {
  EXPECT_TRUE(result) << text(result.error());
  CHECK(result.has_value());
  return std::move(*result);
}

/// A log as files in memory, with one witness.
struct TestLog {
  SigningKey key = SigningKey::from_seed(Secret(std::string(kKeyBytes, 'L')));
  SigningKey witness_key = SigningKey::from_seed(Secret(std::string(kKeyBytes, 'w')));
  merkle::VerifierKey as = must(
      merkle::VerifierKey::make(merkle::SignatureType::ed25519, "log.example", key.public_key()));
  merkle::VerifierKey witness = must(merkle::VerifierKey::make(
      merkle::SignatureType::cosignature, "witness.example", witness_key.public_key()));
  Pinned pinned{as, must(merkle::Policy::parse("log " + as.text() + "\nwitness w " +
                                               witness.text() + "\nquorum w\n"))};
  enum class Cosigned { yes, no } cosigned = Cosigned::yes;
  std::map<std::string, std::string> files;
  std::vector<std::string> entries;
  std::string list;
  int fetches = 0;

  Fetch fetch() {
    return [this](const std::string& path) -> Result<std::string> {
      ++fetches;
      const auto at = files.find(path);
      return at == files.end() ? Result<std::string>(fail(Code::not_found, "no file", path))
                               : Result<std::string>(at->second);
    };
  }
  void grow(int count, char flavour = 'x') {
    for (int i = 0; i < count; ++i) {
      std::string entry(65, flavour);
      entry.replace(1, 8, big_endian_64(entries.size()));
      entries.push_back(entry);
    }
  }
  std::string note(std::uint64_t size, const Digest& root) const {
    merkle::Note one{merkle::format_checkpoint({"log.example", {size, root}}), {}};
    one.signatures.push_back(merkle::sign_note(as, key, one.body));
    if (cosigned == Cosigned::yes) {
      one.signatures.push_back(merkle::cosign(witness, witness_key, one.body, {1'795'440'000'000}));
    }
    return merkle::format_note(one);
  }
  void publish() {
    merkle::Edge edge;
    std::string bundle;
    unsigned width = 0;
    for (const std::string& entry : entries) {
      edge.append(merkle::leaf_hash(entry));
      CHECK(merkle::add_entry(bundle, entry).has_value());
      const std::uint64_t index = (edge.size() - 1) / 256;
      files[merkle::tile_path({merkle::TileKind::entries, {0, index, ++width}})] = bundle;
      if (width == 256) {
        bundle.clear();
        width = 0;
      }
    }
    const std::uint64_t size = edge.size();
    list += std::to_string(size) + "\n";
    files["archive"] = list;
    files["checkpoint"] = files["checkpoints/" + std::to_string(size)] = note(size, edge.root());
  }
};

struct MonitorTest : testing::Test {
  TestLog log;
  std::map<std::string, std::string> kept;
  int stores_left = 1'000'000;

  Shelf shelf() {
    return {[this](const std::string& path) -> Result<std::string> {
              const auto at = kept.find(path);
              return at == kept.end() ? Result<std::string>(fail(Code::not_found, "no file", path))
                                      : Result<std::string>(at->second);
            },
            [this](const std::string& path, std::string_view bytes) -> Status {
              if (stores_left-- <= 0) {
                return fail(Code::unavailable, "disk full");
              }
              kept[path] = bytes;
              return {};
            }};
  }
  Result<Look> try_look() { return look(log.fetch(), log.pinned, shelf()); }
  Verdict verdict() { return must(try_look()).verdict; }
  /// What is kept is what the log has, and its checkpoint is that of `size`.
  void expect_mirror(std::uint64_t size) const {
    const Sealed sealed = must(open_sealed(kept.at("checkpoint"), log.pinned));
    EXPECT_EQ(sealed.size, size);
    merkle::Edge edge;
    for (std::uint64_t index = 0; merkle::tile_width(size, 0, index) > 0; ++index) {
      const unsigned width = merkle::tile_width(size, 0, index);
      const auto bundle =
          kept.at(merkle::tile_path({merkle::TileKind::entries, {0, index, width}}));
      for (const auto entry : must(merkle::parse_entries(bundle, width))) {
        edge.append(merkle::leaf_hash(entry));
      }
    }
    EXPECT_EQ(edge.root(), sealed.root);
    for (const auto& changed : edge.take_changed()) {
      EXPECT_EQ(kept.at(merkle::tile_path({merkle::TileKind::hashes, changed.tile})),
                changed.bytes);
    }
    EXPECT_TRUE(kept.at("archive").ends_with(std::to_string(size) + "\n"));
    EXPECT_EQ(kept.at("checkpoints/" + std::to_string(size)), kept.at("checkpoint"));
  }
  std::size_t evidence() const {
    return static_cast<std::size_t>(std::count_if(kept.begin(), kept.end(), [](const auto& one) {
      return one.first.starts_with("evidence/");
    }));
  }
};

TEST_F(MonitorTest, FollowsAGrowingLog) {
  std::uint64_t size = 0;
  for (const int step : {0, 1, 254, 1, 1, 255, 1, 600, 7}) {
    log.grow(step);
    log.publish();
    size += static_cast<std::uint64_t>(step);
    const Look seen = must(try_look());
    EXPECT_EQ(seen.verdict, Verdict::grown) << seen.text;
    EXPECT_EQ(seen.kept, size);
    expect_mirror(size);
    EXPECT_EQ(verdict(), Verdict::unchanged);
  }
  EXPECT_EQ(evidence(), 0U);
}

TEST_F(MonitorTest, SeveralCheckpointsBetweenTwoLooks) {
  for (const int step : {3, 300, 40, 1}) {
    log.grow(step);
    log.publish();
  }
  EXPECT_EQ(verdict(), Verdict::grown);
  EXPECT_EQ(kept.at("archive"), "3\n303\n343\n344\n");
  EXPECT_EQ(kept.at("checkpoints/303"), log.files.at("checkpoints/303"));
  expect_mirror(344);
}

TEST_F(MonitorTest, TheCostIsWhatIsNew) {
  log.grow(256 * 30);
  log.publish();
  EXPECT_EQ(must(try_look()).fetched, 30U);
  log.grow(16);
  log.publish();
  log.fetches = 0;
  EXPECT_EQ(must(try_look()).fetched, 1U);
  EXPECT_EQ(log.fetches, 4) << "checkpoint, archive, one archived, one bundle";
  log.fetches = 0;
  EXPECT_EQ(verdict(), Verdict::unchanged);
  EXPECT_EQ(log.fetches, 1);
}

TEST_F(MonitorTest, ALogThatWasSetBack) {
  log.grow(100);
  log.publish();
  const std::string older = log.files["checkpoint"];
  log.grow(200);
  log.publish();
  ASSERT_EQ(verdict(), Verdict::grown);
  log.files["checkpoint"] = older;
  const Look seen = must(try_look());
  EXPECT_EQ(seen.verdict, Verdict::rolled_back);
  EXPECT_EQ(seen.kept, 300U);
  EXPECT_EQ(evidence(), 1U);
  expect_mirror(300);
}

TEST_F(MonitorTest, ASignedContradiction) {
  log.grow(300);
  log.publish();
  ASSERT_EQ(verdict(), Verdict::grown);
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{256},
                                   std::uint64_t{299}, std::uint64_t{300}}) {
    log.files["checkpoint"] = log.note(size, sha256("another history"));
    EXPECT_EQ(verdict(), Verdict::forked) << size;
  }
  EXPECT_EQ(evidence(), 5U);
  expect_mirror(300);
}

TEST_F(MonitorTest, ALongerLogWithAnotherPast) {
  log.grow(300);
  log.publish();
  ASSERT_EQ(verdict(), Verdict::grown);
  TestLog other;
  other.grow(300, 'y');
  other.publish();
  other.grow(100, 'y');
  other.publish();
  log.files = other.files;
  EXPECT_EQ(verdict(), Verdict::unproven);
  EXPECT_GE(evidence(), 1U);
  expect_mirror(300);
}

TEST_F(MonitorTest, WrongFilesProveNothing) {
  log.grow(300);
  log.publish();
  ASSERT_EQ(verdict(), Verdict::grown);
  log.grow(300);
  log.publish();
  const auto honest = log.files;
  const std::string last = "tile/entries/002.p/88";
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {last, honest.at(last).substr(1)},
      {last, honest.at("tile/entries/000").substr(0, 88 * 67)},
      {"tile/entries/001", honest.at("tile/entries/000")},
      {"archive", "300\n300\n"},
      {"checkpoints/600", honest.at("checkpoints/300")},
  };
  for (const auto& [path, bytes] : wrong) {
    log.files[path] = bytes;
    EXPECT_EQ(verdict(), Verdict::unproven) << path;
    expect_mirror(300);
    log.files = honest;
  }
  EXPECT_EQ(verdict(), Verdict::grown);
  expect_mirror(600);
}

TEST_F(MonitorTest, EntriesThatWereKeptMayNotChange) {
  log.grow(300);
  log.publish();
  ASSERT_EQ(verdict(), Verdict::grown);
  log.grow(10);
  log.publish();
  // What is new is right; an older entry in the same bundle is not.
  log.files["tile/entries/001.p/54"][20] ^= 1;
  EXPECT_EQ(verdict(), Verdict::unproven);
  expect_mirror(300);
}

TEST_F(MonitorTest, TheNewestIsCheckedWhetherItIsArchivedOrNot) {
  log.grow(10);
  log.publish();
  log.files["archive"] = "";
  log.files["tile/entries/000.p/10"][20] ^= 1;
  EXPECT_EQ(verdict(), Verdict::unproven);
  EXPECT_FALSE(kept.contains("checkpoint"));
}

TEST_F(MonitorTest, AMissingFileIsLookedForAgain) {
  log.grow(300);
  log.publish();
  log.files.erase("tile/entries/000");
  EXPECT_EQ(try_look().error().code, Code::not_found);
  EXPECT_FALSE(kept.contains("checkpoint"));
}

TEST_F(MonitorTest, WithoutAQuorumNothingIsKept) {
  log.cosigned = TestLog::Cosigned::no;
  log.grow(3);
  log.publish();
  EXPECT_EQ(verdict(), Verdict::quorum_missing);
  EXPECT_TRUE(kept.empty());
}

TEST_F(MonitorTest, AnotherKeyIsNotTheLog) {
  log.grow(3);
  log.key = SigningKey::from_seed(Secret(std::string(kKeyBytes, 'M')));
  log.as = must(merkle::VerifierKey::make(merkle::SignatureType::ed25519, "log.example",
                                          log.key.public_key()));
  log.publish();
  EXPECT_EQ(try_look().error().code, Code::denied);
  log.files["checkpoint"] = "junk";
  EXPECT_EQ(try_look().error().code, Code::invalid);
}

TEST_F(MonitorTest, ALookThatIsCutShortIsMadeAgain) {
  log.grow(300);
  log.publish();
  ASSERT_EQ(verdict(), Verdict::grown);
  log.grow(600);
  log.publish();
  const auto before = kept;
  for (int stores = 0;; ++stores) {
    kept = before;
    stores_left = stores;
    const auto cut = try_look();
    stores_left = 1'000'000;
    if (cut) {
      EXPECT_GT(stores, 8);
      break;
    }
    EXPECT_EQ(kept.at("checkpoint"), before.at("checkpoint"));
    EXPECT_EQ(verdict(), Verdict::grown) << stores;
    expect_mirror(900);
  }
}

TEST_F(MonitorTest, ADamagedMirrorIsNotBuiltUpon) {
  log.grow(300);
  log.publish();
  ASSERT_EQ(verdict(), Verdict::grown);
  const auto before = kept;
  log.grow(1);
  log.publish();
  for (const char* path : {"checkpoint", "tile/0/001.p/44", "tile/1/000.p/1"}) {
    kept = before;
    kept[path] = std::string(kept[path].size(), 'x');
    EXPECT_EQ(try_look().error().code, Code::corrupt) << path;
    EXPECT_NE(kept.at("checkpoint"), log.files.at("checkpoint"));
  }
}

TEST_F(MonitorTest, VerdictsHaveNames) {
  for (const Verdict one : {Verdict::unchanged, Verdict::grown}) {
    EXPECT_FALSE(is_alarm(one)) << name(one);
  }
  for (const Verdict one :
       {Verdict::rolled_back, Verdict::forked, Verdict::unproven, Verdict::quorum_missing}) {
    EXPECT_TRUE(is_alarm(one)) << name(one);
  }
}

}  // namespace
}  // namespace weir::custody
