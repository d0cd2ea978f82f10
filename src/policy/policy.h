// The gate: who may see and do what, as plain functions. Every path that shows restricted content
// asks here, inside the transaction that records the access, and stores the answer in its event.
//
//   decide()          one subject, one action, one object
//   decide_release()  may this decider give this recipient this level
//   record_owed()     what counts as an access, and so needs a leaf before the first byte
//   phase(), embargo_active(), ...  facts that are themselves rules (facts.h)
//
// How a level comes about: the subject has relations to the object (author, handler, ...). Each is
// a path, and the level of a path is the MINIMUM of the ten ceilings, each a pure function in
// ceilings.h. The best path counts. Only a relation grants; all other ceilings take away. Beside it
// stands publication: what was published is public, also for suspended and barred users.
//
// Invariants (product.md 6 to 9), each with an exhaustive test:
//   1. decide() is total: any facts give an answer, and {} gives nothing.
//   2. An unknown fact is never more generous than yes or no.
//   3. Before the fix is public, technical and exploit are for author, handler and the vendor's own
//      product only; others need an exception approved by two.
//   4. Bound by law, or not known to be free: notice at most until then; above only by such an
//      exception, and never above the least level of the cited legal stage.
//   5. Nothing here takes the present time. Two people open, one may close.
//
// Thread rule: pure functions over values; only text() and refusal() allocate. Start with
// tests/policy/*.policy and docs/policy.md.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/facts.h"

namespace weir::policy {

/// Stored by name.
enum class Action : std::uint8_t {
  read,           // the part at Object::level
  see_existence,  // that there is a case
  release,        // may this subject decide releases at all; the whole question: decide_release()
  claim,
  accept,
  decline,
  merge,
  split,
  add_participant,
  post_message,
  state_status,  // of the own product
  propose_embargo,
  confirm_embargo,  // only the one that shortest_proposal() names
  end_embargo,
  announce_fix,
  leave_out_vendor,  // a silent vendor no longer counts in phase()
  decide_delay,
  grant_exception,
  approve,  // be the second person
  publish,  // at Object::level
  open_custody,
  defer_opening,
  erase_key,
  see_readers,
  see_custody,       // the events of a case, without content
  keep_clocks,       // facts, filings and decisions under law, of the own organisation
  keep_watch_lists,  // of the own organisation
  administer,        // members, agreements, users, configuration
};

/// What grants. Stored by name, as the ground of an access; the order breaks ties.
enum class Relation : std::uint8_t {
  author,
  handler,
  affected_vendor,
  participant,
  recipient,
  coordinator,  // the queue: reference, age and size
  administrator,
  auditor,
  everybody,  // by publication or opening
  none,
};

/// What decided. Stored by name. First the ten ceilings; of equal ones the first is named.
enum class Rule : std::uint8_t {
  relation,
  agreement,
  phase,
  label,
  legal_duty,
  embargo_consent,
  suspension,
  bar,
  conflict_of_interest,
  delay_decision,
  published,
  standing,       // the table of actions: who may
  case_state,     // the table of actions: in which state of the case
  embargo,        // no publication while one is in force
  second_person,  // a second, different person has to approve
};
inline constexpr std::size_t kCeilings = 10;
/// What the answer asks for. Stored by name.
enum class Condition : std::uint8_t {
  second_person,         // another coordinator or administrator must approve
  two_person_exception,  // only this would raise the level
  legal_stage,           // and it must cite a stage of the law
  count_in_public,       // given above notice to a bound recipient: counted in public at once
  class_and_country,     // readers are shown by class and country only
};

enum class Outcome : std::uint8_t { refused, needs_second, allowed };

std::string_view name(Action action);
std::string_view name(Relation relation);
std::string_view name(Rule rule);
std::string_view name(Condition condition);
std::string_view name(Outcome outcome);

/// A short list without allocation.
template <class T, std::size_t kCapacity>
class Few {
 public:
  void push_back(T item) {
    CHECK(size_ < kCapacity);
    items_[size_++] = item;
  }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }
  std::size_t size() const { return size_; }

 private:
  std::array<T, kCapacity> items_{};
  std::size_t size_ = 0;
};

struct Reason {
  Rule rule;
  Level level;
};

/// The answer, as an event stores it.
struct Decision {
  Action action = Action::read;
  Level wanted = Level::nothing;  // what was asked for; nothing for acts that show nothing
  Outcome outcome = Outcome::refused;
  Level level = Level::nothing;  // the most that the subject (of a release: the recipient) may see
  Level asker = Level::nothing;  // the most that the one who asks may see: how a refusal is told
  Relation relation = Relation::none;  // the path that counted
  Rule rule = Rule::relation;          // what decided the outcome
  Few<Reason, kCeilings> reasons;      // every ceiling of that path that limited, in order
  Few<Condition, 4> conditions;

  bool is_allowed() const { return outcome == Outcome::allowed; }
};

/// May `subject` do `action` to the object? Total and pure. For read and see_existence: if `level`
/// reaches what was asked; for all others the table of actions decides (actions.cc).
Decision decide(const Subject& subject, Action action, const Facts& facts);

/// May `decider` give `wanted` of this version to `recipient`? The recipient's standing is read as
/// if the release had been made: by whom it is reached, the agreement, the exception, a conflict.
struct ReleaseQuestion {
  Subject decider;
  Standing decider_standing;
  Subject recipient;
  Standing recipient_standing;
  Object object;
  Approver second;
  Level wanted = Level::nothing;
};

/// Refused by the ceiling of the recipient that does not reach `wanted`. Above notice before the
/// fix is public a second person must approve (needs_second until then). `level` and `reasons` are
/// the recipient's: nothing in it tells the recipient anything unless it is passed on.
Decision decide_release(const ReleaseQuestion& question);

/// One line, "action=read wanted=technical outcome=refused level=notice relation=recipient
/// rule=legal_duty reasons=relation:technical,... conditions=...". Shown and stored.
std::string text(const Decision& decision);

/// How a refusal is told: `denied` with the rule to those who may know that the object exists, and
/// for all others the very error of an object that is not there.
Error refusal(const Decision& decision);
Error absent();
bool existence_is_secret(const Decision& decision);

/// What a showing of bytes owes to the ledger. A showing is the same as an earlier one only if
/// user or token, object, version, level and agreement are all the same.
enum class Record : std::uint8_t { nothing, repeat_read, access };
struct Showing {
  Fact shows_bytes = Fact::unknown;   // "nothing new", 304 and empty polls show none
  Fact seen_before = Fact::unknown;   // the same showing has its leaf
  Fact within_a_day = Fact::unknown;  // and that leaf is at most 24 hours old
};

/// `access` needs a durable leaf before the first byte; `repeat_read` is counted into the daily
/// leaf. Nothing is owed for refused, public or own bytes, nor for a coordinator's queue.
Record record_owed(const Decision& decision, const Showing& showing);

}  // namespace weir::policy
