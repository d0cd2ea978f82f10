// What the API does, from a report to its publication. Who may not is in access_test.cc.
#include <gtest/gtest.h>

#include "api/guard.h"
#include "api/service.h"
#include "app/log.h"
#include "base/bytes.h"
#include "served.h"

namespace weir::api {
namespace {

using app::Words;

TEST(Api, ServesHealthToEverybodyAndNumbersToOperatorsAlone) {
  Served served;
  EXPECT_EQ(served.ask({.path = "/healthz"}).body, "ok\n");
  EXPECT_EQ(served.ask({.path = "/readyz"}).body, "ready\n");
  EXPECT_EQ(served.ask({.path = "/metrics"}).status, 404);
  const Answered numbers = served.ask_operators({.path = "/metrics"});
  EXPECT_EQ(numbers.status, 200);
  EXPECT_NE(numbers.body.find("weir_log_leaves "), std::string::npos);
  EXPECT_EQ(served.ask_operators({.path = "/healthz"}).status, 200);
  EXPECT_EQ(served.ask_operators({.path = "/api/v1/cases"}).status, 404);
  EXPECT_EQ(served.ask_this_machine({.path = "/metrics"}).status, 200);
}

TEST(Api, CountsAnswersByRoute) {
  Served served;
  served.service->watch([] { return http::Statistics{.connections = 7}; });
  http::Served answer{};
  answer.status = 200;
  for (const char* pattern : {"/healthz", "/nowhere"}) {
    answer.pattern = pattern;
    served.service->count(answer);
  }
  const Answered numbers = served.ask_operators({.path = "/metrics"});
  EXPECT_NE(numbers.body.find("weir_http_answers_total{route=\"/healthz\",status=\"2xx\"} 1"),
            std::string::npos);
  EXPECT_NE(numbers.body.find("weir_http_connections 7"), std::string::npos);
  EXPECT_EQ(numbers.body.find("nowhere"), std::string::npos);
}

TEST(Api, IsNotReadyWhenTheLedgerHasStoppedOrNothingIsSealed) {
  Served served;
  served.report("rita");
  served.service->note_seal(fail(Code::unavailable, "no witness"));
  EXPECT_EQ(served.ask({.path = "/readyz"}).status, 200);
  served.world.clock.advance(served.world.app().seal_within + std::chrono::seconds(1));
  EXPECT_EQ(served.ask({.path = "/readyz"}).status, 503);
  served.service->note_seal({});
  EXPECT_EQ(served.ask({.path = "/readyz"}).status, 200);
  served.world.ledger().stop("a witness is ahead");
  EXPECT_EQ(served.ask({.path = "/readyz"}).status, 503);
}

TEST(Api, ServesTheLogAsItIsMirrored) {
  Served served;
  for (int i = 0; i < 3; ++i) {
    served.report("rita");
  }
  EXPECT_EQ(served.ask({.path = "/log/checkpoint"}).status, 404);  // nothing is published yet
  ASSERT_TRUE(served.world.seal());
  served.report("rita");
  ASSERT_TRUE(served.world.seal());
  served.world.verify();  // mirrors it
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(served.world.mirror())) {
    if (!entry.is_regular_file()) {
      continue;
    }
    ++files;
    const std::string path =
        std::filesystem::relative(entry.path(), served.world.mirror()).string();
    const Answered answer = served.ask({.path = "/log/" + path});
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.body, bytes) << path;
  }
  EXPECT_GE(files, 5);
  for (const char* path : {"checkpoints/1", "checkpoints/x", "tile/0/000", "tile/63/000.p/1",
                           "tile/0/000.p/200", "tile/entries/001.p/1", "x", "tile/../checkpoint"}) {
    EXPECT_EQ(served.ask({.path = "/log/" + std::string(path)}).status, 404) << path;
  }
  const auto state = app::log_state(served.world.app());
  ASSERT_TRUE(state);
  EXPECT_EQ(state->published, state->size);
  EXPECT_EQ(app::log_file(served.world.app(), "checkpoint")->holds, app::LogFile::Holds::now);
}

TEST(Api, OpensRecordsOnlyOnceTheyAreOpen) {
  Served served;
  const std::string one = served.report("rita").text("/case");
  ASSERT_TRUE(served.world.seal());
  const Answered hidden = served.ask({.path = "/custody/" + one + ".json"});
  const Answered absent = served.ask({.path = "/custody/aaaaaaaaaaaaaaaaaaaaaaaaaa.json"});
  EXPECT_EQ(hidden.status, 404);
  EXPECT_EQ(hidden.body, absent.body);
  EXPECT_EQ(served.ask({.path = "/custody/index.json"}).at("/streams").get_array().size(), 1u);
  ASSERT_EQ(served
                .ask({.method = "POST",
                      .path = "/api/v1/queue/spam",
                      .as = "cora",
                      .body = R"({"cases":[")" + one + R"("],"conflict":"no"})"})
                .status,
            204);
  const Answered opened = served.ask(
      {.method = "POST", .path = "/api/v1/cases/" + one + "/opening", .as = "cora", .body = "{}"});
  ASSERT_EQ(opened.status, 200) << opened.body;
  EXPECT_EQ(served.ask({.path = "/custody/" + one + ".json"}).status, 404);  // not sealed yet
  ASSERT_TRUE(served.world.seal());
  const Answered record = served.ask({.path = "/custody/" + one + ".json"});
  EXPECT_EQ(record.status, 200) << record.body;
  EXPECT_EQ(record.text("/format"), "weir-custody/v1");
  EXPECT_EQ(served.ask({.path = "/custody/" + one + ".json"}).body, record.body);
  EXPECT_EQ(served.ask({.path = "/custody/index.json"}).at("/streams").get_array().size(), 2u);
  EXPECT_TRUE(app::custody_file(served.world.app(), one, served.world.vkey()));
}

TEST(Api, SignsInWithACookieThatNoScriptCanReadAndOut) {
  Served served;
  const app::Account& rita = served.account("rita");
  served.world.clock.advance(std::chrono::minutes(1));
  const json::Object body{{"handle", "rita"},
                          {"password", rita.password},
                          {"second_factor", served.world.digits(rita)}};
  const Answered signed_in =
      served.ask({.method = "POST", .path = "/api/v1/session", .body = json::canonical(body)});
  ASSERT_EQ(signed_in.status, 201) << signed_in.body;
  const std::string cookie(signed_in.headers.find("Set-Cookie").value_or(""));
  for (const char* part :
       {"__Host-weir=", "; Path=/;", " Secure;", " HttpOnly;", " SameSite=Strict"}) {
    EXPECT_NE(cookie.find(part), std::string::npos) << part;
  }
  const std::string session = cookie.substr(0, cookie.find(';'));
  EXPECT_EQ(signed_in.body.find(session.substr(session.find('=') + 1)), std::string::npos);
  const http::Field with{"Cookie", session};
  const http::Field csrf{std::string(kCsrfField), signed_in.text("/csrf")};
  const Answered who = served.ask({.path = "/api/v1/session", .fields = {with}});
  EXPECT_EQ(who.text("/handle"), "rita");
  EXPECT_EQ(who.text("/csrf"), csrf.value);
  EXPECT_EQ(served.ask({.method = "DELETE", .path = "/api/v1/session", .fields = {with}}).status,
            401);
  EXPECT_EQ(
      served.ask({.method = "DELETE", .path = "/api/v1/session", .fields = {with, csrf}}).status,
      204);
  EXPECT_EQ(served.ask({.path = "/api/v1/session", .fields = {with}}).status, 401);
}

TEST(Api, ReadsAReportByItsReturnCodeAlone) {
  Served served;
  const Answered filed = served.report("", {.word = "anon"});
  ASSERT_EQ(filed.status, 201) << filed.body;
  const std::string code = filed.text("/return_code");
  const Answered mine = served.ask({.path = "/api/v1/cases", .code = code});
  ASSERT_EQ(mine.status, 200) << mine.body;
  EXPECT_EQ(mine.text("/cases/0/case"), filed.text("/case"));
  const std::string path = "/api/v1/cases/" + filed.text("/case");
  EXPECT_NE(served.ask({.path = path, .code = code}).body.find("anon-description-1"),
            std::string::npos);
  EXPECT_EQ(served.ask({.path = path}).status, 401);
  EXPECT_EQ(served.ask({.path = path, .code = std::string(32, 'a')}).status, 401);
  const Answered said = served.ask({.method = "POST",
                                    .path = path + "/messages",
                                    .code = code,
                                    .body = R"({"text":"one thing more"})"});
  EXPECT_EQ(said.status, 201) << said.body;
  EXPECT_NE(served.ask({.path = path, .code = code}).body.find("one thing more"),
            std::string::npos);
  ASSERT_TRUE(served.world.seal());
  EXPECT_EQ(served.ask({.path = "/receipts/" + filed.text("/receipt")}).status, 200);
}

TEST(Api, TakesAFileInPiecesAndGivesItBack) {
  Served served;
  const std::string one = served.report("rita").text("/case");
  std::string bytes;
  for (int i = 0; bytes.size() < 2'500'000; ++i) {
    bytes += std::to_string(i);
  }
  const Answered added = served.ask({.method = "POST",
                                     .path = "/api/v1/cases/" + one + "/attachments",
                                     .as = "rita",
                                     .body = bytes,
                                     .type = "application/octet-stream",
                                     .fields = {{std::string(kFileNameField), "tr%C3%A4ce.bin"}}});
  ASSERT_EQ(added.status, 201) << added.body;
  const std::string path = "/api/v1/cases/" + one + "/attachments/" + added.text("/object");
  EXPECT_EQ(served.ask({.path = path, .as = "rita"}).body, bytes);
  EXPECT_NE(served.ask({.path = "/api/v1/cases/" + one, .as = "rita"}).body.find("träce.bin"),
            std::string::npos);
  EXPECT_EQ(served.ask({.path = path, .as = "otto"}).status, 404);
  for (const char* name : {"", "%", "%zz", "%ff"}) {
    EXPECT_EQ(served
                  .ask({.method = "POST",
                        .path = "/api/v1/cases/" + one + "/attachments",
                        .as = "rita",
                        .body = "x",
                        .fields = {{std::string(kFileNameField), name}}})
                  .status,
              400)
        << name;
  }
}

TEST(Api, RefusesFieldsThatARowDoesNotHave) {
  Served served;
  const std::string one = served.report("rita").text("/case");
  struct Case {
    const char* body;
    const char* where;
  };
  for (const Case& c : {Case{R"({"text":"x","owner":"ven"})", "/owner"},
                        {R"({"text":"x","key":1})", "/key"},
                        {R"({"text":"x","audience":"ACME"})", "/audience"},
                        {R"({"text":1})", "/text"},
                        {R"({"text":"x","level":"secret"})", "/level"},
                        {R"({"text":"x","to_reporter":"maybe"})", "/to_reporter"},
                        {R"({"text":"x","vulnerability":1.5})", "/vulnerability"},
                        {R"({})", "#"},
                        {R"([])", "#"}}) {
    const Answered answer = served.ask({.method = "POST",
                                        .path = "/api/v1/cases/" + one + "/messages",
                                        .as = "rita",
                                        .body = c.body});
    EXPECT_EQ(answer.status, 400) << c.body;
    EXPECT_EQ(answer.text("/where"), c.where) << c.body << answer.body;
  }
}

TEST(Api, GoesThroughAListByCursors) {
  Served served;
  for (int i = 0; i < 5; ++i) {
    served.report("rita");
    served.world.clock.advance(std::chrono::seconds(i % 2));
  }
  std::set<std::string> seen;
  std::string next;
  for (int pages = 0; pages < 3; ++pages) {
    const Answered page = served.ask({.path = "/api/v1/cases?limit=2&after=" + next, .as = "rita"});
    ASSERT_EQ(page.status, 200) << page.body;
    const json::Value rows = page.at("/cases");
    for (const json::Value& row : rows.get_array()) {
      EXPECT_TRUE(seen.insert(std::string(row.get_object().at("case").get_string())).second);
    }
    EXPECT_EQ(page.at("/more").get_bool(), pages < 2);
    next = page.text("/next");
  }
  EXPECT_EQ(seen.size(), 5u);
  const Answered end = served.ask({.path = "/api/v1/cases?after=" + next, .as = "rita"});
  EXPECT_EQ(end.at("/cases").get_array().size(), 0u);
  EXPECT_EQ(end.text("/next"), next);
  served.world.clock.advance(std::chrono::seconds(1));  // of one moment, references give the order
  served.report("rita");
  EXPECT_EQ(served.ask({.path = "/api/v1/cases?after=" + next, .as = "rita"})
                .at("/cases")
                .get_array()
                .size(),
            1u);
  // A case of somebody else, and none at all, are no cursors, and the same answer.
  const std::string other = served.report("").text("/case");
  const Answered hidden =
      served.ask({.path = "/api/v1/cases?after=" + to_hex(other), .as = "rita"});
  EXPECT_EQ(hidden.status, 400);
  EXPECT_EQ(served.ask({.path = "/api/v1/cases?after=" + to_hex("none"), .as = "rita"}).body,
            hidden.body);
  for (const char* query : {"limit=0", "limit=1001", "limit=x", "after=zz", "other=1"}) {
    EXPECT_EQ(served.ask({.path = std::string("/api/v1/cases?") + query, .as = "rita"}).status, 400)
        << query;
  }
}

/// Goes through a list by pages of `limit`; `between` happens after the first page.
std::vector<json::Value> all_pages(Served& served, const Asking& asking, const std::string& list,
                                   int limit, const std::function<void()>& between) {
  std::vector<json::Value> rows;
  std::string next;
  for (int pages = 0; pages < 100; ++pages) {
    Asking one = asking;
    one.path += "?limit=" + std::to_string(limit) + "&after=" + next;
    const Answered page = served.ask(one);
    EXPECT_EQ(page.status, 200) << page.body;
    const json::Value part = page.at("/" + list);
    EXPECT_LE(part.get_array().size(), static_cast<std::size_t>(limit));
    rows.insert(rows.end(), part.get_array().begin(), part.get_array().end());
    next = page.text("/next");
    if (!page.at("/more").get_bool()) {
      return rows;
    }
    if (pages == 0) {
      between();
    }
  }
  ADD_FAILURE() << "the list does not end";
  return rows;
}

TEST(Api, GoesThroughReadersAndTimelineWhileTheyGrow) {
  Served served;
  const std::string reference = served.report("rita").text("/case");
  served.world.work("cora", reference);
  served.world.add_vendor(reference, "ACME");
  for (const char* handle : {"cora", "ven"}) {
    EXPECT_TRUE(served.world.read(handle, reference));
  }
  const std::string path = "/api/v1/cases/" + reference;
  const auto post = [&] {
    EXPECT_TRUE(app::post_message(served.world.app(), app::as("ven"), reference, {.text = "word"}));
    EXPECT_TRUE(served.world.read("cora", reference));  // a new version: one more access
  };
  const auto events =
      all_pages(served, {.path = path + "/timeline", .as = "cora"}, "events", 2, post);
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].get_object().at("index").to_number<std::size_t>(), i) << "none left out";
  }
  EXPECT_EQ(std::ranges::count(
                events, "message_posted",
                [](const json::Value& row) { return row.get_object().at("type").get_string(); }),
            1)
      << "what came between the pages is there";
  const std::size_t before =
      all_pages(served, {.path = path + "/readers", .as = "rita"}, "readers", 1, [] {}).size();
  EXPECT_GE(before, 2u);
  EXPECT_EQ(all_pages(served, {.path = path + "/readers", .as = "rita"}, "readers", 1, post).size(),
            before + 1);
  for (const char* list : {"/readers", "/timeline"}) {
    for (const std::string& bad : {to_hex("999999"), to_hex("x"), std::string("zz")}) {
      EXPECT_EQ(served.ask({.path = path + list + "?after=" + bad, .as = "cora"}).status, 400);
    }
  }
}

TEST(Api, ListsOpenRecordsInTheOrderOfTheirOpenings) {
  Served served;
  const std::string first = served.report("rita", {.word = "first"}).text("/case");
  const std::string second = served.report("rita", {.word = "second"}).text("/case");
  const auto open = [&](const std::string& reference) {
    EXPECT_EQ(served
                  .ask({.method = "POST",
                        .path = "/api/v1/queue/spam",
                        .as = "cora",
                        .body = R"({"cases":[")" + reference + R"("],"conflict":"no"})"})
                  .status,
              204);
    EXPECT_EQ(served
                  .ask({.method = "POST",
                        .path = "/api/v1/cases/" + reference + "/opening",
                        .as = "cora",
                        .body = "{}"})
                  .status,
              200);
    EXPECT_TRUE(served.world.seal());
  };
  EXPECT_TRUE(served.world.seal());
  open(second);
  const Answered page = served.ask({.path = "/custody/index.json?limit=1000"});
  ASSERT_EQ(page.at("/streams").get_array().size(), 2u) << page.body;
  EXPECT_EQ(page.text("/streams/1"), second);
  EXPECT_FALSE(page.at("/more").get_bool());
  open(first);
  const Answered rest = served.ask({.path = "/custody/index.json?after=" + page.text("/next")});
  ASSERT_EQ(rest.at("/streams").get_array().size(), 1u) << "an older case, opened later";
  EXPECT_EQ(rest.text("/streams/0"), first);
  const Answered one = served.ask({.path = "/custody/index.json?limit=2"});
  EXPECT_TRUE(one.at("/more").get_bool());
  const Answered whole = served.ask({.path = "/custody/index.json"});
  EXPECT_EQ(whole.at("/streams").get_array().size(), 3u);
  EXPECT_TRUE(whole.at("/next").is_null()) << "as it always was";
  EXPECT_EQ(served.ask({.path = "/custody/index.json?after=" + to_hex("none")}).status, 400);
}

TEST(Api, PullsAPageOfCasesAndRecordsNoMore) {
  Served served;
  std::vector<std::string> cases;
  for (const char* word : {"one", "two", "three"}) {
    cases.push_back(served.report("rita", {.word = word}).text("/case"));
    served.world.work("cora", cases.back());
    ASSERT_TRUE(app::decide_release(served.world.app(), app::as("cora"), cases.back(),
                                    {Level::notice, {"CERT"}, "a ground"}));
  }
  const auto recorded = [&] {
    int count = 0;
    for (const std::string& one : cases) {
      count += served.world.count(one, "access");
    }
    return count;
  };
  const Answered first = served.ask({.path = "/api/v1/releases?limit=2", .as = "cert"});
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.at("/cases").get_array().size(), 2u);
  EXPECT_TRUE(first.at("/more").get_bool());
  EXPECT_EQ(recorded(), 2) << "the third was not looked at";
  const Answered second =
      served.ask({.path = "/api/v1/releases?limit=2&after=" + first.text("/next"), .as = "cert"});
  ASSERT_EQ(second.status, 200) << second.body;
  EXPECT_EQ(second.text("/cases/0/case"), cases[2]);
  EXPECT_FALSE(second.at("/more").get_bool());
  EXPECT_EQ(recorded(), 3);
  const Answered end =
      served.ask({.path = "/api/v1/releases?after=" + second.text("/next"), .as = "cert"});
  EXPECT_EQ(end.at("/cases").get_array().size(), 0u);
  EXPECT_EQ(end.text("/next"), second.text("/next"));
  // What was not released to it is no cursor, whether it exists or not.
  const std::string hidden = served.report("rita").text("/case");
  const Answered other =
      served.ask({.path = "/api/v1/releases?after=" + to_hex(hidden), .as = "cert"});
  EXPECT_EQ(other.status, 400);
  EXPECT_EQ(served.ask({.path = "/api/v1/releases?after=" + to_hex("x"), .as = "cert"}).body,
            other.body);
  served.world.check_leaves();
}

TEST(Api, FeedsAWorkListAndEndsItWithTheSuspension) {
  Served served;
  const Answered opened = served.ask({.path = "/api/v1/work/events", .as = "rita"});
  ASSERT_NE(opened.events, nullptr);
  EXPECT_EQ(served.service->open_streams(), 1u);
  served.service->feed();
  EXPECT_NE(opened.events->take().bytes.find("event: work\n"), std::string::npos);
  served.service->feed();
  EXPECT_EQ(opened.events->take().bytes, "");  // nothing is new
  const std::string one = served.report("rita").text("/case");
  served.service->feed();
  EXPECT_NE(opened.events->take().bytes.find(one), std::string::npos);
  served.report("");  // not rita's
  served.service->feed();
  EXPECT_EQ(opened.events->take().bytes, "");
  ASSERT_TRUE(app::set_suspended(served.world.app(), app::as("ada"), "Lark", policy::Fact::yes));
  served.service->feed();
  EXPECT_EQ(opened.events->take().state, http::EventStream::State::ended);
  EXPECT_EQ(served.service->open_streams(), 0u);
}

TEST(Api, TellsTheOperatorOfErrorsOfOurs) {
  Served served;
  const std::string one = served.report("rita").text("/case");
  served.world.db().execute(
      [](store::Tx& tx) { return tx.run("UPDATE object SET digest = zeroblob(32)"); });
  const Answered broken = served.ask({.path = "/api/v1/cases/" + one, .as = "rita"});
  EXPECT_EQ(broken.status, 500);
  EXPECT_EQ(broken.body.find("digest"), std::string::npos);
  ASSERT_EQ(served.log.size(), 1u);
  EXPECT_NE(served.log[0].find("request /api/v1/cases/{case}: "), std::string::npos);
  EXPECT_EQ(served.log[0].find(one), std::string::npos);
}

}  // namespace
}  // namespace weir::api
