// What becomes of findings as the records change.
#include "watch/finding.h"

#include <map>

#include <gtest/gtest.h>

namespace weir::watch {
namespace {

using advisory::Source;
constexpr Instant kNow{1'000};
constexpr Instant kLater{2'000};

Item item(const std::string& version = "1.0") {
  Part part{.component = {.name = "anvil", .version = version, .purl = "pkg:npm/anvil@" + version}};
  return {"npm:anvil", {part}};
}

Match match(std::vector<std::string> ids, int score = 50) {
  Match one{.ids = std::move(ids), .score = score, .suppressed = std::nullopt, .evidence = {}};
  for (const std::string& id : one.ids) {
    one.evidence.push_back({.source = Source::osv, .id = id, .version = "1.0"});
  }
  return one;
}

struct World {
  std::map<std::string, advisory::State> records;  // that are there
  std::vector<Finding> kept;

  /// "found A,B; withdrawn C": what is told, and what is kept from now on.
  std::string turn(std::vector<Match> matches, const Item& of = item(), Instant now = kNow) {
    const StateOf state_of =
        [this](Source, const std::string& id) -> Result<std::optional<advisory::State>> {
      const auto found = records.find(id);
      return found == records.end() ? std::nullopt : std::optional(found->second);
    };
    auto changes = reconcile(of, kept, std::move(matches), state_of, now);
    EXPECT_TRUE(changes);
    std::string told;
    for (Change& change : *changes) {
      EXPECT_EQ(*unpack_finding(pack(change.finding)), change.finding);
      for (const What what : change.told) {
        told +=
            (told.empty() ? "" : "; ") + std::string(name(what)) + " " + change.finding.ids.front();
      }
      if (change.which) {
        kept[*change.which] = std::move(change.finding);
      } else {
        kept.push_back(std::move(change.finding));
      }
    }
    return told;
  }
  std::string states() const {
    std::string all;
    for (const Finding& one : kept) {
      all += (all.empty() ? "" : " ") + one.ids.front() + ":" + std::string(name(one.state));
    }
    return all;
  }
};

TEST(Finding, IsToldOnce) {
  World world;
  EXPECT_EQ(world.turn({match({"CVE-1"})}), "found CVE-1");
  EXPECT_EQ(world.turn({match({"CVE-1"})}), "");
  EXPECT_EQ(world.kept[0].happened, (std::vector<Happened>{{What::found, kNow}}));
}

TEST(Finding, ARecordOfAnotherSourceIsNoNewOne) {
  World world;
  world.turn({match({"CVE-1"})});
  EXPECT_EQ(world.turn({match({"CVE-1", "GHSA-1"})}), "");
  EXPECT_EQ(world.kept.size(), 1U);
  EXPECT_EQ(world.kept[0].evidence.size(), 2U);
}

TEST(Finding, TwoThatTurnOutToBeOneStayTheOlder) {
  World world;
  EXPECT_EQ(world.turn({match({"CVE-1"}), match({"GHSA-1"})}), "found CVE-1; found GHSA-1");
  EXPECT_EQ(world.turn({match({"CVE-1", "GHSA-1"})}), "");
  EXPECT_EQ(world.states(), "CVE-1:open GHSA-1:ceased");
  EXPECT_EQ(world.kept[1].happened.back().what, What::merged);
  // And when they fall apart again, what is told is the other one alone.
  EXPECT_EQ(world.turn({match({"CVE-1"}), match({"GHSA-1"})}), "returned GHSA-1");
}

TEST(Finding, EndsOnlyByWhatARecordSays) {
  World world;
  world.turn({match({"CVE-1"})});
  EXPECT_EQ(world.turn({}), "");  // the record is not there: it says nothing
  EXPECT_EQ(world.states(), "CVE-1:open");
  world.records["CVE-1"] = advisory::State::published;
  EXPECT_EQ(world.turn({}), "narrowed CVE-1");
  EXPECT_EQ(world.states(), "CVE-1:ceased");
  EXPECT_EQ(world.turn({}), "");
  EXPECT_EQ(world.turn({match({"CVE-1"})}, item(), kLater), "returned CVE-1");
  EXPECT_EQ(world.kept[0].happened.back(), (Happened{What::returned, kLater}));
  world.records["CVE-1"] = advisory::State::withdrawn;
  EXPECT_EQ(world.turn({}), "withdrawn CVE-1");
}

TEST(Finding, GoesWithTheVersionThatLeavesTheList) {
  World world;
  world.turn({match({"CVE-1"})});
  EXPECT_EQ(world.turn({}, item("1.1")), "");  // the keeper's own doing is no news
  EXPECT_EQ(world.states(), "CVE-1:ceased");
  EXPECT_EQ(world.kept[0].happened.back().what, What::left);
  World other;
  other.turn({match({"CVE-1"})});
  EXPECT_EQ(other.turn({}, {"npm:anvil", {}}), "");
  EXPECT_EQ(other.kept[0].happened.back().what, What::left);
}

TEST(Finding, IsToldAgainWhenItGetsUrgentAndOnlyOnce) {
  World world;
  world.turn({match({"CVE-1"}, 50)});
  EXPECT_EQ(world.turn({match({"CVE-1"}, 69)}), "");
  EXPECT_EQ(world.turn({match({"CVE-1"}, 70)}), "worsened CVE-1");
  EXPECT_EQ(world.turn({match({"CVE-1"}, 89)}), "");
  EXPECT_EQ(world.turn({match({"CVE-1"}, 90)}), "worsened CVE-1");
  EXPECT_EQ(world.turn({match({"CVE-1"}, 10)}), "");
  EXPECT_EQ(world.turn({match({"CVE-1"}, 95)}), "");
  Match urgent = match({"CVE-1"}, 95);
  urgent.is_exploited = true;
  urgent.listed = {advisory::Source::kev_eu};
  EXPECT_EQ(world.turn({urgent}), "exploited CVE-1");
  urgent.listed = {advisory::Source::kev, advisory::Source::kev_eu};
  EXPECT_EQ(world.turn({urgent}), "");  // one more list says so: shown, and no news
  EXPECT_EQ(world.kept[0].listed, urgent.listed);
  urgent.is_likely = true;
  EXPECT_EQ(world.turn({urgent}), "likely CVE-1");
  EXPECT_EQ(world.turn({match({"CVE-1"}, 95)}), "");
  EXPECT_EQ(world.turn({urgent}), "");
}

TEST(Finding, WhatIsUrgentFromTheStartIsToldAsOne) {
  World world;
  Match urgent = match({"CVE-1"}, 98);
  urgent.is_exploited = true;
  EXPECT_EQ(world.turn({urgent}), "found CVE-1");
  EXPECT_EQ(world.turn({urgent}), "");
}

TEST(Finding, WhatAMakerSuppressesIsNotTold) {
  World world;
  Match denied = match({"CVE-1"});
  denied.suppressed = Suppression{"not_affected", "the code is not in it", "Lark"};
  EXPECT_EQ(world.turn({denied}), "");
  EXPECT_EQ(world.states(), "CVE-1:suppressed");
  denied.is_exploited = true;
  EXPECT_EQ(world.turn({denied}), "");
  denied.suppressed.reset();
  EXPECT_EQ(world.turn({denied}), "returned CVE-1");
  denied.suppressed = Suppression{"fixed", "", "Lark"};
  EXPECT_EQ(world.turn({denied}), "");
  EXPECT_EQ(world.kept[0].happened.back().what, What::suppressed);
}

TEST(Finding, KeepsTheNewestOfWhatHappened) {
  World world;
  world.records["CVE-1"] = advisory::State::published;
  for (int i = 0; i < 40; ++i) {
    world.turn({match({"CVE-1"})});
    world.turn({});
  }
  EXPECT_EQ(world.kept[0].happened.size(), kMaxHappened);
  EXPECT_EQ(world.kept[0].happened.back().what, What::narrowed);
}

TEST(Finding, WhatIsDamagedIsCorrupt) {
  World world;
  world.turn({match({"CVE-1"})});
  const std::string whole = pack(world.kept[0]);
  for (std::size_t cut = 0; cut < whole.size(); cut += 7) {
    EXPECT_EQ(unpack_finding(whole.substr(0, cut)).error().code, Code::corrupt);
  }
  const std::string source = "\"source\":3";
  const std::size_t at = whole.find(source);
  ASSERT_NE(at, std::string::npos);
  static_assert(advisory::kSources == 13);
  for (const char* other : {"\"source\":0", "\"source\":-1", "\"source\":14"}) {
    std::string changed = whole;
    EXPECT_EQ(unpack_finding(changed.replace(at, source.size(), other)).error().code, Code::corrupt)
        << other;
  }
}

TEST(Finding, ListsOfExploitedVulnerabilitiesAreNothingElse) {
  World world;
  Match urgent = match({"CVE-1"});
  urgent.listed = {advisory::Source::kev, advisory::Source::kev_gcve};
  world.turn({urgent});
  std::string whole = pack(world.kept[0]);
  EXPECT_EQ(unpack_finding(whole)->listed, urgent.listed);
  const std::size_t at = whole.find("[5,13]");
  ASSERT_NE(at, std::string::npos);
  for (const char* other : {"[5,3] ", "[5,14]", "[5,\"\"]"}) {
    EXPECT_EQ(unpack_finding(std::string(whole).replace(at, 6, other)).error().code, Code::corrupt)
        << other;
  }
}

}  // namespace
}  // namespace weir::watch
