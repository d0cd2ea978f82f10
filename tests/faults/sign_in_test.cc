// Codes under two hands at once, and under a power cut: used once, and never half.
#include <array>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "app/tokens.h"
#include "app/world.h"
#include "base/bytes.h"
#include "base/totp.h"
#include "store/fault_vfs.h"

namespace weir::app {
namespace {

using std::chrono::minutes;
using store::FaultDisk;
using store::Loss;

// --- two at once

struct Race : testing::Test {
  void SetUp() override {
    ASSERT_TRUE(world.create());
    ASSERT_TRUE(world.found());
  }
  /// The same, with chance that several threads may draw on.
  App shared() {
    return {.db = world.app().db,
            .keys = world.app().keys,
            .ledger = world.app().ledger,
            .random = random,
            .clock = world.app().clock,
            .promise_key = world.app().promise_key,
            .identity = world.app().identity};
  }
  /// How many of four that do the same at once succeed; the others are denied.
  int winners(const std::function<std::optional<Code>(App&)>& act) {
    std::array<std::optional<Code>, 4> answers;
    App app = shared();
    {
      std::array<std::jthread, 4> threads;
      for (std::size_t i = 0; i < threads.size(); ++i) {
        threads[i] = std::jthread([&, i] { answers[i] = act(app); });
      }
    }
    int count = 0;
    for (const auto& answer : answers) {
      count += answer ? 0 : 1;
      EXPECT_TRUE(!answer || *answer == Code::denied);
    }
    return count;
  }
  World world;
  SystemRandom random;
};

TEST_F(Race, OfThoseWhoEnrolWithOneCodeExactlyOneDoes) {
  for (int round = 0; round < 10; ++round) {
    const auto code = reset(world.app(), as("ada"), "rita");
    const auto begun = begin_enrolment(world.app(), code->code, {});
    const std::string digits = totp_code(*from_base32(begun->totp_secret), world.clock.now());
    EXPECT_EQ(winners([&](App& app) {
                return code_of(finish_enrolment(app, {code->code, "a long password", digits, {}}));
              }),
              1);
    EXPECT_EQ(world.number("SELECT COUNT(*) FROM recovery_code"), 10);
  }
}

TEST_F(Race, OfThoseWhoSignInWithOneCodeExactlyOneDoes) {
  const Account rita = world.enrol("rita");
  for (int round = 0; round < 10; ++round) {
    world.clock.advance(minutes(30));  // the tries of those who came too late have come back
    const std::string digits = world.digits(rita);
    EXPECT_EQ(winners([&](App& app) {
                return code_of(sign_in(app, {"rita", rita.password, digits, {}, {}}));
              }),
              1);
    const std::string& recovery = rita.recovery_codes[static_cast<std::size_t>(round)];
    EXPECT_EQ(winners([&](App& app) {
                return code_of(sign_in(app, {"rita", rita.password, recovery, {}, {}}));
              }),
              1);
  }
}

// --- the power goes

/// What a user does, and what it was told.
struct Told {
  bool enrolled = false;
  bool signed_in = false;
  bool revoked = false;
};

struct Cut {
  World& world;
  std::string code;
  std::string token;
  std::string token_reference;
  Account account{};
  SignedIn session{};
  Told told{};

  void run() {
    App& app = world.app();
    const auto codes = finish_enrolment(
        app, {.code = code, .password = account.password, .totp = world.digits(account)});
    if (!codes) {
      return;
    }
    told.enrolled = true;
    account.recovery_codes = *codes;
    const auto done =
        sign_in(app, {account.handle, account.password, account.recovery_codes[0], {}, {}});
    if (!done) {
      return;
    }
    told.signed_in = true;
    session = *done;
    told.revoked = revoke_token(app, as("rita"), token_reference).has_value();
  }

  /// After the restart.
  void inspect() {
    App& app = world.app();
    const bool is_open = begin_enrolment(app, code, {}).has_value();
    const std::int64_t enrolled = world.number("SELECT COUNT(*) FROM sign_in");
    const std::int64_t codes = world.number("SELECT COUNT(*) FROM recovery_code");
    EXPECT_EQ(enrolled, is_open ? 0 : 1) << "the code holds, or it has been used";
    EXPECT_TRUE(!told.enrolled || enrolled == 1);
    EXPECT_EQ(codes == 0, enrolled == 0);
    if (told.signed_in) {
      EXPECT_EQ(codes, 9);
      EXPECT_TRUE(authenticate(app, {.session = session.session, .csrf = session.csrf}));
      const auto again =
          sign_in(app, {account.handle, account.password, account.recovery_codes[0], {}, {}});
      EXPECT_EQ(code_of(again), Code::denied) << "a used code does not come back";
    } else if (told.enrolled) {
      EXPECT_TRUE(codes == 9 || codes == 10);
      EXPECT_EQ(world.number("SELECT COUNT(*) FROM session"), 10 - codes) << "both, or neither";
    }
    EXPECT_TRUE(!told.revoked || !authenticate(app, {.token = token}));
  }
};

/// Runs it on a disk that loses power at operation `at` (0: never); returns the operations it took.
std::int64_t cut_at(std::int64_t at, Loss loss, Told& told) {
  FaultDisk disk;
  World world(disk.name());
  EXPECT_TRUE(world.create());
  EXPECT_TRUE(world.found());
  const auto token = create_token(world.app(), as("rita"), {.label = "a", .scopes = {Scope::read}});
  const auto code = invite(world.app(), as("ada"), "rita");
  const auto begun = begin_enrolment(world.app(), code->code, {});
  Cut cut{.world = world,
          .code = code->code,
          .token = token->token,
          .token_reference = token->reference,
          .account = {"rita", "a long password", *from_base32(begun->totp_secret), {}}};
  world.close();
  disk.restart();
  EXPECT_TRUE(world.open());
  const std::int64_t before = disk.operations();
  if (at > 0) {
    disk.cut_at(before + at, loss, static_cast<std::uint64_t>(at));
  }
  cut.run();
  const std::int64_t used = disk.operations() - before;
  world.close();
  disk.restart();
  EXPECT_TRUE(world.open());
  cut.inspect();
  told = cut.told;
  return used;
}

TEST(PowerCut, NoEnrolmentSignInOrRevocationIsHalfDoneOrForgotten) {
  Told told;
  const std::int64_t operations = cut_at(0, Loss::lost, told);
  EXPECT_TRUE(told.enrolled && told.signed_in && told.revoked);
  EXPECT_GT(operations, 5);
  int stages = 0;
  for (std::int64_t at = 1; at <= operations; ++at) {
    for (const Loss loss : {Loss::lost, Loss::kept, Loss::mixed}) {
      SCOPED_TRACE("operation " + std::to_string(at));
      cut_at(at, loss, told);
      stages |= !told.enrolled ? 1 : !told.signed_in ? 2 : !told.revoked ? 4 : 0;
    }
    if (::testing::Test::HasFailure()) {
      return;
    }
  }
  EXPECT_EQ(stages, 7) << "it was cut before each of the three";
}

}  // namespace
}  // namespace weir::app
