// How far something is, on one line of a terminal that is written over: a bar, how much, how fast,
// how long yet. Private to main.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace weir::main {

struct Step {
  std::uint64_t done = 0;
  std::uint64_t total = 0;  // 0: not known
  std::uint64_t count = 0;  // of what is counted, so far
};

/// At most `width` columns. `unit` "" stands for bytes. As little as there is room for is left out,
/// the bar first.
std::string bar_line(const Step& step, const std::string& unit, Duration since, std::size_t width);

/// On standard error, a few times a second.
class Bar {
 public:
  Bar(const Clock& clock, std::string unit) : clock_(clock), unit_(std::move(unit)) {}
  ~Bar();
  Bar(const Bar&) = delete;
  Bar& operator=(const Bar&) = delete;
  void draw(const Step& step);

 private:
  const Clock& clock_;
  std::string unit_;
  Instant start_ = clock_.now();
  Instant drawn_{};
  std::size_t columns_ = 0;  // of the line that stands there
  bool is_last_drawn_ = true;
  Step last_{};
  void put(const Step& step);
};

}  // namespace weir::main
