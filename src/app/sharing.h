// Sharing onward: exceptions and delays, and releases. A release is one decision that gives one
// level of a case, as it is now, to named organisations on a stated ground.
#pragma once

#include <string>
#include <vector>

#include "app/cases.h"

namespace weir::app {

inline constexpr std::size_t kMaxRecipients = 100'000;  // of one release

/// Two people let one organisation have more than the phase allows, of what is in the case now:
/// what is added later (a file, a merged report) needs an exception of its own. Above `notice` for
/// one that is bound by law only with the least level of the legal stage that is cited.
struct NewException {
  std::string organisation;
  Level level = Level::technical;
  std::optional<Level> legal_stage{};
  std::string ground{};
};
Result<Done> grant_exception(App& app, const Actor& actor, const std::string& reference,
                             const NewException& exception);

/// Dissemination is withheld, by the handler, with a ground and a planned end; ends by end_delay(),
/// or by itself. Under a law: delays.h.
Status decide_delay(App& app, const Actor& actor, const std::string& reference,
                    const std::string& ground, const std::string& until);
Status end_delay(App& app, const Actor& actor, const std::string& reference);

struct NewRelease {
  Level level = Level::notice;
  std::vector<std::string> recipients;  // organisations by name
  std::string ground;
};

/// What a release would do, recipient by recipient, before anything is decided.
struct PreviewRow {
  std::string organisation;
  std::string organisation_class;
  std::string country;
  policy::Decision decision;  // of decide_release(): which ceiling decided, and what it would need
  std::int64_t items = 0;     // that it would give
  std::int64_t fresh = 0;     // of these, not given to it before
};
Result<std::vector<PreviewRow>> preview_release(App& app, const Actor& actor,
                                                const std::string& reference,
                                                const NewRelease& release);

/// Decides it. All recipients or none: the first that the gate refuses is named, with its rule.
Result<Done> decide_release(App& app, const Actor& actor, const std::string& reference,
                            const NewRelease& release);
/// No longer for this organisation, from now on. What it has read, it has read.
Status recall_release(App& app, const Actor& actor, const std::string& release,
                      const std::string& organisation);

}  // namespace weir::app
