// The parts of the reader, each alone.
#include "regimes/reader.h"

#include <gtest/gtest.h>

#include "regimes/regimes.h"

namespace weir::regimes {
namespace {

/// vocabulary.yaml or calendars.yaml, as compiled in.
Node builtin_tree(const std::string& name) {
  for (const File& file : builtin()) {
    if (file.name == name) {
      return parse_yaml(file.name, file.text).value();
    }
  }
  return {};
}

TEST(Reader, TypedValuesWithTheirPlace) {
  const auto tree = parse_yaml("x.yaml", "a: text\nb: [1, two]\nc: {d: 2026-09-11}\n");
  ASSERT_TRUE(tree);
  const std::string file = "x.yaml";
  const Reader root(file, *tree);
  EXPECT_EQ(root.text_at("a"), "text");
  EXPECT_EQ(root.find_text("nothing"), "");
  EXPECT_FALSE(root.find_text("b"));
  const std::vector<Reader> list = root.at("b")->list().value();
  EXPECT_EQ(list[0].integer(), 1);
  EXPECT_EQ(text(list[1].integer().error()), "a whole number is expected (x.yaml:2)");
  EXPECT_EQ(root.at("b")->texts()->size(), 2U);
  EXPECT_EQ(deadline::to_date(root.at("c")->at("d")->date().value()), "2026-09-11");
  EXPECT_EQ(root.members()->size(), 3U);
  EXPECT_FALSE(root.at("a")->members());
  EXPECT_TRUE(root.only({"a", "b", "c"}));
  EXPECT_EQ(text(root.only({"a", "b"}).error()), "unknown key: c (x.yaml:3)");
  EXPECT_EQ(root.node().find("d"), nullptr);
  for (const char* good : {"a", "eu-cra", "x_9"}) {
    EXPECT_TRUE(is_word(good));
  }
  for (const char* bad : {"", "A", "a b", "\u00e9"}) {
    EXPECT_FALSE(is_word(bad));
  }
}

TEST(Reader, EachPartAlone) {
  const std::string file = "x.yaml";
  deadline::Rules rules;
  const Node words = builtin_tree("vocabulary.yaml");
  const Node days = builtin_tree("calendars.yaml");
  ASSERT_TRUE(read_vocabulary(Reader(file, words), Reader(file, days), rules));
  const std::map<std::string, deadline::Citation> sources = {
      {"a", {"", "https://example.com", deadline::Mark::primary}}};
  Names names{rules, sources, {"first"}, {}};
  const Node tree = parse_yaml(file,
                               "cite: [a, Art. 9, unverified]\nwhen: [flaw_known, [published, "
                               "\"filed:first\"]]\nexcept: {role: [csirt]}\n")
                        .value();
  const Reader root(file, tree);
  const auto citation = read_citation(root, names);
  ASSERT_TRUE(citation);
  EXPECT_EQ(citation->clause, "Art. 9");
  EXPECT_EQ(citation->address, "https://example.com");
  EXPECT_EQ(citation->mark, deadline::Mark::unverified);
  const auto condition = read_condition(root.find("when"), names);
  ASSERT_TRUE(condition);
  EXPECT_EQ(condition->at(1).events, std::uint64_t{1} << rules.event("published").value());
  EXPECT_EQ(condition->at(1).stages, 1U);
  EXPECT_EQ(read_scope(root, names)->except.at("role").at(0), "csirt");
  const Node stage = parse_yaml(file, "{stage: first, title: T, wording: w, cite: [a, b]}").value();
  EXPECT_EQ(read_stage(Reader(file, stage), names)->id, "first");
  const Node regime = builtin_tree("eu-gdpr.yaml");
  EXPECT_EQ(read_regime(Reader(file, regime), "eu-gdpr", rules)->kind, deadline::Kind::law);
  EXPECT_FALSE(read_regime(Reader(file, regime), "eu-cra", rules));
}

}  // namespace
}  // namespace weir::regimes
