#include "main/bar.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace weir::main {
namespace {

constexpr std::size_t kMostBar = 40;
constexpr std::size_t kLeastBar = 10;
constexpr std::size_t kUsualWidth = 80;
constexpr Duration kBetween = std::chrono::milliseconds(100);
constexpr Duration kFirstGuess = std::chrono::milliseconds(500);  // before, a rate is a guess

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) {
    digits.insert(at - 3, ",");
  }
  return digits;
}

std::string bytes_text(double bytes) {
  return bytes < 1e6   ? fmt::format("{:.0f} kB", bytes / 1e3)
         : bytes < 1e9 ? fmt::format("{:.1f} MB", bytes / 1e6)
                       : fmt::format("{:.2f} GB", bytes / 1e9);
}

std::string left_text(double seconds) {
  if (seconds < 90) {
    return fmt::format("{:.0f} s left", seconds);
  }
  const auto minutes = static_cast<std::uint64_t>(std::llround(seconds / 60));
  return minutes < 90 ? fmt::format("{} min left", minutes)
                      : fmt::format("{} h {} min left", minutes / 60, minutes % 60);
}

std::size_t width_of_terminal() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                           : kUsualWidth;
}

}  // namespace

std::string bar_line(const Step& step, const std::string& unit, Duration since, std::size_t width) {
  const double seconds = static_cast<double>(since.count()) / 1000;
  const bool has_rate = since >= kFirstGuess;
  const auto count = static_cast<double>(step.count);
  std::vector<std::string> words;  // the first are the last to go
  double part = 0;
  if (step.total > 0) {
    part = std::min(1.0, static_cast<double>(step.done) / static_cast<double>(step.total));
    words.push_back(fmt::format("{:3.0f} %", part * 100));
  }
  if (has_rate && part > 0 && part < 1) {
    words.push_back(left_text(seconds * (1 - part) / part));
  }
  words.push_back(unit.empty() ? bytes_text(count) : grouped(step.count) + " " + unit);
  if (has_rate) {
    words.push_back(
        unit.empty() ? bytes_text(count / seconds) + "/s"
                     : grouped(static_cast<std::uint64_t>(std::llround(count / seconds))) + "/s");
  }
  std::string line;
  for (const std::string& word : words) {
    const std::size_t more = word.size() + (line.empty() ? 0 : 2);
    if (line.size() + more > width) {
      break;
    }
    line += (line.empty() ? "" : "  ") + word;
  }
  const std::size_t room = width > line.size() + 4 ? width - line.size() - 4 : 0;
  if (step.total == 0 || room < kLeastBar) {
    return line;
  }
  const std::size_t bar = std::min(kMostBar, room);
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(bar));
  return "[" + std::string(filled, '#') + std::string(bar - filled, '.') + "]  " + line;
}

Bar::~Bar() {
  if (drawn_ == Instant{}) {
    return;
  }
  if (!is_last_drawn_) {
    put(last_);
  }
  std::fputc('\n', stderr);
}

void Bar::draw(const Step& step) {
  last_ = step;
  is_last_drawn_ = drawn_ == Instant{} || clock_.now() - drawn_ >= kBetween;
  if (is_last_drawn_) {
    put(step);
  }
}

void Bar::put(const Step& step) {
  drawn_ = clock_.now();
  // The last column stays free: some terminals begin a new line after it.
  const std::size_t width = std::max<std::size_t>(width_of_terminal(), 2) - 1;
  std::string line = bar_line(step, unit_, drawn_ - start_, width);
  const std::size_t columns = line.size();
  line.append(std::min(columns_, width) > columns ? std::min(columns_, width) - columns : 0, ' ');
  columns_ = columns;
  std::fprintf(stderr, "\r%s", line.c_str());
  std::fflush(stderr);
}

}  // namespace weir::main
