// CVSS v4.0, chapter 8: the score of a macro vector, less how far the vector lies below the worst
// one of its macro vector, in proportion to the step to the next macro vector. In whole numbers:
// scores are tenths, distances are steps, and kCommon is a multiple of every depth.
#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <span>

#include "severity/metrics.h"

namespace weir::severity::v4 {
namespace {

/// Levels of all metrics that count, 0 the worst, modified values in place of the base's.
struct Levels {
  int av, pr, ui, ac, at;
  std::array<int, 6> impact;  // VC VI VA CR IR AR
  std::array<int, 3> after;   // SC SI SA: 0 is "safety", 1 high, 2 low, 3 none
  int exploit;                // A P U
};

Levels levels(const Values& v) {
  const auto pick = [&](std::uint8_t modified, std::uint8_t base) {
    return v[modified] == 0 ? int{v[base]} : v[modified] - 1;
  };
  const auto defined = [&](std::uint8_t metric) { return std::max(v[metric] - 1, 0); };
  // MSI and MSA have one value more than SI and SA, at the front.
  const auto with_safety = [&](std::uint8_t modified, std::uint8_t base) {
    return v[modified] == 0 ? v[base] + 1 : v[modified] - 1;
  };
  return {.av = pick(kMAV, kAV),
          .pr = pick(kMPR, kPR),
          .ui = pick(kMUI, kUI),
          .ac = pick(kMAC, kAC),
          .at = pick(kMAT, kAT),
          .impact = {pick(kMVC, kVC), pick(kMVI, kVI), pick(kMVA, kVA), defined(kCR), defined(kIR),
                     defined(kAR)},
          .after = {pick(kMSC, kSC) + 1, with_safety(kMSI, kSI), with_safety(kMSA, kSA)},
          .exploit = defined(kE)};
}

/// Table 24 and following.
int eq1(const Levels& l) {
  if (l.av == 0 && l.pr == 0 && l.ui == 0) {
    return 0;
  }
  return l.av != 3 && (l.av == 0 || l.pr == 0 || l.ui == 0) ? 1 : 2;
}
int eq2(const Levels& l) {
  return l.ac == 0 && l.at == 0 ? 0 : 1;
}
int eq3(const Levels& l) {
  if (l.impact[0] == 0 && l.impact[1] == 0) {
    return 0;
  }
  return l.impact[0] == 0 || l.impact[1] == 0 || l.impact[2] == 0 ? 1 : 2;
}
int eq4(const Levels& l) {
  return std::min(*std::ranges::min_element(l.after), 2);
}
int eq6(const Levels& l) {
  for (std::size_t i = 0; i < 3; ++i) {
    if (l.impact[i] == 0 && l.impact[i + 3] == 0) {
      return 0;
    }
  }
  return 1;
}

/// EQ3 and EQ6 together: 00 01 10 11 21. (20 cannot be: without a high impact none is required.)
constexpr std::size_t joint(int three, int six) {
  return static_cast<std::size_t>(three == 2 ? 4 : three * 2 + six);
}

/// Scores in tenths: EQ1 and EQ2, then EQ3 with EQ6, EQ4, EQ5.
constexpr std::array<std::array<std::uint8_t, 45>, 6> kScores = {{
    {100, 98, 95, 100, 93, 91, 93, 89, 81, 99, 95, 92, 96, 87, 81, 90, 80, 68, 98, 95, 90, 93, 89,
     81,  88, 78, 69,  95, 92, 84, 92, 81, 65, 80, 70, 48, 92, 82, 72, 79, 69, 50, 69, 55, 27},
    {99, 95, 92, 95, 90, 84, 92, 82, 72, 97, 92, 85, 91, 83, 71, 81, 71, 53, 95, 92, 85, 92, 80,
     70, 84, 71, 50, 93, 85, 73, 82, 72, 59, 70, 52, 30, 86, 75, 52, 71, 52, 29, 63, 29, 17},
    {98, 94, 91, 94, 86, 77, 87, 74, 63, 95, 87, 81, 89, 74, 64, 75, 63, 49, 94, 88, 76, 86, 74,
     59, 72, 57, 52, 89, 77, 67, 76, 58, 50, 57, 52, 25, 83, 70, 54, 65, 58, 26, 53, 21, 13},
    {95, 88, 76, 90, 75, 61, 77, 68, 52, 90, 76, 70, 77, 62, 53, 66, 59, 30, 89, 76, 62, 74, 57,
     47, 61, 57, 24, 78, 67, 58, 59, 57, 23, 52, 29, 16, 71, 59, 30, 58, 26, 15, 23, 13, 6},
    {93, 86, 75, 86, 74, 56, 70, 52, 40, 87, 72, 58, 74, 61, 34, 54, 40, 22, 85, 74, 62, 72, 55,
     46, 53, 34, 19, 75, 55, 51, 57, 41, 19, 36, 19, 8,  64, 51, 20, 47, 21, 11, 24, 9,  4},
    {88, 73, 60, 73, 59, 41, 54, 45, 20, 75, 53, 50, 55, 40, 20, 43, 22, 11, 75, 58, 40, 61, 48,
     20, 46, 17, 8,  55, 45, 21, 51, 18, 9,  18, 7,  2,  53, 24, 14, 24, 12, 5,  10, 3,  1},
}};

struct Macro {
  int one, two, three, four, five, six;
};

int looked_up(const Macro& m) {
  const auto row = static_cast<std::size_t>(m.one * 2 + m.two);
  const auto column = joint(m.three, m.six) * 9 + static_cast<std::size_t>(m.four * 3 + m.five);
  return kScores[row][column];
}

/// How many steps the levels lie below the first of the worst vectors that dominates them.
template <std::size_t N>
int distance(std::span<const std::array<int, N>> worst, const std::array<int, N>& levels) {
  const auto first = std::ranges::find_if(worst, [&](const std::array<int, N>& each) {
    return std::ranges::equal(levels, each, std::ranges::greater_equal());
  });
  CHECK(first != worst.end());  // the worst vectors of a macro vector dominate all that is in it
  int steps = 0;
  for (std::size_t i = 0; i < N; ++i) {
    steps += levels[i] - (*first)[i];
  }
  return steps;
}

using Three = std::array<int, 3>;
using Two = std::array<int, 2>;
using Six = std::array<int, 6>;

int distance1(const Levels& l, int level) {
  static constexpr auto kWorst = std::to_array<Three>(  // AV PR UI
      {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {3, 0, 0}, {1, 1, 1}});
  static constexpr std::array<std::size_t, 4> kStart = {0, 1, 4, 6};
  const auto at = static_cast<std::size_t>(level);
  return distance<3>(std::span(kWorst).subspan(kStart[at], kStart[at + 1] - kStart[at]),
                     {l.av, l.pr, l.ui});
}

int distance2(const Levels& l, int level) {
  static constexpr auto kWorst = std::to_array<Two>({{0, 0}, {1, 0}, {0, 1}});  // AC AT
  return distance<2>(level == 0 ? std::span(kWorst).first(1) : std::span(kWorst).subspan(1),
                     {l.ac, l.at});
}

int distance36(const Levels& l, int three, int six) {
  static constexpr auto kWorst = std::to_array<Six>({{0, 0, 0, 0, 0, 0},  // VC VI VA CR IR AR
                                                     {0, 0, 1, 1, 1, 0},
                                                     {0, 0, 0, 1, 1, 1},
                                                     {1, 0, 0, 0, 0, 0},
                                                     {0, 1, 0, 0, 0, 0},
                                                     {1, 0, 1, 0, 1, 0},
                                                     {1, 0, 0, 0, 1, 1},
                                                     {0, 1, 0, 1, 0, 1},
                                                     {0, 1, 1, 1, 0, 0},
                                                     {1, 1, 0, 0, 0, 1},
                                                     {1, 1, 1, 0, 0, 0}});
  static constexpr std::array<std::size_t, 6> kStart = {0, 1, 3, 5, 10, 11};
  const std::size_t at = joint(three, six);
  return distance<6>(std::span(kWorst).subspan(kStart[at], kStart[at + 1] - kStart[at]), l.impact);
}

int distance4(const Levels& l, int level) {
  static constexpr auto kWorst = std::to_array<Three>({{1, 0, 0}, {1, 1, 1}, {2, 2, 2}});
  return distance<3>(std::span(kWorst).subspan(static_cast<std::size_t>(level), 1), l.after);
}

/// The mean of what is lost in each group of metrics that has a lower macro vector.
class Loss {
 public:
  /// `below`: the score of the next macro vector down, if there is one.
  void add(int score, std::optional<int> below, int steps, int depth) {
    if (below) {
      sum_ += (score - *below) * steps * (kCommon / depth);
      ++groups_;
    }
  }
  /// `score` less the mean, halves up.
  int taken_from(int score) const {
    if (groups_ == 0) {
      return score;
    }
    const int unit = kCommon * groups_;
    const int doubled = 2 * (score * unit - sum_) + unit;
    return std::clamp(doubled / (2 * unit), 0, 100);
  }

 private:
  static constexpr int kCommon = 840;  // a multiple of 1, 2, 4, 5, 6, 7, 8 and 10
  int sum_ = 0;
  int groups_ = 0;
};

/// The next macro vector down in EQ3 and EQ6, which move together.
std::optional<int> below36(Macro m) {
  if (m.three == 0 && m.six == 0) {
    Macro other = m;
    other.six = 1;
    m.three = 1;
    return std::max(looked_up(m), looked_up(other));
  }
  if (m.three == 1 && m.six == 0) {
    m.six = 1;
  } else if (m.three < 2) {
    ++m.three;
  } else {
    return std::nullopt;
  }
  return looked_up(m);
}

Macro macro(const Levels& l) {
  return {.one = eq1(l),
          .two = eq2(l),
          .three = eq3(l),
          .four = eq4(l),
          .five = l.exploit,
          .six = eq6(l)};
}

/// The next macro vector down in one group.
std::optional<int> below(Macro m, int Macro::* group, int lowest) {
  if (m.*group == lowest) {
    return std::nullopt;
  }
  ++(m.*group);
  return looked_up(m);
}

}  // namespace

std::array<int, 6> macro_vector(const Values& values) {
  const Macro m = macro(levels(values));
  return {m.one, m.two, m.three, m.four, m.five, m.six};
}

int score(const Values& values) {
  static constexpr std::array kDepth1 = {1, 4, 5};
  static constexpr std::array kDepth2 = {1, 2};
  static constexpr std::array kDepth36 = {7, 6, 8, 8, 10};
  static constexpr std::array kDepth4 = {6, 5, 4};
  const Levels l = levels(values);
  constexpr auto kNone = [](std::span<const int> impacts, int none) {
    return std::ranges::all_of(impacts, [none](int level) { return level == none; });
  };
  if (kNone(std::span(l.impact).first(3), 2) && kNone(l.after, 3)) {
    return 0;  // nothing is hurt
  }
  const Macro m = macro(l);
  const int top = looked_up(m);
  Loss loss;
  loss.add(top, below(m, &Macro::one, 2), distance1(l, m.one),
           kDepth1[static_cast<std::size_t>(m.one)]);
  loss.add(top, below(m, &Macro::two, 1), distance2(l, m.two),
           kDepth2[static_cast<std::size_t>(m.two)]);
  loss.add(top, below36(m), distance36(l, m.three, m.six), kDepth36[joint(m.three, m.six)]);
  loss.add(top, below(m, &Macro::four, 2), distance4(l, m.four),
           kDepth4[static_cast<std::size_t>(m.four)]);
  loss.add(top, below(m, &Macro::five, 2), 0, 1);
  return loss.taken_from(top);
}

}  // namespace weir::severity::v4
