// Statutory clocks: what happened in a case and when, entered once, and what is due from it under
// every law that concerns the organisation.
//
//   enter_fact()    a fact, with its source and evidence; a correction supersedes, nothing erases
//   board()         obligations by hours left; explain_obligation(): how one came to its instant
//   refresh()       derives again what was derived under other laws
//
// Clocks belong to the organisation that keeps them: its users alone see them. It keeps its own;
// the handler of a case may also keep, for the authority, those of an organisation that takes part
// (`organisation` in what follows), as the authority knows the facts. Two keepers never mix.
//
// What stands where: source and evidence are fields of the event `fact_entered`, sealed like every
// event. What happened, and which law a duty is of, is sealed in its row (decision 0029): whoever
// holds the database file alone sees who keeps clocks in which case and when something is due
// (docs/clocks.md, "What is not hidden").
//
// Invariants: those of deadline.h. The rows of `obligation` are only what derive() gave: they can
// be made again from facts, filings and profiles at any time.
//
// Thread rule: as app.h. Start with clocks_test.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/app.h"
#include "app/profiles.h"

namespace weir::app {

inline constexpr std::int64_t kMaxFacts = 1'000;  // of one organisation in one case
inline constexpr std::size_t kMaxSourceBytes = 1'000;
inline constexpr std::size_t kMaxEvidenceBytes = 10'000;
inline constexpr std::int64_t kMaxBoardRows = 10'000;

struct NewFact {
  std::string event;  // of the vocabulary: "flaw_known"
  std::string at;     // when it happened or became known, RFC 3339
  std::string source;
  std::string evidence{};
  std::int64_t corrects = 0;  // the number of an earlier fact of the same event, or 0
  deadline::Fact::Says says = deadline::Fact::Says::happened;
  std::string organisation{};  // whose clocks; empty: the actor's own
};
struct Entered {
  std::int64_t number = 0;  // of the fact, in this case, for this organisation
  std::string receipt_id;
  std::string promise;
};
/// `invalid` for a time in the future or before 1970, an unknown event, a correction of what is not
/// there. A time long past is welcome: then it shows what is overdue.
Result<Entered> enter_fact(App& app, const Laws& laws, const Actor& actor,
                           const std::string& reference, const NewFact& fact);

struct FactView {
  std::int64_t number = 0;
  std::string event;
  Instant at;
  deadline::Fact::Says says = deadline::Fact::Says::happened;
  std::int64_t corrects = 0;
  bool stands = true;  // no correction supersedes it, and it takes nothing back
  Instant entered;
  std::string by;  // a handle
  std::string source;
  std::string evidence;
};
/// Oldest first. `organisation` as in NewFact.
Result<std::vector<FactView>> facts(App& app, const Actor& actor, const std::string& reference,
                                    const std::string& organisation = {});

struct BoardFilter {
  std::string regime{};
  std::string organisation{};  // whose clocks
  std::string case_reference{};
  enum class Which { open, all } which = Which::open;
  enum class Whose { all, handled } whose = Whose::all;  // at the authority: of cases one handles
  std::int64_t limit = 100;
  std::string after{};        // BoardPage::next of the page before; empty: from the start
  Scope scope = Scope::read;  // that the actor must have
};
/// How far the last warning of something went: to a channel of somebody, to people of whom none has
/// a channel that news of this case go to, or to nobody, since nobody of the organisation may act.
enum class Warned : std::uint8_t { not_yet, given, no_channel, nobody };
std::string_view name(Warned warned);

struct BoardRow {
  std::string obligation;  // its reference
  std::string case_reference;
  std::string organisation;
  std::string regime;
  std::string stage;
  std::string title;
  deadline::State state = deadline::State::not_triggered;
  std::optional<Instant> due;  // to the minute; none: the law gives no fixed time
  std::optional<Instant> last;
  std::optional<Instant> met;
  deadline::Mark mark = deadline::Mark::unverified;
  bool covered = true;                        // see deadline::End
  std::vector<std::string> contradictions{};  // events for which facts give different times
  Warned warned = Warned::not_yet;
};
struct BoardPage {
  std::vector<BoardRow> rows;
  std::string next;  // where it goes on; BoardFilter::after if there is nothing
  bool more = false;
};
/// What the actor's organisation keeps: due first, those without a fixed time last. `soon` is when
/// an obligation begins to be due soon.
Result<BoardPage> board_page(App& app, const Laws& laws, const Actor& actor,
                             const BoardFilter& filter, const deadline::Settings& settings = {});
/// The rows of one page.
Result<std::vector<BoardRow>> board(App& app, const Laws& laws, const Actor& actor,
                                    const BoardFilter& filter,
                                    const deadline::Settings& settings = {});

struct Explanation {
  BoardRow row;
  std::vector<deadline::Step> steps;
};
Result<Explanation> explain_obligation(App& app, const Laws& laws, const Actor& actor,
                                       const std::string& obligation);

/// Derives again what rests on other laws than these, in portions. Called at start and by board().
Status refresh(App& app, const Laws& laws);

}  // namespace weir::app
