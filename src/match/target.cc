#include "match/target.h"

#include <algorithm>
#include <array>

#include "advisory/keys.h"
#include "version/version.h"

namespace weir::match {
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

void name_package(Target& target) {
  const Purl& purl = *target.purl;
  target.version = purl.version;
  const auto row = std::ranges::find(kTypes, purl.type, &Row::type);
  if (row != kTypes.end()) {
    target.ecosystem = row->ecosystem;
    target.package = joined(purl, row->join);
    if (row->ecosystem == "Go" && target.version.starts_with('v')) {
      target.version.erase(0, 1);  // records of Go leave it out
    }
    return;
  }
  if (purl.type != "deb" && purl.type != "apk" && purl.type != "rpm") {
    return;
  }
  if (const auto epoch = purl.qualifier("epoch");
      purl.type == "rpm" && epoch && !target.version.contains(':')) {
    target.version = std::string(*epoch) + ":" + target.version;
  }
  const auto distribution = std::ranges::find(kDistributions, purl.scope, &Distribution::scope);
  if (distribution != kDistributions.end()) {
    target.ecosystem = distribution->ecosystem;
    target.ecosystem += suffix_of(*distribution, purl.qualifier("distro").value_or(""));
    target.package = source_of(purl);
  }
}

std::string unquoted(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    i += text[i] == '\\' && i + 1 < text.size() ? 1 : 0;
    out += text[i];
  }
  return out;
}

/// As a WFN holds it.
std::string wfn_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    out += is_plain ? "" : "\\";
    out += c;
  }
  return out;
}

/// Name and version may come apart: whichever lacks the version gets it from the other.
void settle_version(Target& target) {
  using Kind = version::CpeValue::Kind;
  constexpr auto kPlace = static_cast<std::size_t>(version::Attribute::version);
  for (version::Cpe& cpe : target.cpes) {
    version::CpeValue& value = cpe.values[kPlace];
    if (value.kind == Kind::text && target.version.empty()) {
      target.version = unquoted(value.text);
    } else if (value.kind == Kind::any && !target.version.empty()) {
      value.kind = Kind::text;
      value.text = wfn_text(target.version);
    }
  }
}

}  // namespace

Result<Target> target_of_package(std::string_view ecosystem, std::string_view package,
                                 std::string_view version) {
  if (!version::scheme_of_ecosystem(ecosystem)) {
    return fail(Code::invalid, "\"" + std::string(ecosystem) + "\" is no ecosystem that is known");
  }
  if (package.empty()) {
    return fail(Code::invalid, "a package has a name");
  }
  Target target{.ecosystem = std::string(ecosystem),
                .package = std::string(package),
                .purl = std::nullopt,
                .cpes = {},
                .version = std::string(version)};
  if (ecosystem == "Go" && target.version.starts_with('v')) {
    target.version.erase(0, 1);
  }
  return target;
}

Result<Target> target_of_name(std::string_view name, std::string_view version) {
  Target target;
  if (name.starts_with("pkg:")) {
    target.purl = TRY(version::parse_purl(name, version::Reading::lenient));
    if (target.purl->version.empty()) {
      target.purl->version = version;
    }
    name_package(target);
  } else if (name.starts_with("cpe:")) {
    target.cpes.push_back(TRY(version::parse_cpe(name)));
    target.version = version;
  } else {
    return fail(Code::invalid, "a name is a purl (pkg:...) or a CPE (cpe:...)");
  }
  settle_version(target);
  return target;
}

Named target_of(const sbom::Component& component) {
  Named named;
  Target& target = named.target;
  if (!component.purl.empty()) {
    auto purl = version::parse_purl(component.purl, version::Reading::lenient);
    if (purl) {
      target.purl = std::move(*purl);
      if (target.purl->version.empty()) {
        target.purl->version = component.version;
      }
      name_package(target);
    } else {
      named.unread.push_back(component.purl + ": " + purl.error().message);
    }
  }
  if (target.version.empty()) {
    target.version = component.version;
  }
  for (const std::string& text : component.cpes) {
    auto cpe = version::parse_cpe(text);
    if (cpe) {
      target.cpes.push_back(std::move(*cpe));
    } else {
      named.unread.push_back(text + ": " + cpe.error().message);
    }
  }
  settle_version(target);
  return named;
}

std::string_view name(Through through) {
  constexpr std::array<std::string_view, 3> kNames = {"package", "purl", "cpe"};
  return kNames[static_cast<std::size_t>(through)];
}

std::vector<Key> keys(const Target& target) {
  std::vector<Key> all;
  if (!target.ecosystem.empty()) {
    all.push_back({Through::package, advisory::package_key(target.ecosystem, target.package)});
  }
  if (target.purl) {
    Purl plain = *target.purl;
    plain.version.clear();
    plain.qualifiers.clear();
    plain.subpath.clear();
    all.push_back({Through::purl, advisory::purl_key(version::text(plain))});
  }
  for (std::size_t i = 0; i < target.cpes.size(); ++i) {
    std::string key = advisory::cpe_key(version::to_formatted_string(target.cpes[i]));
    if (!key.empty()) {
      all.push_back({Through::cpe, std::move(key), i});
    }
  }
  return all;
}

bool is_same_ecosystem(std::string_view asked, std::string_view affected) {
  const std::size_t shorter = std::min(asked.size(), affected.size());
  if (asked.substr(0, shorter) != affected.substr(0, shorter)) {
    return false;
  }
  const std::string_view longer = asked.size() > affected.size() ? asked : affected;
  return longer.size() == shorter || longer[shorter] == ':';
}

}  // namespace weir::match
