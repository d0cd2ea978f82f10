#include "main/verbs.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace weir::main
