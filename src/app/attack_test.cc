// Attacks on the promise that nobody learns of an unfixed flaw without leaving a record. Each test
// is a sentence that was false once.
#include <gtest/gtest.h>

#include "app/world.h"
#include "base/json.h"

namespace weir::app {
namespace {

using policy::Fact;

struct AttackTest : testing::Test {
  void SetUp() override {
    ASSERT_TRUE(world.create());
    ASSERT_TRUE(world.found());
  }
  World world;
};

Words labelled(std::string label, std::string word = "plain", int vulnerabilities = 1) {
  return {std::move(word), vulnerabilities, std::move(label), {}};
}

std::string fields_of(const std::vector<EventView>& events) {
  std::string names;
  for (const EventView& event : events) {
    for (const custody::Field& field : event.fields) {
      names += " " + field.name + "=" + json::canonical(field.value);
    }
  }
  return names;
}

TEST_F(AttackTest, AnAuditorSeesNoPersonTextOrSaltInATimeline) {
  ASSERT_TRUE(add_user(world.app(), as("ada"), {"aud", "Outsider", {policy::Role::auditor}}));
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  world.add_vendor(reference, "ACME");
  ASSERT_TRUE(
      decide_delay(world.app(), as("cora"), reference, "secret ground", "2027-01-31T09:00:00Z"));
  const auto seen = timeline(world.app(), as("aud"), reference);
  ASSERT_TRUE(seen) << said(seen);
  const std::string text = fields_of(*seen);
  for (const char* hidden : {"cora", "rita", "ACME", "secret ground", "content_salt", "manifest"}) {
    EXPECT_EQ(text.find(hidden), std::string::npos) << hidden << " in" << text;
  }
  EXPECT_NE(text.find("recipient_class"), std::string::npos);
  const auto handler = timeline(world.app(), as("cora"), reference);
  ASSERT_TRUE(handler);
  EXPECT_NE(fields_of(*handler).find("secret ground"), std::string::npos);
}

TEST_F(AttackTest, EverybodySeesOfAnOpenedCaseWhatThePublicRecordShows) {
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  ASSERT_TRUE(decline(world.app(), as("cora"), reference, Ground::declined, "secret ground"));
  ASSERT_TRUE(open_custody(world.app(), as("cora"), reference));
  const auto seen = timeline(world.app(), as("otto"), reference);
  ASSERT_TRUE(seen) << said(seen);
  const std::string text = fields_of(*seen);
  for (const char* hidden : {"cora", "rita", "Lark", "secret ground", "content_salt"}) {
    EXPECT_EQ(text.find(hidden), std::string::npos) << hidden << " in" << text;
  }
}

TEST_F(AttackTest, NobodyPublishesAloneByCallingItANotice) {
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  const Publication one{Level::notice, "WEIR-2027-0001", "the whole flaw"};
  const auto alone = publish(world.app(), as("cora"), reference, one);
  ASSERT_TRUE(alone) << said(alone);
  EXPECT_FALSE(alone->is_done());
  EXPECT_EQ(code_of(published(world.app(), "WEIR-2027-0001")), Code::not_found);
  ASSERT_TRUE(approve(world.app(), as("dan"), alone->waiting_for, Fact::no));
  const Publication other{Level::advisory, "WEIR-2027-0001", "the whole flaw"};
  const auto claimed_more = publish(world.app(), as("cora"), reference, other);
  ASSERT_TRUE(claimed_more);
  EXPECT_FALSE(claimed_more->is_done()) << "the level is part of what was approved";
}

TEST_F(AttackTest, AnApprovalDoesNotCoverWhatAMergeAddsAfterwards) {
  const std::string first = world.report("rita", labelled("TLP:AMBER", "first"));
  const std::string second = world.report("rita", labelled("TLP:AMBER", "second"));
  world.work("cora", first);
  world.work("cora", second);
  const NewRelease release{Level::advisory, {"CERT"}, "article 4"};
  const auto asked = decide_release(world.app(), as("cora"), first, release);
  ASSERT_TRUE(asked) << said(asked);
  ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
  ASSERT_TRUE(merge(world.app(), as("cora"), second, first));
  const auto again = decide_release(world.app(), as("cora"), first, release);
  ASSERT_TRUE(again) << said(again);
  EXPECT_FALSE(again->is_done());
  EXPECT_NE(again->waiting_for, asked->waiting_for);
  const auto pulled = world.pull("cert");
  ASSERT_TRUE(pulled);
  EXPECT_TRUE(pulled->empty());
}

TEST_F(AttackTest, ARecordedConflictCannotBeDeniedByWhoHasIt) {
  const std::string reference = world.report("rita", labelled("TLP:AMBER"));
  world.work("cora", reference);
  const NewRelease release{Level::advisory, {"CERT"}, "article 4"};
  const auto asked = decide_release(world.app(), as("cora"), reference, release);
  ASSERT_TRUE(asked) << said(asked);
  ASSERT_TRUE(set_conflict(world.app(), as("cora"), reference, "dan", Fact::yes));
  EXPECT_EQ(code_of(approve(world.app(), as("dan"), asked->waiting_for, Fact::no)), Code::denied);
  EXPECT_EQ(world.count(reference, "act_approved"), 0);
}

TEST_F(AttackTest, AConflictRecordedAfterAnApprovalEndsIt) {
  const std::string reference = world.report("rita", labelled("TLP:AMBER"));
  world.work("cora", reference);
  const NewRelease release{Level::advisory, {"CERT"}, "article 4"};
  const auto asked = decide_release(world.app(), as("cora"), reference, release);
  ASSERT_TRUE(asked) << said(asked);
  ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
  ASSERT_TRUE(set_conflict(world.app(), as("cora"), reference, "dan", Fact::yes));
  const auto again = decide_release(world.app(), as("cora"), reference, release);
  ASSERT_TRUE(again) << said(again);
  EXPECT_FALSE(again->is_done());
}

TEST_F(AttackTest, APreviewTellsAStrangerNothingAndACoordinatorNoCounts) {
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  const NewRelease unknown{Level::notice, {"No such body"}, "g"};
  EXPECT_EQ(said(preview_release(world.app(), as("otto"), reference, unknown)),
            said(preview_release(world.app(), as("otto"), "no such case", unknown)));
  const NewRelease known{Level::notice, {"CERT"}, "g"};
  EXPECT_EQ(code_of(preview_release(world.app(), as("dan"), reference, known)), Code::denied);
  EXPECT_TRUE(preview_release(world.app(), as("cora"), reference, known));
}

TEST_F(AttackTest, AMessageBelowNoticeDoesNotReachTheQueue) {
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  for (const Level level : {Level::nothing, Level::existence}) {
    EXPECT_EQ(code_of(post_message(world.app(), as("rita"), reference, {"secret", level, 0, ""})),
              Code::invalid);
  }
  EXPECT_TRUE(post_message(world.app(), as("rita"), reference, {"hello", Level::notice, 0, ""}));
}

TEST_F(AttackTest, AProductOfBrokenTextCannotMakeTheRecordUnreadable) {
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  world.add_vendor(reference, "ACME");
  EXPECT_EQ(code_of(announce_fix(world.app(), as("ven"), reference,
                                 {1, "", "\xff\xfe", policy::Phase::fix_exists})),
            Code::invalid);
  EXPECT_EQ(code_of(add_attachment(world.app(), as("ven"), reference, attachment("\xff", "x"))),
            Code::invalid);
  EXPECT_TRUE(timeline(world.app(), as("cora"), reference));
}

TEST_F(AttackTest, AnErasedCaseDoesNotBlockThePullOfOthers) {
  const std::string gone = world.report("rita", labelled("TLP:AMBER", "gone"));
  const std::string kept = world.report("rita", labelled("TLP:AMBER", "kept"));
  for (const std::string& reference : {gone, kept}) {
    world.work("cora", reference);
    ASSERT_TRUE(decide_release(world.app(), as("cora"), reference, {Level::notice, {"CERT"}, "g"}));
  }
  const auto erased =
      world.by_two("dan", [&] { return erase_key(world.app(), as("ada"), gone, Fact::no); });
  ASSERT_TRUE(erased && erased->is_done()) << said(erased);
  const auto pulled = world.pull("cert");
  ASSERT_TRUE(pulled) << said(pulled);
  ASSERT_EQ(pulled->size(), 1u);
  EXPECT_EQ(pulled->front().reference, kept);
  EXPECT_EQ(world.count(gone, "access"), 0) << "nothing was shown";
  EXPECT_TRUE(world.read("cora", gone)) << "that there was a case is still shown";
}

TEST_F(AttackTest, AMergeDoesNotLaunderLabelDelayConflictOrConsent) {
  const std::string strict = world.report("rita", labelled("TLP:RED", "strict"));
  const std::string loose = world.report("rita", labelled("TLP:CLEAR", "loose"));
  world.work("cora", strict);
  world.work("cora", loose);
  ASSERT_TRUE(decide_delay(world.app(), as("cora"), strict, "g", "2027-01-31T09:00:00Z"));
  ASSERT_TRUE(set_conflict(world.app(), as("cora"), strict, "ven", Fact::yes));
  world.add_vendor(loose, "ACME");
  ASSERT_TRUE(consent_to_sharing(world.app(), as("ven"), loose));
  ASSERT_TRUE(merge(world.app(), as("cora"), strict, loose));
  const auto released =
      decide_release(world.app(), as("cora"), loose, {Level::notice, {"CERT"}, "g"});
  EXPECT_EQ(code_of(released), Code::denied) << said(released);
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM decision WHERE kind = 'delay' AND ended = 0"), 2);
  EXPECT_EQ(world.number("SELECT MAX(consents) FROM participant"), 0);
  const auto seen = world.read("ven", loose);
  ASSERT_TRUE(seen) << said(seen);
  EXPECT_TRUE(seen->items.empty()) << "a conflict in the one is a conflict in both";
}

TEST_F(AttackTest, ASplitDoesNotEndADelay) {
  const std::string reference = world.report("rita", labelled("TLP:AMBER", "two", 2));
  world.work("cora", reference);
  ASSERT_TRUE(decide_delay(world.app(), as("cora"), reference, "g", "2027-01-31T09:00:00Z"));
  const auto made = split(world.app(), as("cora"), reference, 2);
  ASSERT_TRUE(made) << said(made);
  const auto released =
      decide_release(world.app(), as("cora"), *made, {Level::notice, {"CERT"}, "g"});
  EXPECT_EQ(code_of(released), Code::denied) << said(released);
}

TEST_F(AttackTest, OneHandlerDoesNotMakeAPartnerAVendor) {
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  const NewParticipant cert{
      .organisation = "CERT", .as = NewParticipant::As::vendor, .vulnerabilities = {}};
  EXPECT_EQ(code_of(add_participant(world.app(), as("cora"), reference, cert)), Code::invalid);
  EXPECT_EQ(code_of(world.read("cert", reference)), Code::not_found);
  world.add_vendor(reference, "ACME");
  const auto events = world.events(reference);
  const auto& fields = events.back().fields;
  const auto level = std::ranges::find(fields, "level", &custody::Field::name);
  ASSERT_NE(level, fields.end());
  EXPECT_EQ(level->value.get_string(), "exploit") << "the record says what a vendor may see";
}

// The overview: what is shown beside the items.

bool has_overview(const ledger::StoredEvent& event, const std::string& user) {
  const auto value = [&](std::string_view name) {
    const auto found = std::ranges::find(event.fields, name, &custody::Field::name);
    return found == event.fields.end() ? std::string() : json::canonical(found->value);
  };
  return event.type == "access" && value("user") == "\"" + user + "\"" &&
         value("manifest").find("\"overview\"") != std::string::npos;
}

int overviews(World& world, const std::string& reference, const std::string& user) {
  const auto events = world.events(reference);
  return static_cast<int>(std::ranges::count_if(
      events, [&](const ledger::StoredEvent& event) { return has_overview(event, user); }));
}

TEST_F(AttackTest, AnOverviewIsAnAccess) {
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  ASSERT_TRUE(world.read("rita", reference));
  EXPECT_EQ(world.count(reference, "access"), 0) << "the author's own bytes, and nothing else";
  world.add_vendor(reference, "ACME");
  const auto seen = world.read("rita", reference);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->vendors.size(), 1u);
  EXPECT_EQ(overviews(world, reference, "rita"), 1) << "that ACME is asked is not the author's";
  ASSERT_TRUE(world.read("rita", reference));
  EXPECT_EQ(overviews(world, reference, "rita"), 1) << "a repeat";
  ASSERT_TRUE(state_status(world.app(), as("ven"), reference, {1, Answer::affected, ""}));
  ASSERT_TRUE(world.read("rita", reference));
  EXPECT_EQ(overviews(world, reference, "rita"), 2) << "a new version";
}

TEST_F(AttackTest, WhoHasAConflictSeesThatThereIsACaseAndNoMore) {
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  world.add_vendor(reference, "ACME");
  ASSERT_TRUE(set_conflict(world.app(), as("cora"), reference, "ven", Fact::yes));
  const auto seen = world.read("ven", reference);
  ASSERT_TRUE(seen) << said(seen);
  EXPECT_TRUE(seen->items.empty());
  EXPECT_TRUE(seen->vendors.empty());
  EXPECT_TRUE(seen->participants.empty());
  EXPECT_EQ(overviews(world, reference, "ven"), 1) << "an access at existence";
}

TEST_F(AttackTest, ParticipantsAreNotNamedToTheAuthor) {
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  const NewParticipant bo{
      .organisation = "Bound Partner", .level = Level::notice, .vulnerabilities = {}};
  ASSERT_TRUE(add_participant(world.app(), as("cora"), reference, bo));
  const auto author = world.read("rita", reference);
  ASSERT_TRUE(author);
  EXPECT_TRUE(author->participants.empty());
  const auto itself = world.read("bo", reference);
  ASSERT_TRUE(itself);
  EXPECT_EQ(itself->participants, std::vector<std::string>{"Bound Partner"});
  const auto handler = world.read("cora", reference);
  ASSERT_TRUE(handler);
  EXPECT_EQ(handler->participants.size(), 1u);
}

TEST_F(AttackTest, TheReporterWhoProposedAnEmbargoIsAskedBeforeSharing) {
  for (const Actor& reporter : {as("rita"), Actor{}}) {
    const auto filed =
        file_report(world.app(), reporter,
                    {report_bytes({"plain", 1, "TLP:AMBER", "2027-06-01T00:00:00Z"}), {}});
    ASSERT_TRUE(filed) << said(filed);
    const std::string& reference = filed->case_reference;
    world.work("cora", reference);
    ASSERT_TRUE(confirm_embargo(world.app(), as("cora"), reference));
    const NewRelease release{Level::advisory, {"CERT"}, "g"};
    const auto refused = decide_release(world.app(), as("cora"), reference, release);
    EXPECT_EQ(code_of(refused), Code::denied) << said(refused);
    const Actor itself = reporter.handle().empty() ? with_code(filed->return_code) : reporter;
    ASSERT_TRUE(consent_to_sharing(world.app(), itself, reference));
    const auto asked = decide_release(world.app(), as("cora"), reference, release);
    EXPECT_TRUE(asked) << said(asked);
  }
}

TEST_F(AttackTest, NoRecordSaysThatContentIsErasedThatIsNot) {
  const std::string reference = world.report("rita", labelled("TLP:AMBER", "two", 2));
  world.work("cora", reference);
  const auto child = split(world.app(), as("cora"), reference, 2);
  ASSERT_TRUE(child) << said(child);
  const auto erase = [&](const std::string& one) {
    return world.by_two("dan", [&] { return erase_key(world.app(), as("ada"), one, Fact::no); });
  };
  EXPECT_EQ(code_of(erase(*child)), Code::conflict);
  EXPECT_EQ(world.count(*child, "key_erased"), 0);
  ASSERT_TRUE(erase(reference));
  EXPECT_EQ(world.count(reference, "key_erased"), 1);
  EXPECT_EQ(world.count(*child, "key_erased"), 1) << "its content is gone too, so it says so";
  const auto left = world.read("cora", *child);
  ASSERT_TRUE(left) << said(left);
  EXPECT_TRUE(left->items.empty());
}

TEST_F(AttackTest, ErasingACaseErasesWhatWasMergedIntoIt) {
  const std::string gone = world.report("rita", labelled("TLP:AMBER", "gone"));
  const std::string kept = world.report("rita", labelled("TLP:AMBER", "kept"));
  world.work("cora", gone);
  world.work("cora", kept);
  ASSERT_TRUE(merge(world.app(), as("cora"), gone, kept));
  const auto erased =
      world.by_two("dan", [&] { return erase_key(world.app(), as("ada"), kept, Fact::no); });
  ASSERT_TRUE(erased && erased->is_done()) << said(erased);
  EXPECT_EQ(world.count(gone, "key_erased"), 1);
  const auto left = world.read("cora", kept);
  ASSERT_TRUE(left) << said(left);
  EXPECT_TRUE(left->items.empty());
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM case_file WHERE key_state = 2"), 2);
}

TEST_F(AttackTest, AnErasedCaseIsAbsentForAStrangerWhoWritesToIt) {
  const std::string reference = world.report("rita");
  const auto erased =
      world.by_two("dan", [&] { return erase_key(world.app(), as("ada"), reference, Fact::no); });
  ASSERT_TRUE(erased && erased->is_done()) << said(erased);
  const Message message{"hello", Level::notice, 0, ""};
  EXPECT_EQ(said(post_message(world.app(), as("otto"), reference, message)),
            said(post_message(world.app(), as("otto"), "no such case", message)));
}

TEST_F(AttackTest, ATimelineIsAnAccess) {
  ASSERT_TRUE(add_user(world.app(), as("ada"), {"aud", "Outsider", {policy::Role::auditor}}));
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  ASSERT_TRUE(timeline(world.app(), as("cora"), reference));
  EXPECT_EQ(world.count(reference, "access"), 1);
  ASSERT_TRUE(timeline(world.app(), as("cora"), reference));
  EXPECT_EQ(world.count(reference, "access"), 1) << "a repeat";
  ASSERT_TRUE(timeline(world.app(), as("aud"), reference));
  EXPECT_EQ(world.count(reference, "access"), 2);
}

TEST_F(AttackTest, ThePlatformsRecordNamesNoResearcher) {
  ASSERT_TRUE(world.seal());
  std::string platform;
  {
    const auto tx = world.db().read();
    platform = (*world.ledger().newest(**tx, ledger::StreamKind::platform))->reference;
  }
  const auto record = export_record(world.app(), platform, world.vkey(), ledger::FreeText::shown);
  ASSERT_TRUE(record) << said(record);
  const std::string text = custody::write_record(*record);
  EXPECT_EQ(text.find("Lark"), std::string::npos);
  EXPECT_NE(text.find("Bound Partner"), std::string::npos);
  world.check();
}

}  // namespace
}  // namespace weir::app
