// Watch lists over HTTP, from the upload to what is new in it.
#include <gtest/gtest.h>

#include "api/table.h"
#include "app/watch_lists.h"
#include "catalog/import.h"
#include "served.h"

namespace weir::api {
namespace {

constexpr const char* kLists = "/api/v1/watch-lists";
constexpr const char* kShop = R"({"products":[{"purl":"pkg:npm/anvil@1.5.0"}]})";

struct Watched : Served {
  Watched() {
    records = *catalog::open(path(), catalog::Use::import);
    osv("BASE-1", "base");
  }
  std::string path() const { return (world.folder() / "public.db").string(); }
  void osv(const std::string& id, const std::string& package) {
    const auto done = catalog::import(
        *records, world.clock,
        {.name = "x.json",
         .bytes = R"({"id":")" + id +
                  R"(","modified":"2026-01-01T00:00:00Z","affected":[{"package":{)" +
                  R"("ecosystem":"npm","name":")" + package + R"("},"versions":["1.5.0"]}]})"});
    ASSERT_TRUE(done && done->rejected == 0);
  }
  void run() {
    app::Watcher watcher(path());
    ASSERT_TRUE(watcher.run(world.app()));
  }
  Answered get(const std::string& as, const std::string& path,
               std::vector<http::Field> fields = {}) {
    return ask({.path = path, .as = as, .fields = std::move(fields)});
  }
  Answered send(const std::string& method, const std::string& as, const std::string& path,
                const std::string& body, std::vector<http::Field> fields = {}) {
    return ask(
        {.method = method, .path = path, .as = as, .body = body, .fields = std::move(fields)});
  }
  Answered add(const std::string& as, const std::string& name, const std::string& body = kShop,
               std::vector<http::Field> fields = {}) {
    fields.push_back({std::string(kListNameField), name});
    return send("POST", as, kLists, body, std::move(fields));
  }
  std::unique_ptr<store::Db> records;
};

std::string at(const Answered& made, const std::string& rest = "") {
  return std::string(kLists) + "/" + made.text("/list") + rest;
}

TEST(Watch, AListIsMadeReadChangedAndRemoved) {
  Watched served;
  const Answered made = served.add("rita", "The%20shop");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("/name"), "The shop");
  EXPECT_EQ(made.text("/tell"), "all");
  EXPECT_EQ(made.text("/matched"), "");
  EXPECT_EQ(made.caching, http::Caching::no_store);
  const Answered shown = served.get("rita", at(made));
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.etag, made.etag);
  EXPECT_EQ(served.get("rita", kLists).text("/lists/0/list"), made.text("/list"));
  EXPECT_EQ(served.get("rita", at(made, "/items")).text("/items/0/shown"), "anvil 1.5.0");
  const Answered set = served.send("PUT", "rita", at(made), R"({"tell":"high","name":"shop"})",
                                   {{"If-Match", '"' + made.etag + '"'}});
  EXPECT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(set.text("/tell"), "high");
  EXPECT_NE(set.etag, made.etag);
  for (const std::string rest : {"", "/content", "/statements"}) {
    const bool is_settings = rest.empty();
    const Answered late = served.send(rest == "/statements" ? "POST" : "PUT", "rita",
                                      at(made, rest), is_settings ? R"({"tell":"all"})" : kShop,
                                      {{"If-Match", '"' + made.etag + '"'}});
    EXPECT_EQ(late.status, 412) << rest << late.body;
  }
  EXPECT_EQ(served.send("PUT", "rita", at(made, "/content"), kShop).status, 200);
  EXPECT_EQ(
      served.send("DELETE", "rita", at(made), "", {{"If-Match", '"' + set.etag + '"'}}).status,
      412);
  EXPECT_EQ(served.send("DELETE", "rita", at(made), "").status, 204);
  EXPECT_EQ(served.get("rita", at(made)).status, 404);
}

TEST(Watch, WhatIsNewIsReadByCursor) {
  Watched served;
  served.osv("A-1", "anvil");
  const Answered made = served.add("rita", "shop");
  served.run();
  const Answered first = served.get("rita", at(made, "/findings"));
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.text("/findings/0/ids/0"), "A-1");
  EXPECT_EQ(first.text("/findings/0/happened/0/what"), "found");
  EXPECT_EQ(first.text("/findings/0/evidence/0/matched_name"), "npm anvil");
  EXPECT_EQ(first.text("/findings/0/seen"), "no");
  const std::string next = first.text("/next");
  EXPECT_TRUE(
      served.get("rita", at(made, "/findings?after=" + next)).at("/findings").as_array().empty());
  served.osv("A-2", "anvil");
  served.run();
  const Answered then = served.get("rita", at(made, "/findings?after=" + next));
  ASSERT_EQ(then.at("/findings").as_array().size(), 1U);
  EXPECT_EQ(then.text("/findings/0/ids/0"), "A-2");
  EXPECT_EQ(served.get("rita", at(made, "/findings?limit=1")).at("/more"), json::Value(true));
  EXPECT_EQ(served.get("rita", at(made, "/findings?which=some")).status, 400);
  EXPECT_EQ(served.get("rita", at(made, "/findings?after=zz")).status, 400);

  EXPECT_EQ(served.send("POST", "rita", at(made, "/findings/seen"), R"({"upto":1})").status, 204);
  const Answered unseen = served.get("rita", at(made, "/findings?which=unseen"));
  ASSERT_EQ(unseen.at("/findings").as_array().size(), 1U);
  const std::string aside = at(made, "/findings/" + unseen.text("/findings/0/finding") + "/aside");
  EXPECT_EQ(served.send("PUT", "rita", aside, R"({"reason":"not called","until":"soon"})").status,
            400);
  EXPECT_EQ(
      served.send("PUT", "rita", aside, R"({"reason":"not called","until":"2027-06-01T00:00:00Z"})")
          .status,
      204);
  EXPECT_TRUE(
      served.get("rita", at(made, "/findings?which=unseen")).at("/findings").as_array().empty());
  EXPECT_EQ(served.get("rita", at(made, "/findings?after=" + next)).text("/findings/0/aside/by"),
            "rita");
  EXPECT_EQ(served.send("DELETE", "rita", aside, "").status, 204);
  EXPECT_EQ(served.get("rita", at(made, "/findings?which=open")).at("/findings").as_array().size(),
            2U);
}

TEST(Watch, TheTagOfAListChangesWithWhatIsFound) {
  Watched served;
  const Answered made = served.add("rita", "shop");
  served.run();
  const Answered before = served.get("rita", at(made));
  served.osv("A-1", "anvil");
  served.run();
  const Answered after = served.get("rita", at(made));
  EXPECT_NE(before.etag, after.etag);
  EXPECT_EQ(after.at("/open"), json::Value(1));
  // And what was read before may still be changed: its keeper has changed nothing.
  EXPECT_EQ(served
                .send("PUT", "rita", at(made), R"({"paused":"yes"})",
                      {{"If-Match", '"' + before.etag + '"'}})
                .status,
            200);
}

TEST(Watch, OneKeyMakesOneList) {
  Watched served;
  const std::vector<http::Field> key = {{"Idempotency-Key", "k"}};
  const Answered first = served.add("rita", "shop", kShop, key);
  const Answered again = served.add("rita", "shop", kShop, key);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(first.text("/list"), again.text("/list"));
  EXPECT_EQ(served.add("rita", "another", kShop, key).status, 409);
  EXPECT_EQ(served.add("rita", "shop").status, 409);  // the name is taken
}

TEST(Watch, WhatIsWrongIsRefusedWithItsPlace) {
  Watched served;
  const Answered bad =
      served.add("rita", "shop", R"({"products":[{"purl":"pkg:npm/a@1"},{"purl":"npm/a"}]})");
  EXPECT_EQ(bad.status, 400);
  EXPECT_TRUE(bad.body.contains("/products/1")) << bad.body;
  EXPECT_EQ(served.add("rita", "").status, 400);
  EXPECT_EQ(served.add("rita", "%zz").status, 400);
  EXPECT_EQ(served
                .send("POST", "rita", std::string(kLists) + "?tell=loud", kShop,
                      {{std::string(kListNameField), "shop"}})
                .status,
            400);
  EXPECT_EQ(served.send("POST", "rita", kLists, kShop).status, 400);
  EXPECT_EQ(served.get("rita", kLists, {{"If-Match", "\"1\""}}).status, 400);
  EXPECT_TRUE(served.get("rita", kLists).at("/lists").as_array().empty());
}

TEST(Watch, NamesAreReadAsTheyAreWritten) {
  EXPECT_EQ(percent_decoded("a%20b%C3%a9"), "a b\xC3\xA9");
  EXPECT_EQ(percent_decoded("%2"), std::nullopt);
  EXPECT_EQ(percent_decoded("%zz"), std::nullopt);
}

TEST(Watch, UploadsAreCountedByNetwork) {
  Watched served;
  int refused = 0;
  for (int i = 0; i < 31; ++i) {
    refused += served.add("rita", "shop", "{}").status == 429 ? 1 : 0;
  }
  EXPECT_EQ(refused, 1);
}

TEST(Watch, ATokenOfTheScopeReachesListsAndNothingElse) {
  Watched served;
  const Answered token =
      served.send("POST", "rita", "/api/v1/tokens", R"({"label":"ci","scopes":["watch"]})");
  ASSERT_EQ(token.status, 201) << token.body;
  const auto as_program = [&](const std::string& path) {
    return served.ask({.path = path, .token = token.text("/token")}).status;
  };
  EXPECT_EQ(as_program(kLists), 200);
  EXPECT_EQ(as_program("/api/v1/cases"), 403);
  EXPECT_EQ(as_program("/api/v1/releases"), 403);
}

}  // namespace
}  // namespace weir::api
