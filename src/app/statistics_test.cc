// Figures: what counts as on time, and what the public does not get.
#include "app/statistics.h"

#include <gtest/gtest.h>

#include "app/clock_rows.h"
#include "app/clocks_world.h"
#include "app/duty_cells.h"
#include "app/filings.h"
#include "app/notices.h"

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
    return *statistics(world.app(), laws(), as(handle));
  }
  std::vector<Figures> everybody() {
    EXPECT_TRUE(run_clocks(world.app(), laws()));
    return *public_statistics(world.app());
  }
  /// Makers for the EU, each of these sectors.
  void make(const std::vector<std::string>& organisations,
            const std::vector<std::string>& sectors = {"vehicles"}) {
    for (const std::string& one : organisations) {
      const deadline::Profile maker{
          "DE", {{"role", {"manufacturer"}}, {"market", {"EU"}}, {"sector", sectors}}};
      ASSERT_TRUE(set_profile(world.app(), laws(), as("ada"), one, maker));
    }
  }
  /// To so long after the quarter's end.
  void pass_quarter_and(Duration more) {
    const Instant start = quarter_start(quarter_start(world.clock.now()) + hours(24 * 100));
    world.clock.advance(start - world.clock.now() + more);
  }
  const Figures* cell(const std::vector<Figures>& all, std::string_view sector) {
    const auto found = std::ranges::find(all, sector, &Figures::sector);
    return found == all.end() ? nullptr : &*found;
  }
};

TEST(Quarters, AreOfUtc) {
  EXPECT_EQ(quarter_of(*parse_rfc3339("2026-12-31T23:59:59.999Z")), "2026-Q4");
  EXPECT_EQ(quarter_of(*parse_rfc3339("2027-01-01T00:30:00+01:00")), "2026-Q4");
  EXPECT_EQ(quarter_of(*parse_rfc3339("2027-04-01T00:00:00Z")), "2027-Q2");
  EXPECT_EQ(quarter_of({-1}), "1969-Q4");
  EXPECT_EQ(quarter_start(*parse_rfc3339("2027-06-30T23:59:59Z")),
            *parse_rfc3339("2027-04-01T00:00:00Z"));
  EXPECT_EQ(quarter_start(*parse_rfc3339("2027-01-01T00:00:00Z")),
            *parse_rfc3339("2027-01-01T00:00:00Z"));
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
  EXPECT_EQ(code_of(statistics(world.app(), laws(), Actor())), Code::denied);
}

TEST_F(Statistics, ThePublicGetsNoSmallNumbersAndNoQuarterThatIsNotClosed) {
  for (int i = 0; i < 5; ++i) {
    warn("vera", hours(1));
  }
  pass_quarter_and(kSettling);
  EXPECT_TRUE(everybody().empty()) << "five duties, but of one organisation";
  make({"ACME", "Lark"});
  for (const char* handle : {"vera", "vera", "vera", "ven", "ven", "rita"}) {
    const std::string one = warn(handle, std::chrono::minutes(70));
    ASSERT_TRUE(enter(handle, one, "fix_public", Duration(0)));
  }
  EXPECT_TRUE(everybody().empty()) << "the quarter is not over";
  pass_quarter_and(kSettling - Duration(1));
  EXPECT_TRUE(everybody().empty()) << "what comes late is still waited for";
  world.clock.advance(Duration(1));
  const auto cells = everybody();
  ASSERT_EQ(cells.size(), 1u);
  EXPECT_EQ(cells[0].regime, "eu-cra");
  EXPECT_EQ(cells[0].sector, "vehicles");
  EXPECT_EQ(cells[0].period, "2027-Q1");
  EXPECT_EQ(cells[0].duties, 12) << "six warnings in time, and six notifications that nobody made";
  EXPECT_EQ(cells[0].on_time, 6);
  EXPECT_EQ(cells[0].on_time_percent, 50);
  EXPECT_EQ(cells[0].median_lead_minutes, 22 * 60) << "of 22 hours and 50 minutes";
  EXPECT_EQ(cells[0].median_fix_hours, 8 * 24) << "of 201 hours";
}

TEST_F(Statistics, AClosedQuarterNeverChanges) {
  make({"ACME", "Lark"});
  std::vector<std::string> cases;
  for (const char* handle : {"vera", "vera", "ven", "ven", "rita", "rita"}) {
    cases.push_back(warn(handle, hours(1)));
  }
  pass_quarter_and(kSettling);
  const auto before = everybody();
  ASSERT_EQ(before.size(), 1u);
  const std::string csv = statistics_csv(before);

  // Another sector, a correction that makes everything late, another duty of that quarter.
  make({"ACME"}, {"energy"});
  const auto known = *facts(world.app(), as("vera"), cases[0], {});
  ASSERT_FALSE(known.empty());
  NewFact earlier = fact(known.back().event, -hours(24 * 300));
  earlier.corrects = known.back().number;
  ASSERT_TRUE(enter_fact(world.app(), laws(), as("vera"), cases[0], earlier));
  EXPECT_EQ(statistics_csv(everybody()), csv);
  make({"ACME"});
  EXPECT_FALSE(before[0].median_fix_hours) << "nobody has fixed anything";

  // What the platform learns too late counts in the quarter that is closed next, once.
  for (const char* handle : {"vera", "vera", "ven", "ven", "rita", "rita"}) {
    const std::string late = world.report(handle);
    ASSERT_TRUE(enter(handle, late, "flaw_known", -hours(24 * 62)));
    ASSERT_TRUE(enter(handle, late, "exploitation_known", -hours(24 * 60)));
  }
  EXPECT_EQ(statistics_csv(everybody()), csv);
  pass_quarter_and(kSettling);
  const auto after = everybody();
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(statistics_csv({after[0]}), csv);
  EXPECT_EQ(after[1].period, "2027-Q1");
  EXPECT_EQ(after[1].on_time, 0);
  EXPECT_EQ(after[1].duties, 12) << "two of each case";
  const auto again = everybody();
  EXPECT_EQ(statistics_csv(again), statistics_csv(after));
}

TEST_F(Statistics, WhoIsOfSeveralSectorsCountsInOneCell) {
  make({"ACME", "Lark"}, {"energy", "vehicles"});
  warn("ven", hours(1));
  ASSERT_EQ(own("ven").size(), 1u);
  EXPECT_EQ(own("ven")[0].sector, kSeveralSectors);
}

TEST_F(Statistics, AMedianOfFewIsNotShown) {
  // Of many duties, but all that were on time are of one organisation.
  make({"ACME", "Lark"});
  world.clock.advance(hours(24 * 20));
  for (const char* handle : {"vera", "vera", "vera", "vera", "vera", "vera"}) {
    warn(handle, hours(1));
  }
  for (const char* handle : {"ven", "ven", "ven", "rita", "rita", "rita"}) {
    warn(handle, hours(30));
  }
  pass_quarter_and(kSettling);
  const auto cells = everybody();
  ASSERT_EQ(cells.size(), 1u);
  EXPECT_EQ(cells[0].on_time, 6);
  EXPECT_FALSE(cells[0].median_lead_minutes) << "it would be this organisation's own";
}

TEST_F(Statistics, ACellThatIsMostlyOfOneIsNotShown) {
  make({"ACME", "Lark"});
  for (const char* handle : {"vera", "vera", "vera", "ven", "rita"}) {
    warn(handle, hours(1));
  }
  pass_quarter_and(kSettling);
  EXPECT_TRUE(everybody().empty()) << "six of ten are of one";
}

TEST_F(Statistics, ADutyIsCountedOnceInPublicAndEachTimeForItsOwner) {
  const std::string one = warn("vera", hours(1));
  ASSERT_TRUE(enter("vera", one, "fix_public", Duration(0)));
  const auto settled = [&](Counted counted, Instant before) {
    const auto tx = world.app().db.read();
    return settled_duties(**tx, world.app(), 0, before, counted)->size();
  };
  EXPECT_EQ(settled(Counted::not_yet, {kNoTime}), 1u) << "the warning; the rest is not due";
  EXPECT_EQ(settled(Counted::not_yet, kHour), 0u) << "it was due later";
  EXPECT_EQ(*close_quarters(world.app()), 0);
  pass_quarter_and(kSettling);
  EXPECT_EQ(*close_quarters(world.app()), 1);
  EXPECT_EQ(*close_quarters(world.app()), 0);
  EXPECT_EQ(settled(Counted::not_yet, {kNoTime}), 0u);
  EXPECT_GT(settled(Counted::either_way, {kNoTime}), 1u);

  const auto tx = world.app().db.read();
  const auto fixes = hours_to_fix(**tx, world.app(), 0);
  ASSERT_EQ(fixes->size(), 1u);
  EXPECT_EQ(fixes->begin()->second, 201);
  const auto duties = *settled_duties(**tx, world.app(), 0, {kNoTime}, Counted::either_way);
  const auto cells = *cells_of(**tx, {{duties[0], "2026-Q4"}, {duties[0], "2027-Q1"}});
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(cells.begin()->first, (CellName{"eu-cra", "vehicles", "2026-Q4"}));
  EXPECT_EQ(figures_of(cells.begin()->first, cells.begin()->second, *fixes).duties, 1);
  EXPECT_FALSE(public_figures_of(cells.begin()->first, cells.begin()->second, *fixes));
}

TEST(Samples, AreOfManyOrNot) {
  Sample sample;
  EXPECT_FALSE(sample.is_of_many());
  EXPECT_FALSE(sample.middle());
  for (const std::int64_t organisation : {1, 2, 3, 1}) {
    sample.add(organisation, organisation * 10);
  }
  EXPECT_FALSE(sample.is_of_many()) << "four";
  sample.add(2, 50);
  EXPECT_TRUE(sample.is_of_many());
  EXPECT_EQ(sample.middle(), 20);
  sample.add(2, 60);
  EXPECT_TRUE(sample.is_of_many()) << "half of them are of one";
  sample.add(2, 70);
  EXPECT_FALSE(sample.is_of_many()) << "more than half";
}

}  // namespace
}  // namespace weir::app
