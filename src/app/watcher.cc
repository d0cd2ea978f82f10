// Watch lists against what has changed. Start with Watcher::Inside::run().
#include <algorithm>
#include <map>
#include <set>

#include "app/identity.h"
#include "app/watch_outcome.h"
#include "base/bytes.h"
#include "base/id.h"
#include "watch/records.h"
#include "watch/standing.h"

namespace weir::app {
namespace {

constexpr std::size_t kMostChanged = 10'000;  // records that are held against the lists at once

/// Places that changed records may be about, by list.
using Hits = std::map<std::uint32_t, std::set<std::uint32_t>>;

/// What is kept of a list in memory.
struct Known {
  std::int64_t revision = 0;
  std::int64_t organisation = 0;
  ListKey key;
  Tell tell = Tell::all;
  Pace pace = Pace::at_once;
  Instant muted_until{};
  std::optional<sbom::Component> root;
  bool is_first = false;  // never matched before: what it finds is no news
};

bool is_urgent_enough(Tell tell, const watch::Finding& finding) {
  switch (tell) {
    case Tell::all:
      return true;
    case Tell::high:
      return finding.score >= 70 || finding.score < 0 || finding.is_exploited || finding.is_likely;
    case Tell::critical:
      return finding.score >= 90 || finding.is_exploited || finding.is_likely;
    case Tell::exploited:
      return finding.is_exploited;
    case Tell::nothing:
      return false;
  }
  std::unreachable();
}

/// Statements of one list, made ready to be asked.
struct Said {
  std::vector<sbom::Vex> documents;
  match::Statements statements;
};

}  // namespace

struct Watcher::Inside {
  explicit Inside(std::string path) : records(std::move(path)) {}

  watch::Records records;
  watch::Standing standing{};
  std::map<std::uint32_t, Known> lists{};
  Ran ran{};

  Result<Ran> run(App& app);
  Status follow(App& app);
  Status sync(const App& app, const store::Tx& tx);
  Status learn(const App& app, const store::Tx& tx, ListRow row);
  Status begin_anew(App& app, Cursor& cursor);
  Status match_waiting(App& app);
  Result<Outcome> match_whole(const App& app, std::uint32_t list);
  Status match_changed(App& app, Cursor& cursor);
  Status match_likely(App& app, Cursor& cursor);
  Result<std::vector<Outcome>> match_hits(const App& app, const Hits& hits);
  Status match_item(const App& app, const store::Tx& tx, const Known& known, const Said& said,
                    const watch::Item& item, std::uint32_t number, Outcome& outcome);
  Result<Written> written(const App& app, const Known& known, const std::vector<FindingRow>& kept,
                          watch::Change change);
  Result<std::unique_ptr<Said>> said_about(const store::Tx& tx, std::uint32_t list,
                                           const Known& known) const;
  Status store(App& app, const std::vector<Outcome>& outcomes, const Cursor* cursor);
};

/// In one transaction: what came of it, and how far that has gone.
Status Watcher::Inside::store(App& app, const std::vector<Outcome>& outcomes,
                              const Cursor* cursor) {
  TRY(app.db.execute([&](store::Tx& tx) -> Status {
    for (const Outcome& outcome : outcomes) {
      TRY(put_outcome(tx, app, outcome));
    }
    return cursor != nullptr ? put_cursor(tx, *cursor) : Status();
  }));
  for (const Outcome& outcome : outcomes) {
    ran.changes += static_cast<std::int64_t>(outcome.rows.size());
    for (const Written& row : outcome.rows) {
      standing.add({static_cast<std::uint32_t>(outcome.list), row.item}, row.names);
    }
  }
  standing.settle();
  return {};
}

Result<Written> Watcher::Inside::written(const App& app, const Known& known,
                                         const std::vector<FindingRow>& kept,
                                         watch::Change change) {
  const FindingRow* const before = change.which ? &kept[*change.which] : nullptr;
  if (change.finding.title.empty()) {
    change.finding.title = TRY(records.title_of(change.finding.evidence));
  }
  Written row;
  row.id = before != nullptr ? before->id : 0;
  row.reference = before != nullptr ? before->reference : to_base32(app.random.bytes(kIdBytes));
  row.tag = known.key.tag(change.finding.item);
  row.state = change.finding.state;
  row.is_moved = before == nullptr || before->state != row.state || !change.told.empty();
  const bool is_aside = before != nullptr && before->aside_until_ms > app.clock.now().ms;
  row.is_news = !change.told.empty() && !is_aside;
  row.is_told = row.is_news && !known.is_first && known.muted_until <= app.clock.now() &&
                is_urgent_enough(known.tell, change.finding);
  row.sealed =
      known.key.seal(watch::pack(change.finding), finding_place(row.reference), app.random);
  watch::Standing::names_of(change.finding, row.names);
  return row;
}

Status Watcher::Inside::match_item(const App& app, const store::Tx& tx, const Known& known,
                                   const Said& said, const watch::Item& item, std::uint32_t number,
                                   Outcome& outcome) {
  const std::vector<FindingRow> kept = TRY(load_findings(tx, known.key, outcome.list, item.key));
  std::vector<watch::Finding> findings;
  for (const FindingRow& row : kept) {
    findings.push_back(row.finding);
  }
  const sbom::Component* const root = known.root ? &*known.root : nullptr;
  std::vector<watch::Match> matches;
  if (!item.parts.empty()) {
    matches = TRY(records.examine(item, said.statements, root));
  }
  ++ran.items;
  for (watch::Change& change : TRY(watch::reconcile(item, findings, std::move(matches),
                                                    records.state_of(), app.clock.now()))) {
    outcome.rows.push_back(TRY(written(app, known, kept, std::move(change))));
    outcome.rows.back().item = number;
  }
  return {};
}

Result<std::unique_ptr<Said>> Watcher::Inside::said_about(const store::Tx& tx, std::uint32_t list,
                                                          const Known& known) const {
  auto said = std::make_unique<Said>();
  said->documents = TRY(load_statements(tx, known.key, list));
  for (const sbom::Vex& document : said->documents) {
    said->statements.add(document);
  }
  return said;
}

Result<Outcome> Watcher::Inside::match_whole(const App& app, std::uint32_t list) {
  const auto tx = TRY(app.db.read());
  const Known& known = lists.at(list);
  Outcome outcome{.list = list,
                  .revision = known.revision,
                  .organisation = known.organisation,
                  .pace = known.pace,
                  .is_whole = true,
                  .rows = {}};
  const auto said = TRY(said_about(*tx, list, known));
  const auto chunks =
      TRY(tx->all("SELECT number FROM watch_chunk WHERE list = $1 ORDER BY number", {outcome.list},
                  [](const store::Row& row) { return row.integer(0); }));
  std::set<std::string> keys;
  for (const std::int64_t chunk : chunks) {
    auto number = static_cast<std::uint32_t>(chunk * static_cast<std::int64_t>(kItemsOfChunk));
    for (const watch::Item& item : TRY(load_chunk(*tx, known.key, outcome.list, chunk))) {
      TRY(match_item(app, *tx, known, *said, item, number++, outcome));
      keys.insert(item.key);
    }
  }
  // Items that are not in the list any more.
  std::set<std::string> gone;
  for (const FindingRow& row : TRY(load_findings(*tx, known.key, outcome.list, std::nullopt))) {
    if (row.state != watch::State::ceased && !keys.contains(row.finding.item)) {
      gone.insert(row.finding.item);
    }
  }
  for (const std::string& key : gone) {
    TRY(match_item(app, *tx, known, *said, {key, {}}, 0, outcome));
  }
  return outcome;
}

Status Watcher::Inside::match_waiting(App& app) {
  std::vector<std::int64_t> waiting;
  {
    const auto tx = TRY(app.db.read());
    waiting =
        TRY(tx->all("SELECT id FROM watch_list WHERE waits = 1 AND paused = 0 AND problem = 0", {},
                    [](const store::Row& row) { return row.integer(0); }));
  }
  for (const std::int64_t id : waiting) {
    const auto list = static_cast<std::uint32_t>(id);
    if (!lists.contains(list)) {
      continue;  // it came after sync(): the next round
    }
    std::vector<Outcome> outcomes;
    outcomes.push_back(TRY(match_whole(app, list)));
    TRY(store(app, outcomes, nullptr));
    lists.at(list).is_first = false;
    ++ran.lists;
  }
  return {};
}

Result<std::vector<Outcome>> Watcher::Inside::match_hits(const App& app, const Hits& hits) {
  const auto tx = TRY(app.db.read());
  std::vector<Outcome> outcomes;
  for (const auto& [list, items] : hits) {
    const auto found = lists.find(list);
    if (found == lists.end()) {
      continue;
    }
    const Known& known = found->second;
    Outcome outcome{.list = list,
                    .revision = known.revision,
                    .organisation = known.organisation,
                    .pace = known.pace,
                    .is_whole = false,
                    .rows = {}};
    if (!TRY(is_as_read(*tx, outcome))) {
      continue;
    }
    const auto said = TRY(said_about(*tx, list, known));
    std::int64_t loaded = -1;
    std::vector<watch::Item> chunk;
    for (const std::uint32_t number : items) {
      const auto at = static_cast<std::int64_t>(number / kItemsOfChunk);
      if (at != loaded) {
        chunk = TRY(load_chunk(*tx, known.key, outcome.list, at));
        loaded = at;
      }
      const std::size_t place = number % kItemsOfChunk;
      if (place < chunk.size()) {
        TRY(match_item(app, *tx, known, *said, chunk[place], number, outcome));
      }
    }
    if (!outcome.rows.empty()) {
      outcomes.push_back(std::move(outcome));
    }
  }
  return outcomes;
}

Status Watcher::Inside::match_changed(App& app, Cursor& cursor) {
  const std::int64_t newest = records.newest().version;
  while (cursor.version < newest) {
    const auto changed = TRY(records.changed(cursor.version, kMostChanged));
    Hits hits;
    const auto take = [&](watch::Place place) { hits[place.list].insert(place.item); };
    for (const catalog::Changed& one : changed) {
      for (const std::string& key : one.keys) {
        standing.find(watch::Standing::of_key(key), take);
      }
      for (const std::string& id : one.names) {
        standing.find(watch::Standing::of_id(id), take);
      }
    }
    const auto outcomes = TRY(match_hits(app, hits));
    Cursor next = cursor;
    next.version = changed.size() < kMostChanged ? newest : changed.back().version;
    TRY(store(app, outcomes, &next));
    cursor = next;
    ran.records += static_cast<std::int64_t>(changed.size());
  }
  return {};
}

/// Scores of EPSS come without a version of any record.
Status Watcher::Inside::match_likely(App& app, Cursor& cursor) {
  if (cursor.run == records.newest().run) {
    return {};
  }
  Hits hits;
  TRY(records.each_likely([&](std::string_view cve) {
    standing.find(watch::Standing::of_id(cve),
                  [&](watch::Place place) { hits[place.list].insert(place.item); });
  }));
  const auto outcomes = TRY(match_hits(app, hits));
  Cursor next = cursor;
  next.run = records.newest().run;
  TRY(store(app, outcomes, &next));
  cursor = next;
  return {};
}

Status Watcher::Inside::learn(const App& app, const store::Tx& tx, ListRow row) {
  const auto list = static_cast<std::uint32_t>(row.id);
  if (lists.erase(list) > 0) {
    standing.drop(list);
  }
  if (row.is_paused || row.problem != WatchProblem::none) {
    return {};
  }
  OpenList open = TRY(open_list(app, std::move(row)));
  const Known& known = lists
                           .insert_or_assign(list, Known{.revision = open.row.revision,
                                                         .organisation = open.row.organisation,
                                                         .key = std::move(open.key),
                                                         .tell = open.head.tell,
                                                         .pace = open.head.pace,
                                                         .muted_until = open.head.muted_until,
                                                         .root = std::move(open.head.root),
                                                         .is_first = !open.row.matched})
                           .first->second;
  std::map<std::string, std::uint32_t> numbers;
  std::vector<watch::Standing::Name> names;
  for (const std::int64_t chunk :
       TRY(tx.all("SELECT number FROM watch_chunk WHERE list = $1 ORDER BY number", {open.row.id},
                  [](const store::Row& one) { return one.integer(0); }))) {
    auto number = static_cast<std::uint32_t>(chunk * static_cast<std::int64_t>(kItemsOfChunk));
    for (watch::Item& item : TRY(load_chunk(tx, known.key, open.row.id, chunk))) {
      names.clear();
      watch::Standing::names_of(item, names);
      standing.add({list, number}, names);
      numbers.emplace(std::move(item.key), number++);
    }
  }
  for (const FindingRow& finding : TRY(load_findings(tx, known.key, open.row.id, std::nullopt))) {
    if (const auto at = numbers.find(finding.finding.item); at != numbers.end()) {
      names.clear();
      watch::Standing::names_of(finding.finding, names);
      standing.add({list, at->second}, names);
    }
  }
  return {};
}

/// What is in memory is what is stored.
Status Watcher::Inside::sync(const App& app, const store::Tx& tx) {
  std::map<std::uint32_t, std::int64_t> stored;
  TRY(tx.each("SELECT id, revision FROM watch_list WHERE paused = 0 AND problem = 0", {},
              [&](const store::Row& row) {
                stored.emplace(static_cast<std::uint32_t>(row.integer(0)), row.integer(1));
                return true;
              }));
  std::vector<std::uint32_t> gone;
  for (const auto& [list, known] : lists) {
    if (!stored.contains(list)) {
      gone.push_back(list);
    }
  }
  for (const std::uint32_t list : gone) {
    standing.drop(list);
    lists.erase(list);
  }
  for (const auto& [list, revision] : stored) {
    const auto known = lists.find(list);
    if (known != lists.end() && known->second.revision == revision) {
      continue;
    }
    auto row = TRY(
        tx.one(std::string(kListColumns) + "WHERE id = $1", {std::int64_t{list}}, read_list_row));
    TRY(learn(app, tx, std::move(*row)));
  }
  standing.settle();
  return {};
}

/// Another public.db, or the first one: all lists are held against it as a whole.
Status Watcher::Inside::begin_anew(App& app, Cursor& cursor) {
  const watch::Position& newest = records.newest();
  cursor = {newest.feed, newest.version, newest.run};
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(tx.run("UPDATE watch_list SET waits = 1"));
    return put_cursor(tx, cursor);
  });
}

Status Watcher::Inside::follow(App& app) {
  std::optional<Cursor> stored;
  {
    const auto tx = TRY(app.db.read());
    TRY(sync(app, *tx));
    stored = TRY(load_cursor(*tx));
  }
  const watch::Position& newest = records.newest();
  Cursor cursor = stored.value_or(Cursor{});
  if (!stored || cursor.feed != newest.feed || cursor.version > newest.version) {
    TRY(begin_anew(app, cursor));
  }
  TRY(match_waiting(app));
  TRY(match_changed(app, cursor));
  return match_likely(app, cursor);
}

Result<Watcher::Ran> Watcher::Inside::run(App& app) {
  ran = {};
  const Status begun = records.begin();
  if (!begun && begun.error().code == Code::not_found) {
    return ran;  // nothing has been imported yet
  }
  TRY(begun);
  if (records.newest().feed.empty()) {
    records.end();
    return ran;
  }
  const Status followed = follow(app);
  // Pages and rules are worth their memory only while there is work.
  ran.items > 0 ? records.rest() : records.end();
  if (!followed) {
    // What is in memory may have come apart from what is stored: it is made anew.
    standing = {};
    lists.clear();
    return std::unexpected(followed.error());
  }
  return ran;
}

Watcher::Watcher(std::string path) : inside_(std::make_unique<Inside>(std::move(path))) {}
Watcher::~Watcher() = default;

Result<Watcher::Ran> Watcher::run(App& app) {
  return inside_->run(app);
}

std::size_t Watcher::size() const {
  return inside_->standing.size();
}

}  // namespace weir::app
