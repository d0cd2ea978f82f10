// The stored form of what is affected, and the names under which it is found.
#include <gtest/gtest.h>

#include "advisory/advisory.h"
#include "advisory/keys.h"

namespace weir::advisory {
namespace {

Affected full() {
  return {.vulnerability = "CVE-2024-1",
          .ecosystem = "Debian:12",
          .package = "openssl",
          .collection = "https://deb.debian.org",
          .vendor = "OpenSSL",
          .product = "OpenSSL",
          .purl = "pkg:deb/debian/openssl",
          .cpes = {"cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*"},
          .standing = Standing::unknown,
          .others = Standing::affected,
          .configuration = 70'000,
          .platforms = {"x86", ""},
          .ranges = {{.kind = RangeKind::cve,
                      .standing = Standing::fixed,
                      .scheme = "semver",
                      .text = std::string(300, 'x'),
                      .events = {{Bound::introduced, "0"}, {Bound::turns_unknown, "3.0"}}}},
          .versions = {"3.0.1", "3.0.2"}};
}

TEST(AffectedCodec, WhatIsStoredIsReadBack) {
  const std::vector<Affected> lists[] = {{}, {Affected{}}, {full()}, {full(), Affected{}, full()}};
  for (const auto& list : lists) {
    const std::string bytes = encode(list);
    EXPECT_EQ(decode(bytes), list);
    for (std::size_t i = 0; i < list.size(); ++i) {
      EXPECT_EQ(decode_part(bytes, i), list[i]);
    }
    EXPECT_FALSE(decode_part(bytes, list.size()));
  }
}

TEST(AffectedCodec, NothingElseIsRead) {
  const std::string bytes = encode({full(), full()});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode(bytes.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode(bytes + 'x'));
  EXPECT_FALSE(decode(std::string("\x80\x00", 2)));                      // zero in two bytes
  EXPECT_FALSE(decode("\xff\xff\xff\xff\x7f"));                          // beyond 32 bits
  EXPECT_FALSE(decode(std::string("\xff\xff\xff\xff\x0f", 5) + "abc"));  // more than there is
  EXPECT_EQ(decode("x").error().code, Code::corrupt);
}

TEST(AffectedCodec, EveryChangedByteIsRefusedOrReadAsItself) {
  const std::string bytes = encode({full()});
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {1, 16, 128}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ bit);
      if (const auto read = decode(changed); read) {
        EXPECT_EQ(encode(*read), changed) << i;
      }
    }
  }
}

TEST(Names, OfSourcesGoBothWays) {
  for (int number = 1; number <= kSources; ++number) {
    const auto source = static_cast<Source>(number);
    EXPECT_EQ(parse_source(name(source)), source);
  }
  EXPECT_EQ(parse_source("CVE"), std::nullopt);
  EXPECT_EQ(name(State::removed), "removed");
  EXPECT_EQ(name(Standing::investigation), "under_investigation");
  EXPECT_EQ(name(RangeKind::prose), "prose");
  EXPECT_EQ(name(Bound::turns_unknown), "turns_unknown");
}

struct KeyCase {
  std::string made;
  std::string key;
};

TEST(Keys, SayWhatIsTheSamePackage) {
  const KeyCase cases[] = {
      {package_key("PyPI", "Zope._Interface"), "PyPI:zope-interface"},
      {package_key("npm", "@Angular/Core"), "npm:@Angular/Core"},
      {package_key("Debian:12", "openssl"), "Debian:openssl"},
      {package_key("Packagist:https://packages.drupal.org/8", "drupal/x"), "Packagist:drupal/x"},
      {package_key("Maven", "a:b"), "Maven:a:b"},
      {cpe_key("cpe:2.3:a:Apache:http_server:2.4:*:*:*:*:*:*:*"), "cpe:apache:http_server"},
      {cpe_key("cpe:2.3:a:a\\:b:c\\+\\+:*:*:*:*:*:*:*:*"), "cpe:a\\:b:c\\+\\+"},
      {cpe_key("cpe:/a:apache:http_server:2.4"), "cpe:apache:http_server"},
      {cpe_key("cpe:2.3:a:apache:*:*:*:*:*:*:*:*:*"), ""},
      {cpe_key("cpe:2.3:a:apache"), ""},
      {cpe_key("cpe:2.3:a:apache\\"), ""},
      {cpe_key("apache"), ""},
      {purl_key("pkg:npm/%40angular/core@1?arch=x#y"), "purl:npm/%40angular/core"},
      {purl_key("npm/core"), ""},
      {product_key("Siemens", "SIMATIC S7"), "product:siemens:simatic s7"},
      {product_key("n/a", "Thing"), "product::thing"},
      {product_key("Siemens", "n/a"), ""},
      {package_key("npm", std::string(510, 'a') + "\xc3\xa9"), "npm:" + std::string(508, 'a')},
      {package_key("npm", std::string(507, 'a') + "\xc3\xa9"), "npm:" + std::string(507, 'a')},
  };
  for (const KeyCase& c : cases) {
    EXPECT_EQ(c.made, c.key);
  }
}

TEST(Keys, OfAnAffectedAreSortedAndSingle) {
  Affected affected = full();
  affected.cpes.push_back("cpe:/a:openssl:openssl");
  EXPECT_EQ(keys(affected),
            (std::vector<std::string>{"Debian:openssl", "cpe:openssl:openssl",
                                      "product:openssl:openssl", "purl:deb/debian/openssl"}));
  EXPECT_TRUE(keys(Affected{}).empty());
}

}  // namespace
}  // namespace weir::advisory
