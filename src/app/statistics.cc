#include "app/statistics.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/clock_rows.h"
#include "app/duty_cells.h"

namespace weir::app {
namespace {

std::chrono::year_month_day day_of(Instant at) {
  const std::chrono::sys_time<Duration> time{Duration(at.ms)};
  return std::chrono::floor<std::chrono::days>(time);
}

unsigned quarter_number(std::chrono::year_month_day day) {
  return (static_cast<unsigned>(day.month()) - 1) / 3 + 1;
}

std::string shown(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : "";
}

}  // namespace

std::string quarter_of(Instant at) {
  const auto day = day_of(at);
  return fmt::format("{}-Q{}", static_cast<int>(day.year()), quarter_number(day));
}

Instant quarter_start(Instant at) {
  const auto day = day_of(at);
  const std::chrono::month first{(quarter_number(day) - 1) * 3 + 1};
  const std::chrono::sys_time<Duration> start = std::chrono::sys_days(day.year() / first / 1);
  return {start.time_since_epoch().count()};
}

std::optional<std::int64_t> median(std::vector<std::int64_t> numbers) {
  if (numbers.empty()) {
    return std::nullopt;
  }
  std::ranges::sort(numbers);
  return numbers[(numbers.size() - 1) / 2];
}

Result<std::vector<Figures>> statistics(App& app, const Laws& laws, const Actor& actor) {
  TRY(refresh(app, laws));
  const auto tx = TRY(app.db.read());
  const std::int64_t keeper = TRY(load_keeper(*tx, app, actor, Scope::read)).organisation.id;
  const auto fixes = TRY(hours_to_fix(*tx, app, keeper));
  std::vector<std::pair<Duty, std::string>> duties;
  for (Duty& duty : TRY(settled_duties(*tx, app, keeper, {kNoTime}, Counted::either_way))) {
    std::string period = quarter_of({duty.due_ms});
    duties.emplace_back(std::move(duty), std::move(period));
  }
  std::vector<Figures> all;
  for (const auto& [name, cell] : TRY(cells_of(*tx, duties))) {
    all.push_back(figures_of(name, cell, fixes));
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
