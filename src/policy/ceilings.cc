#include "policy/ceilings.h"

#include <algorithm>

namespace weir::policy {
namespace {

constexpr Level kNoLimit = Level::exploit;

bool is_own_product(Relation relation, const Standing& standing) {
  return relation == Relation::affected_vendor && standing.own_product == Fact::yes;
}

// Product.md 7: these three see everything at any phase.
bool is_exempt_from_phase(Relation relation, const Facts& facts) {
  return relation == Relation::author || relation == Relation::handler ||
         is_own_product(relation, facts.standing);
}

/// TLP 2.0 for somebody outside the case. CLEAR: no limit. GREEN: the community, which here means
/// members with a valid agreement. AMBER: the named organisation and its clients. AMBER+STRICT: the
/// named organisation only. RED: nobody outside.
bool label_allows(Label label, Reach reach, const Agreement& agreement) {
  switch (label) {
    case Label::clear:
      return true;
    case Label::green:
      return agreement.valid == Fact::yes;
    case Label::amber:
      return reach == Reach::by_name || reach == Reach::as_client;
    case Label::amber_strict:
      return reach == Reach::by_name;
    case Label::red:
    case Label::unknown:
      return false;
  }
  return false;
}

}  // namespace

bool is_inside(Relation relation) {
  switch (relation) {
    case Relation::author:
    case Relation::handler:
    case Relation::affected_vendor:
    case Relation::participant:
    case Relation::coordinator:
      return true;
    case Relation::recipient:
    case Relation::administrator:
    case Relation::auditor:
    case Relation::everybody:
    case Relation::none:
      return false;
  }
  return false;
}

bool is_coordinator(const Subject& subject) {
  return subject.staff == Fact::yes && subject.roles.has(Role::coordinator);
}

bool is_administrator(const Subject& subject) {
  return subject.staff == Fact::yes && subject.roles.has(Role::administrator);
}

Level relation_ceiling(Relation relation, const Subject& subject, const Facts& facts) {
  const Standing& standing = facts.standing;
  switch (relation) {
    case Relation::author:
      return standing.author == Fact::yes ? Level::exploit : Level::nothing;
    case Relation::handler:
      return standing.handler == Fact::yes && is_coordinator(subject) ? Level::exploit
                                                                      : Level::nothing;
    case Relation::affected_vendor:
      if (standing.affected_vendor != Fact::yes) {
        return Level::nothing;
      }
      // Another vendor's product in the same case: enough to judge whether one is affected too.
      return standing.own_product == Fact::yes ? Level::exploit : Level::advisory;
    case Relation::participant:
      return standing.participant == Fact::yes ? standing.invited : Level::nothing;
    case Relation::recipient:
      return standing.released == Fact::yes && standing.recalled == Fact::no &&
                     subject.roles.has(Role::recipient)
                 ? standing.released_level
                 : Level::nothing;
    case Relation::coordinator:
      return is_coordinator(subject) ? Level::existence : Level::nothing;
    case Relation::administrator:
    case Relation::auditor:
    case Relation::everybody:
    case Relation::none:
      return Level::nothing;
  }
  return Level::nothing;
}

Level agreement_ceiling(Relation relation, const Subject&, const Facts& facts) {
  const bool by_invitation =
      relation == Relation::affected_vendor || relation == Relation::participant;
  const bool applies = relation == Relation::recipient ||
                       (by_invitation && facts.standing.through_agreement != Fact::no);
  if (!applies) {
    return kNoLimit;
  }
  const Agreement& agreement = facts.standing.agreement;
  return agreement.valid == Fact::yes && agreement.in_scope == Fact::yes ? agreement.most
                                                                         : Level::nothing;
}

Level phase_ceiling(Relation relation, const Subject&, const Facts& facts) {
  if (facts.object.phase == Phase::fix_public || is_exempt_from_phase(relation, facts)) {
    return kNoLimit;
  }
  const Exception& exception = facts.standing.exception;
  // An exception raises; it never takes away.
  return exception.approved_by_two == Fact::yes ? std::max(Level::advisory, exception.raises_to)
                                                : Level::advisory;
}

Level label_ceiling(Relation relation, const Subject&, const Facts& facts) {
  const Standing& standing = facts.standing;
  return is_inside(relation) || label_allows(facts.object.label, standing.reach, standing.agreement)
             ? kNoLimit
             : Level::nothing;
}

Level legal_duty_ceiling(Relation relation, const Subject& subject, const Facts& facts) {
  if (subject.bound == Fact::no || facts.object.phase == Phase::fix_public ||
      relation == Relation::author || relation == Relation::handler) {
    return kNoLimit;
  }
  const Exception& exception = facts.standing.exception;
  if (exception.approved_by_two != Fact::yes || !exception.legal_stage) {
    return Level::notice;
  }
  return std::max(Level::notice, std::min(exception.raises_to, *exception.legal_stage));
}

Level embargo_consent_ceiling(Relation relation, const Subject&, const Facts& facts) {
  const Object& object = facts.object;
  return is_inside(relation) || object.embargo == Fact::no || object.embargo_consent == Fact::yes
             ? kNoLimit
             : Level::notice;
}

Level suspension_ceiling(Relation, const Subject& subject, const Facts&) {
  return subject.suspended == Fact::no ? kNoLimit : Level::nothing;
}

Level bar_ceiling(Relation, const Subject& subject, const Facts&) {
  return subject.barred == Fact::no ? kNoLimit : Level::nothing;
}

Level conflict_ceiling(Relation relation, const Subject&, const Facts& facts) {
  return facts.standing.conflict == Fact::no || relation == Relation::author ? kNoLimit
                                                                             : Level::existence;
}

Level delay_ceiling(Relation relation, const Subject&, const Facts& facts) {
  return is_inside(relation) || facts.object.delay == Fact::no ? kNoLimit : Level::existence;
}

}  // namespace weir::policy
