// Between the check of a password and its use others may act: what was right is looked at again
// when it is spent.
#include "app/credentials.h"

#include <gtest/gtest.h>

#include "app/people.h"
#include "app/world.h"

namespace weir::app {
namespace {

using policy::Fact;
using std::chrono::minutes;

class Spending : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.create());
    ASSERT_TRUE(world.found());
    rita = world.enrol("rita");
    world.clock.advance(minutes(1));
  }
  Result<Verified> checked(const std::string& second_factor) {
    return verify(world.app(), {"rita", rita.password, second_factor, "home"});
  }
  Code spent(const Verified& verified) {
    const Status done = world.app().db.execute([&](store::Tx& tx) { return spend(tx, verified); });
    return done ? Code::invalid : done.error().code;  // `invalid`: it went through
  }

  World world;
  Account rita;
};

constexpr Code kDone = Code::invalid;

TEST_F(Spending, OneStepOfTheSecondFactorIsGoodForOneOfTwoAtOnce) {
  const auto first = checked(world.digits(rita));
  const auto second = checked(world.digits(rita));
  ASSERT_TRUE(first && second) << "nothing is spent yet";
  EXPECT_EQ(spent(*first), kDone);
  EXPECT_EQ(spent(*second), Code::denied);
}

TEST_F(Spending, ARecoveryCodeIsGoodForOneOfTwoAtOnce) {
  const auto first = checked(rita.recovery_codes[0]);
  const auto second = checked(rita.recovery_codes[0]);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(spent(*first), kDone);
  EXPECT_EQ(spent(*second), Code::denied);
}

TEST_F(Spending, APasswordThatHasChangedMeanwhileIsWrong) {
  const auto old = checked(world.digits(rita));
  ASSERT_TRUE(old);
  const auto code = reset(world.app(), as("ada"), "rita");
  ASSERT_TRUE(code);
  EXPECT_EQ(spent(*old), Code::denied) << "nobody has enrolled yet";
  world.enrol_with("rita", code->code);
  Verified later = *old;
  later.step = *old->step + 100;  // so that it is no repeat
  EXPECT_EQ(spent(later), Code::denied) << "another password is stored now";
}

TEST_F(Spending, ABarOrSuspensionMeanwhileCounts) {
  const auto right = checked(world.digits(rita));
  ASSERT_TRUE(right);
  App& app = world.app();
  ASSERT_TRUE(set_barred(app, as("ada"), "rita", Fact::yes));
  EXPECT_EQ(spent(*right), Code::denied);
  ASSERT_TRUE(set_barred(app, as("ada"), "rita", Fact::no));
  ASSERT_TRUE(set_suspended(app, as("ada"), "Lark", Fact::yes));
  EXPECT_EQ(spent(*right), Code::denied);
  ASSERT_TRUE(set_suspended(app, as("ada"), "Lark", Fact::no));
  EXPECT_EQ(spent(*right), kDone) << "what was refused has used nothing up";
}

}  // namespace
}  // namespace weir::app
