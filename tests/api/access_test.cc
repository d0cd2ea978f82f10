// Who may call what: every route of the table by every kind of caller.
#include <gtest/gtest.h>

#include "api/service.h"
#include "served.h"

namespace weir::api {
namespace {

std::string filled(std::string pattern) {
  for (std::size_t open = pattern.find('{'); open != std::string::npos; open = pattern.find('{')) {
    pattern.replace(open, pattern.find('}') - open + 1, "aaaaaaaaaaaaaaaaaaaaaaaaaa");
  }
  return pattern;
}

Asking asking_of(const http::Route& route) {
  Asking asking{.method = std::string(http::name(route.method)), .path = filled(route.pattern)};
  asking.body = "{}";
  return asking;
}

TEST(Access, EveryRouteHasARuleThatTheGuardKnows) {
  Served served;
  std::set<std::string> known;
  for (const Access access : {Access::everybody, Access::anyone, Access::reader, Access::user,
                              Access::person, Access::operators}) {
    known.insert(std::string(name(access)));
  }
  for (const auto& router : {served.service->for_everybody(), served.service->for_operators(),
                             served.service->for_this_machine()}) {
    for (const http::Route& route : router->routes()) {
      EXPECT_TRUE(known.contains(route.access)) << route.pattern;
      EXPECT_FALSE(route.operation.empty()) << route.pattern;
      EXPECT_FALSE(route.summary.empty()) << route.pattern;
    }
  }
  for (const http::Route& route : served.service->for_everybody()->routes()) {
    EXPECT_NE(route.access, name(Access::operators)) << route.pattern;
  }
}

TEST(Access, WithoutACredentialNothingIsReachedThatNeedsOne) {
  Served served;
  int refused = 0;
  for (const http::Route& route : served.service->for_everybody()->routes()) {
    if (route.access == name(Access::everybody) || route.access == name(Access::anyone)) {
      continue;
    }
    const Answered answer = served.ask(asking_of(route));
    EXPECT_EQ(answer.status, 401) << route.operation << answer.body;
    ++refused;
  }
  EXPECT_GT(refused, 40);
}

TEST(Access, AWrongCredentialIsRefusedOnEveryRouteThatLooksAtIt) {
  Served served;
  for (const http::Route& route : served.service->for_everybody()->routes()) {
    if (route.access == name(Access::everybody)) {
      continue;
    }
    Asking asking = asking_of(route);
    asking.token = "weir_aaaaaaaa_" + std::string(32, 'a');
    asking.client = "198.51.100." + std::to_string(std::hash<std::string>()(route.operation) % 250);
    const Answered answer = served.ask(asking);
    EXPECT_TRUE(answer.status == 401 || answer.status == 429) << route.operation << answer.body;
    asking.token.clear();
    asking.fields = {{"Authorization", "Basic YTpi"}};
    // A name and a password are looked at by the calendar alone, and these are nobody's.
    EXPECT_EQ(served.ask(asking).status, route.operation == "calendar" ? 401 : 403)
        << route.operation;
    asking.fields = {{std::string(kAsField), "ada"}};
    EXPECT_EQ(served.ask(asking).status, 403) << route.operation;
  }
}

TEST(Access, NobodyIsBelievedByNameButOnTheLocalSocket) {
  Served served;
  const Asking asking{.path = "/api/v1/organisations", .fields = {{std::string(kAsField), "ada"}}};
  EXPECT_EQ(served.ask(asking).status, 403);
  EXPECT_EQ(served.ask_this_machine(asking).status, 200);
  Asking two = asking;
  two.token = "weir_aaaaaaaa_x";
  EXPECT_EQ(served.ask_this_machine(two).status, 403);
  EXPECT_EQ(served.ask_this_machine({.path = "/api/v1/organisations"}).status, 401);
}

TEST(Access, TwoCredentialsAreOneTooMany) {
  Served served;
  const std::string code = served.report("").text("/return_code");
  EXPECT_EQ(served.ask({.path = "/api/v1/cases", .as = "rita", .code = code}).status, 400);
  EXPECT_EQ(served
                .ask({.path = "/api/v1/cases",
                      .fields = {{"Authorization", "Bearer a"}, {"Authorization", "Bearer b"}}})
                .status,
            400);
}

TEST(Access, EveryFileOfTheFolderAddsItsRows) {
  Served served;
  Service::Inside inside({.app = served.world.app()});
  struct Case {
    void (*add)(Table&);
    const char* operation;
  };
  for (const Case& c : {Case{add_operations, "metrics"},
                        {add_log, "custody_record"},
                        {add_identity, "sign_in"},
                        {add_people, "agree"},
                        {add_reports, "file_report"},
                        {add_cases, "read_case"},
                        {add_threads, "post_message"},
                        {add_sharing, "approve"},
                        {add_closing, "erase_key"},
                        {add_clocks, "explain"},
                        {add_duties, "order_delay"},
                        {add_filings, "submit_filing"},
                        {add_work, "work_events"},
                        {add_public, "osv_query"}}) {
    Table table{inside, {}};
    c.add(table);
    EXPECT_TRUE(std::ranges::any_of(table.rows, [&](const Row& row) {
      return row.operation == c.operation;
    })) << c.operation;
  }
}

}  // namespace
}  // namespace weir::api
