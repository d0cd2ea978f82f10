// Figures: what counts as on time, and what the public does not get.
#include "app/statistics.h"

#include <gtest/gtest.h>

#include "app/clocks_world.h"
#include "app/filings.h"

namespace weir::app {
namespace {

using std::chrono::hours;

class Statistics : public ClocksWorld {
 protected:
  /// An early warning of a new case of the user, filed so long after it became known.
  std::string warn(const std::string& handle, Duration after) {
    const std::string reference = aware(handle);
    world.clock.advance(after);
    BoardFilter filter{.regime = "eu-cra", .case_reference = reference};
    for (const BoardRow& row : rows(handle, filter)) {
      if (row.stage == "early_warning") {
        const auto filing = save_draft(world.app(), laws(), as(handle), row.obligation,
                                       {{"vulnerability", "yes"}, {"member_states", "DE"}});
        EXPECT_TRUE(filing) << said(filing);
        const auto done = submit_filing(world.app(), laws(), as(handle), *filing, {});
        EXPECT_TRUE(done) << said(done);
      }
    }
    return reference;
  }
  std::vector<Figures> own(const std::string& handle) {
    return *statistics(world.app(), laws(), as(handle), Audience::own);
  }
  std::vector<Figures> everybody() {
    return *statistics(world.app(), laws(), Actor(), Audience::everybody);
  }
};

TEST(Quarters, AreOfUtc) {
  EXPECT_EQ(quarter_of(*parse_rfc3339("2026-12-31T23:59:59.999Z")), "2026-Q4");
  EXPECT_EQ(quarter_of(*parse_rfc3339("2027-01-01T00:30:00+01:00")), "2026-Q4");
  EXPECT_EQ(quarter_of(*parse_rfc3339("2027-04-01T00:00:00Z")), "2027-Q2");
}

TEST(Medians, AreTheLowerMiddle) {
  EXPECT_EQ(median({}), std::nullopt);
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(median({9, 1}), 1);
  EXPECT_EQ(median({9, 1, 5}), 5);
}

TEST_F(Statistics, CountOnTimeLateLeadAndFix) {
  const std::string one = warn("vera", hours(4));  // due after 24 hours: 20 hours ahead
  warn("vera", hours(30));                         // late
  ASSERT_TRUE(enter("vera", one, "fix_public", Duration(0)));
  const auto cells = own("vera");
  ASSERT_EQ(cells.size(), 1u) << "what is not due yet does not count";
  EXPECT_EQ(cells[0].regime, "eu-cra");
  EXPECT_EQ(cells[0].sector, "vehicles");
  EXPECT_EQ(cells[0].period, "2026-Q4");
  EXPECT_EQ(cells[0].duties, 2);
  EXPECT_EQ(cells[0].on_time, 1);
  EXPECT_EQ(cells[0].late, 1);
  EXPECT_EQ(cells[0].on_time_percent, 50);
  EXPECT_EQ(cells[0].median_lead_minutes, 20 * 60);
  EXPECT_EQ(cells[0].median_fix_hours, 234) << "known 200 hours before, fixed 34 after";
  EXPECT_NE(statistics_csv(cells).find("eu-cra,vehicles,2026-Q4,2,1,1,50,1200,234,docs/"),
            std::string::npos);
}

TEST_F(Statistics, AnOverdueDutyIsLateBeforeItIsMet) {
  aware("vera");
  EXPECT_TRUE(own("vera").empty());
  world.clock.advance(hours(26));
  ASSERT_EQ(own("vera").size(), 1u);
  EXPECT_EQ(own("vera")[0].late, 1);
}

TEST_F(Statistics, AreOfOnesOwnOrganisationOnly) {
  warn("vera", hours(1));
  EXPECT_TRUE(own("ven").empty());
  EXPECT_EQ(code_of(statistics(world.app(), laws(), Actor(), Audience::own)), Code::denied);
}

TEST_F(Statistics, ThePublicGetsNoSmallNumbersAndNoRunningQuarter) {
  for (int i = 0; i < 5; ++i) {
    warn("vera", hours(1));
  }
  world.clock.advance(hours(24 * 60));
  EXPECT_TRUE(everybody().empty()) << "five duties, but of one organisation";
  const deadline::Profile maker{
      "DE", {{"role", {"manufacturer"}}, {"market", {"EU"}}, {"sector", {"vehicles"}}}};
  ASSERT_TRUE(set_profile(world.app(), laws(), as("ada"), "ACME", maker));
  ASSERT_TRUE(set_profile(world.app(), laws(), as("ada"), "Lark", maker));
  for (const char* handle : {"vera", "vera", "vera", "ven", "rita"}) {
    warn(handle, hours(1));
  }
  EXPECT_TRUE(everybody().empty()) << "the quarter is not over";
  world.clock.advance(hours(24 * 60));
  const auto cells = everybody();
  ASSERT_EQ(cells.size(), 1u);
  EXPECT_EQ(cells[0].period, "2027-Q1");
  EXPECT_GE(cells[0].duties, 5);
  EXPECT_FALSE(cells[0].median_fix_hours) << "nobody has fixed anything";
}

}  // namespace
}  // namespace weir::app
