// Attacks on the promise that nobody learns of an unfixed flaw without leaving a record. Each test
// is a sentence that was false once.
#include <gtest/gtest.h>

#include "app/world.h"
#include "base/json.h"

namespace weir::app {
namespace {

using policy::Fact;

struct AttackTest : testing::Test {
  void SetUp() override {
    ASSERT_TRUE(world.create());
    ASSERT_TRUE(world.found());
  }
  World world;
};

Words labelled(std::string label, std::string word = "plain", int vulnerabilities = 1) {
  return {std::move(word), vulnerabilities, std::move(label), {}};
}

std::string fields_of(const std::vector<EventView>& events) {
  std::string names;
  for (const EventView& event : events) {
    for (const custody::Field& field : event.fields) {
      names += " " + field.name + "=" + json::canonical(field.value);
    }
  }
  return names;
}

TEST_F(AttackTest, AnAuditorSeesNoPersonTextOrSaltInATimeline) {
  ASSERT_TRUE(add_user(world.app(), as("ada"), {"aud", "Outsider", {policy::Role::auditor}}));
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  world.add_vendor(reference, "ACME");
  ASSERT_TRUE(decide_delay(world.app(), as("cora"), reference, "secret ground",
                           "2027-01-31T09:00:00Z"));
  const auto seen = timeline(world.app(), as("aud"), reference);
  ASSERT_TRUE(seen) << said(seen);
  const std::string text = fields_of(*seen);
  for (const char* hidden : {"cora", "rita", "ACME", "secret ground", "content_salt", "manifest"}) {
    EXPECT_EQ(text.find(hidden), std::string::npos) << hidden << " in" << text;
  }
  EXPECT_NE(text.find("recipient_class"), std::string::npos);
  const auto handler = timeline(world.app(), as("cora"), reference);
  ASSERT_TRUE(handler);
  EXPECT_NE(fields_of(*handler).find("secret ground"), std::string::npos);
}

TEST_F(AttackTest, EverybodySeesOfAnOpenedCaseWhatThePublicRecordShows) {
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  ASSERT_TRUE(decline(world.app(), as("cora"), reference, Ground::declined, "secret ground"));
  ASSERT_TRUE(open_custody(world.app(), as("cora"), reference));
  const auto seen = timeline(world.app(), as("otto"), reference);
  ASSERT_TRUE(seen) << said(seen);
  const std::string text = fields_of(*seen);
  for (const char* hidden : {"cora", "rita", "Lark", "secret ground", "content_salt"}) {
    EXPECT_EQ(text.find(hidden), std::string::npos) << hidden << " in" << text;
  }
}

}  // namespace
}  // namespace weir::app
