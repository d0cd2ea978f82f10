// Sharing onward: releases, exceptions, delays, embargoes, and the second person.
#include "app/sharing.h"

#include <gtest/gtest.h>

#include "app/world.h"

namespace weir::app {
namespace {

using policy::Fact;

class Sharing : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.create());
    ASSERT_TRUE(world.found());
    reference = world.report("rita");
    world.work("cora", reference);
  }
  void TearDown() override { world.check(); }
  Result<Done> give(Level level, std::vector<std::string> recipients,
                    const std::string& ground = "article 7") {
    return decide_release(world.app(), as("cora"), reference,
                          {level, std::move(recipients), ground});
  }
  Result<Done> except(const std::string& organisation, Level level,
                      std::optional<Level> stage = std::nullopt) {
    return grant_exception(world.app(), as("cora"), reference,
                           {organisation, level, stage, "must build the fix"});
  }
  /// The levels that the user gets by pulling.
  std::set<Level> pulled(const std::string& handle) {
    const auto views = world.pull(handle);
    EXPECT_TRUE(views) << said(views);
    std::set<Level> all;
    for (const CaseView& view : *views) {
      all.merge(levels(view));
    }
    return all;
  }
  World world;
  std::string reference;
};

const std::set<Level> kNotice = {Level::notice};
const std::set<Level> kUpToAdvisory = {Level::notice, Level::advisory};

TEST_F(Sharing, NoticeGoesToNamedRecipientsByTheHandlerAlone) {
  const auto done = give(Level::notice, {"CERT", "Bound Partner", "Unknown Partner"});
  ASSERT_TRUE(done && done->is_done()) << said(done);
  EXPECT_EQ(pulled("cert"), kNotice);
  EXPECT_EQ(pulled("bo"), kNotice);
  EXPECT_EQ(pulled("uma"), kNotice);
  EXPECT_EQ(pulled("otto"), std::set<Level>());
  EXPECT_EQ(world.count(reference, "release_decided"), 1);
  EXPECT_EQ(world.count(reference, "access"), 3);
  const auto shown = world.read("cert", reference);
  EXPECT_EQ(levels(*shown), kNotice) << "reading gives no more than pulling";
  EXPECT_TRUE(shown->participants.empty()) << "a recipient takes no part";
}

TEST_F(Sharing, ANoticeTellsNoTitle) {
  ASSERT_TRUE(give(Level::notice, {"CERT"}));
  const auto views = *world.pull("cert");
  ASSERT_EQ(views.size(), 1u);
  EXPECT_TRUE(shows(views[0], "plain-product-1"));
  EXPECT_FALSE(shows(views[0], "plain-title"));
}

TEST_F(Sharing, WhoMayDecideIsTheHandler) {
  const NewRelease release{Level::notice, {"CERT"}, "x"};
  for (const char* handle : {"rita", "dan", "ada"}) {
    EXPECT_EQ(code_of(decide_release(world.app(), as(handle), reference, release)), Code::denied)
        << handle;
  }
  for (const char* handle : {"otto", "ven", "bo", "cert"}) {
    EXPECT_EQ(said(decide_release(world.app(), as(handle), reference, release)),
              said(decide_release(world.app(), as(handle), "nosuchcase", release)))
        << handle;
  }
  for (const NewRelease& wrong :
       {NewRelease{Level::notice, {}, "x"}, NewRelease{Level::existence, {"CERT"}, "x"},
        NewRelease{Level::notice, {"CERT"}, ""}}) {
    EXPECT_EQ(code_of(decide_release(world.app(), as("cora"), reference, wrong)), Code::invalid);
  }
  EXPECT_EQ(code_of(give(Level::notice, {"Nobody"})), Code::not_found);
  EXPECT_FALSE(give(Level::notice, {"CERT", "CERT"})) << "twice the same";
}

TEST_F(Sharing, AboveNoticeBeforeTheFixNeedsASecondPerson) {
  const auto asked = give(Level::advisory, {"CERT"});
  ASSERT_TRUE(asked) << said(asked);
  EXPECT_FALSE(asked->is_done());
  EXPECT_EQ(pulled("cert"), std::set<Level>());
  EXPECT_EQ(said(approve(world.app(), as("cora"), asked->waiting_for, Fact::no)),
            "approve: not allowed, by the rule second_person")
      << "not the same person";
  EXPECT_EQ(code_of(approve(world.app(), as("dan"), asked->waiting_for, Fact::yes)), Code::denied);
  EXPECT_EQ(code_of(approve(world.app(), as("dan"), asked->waiting_for, Fact::unknown)),
            Code::denied);
  EXPECT_EQ(code_of(approve(world.app(), as("cert"), asked->waiting_for, Fact::no)),
            Code::not_found);
  EXPECT_EQ(code_of(approve(world.app(), as("dan"), "nosuchact", Fact::no)), Code::not_found);
  EXPECT_EQ(waiting(world.app(), as("dan"))->size(), 1u);
  ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
  EXPECT_EQ(waiting(world.app(), as("dan"))->size(), 0u);
  EXPECT_EQ(pulled("cert"), std::set<Level>()) << "approved is not yet done";
  const auto done = give(Level::advisory, {"CERT"});
  EXPECT_TRUE(done && done->is_done());
  EXPECT_EQ(pulled("cert"), kUpToAdvisory);
}

TEST_F(Sharing, AnApprovalHoldsForExactlyWhatWasAskedAndOnce) {
  const auto asked = give(Level::advisory, {"CERT"});
  ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
  EXPECT_FALSE(give(Level::advisory, {"CERT"}, "another ground")->is_done());
  ASSERT_TRUE(agree(world.app(), as("ada"), "Outsider", Level::advisory));
  EXPECT_FALSE(give(Level::advisory, {"CERT", "Outsider"})->is_done()) << "other recipients";
  EXPECT_FALSE(give(Level::advisory, {"Outsider"})->is_done());
  EXPECT_TRUE(give(Level::advisory, {"CERT"})->is_done());
  EXPECT_FALSE(give(Level::advisory, {"CERT"})->is_done()) << "it is used up";
  EXPECT_EQ(world.count(reference, "release_decided"), 1);
}

TEST_F(Sharing, AnApprovalForOneLevelIsNoneForAnother) {
  world.add_vendor(reference, "ACME");
  ASSERT_TRUE(world.by_two("dan", [&] { return except("CERT", Level::exploit); }));
  const auto asked = give(Level::technical, {"CERT"});
  ASSERT_TRUE(asked) << said(asked);
  ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
  EXPECT_FALSE(give(Level::exploit, {"CERT"})->is_done());
  EXPECT_TRUE(give(Level::technical, {"CERT"})->is_done());
}

TEST_F(Sharing, AnApproverWhoIsBarredLaterCountsNoMoreAndAnotherMayApprove) {
  const auto asked = give(Level::advisory, {"CERT"});
  ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
  ASSERT_TRUE(set_barred(world.app(), as("ada"), "dan", Fact::yes));
  const auto again = give(Level::advisory, {"CERT"});
  ASSERT_TRUE(again) << said(again);
  EXPECT_FALSE(again->is_done());
  ASSERT_TRUE(approve(world.app(), as("ada"), again->waiting_for, Fact::no))
      << "the act must not wait for ever";
  EXPECT_TRUE(give(Level::advisory, {"CERT"})->is_done());
}

TEST_F(Sharing, ARecordedConflictOfTheApproverCountsWhateverIsDeclared) {
  ASSERT_TRUE(set_conflict(world.app(), as("cora"), reference, "dan", Fact::yes));
  const auto asked = give(Level::advisory, {"CERT"});
  EXPECT_EQ(said(approve(world.app(), as("dan"), asked->waiting_for, Fact::no)),
            "approve: not allowed, by the rule conflict_of_interest");
  EXPECT_FALSE(give(Level::advisory, {"CERT"})->is_done());
}

TEST_F(Sharing, AConflictRecordedAfterTheApprovalTakesItsWorth) {
  const auto asked = give(Level::advisory, {"CERT"});
  ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
  ASSERT_TRUE(set_conflict(world.app(), as("cora"), reference, "dan", Fact::yes));
  EXPECT_FALSE(give(Level::advisory, {"CERT"})->is_done());
}

TEST_F(Sharing, WhoIsBoundByLawGetsNoMoreThanNotice) {
  for (const char* organisation : {"Bound Partner", "Unknown Partner"}) {
    const auto refused = give(Level::advisory, {"CERT", organisation});
    ASSERT_FALSE(refused);
    EXPECT_EQ(text(refused.error()), "release: not allowed, by the rule legal_duty (recipient " +
                                         std::string(organisation) + ")");
  }
  EXPECT_EQ(pulled("cert"), std::set<Level>()) << "all recipients or none";
  EXPECT_EQ(world.count(reference, "release_decided"), 0);
}

TEST_F(Sharing, AnExceptionRaisesABoundPartnerToTheCitedStageOnly) {
  ASSERT_TRUE(world.by_two("dan", [&] { return except("Bound Partner", Level::technical); }));
  EXPECT_FALSE(give(Level::advisory, {"Bound Partner"})) << "no stage of the law is cited";
  ASSERT_TRUE(world.by_two(
      "dan", [&] { return except("Bound Partner", Level::technical, Level::advisory); }));
  EXPECT_FALSE(give(Level::technical, {"Bound Partner"}));
  const auto done = world.by_two("dan", [&] { return give(Level::advisory, {"Bound Partner"}); });
  ASSERT_TRUE(done) << said(done);
  EXPECT_TRUE(done->is_done());
  EXPECT_EQ(pulled("bo"), kUpToAdvisory);
  EXPECT_EQ(world.count(reference, "exception_approved"), 2);
}

TEST_F(Sharing, AnExceptionRaisesThePhaseForOneOrganisationAndNeedsTwo) {
  EXPECT_EQ(said(give(Level::technical, {"CERT"})),
            "release: not allowed, by the rule phase (recipient CERT)");
  EXPECT_FALSE(except("CERT", Level::technical)->is_done());
  EXPECT_FALSE(give(Level::technical, {"CERT"})) << "one person is not enough";
  ASSERT_TRUE(world.by_two("dan", [&] { return except("CERT", Level::technical); })->is_done());
  ASSERT_TRUE(world.by_two("dan", [&] { return give(Level::technical, {"CERT"}); })->is_done());
  EXPECT_EQ(pulled("cert"), (std::set<Level>{Level::notice, Level::advisory, Level::technical}));
}

TEST_F(Sharing, WithoutAnAgreementOrAfterItsEndNothingGoesOut) {
  EXPECT_EQ(said(give(Level::notice, {"Outsider"})),
            "release: not allowed, by the rule agreement (recipient Outsider)");
  ASSERT_TRUE(give(Level::notice, {"CERT"}));
  EXPECT_EQ(pulled("cert"), kNotice);
  ASSERT_TRUE(end_agreement(world.app(), as("ada"), "CERT"));
  EXPECT_EQ(pulled("cert"), std::set<Level>()) << "also what was released before";
  EXPECT_EQ(code_of(world.read("cert", reference)), Code::not_found);
  EXPECT_FALSE(give(Level::notice, {"CERT"}));
  ASSERT_TRUE(agree(world.app(), as("ada"), "CERT", Level::existence));
  EXPECT_EQ(pulled("cert"), std::set<Level>());
}

TEST_F(Sharing, SuspensionAndBarTakeEffectAtOnce) {
  ASSERT_TRUE(give(Level::notice, {"CERT"}));
  EXPECT_EQ(pulled("cert"), kNotice);
  ASSERT_TRUE(set_suspended(world.app(), as("ada"), "CERT", Fact::yes));
  EXPECT_EQ(pulled("cert"), std::set<Level>());
  EXPECT_EQ(code_of(world.read("cert", reference)), Code::not_found);
  EXPECT_EQ(said(give(Level::notice, {"CERT"}, "again")),
            "release: not allowed, by the rule suspension (recipient CERT)");
  ASSERT_TRUE(set_suspended(world.app(), as("ada"), "CERT", Fact::no));
  EXPECT_EQ(pulled("cert"), kNotice);
  ASSERT_TRUE(set_barred(world.app(), as("ada"), "cert", Fact::yes));
  EXPECT_EQ(pulled("cert"), std::set<Level>());
  const auto asked = give(Level::advisory, {"Bound Partner", "CERT"});
  EXPECT_FALSE(asked);
  const auto waits = give(Level::advisory, {"CERT"});
  ASSERT_TRUE(set_barred(world.app(), as("ada"), "dan", Fact::yes));
  EXPECT_EQ(code_of(approve(world.app(), as("dan"), waits->waiting_for, Fact::no)),
            Code::not_found);
  ASSERT_TRUE(set_barred(world.app(), as("ada"), "cora", Fact::yes));
  EXPECT_FALSE(give(Level::notice, {"CERT"}, "third"));
  EXPECT_FALSE(world.read("cora", reference));
}

TEST_F(Sharing, ARecalledReleaseGivesNothingMore) {
  const auto done = give(Level::notice, {"CERT", "Bound Partner"});
  EXPECT_EQ(pulled("cert"), kNotice);
  EXPECT_EQ(code_of(recall_release(world.app(), as("cert"), done->reference, "Bound Partner")),
            Code::not_found);
  EXPECT_EQ(said(recall_release(world.app(), as("otto"), done->reference, "CERT")),
            said(recall_release(world.app(), as("otto"), "nosuchrelease", "CERT")));
  ASSERT_TRUE(recall_release(world.app(), as("cora"), done->reference, "CERT"));
  EXPECT_EQ(pulled("cert"), std::set<Level>());
  EXPECT_EQ(code_of(world.read("cert", reference)), Code::not_found);
  EXPECT_EQ(pulled("bo"), kNotice) << "the others keep theirs";
  EXPECT_EQ(code_of(recall_release(world.app(), as("cora"), done->reference, "CERT")),
            Code::not_found)
      << "twice";
}

TEST_F(Sharing, ADelayWithholdsFromOutsidersUntilItIsEnded) {
  ASSERT_TRUE(give(Level::notice, {"CERT"}));
  ASSERT_TRUE(
      decide_delay(world.app(), as("cora"), reference, "under attack", "2027-01-31T09:00:00Z"));
  EXPECT_EQ(pulled("cert"), std::set<Level>());
  EXPECT_EQ(said(give(Level::notice, {"CERT"}, "again")),
            "release: not allowed, by the rule delay_decision (recipient CERT)");
  world.clock.advance(std::chrono::hours(24 * 365));
  EXPECT_EQ(pulled("cert"), std::set<Level>()) << "its planned end opens nothing by itself";
  ASSERT_TRUE(end_delay(world.app(), as("cora"), reference));
  EXPECT_EQ(pulled("cert"), kNotice);
  EXPECT_EQ(code_of(end_delay(world.app(), as("cora"), reference)), Code::not_found);
  EXPECT_EQ(code_of(decide_delay(world.app(), as("cora"), reference, "", "2027-01-31T09:00:00Z")),
            Code::invalid);
  EXPECT_EQ(code_of(decide_delay(world.app(), as("cora"), reference, "x", "tomorrow")),
            Code::invalid);
  EXPECT_EQ(code_of(decide_delay(world.app(), as("dan"), reference, "x", "2027-01-31T09:00:00Z")),
            Code::denied);
}

TEST_F(Sharing, AnEmbargoHoldsOnwardSharingToNoticeUntilItsPartiesAgree) {
  world.add_vendor(reference, "ACME");
  ASSERT_TRUE(propose_embargo(world.app(), as("ven"), reference, "2027-03-01T09:00:00+01:00"));
  EXPECT_EQ(said(give(Level::advisory, {"CERT"})),
            "release: not allowed, by the rule embargo_consent (recipient CERT)")
      << "an open proposal closes too";
  ASSERT_TRUE(propose_embargo(world.app(), as("rita"), reference, "2027-02-01T09:00:00Z"));
  EXPECT_EQ(code_of(confirm_embargo(world.app(), as("ven"), reference)), Code::denied);
  ASSERT_TRUE(confirm_embargo(world.app(), as("cora"), reference));
  EXPECT_EQ(world.read("ven", reference)->embargo_until, parse_rfc3339("2027-02-01T09:00:00Z"))
      << "the shortest";
  EXPECT_FALSE(give(Level::advisory, {"CERT"}));
  EXPECT_TRUE(give(Level::notice, {"CERT"}));
  ASSERT_TRUE(consent_to_sharing(world.app(), as("ven"), reference));
  EXPECT_FALSE(give(Level::advisory, {"CERT"})) << "the reporter proposed it";
  ASSERT_TRUE(consent_to_sharing(world.app(), as("rita"), reference));
  EXPECT_TRUE(world.by_two("dan", [&] { return give(Level::advisory, {"CERT"}); }));
  EXPECT_EQ(code_of(consent_to_sharing(world.app(), as("cora"), reference)), Code::invalid);
  world.clock.advance(std::chrono::hours(24 * 365));
  EXPECT_EQ(world.read("ven", reference)->embargo_until, parse_rfc3339("2027-02-01T09:00:00Z"))
      << "it ends by an event, not by the clock";
  ASSERT_TRUE(end_embargo(world.app(), as("cora"), reference));
  EXPECT_EQ(world.read("ven", reference)->embargo_until, std::nullopt);
}

TEST_F(Sharing, AnEmbargoEndsInTheFutureAndIsProposedByWhoTakesPart) {
  const auto propose = [&](const char* who, const char* until) {
    return code_of(propose_embargo(world.app(), as(who), reference, until));
  };
  EXPECT_EQ(propose("rita", "2020-01-01T00:00:00Z"), Code::invalid);
  EXPECT_EQ(propose("rita", to_rfc3339(kStart).c_str()), Code::invalid) << "now is not later";
  EXPECT_EQ(propose("rita", "2027-02-01"), Code::invalid);
  EXPECT_EQ(propose("otto", "2027-02-01T00:00:00Z"), Code::not_found);
  EXPECT_EQ(propose("dan", "2027-02-01T00:00:00Z"), Code::denied);
  EXPECT_EQ(code_of(confirm_embargo(world.app(), as("cora"), reference)), Code::conflict);
}

TEST_F(Sharing, APreviewSaysWhoWouldGetWhatAndDecidesNothing) {
  ASSERT_TRUE(give(Level::notice, {"CERT"}));
  const auto rows = preview_release(world.app(), as("cora"), reference,
                                    {Level::advisory, {"CERT", "Bound Partner", "Outsider"}, ""});
  ASSERT_TRUE(rows) << said(rows);
  EXPECT_EQ((*rows)[0].decision.outcome, policy::Outcome::needs_second);
  EXPECT_EQ((*rows)[0].items, 3);
  EXPECT_EQ((*rows)[0].fresh, 2) << "the notice it has";
  EXPECT_EQ((*rows)[1].decision.rule, policy::Rule::legal_duty);
  EXPECT_EQ((*rows)[2].decision.rule, policy::Rule::agreement);
  EXPECT_EQ(waiting(world.app(), as("dan"))->size(), 0u);
  EXPECT_EQ(world.count(reference, "release_decided"), 1);
  const NewRelease release{Level::notice, {"CERT"}, ""};
  EXPECT_EQ(said(preview_release(world.app(), as("otto"), reference, release)),
            said(preview_release(world.app(), as("otto"), "nosuchcase", release)));
}

TEST_F(Sharing, ATlpRedReportGoesToNobodyOutside) {
  reference = world.report("rita", {.word = "red", .label = "TLP:RED"});
  world.work("cora", reference);
  EXPECT_EQ(said(give(Level::notice, {"CERT"})),
            "release: not allowed, by the rule label (recipient CERT)");
  EXPECT_EQ(pulled("cert"), std::set<Level>());
}

TEST_F(Sharing, AnApprovalIsVoidSevenDaysAfterTheAsking) {
  constexpr Duration kTerm = std::chrono::hours(24 * 7);
  const auto asked = give(Level::advisory, {"CERT"});
  world.clock.advance(kTerm - Duration(1));
  EXPECT_EQ(waiting(world.app(), as("dan"))->size(), 1u);
  ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
  world.clock.advance(Duration(1));
  const auto late = give(Level::advisory, {"CERT"});
  ASSERT_TRUE(late) << said(late);
  EXPECT_FALSE(late->is_done());
  EXPECT_NE(late->waiting_for, asked->waiting_for) << "asked anew";
  EXPECT_TRUE(world.pull("cert")->empty());
  // Not approved in time either: it is gone from the list, and nobody can approve it any more.
  world.clock.advance(kTerm);
  EXPECT_TRUE(waiting(world.app(), as("dan"))->empty());
  EXPECT_EQ(code_of(approve(world.app(), as("dan"), late->waiting_for, Fact::no)), Code::not_found);
  EXPECT_EQ(code_of(show_waiting(world.app(), as("dan"), late->waiting_for, Fact::no)),
            Code::not_found);
  ASSERT_TRUE(world.by_two("dan", [&] { return give(Level::advisory, {"CERT"}); })->is_done());
  EXPECT_EQ(pulled("cert"), kUpToAdvisory);
}

TEST_F(Sharing, AnApprovalByAClockThatRanALittleAheadCounts) {
  world.clock.advance(ledger::kClockTolerance);
  const auto asked = give(Level::advisory, {"CERT"});
  ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
  world.clock.advance(-ledger::kClockTolerance);
  EXPECT_TRUE(give(Level::advisory, {"CERT"})->is_done());
}

TEST_F(Sharing, AnApprovalFromTheFutureIsNone) {
  const auto asked = give(Level::advisory, {"CERT"});
  ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
  ASSERT_TRUE(world.db().execute([&](store::Tx& tx) {
    return tx.run("UPDATE pending_act SET at_ms = at_ms + $1 + 1",
                  {ledger::kClockTolerance.count()});
  }));
  EXPECT_FALSE(give(Level::advisory, {"CERT"})->is_done());
}

TEST_F(Sharing, AnExceptionDoesNotCoverWhatIsAddedLater) {
  ASSERT_TRUE(world.by_two("dan", [&] { return except("CERT", Level::exploit); })->is_done());
  const auto release = world.by_two("dan", [&] { return give(Level::exploit, {"CERT"}); });
  ASSERT_TRUE(release && release->is_done()) << said(release);
  EXPECT_TRUE(pulled("cert").contains(Level::exploit));
  ASSERT_TRUE(add_attachment(world.app(), as("cora"), reference, attachment("later", "bytes")));
  EXPECT_EQ(said(give(Level::exploit, {"CERT"}, "again")),
            "release: not allowed, by the rule phase (recipient CERT)")
      << "it would give the new file";
  EXPECT_TRUE(pulled("cert").contains(Level::exploit)) << "what it was made for it still covers";
  // Invited, it sees what the exception covers, and of what was added what the phase allows.
  ASSERT_TRUE(add_participant(world.app(), as("cora"), reference,
                              {.organisation = "CERT", .level = Level::exploit}));
  ASSERT_TRUE(post_message(world.app(), as("cora"), reference,
                           {.text = "later words", .level = Level::technical}));
  const auto view = world.read("cert", reference);
  ASSERT_TRUE(view) << said(view);
  EXPECT_TRUE(shows(*view, "plain-exploit-1"));
  EXPECT_FALSE(shows(*view, "later words"));
  ASSERT_TRUE(world.by_two("dan", [&] { return except("CERT", Level::exploit); })->is_done());
  EXPECT_TRUE(shows(*world.read("cert", reference), "later words"));
  EXPECT_TRUE(
      world.by_two("dan", [&] { return give(Level::exploit, {"CERT"}, "again"); })->is_done());
}

TEST_F(Sharing, AnExceptionIsApprovedForTheCaseAsItIs) {
  const auto asked = except("CERT", Level::technical);
  ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
  ASSERT_TRUE(post_message(world.app(), as("cora"), reference, {.text = "more"}));
  EXPECT_FALSE(except("CERT", Level::technical)->is_done());
  EXPECT_EQ(world.count(reference, "exception_approved"), 0);
}

}  // namespace
}  // namespace weir::app
