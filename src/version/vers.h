// VERS: ranges of versions as one text, "vers:npm/>=1.2.0|<2.0.0" (vers-spec 1.2).
//
// In: strict. Comparators = (written as nothing) != < <= > >= and a lone *; percent-encoding once,
// only where it is needed, in upper case. Constraints may come in any order; normalise() sorts
// them. from_native() reads what package managers write. It keeps each bound as it stands, as the
// VERS test suite wants, so of ranges that overlap ("<2 || <1") the union is lost: see
// docs/conformance.md.
//
// Thread rule: plain values, pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "version/version.h"

namespace weir::version {

inline constexpr std::size_t kMaxVersBytes = 65'536;
inline constexpr std::size_t kMaxConstraints = 2'000;

/// In the order that constraints on the same version have in a range.
enum class Comparator : std::uint8_t { less, less_equal, equal, not_equal, greater_equal, greater };
/// "<", "<=", "=", "!=", ">=", ">".
std::string_view name(Comparator comparator);

struct Constraint {
  Comparator comparator = Comparator::equal;
  std::string version;  // decoded
  bool operator==(const Constraint&) const = default;
};

struct Vers {
  std::string type;  // "npm"
  Scheme scheme = Scheme::natural;
  bool any = false;  // "*": every version; then there are no constraints
  std::vector<Constraint> constraints;
};

/// `invalid` with the reason for anything that is not canonical, or of an unknown type.
Result<Vers> parse_vers(std::string_view text);
/// By version, then comparator.
void normalise(Vers& range);
/// The canonical text, constraints in the order they have.
std::string text(const Vers& range);
/// Whether the range holds `version`; constraints in any order.
bool contains(const Vers& range, std::string_view version);

/// What npm, Python, RubyGems, NuGet, Maven, Composer, Go, Conan, nginx and OpenSSL write. Sorted.
Result<Vers> from_native(std::string_view type, std::string_view range);

}  // namespace weir::version
