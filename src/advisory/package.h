// Which package of which ecosystem a purl means: the one place that says so.
//
// "pkg:maven/g/a@1" is Maven's "g:a". For distributions the qualifiers count: `distro`
// ("debian-12") narrows the ecosystem, `upstream` names the source package that Debian, Ubuntu and
// Alpine speak of, `epoch` belongs to the version of an rpm. Not mapped, because their records
// speak of products and streams and not of one ecosystem: Red Hat, SUSE and Fedora.
//
// Source: the purl types (ECMA-427) and the ecosystems of the OSV schema 1.7.
//
// Thread rule: plain values, pure functions.
#pragma once

#include <optional>
#include <string>

#include "version/purl.h"

namespace weir::advisory {

struct Package {
  std::string ecosystem;  // OSV's name, with its suffix if it is known: "Debian:12"
  std::string name;       // as the ecosystem writes it
  bool operator==(const Package&) const = default;
};
/// Nothing for a type or a distribution that no records speak of by packages.
std::optional<Package> package_of(const version::Purl& purl);

/// The purl's version as records of its ecosystem write it: without the leading v of Go, with the
/// epoch of an rpm ("1:2.3-4") before it; "" if there is none.
std::string version_of(const version::Purl& purl);

}  // namespace weir::advisory
