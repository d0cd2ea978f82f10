// What needs no socket: targets, fields, routes, problems, conditions, and the document about them.
#include "http/http.h"

#include <gtest/gtest.h>

#include "http/message.h"
#include "http/range.h"
#include "http/route.h"
#include "http/target.h"
#include "http/text.h"

namespace weir::http {
namespace {

Response ok(Request&) {
  return text_response(200, "text/plain", "ok");
}

Route route(Method method, std::string pattern, Handler handler = ok) {
  return {.method = method,
          .pattern = std::move(pattern),
          .access = "anyone",
          .handler = std::move(handler)};
}

std::optional<Response> anyone(Request&) {
  return std::nullopt;
}

std::string body_of(const Response& response) {
  return std::get<std::string>(response.body);
}

// --- targets ---------------------------------------------------------------------------------

std::string shown(std::string_view raw) {
  const auto target = parse_target(raw);
  if (!target) {
    return std::to_string(target.error().status);
  }
  std::string out = target->host ? "//" + *target->host : "";
  out += target->form == Target::Form::asterisk ? "*" : target->path;
  for (const Field& parameter : target->query) {
    out += " " + parameter.name + "=" + parameter.value;
  }
  return out;
}

struct TargetRow {
  std::string raw;
  const char* expected;
};
const TargetRow kTargets[] = {
    {"/", "/"},
    {"/a/b", "/a/b"},
    {"/a/", "/a/"},
    {"/a%20b", "/a b"},
    {"/%C3%a9", "/\xc3\xa9"},
    {"/a+b", "/a+b"},
    {"/%2525", "/%25"},  // decoded once
    {"/a%3Fb", "/a?b"},
    {"/a;b=c,d@e:f!$&'()*", "/a;b=c,d@e:f!$&'()*"},
    {"/...", "/..."},
    {"/.well-known/csaf", "/.well-known/csaf"},
    {"/a?x=1&y=2", "/a x=1 y=2"},
    {"/a?x=a+b%2Bc", "/a x=a b+c"},
    {"/a?x", "/a x="},
    {"/a?x=1=2", "/a x=1=2"},
    {"/a?x=/?", "/a x=/?"},
    {"/a?", "/a"},
    {"*", "*"},
    {"http://a/b?c=d", "//a/b c=d"},
    {"HTTPS://A.B:8443", "//a.b:8443/"},
    {"http://a?x=1", "//a/ x=1"},
    // refused
    {"", "400"},
    {"a", "400"},
    {"a.example:443", "400"},
    {"ftp://a/b", "400"},
    {"http:///b", "400"},
    {"http://u:p@a/b", "400"},
    {"//a/b", "400"},
    {"/a//b", "400"},
    {"/.", "400"},
    {"/..", "400"},
    {"/a/../b", "400"},
    {"/a/./b", "400"},
    {"/%2e%2E/b", "400"},
    {"/.%2e", "400"},
    {"/a%2fb", "400"},
    {"/a%2Fb", "400"},
    {"/a%5cb", "400"},
    {"/a\\b", "400"},
    {"/%00", "400"},
    {"/%0a", "400"},
    {"/%7f", "400"},
    {"/%c0%ae%c0%ae/", "400"},  // ".." in an overlong form
    {"/%c0%af", "400"},         // "/" likewise
    {"/%e0%80%af", "400"},
    {"/%ed%a0%80", "400"},  // a surrogate
    {"/%f4%90%80%80", "400"},
    {"/%ff", "400"},
    {"/\xc3\xa9", "400"},
    {"/%", "400"},
    {"/%4", "400"},
    {"/%zz", "400"},
    {"/%+1", "400"},
    {"/a#b", "400"},
    {"/a?b#c", "400"},
    {"/a b", "400"},
    {"/a?x=%00", "400"},
    {"/a?=1", "400"},
    {"/a?x=1&&y=2", "400"},
    {"/a?x=%c0%af", "400"},
    {"/\"<>^`{|}", "400"},
    {"/" + std::string(kMostTargetBytes - 1, 'x') + "x", "414"},
};

TEST(Target, IsDecodedOnceOrRefused) {
  for (const TargetRow& row : kTargets) {
    EXPECT_EQ(shown(row.raw), row.expected) << row.raw;
  }
  EXPECT_EQ(shown("/" + std::string(kMostTargetBytes - 1, 'x')).size(), kMostTargetBytes);
  std::string query = "/?a";
  for (std::size_t i = 1; i < kMostQueryParameters; ++i) {
    query += "&a";
  }
  EXPECT_NE(shown(query), "400");
  EXPECT_EQ(shown(query + "&a"), "400");
}

TEST(Target, HostsAreNamesOrAddresses) {
  for (const char* host :
       {"a", "A.B", "a-b_c.d", "192.0.2.1", "[2001:db8::1]", "a:80", "[::1]:8443", "a:"}) {
    EXPECT_EQ(parse_host(host), lower(host));
  }
  for (const char* bad : {"", ":80", "a b", "a/b", "a@b", "a:b", "a:123456", "[::1", "[192.0.2.1]",
                          "[]", "::1", "a\"", "[::1]x", "a%2eb"}) {
    EXPECT_FALSE(parse_host(bad)) << bad;
  }
  EXPECT_FALSE(parse_host(std::string(256, 'a')));
  EXPECT_TRUE(parse_host(std::string(255, 'a')));
}

// --- fields ----------------------------------------------------------------------------------

TEST(Headers, CompareWithoutCase) {
  Headers headers;
  headers.add("Accept", "a");
  headers.add("ACCEPT", "b");
  EXPECT_EQ(headers.find("accept"), "a");
  EXPECT_EQ(headers.count("aCCept"), 2u);
  headers.set("accept", "c");
  EXPECT_EQ(headers.fields().size(), 1u);
  headers.clear();
  EXPECT_FALSE(headers.find("Accept"));
}

TEST(Request, CookiesAndParametersGivenTwiceAreNotChosenFrom) {
  Request request;
  request.headers.add("Cookie", "a=1; session=xyz ;b = 2; twice=1");
  request.headers.add("Cookie", "twice=2");
  EXPECT_EQ(request.cookie("session"), "xyz");
  EXPECT_EQ(request.cookie("b"), "2");
  EXPECT_FALSE(request.cookie("twice"));
  EXPECT_FALSE(request.cookie("sess"));
  Request long_one;
  long_one.headers.add("Cookie", "a=1; b=" + std::string(4096 - 7, 'x'));
  EXPECT_EQ(long_one.cookie("a"), "1");
  long_one.headers.set("Cookie", "a=1; b=" + std::string(4097 - 7, 'x'));
  EXPECT_FALSE(long_one.cookie("a")) << "too long to be looked through";
  request.query = {{"one", "1"}, {"two", "1"}, {"two", "1"}};
  EXPECT_EQ(request.query_parameter("one").value(), "1");
  EXPECT_EQ(request.query_parameter("none").value(), std::nullopt);
  EXPECT_EQ(request.query_parameter("two").error().where, "two");
  request.path_parameters = {{"case", "c1"}};
  EXPECT_EQ(request.path_parameter("case"), "c1");
  EXPECT_DEATH(request.path_parameter("other"), "CHECK|found");
}

TEST(Method, NamesGoBothWays) {
  for (const char* known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    EXPECT_EQ(name(method_from(known)), known);
  }
  EXPECT_EQ(method_from("get"), Method::other);  // RFC 9110, 9.1: case-sensitive
}

// --- heads, as far as sockets do not show -----------------------------------------------------

TEST(HeadScan, RefusesAsSoonAsItGoesWrong) {
  const std::string good = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  HeadScan scan;
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_EQ(scan.find(good.substr(0, i), 100).value(), std::nullopt) << i;
  }
  EXPECT_EQ(scan.find(good + "body", 100).value(), good.size());
  const auto status = [](std::string_view bytes, std::size_t most) {
    const auto found = HeadScan().find(bytes, most);
    return found ? 0 : found.error().status;
  };
  EXPECT_EQ(status("G\n", 100), 400);
  EXPECT_EQ(status("\x16", 100), 400);
  EXPECT_EQ(status("GET / HTTP/1.1\r\n x", 100), 0) << "not before its line is there";
  EXPECT_EQ(status("GET / HTTP/1.1\r\n x\r\n", 100), 400);
  EXPECT_EQ(status(good, good.size()), 0);
  EXPECT_EQ(status(good, good.size() - 1), 431);
  EXPECT_EQ(status("GET /", 5), 414);
}

TEST(Message, KnowsWhatTheClientWants) {
  Message message;
  const auto head = message.read_head(
      "PUT http://B/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: "
      "100-Continue\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->method, Method::put);
  EXPECT_EQ(head->host, "b");
  EXPECT_EQ(head->length, 5u);
  EXPECT_EQ(head->after, Head::After::close);
  EXPECT_EQ(head->expects, Head::Expects::go_ahead);
  EXPECT_TRUE(message.limit_body(4).has_value());
  EXPECT_FALSE(message.limit_body(5).has_value());
  std::string body;
  auto step = message.read_body("abc", body);
  EXPECT_EQ(step->used, 3u);
  step = message.read_body("defg", body);
  EXPECT_EQ(step->used, 2u) << "the rest is the next request";
  EXPECT_EQ(step->state, Message::Step::State::done);
  EXPECT_EQ(body, "abcde");
}

// --- routes ----------------------------------------------------------------------------------

TEST(Router, FindsTheMostLiteralRoute) {
  std::vector<Route> routes;
  for (const char* pattern :
       {"/", "/cases", "/cases/{case}", "/cases/mine", "/cases/{case}/files/{file}",
        "/custody/{stream}.json", "/custody/{stream}", "/custody/v{version}.json",
        "/log/tile/{path*}", "/log/tile/latest"}) {
    routes.push_back(route(Method::get, pattern));
  }
  routes.push_back(route(Method::get, "/names"));
  routes.back().slash_at_end = SlashAtEnd::ignored;
  const Router router(std::move(routes), anyone);
  const std::pair<const char*, const char*> rows[] = {
      {"/names", "/names"},
      {"/names/", "/names"},
      {"/names//", ""},
      {"/", "/"},
      {"/cases", "/cases"},
      {"/cases/", ""},
      {"/cases/c1", "/cases/{case} case=c1"},
      {"/cases/mine", "/cases/mine"},
      {"/cases/mine/files/f", "/cases/{case}/files/{file} case=mine file=f"},
      {"/cases/c1/files", ""},
      {"/custody/abc.json", "/custody/{stream}.json stream=abc"},
      {"/custody/abc.csv", "/custody/{stream} stream=abc.csv"},
      {"/custody/.json", "/custody/{stream} stream=.json"},
      {"/custody/v2.json", "/custody/v{version}.json version=2"},
      {"/log/tile/0/x001/234", "/log/tile/{path*} path=0/x001/234"},
      {"/log/tile/latest", "/log/tile/latest"},
      {"/log/tile/", ""},
      {"/log/tile", ""},
      {"/log", ""},
      {"/CASES", ""},
      {"cases", ""},
      {"", ""},
  };
  for (const auto& [path, expected] : rows) {
    const Match match = router.find(Method::get, path);
    std::string found = match.route != nullptr ? match.route->pattern : "";
    for (const Field& parameter : match.path_parameters) {
      found += match.route != nullptr ? " " + parameter.name + "=" + parameter.value : "";
    }
    EXPECT_EQ(found, expected) << path;
  }
}

TEST(Router, WillNotTakeATableThatIsWrong) {
  const auto make = [](std::vector<Route> routes) { Router(std::move(routes), anyone); };
  EXPECT_DEATH(make({route(Method::get, "/a"), route(Method::get, "/a")}), "added");
  EXPECT_DEATH(make({route(Method::get, "/{a}"), route(Method::put, "/{b}")}), "parameter");
  EXPECT_DEATH(make({route(Method::get, "/{a}/{a}")}), "names");
  EXPECT_DEATH(make({route(Method::get, "/{a*}/b")}), "rest|segments");
  EXPECT_DEATH(make({route(Method::get, "/{a")}), "close");
  EXPECT_DEATH(make({route(Method::get, "/a}")}), "");
  EXPECT_DEATH(make({route(Method::get, "a")}), "pattern");
  EXPECT_DEATH(make({route(Method::head, "/a")}), "method");
  Route nobody = route(Method::get, "/a");
  nobody.access.clear();
  EXPECT_DEATH(make({nobody}), "access");
  Route inline_upload = route(Method::post, "/a");
  inline_upload.run = Run::inline_;
  inline_upload.body = BodyKind::streamed;
  EXPECT_DEATH(make({inline_upload}), "run");
}

TEST(Router, TheGuardComesFirst) {
  int handled = 0;
  const Router router({route(Method::get, "/a",
                             [&](Request& request) -> Result<Response> {
                               ++handled;
                               return fail(Code::conflict,
                                           std::any_cast<std::string>(request.caller));
                             })},
                      [](Request& request) -> std::optional<Response> {
                        if (request.headers.find("Authorization")) {
                          request.caller = std::string("somebody");
                          return std::nullopt;
                        }
                        return problem_response(problem(401, ""));
                      });
  Request request;
  request.path = "/a";
  EXPECT_EQ(answer(router, request).status, 401);
  EXPECT_EQ(handled, 0);
  request.headers.add("Authorization", "x");
  const Response response = answer(router, request);
  EXPECT_EQ(response.status, 409);
  EXPECT_TRUE(body_of(response).contains("somebody"));
  EXPECT_FALSE(router.ask_guard(request)) << "alone, it runs no handler";
  request.headers.clear();
  EXPECT_EQ(router.ask_guard(request)->status, 401);
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(router.routes().size(), 1u);
}

TEST(Router, HeadArrivesAsGet) {
  Method seen = Method::other;
  const Router router({route(Method::get, "/a",
                             [&](Request& request) -> Result<Response> {
                               seen = request.method;
                               return text_response(200, "text/plain", "");
                             })},
                      anyone);
  Request request;
  request.path = "/a";
  request.method = Method::head;
  EXPECT_EQ(answer(router, request).status, 200);
  EXPECT_EQ(seen, Method::get) << "it reads, and needs no CSRF token";
}

TEST(Route, LetsInOrNotBeforeAnythingElseIsDone) {
  Route closed = route(Method::get, "/closed");
  closed.handler = [](Request&) -> Result<Response> {
    ADD_FAILURE() << "it must not run";
    return text_response(200, "text/plain", "");
  };
  closed.admission = [](const Request& request) {
    return request.id == "friend" ? std::nullopt
                                  : std::optional(problem_response(problem(429, "enough")));
  };
  bool is_asked = false;
  const Router router({closed, route(Method::get, "/open")}, [&](Request&) {
    is_asked = true;
    return std::optional<Response>();
  });
  Request request;
  request.path = "/closed";
  EXPECT_EQ(answer(router, request).status, 429);
  EXPECT_FALSE(is_asked) << "nor is it asked who calls";
  request.id = "friend";
  EXPECT_FALSE(admit(request));
  request.path = "/open";
  request.id = "";
  EXPECT_EQ(answer(router, request).status, 200);
}

TEST(Router, KnowsItsParameters) {
  Route open = route(Method::get, "/open");
  open.other_parameters = OtherParameters::ignored;
  Route strict = route(Method::get, "/strict");
  strict.parameters = {{.in = In::query, .name = "after"}, {.in = In::header, .name = "If-Match"}};
  const Router router({open, strict}, anyone);
  const auto status = [&](std::string path, std::vector<Field> query) {
    Request request;
    request.path = std::move(path);
    request.query = std::move(query);
    return answer(router, request).status;
  };
  EXPECT_EQ(status("/open", {{"utm", "1"}}), 200);
  EXPECT_EQ(status("/strict", {{"after", "1"}}), 200);
  EXPECT_EQ(status("/strict", {{"after", "1"}, {"utm", "1"}}), 400);
  EXPECT_EQ(status("/strict", {{"If-Match", "1"}}), 400) << "that is a header";
}

// --- problems --------------------------------------------------------------------------------

TEST(Problem, TheOneMapping) {
  struct Row {
    Code code;
    int status;
    const char* shown;
  };
  const Row rows[] = {
      {Code::invalid, 400, "invalid"},         {Code::denied, 403, "denied"},
      {Code::not_found, 404, "not_found"},     {Code::conflict, 409, "conflict"},
      {Code::unavailable, 503, "unavailable"}, {Code::corrupt, 500, "internal"},
  };
  for (const Row& row : rows) {
    const Response response = problem_response(Error{row.code, "what happened", "/a/0"});
    const auto body = json::parse(body_of(response)).value();
    EXPECT_EQ(response.status, row.status);
    EXPECT_EQ(response.caching, Caching::no_store);
    EXPECT_EQ(body.at("code").as_string(), row.shown);
    EXPECT_EQ(body.at("status").as_int64(), row.status);
    EXPECT_EQ(body.at("type").as_string(), std::string("/problems/") + row.shown);
    EXPECT_EQ(response.headers.find("Retry-After").has_value(), row.code == Code::unavailable);
    if (row.code == Code::corrupt) {
      EXPECT_FALSE(body_of(response).contains("what happened")) << "that is for the log";
    } else {
      EXPECT_EQ(body.at("detail").as_string(), "what happened");
      EXPECT_EQ(body.at("where").as_string(), "/a/0");
    }
  }
  EXPECT_EQ(problem(418, "").code, "invalid");
  EXPECT_EQ(problem(599, "").code, "internal");
  EXPECT_DEATH(problem(399, ""), "status");
}

// --- ranges and tags -------------------------------------------------------------------------

TEST(Range, OfTenBytes) {
  using Kind = RangeAnswer::Kind;
  struct Row {
    const char* field;
    Kind kind;
    std::uint64_t first = 0;
    std::uint64_t length = 0;
  };
  const Row rows[] = {
      {"bytes=0-0", Kind::part, 0, 1},
      {"bytes=0-9", Kind::part, 0, 10},
      {"bytes=0-99", Kind::part, 0, 10},
      {"bytes=9-", Kind::part, 9, 1},
      {"bytes=-1", Kind::part, 9, 1},
      {"bytes=-99", Kind::part, 0, 10},
      {"BYTES=2-3", Kind::part, 2, 2},
      {"bytes=0-18446744073709551615", Kind::part, 0, 10},
      {"bytes=0-99999999999999999999999", Kind::part, 0, 10},
      {"bytes=00-01", Kind::part, 0, 2},
      {"bytes=10-", Kind::unsatisfied},
      {"bytes=10-11", Kind::unsatisfied},
      {"bytes=-0", Kind::unsatisfied},
      {"bytes=99999999999999999999-", Kind::unsatisfied},
      {"bytes=3-2", Kind::whole},
      {"bytes=0-1,3-4", Kind::whole},
      {"bytes=", Kind::whole},
      {"bytes=-", Kind::whole},
      {"bytes=a-b", Kind::whole},
      {"bytes=0--1", Kind::whole},
      {"bytes=0x1-2", Kind::whole},
      {"bytes 0-1", Kind::whole},
      {"items=0-1", Kind::whole},
      {"", Kind::whole},
  };
  for (const Row& row : rows) {
    const RangeAnswer answer = parse_range(row.field, 10);
    EXPECT_EQ(answer.kind, row.kind) << row.field;
    EXPECT_EQ(answer.range.first, row.first) << row.field;
    EXPECT_EQ(answer.range.length, row.length) << row.field;
  }
  EXPECT_EQ(parse_range("bytes=0-", 0).kind, Kind::unsatisfied);
}

TEST(Etag, StrongAndWeak) {
  struct Row {
    const char* field;
    bool weak;
    bool strong;
  };
  const Row rows[] = {
      {"\"a\"", true, true},         {"W/\"a\"", true, false},
      {"\"b\", \"a\"", true, true},  {"*", true, true},
      {"\"a-gzip\"", true, false},   {"a", false, false},
      {"\"A\"", false, false},       {"", false, false},
      {"\"", false, false},          {"w/\"a\"", false, false},
      {"\"aa-gzip\"", false, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(matches_etag(row.field, "a", Comparison::weak), row.weak) << row.field;
    EXPECT_EQ(matches_etag(row.field, "a", Comparison::strong), row.strong) << row.field;
  }
  EXPECT_FALSE(matches_etag("*", "", Comparison::weak)) << "what has no tag matches none";
}

}  // namespace
}  // namespace weir::http
