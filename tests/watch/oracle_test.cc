// After any sequence of what can happen, what a list holds open is what matching all of it with all
// of the database gives: by another way, which knows nothing of changes.
#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "catalog/catalog.h"
#include "catalog/record.h"
#include "match/match.h"
#include "scene.h"

namespace weir::watch_tests {
namespace {

using app::as;

/// item → ids of the vulnerability → "source id version" of each record that says so
using State = std::map<std::string, std::map<std::vector<std::string>, std::set<std::string>>>;

State kept(Scene& scene, const std::string& list) {
  State state;
  for (const app::FindingView& one : scene.findings(list, {.which = app::WhichFindings::open})) {
    std::set<std::string>& records = state[one.finding.item][one.finding.ids];
    EXPECT_TRUE(records.empty()) << "twice: " << one.finding.ids.front();
    for (const watch::Evidence& evidence : one.finding.evidence) {
      records.insert(
          fmt::format("{} {} {}", advisory::name(evidence.source), evidence.id, evidence.version));
    }
  }
  return state;
}

State matched(Scene& scene, const std::string& list) {
  const auto tx = scene.records().read();
  CHECK(tx.has_value());
  match::Matcher matcher([&](std::string_view key) -> Result<std::vector<match::Entry>> {
    std::vector<match::Entry> entries;
    for (const catalog::Candidate& one : TRY(catalog::candidates(**tx, key))) {
      entries.push_back({one.source, one.id, one.part, one.affected});
    }
    return entries;
  });
  State state;
  const auto items = app::watch_items(scene.world.app(), as("rita"), list);
  CHECK(items.has_value());
  for (const watch::Item& item : *items) {
    for (const watch::Part& part : item.parts) {
      const match::Target target = watch::target_of(part);
      for (const match::Answer& answer : *matcher.ask({&target, 1}, match::Wanted::findings)) {
        const auto known = catalog::known(**tx, answer.id);
        CHECK(known && *known);
        state[item.key][(*known)->ids].insert(
            fmt::format("{} {} {}", advisory::name(answer.source), answer.id, target.version));
      }
    }
  }
  return state;
}

/// Small worlds, so that things meet: 4 packages, 8 flaws with two names each.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t most) {
    return static_cast<unsigned char>(random_.bytes(1)[0]) % most;
  }
  std::string package() { return "p" + std::to_string(below(4)); }
  std::string flaw() { return "CVE-2026-000" + std::to_string(below(8)); }
  std::string record() { return "GHSA-" + std::to_string(below(8)); }
  std::string version() { return std::to_string(1 + below(4)) + ".0.0"; }

 private:
  SeededRandom random_;
};

void change_records(Scene& scene, Chance& chance) {
  switch (chance.below(8)) {
    case 0:
    case 1:
    case 2: {
      OsvRecord record{
          .id = chance.record(), .package = chance.package(), .fixed = chance.version()};
      for (std::size_t i = chance.below(3); i > 0; --i) {
        record.aliases.push_back(chance.flaw());
      }
      record.is_withdrawn = chance.below(6) == 0;
      scene.osv(record);
      return;
    }
    case 3:
      scene.osv({.id = chance.record()});  // about nothing any more
      return;
    case 4:
      scene.nvd(chance.flaw(), chance.package(), chance.version());
      return;
    case 5:
      scene.kev(chance.flaw());
      return;
    case 6:
      scene.epss(chance.flaw(), static_cast<std::int64_t>(chance.below(10)) * 30'000);
      return;
    case 7:
      scene.remove(chance.record());
      return;
    default:
      return;
  }
}

std::string some_products(Chance& chance) {
  std::string all;
  for (std::size_t i = 1 + chance.below(5); i > 0; --i) {
    all += all.empty() ? "" : ",";
    all += chance.below(3) == 0
               ? fmt::format(R"({{"vendor":"lark","product":"{}","version":"{}"}})",
                             chance.package(), chance.version())
               : fmt::format(R"({{"purl":"pkg:npm/{}@{}"}})", chance.package(), chance.version());
  }
  return R"({"products":[)" + all + "]}";
}

void change_list(Scene& scene, Chance& chance, const std::string& list) {
  app::App& app = scene.world.app();
  switch (chance.below(4)) {
    case 0:
      EXPECT_TRUE(app::replace_watch_list(app, as("rita"), list, some_products(chance)));
      return;
    case 1:
      EXPECT_TRUE(app::set_watch_list(app, as("rita"), list, {.paused = policy::Fact::yes}));
      return;
    case 2:
      EXPECT_TRUE(app::set_watch_list(app, as("rita"), list, {.tell = app::Tell::high}));
      return;
    case 3:
      scene.forget();
      return;
    default:
      return;
  }
}

class Oracle : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Oracle, WhatIsOpenIsWhatMatchingEverythingGives) {
  Scene scene;
  Chance chance(GetParam());
  scene.osv({.id = "GHSA-0", .package = "p0"});
  const std::vector<std::string> lists = {scene.add("one", some_products(chance)),
                                          scene.add("two", some_products(chance))};
  for (int step = 0; step < 60; ++step) {
    if (chance.below(8) == 0) {
      change_list(scene, chance, lists[chance.below(2)]);
    } else {
      change_records(scene, chance);
    }
    if (chance.below(3) != 0) {
      continue;  // several at once
    }
    for (const std::string& list : lists) {
      ASSERT_TRUE(
          app::set_watch_list(scene.world.app(), as("rita"), list, {.paused = policy::Fact::no}));
    }
    scene.run();
    for (const std::string& list : lists) {
      ASSERT_EQ(kept(scene, list), matched(scene, list))
          << "seed " << GetParam() << " step " << step;
    }
    EXPECT_EQ(scene.run(), app::Watcher::Ran{});
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Oracle, testing::Range<std::uint64_t>(0, 12));

}  // namespace
}  // namespace weir::watch_tests
