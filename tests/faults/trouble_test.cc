// No room, no write access, and clocks that jump.
#include <gtest/gtest.h>

#include "app/cases.h"
#include "app/tokens.h"
#include "app/world.h"
#include "store/fault_vfs.h"

namespace weir::app {
namespace {

using policy::Fact;
using std::chrono::hours;
using store::FaultDisk;
using store::Medium;

class Trouble : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.create());
    ASSERT_TRUE(world.found());
    reference = world.report("rita");
    world.work("cora", reference);
    world.add_vendor(reference, "ACME");
    world.publish_fix(reference, "ven", 1);
    ASSERT_TRUE(
        publish(world.app(), as("cora"), reference, {Level::advisory, "WEIR-1", "the bytes"}));
    ASSERT_TRUE(world.seal());
  }
  /// Every kind of write, and what it answers.
  std::vector<std::pair<const char*, Status>> write_everything() {
    App& app = world.app();
    const auto drop = [](auto result) -> Status {
      return result ? Status() : std::unexpected(result.error());
    };
    return {{"report", drop(file_report(app, as("rita"), {report_bytes({}), {}}))},
            {"message", drop(post_message(app, as("cora"), reference, {.text = "x"}))},
            {"user", add_user(app, as("ada"), {"new", "ACME", {policy::Role::recipient}})},
            {"conflict", set_conflict(app, as("cora"), reference, "dan", Fact::no)},
            {"seal", drop(world.seal())},
            {"read", drop(world.read("cora", reference))},
            {"pull", Status()}};
  }

  FaultDisk disk;
  World world{disk.name()};
  std::string reference;
};

TEST_F(Trouble, WithoutRoomWritesAndRestrictedReadsAreRefusedAndPublicOnesGoOn) {
  for (const Medium medium : {Medium::full, Medium::read_only}) {
    disk.set_medium(medium);
    for (int times = 0; times < 2; ++times) {
      for (const auto& [what, status] : write_everything()) {
        const std::string name = what;
        if (name == "conflict" || name == "seal" || name == "pull") {
          continue;  // refused by the gate, or nothing new to write
        }
        EXPECT_EQ(code_of(status), Code::unavailable) << what << ": " << said(status);
        const char* words = medium == Medium::full ? "full" : "read-only";
        EXPECT_NE(said(status).find(words), std::string::npos) << what << ": " << said(status);
        EXPECT_EQ(said(status).find("plain-"), std::string::npos) << "nothing is revealed";
      }
      EXPECT_EQ(*published(world.app(), "WEIR-1"), "the bytes");
      EXPECT_EQ(world.number("SELECT COUNT(*) FROM case_file"), 1);
    }
    disk.set_medium(Medium::writable);
    const auto view = world.read("cora", reference);
    ASSERT_TRUE(view) << said(view);
    EXPECT_TRUE(shows(*view, "plain-exploit-1"));
    EXPECT_TRUE(post_message(world.app(), as("cora"), reference, {.text = "x"}));
    EXPECT_TRUE(world.seal());
    world.clock.advance(hours(25));  // so that the next reading is none that needs no leaf
  }
  world.check();
}

TEST_F(Trouble, WhoHasATokenIsKnownThoughItsUseCannotBeNoted) {
  App& app = world.app();
  const auto made = create_token(app, as("rita"), {.label = "t", .scopes = {Scope::read}});
  ASSERT_TRUE(made) << said(made);
  for (const Medium medium : {Medium::full, Medium::read_only}) {
    disk.set_medium(medium);
    const auto actor = authenticate(app, {.token = made->token});
    ASSERT_TRUE(actor) << said(actor);
    EXPECT_TRUE(my_cases(app, *actor)) << "what is not restricted is read";
  }
  disk.set_medium(Medium::writable);
  EXPECT_TRUE(tokens(app, as("rita"))->at(0).used == std::nullopt);
  EXPECT_TRUE(authenticate(app, {.token = made->token}));
  EXPECT_TRUE(tokens(app, as("rita"))->at(0).used);
}

TEST_F(Trouble, AClockThatIsAnHourBackStopsTheCasesThatAreAhead) {
  world.clock.advance(-hours(1));
  const auto refused = post_message(world.app(), as("cora"), reference, {.text = "x"});
  EXPECT_EQ(code_of(refused), Code::unavailable);
  EXPECT_EQ(said(refused), "the clock stands before the last event of this case");
  const auto hidden = world.read("cora", reference);
  EXPECT_EQ(code_of(hidden), Code::unavailable) << "no leaf, no bytes";
  EXPECT_EQ(code_of(world.seal()), Code::unavailable);
  EXPECT_EQ(*published(world.app(), "WEIR-1"), "the bytes");
  // A new report is taken, with the time as the clock has it; it is sealed once the clock is right.
  const std::string fresh = world.report("rita");
  EXPECT_EQ(world.events(fresh)[0].at, kStart - hours(1));
  world.clock.advance(hours(1));
  EXPECT_TRUE(world.read("cora", reference));
  EXPECT_TRUE(world.seal());
  world.check();
}

TEST_F(Trouble, AClockThatIsAFewMinutesBackIsBorneAndTimesNeverGoBack) {
  world.clock.advance(-ledger::kClockTolerance);
  ASSERT_TRUE(post_message(world.app(), as("cora"), reference, {.text = "x"}));
  EXPECT_EQ(world.events(reference).back().at, kStart);
  world.clock.advance(-Duration(1));
  EXPECT_EQ(code_of(post_message(world.app(), as("cora"), reference, {.text = "x"})),
            Code::unavailable);
  world.clock.set(kStart);
  world.check();
}

TEST_F(Trouble, AClockThatWasTenYearsAheadMustBeWaitedForByWhatItTouched) {
  const std::string untouched = world.report("rita");
  world.work("cora", untouched);
  world.clock.advance(hours(24 * 3650));
  ASSERT_TRUE(post_message(world.app(), as("cora"), reference, {.text = "x"}));
  ASSERT_TRUE(world.seal());
  world.clock.set(kStart + hours(1));
  EXPECT_EQ(code_of(post_message(world.app(), as("cora"), reference, {.text = "x"})),
            Code::unavailable);
  EXPECT_TRUE(post_message(world.app(), as("cora"), untouched, {.text = "x"}));
  EXPECT_TRUE(file_report(world.app(), as("rita"), {report_bytes({}), {}}));
  // The log cannot be sealed before a time that it has signed: the operator has to close it and
  // start a successor. Nothing is hidden by that: writes are promised, and the promise is broken.
  EXPECT_EQ(said(world.seal()), "the clock stands before the last checkpoint");
  // Without cosigned times, an event of the year 2036 is no alarm; with witnesses it is
  // (custody/verify_test.cc, time_outside_bracket).
  world.clock.set(kStart + hours(24 * 3651));
  world.check();
}

TEST_F(Trouble, ReadingsOfTheFutureAreNoRepeats) {
  world.clock.advance(hours(1));
  ASSERT_TRUE(world.read("cora", reference));
  const int before = world.count(reference, "access");
  world.clock.advance(-std::chrono::minutes(5));
  ASSERT_TRUE(world.read("cora", reference));
  EXPECT_EQ(world.count(reference, "access"), before + 1);
  world.clock.advance(std::chrono::minutes(5));
  world.check();
}

}  // namespace
}  // namespace weir::app
