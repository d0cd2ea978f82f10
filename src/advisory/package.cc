#include "advisory/package.h"

#include <algorithm>
#include <array>

namespace weir::advisory {
namespace {

using version::Purl;

/// How an ecosystem joins the namespace of a purl and its name.
enum class Join : std::uint8_t { slash, colon, name };

struct Row {
  std::string_view type;
  std::string_view ecosystem;
  Join join;
};
constexpr auto kTypes = std::to_array<Row>({
    {"bitnami", "Bitnami", Join::name},
    {"cargo", "crates.io", Join::name},
    {"composer", "Packagist", Join::slash},
    {"conan", "ConanCenter", Join::name},
    {"cran", "CRAN", Join::name},
    {"gem", "RubyGems", Join::name},
    {"githubactions", "GitHub Actions", Join::slash},
    {"golang", "Go", Join::slash},
    {"hackage", "Hackage", Join::name},
    {"hex", "Hex", Join::name},
    {"julia", "Julia", Join::name},
    {"maven", "Maven", Join::colon},
    {"npm", "npm", Join::slash},
    {"nuget", "NuGet", Join::name},
    {"opam", "opam", Join::name},
    {"pub", "Pub", Join::name},
    {"pypi", "PyPI", Join::name},
    {"swift", "SwiftURL", Join::slash},
});

struct Distribution {
  std::string_view scope;  // namespace of the purl
  std::string_view ecosystem;
  std::string_view mark;  // before the number in the ecosystem's suffix
  int numbers;            // of the version that count
};
constexpr auto kDistributions = std::to_array<Distribution>({
    {"debian", "Debian", "", 1},
    {"ubuntu", "Ubuntu", "", 2},
    {"alpine", "Alpine", "v", 2},
    {"wolfi", "Wolfi", "", 0},
    {"chainguard", "Chainguard", "", 0},
    {"almalinux", "AlmaLinux", "", 1},
    {"rocky-linux", "Rocky Linux", "", 1},
    {"rockylinux", "Rocky Linux", "", 1},
    {"rocky", "Rocky Linux", "", 1},
    {"mageia", "Mageia", "", 1},
    {"openeuler", "openEuler", "", 2},
    {"azurelinux", "Azure Linux", "", 1},
    {"photon", "Photon OS", "", 2},
});

std::string joined(const Purl& purl, Join join) {
  if (join == Join::name || purl.scope.empty()) {
    return purl.name;
  }
  return purl.scope + (join == Join::colon ? ":" : "/") + purl.name;
}

/// "debian-12.4" is ":12" where one number counts; "" without a number.
std::string suffix_of(const Distribution& distribution, std::string_view distro) {
  const std::size_t start = distro.find_first_of("0123456789");
  if (start == distro.npos || distribution.numbers == 0) {
    return "";
  }
  std::size_t end = start;
  int dots = 0;
  while (end < distro.size() &&
         (distro[end] == '.' || (distro[end] >= '0' && distro[end] <= '9'))) {
    if (distro[end] == '.' && ++dots == distribution.numbers) {
      break;
    }
    ++end;
  }
  return ":" + std::string(distribution.mark).append(distro.substr(start, end - start));
}

/// The source package: "openssl" of "openssl@1.1.1", else the package's own name.
std::string source_of(const Purl& purl) {
  const std::string_view upstream = purl.qualifier("upstream").value_or("");
  const std::string_view name = upstream.substr(0, upstream.find_first_of("@ "));
  return name.empty() || purl.type == "rpm" ? purl.name : std::string(name);
}

}  // namespace

std::optional<Package> package_of(const Purl& purl) {
  const auto row = std::ranges::find(kTypes, purl.type, &Row::type);
  if (row != kTypes.end()) {
    return Package{std::string(row->ecosystem), joined(purl, row->join)};
  }
  if (purl.type != "deb" && purl.type != "apk" && purl.type != "rpm") {
    return std::nullopt;
  }
  const auto distribution = std::ranges::find(kDistributions, purl.scope, &Distribution::scope);
  if (distribution == kDistributions.end()) {
    return std::nullopt;
  }
  std::string ecosystem(distribution->ecosystem);
  ecosystem += suffix_of(*distribution, purl.qualifier("distro").value_or(""));
  return Package{std::move(ecosystem), source_of(purl)};
}

std::string version_of(const Purl& purl) {
  if (purl.type == "golang" && purl.version.starts_with('v')) {
    return purl.version.substr(1);
  }
  const auto epoch = purl.qualifier("epoch");
  if (purl.type == "rpm" && epoch && !purl.version.contains(':')) {
    return std::string(*epoch) + ":" + purl.version;
  }
  return purl.version;
}

}  // namespace weir::advisory
