// Version orders: chains that an expert of the ecosystem reads, and laws that every rule obeys.
#include "version/order.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "version/version.h"

namespace weir::version {
namespace {

struct Chain {
  Scheme scheme;
  std::string_view versions;  // "1 < 2 = 2.0 < 3": every pair is tried, both ways
};

const Chain kChains[] = {
    {Scheme::semver,
     "0.9.9 < 1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < "
     "1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 < 1.0.0 = v1.0.0 = 1 = 1.0.0+linux"},
    {Scheme::semver, "1.2.3-4 < 1.2.3.4 < 1.2.3-a < 1.2.3 < 1.2.10 < 1.10"},
    {Scheme::semver, "1.0.0-1 < 1.0.0-09 < 1.0.0-10 < 1.0.0--1 < 1.0.0-A < 1.0.0-a"},
    {Scheme::pub, "1.0.0-pre+build < 1.0.0 < 1.0.0+1 < 1.0.0+900 < 1.0.0+a < 1.0.0+a.1 < 1.0.1"},
    {Scheme::nuget, "1.0.0-BETA = 1.0.0-beta < 1.0.0-beta2 < 1.0 = 1.0.0.0 = 1.0.0+x < 1.0.0.1-a"},
    {Scheme::pypi,
     "x-legacy < 1.0.dev1 < 1.0a1.dev1 < 1.0a1 = 1.0-alpha.1 = 1.0_A1 < 1.0a1.post1 < "
     "1.0b2 < 1.0rc1 = 1.0c1 = 1.0-preview1 < 1 = 1.0 = v1.0.0 = 0!1 < 1.0+abc < "
     "1.0+abc.1 < 1.0+5 < 1.0.post0.dev1 < 1.0-0 = 1.0.post < 1.0-1 = 1.0.rev1 = "
     "1.0r1 < 1.0.1 < 1!0.1"},
    {Scheme::pypi, "1.0-class-dev < 1.0-class < 2.class < 2.class.1 < 0"},
    {Scheme::maven,
     "1-alpha = 1.alpha < 1-a1 = 1alpha1 = 1-alpha-1 < 1-beta-2 < 1-beta-10 = 1-b10 < "
     "1-m2 < 1-rc = 1-cr < 1-SNAPSHOT < 1 = 1.0 = 1-ga = 1.final = 1.0.0-RELEASE < "
     "1-sp < 1-jre = 1.jre < 1-1 < 1-2 < 1.0.1 < 1.1"},
    {Scheme::gem,
     "1.0.a.2 < 1.0.a9 < 1.0.a10 < 1.0.b1 < 1.0-1 < 1 = 1.0 = 1.0.0 < 1.0.0.1 < 1.2 < 1.10"},
    {Scheme::composer,
     "dev-foo < 1.0-dev < 1.0a1 = 1.0-alpha1 < 1.0b1 = 1.0.beta.1 < 1.0RC1 = v1.0rc1 "
     "< 1.0 < 1.0.0 < 1.0.1 < 1.0pl1 = 1.0-p1 < 1.10"},
    {Scheme::deb,
     "1.0~~ < 1.0~~a < 1.0~ < 1.0 = 0:1.0-0 = 1.00 < 1.0-1 < 1.0-1+b1 < 1.0a < 1.0+ < "
     "1.0.1 < 1.2 < 1.10 < 1:0.1"},
    {Scheme::rpm,
     "1.0~rc1 < 1.0~rc1^git1 < 1.0 = 1_0 = 0:1.0 < 1.0-0 < 1.0-1.el7 < 1.0-123 < 1.0^ < "
     "1.0^git1~pre < 1.0^git1 < 1.0a < 1.0aa < 1.0.1 < 1.01.2 < 2:0"},
    {Scheme::alpm, "1.0alpha < 1.0b < 1.0beta < 1.0rc < 1.0 < 1.0.a < 1.0.1 < 1.1 < 1:0"},
    {Scheme::alpm, "1.5-1 < 1.5-2 < 1.5.1-1"},
    {Scheme::alpm, "1.5 = 1.5-2"},
    {Scheme::apk,
     "1.01 < 1.1 < 1.2_alpha < 1.2_alpha1 < 1.2_beta < 1.2_pre < 1.2_rc9 < 1.2 < 1.2-r0 < "
     "1.2-r1 < 1.2_cvs < 1.2_svn < 1.2_git < 1.2_hg < 1.2_p < 1.2_p1 < 1.2a < 1.2.0 < "
     "1.10"},
    {Scheme::gentoo,
     "1.0_alpha < 1.0_beta < 1.0_pre < 1.0_rc < 1.0 = 1.0-r0 < 1.0-r1 < 1.0_p < "
     "1.0_p1 < 1.0a < 1.0.0 < 1.01 = 1.010 < 1.012 < 1.02 < 1.1 < 1.10"},
    {Scheme::conan,
     "1.0- < 1-pre1 = 1.0-pre1.0 < 1-pre2 < 1 = 1.0.0 < 1+b1 < 1.9 < 1.10 < 1.1a < 1.a"},
    {Scheme::openssl,
     "0.9.8 < 0.9.8a < 0.9.8lt < 0.9.8y < 0.9.8za < 0.9.8ztl < 1.0.2-beta1 < "
     "1.0.2-beta2 < 1.0.2 < 1.0.2a < 3.0.0-alpha1 < 3.0.0-beta1 < 3.0.0 < 3.0.10"},
    {Scheme::cran, "0.1-0 = 0.01.0 < 0.1-1 < 0.1.1.0 < 0.2 < 0.10 < 1.0 < 1.0.0"},
    {Scheme::hackage, "0 < 0.1 < 1 < 1.0 < 1.0.0 < 1.1"},
    {Scheme::datetime,
     "garbage < 2023-12-31T19:00:00-05:00 = 2024-01-01T00:00:00Z = "
     "2024-01-01T00:00:00.000Z < 2024-01-01T00:00:00.001Z"},
    {Scheme::lexicographic, "1 < 10 < 2 < Z < a < aa < \xC3\xA4"},
    {Scheme::natural, "1 = 1. < 1.rc = 1-rc < 1.2 < 1.10 < 2"},
};

/// The words of "a < b = c" and, between them, the signs.
std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    if (space > 0) {
      found.push_back(text.substr(0, space));
    }
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return found;
}

TEST(VersionOrder, Chains) {
  for (const Chain& chain : kChains) {
    const auto list = words(chain.versions);
    std::vector<int> rank(list.size());
    for (std::size_t i = 2; i < list.size(); i += 2) {
      rank[i] = rank[i - 2] + (list[i - 1] == "<" ? 1 : 0);
    }
    for (std::size_t i = 0; i < list.size(); i += 2) {
      for (std::size_t j = 0; j < list.size(); j += 2) {
        EXPECT_EQ(compare(chain.scheme, list[i], list[j]), std::weak_ordering(rank[i] <=> rank[j]))
            << name(chain.scheme) << ": " << list[i] << " and " << list[j];
      }
    }
  }
}

TEST(VersionOrder, NumbersHaveNoLimit) {
  const std::string small = "1.99999999999999999999999999999999999999998";
  const std::string large = "1.99999999999999999999999999999999999999999";
  for (const Scheme scheme : all_schemes()) {
    if (scheme != Scheme::datetime) {
      EXPECT_EQ(compare(scheme, small, large), std::weak_ordering::less) << name(scheme);
    }
  }
}

/// Random versions out of pieces that mean something somewhere.
class Versions {
 public:
  explicit Versions(Scheme scheme) : random_(std::to_underlying(scheme) + 1u) {}
  std::string next() {
    static constexpr std::string_view kPieces[] = {
        "0",    "1", "2", "10", "01",       "a", "b",  "rc",  "alpha", "pre", "dev",
        "post", "p", "r", "SP", "ga",       "x", "_p", "_rc", "-r",    "~",   "^",
        "+",    "!", ":", "_",  "\xC3\xA9", "",  ".",  ".",   ".",     "-",   "-"};
    std::string version;
    for (unsigned pieces = pick(8); pieces > 0; --pieces) {
      version += kPieces[pick(std::size(kPieces))];
    }
    return version;
  }

 private:
  unsigned pick(std::size_t below) { return static_cast<unsigned>(random_() % below); }
  std::mt19937 random_;
};

/// Every pair of a pool, compared: -1, 0 or 1.
std::vector<std::vector<int>> matrix(Scheme scheme, const std::vector<std::string>& pool) {
  std::vector<std::vector<int>> signs(pool.size(), std::vector<int>(pool.size()));
  for (std::size_t a = 0; a < pool.size(); ++a) {
    for (std::size_t b = 0; b < pool.size(); ++b) {
      const auto order = compare(scheme, pool[a], pool[b]);
      signs[a][b] = order == 0 ? 0 : order < 0 ? -1 : 1;
    }
  }
  return signs;
}

/// Invariant 2, on two million triples, nonsense included.
TEST(VersionOrder, IsAWeakOrder) {
  constexpr std::size_t kPool = 50;
  for (const Scheme scheme : all_schemes()) {
    Versions versions(scheme);
    std::vector<std::string> pool(kPool);
    for (std::string& version : pool) {
      version = versions.next();
      if (scheme == Scheme::alpm) {
        std::ranges::replace(version, '-', '.');  // the exception of version.h
      }
    }
    const auto signs = matrix(scheme, pool);
    for (std::size_t a = 0; a < kPool; ++a) {
      ASSERT_EQ(signs[a][a], 0) << name(scheme) << ": " << pool[a];
      for (std::size_t b = 0; b < kPool; ++b) {
        ASSERT_EQ(signs[a][b], -signs[b][a]) << name(scheme) << ": " << pool[a] << ", " << pool[b];
        for (std::size_t c = 0; signs[a][b] <= 0 && c < kPool; ++c) {
          const bool follows = signs[b][c] > 0 || signs[a][c] == std::min(signs[a][b], signs[b][c]);
          ASSERT_TRUE(follows) << name(scheme) << ": " << pool[a] << ", " << pool[b] << ", "
                               << pool[c];
        }
      }
    }
  }
}

/// The two exceptions of version.h, as the ecosystems have them.
TEST(VersionOrder, TwoSchemesBreakTheLawOnPurpose) {
  EXPECT_TRUE(compare(Scheme::composer, "1.#", "1.1") == 0 &&
              compare(Scheme::composer, "1.#", "1.2") == 0);
  EXPECT_TRUE(compare(Scheme::alpm, "1-1", "1") == 0 && compare(Scheme::alpm, "1", "1-2") == 0);
}

TEST(VersionScheme, HasTheRuleOfItsName) {
  const std::pair<Scheme, Order (*)(std::string_view, std::string_view)> rules[] = {
      {Scheme::semver, compare_semver},     {Scheme::pub, compare_pub},
      {Scheme::nuget, compare_nuget},       {Scheme::pypi, compare_pypi},
      {Scheme::maven, compare_maven},       {Scheme::gem, compare_gem},
      {Scheme::composer, compare_composer}, {Scheme::deb, compare_deb},
      {Scheme::rpm, compare_rpm},           {Scheme::alpm, compare_alpm},
      {Scheme::apk, compare_apk},           {Scheme::gentoo, compare_gentoo},
      {Scheme::conan, compare_conan},       {Scheme::openssl, compare_openssl},
      {Scheme::cran, compare_numbers},      {Scheme::hackage, compare_numbers},
      {Scheme::natural, compare_natural},   {Scheme::lexicographic, compare_text}};
  for (const auto& [scheme, rule] : rules) {
    Versions versions(scheme);
    for (int i = 0; i < 1000; ++i) {
      const std::string a = versions.next();
      const std::string b = versions.next();
      ASSERT_EQ(compare(scheme, a, b), rule(a, b)) << name(scheme) << ": " << a << ", " << b;
    }
  }
}

TEST(VersionText, IsTakenFromTheFront) {
  std::string_view text = "12ab.x";
  EXPECT_EQ(take_digits(text), "12");
  EXPECT_EQ(take_digits(text), "");
  EXPECT_EQ(take_letters(text), "ab");
  EXPECT_TRUE(take(text, "."));
  EXPECT_FALSE(take(text, "."));
  EXPECT_EQ(take_while(text, is_lower), "x");
  EXPECT_EQ(text, "");
  text = "a..b";
  EXPECT_EQ(take_until(text, '.'), "a");
  EXPECT_EQ(take_until(text, '.'), "");
  EXPECT_EQ(take_until(text, '.'), "b");
  EXPECT_EQ(take_until(text, '.'), "");
}

TEST(VersionText, KnowsAsciiOnly) {
  EXPECT_TRUE(is_digit('0') && is_digit('9') && !is_digit('/') && !is_digit(':'));
  EXPECT_TRUE(is_letter('a') && is_letter('Z') && !is_letter('[') && !is_letter('\xC3'));
  EXPECT_TRUE(lower('A') == 'a' && lower('Z') == 'z' && lower('[') == '[' && lower('1') == '1');
  EXPECT_TRUE(is_number("007") && !is_number("") && !is_number("1a"));
  EXPECT_EQ(compare_number("007", "7"), kSame);
  EXPECT_EQ(compare_number("", "0"), kSame);
  EXPECT_EQ(reversed(kLess), kGreater);
  EXPECT_EQ(reversed(kSame), kSame);
}

TEST(VersionScheme, HasANameOfItsOwn) {
  for (std::size_t i = 0; i < kSchemes; ++i) {
    EXPECT_EQ(std::to_underlying(all_schemes()[i]), i);
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(name(all_schemes()[i]), name(all_schemes()[j]));
    }
  }
}

TEST(VersionScheme, IsFoundByTypeAndEcosystem) {
  EXPECT_EQ(scheme_of_type("npm"), Scheme::semver);
  EXPECT_EQ(scheme_of_type("apk"), Scheme::apk);
  EXPECT_EQ(scheme_of_type("NPM"), std::nullopt);
  EXPECT_EQ(scheme_of_type(""), std::nullopt);
  EXPECT_EQ(scheme_of_ecosystem("PyPI"), Scheme::pypi);
  EXPECT_EQ(scheme_of_ecosystem("Debian:12"), Scheme::deb);
  EXPECT_TRUE(is_ecosystem("Debian:12") && is_ecosystem("OSS-Fuzz") && !is_ecosystem("debian"));
  EXPECT_EQ(scheme_of_ecosystem("Red Hat:enterprise_linux:9::appstream"), Scheme::rpm);
  EXPECT_EQ(scheme_of_ecosystem("debian"), std::nullopt);
  EXPECT_EQ(scheme_of_ecosystem("Debianish"), std::nullopt);
}

}  // namespace
}  // namespace weir::version
