// The clocks of an authority with 10^5 open obligations: its board by hours left, filtered and page
// by page, its calendar, the round that plans warnings, and deriving all of it again under other
// laws. Set TMPDIR to a folder on the disk to be measured.
#include <benchmark/benchmark.h>

#include "app/clock_rows.h"
#include "app/notices.h"
#include "platform.h"
#include "processor_time.h"

namespace weir::app {
namespace {

using bench::Platform;

constexpr std::int64_t kCases = 33'334;  // of three open obligations each
constexpr std::int64_t kHandled = 500;   // of them by the one who looks
constexpr std::int64_t kInOneTransaction = 1'000;
constexpr std::int64_t kMsInMinute = 60'000;

const Laws& laws() {
  static const Laws kLaws = read_laws(regimes::builtin()).value();
  return kLaws;
}

/// Cases whose exploited flaw is known for up to twenty hours: two duties with a fixed time, one
/// without.
struct Busy {
  Platform platform;
  std::string reference;  // of a case without clocks
  std::string handled;    // of one with three open obligations
  Busy() {
    App& app = *platform.app;
    const Actor ada = Actor::local("ada");
    CHECK(set_profile(app, laws(), ada, "Ministry",
                      {"DE", {{"role", {"manufacturer"}}, {"market", {"EU"}}}}));
    reference = file_report(app, ada, {bench::report(), {}})->case_reference;
    for (std::int64_t first = 0; first < kCases; first += kInOneTransaction) {
      CHECK(platform.db->execute([&](store::Tx& tx) -> Status {
        for (std::int64_t i = first; i < std::min(first + kInOneTransaction, kCases); ++i) {
          TRY(add(tx, i));
        }
        return {};
      }));
    }
    CHECK(refresh(app, laws()));
  }

  Status add(store::Tx& tx, std::int64_t number) {
    App& app = *platform.app;
    const std::string made = CaseId::make(platform.random).text();
    const std::int64_t id = TRY(tx.insert(
        "INSERT INTO case_file (ref, stream, content_key, state, label, received_ms, size, "
        "vulnerabilities, reporter, handler) SELECT $2, stream, content_key, 2, label, "
        "received_ms, "
        "size, 1, reporter, $3 FROM case_file WHERE ref = $1",
        {reference, made,
         number < kHandled ? store::Param(std::int64_t{1}) : store::Param(nullptr)}));
    if (number == 0) {
      handled = made;
    }
    const Party party{id, 1, 1};
    const Instant now = platform.clock.now();
    FactRow fact{1, "flaw_known", now - std::chrono::hours(30), {}, 0, now, 0, 1};
    TRY(insert_fact(tx, app, party, fact));
    fact.number = 2;
    fact.event = "exploitation_known";
    fact.at = {now.ms - number % 1'200 * kMsInMinute};
    return insert_fact(tx, app, party, fact);
  }
};

std::unique_ptr<Busy> shared;

void setup(const benchmark::State&) {
  if (!shared) {
    shared = std::make_unique<Busy>();
  }
}

void look(benchmark::State& state, const BoardFilter& filter) {
  App& app = *shared->platform.app;
  const Actor ada = Actor::local("ada");
  std::size_t rows = 0;
  const bench::ProcessorTime time(state, 1);
  for (auto _ : state) {
    rows = board_page(app, laws(), ada, filter)->rows.size();
  }
  state.counters["rows"] = static_cast<double>(rows);
  state.SetLabel("must: 20 ms");
}

void BoardFirstPage(benchmark::State& state) {
  look(state, {});
}
void BoardLargestPageOfTheApi(benchmark::State& state) {
  look(state, {.limit = 1'000});
}
void BoardPageInTheMiddle(benchmark::State& state) {
  const auto page =
      board_page(*shared->platform.app, laws(), Actor::local("ada"), {.limit = 10'000});
  look(state, {.after = page->next});
}
void BoardByLaw(benchmark::State& state) {
  look(state, {.regime = "eu-cra"});
}
void BoardByLawThatNothingIsOf(benchmark::State& state) {
  look(state, {.regime = "cn-rmsv"});
}
void BoardByOrganisation(benchmark::State& state) {
  look(state, {.organisation = "Ministry"});
}
void BoardOfOneCase(benchmark::State& state) {
  look(state, {.case_reference = shared->handled});
}
void BoardOfAllStates(benchmark::State& state) {
  look(state, {.which = BoardFilter::Which::all});
}

/// Everything in the open, with its marks: the authority's cases have one handler.
void BoardOfWhoHandlesAll(benchmark::State& state) {
  const auto give = [](std::int64_t handler) {
    CHECK(shared->platform.db->execute([&](store::Tx& tx) {
      return tx.run("UPDATE case_file SET handler = $1 WHERE id > $2",
                    {handler == 0 ? store::Param(nullptr) : store::Param(handler), kHandled + 1});
    }));
  };
  give(1);
  look(state, {.limit = state.range(0)});
  give(0);
}

void Calendar(benchmark::State& state) {
  const bench::ProcessorTime time(state, 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        calendar_feed(*shared->platform.app, laws(), Actor::local("ada"))->size());
  }
}

void WarningsWhenNoneIsNew(benchmark::State& state) {
  App& app = *shared->platform.app;
  CHECK(run_clocks(app, laws()));
  const bench::ProcessorTime time(state, 1);
  for (auto _ : state) {
    CHECK(run_clocks(app, laws()));
  }
}

/// Every case read, derived and written again, as after a change of the laws' files.
void AllUnderOtherLaws(benchmark::State& state) {
  App& app = *shared->platform.app;
  std::vector<regimes::File> files = regimes::builtin();
  const bench::ProcessorTime time(state, kCases);
  for (auto _ : state) {
    state.PauseTiming();
    files.front().text += "\n# another set of files\n";
    const Laws other = read_laws(files).value();
    state.ResumeTiming();
    CHECK(refresh(app, other));
  }
  CHECK(refresh(app, laws()));
  state.SetItemsProcessed(state.iterations() * kCases);
}

BENCHMARK(BoardFirstPage)->Setup(setup)->Unit(benchmark::kMillisecond);
BENCHMARK(BoardLargestPageOfTheApi)->Setup(setup)->Unit(benchmark::kMillisecond);
BENCHMARK(BoardPageInTheMiddle)->Setup(setup)->Unit(benchmark::kMillisecond);
BENCHMARK(BoardByLaw)->Setup(setup)->Unit(benchmark::kMillisecond);
BENCHMARK(BoardByLawThatNothingIsOf)->Setup(setup)->Unit(benchmark::kMillisecond);
BENCHMARK(BoardByOrganisation)->Setup(setup)->Unit(benchmark::kMillisecond);
BENCHMARK(BoardOfOneCase)->Setup(setup)->Unit(benchmark::kMillisecond);
BENCHMARK(BoardOfAllStates)->Setup(setup)->Unit(benchmark::kMillisecond);
BENCHMARK(BoardOfWhoHandlesAll)->Setup(setup)->Arg(100)->Arg(1'000)->Unit(benchmark::kMillisecond);
BENCHMARK(Calendar)->Setup(setup)->Unit(benchmark::kMillisecond);
BENCHMARK(WarningsWhenNoneIsNew)->Setup(setup)->Unit(benchmark::kMillisecond);
BENCHMARK(AllUnderOtherLaws)->Setup(setup)->Unit(benchmark::kMillisecond)->Iterations(1);

/// Nothing stays behind.
void clear() {
  shared.reset();
}

}  // namespace
}  // namespace weir::app

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  weir::app::clear();
  return 0;
}
