// "Is version X affected, and why": OSV's evaluation, CVE's entries, NVD's bounds, VERS and words.
#include "version/range.h"

#include <random>

#include <gtest/gtest.h>

#include "version/order.h"

namespace weir::version {
namespace {

using Kind = OsvEvent::Kind;
using Type = OsvRange::Type;

OsvRange range(std::vector<OsvEvent> events, Type type = Type::ecosystem) {
  return {.type = type, .events = std::move(events)};
}

std::string said(const Verdict& verdict) {
  std::string out(name(verdict.standing));
  out += " ";
  out += name(verdict.rule);
  for (const std::string& bound : {verdict.from, verdict.until}) {
    out += bound.empty() ? "" : " " + bound;
  }
  return out;
}

TEST(OsvRange, FollowsTheEventsInOrder) {
  const OsvRange two = range({{Kind::introduced, "0"},
                              {Kind::fixed, "1.2"},
                              {Kind::introduced, "2.0"},
                              {Kind::last_affected, "2.5"}});
  const char* table[][2] = {
      {"0.1", "affected inside < 1.2"},
      {"1.1.9", "affected inside < 1.2"},
      {"1.2rc1", "affected inside < 1.2"},
      {"1.2", "unaffected after < 1.2"},
      {"1.9", "unaffected after < 1.2"},
      {"2.0", "affected inside >= 2.0 <= 2.5"},
      {"2.5", "affected inside >= 2.0 <= 2.5"},
      {"2.5.0", "affected inside >= 2.0 <= 2.5"},
      {"2.5.1", "unaffected after >= 2.0 <= 2.5"},
  };
  for (const auto& [version, expected] : table) {
    EXPECT_EQ(said(judge(Scheme::pypi, {{two}}, {}, version)), expected) << version;
  }
  OsvRange shuffled = two;
  std::ranges::reverse(shuffled.events);
  for (const auto& [version, expected] : table) {
    EXPECT_EQ(said(judge(Scheme::pypi, {{shuffled}}, {}, version)), expected) << version;
  }
  sort_events(Scheme::pypi, shuffled);
  EXPECT_EQ(shuffled, two);
}

TEST(OsvRange, SaysWhyNot) {
  const OsvRange late = range({{Kind::introduced, "3.0"}, {Kind::fixed, "3.4"}});
  EXPECT_EQ(said(judge(Scheme::semver, {{late}}, {}, "2.9.9")), "unaffected before >= 3.0");
  EXPECT_EQ(explain(judge(Scheme::semver, {{late}}, {}, "3.4.0"), "3.4.0"),
            "3.4.0 is not affected: it is newer than the range >= 3.0, < 3.4, fixed in 3.4");
  // Of several ranges the one that was passed says more than the one that is not reached.
  const OsvRange later = range({{Kind::introduced, "4.0"}});
  const Verdict between = judge(Scheme::semver, {{later, late}}, {}, "3.5.0");
  EXPECT_EQ(said(between), "unaffected after >= 3.0 < 3.4");
  EXPECT_EQ(between.entry, 1u);
}

TEST(OsvRange, EveryVersionIsAffectedByAnOpenBeginning) {
  const OsvRange open = range({{Kind::introduced, "0"}}, Type::semver);
  for (const char* version : {"0", "0.0.0-alpha", "", "999", "nonsense"}) {
    EXPECT_EQ(said(judge(Scheme::semver, {{open}}, {}, version)), "affected every") << version;
  }
}

TEST(OsvRange, ALimitEndsItWithoutAFix) {
  const OsvRange limited =
      range({{Kind::introduced, "1.0"}, {Kind::limit, "2.0"}, {Kind::limit, "1.5"}});
  EXPECT_EQ(said(judge(Scheme::semver, {{limited}}, {}, "1.9")), "affected inside >= 1.0");
  const Verdict beyond = judge(Scheme::semver, {{limited}}, {}, "2.0");
  EXPECT_EQ(beyond.standing, Standing::unaffected);
  EXPECT_EQ(beyond.rule, Rule::after);
  const OsvRange unlimited = range({{Kind::introduced, "1.0"}, {Kind::limit, "*"}});
  EXPECT_EQ(judge(Scheme::semver, {{unlimited}}, {}, "9").standing, Standing::affected);
}

TEST(OsvRange, AListCountsByBytesBesideARangeAndByOrderAlone) {
  const std::vector<std::string> list = {"1.0", "1.1"};
  const OsvRange other = range({{Kind::introduced, "5"}});
  EXPECT_EQ(said(judge(Scheme::pypi, {}, list, "1.1")), "affected listed");
  EXPECT_EQ(said(judge(Scheme::pypi, {}, list, "1.1.0")), "affected listed");
  EXPECT_EQ(said(judge(Scheme::pypi, {{other}}, list, "1.1")), "affected listed");
  EXPECT_EQ(judge(Scheme::pypi, {{other}}, list, "1.1.0").standing, Standing::unaffected);
  EXPECT_EQ(said(judge(Scheme::pypi, {}, list, "1.2")), "unaffected elsewhere");
  EXPECT_TRUE(is_affected(Scheme::pypi, {}, list, "1.1.0"));
  EXPECT_TRUE(is_affected(Scheme::pypi, {{other}}, list, "1.1"));
  EXPECT_FALSE(is_affected(Scheme::pypi, {{other}}, list, "1.1.0"));
}

TEST(OsvRange, ARangeThatCoversAListedVersionSaysWhereTheFixIs) {
  const std::vector<std::string> list = {"1.0", "1.1", "3.0"};
  const OsvRange fixed = range({{Kind::introduced, "0"}, {Kind::fixed, "2.0"}});
  const OsvRange commits = range({{Kind::introduced, "0"}, {Kind::fixed, "abc"}}, Type::git);
  const Verdict verdict = judge(Scheme::pypi, {{commits, fixed}}, list, "1.1");
  EXPECT_EQ(said(verdict), "affected inside < 2.0");
  EXPECT_EQ(verdict.entry, 1U);
  EXPECT_EQ(said(judge(Scheme::pypi, {{fixed}}, list, "3.0")), "affected listed");
  EXPECT_EQ(said(judge(Scheme::pypi, {{fixed}}, list, "2.0")), "unaffected after < 2.0");
}

TEST(OsvRange, CommitsAndNothingAreUnknown) {
  const OsvRange commits = range({{Kind::introduced, "0"}, {Kind::fixed, "abc"}}, Type::git);
  EXPECT_EQ(said(judge(Scheme::semver, {{commits}}, {}, "1.0")), "unknown unordered");
  EXPECT_EQ(said(judge(Scheme::semver, {}, {}, "1.0")), "unknown elsewhere");
  const std::vector<std::string> list = {"1.0"};
  EXPECT_EQ(said(judge(Scheme::semver, {{commits}}, list, "1.0")), "affected listed");
  EXPECT_EQ(said(judge(Scheme::semver, {{commits}}, list, "2.0")), "unaffected elsewhere");
}

// The schema's evaluation, written as it reads there: slow, and obviously that.
bool is_vulnerable(std::vector<OsvEvent> events, const std::string& version) {
  const auto number = [](const OsvEvent& event) { return event.version.front() - '0'; };
  for (std::size_t i = 1; i < events.size(); ++i) {  // by insertion: equal ones stay as they stand
    for (std::size_t at = i; at > 0 && number(events[at]) < number(events[at - 1]); --at) {
      std::swap(events[at], events[at - 1]);
    }
  }
  bool is_limited = false;
  bool is_before_a_limit = false;
  bool is_vulnerable = false;
  for (const OsvEvent& event : events) {
    const int order = version.front() - event.version.front();
    if (event.kind == Kind::limit) {
      is_limited = true;
      is_before_a_limit = is_before_a_limit || order < 0;
    } else if (event.kind == Kind::introduced && order >= 0) {
      is_vulnerable = true;
    } else if ((event.kind == Kind::fixed && order >= 0) ||
               (event.kind == Kind::last_affected && order > 0)) {
      is_vulnerable = false;
    }
  }
  return is_vulnerable && (!is_limited || is_before_a_limit);
}

TEST(OsvRange, AgreesWithTheSchemaOnTwentyThousandRandomRanges) {
  std::mt19937 chance(20261126);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<OsvEvent> events;
    for (std::size_t i = 0, count = 1 + chance() % 6; i < count; ++i) {
      const Kind kind = chance() % 8 == 0 ? Kind::limit : static_cast<Kind>(chance() % 3);
      const unsigned least = kind == Kind::introduced ? 0 : 1;
      events.push_back({kind, std::to_string(least + chance() % 9)});
    }
    const std::string version = std::to_string(1 + chance() % 9);
    const bool expected = is_vulnerable(events, version);
    const Verdict verdict = judge(Scheme::natural, {{range(events)}}, {}, version);
    ASSERT_EQ(verdict.standing == Standing::affected, expected) << "round " << round;
    OsvRange sorted = range(events);
    sort_events(Scheme::natural, sorted);
    ASSERT_EQ(is_affected(Scheme::natural, {{sorted}}, {}, version), expected) << "round " << round;
  }
}

TEST(OsvRange, IsSortedWhateverTheSchemeSays) {
  // In Composer's order "#" equals every number, so there is no right order; nothing may be lost.
  OsvRange absurd;
  for (int i = 0; i < 200; ++i) {
    absurd.events.push_back({Kind::fixed, i % 3 == 0 ? "#" : std::to_string(i * 7 % 31)});
  }
  std::size_t others = 0;
  sort_events(Scheme::composer, absurd);
  for (const OsvEvent& event : absurd.events) {
    others += event.version == "#" ? 0 : 1;
  }
  EXPECT_EQ(absurd.events.size(), 200u);
  EXPECT_EQ(others, 133u);
  std::vector<int> numbers = {3, 1, 2, 1};
  sort_safely(numbers, std::less());
  EXPECT_EQ(numbers, (std::vector{1, 1, 2, 3}));
}

TEST(CveVersions, TheFirstEntryThatCoversDecides) {
  const CveVersions versions{
      .otherwise = Standing::unaffected,
      .entries = {{.version = "1.3", .standing = Standing::unaffected, .type = "semver"},
                  {.version = "1.0",
                   .standing = Standing::affected,
                   .less_than = "2.0",
                   .type = "semver",
                   .changes = {{"1.8", Standing::unaffected}, {"1.5", Standing::unknown}}},
                  {.version = "0",
                   .standing = Standing::affected,
                   .less_than_or_equal = "3.*",
                   .type = "custom"}}};
  const char* table[][2] = {
      {"1.0.0", "affected inside >= 1.0 < 2.0"}, {"1.3.0", "unaffected listed"},
      {"1.5.0", "unknown changed >= 1.5 < 2.0"}, {"1.9.0", "unaffected changed >= 1.8 < 2.0"},
      {"2.0.0", "affected inside <= 3.*"},       {"0.1", "affected inside <= 3.*"},
      {"3.99", "affected inside <= 3.*"},        {"30.1", "unaffected by_default <= 3.*"},
  };
  for (const auto& [version, expected] : table) {
    EXPECT_EQ(said(judge(versions, Scheme::natural, version)), expected) << version;
  }
}

TEST(CveVersions, ReadsWhatPeopleWrite) {
  const auto one = [](CveVersion entry, std::string_view version) {
    const CveVersions versions{.otherwise = Standing::unknown, .entries = {std::move(entry)}};
    return std::string(name(judge(versions, Scheme::natural, version).standing));
  };
  const auto affected = [](std::string version) {
    return CveVersion{.version = std::move(version), .standing = Standing::affected};
  };
  EXPECT_EQ(one(affected(">= 1.0, < 1.2.3"), "1.2"), "affected");
  EXPECT_EQ(one(affected(">= 1.0, < 1.2.3"), "1.2.3"), "unknown");
  EXPECT_EQ(one(affected("All versions < V4.3.8"), "4.3.7"), "affected");
  EXPECT_EQ(one(affected("All versions < V4.3.8"), "V4.3.8"), "unknown");
  EXPECT_EQ(one(affected("All versions"), "77"), "affected");
  EXPECT_EQ(one(affected("*"), "77"), "affected");
  EXPECT_EQ(one(affected("v1.2"), "1.2"), "affected");
  EXPECT_EQ(one(affected("n/a"), "1"), "unknown");
  EXPECT_EQ(one(affected("Android 12.0, 13.0"), "13.0"), "unknown");
  CveVersion open = affected("unspecified");
  open.less_than = "5";
  EXPECT_EQ(one(open, "4.9"), "affected");
  EXPECT_EQ(one(open, "5"), "unknown");
  CveVersion endless = affected("3");
  endless.less_than = "*";
  EXPECT_EQ(one(endless, "999"), "affected");
  EXPECT_EQ(one(endless, "2"), "unknown");
  CveVersion commit = affected("1da177e4c3f4");
  commit.type = "git";
  commit.less_than = "badc0ffee";
  EXPECT_EQ(one(commit, "6.1"), "unknown");
}

TEST(CveVersions, AListedCommitIsKnownByItsStart) {
  const CveVersions versions{.otherwise = Standing::unaffected,
                             .entries = {{.version = "1da177e4c3f41524e886b7f1b8a0c1fc7321cac2",
                                          .standing = Standing::affected,
                                          .type = "git"}}};
  EXPECT_EQ(said(judge(versions, Scheme::natural, "1da177e4c3f4")), "affected listed");
  EXPECT_EQ(said(judge(versions, Scheme::natural, "1da1")), "unknown unordered");
}

TEST(CveVersions, TypesNameTheirOrder) {
  EXPECT_EQ(scheme_of_version_type("python", Scheme::natural), Scheme::pypi);
  EXPECT_EQ(scheme_of_version_type("semver", Scheme::natural), Scheme::semver);
  EXPECT_EQ(scheme_of_version_type("custom", Scheme::deb), Scheme::deb);
  EXPECT_EQ(scheme_of_version_type("git", Scheme::deb), std::nullopt);
  EXPECT_EQ(parse_standing("affected"), Standing::affected);
  EXPECT_EQ(parse_standing("Affected"), std::nullopt);
}

TEST(CpeCriteria, SayOnWhichSideOfTheBoundsAVersionLies) {
  const CpeCriteria criteria{
      .name = *parse_cpe("cpe:2.3:a:acme:anvil:*:*:*:*:*:*:*:*"), .from = "1.0", .before = "2.0"};
  const auto at = [](const std::string& version) {
    return *parse_cpe("cpe:2.3:a:acme:anvil:" + version + ":*:*:*:*:*:*:*");
  };
  EXPECT_EQ(said(judge(criteria, at("1.5"))), "affected inside >= 1.0 < 2.0");
  EXPECT_EQ(said(judge(criteria, at("0.9"))), "unaffected before >= 1.0 < 2.0");
  EXPECT_EQ(said(judge(criteria, at("2.0"))), "unaffected after >= 1.0 < 2.0");
  EXPECT_EQ(said(judge(criteria, *parse_cpe("cpe:2.3:a:acme:tongs:1.5:*:*:*:*:*:*:*"))),
            "unaffected elsewhere");
  const CpeCriteria one{.name = at("3.1")};
  EXPECT_EQ(said(judge(one, at("3.1"))), "affected listed");
  const CpeCriteria every{.name = at("*")};
  EXPECT_EQ(said(judge(every, at("3.1"))), "affected every");
}

TEST(Words, AreReadWhereTheyAreNoGuess) {
  const char* table[][3] = {
      {">= 1.0, < 1.2", "1.1", "affected inside >= 1.0 < 1.2"},
      {">= 1.0 | < 1.2", "1.2", "unaffected after >= 1.0 < 1.2"},
      {">= 1.0, < 1.2", "0.9", "unaffected before >= 1.0 < 1.2"},
      {"<V4.8 SP5", "V4.8 SP4", "affected inside < 4.8 SP5"},
      {"<= 3", "3", "affected inside <= 3"},
      {"1.2.3", "1.2.3", "affected listed"},
      {"= 1.2", "1.3", "unaffected elsewhere"},
      {"vers:npm/>=1.0.0|!=1.5.0|<2.0.0", "1.5.0", "unaffected excluded"},
      {"vers:npm/*", "1", "affected every"},
      {"all versions", "1", "affected every"},
  };
  for (const auto& [words, version, expected] : table) {
    const auto range = parse_words(Scheme::natural, words);
    ASSERT_TRUE(range) << words << ": " << text(range.error());
    EXPECT_EQ(said(judge(*range, version)), expected) << words << " " << version;
  }
  for (const char* words : {"", "before the fix", "1.0, 2.0", "< 1, < 2", "< 2, >= 1",
                            "All versions of it", ">= 1, < 2, != 1.5", "<", "vers:unheard/1"}) {
    EXPECT_FALSE(parse_words(Scheme::natural, words)) << words;
  }
}

}  // namespace
}  // namespace weir::version
