// How the law's clocks were kept: on-time share, lead time, time to fix, per regime, sector and
// quarter. For an organisation about itself; for the public about all, without small numbers.
//
// The public sees quarters that have been closed. A quarter is closed once, kSettling after its
// end: its figures are made, stored, and never change, and each duty in them is marked, so that it
// counts in public once and no later correction can be told apart by asking twice. A duty of which
// the platform learns later counts in the quarter that is closed next. What is said of a cell: see
// duty_cells.h. Why: docs/decisions/0031-closed-quarters.md.
//
// Definitions: docs/clocks.md, "Statistics"; every table names them. Thread rule: as app.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/clocks.h"

namespace weir::app {

inline constexpr std::int64_t kFewestDuties = 5;
inline constexpr std::int64_t kFewestOrganisations = 3;
inline constexpr std::int64_t kMostOfOnePercent = 50;  // of what a public number is made from
inline constexpr Duration kSettling = std::chrono::hours(24 * 30);
inline constexpr std::string_view kNoSector = "none";
inline constexpr std::string_view kSeveralSectors = "several";

/// One cell. Parts of an hour, minute or percent are cut.
struct Figures {
  std::string regime;
  std::string sector;  // or kNoSector, kSeveralSectors
  std::string period;  // "2026-Q4": when the duty was due
  std::int64_t duties = 0;
  std::int64_t on_time = 0;
  std::int64_t late = 0;  // met late, or overdue
  std::int64_t on_time_percent = 0;
  std::optional<std::int64_t> median_lead_minutes;  // before the due instant, of those on time
  std::optional<std::int64_t> median_fix_hours;     // from flaw_known to fix_public
};
/// Of the actor's organisation, counted now. Sorted by regime, sector, period.
Result<std::vector<Figures>> statistics(App& app, const Laws& laws, const Actor& actor);
/// Of everybody, to anybody: the closed quarters, in the same order. Writes nothing.
Result<std::vector<Figures>> public_statistics(App& app);
/// RFC 4180, a line for each cell, with the address of the definitions in its last column.
std::string statistics_csv(const std::vector<Figures>& figures);
inline constexpr std::string_view kDefinitions = "docs/clocks.md#statistics";

/// Closes the quarters whose time has come, and answers how many that were. Part of run_clocks();
/// the obligations must be fresh. Calling it twice is the same as once.
Result<std::int64_t> close_quarters(App& app);

/// "2026-Q4", in UTC.
std::string quarter_of(Instant at);
/// The first instant of the quarter of `at`.
Instant quarter_start(Instant at);
/// The middle one, of an even number the lower of the two; nothing of none.
std::optional<std::int64_t> median(std::vector<std::int64_t> numbers);

}  // namespace weir::app
