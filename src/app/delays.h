// Delays of dissemination: CRA Art. 16(2) with Delegated Regulation (EU) 2026/881. The receiver
// decides, for a strictly necessary time, on a justified ground; it tells a second body at once,
// with the justification and when it will disseminate; and the delay ends by itself.
//
// "By itself" is an event, `delay_ended` with the reason `expired`, appended by run_clocks() once a
// published checkpoint is later than the planned end: what opens is never a clock reading alone.
//
// Thread rule: as app.h. decide_delay() of sharing.h is the short form: no law, no second body.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/app.h"

namespace weir::app {

/// Grounds of the Delegated Regulation: the nature of the information (Art. 3), a receiver that was
/// breached or cannot keep it confidential (Art. 4), the reporting platform compromised or down.
/// The list of conditions of Art. 3 was not read: the justification says which.
inline constexpr std::array<std::string_view, 3> kDelayGrounds = {
    "nature_of_information", "receiver_not_confidential", "platform_compromised"};

struct NewDelay {
  std::string ground;         // one of kDelayGrounds
  std::string justification;  // 1 to kMaxGroundBytes
  std::string until;          // planned time of dissemination, RFC 3339, in the future
  std::string review;         // when it is looked at again, not after `until`
  std::string second_body;    // the organisation that is told
};
/// By the handler. Of the authority's own clocks it is a fact: dissemination_delayed.
Status delay_dissemination(App& app, const Actor& actor, const std::string& reference,
                           const NewDelay& delay);
struct Told {
  std::string delay;        // DelayView::reference
  std::string second_body;  // that of this delay: whoever records it says whom they told
  std::string note;         // how; 1 to kMaxGroundBytes
};
/// The second body of one delay was told, with justification and planned time. Once for each. Of
/// the authority's own clocks it is a fact, once all that are in force have been told.
Status tell_second_body(App& app, const Actor& actor, const std::string& reference,
                        const Told& told);

inline constexpr std::int64_t kMaxDelayCases = 1'000;  // of one answer of delays_in_force()

struct DelayView {
  std::string reference;
  std::string case_reference;
  Instant decided;
  std::string ground;  // of kDelayGrounds, or empty
  Instant until;
  std::optional<Instant> review;
  std::string second_body;
  std::optional<Instant> told;
  bool in_force = false;
  bool review_is_due = false;
};
/// To the handler.
Result<std::vector<DelayView>> delays(App& app, const Actor& actor, const std::string& reference);
/// Those in force in all cases that the actor handles, by what comes next of each: its review, or
/// its planned end. Of at most kMaxDelayCases cases. Empty for who handles none. `scope`: that the
/// actor must have; for a calendar no token needs to be one that acts.
Result<std::vector<DelayView>> delays_in_force(App& app, const Actor& actor,
                                               Scope scope = Scope::act);

/// Ends every delay whose planned end is behind a published checkpoint. Returns how many.
Result<std::int64_t> expire_delays(App& app);

}  // namespace weir::app
