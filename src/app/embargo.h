// The embargo of a case: proposed by whoever takes part, confirmed by the handler, ended by an
// event. Every time is an instant; the hour and zone it was said in are kept in the event.
#pragma once

#include <string>
#include <vector>

#include "app/app.h"
#include "policy/policy.h"

namespace weir::app {

/// `until` is RFC 3339 with an offset. `invalid` for a time that is past.
Status propose_embargo(App& app, const Actor& actor, const std::string& reference,
                       const std::string& until);
/// The shortest proposal stands once the handler confirms it; the others are turned down.
Status confirm_embargo(App& app, const Actor& actor, const std::string& reference);
Status end_embargo(App& app, const Actor& actor, const std::string& reference);
/// The actor's organisation, or the reporter who proposed the embargo, agrees to onward sharing
/// while the embargo lasts.
Status consent_to_sharing(App& app, const Actor& actor, const std::string& reference);

struct EmbargoView {
  Instant until;
  std::string proposed_by;  // organisation; empty: the reporter without an account
  policy::Fact confirmed;   // unknown: open
};

}  // namespace weir::app
