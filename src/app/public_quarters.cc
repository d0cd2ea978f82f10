#include "app/public_quarters.h"

#include <algorithm>
#include <map>

#include "app/clock_rows.h"
#include "app/duty_cells.h"
#include "app/statistics.h"

namespace weir::app {

// What stands in `public_figures` is public. `counted`: in which closed quarter a duty counts.
const store::Migration kPublicQuartersMigration = {
    "app-0021-public-quarters",
    "CREATE TABLE public_quarter (period TEXT PRIMARY KEY, closed_ms INTEGER NOT NULL) STRICT,"
    " WITHOUT ROWID;"
    "CREATE TABLE public_figures (regime TEXT NOT NULL, sector TEXT NOT NULL, period TEXT NOT NULL"
    " REFERENCES public_quarter (period), duties INTEGER NOT NULL, on_time INTEGER NOT NULL,"
    " lead_minutes INTEGER, fix_hours INTEGER, PRIMARY KEY (regime, sector, period)) STRICT,"
    " WITHOUT ROWID;"
    "ALTER TABLE obligation ADD COLUMN counted TEXT REFERENCES public_quarter (period);"
    "CREATE INDEX obligation_to_count ON obligation (state, due_ms) WHERE counted IS NULL AND"
    " keeper = organisation"};

namespace {

struct Closing {
  std::vector<std::pair<Duty, std::string>> duties;  // and the quarter that each counts in
  std::vector<Figures> figures;
};

/// The first instant that is not in a quarter that may be closed.
Instant open_from(Instant now) {
  return quarter_start(now - kSettling);
}
/// The newest quarter that may be closed.
std::string newest_before(Instant open) {
  return quarter_of({open.ms - 1});
}

/// Empty if there is none.
Result<std::string> last_closed(const store::Tx& tx) {
  return *TRY(tx.one("SELECT COALESCE(MAX(period), '') FROM public_quarter", {},
                     [](const store::Row& row) { return row.text(0); }));
}

Result<bool> is_anything_to_close(const store::Tx& tx, Instant open) {
  if (TRY(last_closed(tx)) >= newest_before(open)) {
    return false;
  }
  const auto found = TRY(
      tx.one("SELECT 1 FROM obligation WHERE counted IS NULL AND keeper = organisation AND state "
             "IN (1, 4, 5) AND due_ms < $1 LIMIT 1",
             {open.ms}, [](const store::Row&) { return true; }));
  return found.has_value();
}

Result<Closing> closing_at(const store::Tx& tx, const App& app, Instant open) {
  const std::string last = TRY(last_closed(tx));
  Closing closing;
  for (Duty& duty : TRY(settled_duties(tx, app, 0, open, Counted::not_yet))) {
    std::string period = quarter_of({duty.due_ms});
    if (period <= last) {
      period = newest_before(open);  // learned of too late for its own
    }
    closing.duties.emplace_back(std::move(duty), std::move(period));
  }
  const HoursToFix fixes = TRY(hours_to_fix(tx, app, 0));
  for (const auto& [name, cell] : TRY(cells_of(tx, closing.duties))) {
    if (auto figures = public_figures_of(name, cell, fixes)) {
      closing.figures.push_back(std::move(*figures));
    }
  }
  return closing;
}

store::Param param(const std::optional<std::int64_t>& number) {
  return number ? store::Param(*number) : store::Param(nullptr);
}

Result<std::int64_t> store_closing(store::Tx& tx, const Closing& closing, Instant now) {
  std::int64_t closed = 0;
  for (const auto& [duty, period] : closing.duties) {
    TRY(
        tx.run("INSERT INTO public_quarter (period, closed_ms) VALUES ($1, $2) ON CONFLICT DO "
               "NOTHING",
               {period, now.ms}));
    closed += tx.changes();
    TRY(tx.run("UPDATE obligation SET counted = $2 WHERE id = $1", {duty.id, period}));
  }
  for (const Figures& one : closing.figures) {
    TRY(
        tx.run("INSERT INTO public_figures (regime, sector, period, duties, on_time, lead_minutes, "
               "fix_hours) VALUES ($1, $2, $3, $4, $5, $6, $7)",
               {one.regime, one.sector, one.period, one.duties, one.on_time,
                param(one.median_lead_minutes), param(one.median_fix_hours)}));
  }
  return closed;
}

}  // namespace

Result<std::int64_t> close_quarters(App& app) {
  const Instant now = app.clock.now();
  const Instant open = open_from(now);
  {
    const auto tx = TRY(app.db.read());
    if (!TRY(is_anything_to_close(*tx, open))) {
      return 0;
    }
  }
  // On the writer as a whole, four times a year: what is counted is what is marked.
  return *TRY(app.db.submit([&](store::Tx& tx) -> Result<std::int64_t> {
    if (!TRY(is_anything_to_close(tx, open))) {
      return 0;  // somebody else has
    }
    const Closing closing = TRY(closing_at(tx, app, open));
    return store_closing(tx, closing, now);
  }));
}

Result<std::vector<Figures>> public_statistics(App& app) {
  const auto tx = TRY(app.db.read());
  return tx->all(
      "SELECT regime, sector, period, duties, on_time, lead_minutes, fix_hours FROM "
      "public_figures ORDER BY regime, sector, period",
      {}, [](const store::Row& row) {
        Figures one;
        one.regime = row.text(0);
        one.sector = row.text(1);
        one.period = row.text(2);
        one.duties = row.integer(3);
        one.on_time = row.integer(4);
        one.late = one.duties - one.on_time;
        one.on_time_percent = one.on_time * 100 / one.duties;
        if (!row.is_null(5)) {
          one.median_lead_minutes = row.integer(5);
        }
        if (!row.is_null(6)) {
          one.median_fix_hours = row.integer(6);
        }
        return one;
      });
}

}  // namespace weir::app
