#include "net/net.h"

#include <functional>

#include <gtest/gtest.h>

#include "net/net_test.h"

namespace weir::net {
namespace {

Limits at_most(std::size_t bytes) {
  Limits limits;
  limits.bytes = bytes;
  return limits;
}

template <class R>
void expect_failure(const R& result, Code code, const std::string& text) {
  ASSERT_FALSE(result) << result->status;
  EXPECT_EQ(result.error().code, code) << result.error().message;
  EXPECT_NE(result.error().message.find(text), std::string::npos) << result.error().message;
}

TEST(Net, GetsBytesStatusAndType) {
  Server server(answer("200 OK", "Content-Type: text/x.tlog.size\r\n", "17\n"));
  const auto got = get(server.url("/log/checkpoint?x=1"));
  ASSERT_TRUE(got) << text(got.error());
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->content_type, "text/x.tlog.size");
  EXPECT_EQ(got->body, "17\n");
  const std::string request = server.request();
  EXPECT_TRUE(request.starts_with("GET /log/checkpoint?x=1 HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("User-Agent: weir/" WEIR_VERSION "\r\n"), std::string::npos) << request;
  EXPECT_EQ(request.find("Cookie"), std::string::npos);
  EXPECT_EQ(request.find("Accept-Encoding"), std::string::npos);
}

TEST(Net, PostsTheBodyAsItIs) {
  Server server(answer("200 OK", "", ""));
  const std::string body = std::string("old 0\n\0 \xff", 10) + std::string(2'000'000, 'b');
  const auto got = post(server.url("/add-checkpoint"), "text/plain", body);
  ASSERT_TRUE(got) << text(got.error());
  EXPECT_EQ(got->content_type, "");
  const std::string request = server.request();
  EXPECT_TRUE(request.starts_with("POST /add-checkpoint HTTP/1.1\r\n"));
  EXPECT_NE(request.find("Content-Type: text/plain\r\n"), std::string::npos);
  EXPECT_EQ(request.find("Expect"), std::string::npos);
  EXPECT_EQ(request.substr(request.find("\r\n\r\n") + 4), body);
}

TEST(Net, AnEmptyBodyIsABody) {
  Server server(answer("200 OK", "", "x"));
  ASSERT_TRUE(post(server.url(), "text/plain", {}));
  EXPECT_NE(server.request().find("Content-Length: 0\r\n"), std::string::npos);
}

TEST(Net, AnErrorStatusIsAnAnswer) {
  for (const int status : {400, 403, 404, 409, 422, 500, 503}) {
    Server server(answer(std::to_string(status) + " Word", "", "why"));
    const auto got = post(server.url(), "text/plain", "b");
    ASSERT_TRUE(got) << text(got.error());
    EXPECT_EQ(got->status, status);
    EXPECT_EQ(got->body, "why");
  }
}

TEST(Net, RedirectsAreRefused) {
  Server target(answer("200 OK", "", "secret"));
  for (const char* status : {"300", "301", "302", "303", "307", "308", "399"}) {
    Server server(
        answer(std::string(status) + " Word", "Location: " + target.url() + "\r\n", "body"));
    expect_failure(get(server.url()), Code::unavailable, "redirects");
    expect_failure(post(server.url(), "text/plain", "b"), Code::unavailable, "redirects");
  }
  EXPECT_EQ(target.requests(), 0);
}

TEST(Net, AnAnswerEndsAtTheLimit) {
  const std::string body(100'000, 'x');
  Server with_length(answer("200 OK", "Content-Length: 100000\r\n", body));
  Server without(answer("200 OK", "", body));
  for (Server* server : {&with_length, &without}) {
    const auto exact = get(server->url(), at_most(body.size()));
    ASSERT_TRUE(exact) << text(exact.error());
    EXPECT_EQ(exact->body, body);
    expect_failure(get(server->url(), at_most(body.size() - 1)), Code::unavailable, "larger");
    expect_failure(get(server->url(), at_most(0)), Code::unavailable, "larger");
  }
}

TEST(Net, HeadersEndAtTheLimit) {
  const std::string filler = "X-Filler: " + std::string(1'000, 'x') + "\r\n";
  std::string headers;
  for (int i = 0; i < 50; ++i) {
    headers += filler;
  }
  Server server(answer("200 OK", headers, "b"));
  ASSERT_TRUE(get(server.url()));
  Limits limits;
  limits.header_bytes = 50'000;
  expect_failure(get(server.url(), limits), Code::unavailable, "larger");
}

TEST(Net, ASlowServerTimesOut) {
  Server silent("");
  Limits limits;
  limits.total = Duration(150);
  expect_failure(get(silent.url(), limits), Code::unavailable, "imeout");
  // A body that stops in the middle.
  Server cut(answer("200 OK", "Content-Length: 10\r\n", "12345"));
  expect_failure(get(cut.url(), limits), Code::unavailable, "");
}

TEST(Net, NobodyThere) {
  int port = 0;
  {
    Server server("x");
    port = server.port();
  }
  expect_failure(get("http://127.0.0.1:" + std::to_string(port) + "/"), Code::unavailable, "");
  expect_failure(get("http://name.invalid/"), Code::unavailable, "");
}

TEST(Net, AddressesThatAreNone) {
  Server server(answer("200 OK", "", "x"));
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  const std::array<std::string, 10> bad = {"",
                                           "127.0.0.1",
                                           host,
                                           "ftp://" + host + "/",
                                           "file:///etc/hostname",
                                           "HTTP://" + host,
                                           "http://user:word@" + host + "/",
                                           "http://user@" + host + "/",
                                           "http://" + host + "/a\r\nX-More: 1",
                                           "http://" + host + ":x/"};
  for (const std::string& url : bad) {
    expect_failure(get(url), Code::invalid, "");
    expect_failure(post(url, "text/plain", "b"), Code::invalid, "");
  }
  expect_failure(post(server.url(), "text/plain\r\nX-More: 1", "b"), Code::invalid, "one line");
  EXPECT_EQ(server.requests(), 0);
}

TEST(Net, TheEnvironmentsProxyIsNotAsked) {
  Server proxy(answer("200 OK", "", "from the proxy"));
  Server server(answer("200 OK", "", "direct"));
  ASSERT_EQ(::setenv("http_proxy", proxy.url().c_str(), 1), 0);
  ASSERT_EQ(::setenv("all_proxy", proxy.url().c_str(), 1), 0);
  const auto direct = get(server.url());
  Limits limits;
  limits.proxy = proxy.url("");
  const auto proxied = get(server.url(), limits);
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
  ASSERT_TRUE(direct && proxied);
  EXPECT_EQ(direct->body, "direct");
  EXPECT_EQ(proxied->body, "from the proxy");
}

TEST(Net, AnErrorShowsNoQuery) {
  Limits limits;
  limits.total = Duration(100);
  Server silent("");
  const auto got = get(silent.url("/path?token=secret#part"), limits);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().where, silent.url("/path"));
  EXPECT_EQ(text(got.error()).find("secret"), std::string::npos);
}

TEST(Net, SendsAnyMethodWithFieldsAndABody) {
  Server server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  const auto answer = send({.method = "DELETE",
                            .url = server.url("/a"),
                            .fields = {{"Weir-As", "ada"}},
                            .content_type = "application/json",
                            .body = "{}"});
  ASSERT_TRUE(answer) << text(answer.error());
  EXPECT_EQ(answer->body, "ok");
  const std::string request = server.request();
  EXPECT_TRUE(request.starts_with("DELETE /a HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("\r\nWeir-As: ada\r\n"), std::string::npos);
  EXPECT_TRUE(request.ends_with("\r\n\r\n{}")) << request;
  EXPECT_EQ(send({.url = server.url("/a"), .fields = {{"A", "b\r\nC: d"}}}).error().code,
            Code::invalid);
  EXPECT_EQ(send({.method = "", .url = server.url("/a")}).error().code, Code::invalid);
  EXPECT_EQ(send({.url = "http://localhost/", .local_socket = "/nowhere.sock"}).error().code,
            Code::unavailable);
}

TEST(Net, WhatUsersTypedInDoesNotReachPrivateAddresses) {
  Server server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  Limits limits;
  limits.reach = Reach::public_only;
  const std::string by_name = "http://localhost:" + std::to_string(server.port()) + "/";
  for (const std::string& url : {server.url(), by_name}) {
    const auto refused = post(url, "text/plain", "secret", limits);
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().code, Code::denied);
  }
  EXPECT_EQ(server.requests(), 0) << "nothing was even connected to";
  limits.allowed = {"127.0.0.1"};
  EXPECT_TRUE(post(server.url(), "text/plain", "x", limits));
  limits.proxy = server.url();
  EXPECT_EQ(post("http://1.1.1.1/", "text/plain", "x", limits).error().code, Code::invalid);
}

}  // namespace
}  // namespace weir::net
