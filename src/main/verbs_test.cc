#include "main/verbs.h"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "main/match_verbs.h"

namespace weir::main {
namespace {

/// A command line of one group with one verb, as main.cc has many.
struct Commands {
  Commands() {
    CLI::App* group = add_group(root, "case", "coordination");
    add_verb(*group, line, "show", "one case", "weir case show CASE", [this]() -> Status {
      ++shown;
      return {};
    });
  }
  CLI::App root{"weir"};
  Line line;
  int shown = 0;
};

TEST(Verbs, AGroupNeedsAnotherWordAndAVerbIsRunOnceTheLineIsRead) {
  Commands alone;
  EXPECT_THROW(alone.root.parse("case", false), CLI::RequiredError);
  Commands whole;
  whole.root.parse("case show", false);
  EXPECT_EQ(whole.shown, 0);
  ASSERT_TRUE(whole.line.run);
  EXPECT_TRUE(whole.line.run());
  EXPECT_EQ(whole.shown, 1);
}

TEST(Verbs, HelpEndsWithAnExample) {
  Commands commands;
  EXPECT_NE(commands.root.get_subcommand("case")->get_subcommand("show")->help().find(
                "Example:\n  weir case show CASE"),
            std::string::npos);
}

/// What main() adds for these words.
struct Added {
  explicit Added(const std::vector<const char*>& words = {}) { add_verbs(root, line, words); }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const CLI::App* one : root.get_subcommands([](const CLI::App*) { return true; })) {
      all.push_back(one->get_name());
    }
    return all;
  }
  CLI::App root{"weir"};
  Line line;
};

TEST(Verbs, ALineWithAVerbHasItAndNotAll) {
  const std::vector<std::string> all = Added().names();
  EXPECT_GT(all.size(), 40U);
  for (const std::string& name : all) {
    const std::vector<std::string> few = Added({"--data", "folder", name.c_str(), "x"}).names();
    EXPECT_TRUE(std::ranges::find(few, name) != few.end()) << name;
    EXPECT_LT(few.size(), 12U) << name;
  }
}

TEST(Verbs, NoFileIsForgotten) {
  CLI::App root{"weir"};
  Line line;
  for (const auto add :
       {add_platform_verbs, add_identity_verbs, add_backup_verbs, add_news_verbs, add_watch_verbs,
        add_report_verbs, add_case_verbs, add_sharing_verbs, add_closing_verbs, add_log_verbs,
        add_serve_verbs, add_regime_verbs, add_match_verbs, add_clock_verbs, add_import_verbs,
        add_public_verbs, add_changes_verbs, add_filing_verbs}) {
    add(root, line);
  }
  EXPECT_EQ(root.help(), Added().root.help());
}

TEST(Verbs, ALineThatMayMeanAnotherVerbHasThatToo) {
  const std::vector<std::string> both = Added({"--data", "match", "org", "list"}).names();
  EXPECT_TRUE(std::ranges::find(both, "match") != both.end());
  EXPECT_TRUE(std::ranges::find(both, "org") != both.end());
  const std::vector<std::string> all = Added().names();
  for (const std::vector<const char*>& words : {std::vector<const char*>{"--version"},
                                                {"matc"},
                                                {"--help", "match"},
                                                {"org", "-h"},
                                                {""}}) {
    EXPECT_EQ(Added(words).names(), all);
  }
}

/// The verbs below, each with the words that call it.
void each_verb(const CLI::App& group, const std::string& words,
               const std::function<void(const CLI::App&, const std::string&)>& use) {
  for (const CLI::App* one : group.get_subcommands([](const CLI::App*) { return true; })) {
    if (one->get_name().empty()) {
      continue;  // a group of options
    }
    const std::string name = words + " " + one->get_name();
    if (one->get_require_subcommand_min() == 0) {
      use(*one, name);
    }
    each_verb(*one, name, use);
  }
}

TEST(Verbs, EachSaysWhatItDoesAndItsExampleCallsIt) {
  const Added all;
  int verbs = 0;
  each_verb(all.root, "weir", [&](const CLI::App& verb, const std::string& words) {
    ++verbs;
    EXPECT_FALSE(verb.get_description().empty()) << words;
    const std::string help = verb.help();
    const std::size_t at = help.find("Example:\n");
    ASSERT_NE(at, std::string::npos) << words;
    EXPECT_NE(help.find(words, at), std::string::npos) << words << help.substr(at);
  });
  EXPECT_GT(verbs, 80);
}

}  // namespace
}  // namespace weir::main
