// A decision on a conflict of laws is confirmed once; the rest stands in filings_test.cc.
#include "app/law_conflicts.h"

#include <gtest/gtest.h>

#include "app/clocks_world.h"

namespace weir::app {
namespace {

using policy::Role;

class Confirming : public ClocksWorld {
 protected:
  void SetUp() override {
    ClocksWorld::SetUp();
    for (const char* handle : {"val", "vic"}) {
      ASSERT_TRUE(add_user(world.app(), as("ada"), {handle, "ACME", {Role::recipient}}));
    }
    reference = aware("ven");
    const auto found = law_conflicts(world.app(), laws(), as("ven"), reference);
    ASSERT_TRUE(found && !found->empty()) << said(found);
    which = found->front().conflict;
  }
  Status decide(const char* who, Choice choice) {
    return decide_conflict(world.app(), laws(), as(who), reference, {which, choice, "counsel"});
  }
  std::optional<Code> confirm(const char* who, Choice choice) {
    return code_of(confirm_conflict(world.app(), as(who), reference, which, choice));
  }
  std::string reference;
  std::string which;
};

TEST_F(Confirming, IsDoneOnceAndAnewAfterANewDecision) {
  EXPECT_EQ(confirm("val", Choice::file), Code::conflict) << "nothing was decided";
  ASSERT_TRUE(decide("ven", Choice::file));
  ASSERT_EQ(confirm("val", Choice::file), std::nullopt);
  EXPECT_EQ(confirm("vic", Choice::file), Code::conflict) << "nothing waits any more";
  EXPECT_EQ(world.count(reference, "law_conflict_confirmed"), 1);
  ASSERT_TRUE(decide("val", Choice::withhold));
  EXPECT_EQ(confirm("val", Choice::withhold), Code::denied) << "it is val's decision now";
  EXPECT_EQ(confirm("ven", Choice::withhold), std::nullopt);
  EXPECT_EQ(world.count(reference, "law_conflict_confirmed"), 2);
}

}  // namespace
}  // namespace weir::app
