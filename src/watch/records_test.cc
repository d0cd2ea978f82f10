// What public.db says of an item.
#include "watch/records.h"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "catalog/import.h"

namespace weir::watch {
namespace {

namespace fs = std::filesystem;

class RecordsTest : public testing::Test {
 protected:
  RecordsTest() : folder_(fs::temp_directory_path() / fmt::format("weir-watch-{}", ::getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    db_ = *catalog::open(path(), catalog::Use::import);
  }
  ~RecordsTest() override {
    db_.reset();
    fs::remove_all(folder_);
  }
  std::string path() const { return (folder_ / "public.db").string(); }
  void take(const std::string& bytes, const std::string& name = "x.ndjson") {
    const auto done = catalog::import(*db_, clock_, {.name = name, .bytes = bytes});
    ASSERT_TRUE(done && done->rejected == 0) << bytes;
  }
  std::vector<Match> examined(Records& records, const Item& item) {
    auto matches = records.examine(item, {}, nullptr);
    EXPECT_TRUE(matches);
    return matches ? std::move(*matches) : std::vector<Match>();
  }

  fs::path folder_;
  ManualClock clock_{Instant{1'790'000'000'000}};
  std::unique_ptr<store::Db> db_;
};

std::string osv(const std::string& id, const std::string& more, int month = 1) {
  return fmt::format(
      R"({{"id":"{}","modified":"2026-0{}-01T00:00:00Z","summary":"of {}",)"
      R"("affected":[{{"package":{{"ecosystem":"npm","name":"anvil"}},"ranges":[)"
      R"({{"type":"SEMVER","events":[{{"introduced":"0"}},{{"fixed":"2.0.0"}}]}}]}}]{}}})",
      id, month, id, more);
}

const Item kItem{
    "npm:anvil",
    {{.component = {.name = "anvil", .version = "1.0.0", .purl = "pkg:npm/anvil@1.0.0"}},
     {.component = {.name = "anvil", .version = "3.0.0", .purl = "pkg:npm/anvil@3.0.0"}}}};

TEST_F(RecordsTest, OneMatchIsOneVulnerabilityWhoeverSpeaksOfIt) {
  take(osv("GHSA-1", R"(,"aliases":["CVE-2026-1"])") + "\n" +
       osv("OTHER-1", R"(,"aliases":["CVE-2026-1"])") + "\n" + osv("GHSA-2", "") + "\n" +
       R"({"cveID":"CVE-2026-1","vendorProject":"V","product":"P"})");
  take(
      "#model_version:v1,score_date:2026-01-02T00:00:00+0000\ncve,epss,percentile\n"
      "CVE-2026-1,0.1,0.5\nCVE-2026-2,0.09,0.5\n",
      "epss.csv");
  Records records(path());
  ASSERT_TRUE(records.begin());
  const auto matches = examined(records, kItem);
  ASSERT_EQ(matches.size(), 2U);
  EXPECT_EQ(matches[0].ids, (std::vector<std::string>{"CVE-2026-1", "GHSA-1", "OTHER-1"}));
  EXPECT_TRUE(matches[0].is_exploited);
  EXPECT_EQ(matches[0].listed, std::vector{advisory::Source::kev});
  EXPECT_TRUE(matches[0].is_likely);
  ASSERT_EQ(matches[0].evidence.size(), 2U);
  EXPECT_EQ(matches[0].evidence[0].version, "1.0.0");
  EXPECT_EQ(matches[0].evidence[0].why, "1.0.0 is affected: it is within < 2.0.0");
  EXPECT_FALSE(matches[1].is_exploited);
  EXPECT_EQ(*records.title_of(matches[1].evidence), "of GHSA-2");
  EXPECT_EQ(*records.title_of({{.source = advisory::Source::osv, .id = "none"}}), "");
  std::string likely;
  ASSERT_TRUE(records.each_likely([&](std::string_view cve) { likely += cve; }));
  EXPECT_EQ(likely, "CVE-2026-1");
}

TEST_F(RecordsTest, WhatHasChangedIsFoundByKeyAndByName) {
  take(osv("GHSA-1", R"(,"aliases":["CVE-2026-1"])"));
  Records records(path());
  ASSERT_TRUE(records.begin());
  const Position first = records.newest();
  EXPECT_FALSE(first.feed.empty());
  auto changed = records.changed(0, 10);
  ASSERT_TRUE(changed);
  ASSERT_EQ(changed->size(), 1U);
  EXPECT_EQ((*changed)[0].keys, (std::vector<std::string>{"npm:anvil"}));
  EXPECT_EQ((*changed)[0].names, (std::vector<std::string>{"CVE-2026-1", "GHSA-1"}));
  EXPECT_TRUE(records.changed(first.version, 10)->empty());
  // Everything is of one snapshot until the next begin().
  take(osv("GHSA-2", "") + "\n" + osv("GHSA-1", R"(,"withdrawn":"2026-02-01T00:00:00Z")", 2));
  EXPECT_TRUE(records.changed(first.version, 10)->empty());
  ASSERT_TRUE(records.begin());
  EXPECT_EQ(records.newest().feed, first.feed);
  changed = records.changed(first.version, 10);
  ASSERT_EQ(changed->size(), 2U);
  EXPECT_TRUE((*changed)[1].keys.empty());  // a tombstone
  EXPECT_EQ((*changed)[1].names, (std::vector<std::string>{"GHSA-1"}));
  EXPECT_EQ(records.changed(first.version, 1)->size(), 1U);
  EXPECT_EQ(**records.state_of()(advisory::Source::osv, "GHSA-1"), advisory::State::withdrawn);
  EXPECT_FALSE(*records.state_of()(advisory::Source::osv, "GHSA-9"));
  EXPECT_EQ(examined(records, kItem).size(), 1U);
}

TEST_F(RecordsTest, AFileThatIsMadeAnewIsSeen) {
  take(osv("GHSA-1", ""));
  Records records(path());
  ASSERT_TRUE(records.begin());
  const std::string feed = records.newest().feed;
  records.rest();
  ASSERT_TRUE(records.begin());
  EXPECT_EQ(records.newest().feed, feed);
  EXPECT_EQ(examined(records, kItem).size(), 1U);
  records.end();
  db_.reset();
  fs::rename(path(), path() + ".old");
  EXPECT_EQ(records.begin().error().code, Code::not_found);
  clock_.advance(std::chrono::seconds(1));
  db_ = *catalog::open(path(), catalog::Use::import);
  ASSERT_TRUE(records.begin());
  EXPECT_EQ(records.newest().feed, "");
  take(osv("GHSA-1", ""));
  ASSERT_TRUE(records.begin());
  EXPECT_NE(records.newest().feed, feed);
  EXPECT_EQ(examined(records, kItem).size(), 1U);
}

TEST_F(RecordsTest, WhatSuppressesMustCoverEveryPart) {
  take(osv("GHSA-1", ""));
  const auto read = sbom::read_vex(
      R"({"@context":"https://openvex.dev/ns/v0.2.0","@id":"x","author":"Lark","timestamp":)"
      R"("2026-01-01T00:00:00Z","version":1,"statements":[{"vulnerability":{"name":"GHSA-1"},)"
      R"("products":[{"@id":"pkg:npm/anvil@1.0.0"}],"status":"fixed"}]})");
  ASSERT_TRUE(read);
  match::Statements statements;
  statements.add(*read);
  Item item = kItem;
  item.parts[1].component.version = "1.1.0";
  item.parts[1].component.purl = "pkg:npm/anvil@1.1.0";
  Records records(path());
  ASSERT_TRUE(records.begin());
  EXPECT_FALSE(records.examine(item, statements, nullptr)->at(0).suppressed);
  item.parts.pop_back();
  const auto one = records.examine(item, statements, nullptr);
  ASSERT_TRUE(one->at(0).suppressed);
  EXPECT_EQ(one->at(0).suppressed->position, "fixed");
}

}  // namespace
}  // namespace weir::watch
