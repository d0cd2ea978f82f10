// SSVC: well-known rows, what is refused, and that no worse input ever lowers an outcome.
#include "severity/ssvc.h"

#include <gtest/gtest.h>

namespace weir::severity {
namespace {

TEST(Ssvc, ReadsTheOutcomeOffTheTable) {
  const DecisionTable* deployer = find_decision_table("ssvc:DT_DP:1.0.0");
  ASSERT_NE(deployer, nullptr);
  const auto ask = [&](std::string exploitation, std::string exposure, std::string automatable,
                       std::string impact) {
    const std::vector<Selection> selections = {{"ssvc:E:1.1.0", std::move(exploitation)},
                                               {"ssvc:EXP:1.0.1", std::move(exposure)},
                                               {"ssvc:A:2.0.0", std::move(automatable)},
                                               {"ssvc:HI:2.0.2", std::move(impact)}};
    const auto outcome = decide(*deployer, selections);
    return outcome ? std::string(*outcome) : text(outcome.error());
  };
  EXPECT_EQ(ask("N", "S", "N", "L"), "D");
  EXPECT_EQ(ask("A", "O", "Y", "VH"), "I");
  EXPECT_EQ(ask("A", "O", "Y", "A"), "\"A\" is no value of ssvc:HI:2.0.2");
  EXPECT_EQ(find_decision_table("ssvc:DT_DP:9"), nullptr);
}

TEST(Ssvc, RefusesWhatIsMissingDoubledOrOfAnotherVersion) {
  const DecisionTable& utility = *find_decision_table("ssvc:DT_U:1.0.0");
  const Selection automatable = {"ssvc:A:2.0.0", "Y"};
  const Selection density = {"ssvc:VD:1.0.0", "C"};
  const auto decided = [&](std::vector<Selection> selections) {
    return decide(utility, selections).has_value();
  };
  EXPECT_TRUE(decided({density, automatable}));
  EXPECT_FALSE(decided({automatable}));
  EXPECT_FALSE(decided({automatable, automatable}));
  EXPECT_FALSE(decided({automatable, density, density}));
  EXPECT_FALSE(decided({{"ssvc:A:1.0.0", "Y"}, density}));
}

TEST(Ssvc, EveryTableIsWholeAndNoWorseInputLowersItsOutcome) {
  for (const DecisionTable& table : decision_tables()) {
    SCOPED_TRACE(table.name);
    std::size_t rows = 1;
    for (const DecisionPoint* point : table.points) {
      rows *= point->values.size();
    }
    ASSERT_EQ(table.rows.size(), rows);
    std::size_t step = 1;  // between two values of a point, the last point first
    for (std::size_t p = table.points.size(); p-- > 0;) {
      const std::size_t values = table.points[p]->values.size();
      for (std::size_t row = 0; row < rows; ++row) {
        ASSERT_LT(static_cast<std::size_t>(table.rows[row] - '0'), table.outcome->values.size());
        if (row / step % values + 1 < values) {
          EXPECT_LE(table.rows[row], table.rows[row + step]) << row;
        }
      }
      step *= values;
    }
  }
}

}  // namespace
}  // namespace weir::severity
