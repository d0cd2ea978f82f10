// The whole way: an inventory, records and a maker's word become findings and what is suppressed.
#include "match/examine.h"

#include <gtest/gtest.h>

#include "advisory/read.h"
#include "match/memory.h"

namespace weir::match {
namespace {

constexpr std::string_view kRecord = R"({"id":"PYSEC-1","aliases":["CVE-2026-1"],
  "modified":"2026-01-01T00:00:00Z","details":"Anvils fall.\nAnd more.",
  "severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
  "affected":[{"package":{"ecosystem":"PyPI","name":"anvil"},
               "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.0"}]}]}]})";

constexpr std::string_view kInventory = R"({"bomFormat":"CycloneDX","specVersion":"1.6",
  "metadata":{"component":{"type":"application","name":"shop","purl":"pkg:oci/shop@3"}},
  "components":[{"type":"library","name":"anvil","version":"1.5","purl":"pkg:pypi/anvil@1.5"},
                {"type":"library","name":"anvil","version":"2.5","purl":"pkg:pypi/anvil@2.5"},
                {"type":"library","name":"mystery","version":"1"},
                {"type":"library","name":"broken","purl":"pkg:"}]})";

struct World {
  Memory memory;
  std::map<std::string, advisory::Advisory> records;

  World() {
    advisory::Reader reader;
    auto record = reader.read(kRecord);
    EXPECT_TRUE(record) << text(record.error());
    memory.add(*record);
    records.emplace(record->id, std::move(*record));
  }

  Result<Report> ask(Wanted wanted, const std::vector<sbom::Vex>& vex) const {
    Matcher matcher(memory.lookup());
    const Describe describe = [this](advisory::Source, const std::string& id) -> Result<About> {
      return about(records.at(id));
    };
    return examine(matcher, describe,
                   {.source = "shop.json",
                    .inventory = *sbom::read(kInventory),
                    .vex = &vex,
                    .wanted = wanted});
  }
};

TEST(Examine, FindsWhatIsAffectedAndSaysWhatItCouldNotAsk) {
  const World world;
  const auto report = world.ask(Wanted::everything, {});
  ASSERT_TRUE(report) << text(report.error());
  ASSERT_EQ(report->findings.size(), 1u);
  const Row& row = report->findings[0];
  EXPECT_EQ(row.answer.target, 1u);
  EXPECT_EQ(row.aliases, std::vector<std::string>{"CVE-2026-1"});
  EXPECT_EQ(row.title, "Anvils fall.");
  EXPECT_EQ(row.score, 98);
  ASSERT_EQ(report->near_misses.size(), 1u);
  EXPECT_EQ(report->near_misses[0].answer.target, 2u);
  EXPECT_EQ(report->nameless, 2u);
  ASSERT_EQ(report->unread.size(), 1u);
  EXPECT_EQ(report->unread[0].place, "/components/3");
  EXPECT_TRUE(world.ask(Wanted::findings, {})->near_misses.empty());
}

TEST(Examine, AWordAboutAnAliasSuppressesWithItsReason) {
  const World world;
  const std::vector<sbom::Vex> vex = {
      *sbom::read_vex(R"({"@context":"https://openvex.dev/ns/v0.2.0",
    "author":"ACME","statements":[{"vulnerability":{"name":"CVE-2026-1"},
      "products":[{"@id":"pkg:oci/shop@3","subcomponents":[{"@id":"pkg:pypi/anvil"}]}],
      "status":"not_affected","justification":"vulnerable_code_not_in_execute_path"}]})")};
  const auto report = world.ask(Wanted::findings, vex);
  ASSERT_TRUE(report) << text(report.error());
  EXPECT_TRUE(report->findings.empty());
  ASSERT_EQ(report->suppressed.size(), 1u);
  EXPECT_EQ(sbom::reason(*report->suppressed[0].word.statement),
            "vulnerable_code_not_in_execute_path");
}

TEST(Examine, ATitleIsCutBetweenCharacters) {
  advisory::Advisory record;
  record.texts = {std::string(119, 'x') + "\xc3\xa9\xc3\xa9"};
  EXPECT_EQ(about(record).title, std::string(119, 'x'));
  EXPECT_EQ(about(record).score, -1);
}

}  // namespace
}  // namespace weir::match
