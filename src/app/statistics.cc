#include "app/statistics.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "app/clock_rows.h"
#include "app/clock_seal.h"

namespace weir::app {
namespace {

using deadline::State;

constexpr std::int64_t kMsInMinute = 60'000;
constexpr std::int64_t kMsInHour = 3'600'000;

/// A duty with a fixed time that is settled: met, met late, or overdue.
struct Duty {
  std::string regime;
  std::int64_t organisation = 0;
  std::int64_t case_file = 0;
  State state = State::met;
  std::int64_t due_ms = 0;
  std::int64_t last_ms = 0;
  std::optional<std::int64_t> met_ms;
};

constexpr std::string_view kDuties =
    "SELECT ref, sealed, organisation, case_file, state, due_ms, met_ms FROM obligation WHERE "
    "keeper = organisation AND state IN (1, 4, 5) AND due_ms < $1 AND ($2 = 0 OR keeper = $2)";

/// Whoever keeps clocks of its own.
constexpr std::string_view kParties =
    "SELECT case_file, keeper, organisation FROM clock_party WHERE keeper = organisation AND ($1 = "
    "0 OR keeper = $1)";

using CaseOf = std::pair<std::int64_t, std::int64_t>;  // case, organisation

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

Result<std::map<CaseOf, std::int64_t>> hours_to_fix(const store::Tx& tx, const App& app,
                                                    std::int64_t keeper) {
  std::map<CaseOf, std::int64_t> hours;
  for (const Party& party : TRY(tx.all(kParties, {keeper}, [](const store::Row& row) {
         return Party{row.integer(0), row.integer(1), row.integer(2)};
       }))) {
    const std::vector<FactRow> facts = TRY(load_facts(tx, app, party));
    const auto known = first_of(facts, "flaw_known");
    const auto fixed = first_of(facts, "fix_public");
    if (known && fixed && *fixed >= *known) {
      hours[{party.case_file, party.organisation}] = (*fixed - *known).count() / kMsInHour;
    }
  }
  return hours;
}

/// Everything that counts in one cell.
struct Cell {
  std::int64_t duties = 0;
  std::int64_t on_time = 0;
  std::vector<std::int64_t> leads;
  std::set<CaseOf> cases;
  std::set<std::int64_t> organisations;
};

void count(Cell& cell, const Duty& duty) {
  ++cell.duties;
  cell.cases.insert({duty.case_file, duty.organisation});
  cell.organisations.insert(duty.organisation);
  if (duty.state == State::met) {
    ++cell.on_time;
    if (duty.met_ms && *duty.met_ms <= duty.due_ms) {
      cell.leads.push_back((duty.due_ms - *duty.met_ms) / kMsInMinute);
    }
  }
}

using CellName = std::array<std::string, 3>;

Result<std::vector<std::string>> sectors_of(const store::Tx& tx, std::int64_t organisation) {
  const auto profile = TRY(load_profile(tx, organisation));
  if (profile) {
    const auto found = profile->attributes.find("sector");
    if (found != profile->attributes.end() && !found->second.empty()) {
      return found->second;
    }
  }
  return std::vector<std::string>{"none"};
}

Result<std::vector<Duty>> duties_of(const store::Tx& tx, const App& app, std::int64_t keeper) {
  struct Row {
    Duty duty;
    std::string reference;
    std::string sealed;
  };
  std::vector<Duty> duties;
  for (Row& one : TRY(tx.all(kDuties, {kNoTime, keeper}, [](const store::Row& row) {
         Row found{{}, row.text(0), row.blob(1)};
         found.duty.organisation = row.integer(2);
         found.duty.case_file = row.integer(3);
         found.duty.state = static_cast<State>(row.integer(4));
         found.duty.due_ms = row.integer(5);
         if (!row.is_null(6)) {
           found.duty.met_ms = row.integer(6);
         }
         return found;
       }))) {
    SealedStage stage = TRY(open_stage(app, one.reference, one.sealed));
    one.duty.regime = std::move(stage.regime);
    one.duty.last_ms = stage.last_ms;
    duties.push_back(std::move(one.duty));
  }
  return duties;
}

Result<std::map<CellName, Cell>> cells_of(const store::Tx& tx, const App& app, std::int64_t keeper,
                                          Audience audience) {
  const Instant now = app.clock.now();
  const std::vector<Duty> duties = TRY(duties_of(tx, app, keeper));
  std::map<CellName, Cell> cells;
  std::map<std::int64_t, std::vector<std::string>> sectors;
  for (const Duty& duty : duties) {
    const bool is_pending = duty.state == State::running && now.ms <= duty.last_ms;
    const std::string period = quarter_of({duty.due_ms});
    if (is_pending || (audience == Audience::everybody && period >= quarter_of(now))) {
      continue;
    }
    if (!sectors.contains(duty.organisation)) {
      sectors[duty.organisation] = TRY(sectors_of(tx, duty.organisation));
    }
    for (const std::string& sector : sectors[duty.organisation]) {
      count(cells[{duty.regime, sector, period}], duty);
    }
  }
  return cells;
}

Figures figures_of(const CellName& name, const Cell& cell,
                   const std::map<CaseOf, std::int64_t>& fixes) {
  Figures figures;
  figures.regime = name[0];
  figures.sector = name[1];
  figures.period = name[2];
  figures.duties = cell.duties;
  figures.on_time = cell.on_time;
  figures.late = cell.duties - cell.on_time;
  figures.on_time_percent = cell.on_time * 100 / cell.duties;
  figures.median_lead_minutes = median(cell.leads);
  std::vector<std::int64_t> hours;
  for (const CaseOf& one : cell.cases) {
    if (const auto found = fixes.find(one); found != fixes.end()) {
      hours.push_back(found->second);
    }
  }
  figures.median_fix_hours = median(std::move(hours));
  return figures;
}

/// How many organisations stand behind a median: of few, it would be one of theirs.
bool is_large(const Cell& cell) {
  return cell.duties >= kFewestDuties &&
         static_cast<std::int64_t>(cell.organisations.size()) >= kFewestOrganisations;
}

void hide_small_medians(const Cell& cell, const std::map<CaseOf, std::int64_t>& fixes,
                        Figures& figures) {
  std::set<std::int64_t> fixing;
  for (const CaseOf& one : cell.cases) {
    if (fixes.contains(one)) {
      fixing.insert(one.second);
    }
  }
  if (static_cast<std::int64_t>(fixing.size()) < kFewestOrganisations) {
    figures.median_fix_hours.reset();
  }
  if (static_cast<std::int64_t>(cell.leads.size()) < kFewestDuties) {
    figures.median_lead_minutes.reset();
  }
}

std::string shown(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : "";
}

}  // namespace

std::string quarter_of(Instant at) {
  const std::chrono::sys_time<Duration> time{Duration(at.ms)};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  const unsigned quarter = (static_cast<unsigned>(day.month()) - 1) / 3 + 1;
  return fmt::format("{}-Q{}", static_cast<int>(day.year()), quarter);
}

std::optional<std::int64_t> median(std::vector<std::int64_t> numbers) {
  if (numbers.empty()) {
    return std::nullopt;
  }
  std::ranges::sort(numbers);
  return numbers[(numbers.size() - 1) / 2];
}

Result<std::vector<Figures>> statistics(App& app, const Laws& laws, const Actor& actor,
                                        Audience audience) {
  TRY(refresh(app, laws));
  const auto tx = TRY(app.db.read());
  std::int64_t keeper = 0;
  if (audience == Audience::own) {
    keeper = TRY(load_keeper(*tx, app, actor, Scope::read)).organisation.id;
  }
  const auto fixes = TRY(hours_to_fix(*tx, app, keeper));
  const auto cells = TRY(cells_of(*tx, app, keeper, audience));
  std::vector<Figures> all;
  for (const auto& [name, cell] : cells) {
    if (audience == Audience::everybody && !is_large(cell)) {
      continue;
    }
    all.push_back(figures_of(name, cell, fixes));
    if (audience == Audience::everybody) {
      hide_small_medians(cell, fixes, all.back());
    }
  }
  return all;
}

std::string statistics_csv(const std::vector<Figures>& figures) {
  std::string out =
      "regime,sector,period,duties,on_time,late,on_time_percent,median_lead_minutes,"
      "median_fix_hours,definitions\r\n";
  for (const Figures& one : figures) {
    out += fmt::format("{},{},{},{},{},{},{},{},{},{}\r\n", one.regime, one.sector, one.period,
                       one.duties, one.on_time, one.late, one.on_time_percent,
                       shown(one.median_lead_minutes), shown(one.median_fix_hours), kDefinitions);
  }
  return out;
}

}  // namespace weir::app
