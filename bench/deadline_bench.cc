// Clocks: recomputing what is due, with the real laws and a manufacturer on three markets.
#include <algorithm>

#include <benchmark/benchmark.h>

#include "regimes/regimes.h"

namespace {

using namespace weir;
using namespace weir::deadline;

constexpr std::int64_t kNow = 1'790'900'000'000;  // autumn of 2026

const Rules& rules() {
  static const Rules kRules = regimes::load(regimes::builtin()).value();
  return kRules;
}

Fact fact(std::int64_t id, std::string_view event, std::int64_t hours_ago) {
  return {
      id, rules().event(event).value(), {kNow - hours_ago * 3'600'000}, 0, Fact::Says::happened};
}

/// One case: what is known of a flaw and of an incident, and one filing.
struct Case {
  std::vector<Fact> facts;
  std::vector<Filing> filings;
};
std::vector<Case> make_cases(std::size_t count) {
  const Regime* cra = rules().find_regime("eu-cra");
  const auto number = static_cast<std::uint16_t>(cra - rules().regimes.data());
  std::vector<Case> cases(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto ago = static_cast<std::int64_t>(i % 400);
    cases[i].facts = {fact(1, "flaw_known", ago + 9), fact(2, "exploitation_known", ago + 5),
                      fact(3, "incident_known", ago + 4), fact(4, "severe_impact", ago + 3),
                      fact(5, "measure_available", ago)};
    cases[i].facts[4].supersedes = 0;
    cases[i].filings = {{{number, 0, 0}, {kNow - ago * 3'600'000}, 3}};
  }
  return cases;
}

Position maker() {
  return place(rules(), {"DE",
                         {{"role", {"manufacturer", "service_provider"}},
                          {"market", {"EU", "CN", "US"}},
                          {"jurisdiction", {"EU", "CN", "IN", "KR"}}}});
}

void recompute(benchmark::State& state) {
  const Position position = maker();
  const std::vector<Case> cases = make_cases(1000);
  std::vector<Obligation> out;
  std::int64_t obligations = 0;
  for (auto _ : state) {
    for (const Case& one : cases) {
      out.clear();
      derive(rules(), position, {one.facts, one.filings}, {kNow}, {}, out);
      obligations += static_cast<std::int64_t>(out.size());
      benchmark::DoNotOptimize(out.data());
    }
  }
  state.SetItemsProcessed(obligations);
  state.SetLabel("obligations; must: 1 M/s on one core");
}
BENCHMARK(recompute)->Unit(benchmark::kMillisecond);

void load_laws(benchmark::State& state) {
  const std::vector<regimes::File> files = regimes::builtin();
  for (auto _ : state) {
    benchmark::DoNotOptimize(regimes::load(files));
  }
}
BENCHMARK(load_laws)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
