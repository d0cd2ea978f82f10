// How the law's clocks were kept: on-time share, lead time, time to fix, per regime, sector and
// quarter. For an organisation about itself; for the public about all, without small numbers.
//
// Public figures are of quarters that are over, and of cells with at least kFewestDuties duties of
// at least kFewestOrganisations organisations; the others are not listed at all, and no totals are
// given beside the cells that would give them away. Only what organisations keep about themselves
// is counted.
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

/// One cell. Halves of an hour or day are cut.
struct Figures {
  std::string regime;
  std::string sector;  // "none" where the profile names none
  std::string period;  // "2026-Q4": when the duty was due
  std::int64_t duties = 0;
  std::int64_t on_time = 0;
  std::int64_t late = 0;  // met late, or overdue
  std::int64_t on_time_percent = 0;
  std::optional<std::int64_t> median_lead_minutes;  // before the due instant, of those on time
  std::optional<std::int64_t> median_fix_hours;     // from flaw_known to fix_public
};
enum class Audience : std::uint8_t { own, everybody };
/// Sorted by regime, sector, period. `own`: of the actor's organisation. `everybody`: to anybody.
Result<std::vector<Figures>> statistics(App& app, const Laws& laws, const Actor& actor,
                                        Audience audience);
/// RFC 4180, a line for each cell, with the address of the definitions in its last column.
std::string statistics_csv(const std::vector<Figures>& figures);
inline constexpr std::string_view kDefinitions = "docs/clocks.md#statistics";

/// "2026-Q4", in UTC.
std::string quarter_of(Instant at);
/// The middle one, of an even number the lower of the two; nothing of none.
std::optional<std::int64_t> median(std::vector<std::int64_t> numbers);

}  // namespace weir::app
