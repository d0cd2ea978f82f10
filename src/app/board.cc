// The board: obligations as rows, by hours left. Answered from one index, a page at a time.
#include "app/clock_rows.h"

namespace weir::app {
namespace {

using deadline::State;

constexpr std::string_view kBoardColumns =
    "SELECT o.ref, c.ref, p.name, o.regime, o.version, o.stage, o.state, o.due_ms, o.last_ms, "
    "o.met_ms, o.covered, COALESCE(c.handler, 0) FROM obligation o JOIN case_file c ON c.id = "
    "o.case_file JOIN "
    "organisation p ON p.id = o.organisation ";
// The first two read one index in its order.
constexpr std::string_view kOpenByDue =
    "WHERE o.keeper = $1 AND o.state = 1 ORDER BY o.due_ms, o.id LIMIT $2";
constexpr std::string_view kOpenByRegime =
    "WHERE o.keeper = $1 AND o.state = 1 AND o.regime = $3 ORDER BY o.due_ms, o.id LIMIT $2";
constexpr std::string_view kFiltered =
    "WHERE o.keeper = $1 AND o.state BETWEEN $2 AND $3 AND ($5 = '' OR o.regime = $5) AND ($6 = '' "
    "OR p.name = $6) AND ($7 = '' OR c.ref = $7) ORDER BY o.due_ms, o.id LIMIT $4";

constexpr std::int64_t kOpen = 1;
constexpr std::int64_t kLastState = 6;

struct Read {
  BoardRow row;
  std::int64_t handler = 0;
  std::string version;
  ObligationRow stored;
};

Read read_row(const store::Row& row) {
  Read read;
  read.row.obligation = row.text(0);
  read.row.case_reference = row.text(1);
  read.row.organisation = row.text(2);
  read.row.regime = row.text(3);
  read.version = row.text(4);
  read.row.stage = row.text(5);
  read.stored.state = static_cast<State>(row.integer(6));
  read.stored.due_ms = row.integer(7);
  read.stored.last_ms = row.integer(8);
  if (read.stored.due_ms != kNoTime && read.stored.state != State::not_triggered) {
    read.row.due = Instant{read.stored.due_ms};
    read.row.last = Instant{read.stored.last_ms};
  }
  if (!row.is_null(9)) {
    read.row.met = Instant{row.integer(9)};
  }
  read.row.covered = row.integer(10) != 0;
  read.handler = row.integer(11);
  return read;
}

/// At the authority only the handler of a case learns which law it is about: that tells whether the
/// flaw is exploited. The others see, as in the queue, that there is something, and when it is due.
bool is_hidden(const Person& person, const Read& read) {
  return person.organisation.staff == policy::Fact::yes && read.handler != person.id;
}

BoardRow hidden(const Read& read, Instant now, const deadline::Settings& settings) {
  BoardRow row;
  row.obligation = read.row.obligation;
  row.case_reference = read.row.case_reference;
  row.due = read.row.due;
  row.last = read.row.last;
  row.met = read.row.met;
  row.covered = read.row.covered;
  row.state = state_now(read.stored, now, settings);
  return row;
}

/// What the laws say of it, and how it stands now.
BoardRow finish(const Laws& laws, Read read, Instant now, const deadline::Settings& settings) {
  read.row.state = state_now(read.stored, now, settings);
  if (const auto ref = find_stage(laws, read.row.regime, read.version, read.row.stage)) {
    read.row.title = deadline::stage_of(laws.rules, *ref).title;
    deadline::Obligation obligation;
    obligation.stage = *ref;
    read.row.mark = deadline::mark_of(laws.rules, obligation);
  }
  return std::move(read.row);
}

}  // namespace

Result<BoardRow> view_of(const store::Tx& tx, const Laws& laws, const ObligationRow& row,
                         Instant now, const deadline::Settings& settings) {
  auto found = TRY(tx.one(std::string(kBoardColumns) + "WHERE o.id = $1", {row.id}, read_row));
  if (!found) {
    return fail(Code::corrupt, "an obligation is missing");
  }
  return finish(laws, std::move(*found), now, settings);
}

Result<std::vector<BoardRow>> board(App& app, const Laws& laws, const Actor& actor,
                                    const BoardFilter& filter, const deadline::Settings& settings) {
  if (filter.limit < 1 || filter.limit > kMaxBoardRows) {
    return fail(Code::invalid, "a board has 1 to 10000 rows");
  }
  TRY(refresh(app, laws));
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_keeper(*tx, app, actor, Scope::read));
  const std::int64_t keeper = person.organisation.id;
  const bool is_open = filter.which == BoardFilter::Which::open;
  const bool by_regime_only = filter.organisation.empty() && filter.case_reference.empty();
  const std::string columns(kBoardColumns);
  std::vector<Read> rows;
  if (is_open && by_regime_only && filter.regime.empty()) {
    rows = TRY(tx->all(columns + std::string(kOpenByDue), {keeper, filter.limit}, read_row));
  } else if (is_open && by_regime_only) {
    rows = TRY(tx->all(columns + std::string(kOpenByRegime), {keeper, filter.limit, filter.regime},
                       read_row));
  } else {
    const std::int64_t first = is_open ? kOpen : 0;
    const std::int64_t last = is_open ? kOpen : kLastState;
    rows = TRY(tx->all(columns + std::string(kFiltered),
                       {keeper, first, last, filter.limit, filter.regime, filter.organisation,
                        filter.case_reference},
                       read_row));
  }
  std::vector<BoardRow> views;
  views.reserve(rows.size());
  const bool is_narrowed = !filter.regime.empty() || !filter.organisation.empty();
  for (Read& row : rows) {
    if (!is_hidden(person, row)) {
      views.push_back(finish(laws, std::move(row), app.clock.now(), settings));
    } else if (!is_narrowed) {
      views.push_back(hidden(row, app.clock.now(), settings));
    }
  }
  return views;
}

}  // namespace weir::app
