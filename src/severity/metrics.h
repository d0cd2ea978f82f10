// Inside of src/severity: the metrics of each version, their values, and the rules of scoring.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "severity/severity.h"

namespace weir::severity {

using Values = std::array<std::uint8_t, kMaxMetrics>;

enum class Group : std::uint8_t { base, threat, environmental, supplemental };

/// A metric and its values. The first value of a metric that may be left out means "not defined".
struct Metric {
  std::string_view name;
  Group group;
  std::array<std::string_view, 6> values;
};

namespace v2 {
enum : std::uint8_t { kAV, kAC, kAu, kC, kI, kA, kE, kRL, kRC, kCDP, kTD, kCR, kIR, kAR };
Cvss::Scores scores(const Values& values);
}  // namespace v2

namespace v3 {
enum : std::uint8_t {
  kAV,
  kAC,
  kPR,
  kUI,
  kS,
  kC,
  kI,
  kA,
  kE,
  kRL,
  kRC,
  kCR,
  kIR,
  kAR,
  kMAV,
  kMAC,
  kMPR,
  kMUI,
  kMS,
  kMC,
  kMI,
  kMA,
};
Cvss::Scores scores(Version version, const Values& values);
}  // namespace v3

namespace v4 {
enum : std::uint8_t {
  kAV,
  kAC,
  kAT,
  kPR,
  kUI,
  kVC,
  kVI,
  kVA,
  kSC,
  kSI,
  kSA,
  kE,
  kCR,
  kIR,
  kAR,
  kMAV,
  kMAC,
  kMAT,
  kMPR,
  kMUI,
  kMVC,
  kMVI,
  kMVA,
  kMSC,
  kMSI,
  kMSA,
  kSafety,
  kAutomatable,
  kRecovery,
  kDensity,
  kEffort,
  kUrgency,
};
int score(const Values& values);
/// EQ1 to EQ6.
std::array<int, 6> macro_vector(const Values& values);
}  // namespace v4

/// In the order of the specification, which is that of the enumerations above.
std::span<const Metric> metrics(Version version);

}  // namespace weir::severity
