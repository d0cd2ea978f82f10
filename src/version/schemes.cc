// The schemes: their names, whose they are, and the rule of each.
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/time.h"
#include "version/order.h"
#include "version/version.h"

namespace weir::version {
namespace {

using Rule = Order (*)(std::string_view, std::string_view);
struct Row {
  Scheme scheme;
  std::string_view name;
  Rule compare;
};

/// Instants; what is none is older than any.
Order compare_datetime(std::string_view a, std::string_view b) {
  const auto left = parse_rfc3339(a);
  const auto right = parse_rfc3339(b);
  if (left && right) {
    return *left <=> *right;
  }
  return left || right ? Order(left.has_value() <=> right.has_value()) : compare_text(a, b);
}

Order compare_lexicographic(std::string_view a, std::string_view b) {
  return compare_text(a, b);
}

constexpr std::array<Row, kSchemes> kRows = {{
    {Scheme::semver, "semver", compare_semver},
    {Scheme::pub, "pub", compare_pub},
    {Scheme::nuget, "nuget", compare_nuget},
    {Scheme::pypi, "pypi", compare_pypi},
    {Scheme::maven, "maven", compare_maven},
    {Scheme::gem, "gem", compare_gem},
    {Scheme::composer, "composer", compare_composer},
    {Scheme::deb, "deb", compare_deb},
    {Scheme::rpm, "rpm", compare_rpm},
    {Scheme::alpm, "alpm", compare_alpm},
    {Scheme::apk, "apk", compare_apk},
    {Scheme::gentoo, "gentoo", compare_gentoo},
    {Scheme::conan, "conan", compare_conan},
    {Scheme::openssl, "openssl", compare_openssl},
    {Scheme::cran, "cran", compare_numbers},
    {Scheme::hackage, "hackage", compare_numbers},
    {Scheme::datetime, "datetime", compare_datetime},
    {Scheme::lexicographic, "lexicographic", compare_lexicographic},
    {Scheme::natural, "natural", compare_natural},
}};

constexpr std::array<Scheme, kSchemes> kAll = [] {
  std::array<Scheme, kSchemes> all{};
  for (std::size_t i = 0; i < kSchemes; ++i) {
    all[i] = kRows[i].scheme;
  }
  return all;
}();

const Row& row(Scheme scheme) {
  return kRows[static_cast<std::size_t>(scheme)];
}

using Entry = std::pair<std::string_view, Scheme>;
// VERS schemes and purl types; sorted.
constexpr auto kTypes = std::to_array<Entry>({
    {"alpine", Scheme::apk},
    {"alpm", Scheme::alpm},
    {"apk", Scheme::apk},
    {"bitnami", Scheme::semver},
    {"cargo", Scheme::semver},
    {"composer", Scheme::composer},
    {"conan", Scheme::conan},
    {"conda", Scheme::pypi},
    {"cran", Scheme::cran},
    {"datetime", Scheme::datetime},
    {"deb", Scheme::deb},
    {"ebuild", Scheme::gentoo},
    {"gem", Scheme::gem},
    {"generic", Scheme::natural},
    {"gentoo", Scheme::gentoo},
    {"github", Scheme::semver},
    {"golang", Scheme::semver},
    {"hackage", Scheme::hackage},
    {"hex", Scheme::semver},
    {"julia", Scheme::semver},
    {"lexicographic", Scheme::lexicographic},
    {"maven", Scheme::maven},
    {"nginx", Scheme::semver},
    {"npm", Scheme::semver},
    {"nuget", Scheme::nuget},
    {"openssl", Scheme::openssl},
    {"pub", Scheme::pub},
    {"pypi", Scheme::pypi},
    {"rpm", Scheme::rpm},
    {"semver", Scheme::semver},
    {"swift", Scheme::semver},
});
// OSV's ecosystems.json without suffixes; sorted.
constexpr auto kEcosystems = std::to_array<Entry>({
    {"AlmaLinux", Scheme::rpm},
    {"Alpaquita", Scheme::apk},
    {"Alpine", Scheme::apk},
    {"Azure Linux", Scheme::rpm},
    {"BellSoft Hardened Containers", Scheme::apk},
    {"Bioconductor", Scheme::cran},
    {"Bitnami", Scheme::semver},
    {"CRAN", Scheme::cran},
    {"Chainguard", Scheme::apk},
    {"CleanStart", Scheme::apk},
    {"ConanCenter", Scheme::conan},
    {"Debian", Scheme::deb},
    {"Docker Hardened Images", Scheme::natural},
    {"Echo", Scheme::deb},
    {"GHC", Scheme::hackage},
    {"GitHub Actions", Scheme::semver},
    {"Go", Scheme::semver},
    {"Hackage", Scheme::hackage},
    {"Hex", Scheme::semver},
    {"Julia", Scheme::semver},
    {"Mageia", Scheme::rpm},
    {"Maven", Scheme::maven},
    {"MinimOS", Scheme::apk},
    {"NuGet", Scheme::nuget},
    {"Packagist", Scheme::composer},
    {"Photon OS", Scheme::rpm},
    {"Pub", Scheme::pub},
    {"PyPI", Scheme::pypi},
    {"Red Hat", Scheme::rpm},
    {"Rocky Linux", Scheme::rpm},
    {"RubyGems", Scheme::gem},
    {"SUSE", Scheme::rpm},
    {"SwiftURL", Scheme::semver},
    {"Ubuntu", Scheme::deb},
    {"VSCode", Scheme::semver},
    {"Wolfi", Scheme::apk},
    {"crates.io", Scheme::semver},
    {"npm", Scheme::semver},
    {"openEuler", Scheme::rpm},
    {"openSUSE", Scheme::rpm},
    {"opam", Scheme::deb},
});

// Those whose versions have no order that is known.
constexpr std::array<std::string_view, 7> kUnordered = {
    "Android", "FreeBSD", "Kubernetes", "Linux", "OSS-Fuzz", "Root", "TuxCare"};

template <class Table>
std::optional<Scheme> find(const Table& table, std::string_view key) {
  const auto at = std::ranges::find(table, key, &Entry::first);
  return at == table.end() ? std::nullopt : std::optional(at->second);
}

}  // namespace

std::string_view name(Scheme scheme) {
  return row(scheme).name;
}

std::span<const Scheme> all_schemes() {
  return kAll;
}

std::optional<Scheme> scheme_of_type(std::string_view type) {
  return find(kTypes, type);
}

std::optional<Scheme> scheme_of_ecosystem(std::string_view ecosystem) {
  return find(kEcosystems, ecosystem.substr(0, ecosystem.find(':')));
}

bool is_ecosystem(std::string_view ecosystem) {
  const std::string_view family = ecosystem.substr(0, ecosystem.find(':'));
  return find(kEcosystems, family).has_value() ||
         std::ranges::find(kUnordered, family) != kUnordered.end();
}

std::weak_ordering compare(Scheme scheme, std::string_view a, std::string_view b) {
  return row(scheme).compare(a, b);
}

}  // namespace weir::version
