#include "app/duty_cells.h"

#include <algorithm>

#include "app/clock_rows.h"
#include "app/clock_seal.h"

namespace weir::app {
namespace {

using deadline::State;

constexpr std::int64_t kMsInMinute = 60'000;
constexpr std::int64_t kMsInHour = 3'600'000;
constexpr std::int64_t kMinutesInHour = 60;
constexpr std::int64_t kHoursInDay = 24;

constexpr std::string_view kDuties =
    "SELECT ref, sealed, organisation, case_file, state, due_ms, met_ms, id FROM obligation WHERE "
    "keeper = organisation AND state IN (1, 4, 5) AND due_ms < $1 AND ($2 = 0 OR keeper = $2) AND "
    "($3 = 0 OR counted IS NULL)";

/// Whoever keeps clocks of its own.
constexpr std::string_view kParties =
    "SELECT case_file, keeper, organisation FROM clock_party WHERE keeper = organisation AND ($1 = "
    "0 OR keeper = $1)";

/// When each event first happened, as far as a fact of it stands.
std::optional<Instant> first_of(const std::vector<FactRow>& facts, std::string_view event) {
  std::optional<Instant> first;
  for (const FactRow& one : facts) {
    const bool stands = one.event == event && one.says == deadline::Fact::Says::happened &&
                        std::ranges::none_of(facts, [&](const FactRow& other) {
                          return other.corrects == one.number;
                        });
    if (stands && (!first || one.at < *first)) {
      first = one.at;
    }
  }
  return first;
}

Result<std::string> sector_of(const store::Tx& tx, std::int64_t organisation) {
  const auto profile = TRY(load_profile(tx, organisation));
  if (!profile) {
    return std::string(kNoSector);
  }
  const auto found = profile->attributes.find("sector");
  if (found == profile->attributes.end() || found->second.empty()) {
    return std::string(kNoSector);
  }
  return found->second.size() == 1 ? found->second.front() : std::string(kSeveralSectors);
}

Sample fixes_in(const Cell& cell, const HoursToFix& fixes) {
  Sample sample;
  for (const auto& [one, duties] : cell.cases) {
    if (const auto found = fixes.find(one); found != fixes.end()) {
      sample.add(one.second, found->second);
    }
  }
  return sample;
}

std::optional<std::int64_t> coarse_median(const Sample& sample, std::int64_t unit) {
  const auto middle = sample.middle();
  if (!middle || !sample.is_of_many()) {
    return std::nullopt;
  }
  return *middle / unit * unit;
}

}  // namespace

void Sample::add(std::int64_t organisation, std::int64_t number) {
  numbers_.push_back(number);
  ++shares_[organisation];
}

bool Sample::is_of_many() const {
  const auto count = static_cast<std::int64_t>(numbers_.size());
  return count >= kFewestDuties &&
         static_cast<std::int64_t>(shares_.size()) >= kFewestOrganisations &&
         std::ranges::all_of(shares_, [&](const auto& share) {
           return share.second * 100 <= count * kMostOfOnePercent;
         });
}

Result<std::vector<Duty>> settled_duties(const store::Tx& tx, const App& app, std::int64_t keeper,
                                         Instant before, Counted counted) {
  struct Row {
    Duty duty;
    std::string reference;
    std::string sealed;
  };
  const Instant now = app.clock.now();
  std::vector<Duty> duties;
  for (Row& one : TRY(tx.all(kDuties,
                             {std::min(before.ms, kNoTime), keeper,
                              std::int64_t{counted == Counted::not_yet ? 1 : 0}},
                             [](const store::Row& row) {
                               Row found{{}, row.text(0), row.blob(1)};
                               found.duty.organisation = row.integer(2);
                               found.duty.case_file = row.integer(3);
                               found.duty.state = static_cast<State>(row.integer(4));
                               found.duty.due_ms = row.integer(5);
                               if (!row.is_null(6)) {
                                 found.duty.met_ms = row.integer(6);
                               }
                               found.duty.id = row.integer(7);
                               return found;
                             }))) {
    SealedStage stage = TRY(open_stage(app, one.reference, one.sealed));
    if (one.duty.state == State::running && now.ms <= stage.last_ms) {
      continue;
    }
    one.duty.regime = std::move(stage.regime);
    one.duty.last_ms = stage.last_ms;
    duties.push_back(std::move(one.duty));
  }
  return duties;
}

Result<HoursToFix> hours_to_fix(const store::Tx& tx, const App& app, std::int64_t keeper) {
  HoursToFix found;
  for (const Party& party : TRY(tx.all(kParties, {keeper}, [](const store::Row& row) {
         return Party{row.integer(0), row.integer(1), row.integer(2)};
       }))) {
    const std::vector<FactRow> facts = TRY(load_facts(tx, app, party));
    const auto known = first_of(facts, "flaw_known");
    const auto fixed = first_of(facts, "fix_public");
    if (known && fixed && *fixed >= *known) {
      found[{party.case_file, party.organisation}] = (*fixed - *known).count() / kMsInHour;
    }
  }
  return found;
}

Result<Cells> cells_of(const store::Tx& tx,
                       const std::vector<std::pair<Duty, std::string>>& duties) {
  Cells cells;
  std::map<std::int64_t, std::string> sectors;
  for (const auto& [duty, period] : duties) {
    if (!sectors.contains(duty.organisation)) {
      sectors[duty.organisation] = TRY(sector_of(tx, duty.organisation));
    }
    Cell& cell = cells[{duty.regime, sectors[duty.organisation], period}];
    const bool is_on_time = duty.state == State::met;
    cell.duties.add(duty.organisation, is_on_time ? 1 : 0);
    cell.on_time += is_on_time ? 1 : 0;
    ++cell.cases[{duty.case_file, duty.organisation}];
    if (is_on_time && duty.met_ms && *duty.met_ms <= duty.due_ms) {
      cell.leads.add(duty.organisation, (duty.due_ms - *duty.met_ms) / kMsInMinute);
    }
  }
  return cells;
}

Figures figures_of(const CellName& name, const Cell& cell, const HoursToFix& fixes) {
  Figures figures;
  figures.regime = name[0];
  figures.sector = name[1];
  figures.period = name[2];
  figures.duties = static_cast<std::int64_t>(cell.duties.size());
  figures.on_time = cell.on_time;
  figures.late = figures.duties - cell.on_time;
  figures.on_time_percent = cell.on_time * 100 / figures.duties;
  figures.median_lead_minutes = cell.leads.middle();
  figures.median_fix_hours = fixes_in(cell, fixes).middle();
  return figures;
}

std::optional<Figures> public_figures_of(const CellName& name, const Cell& cell,
                                         const HoursToFix& fixes) {
  if (!cell.duties.is_of_many()) {
    return std::nullopt;
  }
  Figures figures = figures_of(name, cell, fixes);
  figures.median_lead_minutes = coarse_median(cell.leads, kMinutesInHour);
  figures.median_fix_hours = coarse_median(fixes_in(cell, fixes), kHoursInDay);
  return figures;
}

}  // namespace weir::app
