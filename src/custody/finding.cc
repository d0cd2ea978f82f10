#include "custody/finding.h"

#include <utility>

namespace weir::custody {
namespace {

constexpr std::array<std::string_view, kKinds> kNames = {
    "malformed",
    "file_missing",
    "several_logs",
    "second_record",
    "skeleton_missing",
    "skeleton_wrong",
    "wrong_origin",
    "wrong_stream",
    "wrong_kind",
    "wrong_key",
    "gap_in_index",
    "broken_chain",
    "time_backwards",
    "wrong_commitment",
    "not_in_log",
    "misplaced_leaf",
    "bracket_violated",
    "time_outside_bracket",
    "times_unproven",
    "withheld_event",
    "later_event",
    "missing_link",
    "forged_link",
    "receipt_invalid",
    "receipt_contradicted",
    "receipt_not_in_record",
    "receipt_unchecked",
    "checkpoint_unsigned",
    "checkpoint_contradiction",
    "quorum_missing",
    "archive_incomplete",
    "wrong_entries",
    "wrong_tile",
    "duplicate_tag",
    "leaf_claimed_twice",
    "leaf_unclaimed",
    "leaf_of_nobody",
    "opening_overdue",
    "opened_late",
    "open_by_beyond_ceiling",
    "deferral_malformed",
    "deferral_understated",
    "deferral_overstated",
    "history_lost",
    "other_log",
    "loss_malformed",
    "loss_unconfessed",
    "loss_overstated",
};
static_assert(!kNames.back().empty());

}  // namespace

std::string_view name(Kind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view name(Severity severity) {
  return severity == Severity::alarm ? "alarm" : "note";
}

void Findings::alarm(Kind kind, Place place, std::string text) {
  add({kind, Severity::alarm, std::move(place), std::move(text)});
}

void Findings::note(Kind kind, Place place, std::string text) {
  add({kind, Severity::note, std::move(place), std::move(text)});
}

void Findings::add(Finding finding) {
  alarms_ += finding.severity == Severity::alarm ? 1 : 0;
  if (++counts_[static_cast<std::size_t>(finding.kind)] <= kMostKept) {
    kept_.push_back(std::move(finding));
  }
}

}  // namespace weir::custody
