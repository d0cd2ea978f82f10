#include "main/beside.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "api/api.h"
#include "http/server.h"
#include "main/listeners.h"

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
    const auto add = [&](http::Method method, std::string pattern, http::Handler handler) {
      routes.push_back({.method = method,
                        .pattern = std::move(pattern),
                        .access = "everybody",
                        .handler = std::move(handler),
                        .other_parameters = http::OtherParameters::ignored});
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

  fs::path folder;
  Line line;
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
  EXPECT_EQ(rows_beside(line, "/rows", "others").error().code, Code::invalid);
}

TEST_F(Beside, SendsAndSaysWhatIsWrong) {
  start();
  EXPECT_EQ(json::canonical(*post_beside(line, "/echo", {{"a", 1}})), R"({"a":1})");
  EXPECT_TRUE(post_beside(line, "/nothing", {})->is_null());
  const auto refused = ask_beside(line, "/refused");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::denied);
  EXPECT_EQ(refused.error().message, "not for you");
  server.reset();
  EXPECT_EQ(ask_beside(line, "/rows").error().code, Code::unavailable);
}

}  // namespace
}  // namespace weir::main
