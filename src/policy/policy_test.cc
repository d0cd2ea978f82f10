// Each ceiling and each rule alone. Who may see what as a whole is in tests/policy/*.policy; what
// holds for all facts is in properties_test.cc.
#include "policy/policy.h"

#include <vector>

#include <gtest/gtest.h>

#include "policy/ceilings.h"

namespace weir::policy {
namespace {

constexpr auto kYes = Fact::yes;
constexpr auto kNo = Fact::no;
constexpr auto kUnknown = Fact::unknown;

TEST(Policy, KnowingNothingOpensNothing) {
  Subject all_roles;
  for (int i = 0; i <= static_cast<int>(Role::auditor); ++i) {
    all_roles.roles.add(static_cast<Role>(i));
  }
  for (int i = 0; i <= static_cast<int>(Action::administer); ++i) {
    const auto action = static_cast<Action>(i);
    for (const Subject& subject : {Subject{}, all_roles}) {
      const Decision decision = decide(subject, action, {});
      EXPECT_EQ(decision.outcome, Outcome::refused) << name(action);
      EXPECT_EQ(decision.level, Level::nothing) << name(action);
      EXPECT_EQ(decision.action, action);
    }
  }
  EXPECT_EQ(decide_release({}).outcome, Outcome::refused);
  EXPECT_EQ(record_owed({}, {}), Record::nothing);
}

TEST(Policy, CeilingsAreListedInTheOrderOfTheirNames) {
  for (std::size_t i = 0; i < kCeilings; ++i) {
    EXPECT_EQ(static_cast<std::size_t>(kCeilingList[i].rule), i);
  }
}

TEST(Policy, NoRelationGrantsWithoutItsFact) {
  for (int i = 0; i <= static_cast<int>(Relation::none); ++i) {
    EXPECT_EQ(relation_ceiling(static_cast<Relation>(i), {}, {}), Level::nothing) << i;
  }
}

// Alone: as a whole the agreement ceiling would hide what the label does.
TEST(Policy, GreenIsForMembersWithAValidAgreement) {
  for (const Fact valid : {kYes, kNo, kUnknown}) {
    Facts facts;
    facts.object.label = Label::green;
    facts.standing.agreement.valid = valid;
    EXPECT_EQ(label_ceiling(Relation::recipient, {}, facts),
              valid == kYes ? Level::exploit : Level::nothing);
    EXPECT_EQ(label_ceiling(Relation::none, {}, facts),
              valid == kYes ? Level::exploit : Level::nothing);
    EXPECT_EQ(label_ceiling(Relation::participant, {}, facts), Level::exploit);
  }
}

// Knowing nothing, each ceiling alone is at its lowest for somebody outside the case.
TEST(Policy, EachCeilingAloneTakesUnknownAsTheWorst) {
  const Level lowest[kCeilings] = {
      Level::nothing,    // relation
      Level::nothing,    // agreement
      Level::advisory,   // phase
      Level::nothing,    // label
      Level::notice,     // legal_duty
      Level::notice,     // embargo_consent
      Level::nothing,    // suspension
      Level::nothing,    // bar
      Level::existence,  // conflict_of_interest
      Level::existence,  // delay_decision
  };
  for (std::size_t i = 0; i < kCeilings; ++i) {
    EXPECT_EQ(kCeilingList[i].limit(Relation::recipient, {}, {}), lowest[i])
        << name(kCeilingList[i].rule);
  }
}

TEST(Policy, WhoIsInsideACaseAndWhoIsStaff) {
  EXPECT_TRUE(is_inside(Relation::participant));
  EXPECT_FALSE(is_inside(Relation::recipient));
  EXPECT_FALSE(is_inside(Relation::administrator));
  EXPECT_FALSE(is_inside(Relation::auditor));
  EXPECT_FALSE(is_inside(Relation::none));
  for (const Fact staff : {kYes, kNo, kUnknown}) {
    const Subject both{{Role::coordinator, Role::administrator}, kNo, kNo, kNo, staff};
    EXPECT_EQ(is_coordinator(both), staff == kYes);
    EXPECT_EQ(is_administrator(both), staff == kYes);
    EXPECT_EQ(judge_action(both, Action::administer, {}).outcome,
              staff == kYes ? Outcome::allowed : Outcome::refused);
  }
  EXPECT_FALSE(is_coordinator({{Role::administrator}, kNo, kNo, kNo, kYes}));
  EXPECT_FALSE(is_administrator({{Role::coordinator}, kNo, kNo, kNo, kYes}));
}

struct PhaseCase {
  const char* why;
  std::vector<VendorFix> vendors;
  Phase phase;
};

TEST(Policy, PhaseIsTheLeastOfTheAffectedVendors) {
  const VendorFix none{Phase::no_fix, kNo};
  const VendorFix exists{Phase::fix_exists, kNo};
  const VendorFix open{Phase::fix_public, kNo};
  const PhaseCase cases[] = {
      {"no vendors", {}, Phase::no_fix},
      {"one without a fix", {none}, Phase::no_fix},
      {"one with a fix", {exists}, Phase::fix_exists},
      {"one public", {open}, Phase::fix_public},
      {"the least counts", {open, exists}, Phase::fix_exists},
      {"in any order", {exists, open}, Phase::fix_exists},
      {"one lags", {open, none, exists}, Phase::no_fix},
      {"unknown counts as none", {open, {Phase::unknown, kNo}}, Phase::no_fix},
      {"unknown after none", {none, {Phase::unknown, kNo}}, Phase::no_fix},
      {"unknown alone", {{Phase::unknown, kNo}}, Phase::no_fix},
      {"left out by a decision", {open, {Phase::no_fix, kYes}}, Phase::fix_public},
      {"perhaps left out", {open, {Phase::no_fix, kUnknown}}, Phase::no_fix},
      {"all left out", {{Phase::fix_public, kYes}}, Phase::no_fix},
  };
  for (const PhaseCase& c : cases) {
    EXPECT_EQ(phase(c.vendors), c.phase) << c.why;
  }
}

struct EmbargoCase {
  const char* why;
  std::vector<EmbargoProposal> proposals;
  std::optional<std::size_t> shortest;
  std::optional<std::size_t> standing;
  Fact active;
  Fact active_if_unknown_whether_ended;
};

TEST(Policy, TheShortestProposalStandsOnceConfirmed) {
  const Instant day{1};
  const Instant week{7};
  const EmbargoCase cases[] = {
      {"none", {}, {}, {}, kNo, kNo},
      {"proposed only", {{week, kUnknown}}, 0, {}, kUnknown, kUnknown},
      {"confirmed", {{week, kYes}}, 0, 0, kYes, kUnknown},
      {"turned down", {{week, kNo}}, {}, {}, kNo, kNo},
      {"a shorter one waits", {{week, kYes}, {day, kUnknown}}, 1, 0, kYes, kUnknown},
      {"a shorter one is confirmed", {{week, kYes}, {day, kYes}}, 1, 1, kYes, kUnknown},
      {"a shorter one was turned down", {{week, kYes}, {day, kNo}}, 0, 0, kYes, kUnknown},
      {"a longer one changes nothing", {{day, kYes}, {week, kYes}}, 0, 0, kYes, kUnknown},
      {"the first of equals", {{day, kYes}, {day, kYes}}, 0, 0, kYes, kUnknown},
  };
  for (const EmbargoCase& c : cases) {
    EXPECT_EQ(shortest_proposal(c.proposals), c.shortest) << c.why;
    EXPECT_EQ(standing_proposal(c.proposals), c.standing) << c.why;
    EXPECT_EQ(embargo_active(c.proposals, kNo), c.active) << c.why;
    EXPECT_EQ(embargo_active(c.proposals, kUnknown), c.active_if_unknown_whether_ended) << c.why;
    EXPECT_EQ(embargo_active(c.proposals, kYes), kNo) << c.why;
  }
}

Decision allowed(Action action, Relation relation) {
  Decision decision;
  decision.action = action;
  decision.outcome = Outcome::allowed;
  decision.level = Level::notice;
  decision.asker = Level::notice;
  decision.relation = relation;
  return decision;
}

TEST(Policy, WhatCountsAsAnAccess) {
  struct Case {
    const char* why;
    Relation relation;
    Showing showing;
    Record record;
  };
  const Case cases[] = {
      {"first time", Relation::recipient, {kYes, kNo, kNo}, Record::access},
      {"nothing known", Relation::recipient, {}, Record::access},
      {"again on the same day", Relation::recipient, {kYes, kYes, kYes}, Record::repeat_read},
      {"again later", Relation::recipient, {kYes, kYes, kNo}, Record::access},
      {"perhaps later", Relation::recipient, {kYes, kYes, kUnknown}, Record::access},
      {"perhaps the same", Relation::recipient, {kYes, kUnknown, kYes}, Record::access},
      {"another version, level, user", Relation::recipient, {kYes, kNo, kYes}, Record::access},
      {"nothing new", Relation::recipient, {kNo, kNo, kNo}, Record::nothing},
      {"perhaps something", Relation::recipient, {kUnknown, kNo, kNo}, Record::access},
      {"the handler too", Relation::handler, {kYes, kNo, kNo}, Record::access},
      {"a vendor too", Relation::affected_vendor, {kYes, kNo, kNo}, Record::access},
      {"a guest too", Relation::participant, {kYes, kNo, kNo}, Record::access},
      {"own bytes", Relation::author, {kYes, kNo, kNo}, Record::nothing},
      {"the queue", Relation::coordinator, {kYes, kNo, kNo}, Record::nothing},
      {"public", Relation::everybody, {kYes, kNo, kNo}, Record::nothing},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(record_owed(allowed(Action::read, c.relation), c.showing), c.record) << c.why;
    EXPECT_EQ(record_owed(allowed(Action::see_existence, c.relation), c.showing), c.record);
  }
  Decision refused = allowed(Action::read, Relation::recipient);
  refused.outcome = Outcome::refused;
  EXPECT_EQ(record_owed(refused, {kYes, kNo, kNo}), Record::nothing);
  EXPECT_EQ(record_owed(allowed(Action::claim, Relation::coordinator), {kYes, kNo, kNo}),
            Record::nothing);
}

TEST(Policy, AbsentAndHiddenLookAlike) {
  const Decision hidden = decide({}, Action::read, {});
  EXPECT_TRUE(existence_is_secret(hidden));
  EXPECT_EQ(refusal(hidden).code, Code::not_found);
  EXPECT_EQ(text(refusal(hidden)), text(absent()));
  EXPECT_EQ(refusal(hidden).code, absent().code);
  const Decision act = decide({}, Action::decline, {});
  EXPECT_EQ(text(refusal(act)), text(absent()));

  Decision known = hidden;
  known.asker = Level::existence;
  known.rule = Rule::legal_duty;
  EXPECT_FALSE(existence_is_secret(known));
  EXPECT_EQ(refusal(known).code, Code::denied);
  EXPECT_EQ(refusal(known).message, "read: not allowed, by the rule legal_duty");
  known.outcome = Outcome::needs_second;
  EXPECT_EQ(refusal(known).message, "read: waits for a second person, by the rule legal_duty");
  // That there is a platform to administer is no secret.
  EXPECT_EQ(refusal(decide({}, Action::administer, {})).code, Code::denied);
}

Subject handler_subject() {
  return {{Role::coordinator}, kNo, kNo, kNo, kYes};
}

TEST(Policy, TheDeciderLearnsWhyAReleaseIsRefused) {
  ReleaseQuestion question;
  question.decider = handler_subject();
  question.decider_standing.handler = kYes;
  question.decider_standing.conflict = kNo;
  question.object.state = CaseState::open;
  question.wanted = Level::notice;
  const Decision decision = decide_release(question);
  EXPECT_EQ(decision.outcome, Outcome::refused);
  EXPECT_EQ(decision.level, Level::nothing);
  EXPECT_EQ(decision.asker, Level::exploit);
  EXPECT_EQ(refusal(decision).code, Code::denied);
  // To somebody who cannot see the case the same question is about nothing.
  question.decider_standing.handler = kNo;
  question.decider.staff = kNo;
  EXPECT_EQ(text(refusal(decide_release(question))), text(absent()));
}

TEST(Policy, ADecisionIsOneLineOfStableNames) {
  Subject subject{{Role::recipient}, kNo, kNo, kYes, kNo};
  Facts facts;
  facts.standing.released = kYes;
  facts.standing.released_level = Level::technical;
  facts.standing.recalled = kNo;
  facts.standing.reach = Reach::by_name;
  facts.standing.agreement = {kYes, Level::technical, kYes};
  facts.standing.conflict = kNo;
  facts.object.level = Level::technical;
  facts.object.label = Label::amber;
  facts.object.embargo = kNo;
  facts.object.delay = kNo;
  EXPECT_EQ(text(decide(subject, Action::read, facts)),
            "action=read wanted=technical outcome=refused level=notice relation=recipient "
            "rule=legal_duty reasons=relation:technical,agreement:technical,phase:advisory,"
            "legal_duty:notice conditions=two_person_exception,legal_stage");
  facts.standing = {};
  facts.standing.author = kYes;
  EXPECT_EQ(text(decide(subject, Action::see_existence, facts)),
            "action=see_existence wanted=existence outcome=allowed level=exploit relation=author "
            "rule=relation");
}

template <class Enum>
std::string all_names(Enum last) {
  std::string names;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    names += std::string(name(static_cast<Enum>(i))) + " ";
  }
  return names;
}

// Stored and shown: a change here changes old records.
TEST(Policy, NamesDoNotChange) {
  EXPECT_EQ(all_names(Fact::unknown), "no yes unknown ");
  EXPECT_EQ(all_names(Label::unknown), "clear green amber amber_strict red unknown ");
  EXPECT_EQ(all_names(Phase::unknown), "no_fix fix_exists fix_public unknown ");
  EXPECT_EQ(all_names(Reach::unknown), "by_name as_client by_class unknown ");
  EXPECT_EQ(all_names(CaseState::unknown),
            "received claimed open declined spam merged closed unknown ");
  EXPECT_EQ(all_names(Role::auditor), "administrator coordinator recipient reporter auditor ");
  EXPECT_EQ(all_names(Outcome::allowed), "refused needs_second allowed ");
  EXPECT_EQ(all_names(Condition::class_and_country),
            "second_person two_person_exception legal_stage count_in_public class_and_country ");
  EXPECT_EQ(all_names(Relation::none),
            "author handler affected_vendor participant recipient coordinator administrator "
            "auditor everybody none ");
  EXPECT_EQ(all_names(Rule::second_person),
            "relation agreement phase label legal_duty embargo_consent suspension bar "
            "conflict_of_interest delay_decision published standing case_state embargo "
            "second_person ");
  EXPECT_EQ(
      all_names(Action::administer),
      "read see_existence release claim accept decline merge split add_participant "
      "post_message state_status propose_embargo confirm_embargo end_embargo announce_fix "
      "leave_out_vendor decide_delay grant_exception approve publish open_custody "
      "defer_opening erase_key see_readers see_custody keep_clocks keep_watch_lists administer ");
}

}  // namespace
}  // namespace weir::policy
