// Which items a changed record can be about.
#include "watch/standing.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace weir::watch {
namespace {

std::vector<Place> found(const Standing& standing, Standing::Name name) {
  std::vector<Place> all;
  standing.find(name, [&](Place place) { all.push_back(place); });
  return all;
}

TEST(Standing, FindsEveryPlaceUnderAName) {
  Standing standing;
  const Standing::Name anvil = Standing::of_key("npm:anvil");
  const Standing::Name tongs = Standing::of_key("npm:tongs");
  standing.add({1, 7}, std::vector{anvil, tongs});
  standing.add({2, 0}, std::vector{anvil, anvil});
  standing.settle();
  standing.add({1, 8}, std::vector{anvil});
  standing.settle();
  EXPECT_EQ(found(standing, anvil), (std::vector<Place>{{1, 7}, {1, 8}, {2, 0}}));
  EXPECT_EQ(found(standing, tongs), (std::vector<Place>{{1, 7}}));
  EXPECT_EQ(found(standing, Standing::of_key("npm:hammer")), std::vector<Place>{});
  EXPECT_EQ(standing.size(), 4U);
  standing.drop(1);
  EXPECT_EQ(found(standing, anvil), (std::vector<Place>{{2, 0}}));
  standing.drop(2);
  EXPECT_EQ(standing.size(), 0U);
}

TEST(Standing, AnIdIsNoKey) {
  EXPECT_NE(Standing::of_key("CVE-1"), Standing::of_id("CVE-1"));
  EXPECT_NE(Standing::of_id("CVE-1"), Standing::of_id("CVE-2"));
}

TEST(Standing, AnItemIsFoundByItsKeysAndByWhatItsFindingsAreCalled) {
  Item item{"npm:anvil",
            {{.component = {.name = "anvil",
                            .version = "1",
                            .purl = "pkg:npm/anvil@1",
                            .cpes = {"cpe:2.3:a:lark:anvil:1:*:*:*:*:*:*:*"}}}}};
  std::vector<Standing::Name> names;
  Standing::names_of(item, names);
  for (const char* key : {"npm:anvil", "purl:npm/anvil", "cpe:lark:anvil"}) {
    EXPECT_TRUE(std::ranges::count(names, Standing::of_key(key)) > 0) << key;
  }
  Finding finding;
  finding.ids = {"CVE-1", "GHSA-1"};
  finding.evidence.push_back({.id = "SSA-1"});
  names.clear();
  Standing::names_of(finding, names);
  for (const char* id : {"CVE-1", "GHSA-1", "SSA-1"}) {
    EXPECT_TRUE(std::ranges::count(names, Standing::of_id(id)) > 0) << id;
  }
}

}  // namespace
}  // namespace weir::watch
