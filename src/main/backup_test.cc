// A data directory, its copy, and its way back, without the command line. Kills, full disks, load
// and witnesses: tests/walkthrough/backup.py.
#include "main/backup.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "main/manifest.h"
#include "main/senders.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

/// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "weir-main-XXXXXX").string();
    CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

template <class T>
Code code_of(const Result<T>& result) {
  return result ? Code::corrupt : result.error().code;
}

TEST(Files, ACopyIsDurableAndKnowsItsHash) {
  const Folder folder;
  ASSERT_TRUE(write_file(folder / "a", "abc", 0600));
  const auto copied = copy_file(folder / "a", folder / "b");
  ASSERT_TRUE(copied);
  EXPECT_EQ(*copied, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(*copied, *hash_file(folder / "b"));
  EXPECT_EQ(*read_file(folder / "b", 10), "abc");
  EXPECT_EQ(code_of(read_file(folder / "b", 2)), Code::invalid);
  EXPECT_EQ(code_of(copy_file(folder / "none", folder / "c")), Code::not_found);
  EXPECT_FALSE(fs::exists(folder / "c"));
  ASSERT_TRUE(rename_file(folder / "b", folder / "c"));
  EXPECT_FALSE(fs::exists(folder / "b"));
  EXPECT_FALSE(rename_file(folder / "b", folder / "c"));
  EXPECT_TRUE(remove_file(folder / "c"));
  EXPECT_FALSE(remove_file(folder / "c"));
  EXPECT_FALSE(hash_file(folder / "c"));
}

TEST(Files, WhatLiesInTheWayIsNotWrittenTo) {
  const Folder folder;
  ASSERT_TRUE(write_file(folder / "other", "theirs", 0600));
  fs::create_symlink(folder / "other", folder / "a.new");
  ASSERT_TRUE(write_file(folder / "a", "abc", 0600));
  EXPECT_EQ(*read_file(folder / "other", 10), "theirs");
  EXPECT_FALSE(fs::is_symlink(folder / "a"));
  // Nor is it kept by who put it there and has it open.
  ASSERT_TRUE(write_file(folder / "a.new", "x", 0666));
  std::ifstream held(folder / "a.new");
  ASSERT_TRUE(write_file(folder / "a", "secret", 0600));
  const std::string seen{std::istreambuf_iterator<char>(held), {}};
  EXPECT_EQ(seen, "x");
  EXPECT_EQ(fs::status(folder / "a").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(Files, AKeyFileHoldsWholeKeysOrIsRefused) {
  const Folder folder;
  SeededRandom random(3);
  const std::vector<Secret> keys = {Secret(random.bytes(kKeyBytes)),
                                    Secret(random.bytes(kKeyBytes))};
  ASSERT_TRUE(write_key(folder / "key", keys));
  EXPECT_EQ(fs::status(folder / "key").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  const auto back = read_keys(folder / "key");
  ASSERT_TRUE(back);
  ASSERT_EQ(back->size(), 2U);
  EXPECT_EQ((*back)[1].reveal(), keys[1].reveal());
  for (const char* text : {"", "AAAA\n", "not base64\n"}) {
    ASSERT_TRUE(write_file(folder / "bad", text));
    EXPECT_EQ(code_of(read_keys(folder / "bad")), Code::invalid) << text;
  }
}

TEST(Files, AFolderIsHeldByOne) {
  const Folder folder;
  const auto first = lock_folder(folder / "");
  ASSERT_TRUE(first);
  EXPECT_EQ(code_of(lock_folder(folder / "")), Code::unavailable);
  ::close(*first);
  const auto again = lock_folder(folder / "");
  ASSERT_TRUE(again);
  ::close(*again);
}

TEST(ManifestTest, IsReadBackAndHeldAgainstItsForm) {
  Manifest manifest;
  manifest.at = Instant{1'798'000'000'123};
  manifest.origin = "a.example/log";
  manifest.size = 7;
  manifest.root = "cm9vdA==";
  manifest.files = {{"weir.db", "ab"}, {"weir.toml", "cd"}};
  const std::string good = write(manifest);
  const auto back = parse_manifest(good);
  ASSERT_TRUE(back) << text(back.error());
  EXPECT_EQ(back->at, manifest.at);
  EXPECT_EQ(back->size, 7U);
  EXPECT_EQ(back->files, manifest.files);
  struct Row {
    std::string from;
    std::string to;
    std::string where;
  };
  for (const Row& row : {Row{"weir-backup/v1", "weir-backup/v2", "/format"},
                         Row{"2026-", "2026_", "/at"}, Row{"\"weir.db\"", "\"../x\"", "/sha256/"},
                         Row{"\"origin\"", "\"origine\"", "/origine"}, Row{"7", "7.5", "/size"}}) {
    std::string bad = good;
    const std::size_t at = bad.find(row.from);
    ASSERT_NE(at, std::string::npos) << row.from;
    bad.replace(at, row.from.size(), row.to);
    const auto refused = parse_manifest(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, Code::invalid);
    EXPECT_TRUE(refused.error().where.contains(row.where)) << text(refused.error());
  }
}

/// A trial platform in a folder.
class BackupTest : public testing::Test {
 protected:
  BackupTest() {
    main::Setup setup;
    setup.folder = data();
    setup.config.origin = "main.example/log";
    setup.config.mode = "trial";
    setup.config.secrets = secrets();
    setup.config.pad_to = 1;
    setup.authority = "Ministry";
    setup.administrator = "ada";
    const Status made = create_instance(setup);
    EXPECT_TRUE(made) << (made ? "" : text(made.error()));
    EXPECT_EQ(
        code_of(Result<int>(create_instance(setup) ? Result<int>(0) : fail(Code::conflict, ""))),
        Code::conflict);
  }
  std::string data() const { return folder_ / "data"; }
  std::string secrets() const { return folder_ / "secrets"; }
  Result<Backup> back_up() {
    return make_backup({.folder = data(), .to = folder_ / "backups", .keys_to = folder_ / "keys"},
                       clock_);
  }
  RestorePlan plan() const {
    return {.folder = folder_ / "back",
            .from = folder_ / "backups",
            .keys = folder_ / "keys",
            .secrets = secrets(),
            .mirror = {},
            .successor = {}};
  }
  std::vector<std::string> findings(Instance& instance) {
    std::vector<std::string> texts;
    const auto found = examine(instance);
    for (const Finding& finding : found.value()) {
      texts.push_back(finding.text);
    }
    return texts;
  }
  bool says(Instance& instance, std::string_view words) {
    return std::ranges::any_of(findings(instance),
                               [&](const std::string& one) { return one.contains(words); });
  }
  Folder folder_;
  ManualClock clock_{Instant{1'700'000'000'000}};
};

TEST_F(BackupTest, IsMadeWhileAnotherHoldsTheDirectory) {
  const auto instance = open_instance(data(), Witnesses::leave);
  ASSERT_TRUE(instance);
  EXPECT_TRUE(says(**instance, "no backup yet"));
  EXPECT_FALSE(*last_backup(data()));
  const auto made = back_up();
  ASSERT_TRUE(made) << text(made.error());
  EXPECT_TRUE(made->has_keys);
  EXPECT_EQ(backups_in(folder_ / "backups"), std::vector<std::string>{made->place});
  EXPECT_EQ((*last_backup(data()))->place, made->place);
  EXPECT_FALSE(says(**instance, "no backup yet"));
  EXPECT_TRUE(says(**instance, "hours old")) << "the clock of the test is far behind";
  ASSERT_TRUE(rotate_master_key(**instance));
}

TEST_F(BackupTest, OnlyAsManyAreKeptAsAreWanted) {
  for (int i = 0; i < 4; ++i) {
    clock_.advance(std::chrono::minutes(1));
    ASSERT_TRUE(make_backup({.folder = data(), .to = folder_ / "backups", .keys_to = {}, .keep = 2},
                            clock_));
  }
  EXPECT_EQ(backups_in(folder_ / "backups").size(), 2U);
  EXPECT_EQ(code_of(make_backup(
                {.folder = data(), .to = folder_ / "backups", .keys_to = folder_ / "backups/keys"},
                clock_)),
            Code::invalid);
}

TEST_F(BackupTest, ACopyDoesNotRunAndComesBackWithItsConfession) {
  ASSERT_TRUE(back_up());
  const std::string place = backups_in(folder_ / "backups").front();
  EXPECT_EQ(code_of(open_instance(place, Witnesses::leave)), Code::conflict);
  const auto restored = restore(plan());
  ASSERT_TRUE(restored) << text(restored.error());
  EXPECT_EQ(restored->backup_at, clock_.now());
  EXPECT_EQ(restored->standing, "current");
  EXPECT_EQ(restored->loss.from, restored->loss.to) << "nothing that was signed";
  EXPECT_EQ(restored->keys_missing, 0);
  EXPECT_EQ(code_of(restore(plan())), Code::conflict);
  const auto instance = open_instance(folder_ / "back", Witnesses::leave);
  ASSERT_TRUE(instance) << text(instance.error());
  EXPECT_EQ(log_vkey(**instance), log_vkey(**open_instance(data(), Witnesses::leave)));
}

TEST_F(BackupTest, WhatWasCutShortIsSaidAndBegunAgain) {
  ASSERT_TRUE(back_up());
  fs::create_directories(folder_ / "back/restoring");
  ASSERT_TRUE(write_file(folder_ / "back/weir.db", "half"));
  const auto closed = open_instance(folder_ / "back", Witnesses::leave);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, Code::conflict);
  const auto found = examine_closed(folder_ / "back", closed.error());
  ASSERT_FALSE(found.empty());
  EXPECT_TRUE(found.front().text.contains("cut short"));
  EXPECT_TRUE(found.front().weight == Finding::Weight::error);
  EXPECT_TRUE(restore(plan()));
}

TEST_F(BackupTest, AfterARestoreNoNumberOfAKeyComesTwice) {
  const auto instance = open_instance(data(), Witnesses::leave);
  ASSERT_TRUE(instance);
  content::Keys& keys = *(*instance)->keys;
  const std::int64_t first = keys.take()->number;
  EXPECT_EQ(*first_unused_key(*(*instance)->db), 1);
  ASSERT_TRUE(keys.begin_at(first + 100));
  EXPECT_TRUE(keys.find(first)) << "below it nothing changes";
  EXPECT_EQ(*keys.count_below(first + 1), first);
  EXPECT_GE(keys.take()->number, first + 100);
  ASSERT_TRUE(keys.begin_at(first));
  EXPECT_EQ(code_of(keys.find(first)), Code::not_found) << "from it on they are gone";
  const auto repeated = app::repeat_erasures(*(*instance)->app, {"nobody"});
  ASSERT_TRUE(repeated);
  EXPECT_EQ(repeated->unknown, std::vector<std::string>{"nobody"});
  EXPECT_EQ(repeated->known + repeated->also, 0);
  EXPECT_TRUE(app::end_every_sign_in(*(*instance)->app));
}

TEST_F(BackupTest, ACopyOfADatabaseThatOthersUse) {
  const auto instance = open_instance(data(), Witnesses::leave);
  ASSERT_TRUE(instance);
  store::Options options = database_options(data());
  ASSERT_TRUE(store::copy_database(options, folder_ / "copy.db"));
  EXPECT_FALSE(store::copy_database(options, folder_ / "copy.db")) << "never over another file";
  options.path = folder_ / "copy.db";
  const auto copy = store::Db::open(options);
  ASSERT_TRUE(copy);
  EXPECT_EQ(*first_unused_key(**copy), 1);
  options.path = folder_ / "none.db";
  EXPECT_FALSE(store::copy_database(options, folder_ / "other.db"));
  const auto config = read_config(data());
  ASSERT_TRUE(config);
  EXPECT_EQ(secrets_folder(data(), *config), secrets());
  EXPECT_FALSE(fetch_of(folder_ / "nowhere")("checkpoint"));
}

TEST_F(BackupTest, WithNothingDueNothingIsSent) {
  const auto instance = open_parts(data(), Witnesses::leave, Opening::migrating);
  ASSERT_TRUE(instance);
  EXPECT_EQ(run_due_jobs(**instance)->sent, 0);
  const auto all = run_all_due(**instance);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->sent + all->failed, 0);
}

}  // namespace
}  // namespace weir::main
