// One law forbids to tell whom another demands to tell: shown side by side, decided by one person,
// confirmed by another of the same organisation, with a ground. Nothing is resolved by the program:
// while a conflict is open, or decided against telling, the stage cannot be submitted.
//
// A decision is for one demanded stage and one prohibition, in one case. Deciding again replaces it
// and needs a confirmation again.
//
// Thread rule: as app.h. Source: invariant 6 of the product; RMSV 9(7) against CRA 14.
#pragma once

#include <string>
#include <vector>

#include "app/clocks.h"

namespace weir::app {

inline constexpr std::size_t kMaxConflictGroundBytes = 10'000;

enum class Choice : std::uint8_t { open, file, withhold };
std::string_view name(Choice choice);

/// One side of it, in the words of the law.
struct LawSide {
  std::string regime;
  std::string title;
  std::string what;  // the prohibition, or the stage
  std::string wording;
  deadline::Citation citation;
};
struct ConflictView {
  std::string conflict;  // its reference
  std::string case_reference;
  LawSide forbids;
  LawSide demands;
  std::vector<std::string> recipients;  // whom the one demands to tell and the other forbids
  std::optional<Instant> due;           // of what is demanded
  Choice choice = Choice::open;
  std::string ground;
  std::string decided_by;
  std::string confirmed_by;  // empty: not yet, and then it does not hold
};
Result<std::vector<ConflictView>> law_conflicts(App& app, const Laws& laws, const Actor& actor,
                                                const std::string& reference);

struct ConflictDecision {
  std::string conflict;
  Choice choice = Choice::withhold;
  std::string ground;
};
Status decide_conflict(App& app, const Laws& laws, const Actor& actor, const std::string& reference,
                       const ConflictDecision& decision);
/// By somebody else of the organisation, who names what was decided. `conflict` if just that does
/// not wait, `denied` to who decided.
Status confirm_conflict(App& app, const Actor& actor, const std::string& reference,
                        const std::string& conflict, Choice choice);

}  // namespace weir::app
