// How bad a vulnerability is, in the words of CVSS v2, v3.0, v3.1 and v4.0 (FIRST).
//
// A Cvss is a vector that was read and is complete; it is written back in the order of its
// specification, metrics that are "not defined" left out. Scores are tenths, so that they are
// exact. Every step that rounds follows the specification's own text; v4.0 is reckoned in whole
// numbers.
//
// Thread rule: plain values, pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::severity {

inline constexpr std::size_t kMaxVectorBytes = 512;
inline constexpr std::size_t kMaxMetrics = 32;

enum class Version : std::uint8_t { v2, v30, v31, v40 };
/// "2.0", "3.0", "3.1", "4.0".
std::string_view name(Version version);

/// The qualitative scale. v2 has three words of NVD's, no "none" and no "critical".
enum class Band : std::uint8_t { none, low, medium, high, critical };
/// "NONE", "LOW", ...
std::string_view name(Band band);
/// 0 to 100 tenths.
Band band(Version version, int score_tenths);

class Cvss {
 public:
  /// "AV:N/AC:L/Au:N/C:P/I:P/A:P" (v2, also in parentheses), "CVSS:3.1/AV:N/...", "CVSS:4.0/...".
  /// Metrics in any order. `invalid` for an unknown or doubled metric, an unknown value, one
  /// missing.
  static Result<Cvss> parse(std::string_view vector);

  Version version() const { return version_; }
  /// Canonical.
  std::string text() const;
  /// The value of a metric by its name, "X" or "ND" where it is not defined; nothing if unknown.
  std::optional<std::string_view> value(std::string_view metric) const;

  /// In tenths. Of v4.0 there is one score, and base is the same as overall.
  struct Scores {
    int base = 0;
    std::optional<int> temporal;       // v2: only if such metrics are given; v3: always
    std::optional<int> environmental;  // as temporal
    int overall = 0;                   // what counts: the last that has metrics of its own
  };
  Scores scores() const;
  /// v4.0: "CVSS-B", "CVSS-BT", "CVSS-BE" or "CVSS-BTE", by which groups are given; else "CVSS".
  std::string_view nomenclature() const;
  /// v4.0: six digits, EQ1 to EQ6; "" for the others.
  std::string macro_vector() const;

 private:
  Cvss() = default;
  Version version_ = Version::v2;
  std::array<std::uint8_t, kMaxMetrics> values_{};  // by the table of the version (metrics.h)
};

}  // namespace weir::severity
