// Who keeps watch lists, within which limits, and what of them lies in the store. What they find:
// tests/watch.
#include "app/watch_lists.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "app/identity.h"
#include "app/news.h"
#include "app/tokens.h"
#include "app/watch_keeping.h"
#include "app/watch_outcome.h"
#include "app/world.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using policy::Fact;
using policy::Role;

constexpr const char* kProducts = R"({"products":[{"purl":"pkg:npm/anvil@1.5.0"}]})";

class WatchListsTest : public testing::Test {
 protected:
  WatchListsTest() {
    EXPECT_TRUE(world_.create());
    EXPECT_TRUE(world_.found());
    const Actor ada = as("ada");
    for (const auto& [handle, role] :
         {std::pair("remo", Role::recipient), std::pair("audrey", Role::auditor),
          std::pair("lara", Role::administrator)}) {
      EXPECT_TRUE(add_user(app(), ada, {handle, "Lark", {role}}));
    }
  }
  App& app() { return world_.app(); }
  std::string add(const std::string& name, std::string_view bytes = kProducts) {
    const auto made = add_watch_list(app(), as("rita"), {.name = name, .bytes = bytes});
    EXPECT_TRUE(made) << said(made);
    return made ? made->reference : "";
  }
  World world_;
};

TEST_F(WatchListsTest, AreKeptByWhoHasARoleForIt) {
  const std::string list = add("shop");
  struct Row {
    const char* handle;
    std::optional<Code> sees;
    std::optional<Code> changes;
  };
  for (const Row& row :
       {Row{"rita", std::nullopt, std::nullopt}, Row{"lara", std::nullopt, std::nullopt},
        Row{"remo", std::nullopt, Code::denied}, Row{"audrey", Code::denied, Code::denied},
        Row{"otto", Code::not_found, Code::denied}, Row{"cora", Code::not_found, Code::not_found},
        Row{"ada", Code::not_found, Code::not_found}, Row{"", Code::denied, Code::denied}}) {
    const Actor actor = as(row.handle);
    EXPECT_EQ(code_of(show_watch_list(app(), actor, list)), row.sees) << row.handle;
    EXPECT_EQ(code_of(watch_items(app(), actor, list)), row.sees) << row.handle;
    EXPECT_EQ(code_of(watch_findings(app(), actor, list)), row.sees) << row.handle;
    EXPECT_EQ(code_of(replace_watch_list(app(), actor, list, kProducts)), row.changes)
        << row.handle;
    EXPECT_EQ(code_of(set_watch_list(app(), actor, list, {})), row.changes) << row.handle;
    EXPECT_EQ(code_of(remove_watch_statements(app(), actor, list)), row.changes) << row.handle;
    EXPECT_EQ(code_of(mark_watch_seen(app(), actor, list, 0)), row.changes) << row.handle;
  }
}

TEST_F(WatchListsTest, AreClosedToWhoIsBarredOrSuspended) {
  const std::string list = add("shop");
  ASSERT_TRUE(set_barred(app(), as("ada"), "rita", Fact::yes));
  EXPECT_EQ(code_of(show_watch_list(app(), as("rita"), list)), Code::denied);
  ASSERT_TRUE(set_suspended(app(), as("ada"), "Lark", Fact::yes));
  EXPECT_EQ(code_of(show_watch_list(app(), as("lara"), list)), Code::denied);
  EXPECT_EQ(code_of(watch_lists(app(), as("lara"))), Code::denied);
  EXPECT_EQ(code_of(remove_watch_list(app(), as("lara"), list)), Code::denied);
}

TEST_F(WatchListsTest, AreOpenToATokenOfTheirScopeAndToNoOther) {
  const std::string list = add("shop");
  const auto token = [&](Scopes scopes) {
    const auto made = create_token(
        app(), as("lara"),
        {.label = "ci" + std::to_string(scopes.bits()), .scopes = scopes, .organisation = "Lark"});
    EXPECT_TRUE(made) << said(made);
    const auto actor = authenticate(app(), {.token = made->token});
    EXPECT_TRUE(actor);
    return *actor;
  };
  const Actor ci = token({Scope::watch});
  EXPECT_TRUE(replace_watch_list(app(), ci, list, kProducts));
  EXPECT_TRUE(watch_findings(app(), ci, list));
  const Actor other = token({Scope::report, Scope::read});
  EXPECT_EQ(code_of(watch_lists(app(), other)), Code::denied);
  EXPECT_EQ(code_of(replace_watch_list(app(), other, list, kProducts)), Code::denied);
}

TEST_F(WatchListsTest, SayWhatTheyHold) {
  const std::string list = add(
      "shop",
      R"({"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"component":{"type":)"
      R"("application","name":"shop","version":"3"}},"components":[{"type":"library","name":"a",)"
      R"("purl":"pkg:npm/a@1"},{"type":"library","name":"b","purl":"pkg:npm/b@1"},{"type":)"
      R"("library","name":"b","purl":"pkg:npm/b@2"},{"type":"library","name":"c","version":"1"},)"
      R"({"type":"library","name":"d","purl":"pkg:npm/d"},7]})");
  const auto view = show_watch_list(app(), as("remo"), list);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->name, "shop");
  EXPECT_EQ(view->form, "CycloneDX JSON 1.5");
  EXPECT_EQ(view->product, "shop 3");
  EXPECT_EQ(view->items, 2);
  EXPECT_EQ(view->parts, 3);
  EXPECT_EQ(view->nameless, 2);
  EXPECT_EQ(view->unversioned, 1);
  EXPECT_EQ(view->version, "1");
  EXPECT_FALSE(view->matched);
  ASSERT_EQ(view->unread.size(), 1U);
  EXPECT_EQ(view->unread[0].place, "/components/5");
  const auto items = watch_items(app(), as("remo"), list);
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 2U);
  EXPECT_EQ(watch::shown((*items)[1]), "b 1, 2");
  EXPECT_EQ(watch_items(app(), as("remo"), list, {.after = "npm:a"})->front().key, "npm:b");
  EXPECT_EQ(watch_items(app(), as("remo"), list, {.most = 1})->size(), 1U);
}

TEST_F(WatchListsTest, LongListsKeepEveryItem) {
  std::string many;
  for (int i = 0; i < 1'000; ++i) {
    many +=
        (i == 0 ? "" : ",") + std::string(R"({"purl":"pkg:npm/a)") + std::to_string(i) + "@1\"}";
  }
  const std::string list = add("long", R"({"products":[)" + many + "]}");
  const auto items = watch_items(app(), as("rita"), list);
  ASSERT_TRUE(items);
  EXPECT_EQ(items->size(), 1'000U);
  EXPECT_TRUE(std::ranges::is_sorted(*items, {}, &watch::Item::key));
}

TEST_F(WatchListsTest, WhatIsWrongIsRefusedAndLeavesNothing) {
  const auto refused = [&](const std::string& name, std::string_view bytes) {
    return said(add_watch_list(app(), as("rita"), {.name = name, .bytes = bytes}));
  };
  EXPECT_EQ(refused("", kProducts), "a list has a name of 1 to 200 bytes, on one line (name)");
  EXPECT_EQ(refused("two\nlines", kProducts),
            "a list has a name of 1 to 200 bytes, on one line (name)");
  EXPECT_EQ(refused(std::string(201, 'a'), kProducts),
            "a list has a name of 1 to 200 bytes, on one line (name)");
  EXPECT_EQ(refused("shop", R"({"products":[{"purl":"pkg:npm/a@1"},{"purl":"npm/a"}]})"),
            "a name is a purl (pkg:...) or a CPE (cpe:...) (/products/1)");
  EXPECT_NE(refused("shop", "\x01"), "done");
  EXPECT_EQ(world_.number("SELECT COUNT(*) FROM watch_list"), 0);
  add("shop");
  EXPECT_EQ(code_of(add_watch_list(app(), as("rita"), {.name = "shop", .bytes = kProducts})),
            Code::conflict);
  const std::string other = add(std::string(200, 'a'));
  EXPECT_EQ(code_of(set_watch_list(app(), as("rita"), other, {.name = "shop"})), Code::conflict);
  EXPECT_TRUE(set_watch_list(app(), as("rita"), other, {.name = "garage"}));
  EXPECT_EQ(code_of(set_watch_list(app(), as("rita"), other, {.paused = Fact::unknown})),
            Code::invalid);
  EXPECT_EQ(code_of(replace_watch_list(app(), as("rita"), other, "{}")), Code::invalid);
  EXPECT_EQ(watch_items(app(), as("rita"), other)->size(), 1U);
  EXPECT_EQ(code_of(add_watch_statements(app(), as("rita"), other, "{}")), Code::invalid);
  EXPECT_EQ(parse_tell("loud").error().code, Code::invalid);
  EXPECT_EQ(*parse_tell("critical"), Tell::critical);
  EXPECT_EQ(name(Tell::nothing), "nothing");
}

TEST_F(WatchListsTest, HaveLimitsForAnOrganisation) {
  const std::string list = add("shop");
  ASSERT_TRUE(app().db.execute([&](store::Tx& tx) {
    return tx.run("UPDATE watch_list SET parts = $1", {kMaxWatchParts - 1});
  }));
  add("one more");
  EXPECT_EQ(code_of(add_watch_list(app(), as("rita"), {.name = "beyond", .bytes = kProducts})),
            Code::conflict);
  EXPECT_EQ(code_of(replace_watch_list(app(), as("rita"), list, kProducts)), std::nullopt);
  for (std::int64_t i = 2; i < kMaxWatchLists; ++i) {
    add("list " + std::to_string(i));
  }
  EXPECT_EQ(code_of(add_watch_list(app(), as("rita"), {.name = "beyond", .bytes = kProducts})),
            Code::conflict);
  EXPECT_EQ(watch_lists(app(), as("rita"))->size(), static_cast<std::size_t>(kMaxWatchLists));
  EXPECT_EQ(watch_lists(app(), as("rita"), {.most = 3})->size(), 3U);
  // Others have their own room.
  EXPECT_TRUE(add_watch_list(app(), as("cora"), {.name = "shop", .bytes = kProducts}));
}

TEST_F(WatchListsTest, AreMadeOnceForOneKey) {
  const auto with_key = [&](const char* key) {
    return as("rita").with({.key = key, .route = "add_watch_list", .body = sha256("x")});
  };
  const auto first = add_watch_list(app(), with_key("k"), {.name = "shop", .bytes = kProducts});
  const auto again = add_watch_list(app(), with_key("k"), {.name = "shop", .bytes = kProducts});
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->reference, again->reference);
  EXPECT_EQ(code_of(add_watch_list(app(), with_key("l"), {.name = "shop", .bytes = kProducts})),
            Code::conflict);
}

TEST_F(WatchListsTest, AreChangedOnlyAsTheyWereRead) {
  const std::string list = add("shop");
  const auto knowing = [&](const char* version) { return as("rita").with({.expected = version}); };
  EXPECT_TRUE(set_watch_list(app(), knowing("1"), list, {.tell = Tell::high}));
  const auto late = set_watch_list(app(), knowing("1"), list, {.tell = Tell::all});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().message, kListMovedOn);
  EXPECT_EQ(show_watch_list(app(), as("rita"), list)->tell, Tell::high);
  EXPECT_EQ(code_of(replace_watch_list(app(), knowing("1"), list, kProducts)), Code::conflict);
  EXPECT_EQ(code_of(remove_watch_list(app(), knowing("1"), list)), Code::conflict);
  EXPECT_TRUE(remove_watch_list(app(), knowing("2"), list));
  EXPECT_EQ(code_of(show_watch_list(app(), as("rita"), list)), Code::not_found);
}

std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST_F(WatchListsTest, LeaveNoWordOfThemselvesInTheDatabaseFile) {
  const std::string list =
      add("Secret Gateway", R"({"products":[{"purl":"pkg:npm/unheard-of-package@7.77.777"}]})");
  ASSERT_TRUE(app().db.checkpoint());
  const std::string bytes =
      file_bytes(world_.folder() / "weir.db") + file_bytes(world_.folder() / "weir.db-wal");
  ASSERT_TRUE(bytes.contains(list));
  for (const char* word : {"Secret Gateway", "unheard-of-package", "7.77.777", "products"}) {
    EXPECT_FALSE(bytes.contains(word)) << word;
  }
}

TEST_F(WatchListsTest, AreReadableUnderANewMasterKeyAlone) {
  const std::string list = add("shop");
  const Secret old_key(std::string(kKeyBytes, 'm'));
  const Keyring both({Secret(std::string(kKeyBytes, 'n')), old_key});
  const auto key_under = [&](const Keyring& ring) {
    const auto tx = app().db.read();
    const auto wrapped = (*tx)->one("SELECT key FROM watch_list", {},
                                    [](const store::Row& row) { return row.blob(0); });
    return code_of(ListKey::open(ring, list, **wrapped));
  };
  const Keyring fresh({Secret(std::string(kKeyBytes, 'n'))});
  EXPECT_NE(key_under(fresh), std::nullopt);
  const Status done =
      app().db.execute([&](store::Tx& tx) { return rewrap_watch_lists(tx, both, world_.random); });
  ASSERT_TRUE(done) << said(done);
  EXPECT_EQ(key_under(fresh), std::nullopt);
  EXPECT_NE(key_under(Keyring({old_key})), std::nullopt);
}

TEST_F(WatchListsTest, ASealedPieceOpensInItsPlaceAlone) {
  const ListKey key{Secret(std::string(kKeyBytes, 'k'))};
  const std::string sealed = key.seal("piece", chunk_place(1), world_.random);
  EXPECT_EQ(*key.open(sealed, chunk_place(1)), "piece");
  EXPECT_EQ(code_of(key.open(sealed, chunk_place(2))), Code::corrupt);
  EXPECT_EQ(code_of(key.open(sealed, finding_place("1"))), Code::corrupt);
  EXPECT_EQ(code_of(key.open(sealed, aside_place("1"))), Code::corrupt);
  EXPECT_EQ(code_of(key.open(sealed, document_place("1"))), Code::corrupt);
  const ListKey other{Secret(std::string(kKeyBytes, 'l'))};
  EXPECT_EQ(code_of(other.open(sealed, chunk_place(1))), Code::corrupt);
  EXPECT_NE(key.tag("npm:a"), other.tag("npm:a"));
  EXPECT_EQ(key.tag("npm:a"), key.tag("npm:a"));
}

TEST_F(WatchListsTest, WhatIsSealedIsReadAsItWas) {
  const std::string list = add("shop");
  ASSERT_TRUE(add_watch_statements(
      app(), as("rita"), list,
      R"({"@context":"https://openvex.dev/ns/v0.2.0","@id":"x","author":"Lark","timestamp":)"
      R"("2026-01-01T00:00:00Z","version":1,"statements":[{"vulnerability":{"name":"CVE-2026-1"},)"
      R"("products":[{"@id":"pkg:npm/anvil@1.5.0"}],"status":"fixed"}]})"));
  const auto tx = app().db.read();
  const auto row = (*tx)->one(kListColumns, {}, read_list_row);
  ASSERT_TRUE(row && *row);
  const auto open = open_list(app(), **row);
  ASSERT_TRUE(open) << said(open);
  EXPECT_EQ(open->head.name, "shop");
  EXPECT_EQ(open->head.added_statements, 1);
  EXPECT_TRUE(open->row.is_waiting);
  EXPECT_EQ(open->row.revision, 2);
  const auto statements = load_statements(**tx, open->key, open->row.id);
  ASSERT_TRUE(statements);
  ASSERT_EQ(statements->size(), 1U);
  EXPECT_EQ((*statements)[0].author, "Lark");
  EXPECT_EQ(load_chunk(**tx, open->key, open->row.id, 0)->size(), 1U);
  EXPECT_EQ(code_of(load_chunk(**tx, open->key, open->row.id, 1)), Code::corrupt);
  EXPECT_TRUE(load_findings(**tx, open->key, open->row.id, std::nullopt)->empty());
  ListHead head = open->head;
  head.root = sbom::Component{.name = "shop", .version = "3"};
  head.unread = {{"what", "/place"}};
  const auto again = open_head(open->key, seal_head(app(), open->key, head));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->root->version, "3");
  EXPECT_EQ(again->unread[0].place, "/place");
  EXPECT_EQ(code_of(open_head(open->key, open->key.seal("{}", kHeadPlace, world_.random))),
            Code::corrupt);
}

TEST_F(WatchListsTest, AnOutcomeIsStoredOnlyIfTheListIsAsItWasRead) {
  const std::string reference = add("shop");
  const auto load = [&] {
    const auto tx = app().db.read();
    return *load_list(**tx, app(), as("rita"), reference, WatchUse::see);
  };
  const KeptList kept = load();
  Outcome outcome{.list = kept.list.row.id,
                  .revision = kept.list.row.revision,
                  .organisation = kept.list.row.organisation,
                  .is_whole = true,
                  .rows = {}};
  watch::Finding finding;
  finding.item = "npm:anvil";
  finding.ids = {"CVE-1"};
  finding.happened.push_back({watch::What::found, app().clock.now()});
  Written row;
  row.reference = "ref";
  row.tag = kept.list.key.tag("npm:anvil");
  row.is_moved = true;
  row.is_news = true;
  row.sealed = kept.list.key.seal(watch::pack(finding), finding_place("ref"), world_.random);
  outcome.rows.push_back(row);
  const auto store = [&] {
    return app().db.execute([&](store::Tx& tx) -> Status {
      TRY(put_outcome(tx, app(), outcome));
      return put_cursor(tx, {"feed", 7, 3});
    });
  };
  ASSERT_TRUE(set_watch_list(app(), as("rita"), reference, {.tell = Tell::high}));
  ASSERT_TRUE(store());
  EXPECT_TRUE(load().list.row.is_waiting);
  EXPECT_TRUE(watch_findings(app(), as("rita"), reference)->empty());
  outcome.revision += 1;
  ASSERT_TRUE(store());
  EXPECT_FALSE(load().list.row.is_waiting);
  const auto found = watch_findings(app(), as("rita"), reference);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ((*found)[0].finding, finding);
  EXPECT_EQ((*found)[0].number, 1);
  ASSERT_TRUE(set_watch_list(app(), as("rita"), reference, {.paused = Fact::yes}));
  outcome.revision += 1;
  const auto tx = app().db.read();
  EXPECT_FALSE(*is_as_read(**tx, outcome));
  const auto stored = (*tx)->one(kFindingColumns, {}, [&](const store::Row& one) {
    return read_finding_row(kept.list.key, one);
  });
  ASSERT_TRUE(stored && *stored && **stored);
  EXPECT_FALSE((**stored)->is_seen);
  const auto cursor = load_cursor(**tx);
  ASSERT_TRUE(cursor && *cursor);
  EXPECT_EQ((*cursor)->feed, "feed");
  EXPECT_EQ((*cursor)->version, 7);
  EXPECT_EQ((*cursor)->run, 3);
  EXPECT_EQ(code_of(load_watcher(**tx, app(), as("remo"), WatchUse::change)), Code::denied);
}

TEST_F(WatchListsTest, WithoutAPublicDatabaseNothingIsToBeDone) {
  add("shop");
  Watcher watcher((world_.folder() / "none.db").string());
  const auto ran = watcher.run(app());
  ASSERT_TRUE(ran) << said(ran);
  EXPECT_EQ(*ran, Watcher::Ran{});
  EXPECT_EQ(watcher.size(), 0U);
}

TEST_F(WatchListsTest, AReasonIsNeededToSetAFindingAside) {
  const std::string list = add("shop");
  const auto set_aside = [&](const std::string& reason, std::optional<Instant> until) {
    return code_of(suppress_finding(app(), as("rita"), list, "none", reason, until));
  };
  EXPECT_EQ(set_aside("", std::nullopt), Code::invalid);
  EXPECT_EQ(set_aside(std::string(1'001, 'a'), std::nullopt), Code::invalid);
  EXPECT_EQ(set_aside("why", app().clock.now()), Code::invalid);
  EXPECT_EQ(set_aside("why", std::nullopt), Code::not_found);
  EXPECT_EQ(code_of(restore_finding(app(), as("rita"), list, "none")), Code::not_found);
}

}  // namespace
}  // namespace weir::app
