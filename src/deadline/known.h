// Private to deadline/: when what is known to have happened did.
#pragma once

#include <array>
#include <limits>

#include "deadline/deadline.h"

namespace weir::deadline {

inline constexpr Instant kNever{std::numeric_limits<std::int64_t>::max()};

/// Facts as times: for each event the earliest that stands, or kNever.
class Known {
 public:
  Known(const Rules& rules, const History& history, Instant now);

  /// Takes the filings of this version's stages into account, too.
  void look_at(std::uint16_t regime, std::uint16_t version);
  /// When it was fulfilled, or kNever.
  Instant time(const Condition& condition) const;
  Instant time(const Any& any) const;
  Instant event(std::uint8_t event) const { return events_[event]; }
  Instant filed(std::size_t stage) const { return stages_[stage]; }
  /// The first filing of another stage that gave all of `required`.
  Instant provided(std::size_t stage, std::uint64_t required) const;

 private:
  History history_;  // views of what the caller keeps
  Instant now_;
  std::uint16_t regime_ = 0;
  std::uint16_t version_ = 0;
  std::array<Instant, kMaxEvents> events_;
  std::array<Instant, kMaxStages> stages_;
};

/// Whether no other fact supersedes it.
bool stands(std::span<const Fact> facts, const Fact& fact);

/// The entry of `position` for that version, or null.
const Position::Entry* find_entry(const Position& position, const StageRef& ref);

/// What came of one limit of a stage; absent if it does not run yet.
std::optional<End> end_of_limit(const Limit& limit, Instant start, const Place& place,
                                const Known& known);
/// It was over before the stage began, and by its law such a one does not count. Of others that do
/// the stage begins overdue.
bool has_lapsed(const Limit& limit, const End& end, Instant start);
/// The entries that govern this case, with the time at which it fell under each.
struct Governing {
  const Position::Entry* entry;
  Instant opened;
};
std::vector<Governing> governing(const Rules& rules, const Position& position, Known& known);

}  // namespace weir::deadline
