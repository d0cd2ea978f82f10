#include "compat/nvd_scores.h"

#include <algorithm>
#include <cmath>
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

}  // namespace

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
