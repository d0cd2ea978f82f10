// CPE 2.3 names: reading and writing (NISTIR 7695), matching (NISTIR 7696).
//
// A Cpe is a well-formed name: eleven attributes, each ANY, NA or a text in which everything but
// letters, digits and "_" is quoted by a backslash; an unquoted * or ? at its ends is a wildcard.
// Case does not count in matching and is kept in writing. Version ranges are NVD's addition.
//
// Thread rule: plain values, pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::version {

inline constexpr std::size_t kMaxCpeBytes = 2'048;

enum class Attribute : std::uint8_t {
  part,
  vendor,
  product,
  version,
  update,
  edition,
  language,
  sw_edition,
  target_sw,
  target_hw,
  other,
};
inline constexpr std::size_t kAttributes = 11;
/// "part", "vendor", ..., as a WFN writes it.
std::string_view name(Attribute attribute);

struct CpeValue {
  enum class Kind : std::uint8_t { any, not_applicable, text } kind = Kind::any;
  std::string text{};  // quoted, as in a WFN
  bool operator==(const CpeValue&) const = default;
};

struct Cpe {
  std::array<CpeValue, kAttributes> values;
  const CpeValue& at(Attribute attribute) const {
    return values[static_cast<std::size_t>(attribute)];
  }
  bool operator==(const Cpe&) const = default;
};

/// A formatted string "cpe:2.3:a:..." or a URI "cpe:/a:...".
Result<Cpe> parse_cpe(std::string_view text);
std::string to_formatted_string(const Cpe& cpe);
std::string to_uri(const Cpe& cpe);
/// wfn:[part="a",vendor="acme",...], ANY and NA included.
std::string to_wfn(const Cpe& cpe);

enum class Relation : std::uint8_t { equal, subset, superset, disjoint, undefined };
std::string_view name(Relation relation);
/// Table 6-2. Wildcards count in the source only; in the target they leave it undefined.
Relation relate(const CpeValue& source, const CpeValue& target);
/// Table 6-4: of all attributes together.
Relation relate(const Cpe& source, const Cpe& target);

/// What NVD says is concerned: a name, and bounds on the version where the name leaves it open.
struct CpeCriteria {
  Cpe name;
  std::optional<std::string> from{};    // versionStartIncluding
  std::optional<std::string> after{};   // versionStartExcluding
  std::optional<std::string> until{};   // versionEndIncluding
  std::optional<std::string> before{};  // versionEndExcluding
};
/// Whether `cpe` is the criteria's name or covered by it, and its version within the bounds, in the
/// natural order. With bounds a version of ANY matches and NA does not.
bool applies(const CpeCriteria& criteria, const Cpe& cpe);

}  // namespace weir::version
