#include <fmt/format.h>

#include "policy/policy.h"

namespace weir::policy {
namespace {

// Stored and shown: the order is that of the enums.
constexpr std::array<std::string_view, 3> kFacts = {"no", "yes", "unknown"};
constexpr std::array<std::string_view, 6> kLabels = {"clear",        "green", "amber",
                                                     "amber_strict", "red",   "unknown"};
constexpr std::array<std::string_view, 4> kPhases = {"no_fix", "fix_exists", "fix_public",
                                                     "unknown"};
constexpr std::array<std::string_view, 4> kReaches = {"by_name", "as_client", "by_class",
                                                      "unknown"};
constexpr std::array<std::string_view, 8> kStates = {"received", "claimed", "open",   "declined",
                                                     "spam",     "merged",  "closed", "unknown"};
constexpr std::array<std::string_view, 5> kRoleNames = {"administrator", "coordinator", "recipient",
                                                        "reporter", "auditor"};
constexpr std::array<std::string_view, 28> kActions = {"read",
                                                       "see_existence",
                                                       "release",
                                                       "claim",
                                                       "accept",
                                                       "decline",
                                                       "merge",
                                                       "split",
                                                       "add_participant",
                                                       "post_message",
                                                       "state_status",
                                                       "propose_embargo",
                                                       "confirm_embargo",
                                                       "end_embargo",
                                                       "announce_fix",
                                                       "leave_out_vendor",
                                                       "decide_delay",
                                                       "grant_exception",
                                                       "approve",
                                                       "publish",
                                                       "open_custody",
                                                       "defer_opening",
                                                       "erase_key",
                                                       "see_readers",
                                                       "see_custody",
                                                       "keep_clocks",
                                                       "keep_watch_lists",
                                                       "administer"};
constexpr std::array<std::string_view, 10> kRelations = {
    "author",      "handler",       "affected_vendor", "participant", "recipient",
    "coordinator", "administrator", "auditor",         "everybody",   "none"};
constexpr std::array<std::string_view, 15> kRules = {
    "relation",       "agreement",  "phase",
    "label",          "legal_duty", "embargo_consent",
    "suspension",     "bar",        "conflict_of_interest",
    "delay_decision", "published",  "standing",
    "case_state",     "embargo",    "second_person"};
constexpr std::array<std::string_view, 5> kConditions = {
    "second_person", "two_person_exception", "legal_stage", "count_in_public", "class_and_country"};
constexpr std::array<std::string_view, 3> kOutcomes = {"refused", "needs_second", "allowed"};

template <class Enum, std::size_t kSize>
std::string_view at(const std::array<std::string_view, kSize>& names, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  CHECK(index < kSize);
  return names[index];
}

}  // namespace

std::string_view name(Fact fact) {
  return at(kFacts, fact);
}
std::string_view name(Label label) {
  return at(kLabels, label);
}
std::string_view name(Phase phase) {
  return at(kPhases, phase);
}
std::string_view name(Reach reach) {
  return at(kReaches, reach);
}
std::string_view name(CaseState state) {
  return at(kStates, state);
}
std::string_view name(Role role) {
  return at(kRoleNames, role);
}
std::string_view name(Action action) {
  return at(kActions, action);
}
std::string_view name(Relation relation) {
  return at(kRelations, relation);
}
std::string_view name(Rule rule) {
  return at(kRules, rule);
}
std::string_view name(Condition condition) {
  return at(kConditions, condition);
}
std::string_view name(Outcome outcome) {
  return at(kOutcomes, outcome);
}

std::string text(const Decision& decision) {
  std::string line =
      fmt::format("action={} wanted={} outcome={} level={} relation={} rule={}",
                  name(decision.action), weir::name(decision.wanted), name(decision.outcome),
                  weir::name(decision.level), name(decision.relation), name(decision.rule));
  std::string_view separator = " reasons=";
  for (const Reason& reason : decision.reasons) {
    line += fmt::format("{}{}:{}", separator, name(reason.rule), weir::name(reason.level));
    separator = ",";
  }
  separator = " conditions=";
  for (const Condition condition : decision.conditions) {
    line += fmt::format("{}{}", separator, name(condition));
    separator = ",";
  }
  return line;
}

bool existence_is_secret(const Decision& decision) {
  // That there is a platform to administer is no secret.
  return decision.action != Action::administer && decision.asker < Level::existence;
}

Error absent() {
  return {Code::not_found, "there is no such object, or it is not for you"};
}

Error refusal(const Decision& decision) {
  if (existence_is_secret(decision)) {
    return absent();
  }
  return {Code::denied,
          fmt::format("{}: {}, by the rule {}", name(decision.action),
                      decision.outcome == Outcome::needs_second ? "waits for a second person"
                                                                : "not allowed",
                      name(decision.rule))};
}

}  // namespace weir::policy
