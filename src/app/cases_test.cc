// Handling a case: who may, in which order, with whom; messages, vendors, fixes.
#include "app/cases.h"

#include <gtest/gtest.h>

#include "app/world.h"

namespace weir::app {
namespace {

using policy::Fact;
using As = NewParticipant::As;

class Cases : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.create());
    ASSERT_TRUE(world.found());
  }
  void TearDown() override { world.check(); }
  std::string open_case(const Words& words = {}) {
    std::string reference = world.report("rita", words);
    world.work("cora", reference);
    return reference;
  }
  World world;
};

TEST_F(Cases, TheQueueShowsReferenceAgeAndSizeAndNothingElse) {
  const std::string reference = world.report("rita", {.word = "hidden"});
  world.clock.advance(std::chrono::hours(3));
  const auto rows = queue(world.app(), as("cora"));
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0].reference, reference);
  EXPECT_EQ((*rows)[0].received, kStart);
  EXPECT_EQ((*rows)[0].size, static_cast<std::int64_t>(report_bytes({"hidden"}).size()));
  EXPECT_EQ((*rows)[0].handler, "");
  const auto view = world.read("cora", reference);
  ASSERT_TRUE(view) << said(view);
  EXPECT_TRUE(view->items.empty()) << "not before it is claimed";
  EXPECT_EQ(world.count(reference, "access"), 0);
  for (const char* handle : {"rita", "cert", "ven", "otto"}) {
    EXPECT_EQ(code_of(queue(world.app(), as(handle))), Code::denied) << handle;
  }
}

TEST_F(Cases, AClaimNeedsAWordOnConflictOfInterest) {
  const std::string reference = world.report("rita");
  EXPECT_EQ(code_of(claim(world.app(), as("cora"), reference, Fact::unknown)), Code::denied);
  const Status refused = claim(world.app(), as("cora"), reference, Fact::yes);
  EXPECT_EQ(said(refused), "claim: not allowed, by the rule conflict_of_interest");
  EXPECT_EQ(code_of(claim(world.app(), as("ven"), reference, Fact::no)), Code::not_found);
  EXPECT_TRUE(claim(world.app(), as("cora"), reference, Fact::no));
  EXPECT_EQ(code_of(claim(world.app(), as("dan"), reference, Fact::no)), Code::denied)
      << "it is claimed";
  EXPECT_EQ(code_of(accept(world.app(), as("dan"), reference)), Code::denied);
  EXPECT_TRUE(accept(world.app(), as("cora"), reference));
  EXPECT_EQ(code_of(accept(world.app(), as("cora"), reference)), Code::denied) << "twice";
  const auto rows = queue(world.app(), as("dan"));
  EXPECT_EQ((*rows)[0].handler, "cora");
}

TEST_F(Cases, ARecordedConflictEndsWhatTheHandlerSees) {
  const std::string reference = open_case();
  EXPECT_TRUE(shows(*world.read("cora", reference), "plain-exploit-1"));
  ASSERT_TRUE(set_conflict(world.app(), as("cora"), reference, "cora", Fact::yes));
  const auto after = world.read("cora", reference);
  EXPECT_TRUE(!after || after->items.empty());
  EXPECT_EQ(said(add_participant(world.app(), as("cora"), reference, {.organisation = "CERT"})),
            "add_participant: not allowed, by the rule conflict_of_interest");
}

TEST_F(Cases, DeclinedWithAGroundAndSpamByTheHundred) {
  const std::string one = world.report("rita");
  ASSERT_TRUE(claim(world.app(), as("cora"), one, Fact::no));
  EXPECT_EQ(code_of(decline(world.app(), as("cora"), one, Ground::declined, "")), Code::invalid);
  EXPECT_EQ(code_of(decline(world.app(), as("cora"), one, Ground::declined,
                            std::string(kMaxGroundBytes + 1, 'x'))),
            Code::invalid);
  EXPECT_TRUE(
      decline(world.app(), as("cora"), one, Ground::declined, std::string(kMaxGroundBytes, 'x')));
  std::vector<std::string> spam;
  for (int i = 0; i < 20; ++i) {
    spam.push_back(world.report("", {}));
  }
  spam.push_back(one);
  EXPECT_FALSE(decline_all_as_spam(world.app(), as("cora"), spam, Fact::no)) << "all or none";
  EXPECT_EQ(world.count(spam[0], "claimed"), 0);
  spam.pop_back();
  EXPECT_TRUE(decline_all_as_spam(world.app(), as("cora"), spam, Fact::no));
  EXPECT_EQ(world.count(spam[19], "declined"), 1);
  EXPECT_EQ(queue(world.app(), as("cora"))->size(), 0u);
  EXPECT_EQ(code_of(decline_all_as_spam(world.app(), as("cora"), {}, Fact::no)), Code::invalid);
}

TEST_F(Cases, AVendorSeesItsOwnProductAndTheAdvisoryOfTheOthers) {
  const std::string reference = open_case({.word = "two", .vulnerabilities = 2});
  world.add_vendor(reference, "ACME", {1});
  world.add_vendor(reference, "BETA", {2});
  const auto acme = world.read("ven", reference);
  ASSERT_TRUE(acme) << said(acme);
  for (const char* text :
       {"two-title-1", "two-description-1", "two-exploit-1", "two-mitigation-2", "two-product-2"}) {
    EXPECT_TRUE(shows(*acme, text)) << text;
  }
  for (const char* text : {"two-title-2", "two-description-2", "two-exploit-2", "two-note"}) {
    EXPECT_FALSE(shows(*acme, text)) << text;
  }
  EXPECT_TRUE(shows(*world.read("vera", reference), "two-exploit-2"));
  EXPECT_FALSE(shows(*world.read("vera", reference), "two-exploit-1"));
  EXPECT_EQ(acme->participants, std::vector<std::string>{"ACME"}) << "itself";
  EXPECT_EQ(world.read("cora", reference)->participants,
            (std::vector<std::string>{"ACME", "BETA"}));
  const Status wrong =
      add_participant(world.app(), as("cora"), reference,
                      {.organisation = "ACME", .as = As::vendor, .vulnerabilities = {3}});
  EXPECT_EQ(code_of(wrong), Code::invalid);
  EXPECT_EQ(code_of(add_participant(world.app(), as("ven"), reference, {.organisation = "CERT"})),
            Code::denied);
}

TEST_F(Cases, AnInvitedOrganisationSeesUpToItsLevelAndNoFurtherThanThePhase) {
  const std::string reference = open_case();
  ASSERT_TRUE(add_participant(world.app(), as("cora"), reference,
                              {.organisation = "CERT", .level = Level::exploit}));
  EXPECT_EQ(levels(*world.read("cert", reference)),
            (std::set<Level>{Level::notice, Level::advisory}));
  ASSERT_TRUE(add_participant(world.app(), as("cora"), reference,
                              {.organisation = "Bound Partner", .level = Level::exploit}));
  EXPECT_EQ(levels(*world.read("bo", reference)), std::set<Level>{Level::notice});
  ASSERT_TRUE(add_participant(world.app(), as("cora"), reference,
                              {.organisation = "Unknown Partner", .level = Level::exploit}));
  EXPECT_EQ(levels(*world.read("uma", reference)), std::set<Level>{Level::notice})
      << "unknown counts as bound";
}

TEST_F(Cases, AMessageReachesItsAudience) {
  const std::string reference = open_case({.word = "two", .vulnerabilities = 2});
  world.add_vendor(reference, "ACME", {1});
  world.add_vendor(reference, "BETA", {2});
  const auto post = [&](const char* who, Message message) {
    const auto posted = post_message(world.app(), as(who), reference, message);
    EXPECT_TRUE(posted) << said(posted);
  };
  post("cora", {"to-acme-alone", Level::technical, 1, "ACME"});
  post("cora", {"to-all-advisory", Level::advisory, 0, ""});
  post("cora", {"about-one-technical", Level::technical, 1, ""});
  post("ven", {"from-acme", Level::technical, 1, ""});
  const auto acme = *world.read("ven", reference);
  const auto beta = *world.read("vera", reference);
  const auto cora = *world.read("cora", reference);
  EXPECT_TRUE(shows(acme, "to-acme-alone") && shows(acme, "to-all-advisory") &&
              shows(acme, "about-one-technical") && shows(acme, "from-acme"));
  EXPECT_TRUE(shows(beta, "to-all-advisory"));
  EXPECT_FALSE(shows(beta, "to-acme-alone") || shows(beta, "about-one-technical") ||
               shows(beta, "from-acme"));
  EXPECT_TRUE(shows(cora, "to-acme-alone") && shows(cora, "from-acme"));
  EXPECT_FALSE(shows(*world.read("rita", reference), "from-acme"));
  for (const Message& wrong :
       {Message{"", Level::technical, 0, ""}, Message{"\xff", Level::technical, 0, ""},
        Message{"x", Level::technical, 3, ""}, Message{"x", Level::technical, -1, ""},
        Message{std::string(kMaxMessageBytes + 1, 'x'), Level::technical, 0, ""}}) {
    EXPECT_EQ(code_of(post_message(world.app(), as("cora"), reference, wrong)), Code::invalid);
  }
  EXPECT_EQ(code_of(post_message(world.app(), as("cora"), reference,
                                 {"x", Level::technical, 0, "Nobody"})),
            Code::not_found);
  EXPECT_EQ(
      code_of(post_message(world.app(), as("otto"), reference, {.text = "x", .audience = ""})),
      Code::not_found);
}

TEST_F(Cases, AFileIsForThoseWhoMayHaveProofs) {
  const std::string reference = open_case();
  world.add_vendor(reference, "ACME");
  const std::string bytes(content::kChunkBytes + 5, 'f');
  const auto added = add_attachment(world.app(), as("ven"), reference, attachment("a.bin", bytes));
  ASSERT_TRUE(added) << said(added);
  EXPECT_TRUE(*world.read_file("ven", reference, *added) == bytes);
  EXPECT_EQ(world.count(reference, "access"), 0) << "its own";
  EXPECT_TRUE(*world.read_file("cora", reference, *added) == bytes);
  EXPECT_EQ(world.count(reference, "access"), 1);
  const auto hidden = world.read_file("otto", reference, *added);
  const auto absent = world.read_file("otto", "nosuchcase", *added);
  EXPECT_EQ(said(hidden), said(absent));
  EXPECT_EQ(code_of(world.read_file("cora", reference, "nosuchobject")), Code::not_found);
}

TEST_F(Cases, AnExplicitAnswerIsTheVendorsOwn) {
  const std::string reference = open_case({.word = "two", .vulnerabilities = 2});
  world.add_vendor(reference, "ACME", {1});
  ASSERT_TRUE(
      state_status(world.app(), as("ven"), reference, {1, Answer::affected, "acme-says-affected"}));
  EXPECT_EQ(code_of(state_status(world.app(), as("ven"), reference, {2, Answer::affected, ""})),
            Code::denied)
      << "not its product";
  EXPECT_EQ(code_of(state_status(world.app(), as("cora"), reference, {1, Answer::affected, ""})),
            Code::denied);
  const auto view = *world.read("cora", reference);
  ASSERT_EQ(view.vendors.size(), 1u);
  EXPECT_EQ(view.vendors[0].answer, Answer::affected);
  EXPECT_TRUE(shows(view, "acme-says-affected"));
  for (const Answer answer : {Answer::none, Answer::investigating, Answer::affected,
                              Answer::not_affected, Answer::fix_in_progress}) {
    EXPECT_EQ(parse_answer(name(answer)), answer);
  }
}

TEST_F(Cases, ThePhaseRisesWhenEveryVendorsFixIsPublic) {
  const std::string reference = open_case({.word = "two", .vulnerabilities = 2});
  world.add_vendor(reference, "ACME", {1});
  world.add_vendor(reference, "BETA", {2});
  ASSERT_TRUE(add_participant(world.app(), as("cora"), reference,
                              {.organisation = "CERT", .level = Level::exploit}));
  EXPECT_FALSE(shows(*world.read("cert", reference), "two-exploit-1"));
  world.publish_fix(reference, "ven", 1);
  const auto half = *world.read("cert", reference);
  EXPECT_TRUE(shows(half, "two-exploit-1")) << "of the first, all fixes are public";
  EXPECT_FALSE(shows(half, "two-exploit-2"));
  EXPECT_FALSE(shows(half, "two-note")) << "what concerns both waits for both";
  world.publish_fix(reference, "vera", 2);
  EXPECT_TRUE(shows(*world.read("cert", reference), "two-note"));
}

TEST_F(Cases, AFixThatExistsIsNotPublicAndAVendorSpeaksForItself) {
  const std::string reference = open_case();
  world.add_vendor(reference, "ACME");
  world.add_vendor(reference, "BETA");
  ASSERT_TRUE(add_participant(world.app(), as("cora"), reference,
                              {.organisation = "CERT", .level = Level::exploit}));
  const Fix exists{1, "", "2.0", policy::Phase::fix_exists};
  EXPECT_TRUE(announce_fix(world.app(), as("ven"), reference, exists));
  EXPECT_EQ(code_of(announce_fix(world.app(), as("ven"), reference,
                                 {1, "BETA", "2.0", policy::Phase::fix_public})),
            Code::denied);
  EXPECT_EQ(code_of(announce_fix(world.app(), as("ven"), reference,
                                 {1, "", "2.0", policy::Phase::no_fix})),
            Code::invalid);
  world.publish_fix(reference, "ven", 1);
  EXPECT_FALSE(shows(*world.read("cert", reference), "plain-exploit-1")) << "BETA is silent";
  EXPECT_TRUE(announce_fix(world.app(), as("ven"), reference, exists)) << "does not take it back";
  // The handler announces for a vendor with a second person.
  const auto for_beta = [&] {
    return announce_fix(world.app(), as("cora"), reference,
                        {1, "BETA", "2.0", policy::Phase::fix_public});
  };
  EXPECT_FALSE(for_beta()->is_done());
  EXPECT_FALSE(shows(*world.read("cert", reference), "plain-exploit-1"));
  EXPECT_TRUE(world.by_two("dan", for_beta)->is_done());
  EXPECT_TRUE(shows(*world.read("cert", reference), "plain-exploit-1"));
}

TEST_F(Cases, ASilentVendorIsLeftOutByTwo) {
  const std::string reference = open_case();
  world.add_vendor(reference, "ACME");
  world.add_vendor(reference, "BETA");
  ASSERT_TRUE(add_participant(world.app(), as("cora"), reference,
                              {.organisation = "CERT", .level = Level::exploit}));
  world.publish_fix(reference, "ven", 1);
  const auto leave_out = [&] {
    return leave_out_vendor(world.app(), as("cora"), reference, "BETA", "no answer in 90 days");
  };
  EXPECT_EQ(code_of(leave_out_vendor(world.app(), as("ven"), reference, "BETA", "x")),
            Code::denied);
  EXPECT_FALSE(leave_out()->is_done());
  EXPECT_FALSE(shows(*world.read("cert", reference), "plain-exploit-1"));
  EXPECT_TRUE(world.by_two("dan", leave_out)->is_done());
  EXPECT_TRUE(shows(*world.read("cert", reference), "plain-exploit-1"));
  EXPECT_EQ(world.count(reference, "vendor_left_out"), 1);
}

}  // namespace
}  // namespace weir::app
