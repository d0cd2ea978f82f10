#include "main/beside.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "api/api.h"
#include "http/server.h"
#include "main/clocks_beside.h"
#include "main/instance.h"
#include "main/listeners.h"
#include "main/remote.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

/// A data directory with a lock and a local socket behind which somebody answers: three rows, two a
/// page; what was sent; and who asks.
struct Beside : testing::Test {
  Beside() {
    std::string name = (fs::temp_directory_path() / "weir-beside-XXXXXX").string();
    folder = mkdtemp(name.data());
    line.data = folder.string();
    line.as = "cora";
  }
  ~Beside() override {
    server.reset();
    fs::remove_all(folder);
  }
  static http::Response page(const http::Request& request) {
    const auto after = request.query_parameter("after");
    EXPECT_EQ(**request.query_parameter("limit"), "1000");
    const bool is_first = !*after;
    return http::json_response(200,
                               json::Object{{"rows", is_first ? json::Array{1, 2} : json::Array{3}},
                                            {"next", is_first ? "ab" : "cd"},
                                            {"more", is_first}});
  }
  void start() {
    std::vector<http::Route> routes;
    const auto add = [&](http::Method method, std::string pattern,
                         http::Handler handler) -> http::Route& {
      routes.push_back({.method = method,
                        .pattern = std::move(pattern),
                        .access = "everybody",
                        .handler = std::move(handler),
                        .other_parameters = http::OtherParameters::ignored});
      return routes.back();
    };
    add(http::Method::get, "/rows", [](http::Request& request) { return page(request); });
    add(http::Method::get, "/api/v1/cases/{case}/who", [](http::Request& request) {
      const auto as = request.headers.find(api::kAsField);
      return http::json_response(200, json::Object{{"as", as.value_or("nobody")},
                                                   {"case", request.path_parameter("case")}});
    });
    add(http::Method::post, "/echo", [](http::Request& request) {
      return http::text_response(200, "application/json", request.body);
    });
    routes.back().body = http::BodyKind::whole;
    add(http::Method::post, "/nothing", [](http::Request&) {
      http::Response response;
      response.status = 204;
      return response;
    });
    routes.back().body = http::BodyKind::whole;
    add(http::Method::get, "/refused", [](http::Request&) {
      return http::problem_response(Error{Code::denied, "not for you", "place"});
    });
    add_clocks(add);
    http::Settings settings;
    settings.listeners.push_back(
        {.name = "this_machine",
         .address = (folder / kSocketName).string(),
         .via = http::Via::local_socket,
         .router = std::make_shared<const http::Router>(
             std::move(routes),
             [](http::Request&) -> std::optional<http::Response> { return std::nullopt; })});
    auto started = http::Server::start(std::move(settings), clock, random);
    ASSERT_TRUE(started) << text(started.error());
    server = std::move(*started);
  }

  /// What the API says of the clocks; what is sent is kept.
  template <class F>
  void add_clocks(F add) {
    const std::pair<const char*, const char*> said[] = {
        {"/api/v1/organisations/{organisation}/profile",
         R"({"organisation":"A B","since":"2026","profile":{"establishment":"DE","attributes":{"role":["m","n"]}},
             "concerns":[{"regime":"r","title":"R","concerns":true,"why_not":[]},
                         {"regime":"s","title":"S","concerns":false,"why_not":["far","small"]}]})"},
        {"/api/v1/notices",
         R"({"notices":[{"notice":1,"for":["v","w"],"went":"given","about":"obligation","obligation":"o","case":"c",
              "regime":"r","stage":"s","due":"d","minutes_ahead":1440,"rung":1,"seen":true},
             {"notice":2,"for":[],"went":"nobody","about":"delay_review","delay":"l","case":"c","due":"d",
              "minutes_ahead":0,"rung":2,"seen":false}],"next":"","more":false})"},
        {"/api/v1/statistics",
         R"({"definitions":"x","figures":[{"regime":"r","sector":"","period":"p","duties":2,"on_time":1,"late":1,
             "on_time_percent":50,"median_lead_minutes":7}]})"},
        {"/api/v1/statistics/public.csv", "a,b"},
        {"/api/v1/cases/{case}/delays",
         R"({"delays":[{"delay":"d","case":"c","decided":"t","ground":"g","until":"u","second_body":"E","in_force":true,"review_is_due":false}]})"},
        {"/api/v1/cases/{case}/law-conflicts",
         R"({"conflicts":[{"conflict":"k","forbids":{"regime":"r","what":"w","title":"t","wording":"x","clause":"1",
              "address":"a","mark":"m"},"demands":{"regime":"s","what":"v","title":"t","wording":"y","clause":"2",
              "address":"b","mark":"m"},"recipients":["E"],"choice":"file","ground":"g","decided_by":"v"}]})"},
        {"/api/v1/obligations/{obligation}/form",
         R"({"obligation":{"regime":"r","stage":"s","title":"T"},"recipients":["E"],"missing":["b"],"beyond":[],
             "fields":[{"field":"a","label":"A","least":"notice","level":"notice","required":true,"value":"1","from":"fact"},
                       {"field":"b","label":"B","least":"notice","level":"technical","required":false,"value":""}]})"},
        {"/api/v1/filings/{filing}",
         R"({"filing":"f","organisation":"o","regime":"r","version":"1","stage":"s","title":"T","recipients":["E"],
             "fields":[{"field":"a","label":"A","least":"notice","level":"notice","required":true,"value":"1"}]})"},
        {"/api/v1/filings",
         R"({"filings":[{"filing":"f","obligation":"o","case":"c","stage":"s","state":"draft","level":"notice",
             "channel":""}],"next":"","more":false})"}};
    for (const auto& [pattern, body] : said) {
      add(http::Method::get, pattern, [text = std::string(body)](http::Request&) {
        return http::text_response(200, "application/json", text);
      });
    }
    const std::pair<http::Method, const char*> taken[] = {
        {http::Method::put, "/api/v1/organisations/{organisation}/profile"},
        {http::Method::put, "/api/v1/organisations/{organisation}/notice-rule"},
        {http::Method::put, "/api/v1/obligations/{obligation}/draft"},
        {http::Method::post, "/api/v1/cases/{case}/law-conflicts/{conflict}/decision"},
        {http::Method::post, "/api/v1/cases/{case}/law-conflicts/{conflict}/confirmation"}};
    for (const auto& [method, pattern] : taken) {
      http::Route& route = add(method, pattern, [this](http::Request& request) {
        sent = request.body;
        return http::text_response(200, "application/json", R"({"filing":"f"})");
      });
      route.body = http::BodyKind::whole;
    }
  }

  fs::path folder;
  Line line;
  std::string sent;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<http::Server> server;
};

TEST_F(Beside, AServerIsThereWhileItHoldsTheDirectory) {
  EXPECT_FALSE(is_served(line));
  std::ofstream(folder / kSocketName) << "left of a server that was killed";
  EXPECT_FALSE(is_served(line));
  const auto lock = lock_folder(line.data);
  ASSERT_TRUE(lock);
  EXPECT_TRUE(is_served(line));
  ::close(*lock);
  EXPECT_FALSE(is_served(line));
}

TEST_F(Beside, AsksAsTheUserOfTheLine) {
  start();
  const auto call = call_beside(line, "GET", "/rows");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->local_socket, (folder / kSocketName).string());
  const auto who = value_beside(line, case_path("a b", "/who"));
  ASSERT_TRUE(who) << text(who.error());
  EXPECT_EQ(json::canonical(*who), R"({"as":"cora","case":"a b"})");
  EXPECT_EQ(value_beside(line, case_path("c", "/who"), "as")->get_string(), "cora");
  EXPECT_EQ(value_beside(line, case_path("c", "/who"), "other").error().code, Code::unavailable);
  line.as.clear();
  EXPECT_EQ(value_beside(line, case_path("c", "/who"), "as")->get_string(), "nobody");
}

TEST_F(Beside, GoesThroughAllPagesOfAList) {
  start();
  const auto rows = rows_beside(line, "/rows", "rows");
  ASSERT_TRUE(rows) << text(rows.error());
  EXPECT_EQ(json::canonical(json::Value(*rows)), "[1,2,3]");
  EXPECT_EQ(rows_beside(line, "/rows?of=one", "rows")->size(), 3U);
  EXPECT_EQ(rows_beside(line, "/rows", "others").error().code, Code::invalid);
}

TEST_F(Beside, SendsAndSaysWhatIsWrong) {
  start();
  EXPECT_EQ(json::canonical(*post_beside(line, "/echo", {{"a", 1}})), R"({"a":1})");
  EXPECT_TRUE(post_beside(line, "/nothing", {})->is_null());
  EXPECT_TRUE(changed_beside(line, "POST", "/nothing", {{"a", 1}}));
  EXPECT_EQ(changed_beside(line, "DELETE", "/nothing").error().code, Code::invalid);
  const auto refused = ask_beside(line, "/refused");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::denied);
  EXPECT_EQ(refused.error().message, "not for you");
  server.reset();
  EXPECT_EQ(ask_beside(line, "/rows").error().code, Code::unavailable);
}

/// As JSON, or why not.
template <class T>
std::string written(const Result<T>& result) {
  return result ? json::canonical(json::Value(*result)) : text(result.error());
}

TEST_F(Beside, TheClocksSayTheSame) {
  start();
  EXPECT_EQ(
      written(profile_beside(line, "A B")),
      R"({"concerned_by":[{"regime":"r","title":"R"}],"establishment":"DE","not_concerned_by":[)"
      R"({"regime":"s","why":"far; small"}],"organisation":"A B","role":"m, n","since":"2026"})");
  EXPECT_EQ(
      written(notices_beside(line)),
      R"([{"case":"c","delay":"l","due":"d","for":"nobody","hours_ahead":0,"notice":2,"obligation":"","rung":2,"seen":false,)"
      R"("stage":"delay_review","went":"nobody"},)"
      R"({"case":"c","delay":"","due":"d","for":"v, w","hours_ahead":24,"notice":1,"obligation":"o","rung":1,"seen":true,)"
      R"("stage":"r/s","went":"given"}])");
  EXPECT_EQ(
      written(statistics_beside(line, false)),
      R"({"definitions":"x","figures":[{"duties":2,"late":1,"median_fix_hours":null,"median_lead_minutes":7,)"
      R"("on_time":1,"on_time_percent":50,"period":"p","regime":"r","sector":""}]})");
  EXPECT_EQ(*statistics_csv_beside(line, true), "a,b");
  EXPECT_EQ(
      written(delays_beside(line, "c")),
      R"([{"case":"c","decided":"t","delay":"d","ground":"g","in_force":true,"review":"","review_is_due":false,)"
      R"("second_body":"E","told":"","until":"u"}])");
  EXPECT_EQ(
      written(conflicts_beside(line, "c")),
      R"([{"choice":"file","confirmed_by":"nobody yet","conflict":"k","decided_by":"v","demands":{"address":"b",)"
      R"("clause":"2","law":"s/v","mark":"m","title":"t","wording":"y"},"due":"","forbids":{"address":"a",)"
      R"("clause":"1","law":"r/w","mark":"m","title":"t","wording":"x"},"ground":"g","recipients":["E"]}])");
  EXPECT_EQ(
      written(form_beside(line, "o")),
      R"({"beyond":[],"fields":[{"field":"a","from":"fact","label":"A","level":"notice","need":"required","value":"1"},)"
      R"({"field":"b","from":"","label":"B","level":"technical","need":"optional","value":""}],"filing":"",)"
      R"("missing":["b"],"recipients":["E"],"stage":"r/s","title":"T"})");
  EXPECT_EQ(
      written(filing_beside(line, "f")),
      R"({"fields":[{"field":"a","label":"A","level":"notice","need":"required","value":"1"}],"filing":"f",)"
      R"("recipients":["E"],"stage":"r/s","title":"T"})");
  EXPECT_EQ(
      written(filings_beside(line, "c")),
      R"([{"acknowledged":"","case":"c","channel":"","filing":"f","level":"notice","receipt":"","stage":"s",)"
      R"("state":"draft","submitted":""}])");
}

TEST_F(Beside, TheClocksAreToldTheSame) {
  start();
  ASSERT_TRUE(set_profile_beside(line, "A B", "{ }"));
  EXPECT_EQ(sent, "{ }");  // byte for byte
  ASSERT_TRUE(set_rule_beside(line, "A B",
                              {.steps = {std::chrono::hours(24), Duration(0)},
                               .escalate_after = std::chrono::hours(2),
                               .first = "v",
                               .second = ""}));
  EXPECT_EQ(sent, R"({"escalate_after_minutes":120,"first_person":"v","minutes_ahead":[1440,0]})");
  ASSERT_TRUE(decide_beside(line, "c", {"k", app::Choice::withhold, "g"}));
  EXPECT_EQ(sent, R"({"choice":"withhold","ground":"g"})");
  ASSERT_TRUE(confirm_beside(line, "c", "k", app::Choice::file));
  EXPECT_EQ(sent, R"({"choice":"file"})");
  auto values = values_beside(line, "o");
  ASSERT_TRUE(values);
  (*values)[1] = {"b", "2", Level::nothing};
  EXPECT_EQ(*save_beside(line, "o", *values), "f");
  EXPECT_EQ(sent, R"({"a":{"level":"notice","value":"1"},"b":"2"})");
}

TEST_F(Beside, AFilingsReferenceStandsInItsAddressAsItMay) {
  EXPECT_EQ(filing_path("f/1"), "/api/v1/filings/f%2F1");
  EXPECT_EQ(filing_path("f1", "/sending"), "/api/v1/filings/f1/sending");
}

TEST_F(Beside, ATokenIsTheLineOfItsFile) {
  const std::string file = (folder / "token").string();
  ASSERT_TRUE(write_file(file, "weir_a_b\n\n"));
  EXPECT_EQ(*read_token(file), "weir_a_b");
  ASSERT_TRUE(write_file(file, std::string(300, 'x')));
  EXPECT_FALSE(read_token(file)) << "no token is that long";
  EXPECT_FALSE(read_token(file + "2"));
}

}  // namespace
}  // namespace weir::main
