// The board: obligations as rows, by hours left. Answered from one index, a page at a time.
#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <tuple>

#include "app/clock_rows.h"
#include "app/clock_seal.h"
#include "app/notice_rows.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using deadline::State;

constexpr std::string_view kBoardColumns =
    "SELECT o.ref, c.ref, p.name, o.sealed, o.state, o.due_ms, o.met_ms, o.covered, "
    "COALESCE(c.handler, 0), o.id, o.case_file, o.keeper, o.organisation FROM obligation o JOIN "
    "case_file c ON c.id "
    "= "
    "o.case_file JOIN "
    "organisation p ON p.id = o.organisation ";
// One state at a time, so that the index gives the rows in their order: nothing is sorted but the
// rows of single cases, of which there are few.
constexpr std::string_view kRows =
    "WHERE o.keeper = $1 AND o.state = $2 AND (o.due_ms, o.id) > ($3, $4) AND ($5 = 0 OR "
    "o.organisation = $5) AND $6 = 0 ORDER BY o.due_ms, o.id";
constexpr std::string_view kRowsOfCase =
    "WHERE o.keeper = $1 AND +o.state = $2 AND (o.due_ms, o.id) > ($3, $4) AND ($5 = 0 OR "
    "o.organisation = $5) AND o.case_file = $6 ORDER BY o.due_ms, o.id";
constexpr std::string_view kRowsOfHandler =
    "WHERE o.keeper = $1 AND +o.state = $2 AND (o.due_ms, o.id) > ($3, $4) AND ($5 = 0 OR "
    "o.organisation = $5) AND o.case_file IN (SELECT h.id FROM case_file h WHERE h.handler = $6) "
    "ORDER BY o.due_ms, o.id";

constexpr std::int64_t kOpen = 1;
constexpr std::array<std::int64_t, 5> kStored = {kOpen, 0, 4, 5, 6};  // all but what is gone

struct Read {
  BoardRow row;
  std::int64_t handler = 0;
  std::string version;
  ObligationRow stored;
};
auto place_of(const Read& read) {
  return std::pair(read.stored.due_ms, read.stored.id);
}

Result<Read> read_row(const App& app, const store::Row& row) {
  Read read;
  read.row.obligation = row.text(0);
  read.row.case_reference = row.text(1);
  read.row.organisation = row.text(2);
  SealedStage stage = TRY(open_stage(app, read.row.obligation, row.blob(3)));
  read.row.regime = std::move(stage.regime);
  read.version = std::move(stage.version);
  read.row.stage = std::move(stage.stage);
  read.stored.state = static_cast<State>(row.integer(4));
  read.stored.due_ms = row.integer(5);
  read.stored.last_ms = stage.last_ms;
  if (read.stored.due_ms != kNoTime && read.stored.state != State::not_triggered) {
    read.row.due = Instant{read.stored.due_ms};
    read.row.last = Instant{read.stored.last_ms};
  }
  if (!row.is_null(6)) {
    read.row.met = Instant{row.integer(6)};
  }
  read.row.covered = row.integer(7) != 0;
  read.handler = row.integer(8);
  read.stored.id = row.integer(9);
  read.stored.party = {row.integer(10), row.integer(11), row.integer(12)};
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

/// What stands beside an obligation. The facts of a party are looked up once for a page.
struct Marks {
  std::vector<std::string> contradictions;
  Warned warned = Warned::not_yet;
};
class Marking {
 public:
  Marking(const store::Tx& tx, const App& app, const Laws& laws)
      : tx_(tx), app_(app), laws_(laws) {}
  Result<Marks> of(const ObligationRow& row) {
    const Party& party = row.party;
    const auto place = std::tuple(party.case_file, party.keeper, party.organisation);
    auto known = known_.find(place);
    if (known == known_.end()) {
      const std::vector<FactRow> facts = TRY(load_facts(tx_, app_, party));
      known = known_.emplace(place, contradictions_in(laws_, facts)).first;
    }
    return Marks{known->second, TRY(warned_of(tx_, row.id, row.due_ms))};
  }

 private:
  const store::Tx& tx_;
  const App& app_;
  const Laws& laws_;
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, std::vector<std::string>> known_;
};

/// What the laws say of it, and how it stands now.
BoardRow finish(const Laws& laws, Marks marks, Read read, Instant now,
                const deadline::Settings& settings) {
  read.row.state = state_now(read.stored, now, settings);
  read.row.contradictions = std::move(marks.contradictions);
  read.row.warned = marks.warned;
  if (const auto ref = find_stage(laws, read.row.regime, read.version, read.row.stage)) {
    read.row.title = deadline::stage_of(laws.rules, *ref).title;
    deadline::Obligation obligation;
    obligation.stage = *ref;
    read.row.mark = deadline::mark_of(laws.rules, obligation);
  }
  return std::move(read.row);
}

/// What is due at the same time comes in the order of the laws, since rows lie in one that was
/// drawn by chance; but what is hidden stays in that, or its place would tell.
std::vector<Read> by_law(const Laws& laws, const Person& person, std::vector<Read> rows) {
  using Place = std::tuple<std::int64_t, std::string, deadline::StageRef, std::int64_t>;
  std::vector<std::pair<Place, Read>> placed;
  for (Read& row : rows) {
    const auto stage = is_hidden(person, row)
                           ? std::nullopt
                           : find_stage(laws, row.row.regime, row.version, row.row.stage);
    Place place{row.stored.due_ms, row.row.case_reference, stage.value_or(deadline::StageRef()),
                row.stored.id};
    placed.emplace_back(std::move(place), std::move(row));
  }
  std::ranges::sort(placed, {}, [](const auto& one) -> const Place& { return one.first; });
  std::vector<Read> sorted;
  for (auto& [place, row] : placed) {
    sorted.push_back(std::move(row));
  }
  return sorted;
}

/// A page of a board, as it is looked for.
struct Search {
  std::string_view sql;
  std::int64_t keeper = 0;
  std::int64_t organisation = 0;  // 0: any
  std::int64_t whose = 0;         // the case, or the handler, of the SQL; 0: of any
  std::string regime{};           // empty: any
  std::pair<std::int64_t, std::int64_t> after = {-1, 0};
  std::size_t limit = 0;
};

/// The first rows in one state, one more than are wanted.
Status find_rows(const store::Tx& tx, const App& app, const Search& search, std::int64_t state,
                 std::vector<Read>& rows) {
  std::size_t found = 0;
  Status opened;
  TRY(tx.each(std::string(kBoardColumns) + std::string(search.sql),
              {search.keeper, state, search.after.first, search.after.second, search.organisation,
               search.whose},
              [&](const store::Row& row) {
                Result<Read> read = read_row(app, row);
                if (!read) {
                  opened = std::unexpected(read.error());
                  return false;
                }
                if (search.regime.empty() || read->row.regime == search.regime) {
                  rows.push_back(std::move(*read));
                  ++found;
                }
                return found <= search.limit;
              }));
  return opened;
}

/// "DUE.OBLIGATION" of the row before.
Result<std::pair<std::int64_t, std::int64_t>> place_after(const store::Tx& tx, std::int64_t keeper,
                                                          const std::string& cursor) {
  const std::size_t dot = std::min(cursor.find('.'), cursor.size());
  const auto due = parse_decimal(cursor.substr(0, dot));
  const auto row =
      TRY(tx.one("SELECT id FROM obligation WHERE ref = $1 AND keeper = $2",
                 {std::string_view(cursor).substr(std::min(dot + 1, cursor.size())), keeper},
                 [](const store::Row& found) { return found.integer(0); }));
  if (!due || *due > static_cast<std::uint64_t>(kNoTime) || !row) {
    return fail(Code::invalid, "not a cursor of this list", "after");
  }
  return std::pair(static_cast<std::int64_t>(*due), *row);
}

/// How the filter is looked for; nothing where it can match nothing.
Result<std::optional<Search>> search_for(const store::Tx& tx, const Person& person,
                                         const BoardFilter& filter) {
  Search search{.sql = kRows, .keeper = person.organisation.id};
  search.regime = filter.regime;
  search.limit = static_cast<std::size_t>(filter.limit);
  const auto id_in = [](const store::Row& row) { return row.integer(0); };
  if (!filter.organisation.empty()) {
    const auto id =
        TRY(tx.one("SELECT id FROM organisation WHERE name = $1", {filter.organisation}, id_in));
    if (!id) {
      return std::nullopt;
    }
    search.organisation = *id;
  }
  // Of cases that somebody else handles not even this may be asked: which law it is, and whose.
  const bool is_narrowed = !filter.regime.empty() || !filter.organisation.empty() ||
                           filter.whose == BoardFilter::Whose::handled;
  const bool is_own_alone = is_narrowed && person.organisation.staff == policy::Fact::yes;
  if (!filter.case_reference.empty()) {
    const auto id =
        TRY(tx.one("SELECT id FROM case_file WHERE ref = $1 AND ($2 = 0 OR handler = $3)",
                   {filter.case_reference, std::int64_t{is_own_alone ? 1 : 0}, person.id}, id_in));
    if (!id) {
      return std::nullopt;
    }
    search.sql = kRowsOfCase;
    search.whose = *id;
  } else if (is_own_alone) {
    search.sql = kRowsOfHandler;
    search.whose = person.id;
  }
  if (!filter.after.empty()) {
    search.after = TRY(place_after(tx, search.keeper, filter.after));
  }
  return search;
}

}  // namespace

std::string_view name(Warned warned) {
  constexpr std::array<std::string_view, 4> kNames = {"not_yet", "given", "no_channel", "nobody"};
  return kNames[static_cast<std::size_t>(warned)];
}

Result<BoardRow> view_of(const store::Tx& tx, const App& app, const Laws& laws,
                         const ObligationRow& row, Instant now,
                         const deadline::Settings& settings) {
  auto found = TRY(tx.one(std::string(kBoardColumns) + "WHERE o.id = $1", {row.id},
                          [&](const store::Row& one) { return read_row(app, one); }));
  if (!found) {
    return fail(Code::corrupt, "an obligation is missing");
  }
  Read read = TRY(std::move(*found));
  Marks marks = TRY(Marking(tx, app, laws).of(read.stored));
  return finish(laws, std::move(marks), std::move(read), now, settings);
}

Result<BoardPage> board_page(App& app, const Laws& laws, const Actor& actor,
                             const BoardFilter& filter, const deadline::Settings& settings) {
  if (filter.limit < 1 || filter.limit > kMaxBoardRows) {
    return fail(Code::invalid, "a board has 1 to 10000 rows", "limit");
  }
  TRY(refresh(app, laws));
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_keeper(*tx, app, actor, filter.scope));
  BoardPage page;
  page.next = filter.after;
  const auto search = TRY(search_for(*tx, person, filter));
  if (!search) {
    return page;
  }
  std::vector<Read> rows;
  const bool is_open = filter.which == BoardFilter::Which::open;
  for (const std::int64_t state : std::span(kStored).first(is_open ? 1 : kStored.size())) {
    TRY(find_rows(*tx, app, *search, state, rows));
  }
  std::ranges::sort(rows, {}, place_of);
  page.more = rows.size() > search->limit;
  rows.resize(std::min(rows.size(), search->limit));
  if (!rows.empty()) {
    page.next = std::to_string(rows.back().stored.due_ms) + "." + rows.back().row.obligation;
  }
  Marking marking(*tx, app, laws);
  for (Read& row : by_law(laws, person, std::move(rows))) {
    if (is_hidden(person, row)) {
      page.rows.push_back(hidden(row, app.clock.now(), settings));
      continue;
    }
    Marks marks = TRY(marking.of(row.stored));
    page.rows.push_back(finish(laws, std::move(marks), std::move(row), app.clock.now(), settings));
  }
  return page;
}

Result<std::vector<BoardRow>> board(App& app, const Laws& laws, const Actor& actor,
                                    const BoardFilter& filter, const deadline::Settings& settings) {
  return TRY(board_page(app, laws, actor, filter, settings)).rows;
}

}  // namespace weir::app
