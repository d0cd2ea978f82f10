// What holds for every history, tried on random ones from a fixed seed. A failure prints the
// history in the notation of *.cases: paste it there.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "notation.h"

namespace weir::deadline::testing {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEIR_SLOW 1
#endif
#endif
#ifdef WEIR_SLOW
constexpr int kHistories = 100'000;
#else
constexpr int kHistories = 1'000'000;
#endif
constexpr std::size_t kMostFacts = 6;

class Histories {
 public:
  Histories() {
    for (const auto& [name, position] : positions()) {
      if (!position.entries.empty()) {
        names_.push_back(name);
      }
    }
  }
  const std::string& who() { return names_[below(names_.size())]; }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }
  /// In the autumn of 2026, around both the start of the CRA and the change of the clock.
  Instant instant() {
    constexpr std::int64_t kStart = 1'788'000'000'000;  // 2026-08-29
    return {kStart + static_cast<std::int64_t>(below(90 * 86'400)) * 1000};
  }
  /// Facts of events that the position's regimes know, corrections, and filings of their stages.
  Facts make(const Position& position) {
    Facts made;
    const std::size_t count = 1 + below(kMostFacts);
    for (std::size_t i = 0; i < count; ++i) {
      const Position::Entry& entry = position.entries[below(position.entries.size())];
      const Version& version = rules().regimes[entry.regime].versions[entry.version];
      if (!version.stages.empty() && below(4) == 0) {
        const auto stage = static_cast<std::uint16_t>(below(version.stages.size()));
        made.filings.push_back({{entry.regime, entry.version, stage}, instant(), engine_()});
        continue;
      }
      made.facts.push_back(fact(version, made));
    }
    return made;
  }
  std::mt19937_64& engine() { return engine_; }

 private:
  Fact fact(const Version& version, const Facts& before) {
    Fact made;
    made.id = static_cast<std::int64_t>(before.facts.size()) + 1;
    made.at = instant();
    if (!before.facts.empty() && below(5) == 0) {
      const Fact& corrected = before.facts[below(before.facts.size())];
      made.event = corrected.event;
      made.supersedes = corrected.id;
      made.says = below(4) == 0 ? Fact::Says::did_not : Fact::Says::happened;
      return made;
    }
    std::uint64_t events = 0;
    for (const Any& any : version.opens) {
      events |= any.events;
    }
    for (const Stage& stage : version.stages) {
      for (const Any& any : stage.when) {
        events |= any.events;
      }
    }
    std::vector<std::uint8_t> list;
    for (std::uint8_t i = 0; i < 64; ++i) {
      if ((events >> i & 1U) != 0) {
        list.push_back(i);
      }
    }
    made.event = list[below(list.size())];
    return made;
  }
  std::mt19937_64 engine_{20'260'911};
  std::vector<std::string> names_;
};

bool same_instants(const Obligation& a, const Obligation& b) {
  return a.stage == b.stage && a.start == b.start && a.due == b.due && a.last == b.last;
}

TEST(DeadlineProperties, AnyHistory) {
  Histories histories;
  int open = 0;
  int moved = 0;
  for (int i = 0; i < kHistories; ++i) {
    const std::string& who = histories.who();
    const Position& position = positions().at(who);
    const Facts facts = histories.make(position);
    const Instant now = histories.instant();
    const auto say = [&] { return who + " | " + text_of(facts) + " | " + to_rfc3339(now); };
    const std::vector<Obligation> found = derive(rules(), position, facts.history(), now);

    // 1. Order does not matter.
    Facts shuffled = facts;
    std::ranges::shuffle(shuffled.facts, histories.engine());
    std::ranges::shuffle(shuffled.filings, histories.engine());
    ASSERT_EQ(derive(rules(), position, shuffled.history(), now), found) << say();

    // 3. Nothing changes before next_change(), and if no fact is to come, something does at it.
    const auto next = next_change(rules(), position, facts.history(), now);
    const Instant before = next ? *next - Duration(1) : now + std::chrono::hours(24 * 4000);
    ASSERT_EQ(derive(rules(), position, facts.history(), before), found) << say();
    const bool is_all_known =
        std::ranges::all_of(facts.facts, [&](const Fact& f) { return f.at <= now; }) &&
        std::ranges::all_of(facts.filings, [&](const Filing& f) { return f.at <= now; });
    if (next && is_all_known) {
      ++moved;
      const auto after = derive(rules(), position, facts.history(), *next);
      ASSERT_NE(after, found) << say();
      // 2. And still no instant has moved.
      ASSERT_TRUE(std::ranges::equal(after, found, same_instants)) << say();
    }
    for (const Obligation& one : found) {
      open += is_open(one.state) ? 1 : 0;
      ASSERT_TRUE(!one.due || *one.due <= one.last) << say();
    }
  }
  // Else the histories are too dull to show anything.
  EXPECT_GT(open, kHistories / 10);
  EXPECT_GT(moved, kHistories / 100);
}

TEST(DeadlineProperties, ASecondFactBuysNoTime) {
  Histories histories;
  for (int i = 0; i < 20'000; ++i) {
    const Position& position = positions().at(histories.who());
    Facts facts = histories.make(position);
    const Instant now = histories.instant();
    const auto found = derive(rules(), position, facts.history(), now);
    if (facts.facts.empty()) {
      continue;
    }
    // The same event again, later than a fact of it that stands.
    const Fact& first = facts.facts[histories.below(facts.facts.size())];
    const bool stands = first.says == Fact::Says::happened &&
                        std::ranges::none_of(facts.facts, [&](const Fact& other) {
                          return other.supersedes == first.id;
                        });
    if (!stands) {
      continue;
    }
    Fact again = first;
    again.id = 100;
    again.supersedes = 0;
    again.at = again.at + std::chrono::hours(5);
    facts.facts.push_back(again);
    ASSERT_EQ(derive(rules(), position, facts.history(), now), found) << text_of(facts);
  }
}

}  // namespace
}  // namespace weir::deadline::testing
