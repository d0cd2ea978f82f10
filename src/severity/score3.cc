// CVSS v3.0 and v3.1, chapter 7 of each specification. They differ in how a score is rounded up and
// in the modified impact of a changed scope.
#include <algorithm>
#include <array>
#include <cmath>

#include "severity/metrics.h"

namespace weir::severity::v3 {
namespace {

constexpr std::array kVector = {0.85, 0.62, 0.55, 0.20};
constexpr std::array kComplexity = {0.77, 0.44};
constexpr std::array kPrivileges = {0.85, 0.62, 0.27};
constexpr std::array kPrivilegesChanged = {0.85, 0.68, 0.50};
constexpr std::array kInteraction = {0.85, 0.62};
constexpr std::array kImpact = {0.0, 0.22, 0.56};
constexpr std::array kExploit = {1.0, 0.91, 0.94, 0.97, 1.0};
constexpr std::array kRemediation = {1.0, 0.95, 0.96, 0.97, 1.0};
constexpr std::array kConfidence = {1.0, 0.92, 0.96, 1.0};
constexpr std::array kRequirement = {1.0, 0.5, 1.0, 1.5};

/// To the next tenth. 3.1 (appendix A) looks at five decimals only; 3.0 means exact numbers, from
/// which a double differs by less than the slack.
int round_up(Version version, double score) {
  if (version == Version::v30) {
    return static_cast<int>(std::ceil(score * 10 - 1e-9));
  }
  const auto hundred_thousandths = static_cast<int>(std::llround(score * 100'000));
  return (hundred_thousandths + 9'999) / 10'000;
}

/// The base values as they are, or replaced by those of the environment.
struct Effective {
  std::uint8_t vector, complexity, privileges, interaction, scope, c, i, a;
};

Effective unmodified(const Values& v) {
  return {v[kAV], v[kAC], v[kPR], v[kUI], v[kS], v[kC], v[kI], v[kA]};
}

Effective modified(const Values& v) {
  const auto pick = [&](std::uint8_t modified, std::uint8_t base) {
    return v[modified] == 0 ? v[base] : static_cast<std::uint8_t>(v[modified] - 1);
  };
  return {pick(kMAV, kAV), pick(kMAC, kAC), pick(kMPR, kPR), pick(kMUI, kUI),
          pick(kMS, kS),   pick(kMC, kC),   pick(kMI, kI),   pick(kMA, kA)};
}

double exploitability(const Effective& e) {
  const auto& privileges = e.scope == 0 ? kPrivileges : kPrivilegesChanged;
  return 8.22 * kVector[e.vector] * kComplexity[e.complexity] * privileges[e.privileges] *
         kInteraction[e.interaction];
}

int combined(Version version, const Effective& e, double impact) {
  if (impact <= 0) {
    return 0;
  }
  const double factor = e.scope == 0 ? 1.0 : 1.08;
  return round_up(version, std::min(factor * (impact + exploitability(e)), 10.0));
}

double changed_impact(double loss, double steep, int power) {
  return 7.52 * (loss - 0.029) - 3.25 * std::pow(steep - 0.02, power);
}

int base(Version version, const Values& values) {
  const Effective e = unmodified(values);
  const double loss = 1 - (1 - kImpact[e.c]) * (1 - kImpact[e.i]) * (1 - kImpact[e.a]);
  return combined(version, e, e.scope == 0 ? 6.42 * loss : changed_impact(loss, loss, 15));
}

int environmental(Version version, const Values& values) {
  const Effective e = modified(values);
  const double loss = std::min(1 - (1 - kImpact[e.c] * kRequirement[values[kCR]]) *
                                       (1 - kImpact[e.i] * kRequirement[values[kIR]]) *
                                       (1 - kImpact[e.a] * kRequirement[values[kAR]]),
                               0.915);
  double impact = 6.42 * loss;
  if (e.scope != 0) {
    impact = version == Version::v30 ? changed_impact(loss, loss, 15)
                                     : changed_impact(loss, loss * 0.9731, 13);
  }
  return combined(version, e, impact);
}

int temporal(Version version, const Values& values, int score_tenths) {
  return round_up(version, score_tenths / 10.0 * kExploit[values[kE]] * kRemediation[values[kRL]] *
                               kConfidence[values[kRC]]);
}

}  // namespace

Cvss::Scores scores(Version version, const Values& values) {
  Cvss::Scores scores;
  scores.base = base(version, values);
  scores.temporal = temporal(version, values, scores.base);
  scores.environmental = temporal(version, values, environmental(version, values));
  return scores;
}

}  // namespace weir::severity::v3
