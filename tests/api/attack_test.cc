// What the API must not do, for every route of the table: tell an outsider anything, let anybody
// reach through an id that is not its own, keep serving whom the platform has suspended.
#include <gtest/gtest.h>

#include "rows.h"

namespace weir::api {
namespace {

/// A world with two cases: one of rita's (Lark) with ACME as its vendor, one of anybody's with
/// BETA; cora handles both.
struct TwoCases : Served {
  TwoCases() {
    first = report("rita", {.word = "uno"}).text("/case");
    const Answered filed = report("", {.word = "due"});
    second = filed.text("/case");
    code = filed.text("/return_code");
    for (const std::string& one : {first, second}) {
      world.work("cora", one);
    }
    world.add_vendor(first, "ACME");
    world.add_vendor(second, "BETA");
    object = ask({.method = "POST",
                  .path = "/api/v1/cases/" + first + "/messages",
                  .as = "ven",
                  .body = R"({"text":"uno-message"})"})
                 .text("/object");
    EXPECT_FALSE(object.empty());
  }
  Ids ids() const { return {{"case", first}, {"object", object}}; }
  std::string first;
  std::string second;
  std::string code;
  std::string object;
};

TEST(Attack, AnOutsiderCannotTellAHiddenCaseFromAnAbsentOneOnAnyRoute) {
  TwoCases served;
  int routes = 0;
  for (const Row& row : all_rows(served)) {
    if (!row.pattern.contains("{case}")) {
      continue;
    }
    for (const char* outsider : {"otto", "uma", "vera"}) {
      for (const Fields fields : {Fields::needed, Fields::all}) {
        Asking hidden = asking_for(row, served.ids(), fields);
        hidden.as = outsider;
        Asking absent = asking_for(row, {}, fields);
        absent.as = outsider;
        const Answered one = served.ask(hidden);
        const Answered other = served.ask(absent);
        EXPECT_EQ(one.status, other.status) << row.operation << " " << outsider << one.body;
        EXPECT_EQ(one.body, other.body) << row.operation << " " << outsider;
        EXPECT_GE(one.status, 400) << row.operation << " " << outsider;
      }
    }
    Asking by_code = asking_for(row, served.ids());
    by_code.code = served.code;
    EXPECT_GE(served.ask(by_code).status, 400) << row.operation;
    ++routes;
  }
  EXPECT_GT(routes, 25);
  served.world.check_leaves();
}

TEST(Attack, NoIdOfOneCaseReachesIntoAnother) {
  TwoCases served;
  // vera may read the second case: the ids of the first one stand in its place nowhere.
  const std::string own = "/api/v1/cases/" + served.second;
  EXPECT_EQ(served.ask({.path = own, .as = "vera"}).status, 200);
  EXPECT_EQ(served.ask({.path = own + "/attachments/" + served.object, .as = "vera"}).status, 404);
  EXPECT_EQ(served.ask({.path = own + "/attachments/" + served.object, .as = "cora"}).status, 404);
  const Answered session = served.ask({.path = "/api/v1/sessions", .as = "rita"});
  const std::string rita_session = session.text("/sessions/0/session");
  ASSERT_FALSE(rita_session.empty());
  EXPECT_EQ(
      served.ask({.method = "DELETE", .path = "/api/v1/sessions/" + rita_session, .as = "vera"})
          .status,
      404);
  const Answered made = served.ask({.method = "POST",
                                    .path = "/api/v1/tokens",
                                    .as = "rita",
                                    .body = R"({"label":"ci","scopes":["report"]})"});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(served
                .ask({.method = "DELETE",
                      .path = "/api/v1/tokens/" + made.text("/reference"),
                      .as = "vera"})
                .status,
            404);
  EXPECT_EQ(served.ask({.path = "/api/v1/session", .as = "rita"}).status, 200);
}

TEST(Attack, ATokenDoesWhatItsScopesSayAndNoMore) {
  TwoCases served;
  struct Case {
    const char* scopes;
    const char* works;  // an operation
  };
  std::map<std::string, std::string> tokens;
  for (const char* scopes : {"\"report\"", "\"read\""}) {
    tokens[scopes] = served
                         .ask({.method = "POST",
                               .path = "/api/v1/tokens",
                               .as = "rita",
                               .body = std::string(R"({"label":"t","scopes":[)") + scopes + "]}"})
                         .text("/token");
    ASSERT_FALSE(tokens[scopes].empty());
  }
  const std::string path = "/api/v1/cases/" + served.first;
  EXPECT_EQ(served.ask({.path = path, .token = tokens["\"read\""]}).status, 200);
  EXPECT_EQ(served.ask({.path = path, .token = tokens["\"report\""]}).status, 403);
  const std::string report = app::report_bytes({.word = "tre"});
  const Asking filing{.method = "POST", .path = "/api/v1/reports", .body = report};
  Asking by_token = filing;
  by_token.token = tokens["\"read\""];
  EXPECT_EQ(served.ask(by_token).status, 403);
  by_token.token = tokens["\"report\""];
  EXPECT_EQ(served.ask(by_token).status, 201);
  for (const Row& row : all_rows(served)) {
    if (row.access == Access::person) {
      Asking asking = asking_for(row, served.ids());
      asking.token = tokens["\"read\""];
      EXPECT_EQ(served.ask(asking).status, 403) << row.operation;
    }
  }
}

TEST(Attack, WithoutTheCsrfTokenASessionChangesNothing) {
  TwoCases served;
  const std::string cookie = std::string(kSessionCookie) + "=" + served.sign_in("rita").cookie;
  const std::string wrong = served.sign_in("ven").csrf;
  int routes = 0;
  for (const Row& row : all_rows(served)) {
    if (row.method == http::Method::get || row.access == Access::everybody) {
      continue;
    }
    Asking asking = asking_for(row, served.ids());
    asking.fields.push_back({"Cookie", cookie});
    asking.client = client_number(++routes);
    EXPECT_EQ(served.ask(asking).status, 401) << row.operation;
    asking.fields.push_back({std::string(kCsrfField), wrong});
    EXPECT_EQ(served.ask(asking).status, 401) << row.operation;
  }
  EXPECT_GT(routes, 40);
}

TEST(Attack, ASuspensionEndsEveryChannel) {
  TwoCases served;
  const std::string token = served
                                .ask({.method = "POST",
                                      .path = "/api/v1/tokens",
                                      .as = "ven",
                                      .body = R"({"label":"t","scopes":["read","act"]})"})
                                .text("/token");
  const std::string path = "/api/v1/cases/" + served.first;
  ASSERT_EQ(served.ask({.path = path, .as = "ven"}).status, 200);
  ASSERT_EQ(served.ask({.path = path, .token = token}).status, 200);
  const Answered stream = served.ask({.path = "/api/v1/work/events", .token = token});
  ASSERT_NE(stream.events, nullptr);
  ASSERT_EQ(served
                .ask({.method = "PUT",
                      .path = "/api/v1/organisations/ACME/suspension",
                      .as = "ada",
                      .body = R"({"suspended":"yes"})"})
                .status,
            204);
  int routes = 0;
  for (const Row& row : all_rows(served)) {
    if (row.access == Access::everybody || row.access == Access::operators) {
      continue;
    }
    Asking asking = asking_for(row, served.ids());
    asking.client = "198.51.100." + std::to_string(++routes);
    asking.as = "ven";
    EXPECT_EQ(served.ask(asking).status, 401) << row.operation;
    asking.as.clear();
    asking.token = token;
    const int status = served.ask(asking).status;
    EXPECT_TRUE(status == 401 || status == 429) << row.operation << " " << status;
  }
  served.service->feed();
  EXPECT_EQ(stream.events->take().state, http::EventStream::State::ended);
  EXPECT_EQ(served.ask({.path = "/api/v1/cases/" + served.second, .code = served.code}).status,
            200);  // nobody else's
}

TEST(Attack, ASignInTellsNothingOfWhoIsThere) {
  Served served;
  served.account("rita");
  const auto attempt = [&](const char* handle) {
    const json::Object body{
        {"handle", handle}, {"password", "not the password"}, {"second_factor", "000000"}};
    return served.ask({.method = "POST", .path = "/api/v1/session", .body = json::canonical(body)});
  };
  const Answered known = attempt("rita");
  const Answered unknown = attempt("nobody-here");
  const Answered not_enrolled = attempt("otto");
  EXPECT_EQ(known.status, 403);
  for (const Answered& other : {unknown, not_enrolled}) {
    EXPECT_EQ(other.status, known.status);
    EXPECT_EQ(other.body, known.body);
    EXPECT_EQ(other.headers.fields().size(), known.headers.fields().size());
  }
}

TEST(Attack, ACodeCannotBeGuessedAtForLong) {
  Served served;
  int tries = 0;
  for (; tries < 100; ++tries) {
    if (served.ask({.path = "/api/v1/cases", .code = std::string(32, 'a')}).status == 429) {
      break;
    }
  }
  EXPECT_EQ(tries, 30);  // docs/operating/identity.md
  EXPECT_EQ(
      served.ask({.path = "/api/v1/cases", .code = std::string(32, 'a'), .client = "192.0.2.9"})
          .status,
      401);
}

TEST(Attack, ReportsWithoutAnAccountAreLimitedByNetwork) {
  Served served;
  int filed = 0;
  while (filed < 50 && served.report("").status == 201) {
    ++filed;
  }
  EXPECT_EQ(filed, 10);
  EXPECT_EQ(served.report("").status, 429);
  EXPECT_EQ(served.report("rita").status, 201);
}

TEST(Attack, NoSecretStandsInALogMetricOrError) {
  TwoCases served;
  std::string told;
  for (const Row& row : all_rows(served)) {
    for (const char* as : {"otto", "vera"}) {
      Asking asking = asking_for(row, served.ids(), Fields::all);
      asking.as = as;
      const Answered answer = served.ask(asking);
      if (answer.status >= 400) {
        told += answer.body;
      }
    }
  }
  told += served.ask_operators({.path = "/metrics"}).body;
  for (const std::string& line : served.log) {
    told += line;
  }
  for (const std::string& secret :
       {std::string("uno"), served.first, served.second, served.code, served.object,
        served.sign_in("rita").cookie, served.sign_in("otto").cookie,
        served.account("otto").password}) {
    EXPECT_EQ(told.find(secret), std::string::npos) << secret;
  }
}

}  // namespace
}  // namespace weir::api
