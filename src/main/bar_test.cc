#include "main/bar.h"

#include <gtest/gtest.h>

namespace weir::main {
namespace {

using std::chrono::seconds;

TEST(Bar, SaysHowMuchHowFastAndHowLongYet) {
  const Step half{.done = 500, .total = 1'000, .count = 120'000};
  EXPECT_EQ(bar_line(half, "records", seconds(10), 79),
            "[################................]   50 %  10 s left  120,000 records  12,000/s");
  EXPECT_EQ(bar_line(half, "records", seconds(10), 199).substr(0, 42),
            "[" + std::string(20, '#') + std::string(20, '.') + "]");
  EXPECT_EQ(bar_line({.done = 0, .total = 0, .count = 7}, "records", seconds(7), 79),
            "7 records  1/s");
  EXPECT_EQ(bar_line({.done = 3'200'000, .total = 0, .count = 3'200'000}, "", seconds(2), 79),
            "3.2 MB  1.6 MB/s");
  EXPECT_EQ(bar_line({.done = 1, .total = 1'000, .count = 1}, "records", seconds(600), 30),
            "  0 %  166 h 30 min left");
  EXPECT_EQ(bar_line({.done = 1'000, .total = 1'000, .count = 5}, "records", seconds(2), 24),
            "100 %  5 records  3/s");
}

TEST(Bar, FitsWhateverThereIs) {
  for (std::size_t width = 0; width < 250; ++width) {
    for (const std::uint64_t done : {0U, 1U, 777'777'777U, 1'000'000'000U}) {
      const Step step{.done = done, .total = 1'000'000'000, .count = done};
      EXPECT_LE(bar_line(step, "records", seconds(1'000), width).size(), width);
      EXPECT_LE(bar_line(step, "", seconds(0), width).size(), width);
    }
  }
  EXPECT_EQ(bar_line({.done = 1, .total = 2, .count = 1}, "records", seconds(10), 39),
            " 50 %  10 s left  1 records  0/s")
      << "no room for a bar";
}

}  // namespace
}  // namespace weir::main
