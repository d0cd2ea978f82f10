// Working on a case: handling, participants, messages and files, statements and fixes.
//
// Acts that need two people answer Done::waiting_for with a reference; approve() by another user,
// then the same act again by the first, does it.
#pragma once

#include <string>
#include <vector>

#include "app/app.h"
#include "app/intake.h"
#include "policy/policy.h"

namespace weir::app {

inline constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxGroundBytes = 10'000;
inline constexpr std::size_t kMaxBulk = 10'000;

struct Done {
  std::string waiting_for;  // not empty: nothing was done yet, a second person must approve this
  std::string reference;    // of what was made
  bool is_done() const { return waiting_for.empty(); }
};

/// A coordinator takes the case. Whoever handles a case declares first whether it has a conflict of
/// interest in it; with one, or without a word, the gate refuses.
Status claim(App& app, const Actor& actor, const std::string& reference, policy::Fact conflict);
Status accept(App& app, const Actor& actor, const std::string& reference);
enum class Ground { declined, spam };
Status decline(App& app, const Actor& actor, const std::string& reference, Ground ground,
               const std::string& text);
/// Claims and declines as spam, all or none. The record of each says so.
Status decline_all_as_spam(App& app, const Actor& actor, const std::vector<std::string>& references,
                           policy::Fact conflict);
/// What is in `from` goes on in `into`; both streams say so. The bytes stay where they are. Of
/// label, embargo, delay, conflicts of interest and consents the stricter holds.
Status merge(App& app, const Actor& actor, const std::string& from, const std::string& into);
/// A new case for one vulnerability of this one; both streams say so. Its participants, label and
/// handler come along. Returns its reference.
Result<std::string> split(App& app, const Actor& actor, const std::string& reference,
                          std::int64_t vulnerability);

struct NewParticipant {
  std::string organisation;
  enum class As { vendor, coordinator, other } as = As::other;
  Level level = Level::advisory;                // of an invited one; a vendor sees its own product
  std::vector<std::int64_t> vulnerabilities{};  // that concern a vendor's product; empty: all
};
Status add_participant(App& app, const Actor& actor, const std::string& reference,
                       const NewParticipant& participant);
/// The handler records that a user has a conflict of interest in this case (or has not). One that
/// is recorded cannot be taken back this way: that would be one person opening.
Status set_conflict(App& app, const Actor& actor, const std::string& reference,
                    const std::string& handle, policy::Fact conflict);

struct Message {
  std::string text;
  Level level = Level::technical;
  std::int64_t vulnerability = 0;  // the thread: one per vulnerability, 0 for the whole case
  std::string audience{};          // an organisation: it and the handler alone; empty: all
  /// reporter: whoever filed the report, with or without an account, and the handler alone. How
  /// much of it the reporter may see the gate says: without an account no more than notice before
  /// the fix is public.
  enum class To { participants, reporter } to = To::participants;
};
/// Returns the message's reference. `not_found` for an audience that does not take part, or that
/// the actor is not shown.
Result<std::string> post_message(App& app, const Actor& actor, const std::string& reference,
                                 const Message& message);
Result<std::string> add_attachment(App& app, const Actor& actor, const std::string& reference,
                                   Attachment attachment);

/// What a vendor says of a vulnerability. Stored by number; no answer is an answer of its own.
enum class Answer { none, investigating, affected, not_affected, fix_in_progress };
std::string_view name(Answer answer);
std::optional<Answer> parse_answer(std::string_view text);
struct Statement {
  std::int64_t vulnerability = 0;
  Answer answer = Answer::none;
  std::string text{};  // sealed as an item at advisory level; may be empty
};
Status state_status(App& app, const Actor& actor, const std::string& reference,
                    const Statement& statement);

struct Fix {
  std::int64_t vulnerability = 0;
  std::string vendor{};  // whose fix; empty: the actor's own
  std::string product{};
  policy::Phase phase = policy::Phase::fix_exists;
};
/// By the vendor itself; by the handler for it with a second person.
Result<Done> announce_fix(App& app, const Actor& actor, const std::string& reference,
                          const Fix& fix);
/// A silent vendor no longer holds up the phase. Two people, with a ground.
Result<Done> leave_out_vendor(App& app, const Actor& actor, const std::string& reference,
                              const std::string& vendor, const std::string& ground);

/// The second person: holds for exactly what was asked, once, for seven days from the asking; to
/// open, defer, erase or except also only while nothing else happens in the case. The approver
/// declares whether it has a conflict of interest.
Status approve(App& app, const Actor& actor, const std::string& waiting_for, policy::Fact conflict);

/// What exactly waits for this second person: recorded as `act_shown` before it is shown.
struct AskedAct {
  std::string case_reference;
  std::vector<custody::Field> fields;  // of the event `act_asked`
};
Result<AskedAct> show_waiting(App& app, const Actor& actor, const std::string& waiting_for,
                              policy::Fact conflict);

/// The queue of a coordinator: nothing but reference, age and size until claimed.
struct QueueRow {
  std::string reference;
  Instant received;
  std::int64_t size = 0;
  policy::CaseState state = policy::CaseState::received;
  std::string handler;  // the handle, of those that are claimed
};
/// In the order of receipt, named by their references; `invalid` for a page after what is none.
Result<std::vector<QueueRow>> queue(App& app, const Actor& actor, const Slice& wanted = {});
/// The cases of which the actor is author, handler, participant or recipient: references and
/// states. With a return code: the one that was filed with it. In the order of receipt, named by
/// their references; `invalid` for a page after what is none of them, hidden or absent.
Result<std::vector<QueueRow>> my_cases(App& app, const Actor& actor, const Slice& wanted = {});

struct WaitingRow {
  std::string waiting_for;
  std::string case_reference;
  std::string action;
  std::string asked_by;
};
/// What waits for a second person, for coordinators; by their references.
Result<std::vector<WaitingRow>> waiting(App& app, const Actor& actor, const Slice& wanted = {});

}  // namespace weir::app
