// Publication, opening, deferral, erasure.
#include "app/closing.h"

#include <gtest/gtest.h>

#include "app/slices.h"
#include "app/world.h"
#include "ledger/opening.h"

namespace weir::app {
namespace {

using policy::Fact;

class Closing : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.create());
    ASSERT_TRUE(world.found());
    reference = world.report("rita");
    world.work("cora", reference);
    world.add_vendor(reference, "ACME");
  }
  void TearDown() override { world.check(); }
  Result<Done> make_public(Level level = Level::advisory, const std::string& bytes = "the bytes") {
    return publish(world.app(), as("cora"), reference, {level, "WEIR-2026-1", bytes});
  }
  Result<Done> open() { return open_custody(world.app(), as("cora"), reference); }
  World world;
  std::string reference;
};

TEST_F(Closing, WhatWasPublishedIsThereForEverybodyByteForByte) {
  EXPECT_EQ(code_of(published(world.app(), "WEIR-2026-1")), Code::not_found);
  world.publish_fix(reference, "ven", 1);
  const std::string bytes("any \0 bytes \xff", 13);
  ASSERT_TRUE(make_public(Level::technical, bytes)->is_done());
  EXPECT_EQ(*published(world.app(), "WEIR-2026-1"), bytes);
  EXPECT_EQ(world.read("rita", reference)->public_id, "WEIR-2026-1");
  EXPECT_EQ(world.read("rita", reference)->state, policy::CaseState::closed);
  EXPECT_EQ(world.count(reference, "published"), 1);
  EXPECT_FALSE(make_public()) << "the id is taken";
}

TEST_F(Closing, PublicationBeforeTheFixNeedsTwoAndNeverShowsTheFlaw) {
  EXPECT_FALSE(make_public(Level::notice)->is_done()) << "whatever level is claimed";
  const auto advisory = [&](const std::string& bytes) {
    return publish(world.app(), as("cora"), reference, {Level::advisory, "WEIR-2026-2", bytes});
  };
  EXPECT_EQ(said(publish(world.app(), as("cora"), reference,
                         {Level::technical, "WEIR-2026-2", "the flaw"})),
            "publish: not allowed, by the rule phase");
  const auto asked = advisory("one");
  EXPECT_FALSE(asked->is_done());
  EXPECT_EQ(code_of(published(world.app(), "WEIR-2026-2")), Code::not_found);
  ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
  EXPECT_FALSE(advisory("other bytes")->is_done()) << "approved were these bytes";
  EXPECT_TRUE(advisory("one")->is_done());
}

TEST_F(Closing, NothingIsPublishedDuringAnEmbargoOrADelay) {
  world.publish_fix(reference, "ven", 1);
  ASSERT_TRUE(propose_embargo(world.app(), as("rita"), reference, "2027-02-01T00:00:00Z"));
  EXPECT_EQ(said(make_public()), "publish: not allowed, by the rule embargo");
  ASSERT_TRUE(confirm_embargo(world.app(), as("cora"), reference));
  world.clock.advance(std::chrono::hours(24 * 365));
  EXPECT_EQ(said(make_public()), "publish: not allowed, by the rule embargo")
      << "time alone opens nothing";
  ASSERT_TRUE(end_embargo(world.app(), as("cora"), reference));
  ASSERT_TRUE(decide_delay(world.app(), as("cora"), reference, "x", "2029-01-31T09:00:00Z"));
  EXPECT_EQ(said(make_public()), "publish: not allowed, by the rule delay_decision");
  ASSERT_TRUE(end_delay(world.app(), as("cora"), reference));
  EXPECT_TRUE(make_public()->is_done());
}

TEST_F(Closing, APublicationIsWellFormed) {
  const auto with = [&](Level level, const std::string& id, const std::string& bytes) {
    return code_of(publish(world.app(), as("cora"), reference, {level, id, bytes}));
  };
  EXPECT_EQ(with(Level::advisory, "ABC", "x"), Code::invalid);
  EXPECT_EQ(with(Level::advisory, std::string(41, 'A'), "x"), Code::invalid);
  EXPECT_EQ(with(Level::advisory, "weir-1", "x"), Code::invalid);
  EXPECT_EQ(with(Level::advisory, "WEIR-1", ""), Code::invalid);
  EXPECT_EQ(with(Level::existence, "WEIR-1", "x"), Code::invalid);
  EXPECT_EQ(with(Level::notice, std::string(40, 'A'), "x"), std::nullopt);
}

TEST_F(Closing, AnOpeningBeforeItIsDueNeedsTwo) {
  EXPECT_FALSE(open()->is_done());
  EXPECT_EQ(code_of(open_custody(world.app(), as("dan"), reference)), Code::denied);
  ASSERT_TRUE(world.by_two("dan", [&] { return open(); })->is_done());
  EXPECT_EQ(world.count(reference, "custody_opened"), 1);
  const auto before =
      export_record(world.app(), reference, world.vkey(), ledger::FreeText::kept_back);
  EXPECT_FALSE(before) << "not before that is sealed: " << said(before);
  ASSERT_TRUE(world.seal());
  EXPECT_TRUE(export_record(world.app(), reference, world.vkey(), ledger::FreeText::kept_back));
  EXPECT_EQ(exportable(world.app())->size(), 2u);
  EXPECT_EQ(world.verify(), std::vector<std::string>());
  EXPECT_EQ(code_of(timeline(world.app(), as("otto"), reference)), std::nullopt)
      << "an opened record is public";
}

TEST_F(Closing, DeclinedSpamAndMergedAreOpenedByOne) {
  const std::string declined = world.report("rita");
  ASSERT_TRUE(claim(world.app(), as("cora"), declined, Fact::no));
  ASSERT_TRUE(decline(world.app(), as("cora"), declined, Ground::declined, "no flaw"));
  const std::string spam = world.report("");
  ASSERT_TRUE(decline_all_as_spam(world.app(), as("cora"), {spam}, Fact::no));
  const std::string merged = world.report("rita");
  world.work("cora", merged);
  ASSERT_TRUE(merge(world.app(), as("cora"), merged, reference));
  for (const std::string& one : {declined, spam, merged}) {
    const auto opened = open_custody(world.app(), as("cora"), one);
    EXPECT_TRUE(opened && opened->is_done()) << said(opened);
  }
}

TEST_F(Closing, AnOpenedRecordNamesNoPersonAndNoUnnamedOrganisation) {
  ASSERT_TRUE(decide_release(world.app(), as("cora"), reference,
                             {Level::notice, {"CERT"}, "a-secret-ground"}));
  ASSERT_TRUE(world.pull("cert"));
  ASSERT_TRUE(world.by_two("dan", [&] { return open(); })->is_done());
  ASSERT_TRUE(world.seal());
  const auto kept = custody::write_record(
      *export_record(world.app(), reference, world.vkey(), ledger::FreeText::kept_back));
  for (const char* text : {"\"cora\"", "\"rita\"", "\"cert\"", "\"dan\"", "\"ACME\"", "\"Lark\"",
                           "\"CERT\"", "a-secret-ground", "plain-"}) {
    EXPECT_EQ(kept.find(text), std::string::npos) << text;
  }
  EXPECT_NE(kept.find("national_cert"), std::string::npos);
  EXPECT_NE(kept.find("\"Ministry\""), std::string::npos) << "a public body";
  const auto shown = custody::write_record(
      *export_record(world.app(), reference, world.vkey(), ledger::FreeText::shown));
  EXPECT_NE(shown.find("a-secret-ground"), std::string::npos);
}

TEST_F(Closing, ADeferralStatesWhatItMustAndNamesNoCase) {
  const auto defer = [&] {
    return defer_opening(world.app(), as("cora"), reference,
                         {"2030-01-01T00:00:00+01:00", "criminal_inquiry"});
  };
  const auto asked = defer();
  EXPECT_FALSE(asked->is_done());
  ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
  EXPECT_EQ(code_of(defer()), Code::conflict) << "nothing has been sealed yet";
  ASSERT_TRUE(world.seal());
  const auto size = world.number("SELECT MAX(size) FROM checkpoint");
  const auto leaves = static_cast<std::int64_t>(world.events(reference).size());
  ASSERT_TRUE(defer()->is_done()) << "the approval was not used up by the failure";
  const auto tx = world.db().read();
  const auto platform = *world.ledger().newest(**tx, ledger::StreamKind::platform);
  const auto event = world.ledger().events(**tx, *platform)->back();
  const auto stream = *world.ledger().find(**tx, reference);
  std::map<std::string, std::string> fields;
  for (const custody::Field& field : event.fields) {
    fields[field.name] = json::canonical(field.value);
    EXPECT_EQ(fields[field.name].find(reference), std::string::npos) << field.name;
  }
  EXPECT_EQ(event.type, "opening_deferred");
  EXPECT_EQ(fields["deferred_key_commit"], "\"" + to_base64(stream.key_commit) + "\"");
  EXPECT_EQ(fields["leaves"], std::to_string(leaves));
  EXPECT_EQ(fields["log_size"], std::to_string(size));
  EXPECT_EQ(fields["until"], "\"2029-12-31T23:00:00.000Z\"");
  EXPECT_EQ(fields["ground_class"], "\"criminal_inquiry\"");
  EXPECT_EQ(code_of(defer_opening(world.app(), as("cora"), reference,
                                  {"2020-01-01T00:00:00Z", "criminal_inquiry"})),
            Code::invalid);
  EXPECT_EQ(code_of(defer_opening(world.app(), as("cora"), reference,
                                  {"2030-01-01T00:00:00Z", "Criminal inquiry"})),
            Code::invalid);
}

TEST_F(Closing, AnErasedKeyTakesTheContentAndLeavesTheRecord) {
  ASSERT_TRUE(set_conflict(world.app(), as("cora"), reference, "ada", Fact::no));
  ASSERT_TRUE(world.read("cora", reference));
  const auto erase = [&] { return erase_key(world.app(), as("ada"), reference, Fact::no); };
  EXPECT_EQ(code_of(erase_key(world.app(), as("cora"), reference, Fact::no)), Code::denied);
  EXPECT_FALSE(erase()->is_done());
  EXPECT_TRUE(shows(*world.read("cora", reference), "plain-exploit-1"));
  const int accesses = world.count(reference, "access");
  ASSERT_TRUE(world.by_two("dan", erase)->is_done());
  for (const char* handle : {"cora", "rita", "ven"}) {
    const auto view = world.read(handle, reference);
    EXPECT_TRUE(!view || view->items.empty()) << handle;
  }
  EXPECT_EQ(world.count(reference, "access"), accesses + 3) << "of the overview alone, one each";
  EXPECT_EQ(world.count(reference, "key_erased"), 1);
  EXPECT_FALSE(post_message(world.app(), as("cora"), reference, {.text = "more"}));
  ASSERT_TRUE(world.open());
  EXPECT_FALSE([&] {
    const auto view = world.read("cora", reference);
    return view && shows(*view, "plain-");
  }());
}

TEST_F(Closing, OfAMergedCaseTheOtherHomeIsStillReadable) {
  const std::string two = world.report("rita", {.word = "two"});
  world.work("cora", two);
  ASSERT_TRUE(set_conflict(world.app(), as("cora"), two, "ada", Fact::no));
  ASSERT_TRUE(merge(world.app(), as("cora"), two, reference));
  ASSERT_TRUE(world.by_two("dan", [&] { return erase_key(world.app(), as("ada"), two, Fact::no); })
                  ->is_done());
  const auto view = world.read("cora", reference);
  ASSERT_TRUE(view) << said(view);
  EXPECT_TRUE(shows(*view, "plain-exploit-1"));
  EXPECT_FALSE(shows(*view, "two-"));
}

TEST_F(Closing, AnApprovalToCloseIsVoidOnceTheCaseGoesOn) {
  const std::pair<const char*, std::function<Result<Done>()>> acts[] = {
      {"open", [&] { return open(); }},
      {"defer",
       [&] {
         return defer_opening(world.app(), as("cora"), reference,
                              {"2030-01-01T00:00:00Z", "investigation", Fact::no});
       }},
      {"erase", [&] { return erase_key(world.app(), as("ada"), reference, Fact::no); }},
  };
  ASSERT_TRUE(world.seal());
  for (const auto& [what, act] : acts) {
    const auto asked = act();
    ASSERT_TRUE(asked && !asked->is_done()) << what << ": " << said(asked);
    ASSERT_TRUE(approve(world.app(), as("dan"), asked->waiting_for, Fact::no));
    // Readings change nothing; a word does.
    ASSERT_TRUE(world.read("cora", reference));
    ASSERT_TRUE(post_message(world.app(), as("cora"), reference, {.text = "wait"})) << what;
    const auto late = act();
    ASSERT_TRUE(late) << what << ": " << said(late);
    EXPECT_FALSE(late->is_done()) << what;
    ASSERT_TRUE(approve(world.app(), as("dan"), late->waiting_for, Fact::no));
    world.clock.advance(std::chrono::hours(25));
    ASSERT_TRUE(world.read("cora", reference));
    const auto done = act();
    EXPECT_TRUE(done && done->is_done()) << what << ": " << said(done);
  }
}

TEST_F(Closing, TheSecondPersonIsToldOfWhichVersionOfTheCase) {
  const auto asked = open();
  const auto shown = show_waiting(world.app(), as("dan"), asked->waiting_for, Fact::no);
  ASSERT_TRUE(shown) << said(shown);
  const auto version = std::ranges::find(shown->fields, "case_version", &custody::Field::name);
  ASSERT_NE(version, shown->fields.end());
  const auto before = static_cast<std::int64_t>(world.events(reference).size()) - 2;
  EXPECT_EQ(version->value, json::Value(before)) << "all events but the asking and the showing";
}

TEST(Slices, AreCountedByWhatCameBefore) {
  EXPECT_EQ(*rows_before({.after = ""}), 0u);
  EXPECT_EQ(*rows_before({.after = cursor_after(17)}), 17u);
  for (const char* bad : {"x", "-1", "1 ", "99999999999999999999999"}) {
    EXPECT_EQ(code_of(rows_before({.after = bad})), no_cursor().error().code) << bad;
  }
}

TEST(Slices, ACaseIsOpenFromALeafOnThatIsSealed) {
  World world;
  ASSERT_TRUE(world.create() && world.found());
  const std::string reference = world.report("rita");
  ASSERT_TRUE(decline_all_as_spam(world.app(), as("cora"), {reference}, Fact::no));
  ASSERT_TRUE(open_custody(world.app(), as("cora"), reference, Fact::no));
  const auto leaf = [&]() -> std::optional<std::uint64_t> {
    const auto tx = world.db().read();
    for (const ledger::Stream& stream : ledger::streams(**tx).value()) {
      if (stream.reference == reference) {
        return ledger::opened_leaf(**tx, stream).value();
      }
    }
    return std::nullopt;
  };
  EXPECT_FALSE(leaf());
  ASSERT_TRUE(world.seal());
  ASSERT_TRUE(leaf());
  EXPECT_EQ(*leaf(), world.number("SELECT leaf FROM event WHERE type = 'custody_opened'"));
}

}  // namespace
}  // namespace weir::app
