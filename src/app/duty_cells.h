// Private to app/: what statistics count, and the cells that they count it in.
//
// A cell is of one regime, one sector and one period. An organisation is in one sector: "none"
// where its profile names none, "several" where it names more than one, so that the cells of a
// period share no duty and cannot be subtracted from each other.
//
// Thread rule: in the caller's transaction.
#pragma once

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/statistics.h"

namespace weir::app {

/// A duty with a fixed time that an organisation keeps for itself.
struct Duty {
  std::int64_t id = 0;
  std::string regime;
  std::int64_t organisation = 0;
  std::int64_t case_file = 0;
  deadline::State state = deadline::State::met;
  std::int64_t due_ms = 0;
  std::int64_t last_ms = 0;  // until then it is still on time
  std::optional<std::int64_t> met_ms;
};
enum class Counted : std::uint8_t { either_way, not_yet };  // in a public quarter
/// Those that are settled at `now` (met, met late, or overdue) and were due before `before`; of one
/// keeper, or of all (0).
Result<std::vector<Duty>> settled_duties(const store::Tx& tx, const App& app, std::int64_t keeper,
                                         Instant before, Counted counted);

using CaseOf = std::pair<std::int64_t, std::int64_t>;  // case, organisation
/// From `flaw_known` to `fix_public`, where both stand.
using HoursToFix = std::map<CaseOf, std::int64_t>;
Result<HoursToFix> hours_to_fix(const store::Tx& tx, const App& app, std::int64_t keeper);

/// Numbers and whose they are.
class Sample {
 public:
  void add(std::int64_t organisation, std::int64_t number);
  [[nodiscard]] std::size_t size() const { return numbers_.size(); }
  [[nodiscard]] std::optional<std::int64_t> middle() const { return median(numbers_); }
  /// Whether it tells of many: at least kFewestDuties numbers, of at least kFewestOrganisations,
  /// and of none more than kMostOfOnePercent.
  [[nodiscard]] bool is_of_many() const;

 private:
  std::vector<std::int64_t> numbers_;
  std::map<std::int64_t, std::int64_t> shares_;  // by organisation
};

struct Cell {
  Sample duties;  // 1 where it was on time, else 0
  std::int64_t on_time = 0;
  Sample leads;  // minutes
  std::map<CaseOf, std::int64_t> cases;
};
using CellName = std::array<std::string, 3>;  // regime, sector, period
using Cells = std::map<CellName, Cell>;

/// Counts duties, each in the period that goes with it.
Result<Cells> cells_of(const store::Tx& tx,
                       const std::vector<std::pair<Duty, std::string>>& duties);
/// To the minute and hour: for the organisation itself.
Figures figures_of(const CellName& name, const Cell& cell, const HoursToFix& fixes);
/// For everybody: nothing of a cell that is not of many, medians in whole hours and days, and none
/// that is not of many.
std::optional<Figures> public_figures_of(const CellName& name, const Cell& cell,
                                         const HoursToFix& fixes);

}  // namespace weir::app
