#include "main/outside.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "main/instance.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVkey =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

struct OutsideFiles : testing::Test {
  OutsideFiles() {
    std::string name = (fs::temp_directory_path() / "weir-outside-XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  ~OutsideFiles() override { fs::remove_all(folder); }
  std::string write(const std::string& name, const std::string& text) {
    const std::string path = (folder / name).string();
    EXPECT_TRUE(write_file(path, text));
    return path;
  }
  fs::path folder;
};

TEST_F(OutsideFiles, AKeyIsNeededAndWitnessesMayBeNamed) {
  CLI::App verb;
  Outside outside;
  add_outside(verb, outside);
  EXPECT_THROW(verb.parse("--policy p", false), CLI::RequiredError);
  CLI::App again;
  add_outside(again, outside);
  again.parse("--vkey k --policy p", false);
  EXPECT_EQ(outside.vkey_file, "k");
  EXPECT_EQ(outside.policy_file, "p");
}

TEST_F(OutsideFiles, AreReadWithOrWithoutTheirLastLineEnd) {
  Outside outside;
  outside.vkey_file = write("vkey", std::string(kVkey) + "\n");
  const auto pinned = pinned_of(outside);
  ASSERT_TRUE(pinned) << text(pinned.error());
  EXPECT_EQ(pinned->log.text(), kVkey);
  outside.vkey_file = write("bad", "no key");
  EXPECT_FALSE(pinned_of(outside));
  outside.vkey_file = write("vkey", kVkey);
  outside.policy_file = (folder / "nowhere").string();
  EXPECT_FALSE(pinned_of(outside)) << "witnesses that were named are not left out";
}

}  // namespace
}  // namespace weir::main
