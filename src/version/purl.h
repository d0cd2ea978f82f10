// Package URLs (ECMA-427): "pkg:npm/%40angular/core@12.3.1?arch=x86#src".
//
// In: from the right, percent-decoded, then folded by the rules of the type (what is lower-cased,
// which parts must or must not be there), so that two Purls of the same package are equal. Out:
// canonical, qualifiers sorted by key. An unknown type is taken as it is.
//
// Thread rule: plain values, pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::version {

inline constexpr std::size_t kMaxPurlBytes = 8'192;
inline constexpr std::size_t kMaxQualifiers = 64;

struct Purl {
  std::string type;
  std::string scope;  // "namespace" of the standard, a keyword here; segments joined by "/"
  std::string name;
  std::string version;                                          // "" for none
  std::vector<std::pair<std::string, std::string>> qualifiers;  // sorted by key, no empty value
  std::string subpath;
  bool operator==(const Purl&) const = default;

  /// The value of a qualifier, or nothing.
  std::optional<std::string_view> qualifier(std::string_view key) const;
};

/// How much is forgiven. `lenient` lower-cases the keys of qualifiers, which the standard forbids
/// to be anything else.
enum class Reading { strict, lenient };

/// `invalid` with the reason.
Result<Purl> parse_purl(std::string_view text, Reading reading = Reading::strict);
/// The same checks and folding for parts that come from elsewhere; "" is an absent part.
Result<Purl> make_purl(Purl parts, Reading reading = Reading::strict);
/// The canonical text of a purl that came from one of the two above.
std::string text(const Purl& purl);

}  // namespace weir::version
