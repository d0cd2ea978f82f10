#include "jobs/jobs.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/bytes.h"

namespace weir::jobs {
namespace {

using store::outbox::enqueue;
constexpr Instant kNow{1'798'000'000'000};

class JobsTest : public testing::Test {
 protected:
  JobsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-jobs-XXXXXX").string();
    CHECK(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    store::Options options;
    options.path = folder_ + "/weir.db";
    options.open = store::Options::Open::create;
    options.migrations = {store::outbox::kMigration};
    db_ = std::move(store::Db::open(options)).value();
  }
  ~JobsTest() override {
    db_.reset();
    std::filesystem::remove_all(folder_);
  }
  void put(std::string_view kind, std::string_view payload, Instant due = kNow) {
    ASSERT_TRUE(db_->execute([&](store::Tx& tx) -> Status {
      TRY(enqueue(tx, kind, payload, due));
      return {};
    }));
  }
  std::vector<store::outbox::Message> waiting(Instant now) {
    return store::outbox::due(**db_->read(), now, 100).value();
  }
  std::string folder_;
  std::unique_ptr<store::Db> db_;
};

TEST_F(JobsTest, SendsWhatIsDueAndTakesItOffWithWhatBelongsToIt) {
  put("news", "1");
  put("news", "2", kNow + Duration(1));
  std::vector<std::string> sent;
  const Senders senders = {{"news", [&](const store::outbox::Message& message) -> Result<Settle> {
                              sent.push_back(message.payload);
                              return [](store::Tx& tx) -> Status {
                                TRY(enqueue(tx, "next", "x", kNow));
                                return {};
                              };
                            }}};
  const auto round = run_due(*db_, senders, kNow);
  ASSERT_TRUE(round);
  EXPECT_EQ(round->sent, 1);
  EXPECT_EQ(sent, std::vector<std::string>{"1"});
  const auto left = waiting(kNow + Duration(1));
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].kind, "next");
  EXPECT_EQ(left[1].payload, "2");
}

TEST_F(JobsTest, WhatFailsIsTriedLaterAndInTheEndGivenUp) {
  put("news", "1");
  put("unknown", "2");
  int tries = 0;
  const Senders senders = {{"news", [&](const store::outbox::Message&) -> Result<Settle> {
                              ++tries;
                              return fail(Code::unavailable, "no connection");
                            }}};
  Instant now = kNow;
  EXPECT_EQ(run_due(*db_, senders, now)->failed, 2);
  EXPECT_EQ(run_due(*db_, senders, now)->failed, 0) << "not at once again";
  for (int i = 0; i < 30; ++i) {
    now = now + store::outbox::kLongestBackOff;
    ASSERT_TRUE(run_due(*db_, senders, now));
  }
  EXPECT_EQ(tries, store::outbox::kMostAttempts);
  const auto dead = store::outbox::dead(**db_->read(), 10).value();
  ASSERT_EQ(dead.size(), 2U);
  EXPECT_TRUE(dead[0].last_error.contains("no connection") ||
              dead[1].last_error.contains("no connection"));
}

TEST_F(JobsTest, ASettlementThatFailsLeavesTheMessage) {
  put("news", "1");
  const Senders senders = {{"news", [&](const store::outbox::Message&) -> Result<Settle> {
                              return [](store::Tx&) -> Status {
                                return fail(Code::unavailable, "disk full");
                              };
                            }}};
  EXPECT_FALSE(run_due(*db_, senders, kNow));
  EXPECT_EQ(waiting(kNow).size(), 1U) << "sent again, under the same id";
}

TEST_F(JobsTest, OneThatIsDroppedMeanwhileIsNobodysTrouble) {
  put("news", "1");
  const Senders senders = {
      {"news", [&](const store::outbox::Message& message) -> Result<Settle> {
         TRY(db_->execute([&](store::Tx& tx) { return store::outbox::done(tx, message.id); }));
         return Settle();
       }}};
  EXPECT_TRUE(run_due(*db_, senders, kNow));
}

// The example of the Standard Webhooks reference libraries.
TEST(Webhook, IsSignedAsStandardWebhooksSays) {
  const Secret secret(*from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  const auto heads = sign_webhook(secret, {"msg_p5jXN8AQM9LWM0D4loKWxJek",
                                           Instant{1'614'265'330'000}, R"({"test": 2432232314})"});
  EXPECT_EQ(heads, (std::vector<std::pair<std::string, std::string>>{
                       {"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                       {"webhook-timestamp", "1614265330"},
                       {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}}));
}

}  // namespace
}  // namespace weir::jobs
