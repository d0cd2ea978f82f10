#include "app/watch_outcome.h"

#include <algorithm>

#include "app/news.h"

namespace weir::app {
namespace {

Result<std::int64_t> take_numbers(store::Tx& tx, std::int64_t list, std::int64_t many) {
  const auto last = TRY(tx.one("SELECT findings FROM watch_list WHERE id = $1", {list},
                               [](const store::Row& row) { return row.integer(0); }));
  CHECK(last);
  TRY(tx.run("UPDATE watch_list SET findings = findings + $2 WHERE id = $1", {list, many}));
  return *last + 1;
}

Status put_row(store::Tx& tx, std::int64_t list, const Written& row, std::int64_t& number) {
  if (row.id == 0) {
    return tx.run(
        "INSERT INTO watch_finding (ref, list, item, number, state, seen, sealed) VALUES ($1, $2, "
        "$3, $4, $5, $6, $7)",
        {row.reference, list, store::Blob{row.tag}, number++, static_cast<std::int64_t>(row.state),
         std::int64_t{row.is_news ? 0 : 1}, store::Blob{row.sealed}});
  }
  return tx.run(
      "UPDATE watch_finding SET state = $2, sealed = $3, number = CASE WHEN $4 = 1 THEN $5 ELSE "
      "number END, seen = CASE WHEN $6 = 1 THEN 0 ELSE seen END WHERE id = $1",
      {row.id, static_cast<std::int64_t>(row.state), store::Blob{row.sealed},
       std::int64_t{row.is_moved ? 1 : 0}, row.is_moved ? number++ : 0,
       std::int64_t{row.is_news ? 1 : 0}});
}

/// Beyond kMaxWatchFindings nothing of the list is stored but that.
Result<bool> has_room(store::Tx& tx, const Outcome& outcome) {
  const auto fresh = std::ranges::count(outcome.rows, 0, &Written::id);
  if (fresh == 0) {
    return true;
  }
  const auto held = TRY(tx.one("SELECT COUNT(*) FROM watch_finding WHERE list = $1", {outcome.list},
                               [](const store::Row& row) { return row.integer(0); }));
  if (*held + fresh <= kMaxWatchFindings) {
    return true;
  }
  TRY(tx.run("UPDATE watch_list SET problem = $2, waits = 0 WHERE id = $1",
             {outcome.list, static_cast<std::int64_t>(WatchProblem::too_many_findings)}));
  return false;
}

}  // namespace

Result<std::optional<Cursor>> load_cursor(const store::Tx& tx) {
  return tx.one("SELECT feed, version, run FROM watch_cursor", {}, [](const store::Row& row) {
    return Cursor{row.text(0), row.integer(1), row.integer(2)};
  });
}

Status put_cursor(store::Tx& tx, const Cursor& cursor) {
  return tx.run(
      "INSERT INTO watch_cursor (id, feed, version, run) VALUES (1, $1, $2, $3) ON CONFLICT (id) "
      "DO UPDATE SET feed = excluded.feed, version = excluded.version, run = excluded.run",
      {cursor.feed, cursor.version, cursor.run});
}

Result<bool> is_as_read(const store::Tx& tx, const Outcome& outcome) {
  const auto same = TRY(tx.one(
      "SELECT paused = 0 AND problem = 0 FROM watch_list WHERE id = $1 AND revision = $2",
      {outcome.list, outcome.revision}, [](const store::Row& row) { return row.integer(0) != 0; }));
  return same.value_or(false);
}

Status put_outcome(store::Tx& tx, const App& app, const Outcome& outcome) {
  if (!TRY(is_as_read(tx, outcome)) || !TRY(has_room(tx, outcome))) {
    return {};
  }
  const auto moved = std::ranges::count(outcome.rows, true, &Written::is_moved);
  std::int64_t number = moved == 0 ? 0 : TRY(take_numbers(tx, outcome.list, moved));
  std::int64_t told = 0;
  for (const Written& row : outcome.rows) {
    TRY(put_row(tx, outcome.list, row, number));
    told += row.is_told ? 1 : 0;
  }
  if (outcome.is_whole) {
    TRY(tx.run("UPDATE watch_list SET waits = 0, matched_ms = $2 WHERE id = $1",
               {outcome.list, app.clock.now().ms}));
  }
  return told == 0 ? Status()
                   : tell_organisation(tx, app,
                                       {.news = News::watched, .many = told, .pace = outcome.pace},
                                       outcome.organisation);
}

}  // namespace weir::app
