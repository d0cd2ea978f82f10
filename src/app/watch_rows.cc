#include "app/watch_rows.h"

#include <algorithm>

#include "app/identity.h"
#include "base/json.h"

namespace weir::app {
namespace {

constexpr std::size_t kItemTagBytes = 16;

std::string key_context(std::string_view reference) {
  return "weir/watch-list-key/v1 " + std::string(reference);
}
std::string place_context(std::string_view place) {
  return "weir/watch-list/v1 " + std::string(place);
}

Result<std::int64_t> number_at(const json::Cursor& at, std::string_view name) {
  const json::Cursor found = TRY(at.at(name));
  return found.integer();
}

Result<ListHead> read_head(std::string_view bytes) {
  const json::Value tree = TRY(json::parse(bytes));
  const json::Cursor at(tree);
  ListHead head;
  head.name = TRY(at.string_at("name"));
  head.tell = static_cast<Tell>(TRY(number_at(at, "tell")));
  if (const auto pace = at.find("pace")) {
    head.pace = static_cast<Pace>(TRY(pace->integer()));
  }
  if (const auto muted = at.find("muted_until")) {
    head.muted_until = {TRY(muted->integer())};
  }
  head.form = TRY(at.string_at("form"));
  head.product = TRY(at.string_at("product"));
  if (const auto root = at.find("root")) {
    head.root = TRY(watch::unpack_component(*root));
  }
  head.items = TRY(number_at(at, "items"));
  head.nameless = TRY(number_at(at, "nameless"));
  head.unversioned = TRY(number_at(at, "unversioned"));
  head.own_statements = TRY(number_at(at, "own_statements"));
  head.added_statements = TRY(number_at(at, "added_statements"));
  const json::Cursor unread = TRY(at.at("unread"));
  for (const json::Cursor& one : TRY(unread.elements(watch::kMaxUnread))) {
    sbom::Fault fault{.what = TRY(one.string_at("what")), .place = ""};
    fault.place = TRY(one.string_at("place"));
    head.unread.push_back(std::move(fault));
  }
  return head;
}

}  // namespace

// `number` of a finding counts within its list, so that nobody learns how busy others are.
// `waits`: to be matched as a whole. `version` and `run` of the cursor are those of public.db,
// `feed` tells one public.db from another.
const store::Migration kWatchListsMigration = {
    "app-0030-watch-lists",
    "CREATE TABLE watch_list (id INTEGER PRIMARY KEY AUTOINCREMENT, ref TEXT NOT NULL UNIQUE,"
    " organisation INTEGER NOT NULL REFERENCES organisation (id), revision INTEGER NOT NULL,"
    " waits INTEGER NOT NULL, paused INTEGER NOT NULL, problem INTEGER NOT NULL,"
    " parts INTEGER NOT NULL, findings INTEGER NOT NULL, key BLOB NOT NULL, head BLOB NOT NULL,"
    " created_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, matched_ms INTEGER) STRICT;"
    "CREATE INDEX watch_list_by_organisation ON watch_list (organisation, ref);"
    "CREATE TABLE watch_chunk (list INTEGER NOT NULL REFERENCES watch_list (id),"
    " number INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX watch_chunk_by_list ON watch_chunk (list, number);"
    "CREATE TABLE watch_statements (list INTEGER NOT NULL REFERENCES watch_list (id),"
    " place TEXT NOT NULL, sealed BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX watch_statements_by_list ON watch_statements (list, place);"
    "CREATE TABLE watch_finding (id INTEGER PRIMARY KEY AUTOINCREMENT, ref TEXT NOT NULL UNIQUE,"
    " list INTEGER NOT NULL REFERENCES watch_list (id), item BLOB NOT NULL,"
    " number INTEGER NOT NULL, state INTEGER NOT NULL, seen INTEGER NOT NULL,"
    " aside_until_ms INTEGER NOT NULL DEFAULT 0, aside BLOB, sealed BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX watch_finding_by_number ON watch_finding (list, number);"
    "CREATE INDEX watch_finding_by_item ON watch_finding (list, item);"
    "CREATE INDEX watch_finding_open ON watch_finding (list, seen, aside_until_ms)"
    " WHERE state = 0;"
    "CREATE INDEX watch_finding_aside ON watch_finding (aside_until_ms) WHERE aside_until_ms > 0;"
    "CREATE TABLE watch_cursor (id INTEGER PRIMARY KEY, feed TEXT NOT NULL,"
    " version INTEGER NOT NULL, run INTEGER NOT NULL) STRICT"};

ListKey::ListKey(Secret secret) : secret_(std::move(secret)), tags_(secret_.reveal()) {}

Result<ListKey> ListKey::open(const Keyring& master, std::string_view reference,
                              std::string_view wrapped) {
  return ListKey(TRY(master.unwrap(wrapped, key_context(reference))));
}

std::string ListKey::wrapped(const Keyring& master, std::string_view reference,
                             Random& random) const {
  return master.wrap(secret_.reveal(), key_context(reference), random);
}

std::string ListKey::seal(std::string_view plain, std::string_view place, Random& random) const {
  return weir::seal(secret_, plain, place_context(place), random);
}

Result<std::string> ListKey::open(std::string_view sealed, std::string_view place) const {
  auto plain = unseal(secret_, sealed, place_context(place));
  if (!plain) {
    return fail(Code::corrupt, "a piece of a watch list does not open");
  }
  return std::move(*plain);
}

std::string ListKey::tag(std::string_view item) const {
  return std::string(tags_.mac("weir/watch-item/v1", item).view().substr(0, kItemTagBytes));
}

std::string document_place(std::string_view reference) {
  return "statements " + std::string(reference);
}
std::string chunk_place(std::int64_t number) {
  return "chunk " + std::to_string(number);
}
std::string finding_place(std::string_view reference) {
  return "finding " + std::string(reference);
}
std::string aside_place(std::string_view reference) {
  return "aside " + std::string(reference);
}

std::string seal_head(const App& app, const ListKey& key, const ListHead& head) {
  json::Array unread;
  for (const sbom::Fault& fault : head.unread) {
    unread.push_back(json::Object{{"what", fault.what}, {"place", fault.place}});
  }
  json::Object out{{"name", head.name},
                   {"tell", static_cast<std::int64_t>(head.tell)},
                   {"form", head.form},
                   {"product", head.product},
                   {"items", head.items},
                   {"nameless", head.nameless},
                   {"unversioned", head.unversioned},
                   {"own_statements", head.own_statements},
                   {"added_statements", head.added_statements},
                   {"unread", std::move(unread)}};
  if (head.pace != Pace::at_once) {
    out["pace"] = static_cast<std::int64_t>(head.pace);
  }
  if (head.muted_until != Instant{}) {
    out["muted_until"] = head.muted_until.ms;
  }
  if (head.root) {
    out["root"] = watch::packed(*head.root);
  }
  return key.seal(json::canonical(out), kHeadPlace, app.random);
}

Result<ListHead> open_head(const ListKey& key, std::string_view sealed) {
  const std::string plain = TRY(key.open(sealed, kHeadPlace));
  auto head = read_head(plain);
  if (!head) {
    return fail(Code::corrupt, "a watch list is damaged");
  }
  return head;
}

constexpr std::string_view kListColumns =
    "SELECT id, ref, organisation, revision, waits, paused, problem, parts, key, head, created_ms, "
    "changed_ms, matched_ms FROM watch_list ";

ListRow read_list_row(const store::Row& row) {
  ListRow list;
  list.id = row.integer(0);
  list.reference = row.text(1);
  list.organisation = row.integer(2);
  list.revision = row.integer(3);
  list.is_waiting = row.integer(4) != 0;
  list.is_paused = row.integer(5) != 0;
  list.problem = static_cast<WatchProblem>(row.integer(6));
  list.parts = row.integer(7);
  list.key = row.blob(8);
  list.head = row.blob(9);
  list.created = {row.integer(10)};
  list.changed = {row.integer(11)};
  if (!row.is_null(12)) {
    list.matched = Instant{row.integer(12)};
  }
  return list;
}

Result<OpenList> open_list(const App& app, ListRow row) {
  ListKey key = TRY(ListKey::open(app.identity.keyring(), row.reference, row.key));
  ListHead head = TRY(open_head(key, row.head));
  return OpenList{std::move(row), std::move(key), std::move(head)};
}

Result<std::vector<sbom::Vex>> load_statements(const store::Tx& tx, const ListKey& key,
                                               std::int64_t list) {
  const auto rows =
      TRY(tx.all("SELECT place, sealed FROM watch_statements WHERE list = $1 ORDER BY place = $2 "
                 "DESC, rowid",
                 {list, kOwnStatementsPlace},
                 [](const store::Row& row) { return std::pair(row.text(0), row.blob(1)); }));
  std::vector<sbom::Vex> all;
  for (const auto& [place, sealed] : rows) {
    const std::string plain = TRY(key.open(sealed, place));
    std::ranges::move(TRY(watch::unpack_statements(plain)), std::back_inserter(all));
  }
  return all;
}

Result<std::vector<watch::Item>> load_chunk(const store::Tx& tx, const ListKey& key,
                                            std::int64_t list, std::int64_t number) {
  const auto sealed =
      TRY(tx.one("SELECT sealed FROM watch_chunk WHERE list = $1 AND number = $2", {list, number},
                 [](const store::Row& row) { return row.blob(0); }));
  if (!sealed) {
    return fail(Code::corrupt, "a piece of a watch list is missing");
  }
  const std::string plain = TRY(key.open(*sealed, chunk_place(number)));
  return watch::unpack_items(plain);
}

constexpr std::string_view kFindingColumns =
    "SELECT id, ref, number, state, seen, aside_until_ms, aside, sealed FROM watch_finding ";

Result<FindingRow> read_finding_row(const ListKey& key, const store::Row& row) {
  FindingRow finding;
  finding.id = row.integer(0);
  finding.reference = row.text(1);
  finding.number = row.integer(2);
  finding.state = static_cast<watch::State>(row.integer(3));
  finding.is_seen = row.integer(4) != 0;
  finding.aside_until_ms = row.integer(5);
  finding.aside = row.is_null(6) ? "" : row.blob(6);
  const std::string plain = TRY(key.open(row.blob(7), finding_place(finding.reference)));
  finding.finding = TRY(watch::unpack_finding(plain));
  return finding;
}

Result<std::vector<FindingRow>> load_findings(const store::Tx& tx, const ListKey& key,
                                              std::int64_t list,
                                              std::optional<std::string_view> item) {
  std::vector<FindingRow> rows;
  Status opened;
  const auto take = [&](const store::Row& row) {
    auto one = read_finding_row(key, row);
    if (!one) {
      opened = std::unexpected(one.error());
      return false;
    }
    rows.push_back(std::move(*one));
    return true;
  };
  if (item) {
    const std::string tag = key.tag(*item);
    TRY(tx.each(std::string(kFindingColumns) + "WHERE list = $1 AND item = $2 ORDER BY id",
                {list, store::Blob{tag}}, take));
  } else {
    TRY(tx.each(std::string(kFindingColumns) + "WHERE list = $1 ORDER BY id", {list}, take));
  }
  TRY(opened);
  return rows;
}

}  // namespace weir::app
