// Who may act, as one table: the relations that may, in which states of the case, and for which of
// them a second person has to approve. Two people open, one may close: whatever can let others see
// more before a fix is public, or erases or withholds the record of who saw it, needs two.
#include "policy/ceilings.h"
#include "policy/policy.h"

namespace weir::policy {
namespace {

using Bits = unsigned;

constexpr Bits bit(Relation relation) {
  return 1U << static_cast<unsigned>(relation);
}
constexpr Bits bit(CaseState state) {
  return 1U << static_cast<unsigned>(state);
}

constexpr Bits kAuthor = bit(Relation::author);
constexpr Bits kHandler = bit(Relation::handler);
constexpr Bits kVendor = bit(Relation::affected_vendor);
constexpr Bits kParticipant = bit(Relation::participant);
constexpr Bits kCoordinator = bit(Relation::coordinator);
constexpr Bits kAdministrator = bit(Relation::administrator);
constexpr Bits kAuditor = bit(Relation::auditor);
constexpr Bits kEverybody = bit(Relation::everybody);
constexpr Bits kNobody = 0;
constexpr Bits kTalkers = kAuthor | kHandler | kVendor | kParticipant;

constexpr Bits kReceived = bit(CaseState::received);
constexpr Bits kClaimed = bit(CaseState::claimed);
constexpr Bits kOpen = bit(CaseState::open);
constexpr Bits kClosed = bit(CaseState::closed);
constexpr Bits kWorked = kClaimed | kOpen;
constexpr Bits kAnyState = ~0U;

struct Row {
  Action action;
  Bits who;
  Bits second;  // of these, who needs a second person
  Bits states;
};

constexpr std::array kTable = std::to_array<Row>({
    // action                   who                          second   state of the case
    {Action::read, kNobody, kNobody, kNobody},           // a level, not a row: decide()
    {Action::see_existence, kNobody, kNobody, kNobody},  // the same
    {Action::release, kHandler, kNobody, kOpen | kClosed},
    {Action::claim, kCoordinator, kNobody, kReceived},
    {Action::accept, kHandler, kNobody, kClaimed},
    {Action::decline, kHandler, kNobody, kWorked},
    {Action::merge, kHandler, kNobody, kWorked},
    {Action::split, kHandler, kNobody, kWorked},
    {Action::add_participant, kHandler, kNobody, kOpen},
    {Action::post_message, kTalkers, kNobody, kReceived | kWorked | kClosed},
    {Action::state_status, kVendor, kNobody, kWorked | kClosed},
    {Action::propose_embargo, kTalkers, kNobody, kReceived | kWorked},
    {Action::confirm_embargo, kHandler, kNobody, kWorked},
    {Action::end_embargo, kHandler, kNobody, kWorked | kClosed},
    {Action::announce_fix, kVendor | kHandler, kHandler, kWorked | kClosed},
    {Action::leave_out_vendor, kHandler, kHandler, kWorked},
    {Action::decide_delay, kHandler, kNobody, kWorked},
    {Action::grant_exception, kHandler, kHandler, kOpen},
    {Action::approve, kCoordinator | kAdministrator, kNobody, kAnyState},
    {Action::publish, kHandler, kNobody, kOpen | kClosed},  // a second: see needs_second()
    {Action::open_custody, kHandler | kAdministrator, kNobody, kAnyState},  // the same
    {Action::defer_opening, kHandler | kAdministrator, kHandler | kAdministrator, kAnyState},
    {Action::erase_key, kAdministrator, kAdministrator, kAnyState},
    {Action::see_readers, kAuthor | kHandler, kNobody, kAnyState},
    {Action::see_custody, kHandler | kAuditor | kEverybody, kNobody, kAnyState},
    {Action::keep_clocks, kTalkers, kNobody, kAnyState},  // a law does not wait for the platform
    {Action::keep_watch_lists, kAuthor, kNobody, kAnyState},  // about no case
    {Action::administer, kAdministrator, kNobody, kAnyState},
});

consteval bool is_in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].action) != i) {
      return false;
    }
  }
  return kTable.size() == static_cast<std::size_t>(Action::administer) + 1;
}
static_assert(is_in_order(), "every action has its row");

constexpr std::array kActors = {Relation::author,          Relation::handler,
                                Relation::affected_vendor, Relation::participant,
                                Relation::coordinator,     Relation::administrator,
                                Relation::auditor,         Relation::everybody};

/// Whether the subject stands in this relation, for acting. Whoever takes part through an agreement
/// acts only while it is valid and in scope. A vendor speaks for its own product only.
bool holds(Relation relation, const Subject& subject, const Facts& facts) {
  switch (relation) {
    case Relation::author:
    case Relation::handler:
    case Relation::participant:
    case Relation::coordinator:
      return relation_ceiling(relation, subject, facts) > Level::nothing &&
             agreement_ceiling(relation, subject, facts) > Level::nothing;
    case Relation::affected_vendor:
      return relation_ceiling(relation, subject, facts) == Level::exploit &&
             agreement_ceiling(relation, subject, facts) > Level::nothing;
    case Relation::administrator:
      return is_administrator(subject);
    case Relation::auditor:
      return subject.roles.has(Role::auditor);
    case Relation::everybody:
      return facts.object.custody_opened == Fact::yes;
    case Relation::recipient:
    case Relation::none:
      return false;
  }
  return false;
}

/// Publication gives to everybody, so it asks for as much as a release does.
bool needs_second(const Row& row, Relation relation, const Object& object) {
  if (row.action == Action::publish) {
    return object.phase != Phase::fix_public && object.level > Level::notice;
  }
  if (row.action == Action::open_custody) {
    return object.opening_due != Fact::yes;  // before it is owed
  }
  return (row.second & bit(relation)) != 0;
}

Verdict refuse(Rule rule, Relation relation) {
  return {.outcome = Outcome::refused, .rule = rule, .relation = relation, .conditions = {}};
}

/// The rule that stands against a publication, if any.
std::optional<Verdict> judge_publication(const Facts& facts) {
  const Object& object = facts.object;
  if (object.embargo != Fact::no) {
    return refuse(Rule::embargo, Relation::handler);
  }
  if (object.delay != Fact::no) {
    return refuse(Rule::delay_decision, Relation::handler);
  }
  const Exception& exception = facts.standing.exception;
  const bool excepted =
      exception.approved_by_two == Fact::yes && exception.raises_to >= object.level;
  if (object.phase != Phase::fix_public && object.level > Level::advisory && !excepted) {
    Verdict verdict = refuse(Rule::phase, Relation::handler);
    verdict.conditions.push_back(Condition::two_person_exception);
    return verdict;
  }
  return std::nullopt;
}

Verdict judge_row(const Row& row, Relation relation, const Facts& facts) {
  // Opened custody records are public; an author's own report is the author's own affair; to
  // administer the platform is about no case.
  const bool is_exempt = relation == Relation::author || relation == Relation::everybody ||
                         row.action == Action::administer;
  if (facts.standing.conflict != Fact::no && !is_exempt) {
    return refuse(Rule::conflict_of_interest, relation);
  }
  if ((row.states & bit(facts.object.state)) == 0) {
    return refuse(Rule::case_state, relation);
  }
  if (row.action == Action::publish) {
    if (const auto against = judge_publication(facts)) {
      return *against;
    }
  }
  if (row.action == Action::approve && facts.second.another_user != Fact::yes) {
    return refuse(Rule::second_person, relation);
  }
  Verdict verdict{
      .outcome = Outcome::allowed, .rule = Rule::standing, .relation = relation, .conditions = {}};
  if (needs_second(row, relation, facts.object) && !is_approved(facts.second)) {
    verdict.outcome = Outcome::needs_second;
    verdict.rule = Rule::second_person;
    verdict.conditions.push_back(Condition::second_person);
  }
  if (row.action == Action::see_readers && relation == Relation::author) {
    verdict.conditions.push_back(Condition::class_and_country);
  }
  return verdict;
}

}  // namespace

bool is_approved(const Approver& second) {
  const Subject& subject = second.subject;
  return second.present == Fact::yes && second.another_user == Fact::yes &&
         second.conflict == Fact::no && subject.suspended == Fact::no &&
         subject.barred == Fact::no && (is_coordinator(subject) || is_administrator(subject));
}

/// The best outcome over the relations of the row, so that one more relation never takes away.
Verdict judge_action(const Subject& subject, Action action, const Facts& facts) {
  const Row& row = kTable[static_cast<std::size_t>(action)];
  const bool is_public = action == Action::see_custody && facts.object.custody_opened == Fact::yes;
  if (subject.suspended != Fact::no && !is_public) {
    return refuse(Rule::suspension, Relation::none);
  }
  if (subject.barred != Fact::no && !is_public) {
    return refuse(Rule::bar, Relation::none);
  }
  std::optional<Verdict> best;
  for (const Relation relation : kActors) {
    if ((row.who & bit(relation)) == 0 || !holds(relation, subject, facts)) {
      continue;
    }
    const Verdict verdict = judge_row(row, relation, facts);
    if (!best || verdict.outcome > best->outcome) {
      best = verdict;
    }
  }
  return best ? *best : refuse(Rule::standing, Relation::none);
}

}  // namespace weir::policy
