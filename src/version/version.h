// Versions, ranges and names of software, as vulnerability records and inventories write them.
//
//   version.h  the order of versions, one per ecosystem: compare()
//   range.h    "is version X affected?", with the reason
//   vers.h     VERS ranges and the native ranges of package managers
//   purl.h     package URLs
//   cpe.h      CPE 2.3 names and their matching
//
// A Scheme is one rule of order. Ecosystems (OSV), types (purl) and schemes (VERS) are names for
// it; ecosystems with the same rule share a Scheme. Every rule here is that of the package manager
// itself, from its documentation, and is held against the vectors of docs/conformance.md.
//
// Invariants of compare():
//   1. It answers for any two byte strings; it never fails, and takes time linear in their length.
//   2. It is a weak order: a < b < c gives a < c, and "equal" is an equivalence. (Two exceptions,
//      where the ecosystem itself breaks it, are named at their Scheme.)
//   3. Numbers have no limit.
//
// Thread rule: pure functions.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weir::version {

enum class Scheme : std::uint8_t {
  semver,         // Semantic Versioning 2.0.0, clause 11; a fourth number counts as pre-release
  pub,            // as semver, but build metadata counts
  nuget,          // as semver, but four numbers, and case does not count
  pypi,           // PEP 440; anything else is older, in the order of setuptools before it
  maven,          // Maven's POM reference, "Version Order Specification"
  gem,            // Gem::Version
  composer,       // PHP's version_compare(); its "#" equals every number: 1 = # = 2
  deb,            // Debian Policy 5.6.12
  rpm,            // rpmvercmp of epoch, version, release; no release is older than any
  alpm,           // vercmp of pacman; a release counts only if both have one: 1-1 = 1 = 1-2
  apk,            // apk-tools
  gentoo,         // Package Manager Specification, chapter 3.3
  conan,          // Conan 2; where its own order has a cycle (9, 10, 1a), numbers come first
  openssl,        // 1.0.2a, 1.0.2za, 3.0.0-beta1
  cran,           // R's package_version
  hackage,        // Data.Version
  datetime,       // RFC 3339 instants
  lexicographic,  // bytes
  natural,        // numbers as numbers, words as words: what to do when nobody says
};
inline constexpr std::size_t kSchemes = 19;

/// "semver", "pypi", ...: the name that VERS and purl use, where there is one.
std::string_view name(Scheme scheme);
/// Every scheme, in the order of the enumeration.
std::span<const Scheme> all_schemes();

/// By VERS scheme or purl type: "npm", "deb", "golang". Case counts.
std::optional<Scheme> scheme_of_type(std::string_view type);
/// By OSV ecosystem, without or with its suffix: "PyPI", "Debian:12", "crates.io".
std::optional<Scheme> scheme_of_ecosystem(std::string_view ecosystem);
/// Whether OSV's schema names the ecosystem, with or without an order of its own.
bool is_ecosystem(std::string_view ecosystem);

/// Whether `a` is older than, newer than, or the same version as `b`.
std::weak_ordering compare(Scheme scheme, std::string_view a, std::string_view b);

}  // namespace weir::version
