// A mirrored log in a folder: plain paths within it and nothing else.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "custody/archive.h"
#include "custody/event.h"
#include "custody/finding.h"

namespace weir::custody {
namespace {

namespace files = std::filesystem;

class FolderTest : public testing::Test {
 protected:
  FolderTest() {
    std::string name = (files::temp_directory_path() / "weir-folder-XXXXXX").string();
    root_ = mkdtemp(name.data());
    put("log/checkpoint", "note");
    put("log/tile/0/x001/000.p/5", "tile");
    put("secret", "not of the log");
  }
  ~FolderTest() override { files::remove_all(root_); }
  void put(const std::string& path, const std::string& bytes) {
    files::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << bytes;
  }
  /// The bytes, or the code of why not.
  std::string read(const std::string& path) {
    const auto bytes = folder((root_ / "log").string())(path);
    return bytes ? *bytes : std::string(name(bytes.error().code));
  }

  files::path root_;
};

TEST_F(FolderTest, GivesWhatLiesInIt) {
  EXPECT_EQ(read("checkpoint"), "note");
  EXPECT_EQ(read("tile/0/x001/000.p/5"), "tile");
  EXPECT_EQ(read("checkpoints/7"), "not_found");
  EXPECT_EQ(read("tile"), "not_found");  // a folder
  EXPECT_EQ(folder((root_ / "nowhere").string())("checkpoint").error().code, Code::not_found);
}

TEST_F(FolderTest, RefusesWhatIsNoPathOfALog) {
  put("log/Checkpoint", "x");
  put("log/a b", "x");
  put("log/.hidden", "x");
  for (const char* bad : {"", "/checkpoint", "checkpoint/", "../secret", "tile/../../secret",
                          "tile//0", ".hidden", "tile/.x", "Checkpoint", "a b", "a\nb", "~"}) {
    EXPECT_EQ(read(bad), "invalid") << bad;
  }
}

TEST_F(FolderTest, ALinkMustNotLeadOut) {
  files::create_symlink(root_ / "secret", root_ / "log/outside");
  files::create_symlink(root_ / "log/checkpoint", root_ / "log/inside");
  EXPECT_EQ(read("outside"), "invalid");
  EXPECT_EQ(read("inside"), "note");
}

TEST_F(FolderTest, TooLargeIsRefusedUnread) {
  put("log/large", "");
  files::resize_file(root_ / "log/large", kMostFileBytes + 1);  // takes no room on the disk
  EXPECT_EQ(read("large"), "invalid");
}

TEST_F(FolderTest, WithoutAnArchiveItsCheckpointsAreTheArchive) {
  EXPECT_EQ(read("archive"), "not_found");
  for (const char* size : {"10", "9", "x"}) {
    put(std::string("log/checkpoints/") + size, "note");
  }
  EXPECT_EQ(read("archive"), write_archive({9, 10}));
  put("log/archive", "its own");
  EXPECT_EQ(read("archive"), "its own");
}

TEST(FieldName, IsSmallLettersAndLowLines) {
  EXPECT_TRUE(is_field_name("content_salt"));
  EXPECT_TRUE(is_field_name(std::string(64, 'a')));
  for (const std::string& bad : {std::string(), std::string(65, 'a'), std::string("Level"),
                                 std::string("a1"), std::string("a-b"), std::string("{")}) {
    EXPECT_FALSE(is_field_name(bad)) << bad;
  }
}

TEST(Findings, AreAllCountedAndTheFirstKept) {
  Findings findings;
  for (std::size_t i = 0; i < Findings::kMostKept + 5; ++i) {
    findings.alarm(Kind::deferral_understated, {}, "x");
  }
  findings.note(Kind::other_log, {}, "y");
  EXPECT_EQ(findings.all().size(), Findings::kMostKept + 1);
  EXPECT_EQ(findings.count(Kind::deferral_understated), Findings::kMostKept + 5);
  EXPECT_EQ(findings.alarms(), Findings::kMostKept + 5);
}

}  // namespace
}  // namespace weir::custody
