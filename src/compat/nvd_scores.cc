#include "compat/nvd_scores.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "severity/severity.h"

namespace weir::compat {
namespace {

using severity::Cvss;

struct Weight {
  std::string_view value;
  double weight;
};

double weight_of(const Cvss& vector, std::string_view metric, std::initializer_list<Weight> list) {
  const auto value = vector.value(metric);
  const auto found =
      std::ranges::find_if(list, [&](const Weight& one) { return one.value == value; });
  return found == list.end() ? 0 : found->weight;
}

SubScores rounded(double exploitability, double impact) {
  return {static_cast<int>(std::lround(std::max(exploitability, 0.0) * 10)),
          static_cast<int>(std::lround(std::max(impact, 0.0) * 10))};
}

SubScores of_v2(const Cvss& vector) {
  const auto loss = [&](std::string_view metric) {
    return 1 - weight_of(vector, metric, {{"N", 0}, {"P", 0.275}, {"C", 0.66}});
  };
  const double impact = 10.41 * (1 - loss("C") * loss("I") * loss("A"));
  const double exploitability = 20 *
                                weight_of(vector, "AV", {{"L", 0.395}, {"A", 0.646}, {"N", 1}}) *
                                weight_of(vector, "AC", {{"H", 0.35}, {"M", 0.61}, {"L", 0.71}}) *
                                weight_of(vector, "Au", {{"M", 0.45}, {"S", 0.56}, {"N", 0.704}});
  return rounded(exploitability, impact);
}

SubScores of_v3(const Cvss& vector) {
  const bool is_changed = vector.value("S") == "C";
  const auto loss = [&](std::string_view metric) {
    return 1 - weight_of(vector, metric, {{"N", 0}, {"L", 0.22}, {"H", 0.56}});
  };
  const double base = 1 - loss("C") * loss("I") * loss("A");
  constexpr int kPower = 15;
  const double impact =
      is_changed ? 7.52 * (base - 0.029) - 3.25 * std::pow(base - 0.02, kPower) : 6.42 * base;
  const double exploitability =
      8.22 * weight_of(vector, "AV", {{"N", 0.85}, {"A", 0.62}, {"L", 0.55}, {"P", 0.2}}) *
      weight_of(vector, "AC", {{"L", 0.77}, {"H", 0.44}}) *
      weight_of(vector, "PR",
                {{"N", 0.85}, {"L", is_changed ? 0.68 : 0.62}, {"H", is_changed ? 0.5 : 0.27}}) *
      weight_of(vector, "UI", {{"N", 0.85}, {"R", 0.62}});
  return rounded(exploitability, impact);
}

struct Metric {
  std::string_view metric;
  std::string_view name;
  std::string_view values;  // "N NETWORK A ADJACENT ..."
};
constexpr std::string_view kNoneLowHigh = "N NONE L LOW H HIGH";
constexpr std::string_view kLossOfV2 = "N NONE P PARTIAL C COMPLETE";
constexpr Metric kV2[] = {
    {"AV", "accessVector", "L LOCAL A ADJACENT_NETWORK N NETWORK"},
    {"AC", "accessComplexity", "H HIGH M MEDIUM L LOW"},
    {"Au", "authentication", "M MULTIPLE S SINGLE N NONE"},
    {"C", "confidentialityImpact", kLossOfV2},
    {"I", "integrityImpact", kLossOfV2},
    {"A", "availabilityImpact", kLossOfV2},
};
constexpr Metric kV3[] = {
    {"AV", "attackVector", "N NETWORK A ADJACENT_NETWORK L LOCAL P PHYSICAL"},
    {"AC", "attackComplexity", kNoneLowHigh},
    {"PR", "privilegesRequired", kNoneLowHigh},
    {"UI", "userInteraction", "N NONE R REQUIRED"},
    {"S", "scope", "U UNCHANGED C CHANGED"},
    {"C", "confidentialityImpact", kNoneLowHigh},
    {"I", "integrityImpact", kNoneLowHigh},
    {"A", "availabilityImpact", kNoneLowHigh},
};
constexpr Metric kV4[] = {
    {"AV", "attackVector", "N NETWORK A ADJACENT L LOCAL P PHYSICAL"},
    {"AC", "attackComplexity", kNoneLowHigh},
    {"AT", "attackRequirements", "N NONE P PRESENT"},
    {"PR", "privilegesRequired", kNoneLowHigh},
    {"UI", "userInteraction", "N NONE P PASSIVE A ACTIVE"},
    {"VC", "vulnConfidentialityImpact", kNoneLowHigh},
    {"VI", "vulnIntegrityImpact", kNoneLowHigh},
    {"VA", "vulnAvailabilityImpact", kNoneLowHigh},
    {"SC", "subConfidentialityImpact", kNoneLowHigh},
    {"SI", "subIntegrityImpact", kNoneLowHigh},
    {"SA", "subAvailabilityImpact", kNoneLowHigh},
};

std::span<const Metric> metrics_of(severity::Version version) {
  switch (version) {
    case severity::Version::v2:
      return kV2;
    case severity::Version::v30:
    case severity::Version::v31:
      return kV3;
    case severity::Version::v40:
      return kV4;
  }
  std::unreachable();
}

/// The word behind a letter.
std::string_view word_of(std::string_view values, std::string_view letter) {
  while (!values.empty()) {
    const std::size_t space = values.find(' ');
    const std::size_t end = std::min(values.find(' ', space + 1), values.size());
    if (values.substr(0, space) == letter) {
      return values.substr(space + 1, end - space - 1);
    }
    values.remove_prefix(std::min(end + 1, values.size()));
  }
  return "";
}

}  // namespace

std::vector<Spelled> spelled(std::string_view vector) {
  std::vector<Spelled> all;
  const auto parsed = Cvss::parse(vector);
  if (!parsed) {
    return all;
  }
  for (const auto& [metric, name, values] : metrics_of(parsed->version())) {
    const std::string_view word = word_of(values, parsed->value(metric).value_or(""));
    if (!word.empty()) {
      all.push_back({name, word});
    }
  }
  return all;
}

std::optional<SubScores> sub_scores(std::string_view vector) {
  const auto parsed = Cvss::parse(vector);
  if (!parsed) {
    return std::nullopt;
  }
  switch (parsed->version()) {
    case severity::Version::v2:
      return of_v2(*parsed);
    case severity::Version::v30:
    case severity::Version::v31:
      return of_v3(*parsed);
    case severity::Version::v40:
      return std::nullopt;
  }
  std::unreachable();
}

}  // namespace weir::compat
