// What the gate is told. Plain values that the caller gathers inside its transaction; a fact that
// it could not establish stays `unknown`, which is never more generous than yes or no. A value made
// by {} knows nothing, and so opens nothing.
//
// Three groups, because a release asks about two people and one object:
//   Subject   who asks: roles, and what is known of the person and the organisation
//   Standing  what the subject is to this object, and what was decided about the two
//   Object    the object and its case, the same for everybody
//
// Thread rule: plain values, no shared state.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "base/time.h"
#include "model/level.h"

namespace weir::policy {

enum class Fact : std::uint8_t { no, yes, unknown };

/// TLP 2.0. Not an order: what each label allows is one table (ceilings.cc).
enum class Label : std::uint8_t { clear, green, amber, amber_strict, red, unknown };

/// How far the fixes of a case have come; see phase(). `unknown` counts as no_fix.
enum class Phase : std::uint8_t { no_fix, fix_exists, fix_public, unknown };

/// How a release names the organisation: itself, as a client of one that is named, or as one of
/// a class ("all members of tier 2").
enum class Reach : std::uint8_t { by_name, as_client, by_class, unknown };

/// A report opens its own case (received); a coordinator claims it; accepting it makes it open.
enum class CaseState : std::uint8_t {
  received,
  claimed,
  open,
  declined,
  spam,
  merged,
  closed,
  unknown
};

/// What a user is trusted with. No role alone shows content: that takes a relation. `reporter`
/// opens nothing at all here, since being the author is a fact about one report.
enum class Role : std::uint8_t { administrator, coordinator, recipient, reporter, auditor };
inline constexpr std::array kRoles = {Role::administrator, Role::coordinator, Role::recipient,
                                      Role::reporter, Role::auditor};

class Roles {
 public:
  constexpr Roles() = default;
  constexpr Roles(std::initializer_list<Role> roles) {
    for (const Role role : roles) {
      add(role);
    }
  }
  constexpr void add(Role role) { bits_ |= bit(role); }
  constexpr bool has(Role role) const { return (bits_ & bit(role)) != 0; }
  bool operator==(const Roles&) const = default;

 private:
  static constexpr unsigned bit(Role role) { return 1U << static_cast<unsigned>(role); }
  unsigned bits_ = 0;
};

struct Subject {
  Roles roles;
  Fact suspended = Fact::unknown;  // the organisation is suspended
  Fact barred = Fact::unknown;     // the user is barred, unconfirmed or signed in without right
  Fact bound = Fact::unknown;      // the organisation is bound by law to pass reports on
  Fact staff = Fact::unknown;      // the user works for the operating authority
};

/// The agreement under which this subject would receive. The caller may let a date close it (past
/// its term it is not valid), but never open it: time may only close.
struct Agreement {
  Fact valid = Fact::unknown;
  Level most = Level::nothing;    // the highest level it allows
  Fact in_scope = Fact::unknown;  // need to know: the vendor or product is in its scope
};

/// An exception that names this subject's organisation and this version. It raises the phase
/// ceiling to `raises_to`, and the legal duty to the lower of that and `legal_stage`.
struct Exception {
  Fact approved_by_two = Fact::unknown;  // by two different people, with a recorded ground
  Level raises_to = Level::nothing;
  std::optional<Level> legal_stage;  // the least level of the cited stage of the law
};

struct Standing {
  Fact author = Fact::unknown;             // these bytes are the subject's own
  Fact handler = Fact::unknown;            // claimed this case
  Fact affected_vendor = Fact::unknown;    // takes part as a vendor whose product is affected
  Fact own_product = Fact::unknown;        // this part concerns that vendor's own product
  Fact participant = Fact::unknown;        // was invited into the case
  Level invited = Level::nothing;          // up to this level
  Fact through_agreement = Fact::unknown;  // takes part only because an agreement says so
  Fact released = Fact::unknown;  // a release gives this version to the subject's organisation
  Level released_level = Level::nothing;
  Fact recalled = Fact::unknown;  // that release no longer holds for this subject
  Reach reach = Reach::unknown;
  Agreement agreement;
  Exception exception;
  Fact conflict = Fact::unknown;  // the subject has a conflict of interest in this case
};

struct Object {
  Level level = Level::exploit;  // of the part that is asked for; of the version to be published
  Label label = Label::unknown;
  Phase phase = Phase::unknown;
  Fact published = Fact::unknown;  // this very object was published, by an event
  Level published_level = Level::nothing;
  Fact embargo = Fact::unknown;          // in force; see embargo_active()
  Fact embargo_consent = Fact::unknown;  // its parties agreed to onward sharing
  Fact delay = Fact::unknown;            // a decision to delay dissemination is in force
  CaseState state = CaseState::unknown;
  Fact opening_due = Fact::unknown;     // an event says that the custody record is owed by now
  Fact custody_opened = Fact::unknown;  // the custody record has been opened
};

/// The second person of an act that needs two. `present` is yes when that person has approved this
/// very act, as asked; `another_user` when they are not the first person.
struct Approver {
  Fact present = Fact::unknown;
  Fact another_user = Fact::unknown;
  Subject subject;
  Fact conflict = Fact::unknown;
};

/// All that one question needs.
struct Facts {
  Standing standing;
  Object object;
  Approver second;  // read by acts that need two, and by Action::approve for `another_user`
};

/// One affected vendor of a case.
struct VendorFix {
  Phase phase = Phase::unknown;
  Fact left_out = Fact::unknown;  // by a recorded decision, because it stays silent
};

/// The minimum over the affected vendors that are not left out; no_fix if none remains. Never
/// `unknown`.
Phase phase(std::span<const VendorFix> vendors);

/// A proposed end of the embargo, as data: nothing is compared with the present.
struct EmbargoProposal {
  Instant until;
  Fact confirmed = Fact::unknown;  // by the coordinator; no if turned down, unknown while open
};

/// The index of the shortest proposal that is not turned down: the only one to confirm.
std::optional<std::size_t> shortest_proposal(std::span<const EmbargoProposal> proposals);
/// The index of the proposal that stands: the shortest confirmed one.
std::optional<std::size_t> standing_proposal(std::span<const EmbargoProposal> proposals);
/// For Object::embargo. `ended` is the event, not the date. An open proposal makes it unknown, so
/// that nothing slips out between proposal and confirmation.
Fact embargo_active(std::span<const EmbargoProposal> proposals, Fact ended);

/// All names are stored and shown.
std::string_view name(Fact fact);
std::string_view name(Label label);
std::string_view name(Phase phase);
std::string_view name(Reach reach);
std::string_view name(CaseState state);
std::string_view name(Role role);

}  // namespace weir::policy
