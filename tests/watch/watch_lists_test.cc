// What a list's keeper hears, and does not hear, as public records change.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/news.h"
#include "scene.h"

namespace weir::watch_tests {
namespace {

using app::as;
using app::code_of;
using policy::Fact;

constexpr const char* kMedium = "CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:U/C:L/I:L/A:L";    // 4.6
constexpr const char* kCritical = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";  // 9.8

TEST(WatchLists, WhatIsKnownAlreadyIsFoundAtOnceAndIsNoNews) {
  Scene scene;
  scene.osv({.id = "GHSA-1", .package = "anvil", .fixed = "2.0.0", .aliases = {"CVE-1"}});
  scene.osv({.id = "GHSA-2", .package = "anvil", .fixed = "1.0.0"});
  scene.osv({.id = "GHSA-3", .package = "tongs"});
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  EXPECT_FALSE(app::show_watch_list(scene.world.app(), as("rita"), list)->matched);
  scene.run();
  EXPECT_EQ(scene.told(list), "CVE-1 found");
  const auto shown = app::show_watch_list(scene.world.app(), as("rita"), list);
  ASSERT_TRUE(shown);
  EXPECT_TRUE(shown->matched);
  EXPECT_EQ(shown->open, 1);
  EXPECT_EQ(shown->unseen, 1);
  EXPECT_EQ(scene.news(), 0);
}

TEST(WatchLists, ANewRecordReportsJustTheNewMatch) {
  Scene scene;
  scene.osv({.id = "GHSA-1", .package = "anvil"});
  const std::string list =
      scene.add_products("shop", {"pkg:npm/anvil@1.5.0", "pkg:npm/tongs@1.0.0"});
  scene.run();
  const std::int64_t before = scene.last(list);
  scene.osv({.id = "GHSA-2", .package = "tongs"});
  scene.osv({.id = "GHSA-9", .package = "hammer"});
  const app::Watcher::Ran ran = scene.run();
  EXPECT_EQ(ran, (app::Watcher::Ran{.lists = 0, .records = 2, .items = 1, .changes = 1}));
  EXPECT_EQ(scene.told(list, before), "GHSA-2 found");
  EXPECT_EQ(scene.news(), 1);
  EXPECT_EQ(scene.run(), app::Watcher::Ran{});
}

TEST(WatchLists, MoreChangesThanOneBatchAreAllHeldAgainstIt) {
  Scene scene;
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  std::string lines;
  for (int i = 0; i < 10'001; ++i) {
    lines += fmt::format(R"({{"id":"N-{}","modified":"2026-01-01T00:00:00Z"}})"
                         "\n",
                         i);
  }
  scene.osv({.id = "A-1", .package = "anvil"});
  scene.import("many.ndjson", lines);
  scene.osv({.id = "A-2", .package = "anvil"});
  EXPECT_EQ(scene.run().records, 10'003);
  EXPECT_EQ(scene.told(list), "A-1 found, A-2 found");
  EXPECT_EQ(scene.run(), app::Watcher::Ran{});
}

TEST(WatchLists, WhyItMatchesIsKept) {
  Scene scene;
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  scene.osv({.id = "GHSA-1", .package = "anvil", .fixed = "2.0.0", .cvss = kCritical});
  scene.run();
  const auto found = scene.findings(list);
  ASSERT_EQ(found.size(), 1U);
  const watch::Finding& finding = found[0].finding;
  EXPECT_EQ(finding.score, 98);
  ASSERT_EQ(finding.evidence.size(), 1U);
  EXPECT_EQ(finding.evidence[0].source, advisory::Source::osv);
  EXPECT_EQ(finding.evidence[0].version, "1.5.0");
  EXPECT_EQ(finding.evidence[0].through, "package");
  EXPECT_EQ(finding.evidence[0].by, "npm anvil");
  EXPECT_EQ(finding.evidence[0].rule, "inside");
  EXPECT_EQ(finding.evidence[0].until, "< 2.0.0");
  EXPECT_EQ(finding.evidence[0].fix, "2.0.0");
}

TEST(WatchLists, ASecondSourceAndARepublishedRecordAreNoNews) {
  Scene scene;
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  scene.osv({.id = "GHSA-1", .package = "anvil", .aliases = {"CVE-1"}});
  scene.run();
  const std::int64_t before = scene.last(list);
  scene.osv({.id = "GHSA-1", .package = "anvil", .aliases = {"CVE-1"}});  // a new date and no more
  scene.osv({.id = "OTHER-1", .package = "anvil", .aliases = {"CVE-1"}});
  scene.nvd("CVE-1", "", "");
  EXPECT_EQ(scene.run().records, 3);
  EXPECT_EQ(scene.told(list, before), "");
  EXPECT_EQ(scene.news(), 1);
  EXPECT_EQ(scene.findings(list)[0].finding.evidence.size(), 2U);
}

TEST(WatchLists, WhatCeasedSaysWhy) {
  Scene scene;
  scene.osv({.id = "A-1", .package = "anvil"});
  scene.osv({.id = "A-2", .package = "anvil"});
  scene.osv({.id = "A-3", .package = "anvil"});
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  const std::int64_t before = scene.last(list);
  scene.osv({.id = "A-1", .package = "anvil", .fixed = "1.0.0"});
  scene.osv({.id = "A-2", .package = "anvil", .is_withdrawn = true});
  scene.remove("A-3");
  scene.run();
  EXPECT_EQ(scene.told(list, before), "A-1 narrowed, A-2 withdrawn, A-3 withdrawn");
  EXPECT_EQ(scene.news(), 3);
  EXPECT_TRUE(scene.findings(list, {.which = app::WhichFindings::open}).empty());
  const std::int64_t then = scene.last(list);
  scene.osv({.id = "A-1", .package = "anvil", .fixed = "2.0.0"});
  scene.run();
  EXPECT_EQ(scene.told(list, then), "A-1 returned");
}

TEST(WatchLists, UrgencyIsToldOnceWhateverSaysIt) {
  Scene scene;
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  scene.osv({.id = "GHSA-1", .package = "anvil", .aliases = {"CVE-1"}, .cvss = kMedium});
  scene.run();
  std::int64_t before = scene.last(list);
  const auto then = [&] {
    scene.run();
    std::string told = scene.told(list, before);
    before = scene.last(list);
    return told;
  };
  scene.kev("CVE-1");
  EXPECT_EQ(then(), "CVE-1 exploited");
  scene.nvd("CVE-1", "", "", kCritical);
  EXPECT_EQ(then(), "CVE-1 worsened");
  scene.epss("CVE-1", 99'999);
  EXPECT_EQ(then(), "");
  scene.epss("CVE-1", 100'000);
  EXPECT_EQ(then(), "CVE-1 likely");
  scene.epss("CVE-1", 900'000);
  EXPECT_EQ(then(), "");
  scene.kev("CVE-1");
  EXPECT_EQ(then(), "");
  EXPECT_EQ(scene.findings(list).size(), 1U);
}

TEST(WatchLists, ProductsWithoutAVersionHearOfEverything) {
  Scene scene;
  const std::string list =
      scene.add("gateways", R"({"products":[{"vendor":"Lark","product":"Gate"},)"
                            R"({"vendor":"Lark","product":"Door","version":"3.0"}]})");
  scene.run();
  scene.nvd("CVE-1", "gate", "2.0");
  scene.nvd("CVE-2", "door", "2.0");
  scene.nvd("CVE-3", "door", "4.0");
  scene.nvd("CVE-4", "fence", "4.0");
  scene.run();
  EXPECT_EQ(scene.told(list), "CVE-3 found, CVE-1 found");
}

TEST(WatchLists, TheNextVersionOfAProductKeepsWhatIsKnown) {
  Scene scene;
  scene.osv({.id = "A-1", .package = "anvil", .fixed = "2.0.0"});
  scene.osv({.id = "A-2", .package = "anvil", .fixed = "1.6.0"});
  scene.osv({.id = "A-3", .package = "tongs"});
  scene.osv({.id = "A-4", .package = "hammer"});
  const std::string list =
      scene.add_products("shop 1", {"pkg:npm/anvil@1.5.0", "pkg:npm/tongs@1.0.0"});
  scene.run();
  const auto first = scene.findings(list);
  ASSERT_EQ(first.size(), 3U);
  // False positives stay set aside: their reason is about the component, not its version.
  ASSERT_TRUE(app::suppress_finding(scene.world.app(), as("rita"), list, first[0].reference,
                                    "we do not call it", std::nullopt));
  const std::int64_t before = scene.last(list);
  ASSERT_TRUE(app::replace_watch_list(scene.world.app(), as("rita"), list,
                                      products({"pkg:npm/anvil@1.7.0", "pkg:npm/hammer@1.0.0"})));
  scene.run();
  EXPECT_EQ(scene.told(list, before), "A-2 left, A-4 found, A-3 left");
  EXPECT_EQ(scene.news(), 1);
  const auto open = scene.findings(list, {.which = app::WhichFindings::open});
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].finding.ids.front(), "A-4");
  EXPECT_TRUE(scene.findings(list)[0].aside);
}

TEST(WatchLists, WhatIsSetAsideIsNotToldUntilItsTimeIsOver) {
  Scene scene;
  scene.osv({.id = "GHSA-1", .package = "anvil", .aliases = {"CVE-1"}});
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  const std::string finding = scene.findings(list)[0].reference;
  const Instant until = scene.world.clock.now() + std::chrono::hours(24);
  ASSERT_TRUE(
      app::suppress_finding(scene.world.app(), as("rita"), list, finding, "next week", until));
  EXPECT_EQ(scene.findings(list)[0].aside->reason, "next week");
  EXPECT_EQ(scene.findings(list)[0].aside->by, "rita");
  scene.kev("CVE-1");
  scene.run();
  EXPECT_EQ(scene.news(), 0);
  EXPECT_TRUE(scene.findings(list, {.which = app::WhichFindings::open}).empty());
  scene.world.clock.advance(std::chrono::hours(24));
  EXPECT_EQ(scene.findings(list, {.which = app::WhichFindings::open}).size(), 1U);
  EXPECT_FALSE(scene.findings(list)[0].aside);
  ASSERT_TRUE(app::suppress_finding(scene.world.app(), as("rita"), list, finding, "never mind",
                                    std::nullopt));
  ASSERT_TRUE(app::restore_finding(scene.world.app(), as("rita"), list, finding));
  EXPECT_EQ(scene.findings(list, {.which = app::WhichFindings::open}).size(), 1U);
}

TEST(WatchLists, WhatIsSeenIsSeenUntilSomethingHappens) {
  Scene scene;
  scene.osv({.id = "GHSA-1", .package = "anvil", .aliases = {"CVE-1"}});
  scene.osv({.id = "GHSA-2", .package = "anvil"});
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  const auto unseen = [&] {
    return scene.findings(list, {.which = app::WhichFindings::unseen}).size();
  };
  EXPECT_EQ(unseen(), 2U);
  ASSERT_TRUE(app::mark_watch_seen(scene.world.app(), as("rita"), list, 1));
  EXPECT_EQ(unseen(), 1U);
  ASSERT_TRUE(app::mark_watch_seen(scene.world.app(), as("rita"), list, scene.last(list)));
  EXPECT_EQ(unseen(), 0U);
  scene.kev("CVE-1");
  scene.run();
  EXPECT_EQ(unseen(), 1U);
}

TEST(WatchLists, NewsGoesOutForWhatTheKeeperWantsToHear) {
  Scene scene;
  const std::string bytes = products({"pkg:npm/anvil@1.5.0"});
  scene.add("nothing", bytes, app::Tell::nothing);
  scene.run();
  const auto told_by = [&](app::Tell tell, const OsvRecord& record, bool is_exploited) {
    const std::string list = scene.add(std::string(app::name(tell)) + record.id, bytes, tell);
    scene.run();
    const std::int64_t before = scene.news();
    scene.osv(record);
    if (is_exploited) {
      scene.kev(record.aliases.at(0));
    }
    scene.run();
    const std::int64_t told = scene.news() - before;
    EXPECT_TRUE(app::remove_watch_list(scene.world.app(), as("rita"), list));
    return told;
  };
  using app::Tell;
  EXPECT_EQ(told_by(Tell::all, {.id = "A-1", .package = "anvil", .cvss = kMedium}, false), 1);
  EXPECT_EQ(told_by(Tell::high, {.id = "A-2", .package = "anvil", .cvss = kMedium}, false), 0);
  EXPECT_EQ(told_by(Tell::high, {.id = "A-3", .package = "anvil"}, false), 1);
  EXPECT_EQ(told_by(Tell::high, {.id = "A-4", .package = "anvil", .cvss = kCritical}, false), 1);
  EXPECT_EQ(told_by(Tell::critical, {.id = "A-5", .package = "anvil"}, false), 0);
  EXPECT_EQ(told_by(Tell::critical, {.id = "A-6", .package = "anvil", .cvss = kCritical}, false),
            1);
  EXPECT_EQ(told_by(Tell::exploited, {.id = "A-7", .package = "anvil", .cvss = kCritical}, false),
            0);
  EXPECT_EQ(told_by(Tell::exploited,
                    {.id = "A-8", .package = "anvil", .aliases = {"CVE-8"}, .cvss = kMedium}, true),
            1);
}

TEST(WatchLists, AListIsMutedUntilATimeAndHasItsOwnPace) {
  Scene scene;
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  const Instant until = scene.world.clock.now() + std::chrono::hours(24);
  const auto set = [&](const app::WatchSettings& settings) {
    return app::set_watch_list(scene.world.app(), as("rita"), list, settings);
  };
  EXPECT_EQ(set({.muted_until = until})->muted_until, until);
  scene.osv({.id = "GHSA-1", .package = "anvil"});
  scene.run();
  EXPECT_EQ(scene.told(list), "GHSA-1 found") << "it is there to be read";
  EXPECT_EQ(scene.news(), 0);
  scene.world.clock.advance(std::chrono::hours(24));
  EXPECT_FALSE(app::show_watch_list(scene.world.app(), as("rita"), list)->muted_until);
  EXPECT_EQ(set({.pace = app::Pace::daily})->pace, app::Pace::daily);
  ASSERT_TRUE(app::replace_watch_list(scene.world.app(), as("rita"), list,
                                      products({"pkg:npm/anvil@1.6.0"})));
  scene.run();
  scene.osv({.id = "GHSA-2", .package = "anvil"});
  scene.run();
  EXPECT_EQ(scene.news(), 1);
  EXPECT_EQ(scene.world.number("SELECT COUNT(*) FROM outbox WHERE due_at_ms <= " +
                               std::to_string(scene.world.clock.now().ms)),
            0)
      << "the channel's pace is at once, the list's is not";
  EXPECT_EQ(scene.world.number("SELECT COUNT(*) FROM outbox"), 1);
}

TEST(WatchLists, WhatAMakerSaysSuppressesInTheListThatHasIt) {
  Scene scene;
  scene.osv({.id = "GHSA-1", .package = "anvil", .aliases = {"CVE-2026-1"}});
  const std::string with = scene.add_products("with", {"pkg:npm/anvil@1.5.0"});
  const std::string without = scene.add_products("without", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  const std::string vex =
      R"({"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://lark.example/1","author":"Lark",)"
      R"("timestamp":"2026-01-01T00:00:00Z","version":1,"statements":[{"vulnerability":{"name":)"
      R"("CVE-2026-1"},"products":[{"@id":"pkg:npm/anvil@1.5.0"}],"status":"not_affected",)"
      R"("justification":"vulnerable_code_not_present"}]})";
  const auto added = app::add_watch_statements(scene.world.app(), as("rita"), with, vex);
  ASSERT_TRUE(added) << app::said(added);
  EXPECT_EQ(added->statements, 1);
  scene.run();
  const auto kept = scene.findings(with);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].finding.state, watch::State::suppressed);
  EXPECT_EQ(kept[0].finding.suppressed->author, "Lark");
  EXPECT_EQ(kept[0].finding.suppressed->reason, "vulnerable_code_not_present");
  EXPECT_EQ(scene.findings(without)[0].finding.state, watch::State::open);
  EXPECT_EQ(scene.news(), 0);
  // What is said holds for the next version of the list too, until it is taken back.
  ASSERT_TRUE(app::replace_watch_list(scene.world.app(), as("rita"), with,
                                      products({"pkg:npm/anvil@1.5.0", "pkg:npm/tongs@1.0.0"})));
  scene.run();
  EXPECT_EQ(scene.findings(with)[0].finding.state, watch::State::suppressed);
  ASSERT_TRUE(app::remove_watch_statements(scene.world.app(), as("rita"), with));
  scene.run();
  EXPECT_EQ(scene.findings(with)[0].finding.state, watch::State::open);
  EXPECT_EQ(scene.news(), 1);
}

TEST(WatchLists, APausedListHearsOfItAfterwards) {
  Scene scene;
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  ASSERT_TRUE(app::set_watch_list(scene.world.app(), as("rita"), list, {.paused = Fact::yes}));
  scene.osv({.id = "A-1", .package = "anvil"});
  EXPECT_EQ(scene.run().changes, 0);
  EXPECT_EQ(scene.news(), 0);
  ASSERT_TRUE(app::set_watch_list(scene.world.app(), as("rita"), list, {.paused = Fact::no}));
  scene.run();
  EXPECT_EQ(scene.told(list), "A-1 found");
  EXPECT_EQ(scene.news(), 1);
}

TEST(WatchLists, APublicDatabaseThatIsMadeAnewReportsNothingTwice) {
  Scene scene;
  scene.osv({.id = "GHSA-1", .package = "anvil", .aliases = {"CVE-1"}});
  scene.osv({.id = "A-2", .package = "anvil"});
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  scene.kev("CVE-1");
  scene.run();
  const std::int64_t before = scene.last(list);
  const std::int64_t news = scene.news();
  scene.start_anew();
  EXPECT_EQ(scene.run(), app::Watcher::Ran{});  // nothing in it: nothing is known
  scene.osv({.id = "A-9", .package = "tongs"});
  scene.run();
  scene.osv({.id = "A-2", .package = "anvil"});
  scene.run();
  scene.osv({.id = "GHSA-1", .package = "anvil", .aliases = {"CVE-1"}});
  scene.run();
  scene.kev("CVE-1");
  scene.run();
  EXPECT_EQ(scene.told(list, before), "");
  EXPECT_EQ(scene.news(), news);
  EXPECT_EQ(scene.findings(list, {.which = app::WhichFindings::open}).size(), 2U);
  // And it is followed from there.
  scene.osv({.id = "A-3", .package = "anvil"});
  scene.run();
  EXPECT_EQ(scene.told(list, before), "A-3 found");
}

TEST(WatchLists, ARestartGoesOnWhereItWas) {
  Scene scene;
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  scene.osv({.id = "GHSA-1", .package = "anvil", .aliases = {"CVE-1"}});
  scene.run();
  scene.forget();
  EXPECT_EQ(scene.run(), app::Watcher::Ran{});
  scene.kev("CVE-1");
  scene.osv({.id = "A-2", .package = "anvil"});
  scene.forget();
  scene.run();
  EXPECT_EQ(scene.told(list), "CVE-1 exploited, A-2 found");
  EXPECT_EQ(scene.news(), 3);
}

TEST(WatchLists, ListsWaitUntilSomethingIsImported) {
  Scene scene(Scene::Records::empty);
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  EXPECT_EQ(scene.run(), app::Watcher::Ran{});
  EXPECT_FALSE(app::show_watch_list(scene.world.app(), as("rita"), list)->matched);
  scene.osv({.id = "A-1", .package = "anvil"});
  EXPECT_EQ(scene.run().lists, 1);
  EXPECT_EQ(scene.told(list), "A-1 found");
}

TEST(WatchLists, AListBeyondItsLimitStopsAndSaysSo) {
  Scene scene;
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  // As many as there may be, of other items.
  ASSERT_TRUE(scene.world.app().db.execute([&](store::Tx& tx) {
    return tx.run(
        "INSERT INTO watch_finding (ref, list, item, number, state, seen, sealed) WITH RECURSIVE n "
        "(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT 'f' || i, (SELECT id "
        "FROM watch_list), x'00', -i, 2, 1, x'00' FROM n",
        {app::kMaxWatchFindings});
  }));
  scene.osv({.id = "A-1", .package = "anvil"});
  EXPECT_EQ(scene.run().changes, 1);
  const auto shown = app::show_watch_list(scene.world.app(), as("rita"), list);
  EXPECT_FALSE(shown->problem.empty());
  EXPECT_EQ(shown->open, 0);
  EXPECT_EQ(scene.news(), 0);
  scene.osv({.id = "A-2", .package = "anvil"});
  EXPECT_EQ(scene.run().changes, 0);
}

TEST(WatchLists, AnotherOrganisationsListIsAbsent) {
  Scene scene;
  scene.osv({.id = "A-1", .package = "anvil"});
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  const std::string finding = scene.findings(list)[0].reference;
  app::App& app = scene.world.app();
  for (const char* other : {"acma", "ada", "cora"}) {
    const app::Actor actor = as(other);
    EXPECT_TRUE(app::watch_lists(app, actor)->empty());
    const auto same = [&](const auto& result) {
      const auto none = app::show_watch_list(app, actor, "nothing");
      return !result && text(result.error()) == text(none.error());
    };
    EXPECT_TRUE(same(app::show_watch_list(app, actor, list)));
    EXPECT_TRUE(same(app::watch_items(app, actor, list)));
    EXPECT_TRUE(same(app::watch_findings(app, actor, list)));
    EXPECT_TRUE(same(app::replace_watch_list(app, actor, list, products({"pkg:npm/a@1"}))));
    EXPECT_TRUE(same(app::set_watch_list(app, actor, list, {.name = "mine"})));
    EXPECT_TRUE(same(app::remove_watch_list(app, actor, list)));
    EXPECT_TRUE(same(app::remove_watch_statements(app, actor, list)));
    EXPECT_TRUE(same(app::mark_watch_seen(app, actor, list, 1)));
    EXPECT_TRUE(same(app::suppress_finding(app, actor, list, finding, "mine", std::nullopt)));
    EXPECT_TRUE(same(app::restore_finding(app, actor, list, finding)));
  }
  // And a finding of one list is none of another's.
  const std::string second = scene.add_products("second", {"pkg:npm/tongs@1.0.0"});
  EXPECT_EQ(code_of(app::suppress_finding(app, as("rita"), second, finding, "x", std::nullopt)),
            Code::not_found);
  EXPECT_EQ(scene.news(), 0);
  EXPECT_EQ(scene.findings(list).size(), 1U);
}

TEST(WatchLists, NewsGoesToTheOrganisationAlone) {
  Scene scene;
  ASSERT_TRUE(app::add_channel(scene.world.app(), as("acma"), {.address = "acma@acme.example"}));
  const std::string mine = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  const auto theirs = app::add_watch_list(
      scene.world.app(), as("acma"), {.name = "shop", .bytes = products({"pkg:npm/tongs@1.0.0"})});
  ASSERT_TRUE(theirs);
  scene.run();
  scene.osv({.id = "A-1", .package = "anvil"});
  scene.run();
  EXPECT_EQ(scene.news(), 1);
  EXPECT_EQ(scene.world.number("SELECT COUNT(*) FROM news WHERE channel IN (SELECT c.id FROM "
                               "news_channel c JOIN account a ON a.id = c.account WHERE a.handle = "
                               "'acma')"),
            0);
  EXPECT_EQ(scene.told(mine), "A-1 found");
}

TEST(WatchLists, ChangesUnderWayAreNotLost) {
  Scene scene;
  scene.osv({.id = "A-1", .package = "anvil"});
  scene.osv({.id = "A-2", .package = "tongs"});
  const std::string list = scene.add_products("shop", {"pkg:npm/anvil@1.5.0"});
  scene.run();
  // The watcher has read the list as it was before.
  ASSERT_TRUE(app::replace_watch_list(scene.world.app(), as("rita"), list,
                                      products({"pkg:npm/tongs@1.0.0"})));
  scene.osv({.id = "A-3", .package = "tongs"});
  scene.run();
  EXPECT_EQ(scene.findings(list, {.which = app::WhichFindings::open}).size(), 2U);
  EXPECT_TRUE(app::remove_watch_list(scene.world.app(), as("rita"), list));
  scene.osv({.id = "A-4", .package = "tongs"});
  EXPECT_EQ(scene.run().changes, 0);
  for (const char* table : {"watch_list", "watch_chunk", "watch_statements", "watch_finding"}) {
    EXPECT_EQ(scene.world.number(std::string("SELECT COUNT(*) FROM ") + table), 0) << table;
  }
}

}  // namespace
}  // namespace weir::watch_tests
