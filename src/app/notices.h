// Warnings ahead of time: at steps that an organisation chooses, to one person, and to a second
// when the first does not react: of what a law demands, of the review of a delay of dissemination
// and of its planned end. Whom, where somebody may not act any more or nobody is named:
// notice_rows.h. Planned from rows, so that a server that was down catches up once: of the steps
// that passed meanwhile only the most urgent is given, and never twice.
//
//   next_step()      pure: which step an obligation has reached
//   run_clocks()     what time does by itself: ends delays (delays.h), plans notices, closes
//                    quarters (statistics.h). Call it often; twice is the same as once
//   notices_since()  for whoever sends them. A notice holds references, law, stage and time: no
//                    text of a case. A mail is an `existence` delivery, which its sender records
//   calendar_feed()  the open obligations and delays as iCalendar (RFC 5545)
//
// Thread rule: as app.h. Start with notices_test.cc.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/clocks.h"

namespace weir::app {

inline constexpr std::size_t kMaxSteps = 16;
inline constexpr Duration kLongestStep = std::chrono::hours(24 * 90);
inline constexpr std::int64_t kMaxNotices = 1'000;  // of one answer

struct NoticeRule {
  std::vector<Duration> steps;  // before the due instant; 0 is the instant itself
  Duration escalate_after{};
  std::string first;                     // a handle; empty: the administrators
  std::string second;                    // another; empty: the administrators
  std::vector<std::string> tells_now{};  // handles that the next warning would go to; as shown
};
/// A day, six hours and one hour ahead, and when it is due; after two hours to others. To the
/// organisation's administrators, and at the authority to the handler with them.
NoticeRule default_rule();
/// By who manages the organisation. `invalid` for more than kMaxSteps steps, one beyond
/// kLongestStep, or people who are not of the organisation.
Status set_notice_rule(App& app, const Actor& actor, const std::string& organisation,
                       const NoticeRule& rule);

/// The rule in force: what was set, or the default. To who manages the organisation.
Result<NoticeRule> show_notice_rule(App& app, const Actor& actor, const std::string& organisation);

/// The smallest of `steps` whose time (due - step) has come; nothing before the first.
std::optional<Duration> next_step(std::span<const Duration> steps, Instant due, Instant now);

/// Stored by number: append.
enum class About : std::uint8_t { obligation, delay_review, delay_end };
std::string_view name(About about);

struct Notice {
  std::int64_t id = 0;               // ascending, never used twice
  std::vector<std::string> handles;  // whom it is for; empty: nobody could be told
  Warned went = Warned::given;
  std::string organisation;
  About about = About::obligation;
  std::string obligation;  // or empty
  std::string delay;       // or empty
  std::string case_reference;
  std::string regime;  // of an obligation
  std::string stage;
  Instant due;
  Duration step{};
  std::int64_t rung = 1;  // 2: the first did not react
  Instant at;             // when it was planned
  bool seen = false;
};
struct Ran {
  std::int64_t delays_ended = 0;
  std::int64_t notices = 0;
  std::int64_t quarters_closed = 0;  // statistics.h
};
Result<Ran> run_clocks(App& app, const Laws& laws);
/// Seals what was written before the names of laws, stages and events were (clock_seal.h). Called
/// at every start, after the migrations; costs nothing once it is done.
Status seal_old_clocks(App& app);
/// All that is sealed of the clocks under the newest master key: part of its rotation.
Status rewrap_clocks(store::Tx& tx, const Keyring& keyring, Random& random);

/// Those with a higher id, oldest first. For the sender on this machine: asks no gate.
Result<std::vector<Notice>> notices_since(App& app, std::int64_t after, std::int64_t limit);
/// Those of the actor's organisation, newest first.
Result<std::vector<Notice>> notices(App& app, const Actor& actor);
/// Somebody of the organisation has reacted: it does not escalate.
Status mark_seen(App& app, const Actor& actor, std::int64_t notice);

inline constexpr std::size_t kMaxCalendarEvents = 10'000;
/// The open obligations with a due instant that the actor's organisation keeps, at the authority of
/// cases that the actor handles; and the review and planned end of delays in force there. Of more
/// than `most` those that come next before those that are overdue; the calendar's description says
/// so.
Result<std::string> calendar_feed(App& app, const Laws& laws, const Actor& actor,
                                  std::size_t most = kMaxCalendarEvents);
/// RFC 5545 3.1: lines of at most 75 octets, none cut within a character; text escaped as 3.3.11.
std::string calendar_line(std::string_view name, std::string_view text);

}  // namespace weir::app
