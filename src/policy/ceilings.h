// The ten ceilings, one pure function each, so that each can be read and tested alone. Each says
// the most that a subject may see over one relation as far as this one rule goes; `exploit` means
// that the rule does not limit. The level of a path is the least of them (decide.cc).
//
// For use inside this folder; others ask decide(). Each is total and takes unknown as the worst.
#pragma once

#include <array>

#include "policy/policy.h"

namespace weir::policy {

using Ceiling = Level(Relation, const Subject&, const Facts&);

Ceiling relation_ceiling;         // what the relation grants; nothing if it does not hold
Ceiling agreement_ceiling;        // valid, in scope, and up to what
Ceiling phase_ceiling;            // invariant 7: least detail before the fix is public
Ceiling label_ceiling;            // TLP 2.0
Ceiling legal_duty_ceiling;       // invariant 8: bound to pass on
Ceiling embargo_consent_ceiling;  // the embargo's parties have agreed to onward sharing
Ceiling suspension_ceiling;       // of the organisation
Ceiling bar_ceiling;              // of the user
Ceiling conflict_ceiling;         // of interest, in this case
Ceiling delay_ceiling;            // a decision to delay dissemination

struct NamedCeiling {
  Rule rule;
  Ceiling* limit;
};

/// In the order of Rule.
inline constexpr std::array<NamedCeiling, kCeilings> kCeilingList = {{
    {Rule::relation, relation_ceiling},
    {Rule::agreement, agreement_ceiling},
    {Rule::phase, phase_ceiling},
    {Rule::label, label_ceiling},
    {Rule::legal_duty, legal_duty_ceiling},
    {Rule::embargo_consent, embargo_consent_ceiling},
    {Rule::suspension, suspension_ceiling},
    {Rule::bar, bar_ceiling},
    {Rule::conflict_of_interest, conflict_ceiling},
    {Rule::delay_decision, delay_ceiling},
}};

/// Over this relation the subject takes part in the case or works on it.
bool is_inside(Relation relation);

/// A coordinator of the authority's own staff, an administrator of it.
bool is_coordinator(const Subject& subject);
bool is_administrator(const Subject& subject);

/// What the action table says (actions.cc): the outcome and its rule; no level is set.
struct Verdict {
  Outcome outcome = Outcome::refused;
  Rule rule = Rule::standing;
  Relation relation = Relation::none;
  Few<Condition, 4> conditions;
};
Verdict judge_action(const Subject& subject, Action action, const Facts& facts);

/// Whether the second person may approve: another user, staff, coordinator or administrator, not
/// suspended or barred, without a conflict of interest; and has done so.
bool is_approved(const Approver& second);

}  // namespace weir::policy
