// The rows behind filings and delays.
#include "app/filing_rows.h"

#include <gtest/gtest.h>

#include "app/clocks_world.h"
#include "app/delay_rows.h"
#include "app/delays.h"
#include "app/law_conflicts.h"
#include "app/received_filings.h"
#include "app/sent_filings.h"

namespace weir::app {
namespace {

using std::chrono::hours;

class FilingRows : public ClocksWorld {
 protected:
  Result<std::string> draft(const std::string& handle) {
    return save_draft(world.app(), laws(), as(handle), obligation(handle, "eu-cra/early_warning"),
                      {{"vulnerability", "yes"}, {"member_states", "DE"}});
  }
};

TEST_F(FilingRows, ABodyIsOpenedForItsKeeperAlone) {
  const std::string reference = aware("vera");
  const auto filing = draft("vera");
  ASSERT_TRUE(filing) << said(filing);
  const auto body = open_filing(world.app(), as("vera"), *filing);
  ASSERT_TRUE(body) << said(body);
  EXPECT_EQ(parse_filing(*body)->filing, *filing);
  for (const char* handle : {"ven", "otto", "rita", "cora"}) {
    EXPECT_EQ(code_of(open_filing(world.app(), as(handle), *filing)), Code::not_found) << handle;
  }
  EXPECT_EQ(world.count(reference, "access"), 0) << "one's own bytes are no access";
  ASSERT_TRUE(world.db().execute([&](store::Tx& tx) -> Status {
    const Person vera = TRY(load_keeper(tx, world.app(), as("vera"), Scope::read));
    const FilingRow row = TRY(load_filing(tx, world.app(), vera, *filing));
    EXPECT_EQ(row.state, FilingState::draft);
    EXPECT_EQ(row.obligation.stage, "early_warning");
    return {};
  }));
}

TEST_F(FilingRows, AHandingIsTheDraftAsItStands) {
  aware("vera");
  const auto filing = draft("vera");
  const auto handing = begin_handing(world.app(), laws(), as("vera"), *filing, {});
  ASSERT_TRUE(handing) << said(handing);
  EXPECT_EQ(handing->body, *open_filing(world.app(), as("vera"), *filing));
  EXPECT_EQ(handing->row.state, FilingState::draft);
  EXPECT_EQ(handing->at, world.clock.now());
  EXPECT_EQ(code_of(begin_handing(world.app(), laws(), as("ven"), *filing, {})), Code::not_found);
  using Channel = Submission::Channel;
  for (const Channel now : {Channel::platform, Channel::weir}) {
    EXPECT_EQ(code_of(begin_handing(world.app(), laws(), as("vera"), *filing,
                                    {.channel = now, .at = to_rfc3339(kHour)})),
              Code::invalid)
        << "it is handed over by the call itself";
  }
}

TEST_F(FilingRows, StagesOfOneLawFollowEachOther) {
  aware("vera");
  const auto first = draft("vera");
  ASSERT_TRUE(submit_filing(world.app(), laws(), as("vera"), *first, {}));
  const auto tx = world.db().read();
  const Person vera = *load_keeper(**tx, world.app(), as("vera"), Scope::read);
  const auto stages = [&](const std::string& stage) {
    const ObligationRow row = *load_obligation(**tx, world.app(), vera, obligation("vera", stage));
    EXPECT_TRUE(keep_obligation(**tx, world.app(), as("vera"), row, Scope::act));
    EXPECT_FALSE(keep_obligation(**tx, world.app(), as("ven"), row, Scope::act));
    return filings_of_stages(**tx, world.app(), row).value();
  };
  EXPECT_EQ(stages("eu-cra/notification"), std::vector<std::string>{*first});
}

TEST_F(FilingRows, AnAnswerIsKeptOfWhatWasSentAlone) {
  aware("vera");
  const auto filing = draft("vera");
  const auto handing = begin_handing(world.app(), laws(), as("vera"), *filing, {});
  ASSERT_TRUE(handing) << said(handing);
  const auto keep_one = [&] {
    return world.db().execute([&](store::Tx& tx) -> Status {
      return keep_answer(tx, world.app(), laws(), *handing, {"CASE", "receipt", "promise", "code"});
    });
  };
  EXPECT_EQ(code_of(keep_one()), Code::conflict);
  ASSERT_TRUE(begin_sending(world.app(), laws(), as("vera"), *filing, {"https://weir.example"}));
  EXPECT_TRUE(keep_one());
  EXPECT_EQ(sent_filing(world.app(), as("vera"), *filing)->answered.return_code, "code");
}

TEST_F(FilingRows, TheAuthoritysClockBeginsWhenItIsTold) {
  const std::string reference = aware("vera");
  ASSERT_TRUE(world.db().execute([&](store::Tx& tx) -> Status {
    return authority_was_told(tx, world.app(), TRY(load_named_case(tx, reference)).id, "a letter");
  }));
  world.work("cora", reference);
  EXPECT_EQ(states("cora"), "eu-cra-csirt/disseminate running");
}

TEST_F(FilingRows, OnlyWhatALawForbidsWaitsForADecision) {
  aware("vera");
  aware("ven");
  const auto stage = find_stage(laws(), "eu-cra", "2026-09-11", "early_warning");
  ASSERT_TRUE(stage);
  const std::string free = obligation("vera", "eu-cra/early_warning");
  const std::string forbidden = obligation("ven", "eu-cra/early_warning");
  ASSERT_TRUE(world.db().execute([&](store::Tx& tx) -> Status {
    const Person vera = TRY(load_keeper(tx, world.app(), as("vera"), Scope::read));
    const ObligationRow hers = TRY(load_obligation(tx, world.app(), vera, free));
    EXPECT_TRUE(must_not_be_forbidden(tx, world.app(), laws(), hers.party, *stage));
    const Person ven = TRY(load_keeper(tx, world.app(), as("ven"), Scope::read));
    const ObligationRow his = TRY(load_obligation(tx, world.app(), ven, forbidden));
    EXPECT_EQ(code_of(must_not_be_forbidden(tx, world.app(), laws(), his.party, *stage)),
              Code::conflict);
    return {};
  }));
}

TEST_F(FilingRows, ADelayIsCarriedToAnotherCaseAsLong) {
  const std::string one = world.report("ven");
  const std::string two = world.report("rita");
  world.work("cora", one);
  world.work("cora", two);
  ASSERT_TRUE(world.db().execute([&](store::Tx& tx) -> Status {
    const CaseFile from = TRY(load_named_case(tx, one));
    const CaseFile into = TRY(load_named_case(tx, two));
    TRY(carry_delays(tx, world.app(), from, into));
    TRY(put_delay(tx, world.app(), from, 0, {kHour + hours(5), {}, "platform_compromised", 0}));
    TRY(put_delay(tx, world.app(), from, 0, {kHour + hours(9), {}, "", 0}));
    return carry_delays(tx, world.app(), from, into);
  }));
  const auto carried = delays(world.app(), as("cora"), two);
  ASSERT_TRUE(carried) << said(carried);
  ASSERT_EQ(carried->size(), 2u) << "nothing while there was none, then each";
  EXPECT_EQ(carried->front().until, kHour + hours(5));
  EXPECT_EQ(carried->back().until, kHour + hours(9));
}

}  // namespace
}  // namespace weir::app
