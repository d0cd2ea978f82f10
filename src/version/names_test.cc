// VERS, native ranges and package URLs: tables of what is taken, what it means, what is refused.
#include <string>

#include <gtest/gtest.h>

#include "version/purl.h"
#include "version/vers.h"

namespace weir::version {
namespace {

TEST(Vers, IsWrittenBackAsItWasRead) {
  for (const char* range :
       {"vers:npm/*", "vers:npm/1.2.3", "vers:npm/>=1.0.0|<2.0.0|!=1.5.0", "vers:deb/<1:2.3~rc1-4",
        "vers:npm/1.0%252F0", "vers:pypi/1.0+local", "vers:datetime/>2024-01-01T00:00:00Z"}) {
    const auto parsed = parse_vers(range);
    ASSERT_TRUE(parsed) << range << ": " << text(parsed.error());
    EXPECT_EQ(text(*parsed), range);
  }
}

TEST(Vers, RefusesWhatIsNotCanonical) {
  for (const char* range : {"",
                            "vers:",
                            "vers:npm",
                            "vers:npm/",
                            "vers:npm/|",
                            "vers:npm/1|",
                            "vers:npm/>=",
                            "npm/1",
                            "vers:NPM/1",
                            "vers:unheard-of/1",
                            "vers:npm/1.0%2G0",
                            "vers:npm/1.0%2",
                            "vers:npm/1%2e0",
                            "vers:npm/1%2E0",
                            "vers:npm/1 2",
                            "vers:npm/*|1",
                            "vers:npm/=>1",
                            "vers:npm/1=2",
                            "vers:datetime/2024-01-01t00:00:00z",
                            "vers:datetime/yesterday",
                            "vers:datetime/2024-01-01T00%3a00%3a00Z"}) {
    EXPECT_FALSE(parse_vers(range)) << range;
  }
}

TEST(Vers, HasLimits) {
  std::string range = "vers:npm/1";
  for (std::size_t i = 1; i < kMaxConstraints; ++i) {
    range += "|1";
  }
  EXPECT_TRUE(parse_vers(range));
  EXPECT_FALSE(parse_vers(range + "|1"));
  const std::string start = "vers:npm/";
  EXPECT_TRUE(parse_vers(start + std::string(kMaxVersBytes - start.size(), '1')));
  EXPECT_FALSE(parse_vers(start + std::string(kMaxVersBytes - start.size() + 1, '1')));
}

TEST(Vers, IsSortedByVersionThenComparator) {
  auto range = *parse_vers("vers:npm/>10.0.0|>=2.0.0|<2.0.0|2.0.0|<=2.0.0|!=2.0.0");
  normalise(range);
  EXPECT_EQ(text(range), "vers:npm/<2.0.0|<=2.0.0|2.0.0|!=2.0.0|>=2.0.0|>10.0.0");
  EXPECT_EQ(name(Comparator::not_equal), "!=");
}

struct Holds {
  const char* range;
  const char* inside;  // separated by spaces
  const char* outside;
};

TEST(Vers, ContainsWhatLiesBetweenItsBounds) {
  const Holds table[] = {
      {"vers:npm/*", "0.0.0 99.0.0", ""},
      {"vers:npm/1.0.0|3.0.0", "1.0.0 1 3.0.0", "2.0.0 0.1.0 4.0.0"},
      {"vers:npm/>=1.0.0|<2.0.0", "1.0.0 1.9.9 2.0.0-rc.1", "0.9.0 2.0.0 3.0.0 1.0.0-rc.1"},
      {"vers:npm/>1.0.0|<=2.0.0", "1.0.1 2.0.0", "1.0.0 2.0.1"},
      {"vers:npm/<2.0.0|>=1.0.0", "1.5.0", "0.5.0 2.0.0"},
      {"vers:npm/<1.0.0|>2.0.0", "0.9.0 2.0.1", "1.0.0 1.5.0 2.0.0"},
      {"vers:npm/<1.0.0|>=2.0.0|<2.1.0|3.0.0", "0.5.0 2.0.5 3.0.0", "1.5.0 2.1.0 3.0.1"},
      {"vers:npm/>=1.0.0|!=1.5.0|<2.0.0", "1.4.0 1.6.0", "1.5.0 2.0.0"},
      {"vers:npm/!=1.5.0", "1.4.0 2.0.0", "1.5.0"},
      {"vers:deb/>=1.0-1|<1.0-1+deb12u2", "1.0-1 1.0-1+deb12u1", "1.0-1+deb12u2 1.0~rc1-1 2"},
  };
  for (const Holds& row : table) {
    const auto range = *parse_vers(row.range);
    for (const auto& [list, expected] : {std::pair(row.inside, true), {row.outside, false}}) {
      std::string_view rest = list;
      while (!rest.empty()) {
        const auto space = std::min(rest.find(' '), rest.size());
        const std::string_view version = rest.substr(0, space);
        EXPECT_EQ(contains(range, version), expected) << row.range << " and " << version;
        rest.remove_prefix(std::min(space + 1, rest.size()));
      }
    }
  }
}

TEST(Vers, ComesFromNativeRanges) {
  const char* table[][3] = {
      {"npm", "^1.2.3", ">=1.2.3|<2.0.0"},
      {"npm", "^0.2.3", ">=0.2.3|<0.3.0"},
      {"npm", "^0.0.3", ">=0.0.3|<0.0.4"},
      {"npm", "~1.2", ">=1.2.0|<1.3.0"},
      {"npm", "~1", ">=1.0.0|<2.0.0"},
      {"npm", "1.x || >=3.0.0 <3.1", "vers:npm/>=1.0.0|<2.0.0|>=3.0.0|<3.1.0"},
      {"npm", "1.2 - 2.3", ">=1.2.0|<2.4.0"},
      {"npm", "1.2.3 - 2.3.4", ">=1.2.3|<=2.3.4"},
      {"npm", ">1.2", ">=1.3.0"},
      {"npm", "<=99.9", "<99.10.0"},
      {"npm", "", ""},
      {"npm", "1.0 || *", "*"},
      {"npm", "&1.0", "%261.0"},
      {"npm", ">", ""},
      {"npm", "<>1", ""},
      {"pypi", "~=1.4.2", ">=1.4.2|<1.5"},
      {"pypi", "~= 2.2, !=2.2.5", ">=2.2|!=2.2.5|<3"},
      {"pypi", "==1.4.*", ">=1.4|<1.5"},
      {"gem", "~> 1.2.3", ">=1.2.3|<1.3"},
      {"gem", "~> 1.2, >= 1.2.5", ">=1.2|>=1.2.5|<2"},
      {"composer", "~1.2|^3.0", ">=1.2|<2|>=3.0|<4"},
      {"golang", "<v1.3.7", "<1.3.7"},
      {"conan", "~1.2.3-", ">=1.2.3|<1.3-"},
      {"conan", "*", ">=0.0.0"},
      {"maven", "[1.0,2.0)", ">=1.0|<2.0"},
      {"maven", "(,1.0],[1.2,)", "<=1.0|>=1.2"},
      {"maven", "[1.5]", "1.5"},
      {"maven", "1.0", "1.0"},
      {"maven", "[1.0", ""},
      {"maven", "[]", ""},
      {"nuget", "(1.0, 2.0]", ">1.0|<=2.0"},
      {"nuget", "1.0", ">=1.0"},
      {"nuget", "(,)", "*"},
      {"nginx", "1.1.4-1.2.8, 1.3.9-1.4.0", ">=1.1.4|<=1.2.8|>=1.3.9|<=1.4.0"},
      {"nginx", "1.5.0+, 1.4.1+", ">=1.4.1|<1.5.0|>=1.5.0"},
      {"openssl", "3.0.1, 0.9.7a", "0.9.7a|3.0.1"},
      {"openssl", "3.0.1,,", ""},
      {"hackage", "1.0", ""},
      {"unheard-of", "1.0", ""},
  };
  for (const auto& [type, native, expected] : table) {
    const auto range = from_native(type, native);
    std::string wanted = expected;
    if (!wanted.empty() && !wanted.starts_with("vers:")) {
      wanted = "vers:" + std::string(type) + "/" + wanted;
    }
    EXPECT_EQ(range ? text(*range) : "", wanted) << type << ": " << native;
  }
  std::string many = "1";
  for (std::size_t i = 1; i < kMaxConstraints; ++i) {
    many += ",1";
  }
  EXPECT_TRUE(from_native("openssl", many));
  EXPECT_FALSE(from_native("openssl", many + ",1"));
}

TEST(Purl, IsFoldedAsItsTypeSays) {
  const char* table[][2] = {
      {"pkg:npm/%40angular/core@12.3.1", "pkg:npm/%40angular/core@12.3.1"},
      {"pkg:npm/@angular/core", "pkg:npm/%40angular/core"},
      {"PKG://NPM/Foo@1", "pkg:npm/Foo@1"},
      {"pkg:PyPI/Django_X@1.0.DEV1", "pkg:pypi/django-x@1.0.dev1"},
      {"pkg:github/Weir/Core@V1", "pkg:github/weir/core@V1"},
      {"pkg:deb/debian/curl@7.50.3-1?distro=jessie&arch=i386",
       "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie"},
      {"pkg:alpm/arch/x@1:0.47-4?arch=&a=", "pkg:alpm/arch/x@1:0.47-4"},
      {"pkg:golang/a.org/b//c@v1#/x/./../y/", "pkg:golang/a.org/b/c@v1#x/y"},
      {"pkg:git/codeberg.org/a/b@1", "pkg:git/codeberg.org/a/b@1"},
      {"pkg:generic/a%20b@1%2F2?u=https://x/y&v=%3Fz",
       "pkg:generic/a%20b@1%2F2?u=https:%2F%2Fx%2Fy&v=%3Fz"},
      {"pkg:unheard-of/A/B@C", "pkg:unheard-of/A/B@C"},
      {"pkg:swid/x@1?tag_id=7", "pkg:swid/x@1?tag_id=7"},
      {"pkg:pub/A-b", "pkg:pub/a_b"},
  };
  for (const auto& [in, out] : table) {
    const auto purl = parse_purl(in);
    ASSERT_TRUE(purl) << in << ": " << text(purl.error());
    EXPECT_EQ(text(*purl), out);
    EXPECT_EQ(parse_purl(text(*purl)), *purl);
  }
}

TEST(Purl, IsRefusedWithAReason) {
  for (const char* purl : {"",
                           "pkg:",
                           "pkg:npm",
                           "pkg:npm/",
                           "pkg:npm/@1.0",
                           "npm/foo",
                           "pkg:3d/foo",
                           "pkg:n pm/foo",
                           "pkg:npm/fo%2",
                           "pkg:npm/fo%zz",
                           "pkg:gem/a?Platform=java",
                           "pkg:gem/a?=x",
                           "pkg:gem/a?1=x",
                           "pkg:gem/a?u=x?z%26",
                           "pkg:gem/a?x=1&x=2",
                           "pkg:deb/curl",
                           "pkg:cargo/scope/rand",
                           "pkg:julia/X",
                           "pkg:chrome-extension/abc",
                           "pkg:golang/a%2Fb/c",
                           "pkg:chrome-extension/dlpngalgnefjeiefhmpklpfiohadpglk@1-b"}) {
    EXPECT_FALSE(parse_purl(purl)) << purl;
  }
}

TEST(Purl, ForgivesTheKeysOfQualifiersWhenAsked) {
  EXPECT_EQ(text(*parse_purl("pkg:gem/a?Platform=java", Reading::lenient)),
            "pkg:gem/a?platform=java");
}

TEST(Purl, IsMadeOfParts) {
  const auto purl = make_purl({.type = "Maven",
                               .scope = "org.a",
                               .name = "b",
                               .version = "1+2",
                               .qualifiers = {{"type", "jar"}, {"classifier", ""}},
                               .subpath = ""});
  ASSERT_TRUE(purl);
  EXPECT_EQ(text(*purl), "pkg:maven/org.a/b@1%2B2?type=jar");
  EXPECT_EQ(purl->qualifier("type"), "jar");
  EXPECT_EQ(purl->qualifier("classifier"), std::nullopt);
  EXPECT_FALSE(make_purl(
      {.type = "maven", .scope = "a", .name = "", .version = "", .qualifiers = {}, .subpath = ""}));
}

TEST(Purl, HasLimits) {
  const std::string start = "pkg:npm/";
  EXPECT_TRUE(parse_purl(start + std::string(kMaxPurlBytes - start.size(), 'a')));
  EXPECT_FALSE(parse_purl(start + std::string(kMaxPurlBytes - start.size() + 1, 'a')));
  std::string purl = "pkg:npm/a?";
  for (std::size_t i = 0; i < kMaxQualifiers; ++i) {
    purl += "q" + std::to_string(i) + "=1&";
  }
  EXPECT_TRUE(parse_purl(purl));
  EXPECT_FALSE(parse_purl(purl + "last=1"));
}

}  // namespace
}  // namespace weir::version
