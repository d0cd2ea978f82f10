// The laws as they are shown to everybody.
#include "app/regime_views.h"

#include <gtest/gtest.h>

#include "app/clocks_world.h"

namespace weir::app {
namespace {

TEST(RegimeViews, EveryRegimeIsListedWithItsMarkAndTheDayItWasChecked) {
  const std::vector<RegimeView> all = regime_views(laws());
  ASSERT_EQ(all.size(), laws().rules.regimes.size());
  for (const RegimeView& one : all) {
    EXPECT_FALSE(one.title.empty()) << one.regime;
    EXPECT_EQ(one.checked.size(), 10u) << one.regime;
    EXPECT_FALSE(one.versions.empty()) << one.regime;
    EXPECT_NE(one.text.find("regime " + one.regime + ": "), std::string::npos);
  }
}

TEST(RegimeViews, AVersionHasTheWeakestMarkOfWhatItsTimesRestOn) {
  const auto dora = show_regime(laws(), "eu-dora");
  ASSERT_TRUE(dora) << said(dora);
  const VersionView& version = dora->versions.front();
  EXPECT_EQ(version.mark, deadline::Mark::unverified);
  EXPECT_EQ(version.from, "2025-01-17");
  EXPECT_EQ(version.until, "");
  ASSERT_EQ(version.stages.size(), 3u);
  const StageView& initial = version.stages.front();
  EXPECT_EQ(initial.stage, "initial");
  ASSERT_EQ(initial.limits.size(), 2u);
  EXPECT_EQ(initial.limits[0].within, "4 hours");
  EXPECT_EQ(initial.limits[0].citation.clause, "RTS Art. 5(1)(a)");
  EXPECT_EQ(initial.recipients, std::vector<std::string>{"financial authority"});
  EXPECT_EQ(initial.fields.front().name, "reference");
  EXPECT_EQ(code_of(show_regime(laws(), "eu-none")), Code::not_found);
}

}  // namespace
}  // namespace weir::app
