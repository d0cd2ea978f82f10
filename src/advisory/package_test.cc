// A purl's package, as records name it.
#include "advisory/package.h"

#include <gtest/gtest.h>

namespace weir::advisory {
namespace {

version::Purl purl_of(const std::string& text) {
  auto purl = version::parse_purl(text);
  CHECK(purl.has_value());
  return *purl;
}

struct Case {
  std::string purl;
  std::string ecosystem;  // "" for none
  std::string name;
  std::string version;
};

TEST(PackageOfPurl, IsNamedAsItsEcosystemDoes) {
  const Case cases[] = {
      {"pkg:pypi/Zope.Interface@5.0", "PyPI", "zope.interface", "5.0"},
      {"pkg:npm/%40angular/core@1.0.0", "npm", "@angular/core", "1.0.0"},
      {"pkg:maven/org.a/b@1", "Maven", "org.a:b", "1"},
      {"pkg:golang/github.com/a/b@v1.2.3", "Go", "github.com/a/b", "1.2.3"},
      {"pkg:golang/a/b@1.2.3", "Go", "a/b", "1.2.3"},
      {"pkg:composer/a/b@v1", "Packagist", "a/b", "v1"},
      {"pkg:cargo/serde@1", "crates.io", "serde", "1"},
      {"pkg:githubactions/actions/checkout@v4", "GitHub Actions", "actions/checkout", "v4"},
      {"pkg:deb/debian/libssl3@3.0?distro=debian-12.4&upstream=openssl%403.0", "Debian:12",
       "openssl", "3.0"},
      {"pkg:deb/debian/openssl@3.0?distro=bookworm", "Debian", "openssl", "3.0"},
      {"pkg:deb/ubuntu/openssl@3.0?distro=ubuntu-22.04.1", "Ubuntu:22.04", "openssl", "3.0"},
      {"pkg:apk/alpine/libcrypto3@3.1-r0?distro=alpine-3.18.2&upstream=openssl", "Alpine:v3.18",
       "openssl", "3.1-r0"},
      {"pkg:apk/wolfi/curl@8?distro=wolfi-20230201", "Wolfi", "curl", "8"},
      // What an rpm was built from is the name of a file; its records speak of the built package.
      {"pkg:rpm/almalinux/"
       "vim-minimal@9.0-1?distro=almalinux-9.2&epoch=2&upstream=vim-9.0-1.src.rpm",
       "AlmaLinux:9", "vim-minimal", "2:9.0-1"},
      {"pkg:rpm/rocky/vim@3:9.0-1?epoch=2", "Rocky Linux", "vim", "3:9.0-1"},
      {"pkg:rpm/redhat/vim@9.0-1?epoch=2", "", "", "2:9.0-1"},
      {"pkg:deb/deepin/vim@9", "", "", "9"},
      {"pkg:generic/debian/vim@9", "", "", "9"},
      {"pkg:npm/a", "npm", "a", ""},
  };
  for (const Case& c : cases) {
    const version::Purl purl = purl_of(c.purl);
    const auto package = package_of(purl);
    EXPECT_EQ(package.has_value(), !c.ecosystem.empty()) << c.purl;
    if (package) {
      EXPECT_EQ(*package, (Package{c.ecosystem, c.name})) << c.purl;
    }
    EXPECT_EQ(version_of(purl), c.version) << c.purl;
  }
}

}  // namespace
}  // namespace weir::advisory
