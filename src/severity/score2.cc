// CVSS v2, "A Complete Guide", chapter 3.2. The weights are decimals of few digits, so a result
// that should lie on a half is within kSlack of it; that is less than any two results differ.
#include <algorithm>
#include <array>
#include <cmath>

#include "severity/metrics.h"

namespace weir::severity::v2 {
namespace {

constexpr double kSlack = 1e-9;

constexpr std::array kAccess = {0.395, 0.646, 1.0};
constexpr std::array kComplexity = {0.35, 0.61, 0.71};
constexpr std::array kAuthentication = {0.45, 0.56, 0.704};
constexpr std::array kImpact = {0.0, 0.275, 0.660};
constexpr std::array kExploit = {1.0, 0.85, 0.9, 0.95, 1.0};
constexpr std::array kRemediation = {1.0, 0.87, 0.90, 0.95, 1.0};
constexpr std::array kConfidence = {1.0, 0.90, 0.95, 1.0};
constexpr std::array kDamage = {0.0, 0.0, 0.1, 0.3, 0.4, 0.5};
constexpr std::array kTargets = {1.0, 0.0, 0.25, 0.75, 1.0};
constexpr std::array kRequirement = {1.0, 0.5, 1.0, 1.51};

/// "round_to_1_decimal", halves up, in tenths.
int tenths(double score) {
  return static_cast<int>(std::floor(score * 10 + 0.5 + kSlack));
}

int base(const Values& values, double impact) {
  const double exploitability =
      20 * kAccess[values[kAV]] * kComplexity[values[kAC]] * kAuthentication[values[kAu]];
  const double factor = impact == 0 ? 0 : 1.176;
  return tenths((0.6 * impact + 0.4 * exploitability - 1.5) * factor);
}

int temporal(const Values& values, int base_tenths) {
  return tenths(base_tenths / 10.0 * kExploit[values[kE]] * kRemediation[values[kRL]] *
                kConfidence[values[kRC]]);
}

}  // namespace

Cvss::Scores scores(const Values& values) {
  const double c = kImpact[values[kC]];
  const double i = kImpact[values[kI]];
  const double a = kImpact[values[kA]];
  Cvss::Scores scores;
  scores.base = base(values, 10.41 * (1 - (1 - c) * (1 - i) * (1 - a)));
  scores.temporal = temporal(values, scores.base);
  const double adjusted = std::min(
      10.0, 10.41 * (1 - (1 - c * kRequirement[values[kCR]]) * (1 - i * kRequirement[values[kIR]]) *
                             (1 - a * kRequirement[values[kAR]])));
  const double after = temporal(values, base(values, adjusted)) / 10.0;
  // Requirements that leave nearly no impact make `after` negative; a score starts at zero.
  scores.environmental =
      std::max(0, tenths((after + (10 - after) * kDamage[values[kCDP]]) * kTargets[values[kTD]]));
  return scores;
}

}  // namespace weir::severity::v2
