#include "store/outbox.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "store/idempotency.h"
#include "store/store_test.h"

namespace weir::store {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow{1'795'440'000'000};

/// Runs `apply` in a transaction of a database with both tables; its failure fails the test.
class Tables : public ::testing::Test {
 protected:
  Tables() {
    Options options = folder_.options();
    options.migrations = {idempotency::kMigration, outbox::kMigration};
    db_ = TestFolder::create(options);
  }
  void in_transaction(const std::function<void(Tx&)>& apply) {
    const Status status = db_->execute([&](Tx& tx) -> Status {
      apply(tx);
      return {};
    });
    EXPECT_TRUE(status) << text(status.error());
  }

 private:
  TestFolder folder_;
  std::unique_ptr<Db> db_;
};

class IdempotencyTest : public Tables {};
class OutboxTest : public Tables {};

idempotency::Request request(std::string_view actor, std::string_view route, std::string_view key,
                             std::string_view body) {
  return {.actor = actor, .route = route, .key = key, .body = sha256(body)};
}

TEST_F(IdempotencyTest, TheSameRequestFindsItsFirstOutcome) {
  in_transaction([](Tx& tx) {
    const auto first = request("ann", "POST /reports", "k1", "body");
    EXPECT_EQ(idempotency::find(tx, first, kNow).value(), std::nullopt);
    EXPECT_TRUE(idempotency::remember(tx, first, "report 7", kNow));
    EXPECT_EQ(idempotency::find(tx, first, kNow).value(), "report 7");
    EXPECT_EQ(code_of(idempotency::remember(tx, first, "report 8", kNow)), Code::conflict);
    EXPECT_EQ(idempotency::find(tx, first, kNow).value(), "report 7");
  });
}

TEST_F(IdempotencyTest, AKeyMeansSomethingForOneActorOnOneRoute) {
  in_transaction([](Tx& tx) {
    EXPECT_TRUE(idempotency::remember(tx, request("ann", "r", "k1", "body"), "1", kNow));
    for (const auto& other : {request("bob", "r", "k1", "body"), request("ann", "s", "k1", "body"),
                              request("ann", "r", "k2", "body"), request("annr", "", "k1", "body"),
                              request("ann", "rk", "1", "body"), request("ann", "r", "", "body")}) {
      EXPECT_EQ(idempotency::find(tx, other, kNow).value(), std::nullopt);
    }
    const auto other_body = request("ann", "r", "k1", "other body");
    EXPECT_EQ(code_of(idempotency::find(tx, other_body, kNow)), Code::conflict);
    EXPECT_EQ(code_of(idempotency::remember(tx, other_body, "2", kNow)), Code::conflict);
  });
}

TEST_F(IdempotencyTest, WithoutAKeyTheBodyIsTheKey) {
  in_transaction([](Tx& tx) {
    EXPECT_TRUE(idempotency::remember(tx, request("ann", "r", "", "one"), "1", kNow));
    EXPECT_TRUE(idempotency::remember(tx, request("ann", "r", "", "two"), "2", kNow));
    EXPECT_EQ(idempotency::find(tx, request("ann", "r", "", "one"), kNow).value(), "1");
    EXPECT_EQ(idempotency::find(tx, request("ann", "r", "", "two"), kNow).value(), "2");
    // A key that spells a body's hash is still a key.
    const Digest hash = sha256("one");
    EXPECT_EQ(idempotency::find(tx, request("ann", "r", hash.view(), "one"), kNow).value(),
              std::nullopt);
  });
}

TEST_F(IdempotencyTest, ForgetsAfterSevenDays) {
  in_transaction([](Tx& tx) {
    const auto old = request("ann", "r", "k", "body");
    EXPECT_TRUE(idempotency::remember(tx, old, "1", kNow));
    EXPECT_EQ(idempotency::purge(tx, kNow + 7 * 24h - 1ms).value(), 0);
    EXPECT_EQ(idempotency::find(tx, old, kNow + 7 * 24h - 1ms).value(), "1");
    EXPECT_EQ(idempotency::find(tx, old, kNow + 7 * 24h).value(), std::nullopt);
    // Not purged yet, and in nobody's way, also with another body.
    const auto other = request("ann", "r", "k", "other");
    EXPECT_EQ(code_of(idempotency::remember(tx, other, "2", kNow + 7 * 24h - 1ms)), Code::conflict);
    EXPECT_TRUE(idempotency::remember(tx, other, "2", kNow + 7 * 24h));
    EXPECT_EQ(idempotency::find(tx, other, kNow + 7 * 24h).value(), "2");
    EXPECT_EQ(idempotency::purge(tx, kNow + 14 * 24h).value(), 1);
    EXPECT_EQ(idempotency::purge(tx, kNow + 14 * 24h).value(), 0);
  });
}

TEST_F(IdempotencyTest, PurgesInSteps) {
  in_transaction([](Tx& tx) {
    for (std::int64_t i = 0; i <= idempotency::kMostPurged; ++i) {
      EXPECT_TRUE(idempotency::remember(tx, request("a", "r", std::to_string(i), ""), "1", kNow));
    }
    EXPECT_EQ(idempotency::purge(tx, kNow + 7 * 24h).value(), idempotency::kMostPurged);
    EXPECT_EQ(idempotency::purge(tx, kNow + 7 * 24h).value(), 1);
  });
}

std::vector<std::int64_t> ids(const Result<std::vector<outbox::Message>>& messages) {
  std::vector<std::int64_t> out;
  for (const outbox::Message& message : messages.value()) {
    out.push_back(message.id);
  }
  return out;
}

using Ids = std::vector<std::int64_t>;

TEST_F(OutboxTest, GivesWhatIsDueTheLongestDueFirst) {
  in_transaction([](Tx& tx) {
    const std::int64_t later = outbox::enqueue(tx, "mail", "b", kNow + 1ms).value();
    const std::int64_t first = outbox::enqueue(tx, "hook", "a", kNow).value();
    const std::int64_t second = outbox::enqueue(tx, "mail", "c", kNow).value();
    EXPECT_EQ(ids(outbox::due(tx, kNow - 1ms, 10)), Ids{});
    EXPECT_EQ(ids(outbox::due(tx, kNow, 10)), (Ids{first, second}));
    EXPECT_EQ(ids(outbox::due(tx, kNow, 1)), Ids{first});
    EXPECT_EQ(ids(outbox::due(tx, kNow + 1ms, 10)), (Ids{first, second, later}));
    EXPECT_EQ(outbox::due(tx, kNow, 1).value().front(),
              (outbox::Message{first, "hook", "a", kNow, 0, ""}));
  });
}

TEST_F(OutboxTest, WhatIsDoneIsGoneAndItsIdStaysUsed) {
  in_transaction([](Tx& tx) {
    const std::int64_t id = outbox::enqueue(tx, "mail", "a", kNow).value();
    EXPECT_TRUE(outbox::done(tx, id));
    EXPECT_EQ(code_of(outbox::done(tx, id)), Code::not_found);
    EXPECT_EQ(code_of(outbox::retry(tx, id, kNow, "")), Code::not_found);
    EXPECT_GT(outbox::enqueue(tx, "mail", "a", kNow).value(), id);
  });
}

TEST_F(OutboxTest, WaitsLongerAfterEachFailure) {
  EXPECT_EQ(outbox::back_off(1), 30s);
  EXPECT_EQ(outbox::back_off(2), 60s);
  EXPECT_EQ(outbox::back_off(10), 15'360s);
  EXPECT_EQ(outbox::back_off(11), 6h);
  EXPECT_EQ(outbox::back_off(1'000'000), 6h);
  in_transaction([](Tx& tx) {
    const std::int64_t id = outbox::enqueue(tx, "mail", "a", kNow).value();
    EXPECT_TRUE(outbox::retry(tx, id, kNow, "refused"));
    EXPECT_EQ(ids(outbox::due(tx, kNow + 30s - 1ms, 10)), Ids{});
    EXPECT_EQ(outbox::due(tx, kNow + 30s, 10).value().at(0),
              (outbox::Message{id, "mail", "a", kNow + 30s, 1, "refused"}));
    EXPECT_TRUE(outbox::retry(tx, id, kNow + 1h, "refused again"));
    EXPECT_EQ(outbox::due(tx, kNow + 1h + 60s, 10).value().at(0),
              (outbox::Message{id, "mail", "a", kNow + 1h + 60s, 2, "refused again"}));
  });
}

TEST_F(OutboxTest, GivesUpAfterTheLastAttemptAndCanBeRevived) {
  in_transaction([](Tx& tx) {
    const std::int64_t id = outbox::enqueue(tx, "mail", "a", kNow).value();
    for (std::int64_t i = 1; i < outbox::kMostAttempts; ++i) {
      EXPECT_TRUE(outbox::retry(tx, id, kNow, "no"));
    }
    EXPECT_EQ(ids(outbox::dead(tx, 10)), Ids{});
    EXPECT_EQ(code_of(outbox::revive(tx, id, kNow)), Code::not_found);
    EXPECT_TRUE(outbox::retry(tx, id, kNow + 1s, "no more"));
    EXPECT_EQ(ids(outbox::due(tx, kNow + 1'000h, 10)), Ids{});
    EXPECT_EQ(outbox::dead(tx, 10).value().at(0),
              (outbox::Message{id, "mail", "a", kNow + 1s, outbox::kMostAttempts, "no more"}));
    EXPECT_EQ(code_of(outbox::done(tx, id)), Code::not_found);
    EXPECT_EQ(code_of(outbox::retry(tx, id, kNow, "")), Code::not_found);
    EXPECT_TRUE(outbox::revive(tx, id, kNow + 2s));
    EXPECT_EQ(ids(outbox::dead(tx, 10)), Ids{});
    EXPECT_EQ(outbox::due(tx, kNow + 2s, 10).value().at(0),
              (outbox::Message{id, "mail", "a", kNow + 2s, 0, "no more"}));
  });
}

TEST_F(OutboxTest, DeadOnesComeNewestFirst) {
  in_transaction([](Tx& tx) {
    Ids made;
    for (int i = 0; i < 3; ++i) {
      made.push_back(outbox::enqueue(tx, "mail", "", kNow).value());
      for (std::int64_t j = 0; j < outbox::kMostAttempts; ++j) {
        EXPECT_TRUE(outbox::retry(tx, made.back(), kNow + 1s * (i / 2), "no"));
      }
    }
    EXPECT_EQ(ids(outbox::dead(tx, 2)), (Ids{made[2], made[1]}));
  });
}

TEST_F(OutboxTest, HoldsItsLimits) {
  in_transaction([](Tx& tx) {
    const std::string most(outbox::kMostPayloadBytes, 'x');
    EXPECT_TRUE(outbox::enqueue(tx, "mail", most, kNow));
    EXPECT_EQ(code_of(outbox::enqueue(tx, "mail", most + "x", kNow)), Code::invalid);
    const std::int64_t id = outbox::enqueue(tx, "mail", "", kNow - 1ms).value();
    std::string error(outbox::kMostErrorBytes - 1, 'e');
    EXPECT_TRUE(outbox::retry(tx, id, kNow - 31s, error + "\xc3\xa9 and more"));  // é on the edge
    EXPECT_EQ(outbox::due(tx, kNow - 1s, 1).value().at(0).last_error, error);
    error += "e";
    EXPECT_TRUE(outbox::retry(tx, id, kNow - 91s, error));
    EXPECT_EQ(outbox::due(tx, kNow - 31s, 1).value().at(0).last_error, error);
  });
}

}  // namespace
}  // namespace weir::store
