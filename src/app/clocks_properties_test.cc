// What holds for every history, at the level of the application: random facts, corrections and
// filings from a fixed seed, entered by people, held against the engine alone.
#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "app/clock_rows.h"
#include "app/clocks_world.h"
#include "app/filings.h"

namespace weir::app {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class ClocksProperties : public ClocksWorld {
 protected:
  static constexpr int kHistories = 12;
  static constexpr int kSteps = 12;

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }

  /// A fact of some event, or a correction of an earlier one; refused ones are no steps.
  void enter_some(const std::string& reference) {
    static const std::vector<std::string> kEvents = {"flaw_known",        "exploitation_known",
                                                     "measure_available", "fix_public",
                                                     "users_informed",    "interim_requested"};
    NewFact made =
        fact(kEvents[below(kEvents.size())], -minutes(static_cast<std::int64_t>(below(60 * 200))));
    const auto before = facts(world.app(), as("vera"), reference);
    if (before && !before->empty() && below(3) == 0) {
      const FactView& one = (*before)[below(before->size())];
      made.event = one.event;
      made.corrects = one.number;
      made.says = below(3) == 0 ? deadline::Fact::Says::did_not : deadline::Fact::Says::happened;
    }
    const auto done = enter_fact(world.app(), laws(), as("vera"), reference, made);
    EXPECT_TRUE(done) << said(done);
  }

  /// The early warning, if it is due.
  void file_some(const std::string& reference) {
    for (const BoardRow& row : rows("vera", {.case_reference = reference})) {
      if (row.stage == "early_warning") {
        const auto draft = save_draft(world.app(), laws(), as("vera"), row.obligation,
                                      {{"vulnerability", "yes"}, {"member_states", "DE"}});
        ASSERT_TRUE(draft) << said(draft);
        const auto done = submit_filing(world.app(), laws(), as("vera"), *draft, {});
        EXPECT_TRUE(done) << said(done);
        return;
      }
    }
  }

  /// What the engine says of the stored facts and filings, in any order.
  std::map<std::string, BoardRow> derived(const std::string& reference) {
    std::map<std::string, BoardRow> found;
    const auto tx = world.db().read();
    const auto file = load_named_case(**tx, reference);
    const auto beta = load_organisation(**tx, "BETA");
    Basis basis = *load_basis(**tx, world.app(), laws(), {file->id, beta->id, beta->id});
    std::ranges::shuffle(basis.facts, engine_);
    std::ranges::shuffle(basis.filings, engine_);
    for (const deadline::Obligation& one :
         deadline::derive(laws().rules, basis.position, basis.history(), world.clock.now())) {
      BoardRow row;
      row.state = one.state;
      row.due = one.state == deadline::State::not_triggered ? std::nullopt : one.due;
      row.met = one.met;
      found[deadline::text(laws().rules, one.stage)] = row;
    }
    return found;
  }

  void compare(const std::string& reference) {
    const auto expected = derived(reference);
    std::map<std::string, BoardRow> shown;
    for (const BoardRow& row :
         rows("vera", {.case_reference = reference, .which = BoardFilter::Which::all})) {
      shown[row.regime + "/" + row.stage] = row;
    }
    ASSERT_EQ(shown.size(), expected.size());
    for (const auto& [stage, row] : expected) {
      ASSERT_TRUE(shown.contains(stage)) << stage;
      EXPECT_EQ(shown[stage].state, row.state) << stage;
      EXPECT_EQ(shown[stage].due, row.due) << stage;
      EXPECT_EQ(shown[stage].met, row.met) << stage;
    }
  }

  std::mt19937_64 engine_{5};
};

TEST_F(ClocksProperties, TheBoardIsWhatTheEngineSaysAtEveryMoment) {
  for (int history = 0; history < kHistories; ++history) {
    const std::string reference = world.report("vera");
    std::int64_t entered = 0;
    for (int i = 0; i < kSteps; ++i) {
      if (below(5) == 0) {
        file_some(reference);
      } else {
        enter_some(reference);
        ++entered;
      }
      world.clock.advance(minutes(static_cast<std::int64_t>(below(60 * 30))));
      compare(reference);
    }
    EXPECT_EQ(facts(world.app(), as("vera"), reference)->size(), entered) << "nothing is erased";
    EXPECT_EQ(world.count(reference, "fact_entered"), entered);
  }
}

}  // namespace
}  // namespace weir::app
