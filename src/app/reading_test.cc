// Reading: what counts as an access, merged and split cases, and what refusals tell outsiders.
#include "app/reading.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "app/item_facts.h"
#include "app/timeline.h"
#include "app/world.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using policy::Fact;

class Reading : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.create());
    ASSERT_TRUE(world.found());
  }
  void TearDown() override { world.check(); }
  std::string open_case(const Words& words = {}, const std::string& handle = "rita") {
    std::string reference = world.report(handle, words);
    world.work("cora", reference);
    return reference;
  }
  World world;
};

TEST_F(Reading, RepeatsWithinADayMakeNoLeafAndAreCounted) {
  const std::string reference = open_case();
  EXPECT_EQ(world.read("cora", reference)->receipts.size(), 1u);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(world.read("cora", reference)->receipts.empty());
  }
  world.clock.advance(std::chrono::hours(24) - Duration(1));
  ASSERT_TRUE(world.read("cora", reference));
  EXPECT_EQ(world.count(reference, "access"), 1);
  world.clock.advance(Duration(1));
  EXPECT_EQ(world.read("cora", reference)->receipts.size(), 1u);
  EXPECT_EQ(world.count(reference, "access"), 2) << "24 hours are over";
  EXPECT_EQ(world.count(reference, "repeat_reads"), 0);
  ASSERT_TRUE(world.seal());
  EXPECT_EQ(world.count(reference, "repeat_reads"), 1) << "of the day before";
}

TEST_F(Reading, ANewVersionAgreementUserOrDutyIsNoRepeat) {
  const std::string reference = open_case();
  ASSERT_TRUE(add_user(world.app(), as("ada"), {"carl", "CERT", {policy::Role::recipient}}));
  ASSERT_TRUE(decide_release(world.app(), as("cora"), reference, {Level::notice, {"CERT"}, "x"}));
  const auto pull = [&](const char* handle) {
    const auto views = world.pull(handle);
    return views && views->size() == 1 ? (*views)[0].receipts.size() : 99;
  };
  EXPECT_EQ(pull("cert"), 1u);
  EXPECT_EQ(pull("cert"), 0u);
  EXPECT_EQ(pull("carl"), 1u) << "another user";
  ASSERT_TRUE(agree(world.app(), as("ada"), "CERT", Level::advisory));
  EXPECT_EQ(pull("cert"), 1u) << "another agreement";
  EXPECT_EQ(pull("cert"), 0u);
  ASSERT_TRUE(set_bound(world.app(), as("ada"), "CERT", Fact::yes));
  EXPECT_EQ(pull("cert"), 1u) << "another duty";
  ASSERT_TRUE(
      post_message(world.app(), as("rita"), reference, {.text = "new", .level = Level::notice}));
  ASSERT_TRUE(world.read("cora", reference));
  ASSERT_TRUE(
      post_message(world.app(), as("rita"), reference, {.text = "newer", .level = Level::notice}));
  EXPECT_EQ(world.read("cora", reference)->receipts.size(), 1u) << "something new to her";
}

TEST_F(Reading, ReadersAreShownByClassToTheAuthorAndByNameToTheHandler) {
  const std::string reference = open_case();
  ASSERT_TRUE(decide_release(world.app(), as("cora"), reference, {Level::notice, {"CERT"}, "x"}));
  ASSERT_TRUE(world.read("cora", reference));
  ASSERT_TRUE(world.pull("cert"));
  const auto to_rita = readers(world.app(), as("rita"), reference);
  ASSERT_EQ(to_rita->size(), 2u);
  EXPECT_EQ((*to_rita)[1].organisation, "");
  EXPECT_EQ((*to_rita)[1].organisation_class, "national_cert");
  EXPECT_EQ((*to_rita)[1].country, "XX");
  EXPECT_EQ((*to_rita)[1].level, Level::notice);
  EXPECT_EQ((*readers(world.app(), as("cora"), reference))[1].organisation, "CERT");
  EXPECT_EQ(code_of(readers(world.app(), as("cert"), reference)), Code::not_found);
  EXPECT_EQ(said(readers(world.app(), as("otto"), reference)),
            said(readers(world.app(), as("otto"), "nosuchcase")));
  EXPECT_EQ(code_of(timeline(world.app(), as("rita"), reference)), Code::denied);
  const std::size_t before = world.events(reference).size();  // its own leaf comes after
  EXPECT_EQ(timeline(world.app(), as("cora"), reference)->size(), before);
}

TEST_F(Reading, ATimelineIsRecordedAsItIsAtThatMomentOrMadeAnew) {
  const std::string reference = open_case();
  App& app = world.app();
  const auto made = make_timeline(app, as("cora"), reference, {});
  ASSERT_TRUE(made);
  EXPECT_EQ(code_of(make_timeline(app, as("otto"), reference, {})), Code::not_found);
  ASSERT_TRUE(post_message(app, as("rita"), reference, {.text = "in between"}));
  const std::size_t before = world.events(reference).size();
  const auto stale = app.db.submit(
      [&](store::Tx& tx) { return record_timeline(tx, app, as("cora"), reference, *made); });
  ASSERT_TRUE(stale);
  EXPECT_FALSE(**stale) << "something has happened";
  EXPECT_EQ(world.events(reference).size(), before);
  const auto fresh = make_timeline(app, as("cora"), reference, {});
  const auto by_another = app.db.submit(
      [&](store::Tx& tx) { return record_timeline(tx, app, as("aud"), reference, *fresh); });
  EXPECT_FALSE(by_another && **by_another) << "an auditor gets less than its handler";
  const auto recorded = app.db.submit(
      [&](store::Tx& tx) { return record_timeline(tx, app, as("cora"), reference, *fresh); });
  ASSERT_TRUE(recorded && **recorded);
  // What the event commits to is all that stood before it.
  const auto events = world.events(reference);
  ASSERT_EQ(events.size(), before + 1);
  const json::Value* manifest = nullptr;
  for (const custody::Field& field : events.back().fields) {
    manifest = field.name == "manifest" ? &field.value : manifest;
  }
  ASSERT_NE(manifest, nullptr);
  const json::Value& item = manifest->as_array().front();
  EXPECT_EQ(item.at("object").as_string(), std::string(kTimelineObject));
  const auto salt = Digest::from(*from_base64(std::string_view(item.at("salt").as_string())));
  EXPECT_EQ(item.at("digest").as_string(), to_base64(custody::content_digest(*salt, fresh->whole)));
  EXPECT_EQ(json::parse(fresh->whole)->as_array().size(), before);
  EXPECT_EQ(fresh->page.size(), before);
}

TEST_F(Reading, AMergedCaseIsOneViewAndALeafInEachHome) {
  const std::string one = open_case({.word = "one"});
  const auto anonymous = file_report(world.app(), {}, {report_bytes({.word = "two"}), {}});
  const std::string two = anonymous->case_reference;
  world.work("cora", two);
  world.add_vendor(two, "ACME");
  EXPECT_EQ(code_of(merge(world.app(), as("cora"), one, one)), Code::invalid);
  EXPECT_EQ(code_of(merge(world.app(), as("dan"), two, one)), Code::denied);
  ASSERT_TRUE(merge(world.app(), as("cora"), two, one));
  const auto view = world.read("cora", one);
  ASSERT_TRUE(view) << said(view);
  EXPECT_TRUE(shows(*view, "one-exploit-1") && shows(*view, "two-exploit-1"));
  EXPECT_EQ(view->receipts.size(), 2u);
  EXPECT_EQ(world.count(one, "access"), 1);
  EXPECT_EQ(world.count(two, "access"), 1);
  EXPECT_EQ(world.count(one, "merged"), 1);
  EXPECT_EQ(world.count(two, "merged"), 1);
  EXPECT_EQ(code_of(merge(world.app(), as("cora"), two, one)), Code::denied) << "it is merged";
  const auto acme = world.read("ven", one);
  ASSERT_TRUE(acme) << said(acme);
  EXPECT_TRUE(shows(*acme, "two-exploit-1")) << "its product moved along";
  EXPECT_FALSE(shows(*acme, "one-exploit-1"));
  EXPECT_FALSE(shows(*world.read("rita", one), "two-")) << "each reporter its own";
  // Who filed the report that was merged still reads it where it was filed, and nothing else.
  const auto own = world.read(with_code(anonymous->return_code), two);
  ASSERT_TRUE(own) << said(own);
  EXPECT_TRUE(shows(*own, "two-exploit-1"));
  EXPECT_FALSE(shows(*own, "one-"));
  EXPECT_TRUE(readers(world.app(), with_code(anonymous->return_code), two));
}

TEST_F(Reading, AReleaseFromBeforeAMergeIsRecalledLikeAnyOther) {
  const std::string one = open_case({.word = "one"});
  const std::string two = open_case({.word = "two"});
  const auto release = decide_release(world.app(), as("cora"), two, {Level::notice, {"CERT"}, "x"});
  ASSERT_TRUE(merge(world.app(), as("cora"), two, one));
  ASSERT_EQ(world.pull("cert")->size(), 1u);
  const Status recalled = recall_release(world.app(), as("cora"), release->reference, "CERT");
  EXPECT_TRUE(recalled) << said(recalled);
  EXPECT_EQ(world.pull("cert")->size(), 0u);
}

TEST_F(Reading, ASplitOffVulnerabilityIsACaseOfItsOwn) {
  const std::string reference = open_case({.word = "two", .vulnerabilities = 2});
  world.add_vendor(reference, "ACME", {1});
  world.add_vendor(reference, "BETA", {2});
  EXPECT_EQ(code_of(split(world.app(), as("cora"), reference, 0)), Code::invalid);
  EXPECT_EQ(code_of(split(world.app(), as("cora"), reference, 3)), Code::invalid);
  EXPECT_EQ(code_of(split(world.app(), as("dan"), reference, 2)), Code::denied);
  const auto made = split(world.app(), as("cora"), reference, 2);
  ASSERT_TRUE(made) << said(made);
  EXPECT_TRUE(shows(*world.read("vera", *made), "two-exploit-2"));
  for (const ShownItem& item : world.read("cora", reference)->items) {
    EXPECT_TRUE(item.kind == "report" || !item.text.contains("two-exploit-2")) << item.kind;
  }
  EXPECT_FALSE(shows(*world.read("cora", *made), "two-exploit-1"));
  EXPECT_FALSE(shows(*world.read("ven", *made), "two-exploit-2"));
  EXPECT_EQ(world.count(reference, "split"), 1);
  EXPECT_EQ(world.count(*made, "split"), 1);
  EXPECT_GE(world.count(reference, "access"), 1) << "the bytes' home";
  EXPECT_EQ(world.count(*made, "access"), 3) << "of its overview alone";
  // The author finds all of its report where it was filed.
  const auto own = world.read("rita", reference);
  EXPECT_TRUE(shows(*own, "two-exploit-1") && shows(*own, "two-exploit-2"));
  EXPECT_FALSE(shows(*world.read("ven", reference), "two-exploit-2"));
}

TEST_F(Reading, ACaseThatWasSplitIsAsFarAsWhatIsLeftInIt) {
  const std::string reference = open_case({.word = "two", .vulnerabilities = 3});
  world.add_vendor(reference, "ACME", {1, 2});
  world.add_vendor(reference, "BETA", {3});
  const std::string second = *split(world.app(), as("cora"), reference, 2);
  const std::string third = *split(world.app(), as("cora"), reference, 3);
  EXPECT_EQ(code_of(split(world.app(), as("cora"), reference, 1)), Code::invalid) << "the last one";
  EXPECT_EQ(code_of(split(world.app(), as("cora"), reference, 2)), Code::invalid) << "gone";
  EXPECT_EQ(
      code_of(post_message(world.app(), as("cora"), reference, {.text = "x", .vulnerability = 2})),
      Code::invalid);
  EXPECT_EQ(
      code_of(add_participant(
          world.app(), as("cora"), reference,
          {.organisation = "BETA", .as = NewParticipant::As::vendor, .vulnerabilities = {3}})),
      Code::invalid);
  ASSERT_TRUE(add_participant(world.app(), as("cora"), reference,
                              {.organisation = "CERT", .level = Level::exploit}));
  const Publication one{Level::technical, "WEIR-1", "of the first alone"};
  EXPECT_EQ(said(publish(world.app(), as("cora"), reference, one)),
            "publish: not allowed, by the rule phase");
  world.publish_fix(reference, "ven", 1);
  EXPECT_TRUE(publish(world.app(), as("cora"), reference, one)->is_done())
      << "the others are cases of their own";
  // But the report, and what was said of the whole, speak of the others too.
  EXPECT_TRUE(shows(*world.read("cert", reference), "two-exploit-1"));
  const auto speaks_of_all = [&](const CaseView& view) {
    return std::ranges::any_of(view.items, [](const ShownItem& item) {
      return item.kind == "report" || item.text.contains("two-note");
    });
  };
  EXPECT_FALSE(speaks_of_all(*world.read("cert", reference)));
  world.publish_fix(third, "vera", 1);
  EXPECT_FALSE(speaks_of_all(*world.read("cert", reference))) << "the second has no fix";
  world.publish_fix(second, "ven", 1);
  EXPECT_TRUE(speaks_of_all(*world.read("cert", reference)));
}

TEST_F(Reading, WhatWasSplitOffAndMergedElsewhereStillCounts) {
  const std::string reference = open_case({.word = "two", .vulnerabilities = 2});
  const std::string other = open_case({.word = "other"});
  world.add_vendor(reference, "ACME", {1});
  world.add_vendor(reference, "BETA", {2});
  world.add_vendor(other, "BETA");
  const std::string second = *split(world.app(), as("cora"), reference, 2);
  ASSERT_TRUE(merge(world.app(), as("cora"), second, other));
  ASSERT_TRUE(add_participant(world.app(), as("cora"), reference,
                              {.organisation = "CERT", .level = Level::exploit}));
  world.publish_fix(reference, "ven", 1);
  EXPECT_FALSE(shows(*world.read("cert", reference), "two-note"));
  world.publish_fix(other, "vera", 1);
  EXPECT_FALSE(shows(*world.read("cert", reference), "two-note"));
  world.publish_fix(other, "vera", 2);
  EXPECT_TRUE(shows(*world.read("cert", reference), "two-note"));
}

TEST_F(Reading, ASplitThatIsMergedBackIsCountedOnce) {
  const std::string reference = open_case({.word = "two", .vulnerabilities = 2});
  world.add_vendor(reference, "ACME");
  const std::string second = *split(world.app(), as("cora"), reference, 2);
  ASSERT_TRUE(merge(world.app(), as("cora"), second, reference));
  world.publish_fix(reference, "ven", 1);
  EXPECT_EQ(code_of(publish(world.app(), as("cora"), reference, {Level::technical, "WEIR-1", "x"})),
            Code::denied);
  world.publish_fix(reference, "ven", 3);
  EXPECT_TRUE(
      publish(world.app(), as("cora"), reference, {Level::technical, "WEIR-1", "x"})->is_done());
}

TEST_F(Reading, AReporterIsToldWhatIsWrittenToItAndNothingElse) {
  const std::string reference = open_case();
  world.add_vendor(reference, "ACME");
  const auto write = [&](const char* who, const char* text, Message::To to, Level level) {
    const auto made =
        post_message(world.app(), as(who), reference, {.text = text, .level = level, .to = to});
    EXPECT_TRUE(made) << text << ": " << said(made);
  };
  using enum Message::To;
  write("cora", "which version?", reporter, Level::notice);
  write("ven", "fixed in 2.0", reporter, Level::advisory);
  write("ven", "how it is fixed", reporter, Level::technical);
  write("ven", "among ourselves", participants, Level::notice);
  const auto view = world.read("rita", reference);
  ASSERT_TRUE(view) << said(view);
  EXPECT_TRUE(shows(*view, "which version?"));
  EXPECT_TRUE(shows(*view, "fixed in 2.0"));
  EXPECT_FALSE(shows(*view, "how it is fixed")) << "the ceilings hold for the reporter too";
  EXPECT_FALSE(shows(*view, "among ourselves"));
  EXPECT_EQ(view->receipts.size(), 1u) << "it is an access";
  EXPECT_TRUE(shows(*world.read("cora", reference), "how it is fixed")) << "the handler sees all";
  EXPECT_FALSE(shows(*world.read("ven", reference), "which version?")) << "others do not";
  EXPECT_EQ(code_of(post_message(world.app(), as("cora"), reference,
                                 {.text = "x", .audience = "ACME", .to = reporter})),
            Code::invalid);
  world.publish_fix(reference, "ven", 1);
  EXPECT_TRUE(shows(*world.read("rita", reference), "how it is fixed"));
}

TEST_F(Reading, AReporterWithoutAnAccountIsToldByItsCodeAndAlsoAfterAMerge) {
  const auto filed = file_report(world.app(), {}, {report_bytes({}), {}});
  ASSERT_TRUE(filed) << said(filed);
  const std::string& reference = filed->case_reference;
  world.work("cora", reference);
  const auto write = [&](const char* text, Level level) {
    ASSERT_TRUE(post_message(world.app(), as("cora"), reference,
                             {.text = text, .level = level, .to = Message::To::reporter}));
  };
  write("which version?", Level::notice);
  write("what it affects", Level::advisory);
  const Actor bearer = with_code(filed->return_code);
  const auto view = world.read(bearer, reference);
  ASSERT_TRUE(view) << said(view);
  EXPECT_TRUE(shows(*view, "which version?"));
  EXPECT_FALSE(shows(*view, "what it affects")) << "nobody knows which law it is under";
  const std::string other = open_case({.word = "other"});
  ASSERT_TRUE(merge(world.app(), as("cora"), reference, other));
  EXPECT_TRUE(shows(*world.read(bearer, reference), "which version?"));
  EXPECT_FALSE(shows(*world.read("rita", other), "which version?")) << "of another report";
  EXPECT_EQ(code_of(world.read(with_code("wrong"), reference)), Code::not_found);
}

using Act = std::function<std::string(const std::string&)>;

/// Everything that somebody may try on a case, and what it is told.
std::vector<std::pair<const char*, Act>> all_acts(World& world, const Actor& who,
                                                  const std::string& other) {
  App* const app = &world.app();
  World* const all = &world;
  return {
      {"read", [=](const auto& c) { return said(all->read(who, c)); }},
      {"file", [=](const auto& c) { return said(read_attachment(*app, who, c, "o", {})); }},
      {"readers", [=](const auto& c) { return said(readers(*app, who, c)); }},
      {"timeline", [=](const auto& c) { return said(timeline(*app, who, c)); }},
      {"claim", [=](const auto& c) { return said(claim(*app, who, c, Fact::no)); }},
      {"accept", [=](const auto& c) { return said(accept(*app, who, c)); }},
      {"decline",
       [=](const auto& c) { return said(decline(*app, who, c, Ground::declined, "x")); }},
      {"spam", [=](const auto& c) { return said(decline_all_as_spam(*app, who, {c}, Fact::no)); }},
      {"merge", [=](const auto& c) { return said(merge(*app, who, c, other)); }},
      {"split", [=](const auto& c) { return said(split(*app, who, c, 1)); }},
      {"participant",
       [=](const auto& c) { return said(add_participant(*app, who, c, {.organisation = "No"})); }},
      {"conflict",
       [=](const auto& c) { return said(set_conflict(*app, who, c, "nobody", Fact::no)); }},
      {"message", [=](const auto& c) { return said(post_message(*app, who, c, {.text = "x"})); }},
      {"attach",
       [=](const auto& c) { return said(add_attachment(*app, who, c, attachment("a", "b"))); }},
      {"status",
       [=](const auto& c) { return said(state_status(*app, who, c, {9, Answer::none, "x"})); }},
      {"fix", [=](const auto& c) { return said(announce_fix(*app, who, c, {9, "No", "p"})); }},
      {"leave out", [=](const auto& c) { return said(leave_out_vendor(*app, who, c, "No", "x")); }},
      {"embargo",
       [=](const auto& c) { return said(propose_embargo(*app, who, c, "2027-02-01T00:00:00Z")); }},
      {"confirm", [=](const auto& c) { return said(confirm_embargo(*app, who, c)); }},
      {"end embargo", [=](const auto& c) { return said(end_embargo(*app, who, c)); }},
      {"consent", [=](const auto& c) { return said(consent_to_sharing(*app, who, c)); }},
      {"release",
       [=](const auto& c) {
         return said(decide_release(*app, who, c, {Level::notice, {"CERT"}, "x"}));
       }},
      {"release to nobody",
       [=](const auto& c) {
         return said(decide_release(*app, who, c, {Level::notice, {"Nobody"}, "x"}));
       }},
      {"preview",
       [=](const auto& c) {
         return said(preview_release(*app, who, c, {Level::notice, {"Nobody"}, "x"}));
       }},
      {"exception",
       [=](const auto& c) {
         return said(grant_exception(*app, who, c, {.organisation = "No", .ground = "x"}));
       }},
      {"delay",
       [=](const auto& c) {
         return said(decide_delay(*app, who, c, "x", "2027-02-01T00:00:00Z"));
       }},
      {"end delay", [=](const auto& c) { return said(end_delay(*app, who, c)); }},
      {"publish",
       [=](const auto& c) {
         return said(publish(*app, who, c, {Level::advisory, "WEIR-1", "x"}));
       }},
      {"open", [=](const auto& c) { return said(open_custody(*app, who, c)); }},
      {"defer",
       [=](const auto& c) {
         return said(defer_opening(*app, who, c, {"2027-02-01T00:00:00Z", "law"}));
       }},
      {"erase", [=](const auto& c) { return said(erase_key(*app, who, c)); }},
  };
}

TEST_F(Reading, WhatIsKnownOfOneItemIsNotTakenForAnother) {
  const std::string one = open_case({.word = "one", .vulnerabilities = 2});
  const std::string two = open_case({.word = "two"}, "ada");
  world.add_vendor(one, "ACME", {1});
  world.add_vendor(one, "BETA", {2});
  ASSERT_TRUE(merge(world.app(), as("cora"), two, one));
  App& app = world.app();
  ASSERT_TRUE(post_message(app, as("cora"), one, {.text = "x", .audience = "ACME"}));
  ASSERT_TRUE(post_message(app, as("cora"), one, {.text = "x", .to = Message::To::reporter}));
  ASSERT_TRUE(decide_release(app, as("cora"), one, {Level::notice, {"CERT"}, "x"}));
  ASSERT_TRUE(world.by_two("dan", [&] {
    return grant_exception(app, as("cora"), one,
                           {"Unknown Partner", Level::technical, Level::technical, "x"});
  }));
  ASSERT_TRUE(post_message(app, as("cora"), one, {.text = "later, and not excepted"}));
  const auto tx = world.db().read();
  const auto file = load_named_case(**tx, one);
  const auto items = load_items(**tx, *file);
  ASSERT_GT(items->size(), 12u);
  EXPECT_EQ(*author_of(**tx, items->front()), "reporter");
  for (const char* handle : {"rita", "ada", "cora", "dan", "ven", "vera", "cert", "uma", "otto"}) {
    const auto person = load_user(**tx, handle);
    CaseFacts known(**tx, *file, *person);
    for (const int pass : {1, 2}) {
      for (const ItemRow& item : *items) {
        CaseFacts fresh(**tx, *file, *person);
        const auto level = [&](const policy::Facts& facts) {
          return policy::text(policy::decide(subject_of(*person), policy::Action::read, facts));
        };
        EXPECT_EQ(level(*known.of(item)), level(*fresh.of(item)))
            << handle << " " << item.kind << " " << pass;
        EXPECT_EQ((*known.home_of(item))->id, item.home);
      }
    }
  }
}

TEST_F(Reading, AHiddenCaseIsNotEvenReadForStrangers) {
  const std::string reference = open_case();
  world.add_vendor(reference, "ACME");
  ASSERT_TRUE(decide_release(world.app(), as("cora"), reference, {Level::notice, {"CERT"}, "x"}));
  ASSERT_TRUE(world.by_two("dan", [&] {
    return grant_exception(world.app(), as("cora"), reference,
                           {"Unknown Partner", Level::technical, Level::technical, "x"});
  }));
  ASSERT_TRUE(add_user(world.app(), as("ada"), {"aud", "Outsider", {policy::Role::auditor}}));
  const auto tx = world.db().read();
  const auto queries = [&](const char* handle, const std::string& which) {
    const auto person = load_user(**tx, handle);
    EXPECT_TRUE(person);
    const std::uint64_t before = world.statements;
    const auto found = load_case(**tx, which, *person);
    EXPECT_EQ(world.statements - before, 1u);
    return found.has_value();
  };
  for (const char* handle : {"rita", "cora", "dan", "ada", "ven", "cert", "uma", "aud"}) {
    EXPECT_TRUE(queries(handle, reference)) << handle;
    EXPECT_FALSE(queries(handle, "nosuchcase")) << handle;
  }
  for (const char* handle : {"otto", "vera", "bo"}) {
    EXPECT_FALSE(queries(handle, reference)) << handle;
  }
}

TEST_F(Reading, OutsidersAreToldTheSameOfAHiddenCaseAndOfNone) {
  const std::string full = open_case();
  const std::string bare = [&] {
    const auto filed = file_report(
        world.app(), as("rita"),
        {R"({"format":"weir-report/v1","vulnerabilities":[],"parts":[{"kind":"summary","text":"x"}]})",
         {}});
    return filed->case_reference;
  }();
  const std::string erased = open_case();
  ASSERT_TRUE(set_conflict(world.app(), as("cora"), erased, "ada", Fact::no));
  ASSERT_TRUE(
      world.by_two("dan", [&] { return erase_key(world.app(), as("ada"), erased); })->is_done());
  for (const Actor& who : {as("otto"), as("ven"), as(""), with_code("wrongcode")}) {
    const auto acts = all_acts(world, who, full + "x");
    for (const auto& [what, act] : acts) {
      const std::string absent = act("nosuchcase");
      EXPECT_NE(absent, "done") << what;
      for (const std::string& reference : {full, bare, erased}) {
        EXPECT_EQ(act(reference), absent) << what;
      }
    }
  }
}

}  // namespace
}  // namespace weir::app
