// What a verification found: alarms, which mean that somebody should explain, and notes.
//
// Kinds are stable names (shown: in JSON, in tests/vectors/custody/bad/*/expect). Thread rule:
// values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::custody {

/// Sorted by what is wrong: bytes, the stream, its place in the log, others' word, the whole log.
enum class Kind {
  // what was handed in
  malformed,      // not the format that it should be
  file_missing,   // the log does not give a file that it must have
  several_logs,   // this verifier handles one log
  second_record,  // two records for one stream, or for one key
  // one event
  skeleton_missing,  // a field of every event is left out or kept back
  skeleton_wrong,    // it has another type or an impossible value
  wrong_origin,      // of another log
  wrong_stream,      // the event names another stream than the record
  wrong_kind,        // the first event is not that of a case, platform or cover
  wrong_key,         // the event commits to another stream key
  // the stream
  gap_in_index,
  broken_chain,
  time_backwards,
  // its place in the log
  wrong_commitment,      // the leaf has the tag, but another content
  not_in_log,            // no leaf has the tag
  misplaced_leaf,        // the leaf stands elsewhere, not in order, or not below as_of
  bracket_violated,      // before, after or as_of are not the archived checkpoints they should be
  time_outside_bracket,  // the event's time contradicts the witnesses' times
  times_unproven,        // note: no cosigned times around some events
  withheld_event,        // the next tag is in the log, below as_of
  later_event,           // note: the next tag is in the log, at or above as_of
  // other words
  missing_link,
  forged_link,
  receipt_invalid,        // it does not verify by itself
  receipt_contradicted,   // the record says something else about its leaf, or its bytes
  receipt_not_in_record,  // the record of its stream lacks it
  receipt_unchecked,      // note: no record of its stream was given
  // the log
  checkpoint_unsigned,
  checkpoint_contradiction,  // two histories are signed
  quorum_missing,            // of the newest checkpoint; note: of older ones
  archive_incomplete,
  wrong_entries,  // entries do not hash to the signed root
  wrong_tile,     // a tile is not what the entries hash to
  duplicate_tag,
  // the audit
  leaf_claimed_twice,
  leaf_unclaimed,          // note: not due yet
  leaf_of_nobody,          // note: no record speaks of it, sound or not
  opening_overdue,         // due, unclaimed, not deferred
  opened_late,             // note: it is open now
  open_by_beyond_ceiling,  // event 0 promised a later opening than the ceiling allows
  deferral_malformed,
  deferral_understated,
  deferral_overstated,
  // what is lost, and logs that end
  history_lost,      // note: the operator says that these leaves are lost
  other_log,         // note: events in another log of the record, which this log cannot confirm
  loss_malformed,    // the event does not say what is lost, or does not stand where it must
  loss_unconfessed,  // an event is said to be lost, but not by an event of the platform
  loss_overstated,   // more leaves are said to be unclaimable than nobody claims
};
inline constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::loss_overstated) + 1;
std::string_view name(Kind kind);

enum class Severity { note, alarm };
std::string_view name(Severity severity);

/// Where: any part may be unknown.
struct Place {
  std::string stream{};
  std::optional<std::uint64_t> index{};
  std::optional<std::uint64_t> leaf{};
};

struct Finding {
  Kind kind;
  Severity severity;
  Place place;
  std::string text;  // one plain sentence
};

/// Collects findings: all are counted, the first kMostKept of each kind are kept.
class Findings {
 public:
  static constexpr std::size_t kMostKept = 1000;

  void alarm(Kind kind, Place place, std::string text);
  void note(Kind kind, Place place, std::string text);
  const std::vector<Finding>& all() const { return kept_; }
  /// How many of a kind there were, alarms and notes.
  std::uint64_t count(Kind kind) const { return counts_[static_cast<std::size_t>(kind)]; }
  std::uint64_t alarms() const { return alarms_; }

 private:
  void add(Finding finding);
  std::vector<Finding> kept_;
  std::array<std::uint64_t, kKinds> counts_{};
  std::uint64_t alarms_ = 0;
};

}  // namespace weir::custody
