#include "app/watch_lists.h"

#include <algorithm>
#include <array>

#include "app/identity.h"
#include "app/watch_keeping.h"
#include "base/bytes.h"
#include "base/id.h"

namespace weir::app {
namespace {

using policy::Fact;

constexpr std::array<std::string_view, 5> kTells = {"all", "high", "critical", "exploited",
                                                    "nothing"};

bool has_role(const Person& person, WatchUse use) {
  using policy::Role;
  const bool may_change = person.roles.has(Role::administrator) ||
                          person.roles.has(Role::reporter) || person.roles.has(Role::coordinator);
  return may_change || (use == WatchUse::see && person.roles.has(Role::recipient));
}

Status check_name(const std::string& name) {
  const bool is_plain = std::ranges::none_of(
      name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return !name.empty() && name.size() <= kMaxListNameBytes && is_utf8(name) && is_plain
             ? Status()
             : fail(Code::invalid, "a list has a name of 1 to 200 bytes, on one line", "name");
}

/// What is stored of a list's content, sealed already.
struct Sealed {
  ListHead head;  // without name and tell
  std::int64_t parts = 0;
  std::vector<std::string> chunks;
  std::string statements;  // empty: none
};

Result<Sealed> seal_content(const App& app, const ListKey& key, watch::Content content) {
  Sealed sealed;
  sealed.head.form = std::move(content.form);
  sealed.head.product = std::move(content.product);
  sealed.head.root = std::move(content.root);
  sealed.head.items = static_cast<std::int64_t>(content.items.size());
  sealed.head.nameless = static_cast<std::int64_t>(content.nameless);
  sealed.head.unversioned = static_cast<std::int64_t>(content.unversioned);
  sealed.head.unread = std::move(content.unread);
  sealed.parts = static_cast<std::int64_t>(content.parts);
  for (std::size_t at = 0; at < content.items.size(); at += kItemsOfChunk) {
    const auto begin = content.items.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t many = std::min(kItemsOfChunk, content.items.size() - at);
    const std::vector<watch::Item> items(
        std::make_move_iterator(begin),
        std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(many)));
    sealed.chunks.push_back(key.seal(watch::pack(items),
                                     chunk_place(static_cast<std::int64_t>(sealed.chunks.size())),
                                     app.random));
  }
  if (content.statements) {
    sealed.head.own_statements = static_cast<std::int64_t>(content.statements->statements.size());
    const std::string packed = watch::pack(std::vector{*std::move(content.statements)});
    if (packed.size() > watch::kMaxStatementsBytes) {
      return fail(Code::invalid, "more statements than one list keeps");
    }
    sealed.statements = key.seal(packed, kOwnStatementsPlace, app.random);
  }
  return sealed;
}

Status put_statements(store::Tx& tx, std::int64_t list, std::string_view place,
                      const std::string& sealed) {
  TRY(tx.run("DELETE FROM watch_statements WHERE list = $1 AND place = $2", {list, place}));
  return sealed.empty()
             ? Status()
             : tx.run("INSERT INTO watch_statements (list, place, sealed) VALUES ($1, $2, $3)",
                      {list, place, store::Blob{sealed}});
}

Status put_content(store::Tx& tx, std::int64_t list, const Sealed& content) {
  TRY(tx.run("DELETE FROM watch_chunk WHERE list = $1", {list}));
  for (std::size_t i = 0; i < content.chunks.size(); ++i) {
    TRY(tx.run("INSERT INTO watch_chunk (list, number, sealed) VALUES ($1, $2, $3)",
               {list, static_cast<std::int64_t>(i), store::Blob{content.chunks[i]}}));
  }
  return put_statements(tx, list, kOwnStatementsPlace, content.statements);
}

/// Room for `more` components, and whether another list than `except` has the name.
Status must_have_room(const store::Tx& tx, std::int64_t organisation, std::int64_t more) {
  const auto parts =
      TRY(tx.one("SELECT COALESCE(SUM(parts), 0) FROM watch_list WHERE organisation = $1",
                 {organisation}, [](const store::Row& row) { return row.integer(0); }));
  return *parts + more <= kMaxWatchParts
             ? Status()
             : fail(Code::conflict,
                    "the lists of an organisation hold at most 500000 components together");
}

Result<std::vector<ListRow>> rows_of(const store::Tx& tx, std::int64_t organisation,
                                     const Slice& wanted = {}) {
  return tx.all(
      std::string(kListColumns) + "WHERE organisation = $1 AND ref > $2 ORDER BY ref LIMIT $3",
      {organisation, wanted.after, wanted.most}, read_list_row);
}

Status must_be_free(const store::Tx& tx, const App& app, std::int64_t organisation,
                    const std::string& name, std::int64_t except) {
  for (ListRow& row : TRY(rows_of(tx, organisation))) {
    const std::int64_t id = row.id;
    const OpenList other = TRY(open_list(app, std::move(row)));
    if (id != except && other.head.name == name) {
      return fail(Code::conflict, "your organisation has a list of this name", "name");
    }
  }
  return {};
}

/// Everything that its keeper changes: another version, and, with Match::again, the whole list is
/// held against the records anew.
enum class Again : std::uint8_t { no, yes };
Status put_head(store::Tx& tx, const App& app, const OpenList& list, Again again) {
  const std::string head = seal_head(app, list.key, list.head);
  return tx.run(
      "UPDATE watch_list SET revision = revision + 1, changed_ms = $2, head = $3, parts = $4, "
      "paused = $5, waits = CASE WHEN $6 = 1 THEN 1 ELSE waits END, problem = CASE WHEN $6 = 1 "
      "THEN 0 ELSE problem END WHERE id = $1",
      {list.row.id, app.clock.now().ms, store::Blob{head}, list.row.parts,
       std::int64_t{list.row.is_paused ? 1 : 0}, std::int64_t{again == Again::yes ? 1 : 0}});
}

Result<WatchListView> shown_again(const store::Tx& tx, const App& app,
                                  const std::string& reference) {
  auto row = TRY(tx.one(std::string(kListColumns) + "WHERE ref = $1", {reference}, read_list_row));
  CHECK(row);
  const OpenList list = TRY(open_list(app, std::move(*row)));
  return view_of(tx, app, list);
}

/// One change by its keeper, in one transaction: what it answers is the list afterwards.
template <class Change>
Result<WatchListView> changed(App& app, const Actor& actor, const std::string& reference,
                              Change change) {
  const auto done = TRY(app.db.submit([&](store::Tx& tx) -> Result<WatchListView> {
    KeptList kept = TRY(load_list(tx, app, actor, reference, WatchUse::change));
    TRY(change(tx, kept));
    return shown_again(tx, app, reference);
  }));
  return *done;
}

/// The key of a list, to prepare what is sealed under it.
Result<ListKey> key_of(App& app, const Actor& actor, const std::string& reference) {
  const auto tx = TRY(app.db.read());
  return TRY(load_list(*tx, app, actor, reference, WatchUse::change)).list.key;
}

/// Name and tell of the one, content of the other.
ListHead with_content(const ListHead& before, const ListHead& content) {
  ListHead head = content;
  head.name = before.name;
  head.tell = before.tell;
  head.pace = before.pace;
  head.muted_until = before.muted_until;
  head.added_statements = before.added_statements;
  return head;
}

Status insert_list(store::Tx& tx, const App& app, const ListRow& row, const ListKey& key,
                   const Sealed& content) {
  const std::string head = seal_head(app, key, content.head);
  const std::int64_t list = TRY(tx.insert(
      "INSERT INTO watch_list (ref, organisation, revision, waits, paused, problem, parts, "
      "findings, key, head, created_ms, changed_ms) VALUES ($1, $2, 1, 1, 0, 0, $3, 0, $4, $5, $6, "
      "$6)",
      {row.reference, row.organisation, content.parts, store::Blob{row.key}, store::Blob{head},
       app.clock.now().ms}));
  return put_content(tx, list, content);
}

}  // namespace

std::string_view name(Tell tell) {
  return kTells[static_cast<std::size_t>(tell)];
}

Result<Tell> parse_tell(std::string_view text) {
  const auto found = std::ranges::find(kTells, text);
  if (found == kTells.end()) {
    return fail(Code::invalid, "all, high, critical, exploited or nothing", "tell");
  }
  return static_cast<Tell>(found - kTells.begin());
}

Result<Person> load_watcher(const store::Tx& tx, const App& app, const Actor& actor, WatchUse use) {
  Person person = TRY(load_person(tx, app, actor, Scope::watch));
  policy::Facts facts;
  facts.standing.author = person.id != 0 && has_role(person, use) ? Fact::yes : Fact::no;
  const policy::Decision decision =
      policy::decide(subject_of(person), policy::Action::keep_watch_lists, facts);
  if (!decision.is_allowed()) {
    return fail(Code::denied, use == WatchUse::see ? "your role does not see watch lists"
                                                   : "your role does not change watch lists");
  }
  return person;
}

Result<KeptList> load_list(const store::Tx& tx, const App& app, const Actor& actor,
                           std::string_view reference, WatchUse use) {
  Person person = TRY(load_watcher(tx, app, actor, use));
  auto row = TRY(tx.one(std::string(kListColumns) + "WHERE ref = $1 AND organisation = $2",
                        {reference, person.organisation.id}, read_list_row));
  if (!row) {
    return fail(Code::not_found, "there is no such watch list");
  }
  // What follows a dash says what was found meanwhile, which its keeper has not changed.
  const std::string& expected = actor.terms().expected;
  const std::string version = expected.substr(0, expected.find('-'));
  if (!expected.empty() && version != std::to_string(row->revision)) {
    return fail(Code::conflict, std::string(kListMovedOn));
  }
  OpenList list = TRY(open_list(app, std::move(*row)));
  return KeptList{std::move(person), std::move(list)};
}

Result<WatchListView> view_of(const store::Tx& tx, const App& app, const OpenList& list) {
  WatchListView view;
  view.reference = list.row.reference;
  view.name = list.head.name;
  view.version = std::to_string(list.row.revision);
  view.tell = list.head.tell;
  view.pace = list.head.pace;
  if (list.head.muted_until > app.clock.now()) {
    view.muted_until = list.head.muted_until;
  }
  view.paused = list.row.is_paused ? Fact::yes : Fact::no;
  view.form = list.head.form;
  view.product = list.head.product;
  view.items = list.head.items;
  view.parts = list.row.parts;
  view.nameless = list.head.nameless;
  view.unversioned = list.head.unversioned;
  view.unread = list.head.unread;
  view.statements = list.head.own_statements + list.head.added_statements;
  view.created = list.row.created;
  view.changed = list.row.changed;
  if (!list.row.is_waiting) {
    view.matched = list.row.matched;
  }
  if (list.row.problem == WatchProblem::too_many_findings) {
    view.problem = "more than 100000 findings: the list is not matched any more until it changes";
  }
  TRY(
      tx.each("SELECT COUNT(*), COALESCE(SUM(1 - seen), 0) FROM watch_finding WHERE list = $1 AND "
              "state = 0 AND aside_until_ms <= $2",
              {list.row.id, app.clock.now().ms}, [&](const store::Row& row) {
                view.open = row.integer(0);
                view.unseen = row.integer(1);
                return true;
              }));
  return view;
}

Result<WatchListView> add_watch_list(App& app, const Actor& actor, const NewWatchList& wanted) {
  TRY(check_name(wanted.name));
  {
    const auto tx = TRY(app.db.read());
    TRY(load_watcher(*tx, app, actor, WatchUse::change));
    if (const auto outcome = TRY(find_outcome(*tx, app, actor))) {
      const KeptList kept = TRY(load_list(*tx, app, actor, *outcome, WatchUse::see));
      return view_of(*tx, app, kept.list);
    }
  }
  const ListKey key{Secret(app.random.bytes(kKeyBytes))};
  watch::Content read = TRY(watch::read(wanted.bytes));
  Sealed content = TRY(seal_content(app, key, std::move(read)));
  content.head.name = wanted.name;
  content.head.tell = wanted.tell;
  ListRow row;
  row.reference = to_base32(app.random.bytes(kIdBytes));
  row.key = key.wrapped(app.identity.keyring(), row.reference, app.random);
  const auto made = TRY(app.db.submit([&](store::Tx& tx) -> Result<WatchListView> {
    const Person person = TRY(load_watcher(tx, app, actor, WatchUse::change));
    const std::vector<ListRow> others = TRY(rows_of(tx, person.organisation.id));
    if (static_cast<std::int64_t>(others.size()) >= kMaxWatchLists) {
      return fail(Code::conflict, "an organisation has at most 200 watch lists");
    }
    TRY(must_have_room(tx, person.organisation.id, content.parts));
    TRY(must_be_free(tx, app, person.organisation.id, wanted.name, 0));
    ListRow mine = row;
    mine.organisation = person.organisation.id;
    TRY(insert_list(tx, app, mine, key, content));
    TRY(keep_outcome(tx, app, actor, row.reference));
    return shown_again(tx, app, row.reference);
  }));
  return *made;
}

Result<WatchListView> replace_watch_list(App& app, const Actor& actor, const std::string& reference,
                                         std::string_view bytes) {
  const ListKey key = TRY(key_of(app, actor, reference));
  watch::Content read = TRY(watch::read(bytes));
  const Sealed content = TRY(seal_content(app, key, std::move(read)));
  return changed(app, actor, reference, [&](store::Tx& tx, KeptList& kept) -> Status {
    TRY(must_have_room(tx, kept.person.organisation.id, content.parts - kept.list.row.parts));
    kept.list.head = with_content(kept.list.head, content.head);
    kept.list.row.parts = content.parts;
    TRY(put_content(tx, kept.list.row.id, content));
    return put_head(tx, app, kept.list, Again::yes);
  });
}

Result<WatchListView> set_watch_list(App& app, const Actor& actor, const std::string& reference,
                                     const WatchSettings& settings) {
  if (settings.name) {
    TRY(check_name(*settings.name));
  }
  if (settings.paused == Fact::unknown) {
    return fail(Code::invalid, "yes or no", "paused");
  }
  return changed(app, actor, reference, [&](store::Tx& tx, KeptList& kept) -> Status {
    OpenList& list = kept.list;
    if (settings.name) {
      TRY(must_be_free(tx, app, list.row.organisation, *settings.name, list.row.id));
      list.head.name = *settings.name;
    }
    list.head.tell = settings.tell.value_or(list.head.tell);
    list.head.pace = settings.pace.value_or(list.head.pace);
    list.head.muted_until = settings.muted_until.value_or(list.head.muted_until);
    const bool was_paused = list.row.is_paused;
    if (settings.paused) {
      list.row.is_paused = *settings.paused == Fact::yes;
    }
    // What has changed meanwhile was held against the others.
    const bool goes_on = was_paused && !list.row.is_paused;
    return put_head(tx, app, list, goes_on ? Again::yes : Again::no);
  });
}

Status remove_watch_list(App& app, const Actor& actor, const std::string& reference) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const KeptList kept = TRY(load_list(tx, app, actor, reference, WatchUse::change));
    const std::int64_t list = kept.list.row.id;
    for (const char* table : {"watch_chunk", "watch_statements", "watch_finding"}) {
      TRY(tx.run(std::string("DELETE FROM ") + table + " WHERE list = $1", {list}));
    }
    return tx.run("DELETE FROM watch_list WHERE id = $1", {list});
  });
}

Result<std::vector<WatchListView>> watch_lists(App& app, const Actor& actor, const Slice& wanted) {
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_watcher(*tx, app, actor, WatchUse::see));
  std::vector<WatchListView> views;
  for (ListRow& row : TRY(rows_of(*tx, person.organisation.id, wanted))) {
    const OpenList list = TRY(open_list(app, std::move(row)));
    views.push_back(TRY(view_of(*tx, app, list)));
  }
  return views;
}

Result<WatchListView> show_watch_list(App& app, const Actor& actor, const std::string& reference) {
  const auto tx = TRY(app.db.read());
  const KeptList kept = TRY(load_list(*tx, app, actor, reference, WatchUse::see));
  return view_of(*tx, app, kept.list);
}

Result<std::vector<watch::Item>> watch_items(App& app, const Actor& actor,
                                             const std::string& reference, const Slice& wanted) {
  const auto tx = TRY(app.db.read());
  const KeptList kept = TRY(load_list(*tx, app, actor, reference, WatchUse::see));
  const auto chunks =
      TRY(tx->all("SELECT number FROM watch_chunk WHERE list = $1 ORDER BY number",
                  {kept.list.row.id}, [](const store::Row& row) { return row.integer(0); }));
  std::vector<watch::Item> items;
  for (const std::int64_t number : chunks) {
    for (watch::Item& item : TRY(load_chunk(*tx, kept.list.key, kept.list.row.id, number))) {
      if (static_cast<std::int64_t>(items.size()) == wanted.most) {
        return items;
      }
      if (item.key > wanted.after) {
        items.push_back(std::move(item));
      }
    }
  }
  return items;
}

Result<WatchListView> add_watch_statements(App& app, const Actor& actor,
                                           const std::string& reference, std::string_view bytes) {
  const ListKey key = TRY(key_of(app, actor, reference));
  if (bytes.size() > watch::kMaxListBytes) {
    return fail(Code::invalid, "more than 32 MiB");
  }
  const sbom::Vex read = TRY(sbom::read_vex(bytes));
  if (read.statements.empty()) {
    return fail(Code::invalid, "the document states nothing that holds");
  }
  const std::string place = document_place(to_base32(app.random.bytes(kIdBytes)));
  const std::string sealed = key.seal(watch::pack(std::vector{read}), place, app.random);
  return changed(app, actor, reference, [&](store::Tx& tx, KeptList& kept) -> Status {
    OpenList& list = kept.list;
    TRY(put_statements(tx, list.row.id, place, sealed));
    const auto is_much = TRY(
        tx.one("SELECT COUNT(*) > $2 OR SUM(LENGTH(sealed)) > $3 FROM watch_statements WHERE list "
               "= $1",
               {list.row.id, static_cast<std::int64_t>(watch::kMaxDocuments),
                static_cast<std::int64_t>(watch::kMaxStatementsBytes)},
               [](const store::Row& row) { return row.integer(0) != 0; }));
    if (*is_much) {
      return fail(Code::conflict, "more statements than one list keeps: remove some first");
    }
    list.head.added_statements += static_cast<std::int64_t>(read.statements.size());
    return put_head(tx, app, list, Again::yes);
  });
}

Result<WatchListView> remove_watch_statements(App& app, const Actor& actor,
                                              const std::string& reference) {
  return changed(app, actor, reference, [&](store::Tx& tx, KeptList& kept) -> Status {
    kept.list.head.added_statements = 0;
    TRY(tx.run("DELETE FROM watch_statements WHERE list = $1 AND place <> $2",
               {kept.list.row.id, kOwnStatementsPlace}));
    return put_head(tx, app, kept.list, Again::yes);
  });
}

Status rewrap_watch_lists(store::Tx& tx, const Keyring& keyring, Random& random) {
  struct Wrapped {
    std::int64_t id;
    std::string reference;
    std::string key;
  };
  for (const Wrapped& row :
       TRY(tx.all("SELECT id, ref, key FROM watch_list", {}, [](const store::Row& one) {
         return Wrapped{one.integer(0), one.text(1), one.blob(2)};
       }))) {
    const ListKey key = TRY(ListKey::open(keyring, row.reference, row.key));
    const std::string again = key.wrapped(keyring, row.reference, random);
    TRY(tx.run("UPDATE watch_list SET key = $2 WHERE id = $1", {row.id, store::Blob{again}}));
  }
  return {};
}

}  // namespace weir::app
