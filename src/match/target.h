// What is asked about: one package or product in one version, under every name that it goes by.
//
// A purl names a package of an ecosystem as advisory/package.h says. Red Hat, SUSE and Fedora have
// none; they match by CPE, and by purl where a record has one.
//
// Thread rule: plain values, pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sbom/sbom.h"
#include "version/cpe.h"
#include "version/purl.h"

namespace weir::match {

struct Target {
  std::string ecosystem;  // OSV's name, with its suffix if it is known: "Debian:12"
  std::string package;    // the name there
  std::optional<version::Purl> purl;
  std::vector<version::Cpe> cpes;
  std::string version;  // "" if nobody says
};

/// "PyPI", "jinja2", "2.4.1". `invalid` for an ecosystem of no name or a package of none.
Result<Target> target_of_package(std::string_view ecosystem, std::string_view package,
                                 std::string_view version);
/// A purl or a CPE, with its version in it, or `version` if it has none.
Result<Target> target_of_name(std::string_view name, std::string_view version);

/// From an inventory. Names that cannot be read are left out; `unread` says which and why. Without
/// any name it has no keys, and nothing can be said about it.
struct Named {
  Target target;
  std::vector<std::string> unread;
};
Named target_of(const sbom::Component& component);

/// How a record was found.
enum class Through : std::uint8_t { package, purl, cpe };
std::string_view name(Through through);
struct Key {
  Through through = Through::package;
  std::string text;      // of advisory/keys.h
  std::size_t name = 0;  // of cpes
};
std::vector<Key> keys(const Target& target);

/// Whether a record for `affected` speaks about `asked`: "Debian" and "Debian:12" do, "Debian:11"
/// and "Debian:12" do not.
bool is_same_ecosystem(std::string_view asked, std::string_view affected);

}  // namespace weir::match
