// Lives of the whole platform under faults: the seeds that once failed, then as many new ones as
// are asked for. A failing life prints its seed and what happened; repeat it with --seed=N.
//
//   weir_sim_test [--seed=N] [--seconds=S] [--first=N]
#include <charconv>
#include <chrono>
#include <fstream>
#include <iostream>

#include <gtest/gtest.h>

#include "simulation.h"

namespace weir::sim {
namespace {

struct Wanted {
  std::uint64_t seed = 0;  // one life only; 0: all
  std::uint64_t first = 1;
  std::uint64_t seconds = 0;  // 0: a fixed number of lives
};
Wanted wanted;  // set by main() before the tests run

constexpr std::uint64_t kLives = 24 / WEIR_ONE_OF;

void live(std::uint64_t seed) {
  Simulation simulation(seed);
  simulation.run();
  if (testing::Test::HasFailure()) {
    FAIL() << "seed " << seed << "\n" << simulation.trace();
  }
}

TEST(Simulation, SeedsThatOnceFailed) {
  std::ifstream in(WEIR_SOURCE "/tests/sim/seeds.txt");
  ASSERT_TRUE(in);
  std::string line;
  while (!testing::Test::HasFailure() && std::getline(in, line)) {
    std::uint64_t seed = 0;
    const auto read = std::from_chars(line.data(), line.data() + line.size(), seed);
    if (read.ec == std::errc()) {
      live(seed);
    } else {
      ASSERT_TRUE(line.empty() || line[0] == '#') << line;
    }
  }
}

TEST(Simulation, LivesUnderFaults) {
  if (wanted.seed != 0) {
    live(wanted.seed);
    return;
  }
  const auto start = std::chrono::steady_clock::now();
  const auto is_over = [&](std::uint64_t lives) {
    return wanted.seconds == 0
               ? lives >= kLives
               : std::chrono::steady_clock::now() - start >= std::chrono::seconds(wanted.seconds);
  };
  std::uint64_t lives = 0;
  for (; !testing::Test::HasFailure() && !is_over(lives); ++lives) {
    live(wanted.first + lives);
  }
  std::cout << lives << " lives from seed " << wanted.first << "\n";
}

/// The oracle must be able to find what it is there for.
TEST(Oracle, FindsALeak) {
  Oracle oracle;
  oracle.people["ann"] = {"ann", "A"};
  oracle.people["bob"] = {"bob", "B", Person::Bound::yes};
  oracle.cases["C"].released["B"] = Level::exploit;
  oracle.agreements["B"] = Level::exploit;
  const std::string word = oracle.fresh_word();
  oracle.words[word] = {.reference = "C", .author = "ann"};
  EXPECT_TRUE(oracle.leaks("ann", "x " + word + "-exploit-1 y").empty());
  EXPECT_TRUE(oracle.leaks("bob", word + "-vendor-1").empty());
  EXPECT_EQ(oracle.leaks("bob", word + "-mitigation-1").size(), 1u) << "bound by law";
  EXPECT_EQ(oracle.leaks("", word + "-vendor-1").size(), 1u);
  oracle.people["bob"].bound = Person::Bound::no;
  EXPECT_TRUE(oracle.leaks("bob", word + "-mitigation-1").empty());
  EXPECT_EQ(oracle.leaks("bob", word + "-note").size(), 1u) << "no fix is public";
  oracle.cases["C"].vendors["V"] = {};
  oracle.cases["C"].counted["V"] = {};
  oracle.cases["C"].fixed.insert({"V", 1});
  EXPECT_TRUE(oracle.leaks("bob", word + "-exploit-1").empty());
  oracle.suspended.insert("B");
  EXPECT_EQ(oracle.leaks("bob", word + "-vendor-1").size(), 1u);
}

/// What is public of one vulnerability says nothing of the other.
TEST(Oracle, AsksOfEachVulnerabilityAlone) {
  Oracle oracle;
  oracle.people["lou"] = {"lou", "L", Person::Bound::no};
  sim::Case& known = oracle.cases["C"];
  known.vulnerabilities = 2;
  known.invited["L"] = Level::exploit;
  known.counted["V"] = {1};
  known.counted["W"] = {2};
  const std::string word = oracle.fresh_word();
  oracle.words[word] = {.reference = "C", .author = "ann"};
  EXPECT_EQ(oracle.leaks("lou", word + "-exploit-1").size(), 1u);
  known.fixed.insert({"V", 1});
  EXPECT_TRUE(oracle.leaks("lou", word + "-exploit-1").empty());
  EXPECT_EQ(oracle.leaks("lou", word + "-exploit-2").size(), 1u);
  EXPECT_EQ(oracle.leaks("lou", word + "-note").size(), 1u) << "it concerns both";
  known.counted["V"] = {};
  EXPECT_EQ(oracle.leaks("lou", word + "-exploit-2").size(), 1u);
  known.fixed.insert({"W", 2});
  EXPECT_EQ(oracle.leaks("lou", word + "-exploit-2").size(), 1u) << "V has not fixed it";
  known.fixed.insert({"V", 2});
  EXPECT_TRUE(oracle.leaks("lou", word + "-note").empty());
}

void set(std::string_view argument, std::string_view name, std::uint64_t& value) {
  if (argument.starts_with(name)) {
    argument.remove_prefix(name.size());
    std::from_chars(argument.data(), argument.data() + argument.size(), value);
  }
}

}  // namespace
}  // namespace weir::sim

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    weir::sim::set(argv[i], "--seed=", weir::sim::wanted.seed);
    weir::sim::set(argv[i], "--first=", weir::sim::wanted.first);
    weir::sim::set(argv[i], "--seconds=", weir::sim::wanted.seconds);
  }
  return RUN_ALL_TESTS();
}
