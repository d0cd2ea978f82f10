// What one item of a benchmark costs in processor time, over all threads of the process.
// Thread rule: one in each thread of the benchmark; the first one reports.
#pragma once

#include <cstdint>

#include <benchmark/benchmark.h>
#include <sys/resource.h>

namespace weir::bench {

/// Reports the µs of processor time that all threads of this process took for one item, from here
/// to the end of the scope. It says more than the time on the wall where others use the machine.
class ProcessorTime {
 public:
  ProcessorTime(benchmark::State& state, std::int64_t items)
      : state_(state), items_(items), begin_(now()) {}
  ~ProcessorTime() {
    if (state_.thread_index() == 0) {
      const auto items = static_cast<double>(state_.iterations() * state_.threads() * items_);
      state_.counters["processor_us"] = (now() - begin_) / items;
    }
  }
  ProcessorTime(const ProcessorTime&) = delete;
  ProcessorTime& operator=(const ProcessorTime&) = delete;

 private:
  static double now() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto us = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return us(used.ru_utime) + us(used.ru_stime);
  }
  benchmark::State& state_;
  std::int64_t items_;  // of one iteration
  double begin_;
};

}  // namespace weir::bench
