// CPE 2.3: the examples of NISTIR 7695 and 7696, and what is refused.
#include "version/cpe.h"

#include <string>

#include <gtest/gtest.h>

namespace weir::version {
namespace {

std::string fs(std::string_view version, std::string_view rest = "*:*:*:*:*:*:*") {
  return "cpe:2.3:a:acme:anvil:" + std::string(version) + ":" + std::string(rest);
}

TEST(Cpe, HasThreeForms) {
  const char* table[][3] = {
      {"cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
       "cpe:/a:microsoft:internet_explorer:8.0.6001:beta",
       "wfn:[part=\"a\",vendor=\"microsoft\",product=\"internet_explorer\",version=\"8\\.0\\."
       "6001\","
       "update=\"beta\",edition=ANY,language=ANY,sw_edition=ANY,target_sw=ANY,target_hw=ANY,other="
       "ANY]"},
      {"cpe:2.3:a:foo\\$bar:insight:7.4.0:-:*:*:online:win2003:x64:*",
       "cpe:/a:foo%24bar:insight:7.4.0:-:~~online~win2003~x64~",
       "wfn:[part=\"a\",vendor=\"foo\\$bar\",product=\"insight\",version=\"7\\.4\\.0\",update=NA,"
       "edition=ANY,language=ANY,sw_edition=\"online\",target_sw=\"win2003\",target_hw=\"x64\","
       "other=ANY]"},
      {"cpe:2.3:o:acme:x-1:8.*:sp?:*:de:*:*:*:*", "cpe:/o:acme:x-1:8.%02:sp%01::de",
       "wfn:[part=\"o\",vendor=\"acme\",product=\"x\\-1\",version=\"8\\.*\",update=\"sp?\",edition="
       "ANY,"
       "language=\"de\",sw_edition=ANY,target_sw=ANY,target_hw=ANY,other=ANY]"},
  };
  for (const auto& [formatted, uri, wfn] : table) {
    const auto cpe = parse_cpe(formatted);
    ASSERT_TRUE(cpe) << formatted << ": " << text(cpe.error());
    EXPECT_EQ(to_formatted_string(*cpe), formatted);
    EXPECT_EQ(to_uri(*cpe), uri);
    EXPECT_EQ(to_wfn(*cpe), wfn);
    EXPECT_EQ(parse_cpe(uri), *cpe);
  }
  EXPECT_EQ(to_formatted_string(*parse_cpe("cpe:/a:Acme")), "cpe:2.3:a:acme:*:*:*:*:*:*:*:*:*");
  EXPECT_EQ(name(Attribute::sw_edition), "sw_edition");
}

TEST(Cpe, RefusesWhatIsNoName) {
  for (const std::string& cpe : {std::string(),
                                 std::string("cpe:2.3:a"),
                                 std::string("cpe:2.2:a:b"),
                                 fs("1") + ":*",
                                 fs(""),
                                 fs("1*2"),
                                 fs("1?2"),
                                 fs("**1"),
                                 fs("*?1"),
                                 fs("a b"),
                                 fs("a!"),
                                 fs("a\\"),
                                 fs("\\a"),
                                 fs("\\-"),
                                 std::string("cpe:/a:%02:anvil"),
                                 std::string("cpe:2.3:x:acme:anvil:1:*:*:*:*:*:*:*"),
                                 std::string("cpe:/a:b%2"),
                                 std::string("cpe:/a:b%zz"),
                                 std::string("cpe:/a:b*"),
                                 std::string("cpe:/a:b:c:1:2:~a~b"),
                                 std::string("cpe:/a:b:c:1:2:3:4:5"),
                                 std::string("cpe:/x:b")}) {
    EXPECT_FALSE(parse_cpe(cpe)) << cpe;
  }
  const std::string start = "cpe:/a:";
  EXPECT_TRUE(parse_cpe(start + std::string(kMaxCpeBytes - start.size(), 'a')));
  EXPECT_FALSE(parse_cpe(start + std::string(kMaxCpeBytes - start.size() + 1, 'a')));
}

TEST(Cpe, RelatesAttributesAsTable62Says) {
  const char* table[][3] = {
      // source, target, relation
      {"*", "*", "EQUAL"},
      {"*", "-", "SUPERSET"},
      {"*", "1", "SUPERSET"},
      {"*", "1*", "UNDEFINED"},
      {"-", "*", "SUBSET"},
      {"-", "-", "EQUAL"},
      {"-", "1", "DISJOINT"},
      {"-", "1*", "UNDEFINED"},
      {"1", "1", "EQUAL"},
      {"a", "A", "EQUAL"},
      {"1", "2", "DISJOINT"},
      {"1", "1*", "UNDEFINED"},
      {"1", "-", "DISJOINT"},
      {"1", "*", "SUBSET"},
      {"1*", "12", "SUPERSET"},
      {"1*", "2", "DISJOINT"},
      {"1*", "*", "SUBSET"},
      {"1*", "-", "DISJOINT"},
      {"1*", "1*", "UNDEFINED"},
      {"1?", "12", "SUPERSET"},
      {"1?", "1", "SUPERSET"},
      {"1?", "123", "DISJOINT"},
      {"??1", "ab1", "SUPERSET"},
      {"?1", "ab1", "DISJOINT"},
      {"*.1", "2.1", "SUPERSET"},
      {"8.*", "8.0.1", "SUPERSET"},
      {"8.?", "8.\\!", "SUPERSET"},
      {"a?", "a\\!", "SUPERSET"},
      {"1\\*", "12", "DISJOINT"},
      {"1\\*", "1\\*", "EQUAL"},
      {"\\\\*", "\\\\x", "SUPERSET"},
  };
  for (const auto& [source, target, expected] : table) {
    const auto from = parse_cpe(fs(source))->at(Attribute::version);
    const auto to = parse_cpe(fs(target))->at(Attribute::version);
    EXPECT_EQ(name(relate(from, to)), expected) << source << " and " << target;
  }
}

TEST(Cpe, RelatesNamesByAllTheirAttributes) {
  const auto relation = [](const std::string& a, const std::string& b) {
    return relate(*parse_cpe(a), *parse_cpe(b));
  };
  EXPECT_EQ(relation(fs("1"), fs("1")), Relation::equal);
  EXPECT_EQ(relation(fs("*"), fs("1")), Relation::superset);
  EXPECT_EQ(relation(fs("1"), fs("*")), Relation::subset);
  EXPECT_EQ(relation(fs("1"), fs("2")), Relation::disjoint);
  EXPECT_EQ(relation(fs("*", "sp1:*:*:*:*:*:*"), fs("1")), Relation::undefined);
  EXPECT_EQ(relation(fs("*", "sp1:*:*:*:*:*:*"), fs("1", "sp2:*:*:*:*:*:*")), Relation::disjoint);
}

TEST(Cpe, IsConcernedByNameAndBounds) {
  const CpeCriteria all{.name = *parse_cpe(fs("*"))};
  CpeCriteria range = all;
  range.from = "1.2";
  range.before = "1.10";
  CpeCriteria inner = all;
  inner.after = "1.2";
  inner.until = "1.10";
  struct Row {
    const char* version;
    bool in_all, in_range, in_inner;
  };
  for (const Row& row : {Row{"1.1", true, false, false},
                         {"1.2", true, true, false},
                         {"1.9", true, true, true},
                         {"1.10", true, false, true},
                         {"1.11", true, false, false},
                         {"-", true, false, false},
                         {"*", true, true, true}}) {
    const Cpe cpe = *parse_cpe(fs(row.version));
    EXPECT_EQ(applies(all, cpe), row.in_all) << row.version;
    EXPECT_EQ(applies(range, cpe), row.in_range) << row.version;
    EXPECT_EQ(applies(inner, cpe), row.in_inner) << row.version;
  }
  EXPECT_FALSE(applies(all, *parse_cpe("cpe:/a:acme:hammer:1.5")));
  EXPECT_FALSE(applies({.name = *parse_cpe(fs("1.5"))}, *parse_cpe(fs("*"))));
}

}  // namespace
}  // namespace weir::version
