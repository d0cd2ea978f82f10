// The two parts of a CVSS score that NVD shows beside it, and whose absence breaks its clients.
//
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string_view>

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

}  // namespace weir::compat
