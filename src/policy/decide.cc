#include "policy/ceilings.h"
#include "policy/policy.h"

namespace weir::policy {
namespace {

struct Path {
  Relation relation = Relation::none;
  Level level = Level::exploit;
  Rule rule = Rule::relation;
  Few<Reason, kCeilings> reasons;
};

/// The relations that can show content or existence, in the order that breaks ties.
constexpr std::array kGrants = {Relation::author,          Relation::handler,
                                Relation::affected_vendor, Relation::participant,
                                Relation::recipient,       Relation::coordinator};

Path judge_path(Relation relation, const Subject& subject, const Facts& facts) {
  Path path;
  path.relation = relation;
  for (const NamedCeiling& ceiling : kCeilingList) {
    const Level level = ceiling.limit(relation, subject, facts);
    if (level < Level::exploit) {
      path.reasons.push_back({ceiling.rule, level});
    }
    if (level < path.level) {  // the first of equals is named
      path.level = level;
      path.rule = ceiling.rule;
    }
  }
  return path;
}

/// Each relation is judged with every ceiling, so that a relation that is free of a ceiling cannot
/// lend that freedom to another one's grant.
Path best_path(const Subject& subject, const Facts& facts) {
  std::optional<Path> best;
  for (const Relation relation : kGrants) {
    if (relation_ceiling(relation, subject, facts) == Level::nothing) {
      continue;
    }
    const Path path = judge_path(relation, subject, facts);
    if (!best || path.level > best->level) {
      best = path;
    }
  }
  return best ? *best : judge_path(Relation::none, subject, facts);
}

/// Says what an exception could do: only if nothing but the phase and the legal duty stands at the
/// level that was decided.
void add_possible_exception(const Path& path, Decision& decision) {
  bool phase_limits = false;
  bool duty_limits = false;
  for (const Reason& reason : path.reasons) {
    if (reason.level > path.level) {
      continue;
    }
    if (reason.rule == Rule::legal_duty) {
      duty_limits = true;
    } else if (reason.rule == Rule::phase) {
      phase_limits = true;
    } else {
      return;
    }
  }
  if (phase_limits || duty_limits) {
    decision.conditions.push_back(Condition::two_person_exception);
  }
  if (duty_limits) {
    decision.conditions.push_back(Condition::legal_stage);
  }
}

void take_path(const Path& path, Decision& decision) {
  decision.level = path.level;
  decision.asker = path.level;
  decision.relation = path.relation;
  decision.rule = path.rule;
  decision.reasons = path.reasons;
}

/// What the subject may see, with the public floor: what was published is public.
Decision see(const Subject& subject, const Facts& facts) {
  Decision decision;
  const Path path = best_path(subject, facts);
  const Object& object = facts.object;
  if (object.published == Fact::yes && object.published_level > Level::nothing &&
      object.published_level >= path.level) {
    decision.level = object.published_level;
    decision.asker = object.published_level;
    decision.relation = Relation::everybody;
    decision.rule = Rule::published;
    return decision;
  }
  take_path(path, decision);
  add_possible_exception(path, decision);
  return decision;
}

Decision decide_seeing(const Subject& subject, Action action, const Facts& facts) {
  Decision decision = see(subject, facts);
  decision.action = action;
  decision.wanted = action == Action::read ? facts.object.level : Level::existence;
  const bool reaches = decision.level > Level::nothing && decision.wanted <= decision.level;
  decision.outcome = reaches ? Outcome::allowed : Outcome::refused;
  return decision;
}

Decision decide_acting(const Subject& subject, Action action, const Facts& facts) {
  Decision decision = see(subject, facts);
  const Verdict verdict = judge_action(subject, action, facts);
  decision.action = action;
  decision.wanted = action == Action::publish ? facts.object.level : Level::nothing;
  decision.outcome = verdict.outcome;
  decision.rule = verdict.rule;
  decision.relation = verdict.relation;
  decision.conditions = verdict.conditions;
  return decision;
}

}  // namespace

Decision decide(const Subject& subject, Action action, const Facts& facts) {
  switch (action) {
    case Action::read:
    case Action::see_existence:
      return decide_seeing(subject, action, facts);
    case Action::release:
    case Action::claim:
    case Action::accept:
    case Action::decline:
    case Action::merge:
    case Action::split:
    case Action::add_participant:
    case Action::post_message:
    case Action::state_status:
    case Action::propose_embargo:
    case Action::confirm_embargo:
    case Action::end_embargo:
    case Action::announce_fix:
    case Action::leave_out_vendor:
    case Action::decide_delay:
    case Action::grant_exception:
    case Action::approve:
    case Action::publish:
    case Action::open_custody:
    case Action::defer_opening:
    case Action::erase_key:
    case Action::see_readers:
    case Action::see_custody:
    case Action::keep_clocks:
    case Action::keep_watch_lists:
    case Action::administer:
      return decide_acting(subject, action, facts);
  }
  return {};
}

Decision decide_release(const ReleaseQuestion& question) {
  const Facts decider{question.decider_standing, question.object, question.second};
  Decision decision = decide(question.decider, Action::release, decider);
  decision.wanted = question.wanted;
  if (!decision.is_allowed()) {
    return decision;
  }
  // The recipient as if the release had been made: the organisation is asked for, so the role of
  // one of its users is not.
  Subject recipient = question.recipient;
  recipient.roles.add(Role::recipient);
  Facts facts{question.recipient_standing, question.object, question.second};
  facts.standing.released = Fact::yes;
  facts.standing.released_level = question.wanted;
  facts.standing.recalled = Fact::no;
  const Path path = judge_path(Relation::recipient, recipient, facts);

  const Level asker = decision.asker;
  decision.conditions = {};
  take_path(path, decision);
  decision.asker = asker;
  if (path.level < question.wanted || question.wanted == Level::nothing) {
    decision.outcome = Outcome::refused;
    add_possible_exception(path, decision);
    return decision;
  }
  decision.relation = Relation::handler;  // the ground on which the decider gives
  const bool before_fix = question.object.phase != Phase::fix_public;
  if (question.wanted <= Level::notice || !before_fix) {
    return decision;
  }
  if (question.recipient.bound != Fact::no) {
    decision.conditions.push_back(Condition::count_in_public);
  }
  if (!is_approved(question.second)) {
    decision.outcome = Outcome::needs_second;
    decision.rule = Rule::second_person;
    decision.conditions.push_back(Condition::second_person);
  }
  return decision;
}

Record record_owed(const Decision& decision, const Showing& showing) {
  const bool sees = decision.action == Action::read || decision.action == Action::see_existence;
  if (!sees || !decision.is_allowed() || showing.shows_bytes == Fact::no) {
    return Record::nothing;
  }
  switch (decision.relation) {
    case Relation::author:       // their own bytes
    case Relation::coordinator:  // the queue: reference, age and size
    case Relation::everybody:    // public
      return Record::nothing;
    case Relation::handler:
    case Relation::affected_vendor:
    case Relation::participant:
    case Relation::recipient:
    case Relation::administrator:
    case Relation::auditor:
    case Relation::none:
      return showing.seen_before == Fact::yes && showing.within_a_day == Fact::yes
                 ? Record::repeat_read
                 : Record::access;
  }
  return Record::access;
}

}  // namespace weir::policy
