// Runs every *.policy file of this folder, and holds the notation itself to its errors.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "notation.h"

namespace weir::policy {
namespace {

// Fewer would mean that a file was lost or not read.
constexpr std::size_t kLeastQuestions = 250;

std::vector<std::filesystem::path> policy_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(WEIR_SOURCE "/tests/policy")) {
    if (entry.path().extension() == ".policy") {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

std::vector<Question> all_questions() {
  std::vector<Question> all;
  for (const auto& path : policy_files()) {
    std::ostringstream content;
    content << std::ifstream(path).rdbuf();
    auto questions = run_policy_file(path.filename().string(), content.str());
    if (!questions) {
      ADD_FAILURE() << text(questions.error());
      continue;
    }
    std::ranges::move(*questions, std::back_inserter(all));
  }
  return all;
}

TEST(PolicyFiles, EveryAnswerIsTheOneThatIsWritten) {
  const auto questions = all_questions();
  for (const Question& question : questions) {
    EXPECT_EQ(question.got, question.expected)
        << question.place << ": " << question.line << "\n  " << text(question.decision);
  }
  EXPECT_GE(questions.size(), kLeastQuestions);
}

TEST(PolicyFiles, EveryRuleRelationActionAndConditionIsShown) {
  std::set<std::string_view> seen;
  std::set<std::pair<Action, Outcome>> acts;
  for (const Question& question : all_questions()) {
    seen.insert(name(question.decision.rule));
    seen.insert(name(question.decision.relation));
    acts.insert({question.decision.action, question.decision.outcome});
    for (const Condition condition : question.decision.conditions) {
      seen.insert(name(condition));
    }
  }
  for (int i = 0; i <= static_cast<int>(Rule::second_person); ++i) {
    EXPECT_TRUE(seen.contains(name(static_cast<Rule>(i)))) << name(static_cast<Rule>(i));
  }
  for (int i = 0; i <= static_cast<int>(Relation::none); ++i) {
    EXPECT_TRUE(seen.contains(name(static_cast<Relation>(i)))) << name(static_cast<Relation>(i));
  }
  for (int i = 0; i <= static_cast<int>(Condition::class_and_country); ++i) {
    EXPECT_TRUE(seen.contains(name(static_cast<Condition>(i)))) << name(static_cast<Condition>(i));
  }
  for (int i = 0; i <= static_cast<int>(Action::administer); ++i) {
    const auto action = static_cast<Action>(i);
    EXPECT_TRUE(acts.contains({action, Outcome::allowed})) << name(action);
    EXPECT_TRUE(acts.contains({action, Outcome::refused})) << name(action);
  }
}

struct BadFile {
  const char* content;
  const char* error;
};

const BadFile kBadFiles[] = {
    {"nobody reads notice no rule relation", "unknown party 'nobody' (f.policy:1)"},
    {"# a comment\n\nparty a colour=red", "unknown level 'red' (f.policy:3)"},
    {"party a colour=notice", "unknown key 'colour' (f.policy:1)"},
    {"party a bound=perhaps", "unknown word 'perhaps' (f.policy:1)"},
    {"party a bound", "'bound' is not KEY=VALUE (f.policy:1)"},
    {"party", "a name is missing (f.policy:1)"},
    {"party a\na writes notice", "unknown verb 'writes' (f.policy:2)"},
    {"party a\na reads all", "unknown level 'all' (f.policy:2)"},
    {"party a\na does dance no rule bar", "unknown word 'dance' (f.policy:2)"},
    {"party a\na reads notice maybe", "'maybe' is not yes, no or second (f.policy:2)"},
    {"party a\na reads notice no", "rule is missing (f.policy:2)"},
    {"party a\na reads notice no rule luck", "unknown word 'luck' (f.policy:2)"},
    {"party a\na reads notice no rule bar today", "'today' is too much (f.policy:2)"},
    {"party a\na reads notice no rule bar needs", "a condition is missing (f.policy:2)"},
    {"party a\na reads notice no rule bar needs luck", "unknown word 'luck' (f.policy:2)"},
    {"party a\na reads notice no rule bar needs nothing else", "'else' is too much (f.policy:2)"},
    {"party a\na with reads notice no rule bar", "nothing after 'with' (f.policy:2)"},
    {"party a\na with second=b reads notice no rule bar", "unknown party 'b' (f.policy:2)"},
    {"party a\na gives b notice no rule bar", "unknown party 'b' (f.policy:2)"},
};

TEST(PolicyFiles, ErrorsNameFileAndLine) {
  for (const BadFile& bad : kBadFiles) {
    const auto questions = run_policy_file("f.policy", bad.content);
    ASSERT_FALSE(questions) << bad.content;
    EXPECT_EQ(text(questions.error()), bad.error);
  }
}

TEST(PolicyFiles, AWrongExpectationIsSeen) {
  const auto questions =
      run_policy_file("f.policy", "party a\na reads notice yes level notice rule bar");
  ASSERT_TRUE(questions);
  ASSERT_EQ(questions->size(), 1U);
  EXPECT_EQ(questions->front().expected, "yes level notice rule bar");
  EXPECT_EQ(questions->front().got, "no level nothing rule relation");
}

}  // namespace
}  // namespace weir::policy
