// The engine's parts on a small law made by hand, without any file.
#include "deadline/known.h"

#include <gtest/gtest.h>

namespace weir::deadline {
namespace {

using std::chrono::hours;

constexpr std::uint8_t kAware = 0;
constexpr std::uint8_t kFixed = 1;

Instant hour(int at) {
  return {at * std::int64_t{3'600'000}};
}

/// Version 0 until 1970-02-01, version 1 from then on; a warning after 24 h, then a report 48 h
/// after the warning was filed, or as soon as it is fixed.
Rules small_rules() {
  Rules rules;
  rules.events = {{"aware", "", Event::Kind::act}, {"fixed", "", Event::Kind::act}};
  rules.places = {Place{"DE", Zone(), Calendar(), "", Mark::unverified}};
  rules.groups["EU"] = {"DE"};
  Stage warn;
  warn.id = "warn";
  warn.limits.push_back({{}, {24, Unit::hours, Counting::elapsed}, {}, "24 h", {}});
  Stage report;
  report.id = "report";
  report.when = {{0, 1}};
  report.limits.push_back({{{0, 1}}, {48, Unit::hours, Counting::elapsed}, {}, "48 h", {}});
  report.discharged_by = {{std::uint64_t{1} << kFixed, 0}};
  Version version;
  version.from = *parse_date("1970-01-01");
  version.until = *parse_date("1970-02-01");
  version.opens = {{std::uint64_t{1} << kAware, 0}};
  version.stages = {warn, report};
  Regime regime;
  regime.id = "law";
  regime.place = "EU";
  regime.seat = "DE";
  regime.versions = {version, version};
  regime.versions[1].from = version.until;
  regime.versions[1].until.reset();
  rules.regimes = {regime};
  return rules;
}

Fact aware(std::int64_t id, int at, std::int64_t supersedes = 0) {
  return {id, kAware, hour(at), supersedes, Fact::Says::happened};
}

TEST(Known, TheEarliestThatStandsCounts) {
  const Rules rules = small_rules();
  const std::vector<Fact> facts = {aware(1, 5), aware(2, 3), aware(3, 9, 2)};
  EXPECT_TRUE(stands(facts, facts[0]));
  EXPECT_FALSE(stands(facts, facts[1]));
  const Known known(rules, {facts, {}}, hour(20));
  EXPECT_EQ(known.event(kAware), hour(5));
  EXPECT_EQ(known.event(kFixed), kNever);
  EXPECT_EQ(Known(rules, {facts, {}}, hour(4)).event(kAware), kNever);
}

TEST(Known, FilingsCountForTheirOwnVersionAlone) {
  const Rules rules = small_rules();
  const std::vector<Filing> filings = {{{0, 1, 0}, hour(7), 3}, {{0, 1, 0}, hour(6), 1}};
  Known known(rules, {{}, filings}, hour(20));
  known.look_at(0, 0);
  EXPECT_EQ(known.filed(0), kNever);
  known.look_at(0, 1);
  EXPECT_EQ(known.filed(0), hour(6));
  EXPECT_EQ(known.provided(1, 2), hour(7)) << "the first that gave it";
  EXPECT_EQ(known.provided(0, 2), kNever) << "a stage does not waive itself";
  EXPECT_EQ(known.time(Any{0, 1}), hour(6));
  EXPECT_EQ(known.time(Condition{}), Instant{});
  EXPECT_EQ(known.time(Condition{{0, 1}, {1, 0}}), kNever);
}

TEST(Known, TheVersionInForceAtTheFactGoverns) {
  const Rules rules = small_rules();
  const Position position = place(rules, {"DE", {}});
  ASSERT_EQ(position.entries.size(), 2U);
  EXPECT_EQ(find_entry(position, {0, 1, 0})->version, 1);
  EXPECT_EQ(find_entry(position, {1, 0, 0}), nullptr);
  const int change = 31 * 24;
  for (const auto& [at, version] : {std::pair(change - 1, 0), std::pair(change, 1)}) {
    const std::vector<Fact> facts = {aware(1, at)};
    Known known(rules, {facts, {}}, hour(change + 100));
    const auto found = governing(rules, position, known);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].entry->version, version);
    EXPECT_EQ(found[0].opened, hour(at));
  }
}

TEST(Known, ALimitRunsFromWhereItSays) {
  const Rules rules = small_rules();
  const Stage& report = version_of(rules, {0, 0, 1}).stages[1];
  EXPECT_FALSE(report.is_filing());
  EXPECT_TRUE(stage_of(rules, {0, 0, 0}).is_filing());
  EXPECT_EQ(text(rules, {0, 0, 1}), "law/report");
  const std::vector<Filing> filings = {{{0, 0, 0}, hour(10), 0}};
  Known known(rules, {{}, filings}, hour(20));
  EXPECT_FALSE(end_of_limit(report.limits[0], hour(1), rules.places[0], known));
  known.look_at(0, 0);
  EXPECT_EQ(end_of_limit(report.limits[0], hour(1), rules.places[0], known)->due, hour(58));
  const Stage& warn = stage_of(rules, {0, 0, 0});
  EXPECT_EQ(end_of_limit(warn.limits[0], hour(1), rules.places[0], known)->due, hour(25));
}

TEST(Known, NamesComeBack) {
  for (const Mark mark : {Mark::primary, Mark::secondary, Mark::unverified}) {
    EXPECT_EQ(parse_mark(name(mark)), mark);
  }
  EXPECT_FALSE(parse_mark("certain"));
  EXPECT_EQ(name(Kind::proposal), "proposal");
  EXPECT_EQ(name(State::met_late), "met_late");
}

TEST(Known, ALimitThatLapsesIsOverBeforeItsStageBegins) {
  Limit limit;
  const End end{{1'000}, {2'000}};
  EXPECT_FALSE(has_lapsed(limit, end, {3'000})) << "counts: the stage begins overdue";
  limit.before = Limit::Before::lapses;
  EXPECT_FALSE(has_lapsed(limit, end, {999}));
  EXPECT_FALSE(has_lapsed(limit, end, {1'000})) << "begun at its last minute";
  EXPECT_TRUE(has_lapsed(limit, end, {1'001}));
}

TEST(Known, WhatWaivesCountsUpToTheLastInstant) {
  Rules rules = small_rules();
  Stage& warn = rules.regimes[0].versions[0].stages[0];
  warn.waived_if = {{std::uint64_t{1} << kFixed, 0}};
  const Position position = place(rules, {"DE", {}});
  const auto at = [&](int fixed, std::optional<int> filed) {
    const std::vector<Fact> facts = {aware(1, 0),
                                     {2, kFixed, hour(fixed), 0, Fact::Says::happened}};
    std::vector<Filing> filings;
    if (filed) {
      filings.push_back({{0, 0, 0}, hour(*filed), 0});
    }
    return name(derive(rules, position, {facts, filings}, hour(72)).at(0).state);
  };
  EXPECT_EQ(at(24, std::nullopt), "waived") << "at the last instant";
  EXPECT_EQ(at(25, std::nullopt), "overdue") << "what comes later undoes nothing";
  EXPECT_EQ(at(25, 26), "met_late");
  EXPECT_EQ(at(1, 24), "met") << "filed at the last instant, though it was waived";
  EXPECT_EQ(at(1, 26), "waived") << "filed late, when nothing was owed";
}

TEST(Known, AProhibitionWithoutAnEndLastsAndSparesWhomItNames) {
  Rules rules = small_rules();
  Version& version = rules.regimes[0].versions[0];
  version.stages[0].recipients = {{"abroad", "US"}};
  Prohibition forbids;
  forbids.id = "overseas";
  forbids.when = version.opens;
  forbids.inside = "EU";
  version.prohibitions = {forbids};
  const std::vector<Fact> facts = {aware(1, 0)};
  const auto count = [&] {
    return conflicts(rules, place(rules, {"DE", {}}), {facts, {}}, hour(1)).size();
  };
  EXPECT_EQ(count(), 1u);
  version.prohibitions[0].except = {"abroad"};
  EXPECT_EQ(count(), 0u);
}

TEST(Known, TheVersionThatTheCaseFellUnderFirstKeepsIt) {
  Rules rules = small_rules();
  std::vector<Version>& versions = rules.regimes[0].versions;
  versions[0].opens = {{std::uint64_t{1} << kFixed, 0}};
  versions[0].until.reset();
  versions[1].from = parse_date("1970-01-01");
  const Position position = place(rules, {"DE", {}});
  const auto governs = [&](int known, int fixed) {
    const std::vector<Fact> facts = {aware(1, known),
                                     {2, kFixed, hour(fixed), 0, Fact::Says::happened}};
    return derive(rules, position, {facts, {}}, hour(72)).at(0).stage.version;
  };
  EXPECT_EQ(governs(5, 9), 1);
  EXPECT_EQ(governs(9, 5), 0);
}

}  // namespace
}  // namespace weir::deadline
