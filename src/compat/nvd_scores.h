// What NVD shows beside a CVSS vector, and whose absence breaks its clients: the two parts of the
// score, and each metric in words. CVE records may leave them out.
//
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace weir::compat {

/// In tenths, to the nearest.
struct SubScores {
  int exploitability = 0;
  int impact = 0;
  bool operator==(const SubScores&) const = default;
};
/// Of a vector of 2.0 (its specification, 3.2.1), 3.0 or 3.1 (7.1). Nothing for 4.0, which has no
/// such parts, and for what is no vector.
std::optional<SubScores> sub_scores(std::string_view vector);

/// A base metric as the JSON schemas of FIRST spell it: "attackVector", "NETWORK".
struct Spelled {
  std::string_view name;
  std::string_view value;
  bool operator==(const Spelled&) const = default;
};
/// Every base metric of a vector of 2.0, 3.x or 4.0, in the order of its specification; none for
/// what is no vector.
std::vector<Spelled> spelled(std::string_view vector);

}  // namespace weir::compat
