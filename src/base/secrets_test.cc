// Passwords, second factors, and how many may hash at once.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/keyring.h"
#include "base/password.h"
#include "base/totp.h"
#include "base/turns.h"

namespace weir {
namespace {

using std::chrono::seconds;

constexpr PasswordCost kCheap{.passes = 1, .kibibytes = 8};

TEST(Totp, GivesTheAnswersOfRfc6238) {
  const std::string secret = "12345678901234567890";
  struct Row {
    std::int64_t second;
    const char* code;
  };
  for (const Row& row :
       {Row{59, "94287082"}, Row{1111111109, "07081804"}, Row{1111111111, "14050471"},
        Row{1234567890, "89005924"}, Row{2000000000, "69279037"}, Row{20000000000, "65353130"}}) {
    EXPECT_EQ(totp_code(secret, {row.second * 1000}, 8), row.code) << row.second;
    EXPECT_EQ(totp_code(secret, {row.second * 1000}), std::string(row.code).substr(2));
  }
}

TEST(Totp, ACodeIsGoodOneStepAroundItsOwnAndOnce) {
  const std::string secret(20, 's');
  const Instant now{1'798'000'020'000};  // within a step, not at its edge
  const std::int64_t step = now.ms / 30'000;
  struct Row {
    int steps;  // that the clock of the telephone is ahead
    bool is_good;
  };
  for (const Row& row :
       {Row{-2, false}, Row{-1, true}, Row{0, true}, Row{1, true}, Row{2, false}}) {
    const std::string code = totp_code(secret, now + row.steps * Duration(seconds(30)));
    const auto found = totp_step(secret, code, now, -1);
    EXPECT_EQ(found.has_value(), row.is_good) << row.steps;
    EXPECT_EQ(found.value_or(step + row.steps), step + row.steps);
    EXPECT_EQ(totp_step(secret, code, now, step + row.steps), std::nullopt) << "used";
    EXPECT_EQ(totp_step(secret, code, now, step + row.steps - 1).has_value(), row.is_good);
  }
}

TEST(Totp, WhatIsNoCodeIsNone) {
  const std::string secret(20, 's');
  const Instant now{1'798'000'020'000};
  const std::string right = totp_code(secret, now);
  for (const std::string& wrong : {std::string(), right.substr(1), right + "0",
                                   std::string(6, '\0'), std::string(4096, '1')}) {
    EXPECT_EQ(totp_step(secret, wrong, now, -1), std::nullopt);
  }
  EXPECT_EQ(totp_step(std::string(20, 't'), right, now, -1), std::nullopt);
  EXPECT_TRUE(totp_step(secret, totp_code(secret, {0}), {0}, -1))
      << "the first step has none before";
}

TEST(Totp, TheUriIsWhatAuthenticatorAppsRead) {
  EXPECT_EQ(totp_uri("weir.example/log", "ada", "12345678901234567890"),
            "otpauth://totp/weir.example%2flog:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
            "&issuer=weir.example%2flog&algorithm=SHA1&digits=6&period=30");
}

TEST(Password, IsKnownAgainByItsRecordAlone) {
  SeededRandom random(1);
  const auto one = password_record(kCheap, "correct horse", random);
  const auto two = password_record(kCheap, "correct horse", random);
  ASSERT_TRUE(one && two);
  EXPECT_NE(*one, *two) << "each has a salt of its own";
  EXPECT_EQ(one->find("correct"), std::string::npos);
  for (const std::string& record : {*one, *two}) {
    EXPECT_TRUE(*is_password(record, "correct horse"));
    for (const char* wrong : {"", "correct hors", "correct horse ", "Correct horse"}) {
      EXPECT_FALSE(*is_password(record, wrong)) << wrong;
    }
  }
}

TEST(Password, NobodysRecordLooksLikeAnothersAndIsOpenedByNothing) {
  SeededRandom random(1);
  const std::string record = nobodys_record(kCheap, random);
  EXPECT_EQ(record.size(), password_record(kCheap, "correct horse", random)->size());
  EXPECT_TRUE(is_current(record, kCheap));  // to compare with it costs as much
  EXPECT_NE(record, nobodys_record(kCheap, random));
  for (const std::string& password : {std::string(), std::string("correct horse"), record}) {
    const auto is_right = is_password(record, password);
    ASSERT_TRUE(is_right);
    EXPECT_FALSE(*is_right);
  }
}

TEST(Password, ARecordThatDoesNotReadIsCorrupt) {
  SeededRandom random(1);
  const std::string record = *password_record(kCheap, "correct horse", random);
  for (std::size_t length = 0; length < record.size(); ++length) {
    ASSERT_FALSE(is_password(record.substr(0, length), "correct horse")) << length;
  }
  EXPECT_EQ(is_password(record + "x", "correct horse").error().code, Code::corrupt);
  std::string version = record;
  version[0] ^= 1;
  EXPECT_EQ(is_password(version, "correct horse").error().code, Code::corrupt);
  std::string greedy = record;
  greedy[9] = '\x7f';  // the memory it names: 2^62 KiB
  EXPECT_EQ(is_password(greedy, "correct horse").error().code, Code::corrupt);
  std::string endless = record;
  endless[1] = '\x7f';  // the passes
  EXPECT_EQ(is_password(endless, "correct horse").error().code, Code::corrupt);
}

TEST(Password, EveryChangedBitOfSaltAndHashIsAnotherPassword) {
  SeededRandom random(1);
  const std::string record = *password_record(kCheap, "correct horse", random);
  for (std::size_t at = 17; at < record.size(); ++at) {
    std::string other = record;
    other[at] ^= 1;
    EXPECT_FALSE(*is_password(other, "correct horse")) << at;
  }
}

TEST(Password, TheCostIsTodaysOrItIsMadeAnew) {
  SeededRandom random(1);
  const std::string record = *password_record(kCheap, "correct horse", random);
  EXPECT_TRUE(is_current(record, kCheap));
  EXPECT_FALSE(is_current(record, {.passes = 2, .kibibytes = 8}));
  EXPECT_FALSE(is_current(record, {.passes = 1, .kibibytes = 16}));
  EXPECT_FALSE(is_current(record.substr(1), kCheap));
}

TEST(Turns, AreForSoManyAtOnceAndTheRestIsTurnedAway) {
  Turns turns(2, 0);
  auto one = turns.take();
  auto two = turns.take();
  ASSERT_TRUE(one && two);
  EXPECT_FALSE(turns.take());
  one.reset();
  EXPECT_TRUE(turns.take());
}

TEST(Turns, WhoWaitsGetsTheNext) {
  Turns turns(1, 1);
  auto first = turns.take();
  ASSERT_TRUE(first);
  std::atomic<bool> has_turn = false;
  std::jthread waiting([&] {
    const auto turn = turns.take();
    has_turn = turn.has_value();
  });
  first.reset();
  waiting.join();
  EXPECT_TRUE(has_turn);
  EXPECT_TRUE(turns.take()) << "and it was given back";
}

TEST(KeyringTest, OpensWhatAnyOfItsKeysHasWrappedAndNothingElse) {
  SeededRandom random(7);
  const Secret old_key(random.bytes(kKeyBytes));
  const Secret new_key(random.bytes(kKeyBytes));
  const Keyring before({old_key});
  const Keyring both({new_key, old_key});
  const Keyring after({new_key});
  const std::string wrapped = before.wrap("plain", "case 1", random);
  ASSERT_TRUE(both.unwrap(wrapped, "case 1"));
  EXPECT_EQ(both.unwrap(wrapped, "case 1")->reveal(), "plain");
  EXPECT_EQ(after.unwrap(wrapped, "case 1").error().code, Code::not_found);
  EXPECT_EQ(both.unwrap(wrapped, "case 2").error().code, Code::corrupt) << "another place";
  EXPECT_TRUE(before.is_current(wrapped));
  EXPECT_FALSE(both.is_current(wrapped));
  EXPECT_TRUE(both.is_current(both.wrap("plain", "case 1", random)));
  EXPECT_EQ(both.current_id(), after.current_id());
  EXPECT_NE(both.current_id(), before.current_id());
  for (std::size_t size = 0; size < wrapped.size(); ++size) {
    EXPECT_FALSE(both.unwrap(wrapped.substr(0, size), "case 1")) << size;
  }
  for (std::size_t at = 0; at < wrapped.size(); ++at) {
    std::string changed = wrapped;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(both.unwrap(changed, "case 1")) << at;
  }
}

TEST(Secrets, AreEqualOnlyWhenAllBytesAre) {
  EXPECT_TRUE(equal_secrets("", ""));
  EXPECT_TRUE(equal_secrets("abc", "abc"));
  EXPECT_FALSE(equal_secrets("abc", "abd"));
  EXPECT_FALSE(equal_secrets("abc", "ab"));
  EXPECT_FALSE(equal_secrets("", "a"));
  EXPECT_EQ(read_big_endian_16(big_endian_16(0xfffe)), 0xfffe);
}

}  // namespace
}  // namespace weir
