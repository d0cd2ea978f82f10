#include "main/laws_in_force.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "main/instance.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

struct InForce : testing::Test {
  InForce() {
    std::string name = (fs::temp_directory_path() / "weir-laws-XXXXXX").string();
    data = mkdtemp(name.data());
    folder = data / "regimes";
    fs::create_directory(folder);
    for (const regimes::File& one : regimes::builtin()) {
      write(one.name, one.text);
    }
  }
  ~InForce() override { fs::remove_all(data); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
  }
  Result<std::unique_ptr<LawsInForce>> open() const {
    return LawsInForce::open(data.string(), folder_of_laws(data.string(), "regimes"));
  }
  Digest digest_of(const LawsInForce& laws) const { return laws.get()->digest; }

  fs::path data;
  fs::path folder;
};

TEST_F(InForce, TheCompiledOnesNeedNoFile) {
  const auto laws = LawsInForce::open(data.string(), folder_of_laws(data.string(), ""));
  ASSERT_TRUE(laws) << text(laws.error());
  EXPECT_FALSE((*laws)->get()->rules.regimes.empty());
  EXPECT_FALSE(fs::exists(data / kKeptLaws));
}

TEST_F(InForce, ABadFileStopsNeitherARunningServerNorOneThatIsStarted) {
  const auto first = open();
  ASSERT_TRUE(first) << text(first.error());
  const Digest before = digest_of(**first);
  write("eu-cra.yaml", "id: eu-cra\nunknown: 1\n");
  const Status again = (*first)->read_again();
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().where.find("eu-cra.yaml"), std::string::npos) << text(again.error());
  EXPECT_TRUE((*first)->problem());
  EXPECT_EQ(digest_of(**first), before);

  const auto second = open();
  ASSERT_TRUE(second) << text(second.error());
  EXPECT_EQ(digest_of(**second), before);
  ASSERT_TRUE((*second)->problem());
  EXPECT_EQ((*second)->problem()->where, again.error().where);
}

TEST_F(InForce, WhatWasMendedIsInForceAndKept) {
  const auto laws = open();
  ASSERT_TRUE(laws);
  const Digest before = digest_of(**laws);
  ASSERT_TRUE(fs::remove(folder / "us-bod-19-02.yaml"));
  ASSERT_TRUE((*laws)->read_again());
  const Digest after = digest_of(**laws);
  EXPECT_NE(after, before);
  write("eu-cra.yaml", "no law");
  ASSERT_FALSE((*laws)->read_again());
  EXPECT_EQ(digest_of(**open()), after) << "the last good ones, not the first";
}

TEST_F(InForce, WithoutAnyThatCanBeReadThereIsNoServer) {
  write("eu-cra.yaml", "no law");
  const auto none = open();
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().where.find("eu-cra.yaml"), std::string::npos) << text(none.error());
  for (const char* broken : {"", "{", R"({"format":"other","files":[]})",
                             R"({"format":"weir-kept-laws/v1","files":[{"name":"x.yaml"}]})"}) {
    ASSERT_TRUE(write_file((data / kKeptLaws).string(), broken));
    EXPECT_FALSE(open()) << broken;
  }
}

TEST_F(InForce, TheCommandLineCountsByTheConfiguredOnes) {
  Line line;
  line.data = data.string();
  const auto digest = [&](const std::string& given) {
    const auto laws = laws_in(line, given);
    EXPECT_TRUE(laws) << text(laws.error());
    return laws ? laws->digest : Digest{};
  };
  const auto configure = [&](const std::string& laws) {
    ASSERT_TRUE(write_file(
        (data / "weir.toml").string(),
        "mode = \"trial\"\norigin = \"weir.example/log\"\nregimes = \"" + laws + "\"\n"));
  };
  configure("");
  const Digest compiled = digest("");
  EXPECT_EQ(compiled, laws_in("")->digest);
  ASSERT_TRUE(fs::remove(folder / "us-bod-19-02.yaml"));
  configure("regimes");
  const Digest configured = digest("");
  EXPECT_NE(configured, compiled);
  EXPECT_EQ(digest(folder.string()), configured);
  write("eu-cra.yaml", "no law");
  EXPECT_EQ(digest(""), configured) << "as the server does";
  EXPECT_FALSE(laws_in(line, folder.string())) << "this folder was asked for";
}

}  // namespace
}  // namespace weir::main
