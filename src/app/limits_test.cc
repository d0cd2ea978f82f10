// Guessing at every secret runs out of tries; who guesses right never does.
#include "app/limits.h"

#include <gtest/gtest.h>

#include "app/enrolment.h"
#include "app/tokens.h"
#include "app/world.h"
#include "base/totp.h"

namespace weir::app {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Limit kThree{"three", 3, seconds(10)};
constexpr Limit kOther{"other", 3, seconds(10)};
constexpr Instant kNow{1'798'000'000'000};

/// How many of `tries` are granted.
int granted(Limiter& limiter, const Limit& limit, const std::string& key, Instant now, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) {
    count += limiter.take(limit, key, now) ? 1 : 0;
  }
  return count;
}

struct LimiterTest : testing::Test {
  SeededRandom random{1};
  Limiter limiter{random};
};

TEST_F(LimiterTest, ABurstAndThenOneAtATime) {
  EXPECT_EQ(granted(limiter, kThree, "a", kNow, 10), 3);
  EXPECT_EQ(granted(limiter, kThree, "a", kNow + seconds(10) - Duration(1), 10), 0);
  EXPECT_EQ(granted(limiter, kThree, "a", kNow + seconds(10), 10), 1);
  EXPECT_EQ(granted(limiter, kThree, "a", kNow + seconds(40), 10), 3) << "never more than a burst";
  EXPECT_EQ(granted(limiter, kThree, "a", kNow + hours(1000), 10), 3);
}

TEST_F(LimiterTest, KeysAndLimitsDoNotShare) {
  EXPECT_EQ(granted(limiter, kThree, "a", kNow, 10), 3);
  EXPECT_EQ(granted(limiter, kThree, "b", kNow, 10), 3);
  EXPECT_EQ(granted(limiter, kOther, "a", kNow, 10), 3);
}

TEST_F(LimiterTest, ThisMachineIsNotLimited) {
  EXPECT_EQ(granted(limiter, kThree, "", kNow, 100), 100);
}

TEST_F(LimiterTest, WhatIsGivenBackCanBeTakenAgainAndNoMoreThanThat) {
  EXPECT_EQ(granted(limiter, kThree, "a", kNow, 3), 3);
  limiter.give_back(kThree, "a", kNow);
  EXPECT_EQ(granted(limiter, kThree, "a", kNow, 10), 1);
  for (int i = 0; i < 10; ++i) {
    limiter.give_back(kThree, "a", kNow);
  }
  EXPECT_EQ(granted(limiter, kThree, "a", kNow, 10), 3);
  limiter.forgive(kThree, "a", kNow);
  EXPECT_EQ(granted(limiter, kThree, "a", kNow, 10), 3);
}

TEST_F(LimiterTest, AClockThatGoesBackTakesTheWaitAlong) {
  EXPECT_EQ(granted(limiter, kThree, "a", kNow, 10), 3);
  EXPECT_EQ(granted(limiter, kThree, "a", kNow - hours(24), 10), 0);
  EXPECT_EQ(granted(limiter, kThree, "a", kNow - hours(24) + seconds(10), 10), 1)
      << "and not only in a day";
}

TEST_F(LimiterTest, AFloodOfInventedKeysNeitherFreesNorStopsAnother) {
  EXPECT_EQ(granted(limiter, kThree, "victim", kNow, 10), 3);
  for (int i = 0; i < 20'000; ++i) {
    granted(limiter, kThree, "flood" + std::to_string(i), kNow, 1);
  }
  EXPECT_EQ(granted(limiter, kThree, "victim", kNow, 10), 0);
  int others = 0;
  for (int i = 0; i < 100; ++i) {
    others += granted(limiter, kThree, "other" + std::to_string(i), kNow, 1);
  }
  EXPECT_EQ(others, 100);
}

// --- the limits on secrets

struct BruteForce : testing::Test {
  void SetUp() override {
    ASSERT_TRUE(world.create());
    ASSERT_TRUE(world.found());
  }
  App& app() { return world.app(); }
  std::string fresh() { return "n" + std::to_string(++networks); }
  Result<SignedIn> try_sign_in(const Account& account, const std::string& network) {
    return sign_in(app(), {account.handle, account.password, world.digits(account), network, {}});
  }
  World world;
  int networks = 0;
};

TEST_F(BruteForce, OthersCannotUseUpTheTriesOfWhoHasSignedInFromThere) {
  const Account rita = world.enrol("rita");
  world.clock.advance(minutes(1));
  ASSERT_TRUE(try_sign_in(rita, "home"));
  world.clock.advance(minutes(1));
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(sign_in(app(), {"rita", "wrong", "1", fresh(), {}}));
  }
  EXPECT_EQ(code_of(try_sign_in(rita, "elsewhere")), Code::unavailable);
  EXPECT_TRUE(try_sign_in(rita, "home"));
  // Somebody calls itself "rita home": that is another limit.
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(sign_in(app(), {"rita home", "wrong", "1", fresh(), {}}));
  }
  world.clock.advance(seconds(30));
  EXPECT_TRUE(try_sign_in(rita, "home"));
}

TEST_F(BruteForce, TriesAtOnePlaceAreNotThoseAtAnother) {
  const Account rita = world.enrol("rita");
  for (const char* place : {"home", "office"}) {
    world.clock.advance(minutes(1));
    ASSERT_TRUE(try_sign_in(rita, place));
  }
  world.clock.advance(minutes(1));
  for (int i = 0; i < 11; ++i) {
    EXPECT_FALSE(sign_in(app(), {"rita", "wrong", "1", "office", {}}));
  }
  EXPECT_EQ(code_of(try_sign_in(rita, "office")), Code::unavailable);
  EXPECT_TRUE(try_sign_in(rita, "home"));
}

TEST_F(BruteForce, OneNetworkRunsOutForEveryAccountAndNoOtherNetworkDoes) {
  const Account rita = world.enrol("rita");
  world.clock.advance(minutes(1));
  for (int i = 0; i < 30; ++i) {
    const std::string handle = "h" + std::to_string(i);
    EXPECT_EQ(code_of(sign_in(app(), {handle, "wrong", "1", "bad", {}})), Code::denied) << i;
  }
  EXPECT_EQ(code_of(try_sign_in(rita, "bad")), Code::unavailable);
  EXPECT_TRUE(try_sign_in(rita, "good"));
}

TEST_F(BruteForce, WhoSignsInRightNeverRunsOut) {
  const Account rita = world.enrol("rita");
  for (int i = 0; i < 60; ++i) {
    world.clock.advance(seconds(30));
    ASSERT_TRUE(try_sign_in(rita, "home")) << i;
  }
}

TEST_F(BruteForce, AWholeOfficeSignsInAtOnceFromOneNetwork) {
  for (const char* handle : {"rita", "ven", "otto", "cora"}) {
    const Account account = world.enrol(handle);
    for (const std::string& code : account.recovery_codes) {
      const auto done = sign_in(app(), {handle, account.password, code, "office", {}});
      ASSERT_TRUE(done) << handle << said(done);
    }
  }
}

TEST_F(BruteForce, ARecoveryCodeOfSomebodyElseForgivesNoTries) {
  const Account rita = world.enrol("rita");
  const Account thief = world.enrol("ven");
  for (int i = 0; i < 20; ++i) {
    world.clock.advance(minutes(2));
    EXPECT_EQ(code_of(sign_in(app(), {"rita", rita.password, "000000", fresh(), {}})),
              Code::denied);
  }
  EXPECT_EQ(code_of(sign_in(app(), {"rita", rita.password, thief.recovery_codes[0], fresh(), {}})),
            Code::denied);
  world.clock.advance(minutes(2));
  EXPECT_EQ(code_of(try_sign_in(rita, fresh())), Code::denied) << "still locked";
}

TEST_F(BruteForce, WhoKnowsThePasswordGuessesTwentyTimesAtTheSecondFactor) {
  const Account rita = world.enrol("rita");
  Account thief = rita;
  thief.totp_secret = std::string(20, 'x');
  for (int i = 0; i < 20; ++i) {
    world.clock.advance(minutes(2));
    EXPECT_EQ(code_of(try_sign_in(thief, fresh())), Code::denied);
  }
  world.clock.advance(minutes(2));
  const auto owner = try_sign_in(rita, fresh());
  EXPECT_EQ(code_of(owner), Code::denied);
  EXPECT_EQ(said(owner), said(try_sign_in(thief, fresh()))) << "it tells nobody that it is locked";
  world.clock.advance(minutes(10));
  const auto by_paper =
      sign_in(app(), {"rita", rita.password, rita.recovery_codes[0], fresh(), {}});
  ASSERT_TRUE(by_paper) << said(by_paper);
  for (int i = 0; i < 19; ++i) {
    world.clock.advance(minutes(2));
    EXPECT_EQ(code_of(try_sign_in(thief, fresh())), Code::denied);
  }
  world.clock.advance(minutes(2));
  EXPECT_TRUE(try_sign_in(rita, fresh())) << "all tries are forgiven";
}

TEST_F(BruteForce, ALockedSecondFactorComesBackByTheDay) {
  const Account rita = world.enrol("rita");
  Account thief = rita;
  thief.totp_secret = std::string(20, 'x');
  for (int i = 0; i < 21; ++i) {
    world.clock.advance(minutes(2));
    EXPECT_EQ(code_of(try_sign_in(thief, fresh())), Code::denied);
  }
  world.clock.advance(hours(25));
  EXPECT_TRUE(try_sign_in(rita, fresh()));
}

TEST_F(BruteForce, GuessesAtOneTimeCodes) {
  const auto code = invite(app(), as("ada"), "rita");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(code_of(begin_enrolment(app(), "guess" + std::to_string(i), "bad")), Code::denied);
  }
  EXPECT_EQ(code_of(begin_enrolment(app(), "guess", "bad")), Code::unavailable);
  EXPECT_EQ(code_of(finish_enrolment(app(), {code->code, "a long password", "1", "bad"})),
            Code::unavailable);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(begin_enrolment(app(), code->code, "good")) << i;
  }
}

TEST_F(BruteForce, TheSixDigitsOfAnEnrolmentAreNoSecretFromWhoHasTheCode) {
  const auto code = invite(app(), as("ada"), "rita");
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(code_of(finish_enrolment(app(), {code->code, "a long password", "1", "good"})),
              Code::denied);
  }
  world.enrol_with("rita", code->code);
}

TEST_F(BruteForce, GuessesAtTokensByNetworkAndByPrefix) {
  const auto made = create_token(app(), as("rita"), {.label = "a", .scopes = {Scope::read}});
  const auto guess = [&](const std::string& token, const std::string& network) {
    return code_of(authenticate(app(), {.token = token, .network = network}));
  };
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(guess("weir_" + std::to_string(10'000'000 + i) + "_x", "bad"), Code::denied) << i;
  }
  EXPECT_EQ(guess("weir_aaaaaaaa_x", "bad"), Code::unavailable);
  const std::string prefix = made->token.substr(0, kTokenTextPrefix);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(guess(prefix + "_guess" + std::to_string(i), fresh()), Code::denied) << i;
  }
  EXPECT_EQ(guess(prefix + "_guess", fresh()), Code::unavailable);
  EXPECT_EQ(guess("weir_bbbbbbbb_x", fresh()), Code::denied) << "another prefix";
  EXPECT_EQ(guess(made->token, "bad"), std::nullopt) << "the right one costs nothing";
}

TEST_F(BruteForce, GuessesAtSessionsAndReturnCodes) {
  const auto filed = file_report(app(), Actor(), {report_bytes({}), {}});
  ASSERT_TRUE(filed);
  const auto guess = [&](const std::string& code, const std::string& network) {
    return code_of(authenticate(app(), {.return_code = code, .network = network}));
  };
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(guess("guess" + std::to_string(i), "bad"), Code::denied) << i;
  }
  EXPECT_EQ(guess("guess", "bad"), Code::unavailable);
  EXPECT_EQ(guess("guess", "good"), Code::denied);
  EXPECT_EQ(guess(filed->return_code, "bad"), std::nullopt);
  Code last = Code::denied;
  for (int i = 0; i < 61; ++i) {
    last = *code_of(authenticate(app(), {.session = "guess" + std::to_string(i),
                                         .network = "worse",
                                         .effect = Presented::Effect::reads}));
  }
  EXPECT_EQ(last, Code::unavailable);
}

TEST_F(BruteForce, ANetworkWithoutAnAccountFloodsNobody) {
  const auto report = [&](const Actor& actor) {
    return code_of(file_report(app(), actor, {report_bytes({}), {}}));
  };
  const Actor flood = *authenticate(app(), {.network = "bad"});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(report(flood), std::nullopt) << i;
  }
  EXPECT_EQ(report(flood), Code::unavailable);
  EXPECT_EQ(report(*authenticate(app(), {.network = "good"})), std::nullopt);
  const auto token = create_token(app(), as("rita"), {.label = "a", .scopes = {Scope::report}});
  EXPECT_EQ(report(*authenticate(app(), {.token = token->token, .network = "bad"})), std::nullopt);
  world.clock.advance(minutes(6));
  EXPECT_EQ(report(flood), std::nullopt);
  EXPECT_EQ(report(flood), Code::unavailable);
}

TEST_F(BruteForce, AReturnCodeWritesThirtyMessagesAtOnce) {
  const auto filed = file_report(app(), Actor(), {report_bytes({}), {}});
  const Actor bearer = *authenticate(app(), {.return_code = filed->return_code, .network = "bad"});
  const auto post = [&] {
    return code_of(post_message(app(), bearer, filed->case_reference, {.text = "x"}));
  };
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(post(), std::nullopt) << i;
  }
  EXPECT_EQ(post(), Code::unavailable);
  world.clock.advance(minutes(1));
  EXPECT_EQ(post(), std::nullopt);
}

// Otherwise one network fills a disk with 90 GiB a day.
TEST_F(BruteForce, AReturnCodeAddsThirtyFilesAtOnceAndTenAnHour) {
  const auto filed = file_report(app(), Actor(), {report_bytes({}), {}});
  const Actor bearer = *authenticate(app(), {.return_code = filed->return_code, .network = "bad"});
  const auto attach = [&] {
    return code_of(add_attachment(app(), bearer, filed->case_reference, attachment("a", "b")));
  };
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(attach(), std::nullopt) << i;
  }
  EXPECT_EQ(attach(), Code::unavailable);
  EXPECT_EQ(code_of(post_message(app(), bearer, filed->case_reference, {.text = "x"})),
            std::nullopt)
      << "words are counted apart";
  world.clock.advance(minutes(5));
  EXPECT_EQ(attach(), Code::unavailable);
  world.clock.advance(minutes(1));
  EXPECT_EQ(attach(), std::nullopt);
}

}  // namespace
}  // namespace weir::app
