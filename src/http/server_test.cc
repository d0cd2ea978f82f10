// The server as a whole: its limits, event streams, listeners, and how it stops.
#include "http/server.h"

#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/client_test.h"

namespace weir::http {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kHost = "Host: localhost\r\n";

std::string get(std::string_view target, std::string_view fields = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\n" + std::string(kHost) + std::string(fields) +
         "\r\n";
}

std::string post(std::string_view target, std::string_view fields, std::string_view body) {
  return "POST " + std::string(target) + " HTTP/1.1\r\n" + std::string(kHost) +
         std::string(fields) + "\r\n" + std::string(body);
}

/// How long something took.
std::chrono::milliseconds elapsed(const std::function<void()>& act) {
  const auto start = std::chrono::steady_clock::now();
  act();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               start);
}

// --- limits ----------------------------------------------------------------------------------

Settings impatient() {
  Settings settings;
  settings.limits.head = 1s;
  settings.limits.idle = 2s;
  settings.limits.body = 1s;
  settings.limits.heartbeat = 1s;
  settings.limits.least_bytes_per_second = 1'000'000;
  return settings;
}

TEST(Server, ClosesWhoIsSlowAndTellsThem) {
  TestServer server(impatient());
  Client slow_head = server.connect();
  Client silent = server.connect();
  Client slow_body = server.connect();
  Client slow_upload = server.connect();
  slow_head.send("GET /work HTTP/1.1\r\nHost: a\r\nX-");
  slow_body.send(post("/echo", "Content-Type: application/json\r\nContent-Length: 9\r\n", "abc"));
  slow_upload.send(post("/upload", "Content-Length: 9\r\n", "abc"));
  EXPECT_EQ(slow_head.receive().status, 408);
  EXPECT_EQ(slow_body.receive().status, 408);
  EXPECT_EQ(slow_upload.receive().status, 503);
  EXPECT_EQ(silent.receive_all(), "") << "who asked nothing is told nothing";
  EXPECT_EQ(server.handled, 1);
}

TEST(Server, AnUploadThatDripsIsClosedThoughEachByteIsInTime) {
  TestServer server(impatient());
  Client client = server.connect();
  client.send(post("/upload", "Content-Length: 1000\r\n", "x"));
  std::jthread drip([&] { eventually([&] { return !client.send("x"); }); });
  EXPECT_EQ(client.receive().status, 503);
}

TEST(Server, ABodyThatIsNotOfItsLengthEndsTheConnection) {
  TestServer server;
  for (const char* target : {"/lies/short", "/lies/long"}) {
    Client client = server.connect();
    const std::string ask = "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    client.send(ask + ask);
    const std::string all = client.receive_all();
    EXPECT_TRUE(all.ends_with("\r\n\r\nabcdef")) << target << all;
    EXPECT_EQ(all.find("HTTP/1.1", 1), std::string::npos) << target << " is followed by another";
  }
}

TEST(Server, ATrustedProxyHasAsManyConnectionsAsItNeeds) {
  for (const bool is_trusted : {true, false}) {
    Settings settings;
    settings.limits.connections_per_network = 1;
    if (is_trusted) {
      settings.trusted_proxies = {*Network::parse("127.0.0.0/8")};
    }
    TestServer server(std::move(settings));
    Client first = server.connect();
    EXPECT_EQ(first.get("/work").status, 200);
    Client second = server.connect();
    EXPECT_EQ(second.get("/work").status, is_trusted ? 200 : 0);
  }
}

// Bytes that trickle do not extend the time for a head.
TEST(Server, ATrickleIsNoProgress) {
  TestServer server(impatient());
  Client client = server.connect();
  client.send("GET /work HTTP/1.1\r\nHost: a\r\n");
  std::jthread trickle([&] { eventually([&] { return !client.send("X: y\r\n"); }); });
  const auto took = elapsed([&] { EXPECT_EQ(client.receive().status, 408); });
  EXPECT_LT(took, 4s);
}

TEST(Server, ClosesWhoDoesNotRead) {
  TestServer server(impatient());
  Client client = server.connect();
  for (int i = 0; i < 30; ++i) {  // 30 MB: more than the kernel holds for it
    client.send(get("/file"));
  }
  EXPECT_TRUE(eventually([&] {
    const Statistics now = server.server->statistics();
    return now.accepted == 1 && now.connections == 0;
  }));
  EXPECT_LT(client.receive_all().size(), 30'000'000u);
}

TEST(Server, OneNetworkCannotTakeEverything) {
  Settings settings;
  settings.limits.connections_per_network = 3;
  settings.limits.requests_per_network = 1;
  TestServer server(std::move(settings));
  Client waiting = server.connect();
  waiting.send(get("/wait"));
  server.entered.wait();
  Client second = server.connect();
  const Received refused = second.get("/work");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.field("Retry-After"), "2");
  EXPECT_EQ(second.get("/hello").status, 200) << "what needs no worker still comes";
  Client third = server.connect();
  EXPECT_EQ(third.get("/hello").status, 200);
  Client fourth = server.connect();
  EXPECT_EQ(fourth.get("/hello").status, 0) << "one connection too many";
  server.release.open();
  EXPECT_EQ(waiting.receive().body, "waited");
  EXPECT_EQ(second.get("/work").status, 200);
  EXPECT_EQ(server.server->statistics().refused, 1u);
  EXPECT_EQ(server.server->statistics().overloaded, 1u);
}

constexpr std::string_view kJson = "Content-Type: application/json\r\n";

std::string echo(std::size_t bytes) {
  return post("/echo", std::string(kJson) + "Content-Length: " + std::to_string(bytes) + "\r\n",
              std::string(bytes, 'x'));
}

/// The answer to all of `sent`.
Received answer_to(TestServer& server, std::string_view sent) {
  Client client = server.connect();
  client.send(sent);
  return client.receive();
}

TEST(Server, LargeBodiesShareTheMemoryThatThereIsForThem) {
  Settings settings;
  settings.limits.small_body_bytes = 1'000;
  settings.limits.large_bodies_bytes = 199'998;  // what one of 99,999 bytes may take while it grows
  TestServer server(std::move(settings));
  Client first = server.connect();
  const std::string all = echo(100'000);
  first.send(std::string_view(all).substr(0, all.size() - 1));
  ASSERT_TRUE(eventually([&] { return server.server->statistics().large_bodies_bytes >= 99'999; }));
  const Received second = answer_to(server, echo(100'000));
  EXPECT_EQ(second.status, 503);
  EXPECT_EQ(second.field("Retry-After"), "2");
  EXPECT_EQ(answer_to(server, echo(400)).status, 200) << "small ones have their own";
  first.send("x");
  EXPECT_EQ(first.receive().body.size(), 100'000u);
  EXPECT_TRUE(eventually([&] { return server.server->statistics().large_bodies_bytes == 0; }));
  EXPECT_EQ(answer_to(server, echo(100'000)).status, 200) << "there is room again";
}

TEST(Server, AsksForNoLargeBodyOfWhomTheGuardRefuses) {
  Settings settings;
  settings.limits.small_body_bytes = 1'000;
  TestServer server(std::move(settings));
  const std::string stranger = std::string(kJson) + "X-Stranger: yes\r\nExpect: 100-continue\r\n";
  Client client = server.connect();
  client.send(post("/echo", stranger + "Content-Length: 1001\r\n", ""));
  const Received refused = client.receive();
  EXPECT_EQ(refused.status, 401) << "without a byte of it";
  EXPECT_EQ(refused.field("Connection"), "close");
  EXPECT_EQ(
      answer_to(server, post("/echo", stranger + "Transfer-Encoding: chunked\r\n", "")).status,
      401);
  EXPECT_EQ(server.guarded, 2);
  EXPECT_EQ(answer_to(server, echo(1'001)).body.size(), 1'001u);
  EXPECT_EQ(server.guarded, 4) << "and again when all of it is there";
  EXPECT_EQ(answer_to(server, echo(1'000)).status, 200);
  EXPECT_EQ(server.guarded, 5) << "a small one is read first";
  EXPECT_EQ(server.handled, 2);
}

// Or 60 MiB sent at once would hold a worker for four hours.
TEST(Server, WhoSendsMuchAtOnceHoldsItNoLonger) {
  Settings settings = impatient();
  settings.limits.least_bytes_per_second = 1'000;
  TestServer server(std::move(settings));
  Client whole = server.connect();
  Client upload = server.connect();
  const auto took = elapsed([&] {
    whole.send(echo(100'000).substr(0, 99'000));
    upload.send(post("/upload", "Content-Length: 100000\r\n", std::string(99'000, 'x')));
    EXPECT_EQ(whole.receive().status, 408);
    EXPECT_EQ(upload.receive().status, 503);
  });
  EXPECT_LT(took, 6s) << "99 seconds would have been earned";
}

TEST(Server, LargeAnswersShareTheMemoryToo) {
  Settings settings;
  settings.limits.small_body_bytes = 1'000;
  settings.limits.large_bodies_bytes = 4'999;
  TestServer server(std::move(settings));
  Client client = server.connect();
  const Received refused = client.get("/secret");  // 5,000 bytes of its own
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.field("Retry-After"), "2");
  EXPECT_EQ(client.get("/hello").status, 200) << "what all share is counted for nobody";
  EXPECT_EQ(server.server->statistics().large_bodies_bytes, 0u);
}

TEST(Server, ALargeBodyCountsAsAnUploadOfItsNetwork) {
  Settings settings;
  settings.limits.small_body_bytes = 1'000;
  settings.limits.streams_per_network = 1;
  TestServer server(std::move(settings));
  Client first = server.connect();
  first.send(post("/echo", std::string(kJson) + "Content-Length: 1001\r\n", "x"));
  ASSERT_TRUE(eventually([&] { return server.server->statistics().under_way == 1; }));
  EXPECT_EQ(answer_to(server, echo(1'001)).status, 429);
  EXPECT_EQ(answer_to(server, echo(1'000)).status, 200);
  const std::string chunked =
      post("/echo", std::string(kJson) + "Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\n\r\n");
  EXPECT_EQ(answer_to(server, chunked).status, 429) << "nobody knows how large it will be";
  EXPECT_EQ(answer_to(server, post("/upload", "Content-Length: 1\r\n", "x")).status, 429);
  first.send(std::string(1'000, 'x'));
  EXPECT_EQ(first.receive().status, 200);
  EXPECT_EQ(answer_to(server, chunked).status, 200);
}

TEST(Server, AFullQueueIsSaidAtOnce) {
  Settings settings;
  settings.workers = 1;
  settings.limits.queued = 1;
  TestServer server(std::move(settings));
  Client running = server.connect();
  running.send(get("/wait"));
  server.entered.wait();
  Client queued = server.connect();
  queued.send(get("/work"));
  ASSERT_TRUE(eventually([&] { return server.server->statistics().under_way == 2; }));
  const Received answer = server.connect().get("/items/1");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.field("Retry-After"), "2");
  server.release.open();
  EXPECT_EQ(running.receive().status, 200);
  EXPECT_EQ(queued.receive().status, 200);
}

TEST(Server, MakesRoomByClosingWhatIsIdle) {
  Settings settings;
  settings.io_threads = 1;
  settings.limits.connections = 2;
  TestServer server(std::move(settings));
  Client first = server.connect();
  EXPECT_EQ(first.get("/hello").status, 200);
  Client second = server.connect();
  EXPECT_EQ(second.get("/hello").status, 200);
  Client third = server.connect();
  EXPECT_EQ(third.get("/hello").status, 200);
  EXPECT_TRUE(first.is_closed()) << "idle for longest";
  EXPECT_EQ(second.get("/hello").status, 200);
}

// --- events ----------------------------------------------------------------------------------

TEST(Server, EventsComeWhenTheyAreSent) {
  TestServer server(impatient());
  Client client = server.connect();
  client.send(get("/events"));
  ASSERT_TRUE(client.wait_for("text/event-stream"));
  const auto stream = server.events.with([](auto& known) { return known; });
  EXPECT_EQ(stream->send({"change", "one\ntwo", "7"}), EventStream::State::open);
  EXPECT_TRUE(client.wait_for("id: 7\nevent: change\ndata: one\ndata: two\n\n"));
  EXPECT_TRUE(client.wait_for(":\n\n")) << "a heartbeat when nothing happens";
  stream->end();
  EXPECT_TRUE(client.wait_for("0\r\n\r\n"));
  EXPECT_EQ(stream->send({"", "too late"}), EventStream::State::ended);
}

TEST(Server, AStreamEndsWithItsClient) {
  Settings settings = impatient();
  settings.limits.streams_per_network = 1;
  TestServer server(std::move(settings));
  Client client = server.connect();
  client.send(get("/events"));
  ASSERT_TRUE(client.wait_for("text/event-stream"));
  const auto stream = server.events.with([](auto& known) { return known; });
  EXPECT_EQ(server.connect().get("/events").status, 429) << "one stream for each network here";
  client.reset();
  EXPECT_TRUE(
      eventually([&] { return stream->send({"", "anybody?"}) == EventStream::State::ended; }));
  EXPECT_EQ(server.connect().get("/work").status, 200);
}

// --- listening and stopping ------------------------------------------------------------------

TEST(Server, DoesNotShareAPort) {
  TestServer first;
  Settings settings = on_loopback(first.router());
  settings.listeners.front().port = first.port();
  const auto second = Server::start(std::move(settings), first.clock, first.random);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::unavailable);
  EXPECT_TRUE(second.error().where.contains(std::to_string(first.port())));
}

TEST(Server, RefusesAnAddressThatIsNone) {
  TestServer other;
  for (const char* address : {"localhost", "", "300.1.1.1", "192.0.2.1"}) {
    Settings settings = on_loopback(other.router());
    settings.listeners.front().address = address;
    const auto server = Server::start(std::move(settings), other.clock, other.random);
    ASSERT_FALSE(server.has_value()) << address;
    EXPECT_EQ(server.error().code, Code::invalid) << address;
  }
}

TEST(Server, TheLocalSocketIsForItsOwnerAndSaysWhoComes) {
  const std::string path = testing::TempDir() + "weir-http-" + std::to_string(::getpid());
  TestServer first;
  Settings settings;
  settings.listeners.push_back(
      {.name = "local", .address = path, .via = Via::local_socket, .router = first.router()});
  auto server = Server::start(settings, first.clock, first.random);
  ASSERT_TRUE(server.has_value()) << text(server.error());
  struct stat facts{};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  EXPECT_EQ(Client(path).get("/peer").body, ":: " + std::to_string(::getuid()) + " http localhost");
  const auto second = Server::start(settings, first.clock, first.random);
  ASSERT_FALSE(second.has_value()) << "a live socket is not taken over";
  EXPECT_EQ(second.error().code, Code::unavailable);
  EXPECT_EQ(Client(path).get("/peer").status, 200);
  (*server)->stop(0ms);
  EXPECT_NE(::stat(path.c_str(), &facts), 0) << "it is removed";
}

TEST(Server, StopLetsRequestsFinish) {
  TestServer server;
  Client idle = server.connect();
  EXPECT_EQ(idle.get("/hello").status, 200);
  Client stream = server.connect();
  stream.send(get("/events"));
  ASSERT_TRUE(stream.wait_for("text/event-stream"));
  Client busy = server.connect();
  busy.send(get("/wait") + get("/work"));
  server.entered.wait();
  std::jthread stopping([&] { server.server->stop(30s); });
  EXPECT_TRUE(idle.is_closed()) << "at once";
  EXPECT_TRUE(stream.wait_for("0\r\n\r\n")) << "a stream would never end by itself";
  EXPECT_FALSE(server.connect().is_connected());
  server.release.open();
  const Received last = busy.receive();
  EXPECT_EQ(last.body, "waited");
  EXPECT_EQ(last.field("Connection"), "close");
  EXPECT_TRUE(busy.is_closed()) << "the request behind it was not taken";
}

TEST(Server, StopDoesNotWaitForClients) {
  TestServer server;
  Client half = server.connect();
  half.send("GET /work HTTP/1.1\r\n");
  Client uploading = server.connect();
  uploading.send(post("/upload", "Content-Length: 1000\r\n", "abc"));
  ASSERT_TRUE(eventually([&] { return server.taken == 3; }));
  EXPECT_LT(elapsed([&] { server.server->stop(300ms); }), 5s);
  EXPECT_TRUE(half.is_closed());
}

// A stream that wakes up while the connections are gone over may be through, and is then gone.
TEST(Server, StopsAtOnceWithOpenStreams) {
  Settings settings;
  settings.io_threads = 1;
  Gate* gate = nullptr;
  settings.break_off = [&] { gate->open(); };  // when all that stop() does to connections is queued
  TestServer server(std::move(settings));
  gate = &server.release;
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(server.connect());
    clients.back().send(get("/events"));
    ASSERT_TRUE(clients.back().wait_for("text/event-stream"));
  }
  Client holding = server.connect();
  holding.send(get("/hold"));
  server.entered.wait();
  server.server->stop(0ms);
  EXPECT_EQ(server.server->statistics().connections, 0u);
}

TEST(Server, StopBreaksOffWhatHandlersWaitFor) {
  std::atomic<int> asked = 0;
  Settings settings;
  Gate* gate = nullptr;
  settings.break_off = [&] {
    ++asked;
    gate->open();
  };
  TestServer server(std::move(settings));
  gate = &server.release;
  Client client = server.connect();
  client.send(get("/wait"));
  server.entered.wait();
  // Should nobody break it off, this does, so that the test fails and does not hang.
  std::jthread rescue(
      [&] { (void)(eventually([&] { return asked > 0; }) || (gate->open(), true)); });
  server.server->stop(50ms);
  EXPECT_EQ(asked, 1);
}

TEST(Server, StopBreaksNothingOffWithinTheGrace) {
  std::atomic<int> asked = 0;
  Settings settings;
  settings.break_off = [&] { ++asked; };
  TestServer server(std::move(settings));
  EXPECT_EQ(server.connect().get("/work").status, 200);
  server.server->stop(10s);
  EXPECT_EQ(asked, 0);
}

TEST(Server, StopsUnderLoad) {
  TestServer server;
  std::atomic<int> answered = 0;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      Client client = server.connect();
      while (client.is_connected() && client.get("/work").status == 200) {
        ++answered;
      }
    });
  }
  ASSERT_TRUE(eventually([&] { return answered >= 200; }));
  server.server->stop(5s);
  clients.clear();
  EXPECT_EQ(server.server->statistics().connections, 0u);
  EXPECT_EQ(server.server->statistics().under_way, 0u);
}

TEST(Server, TellsWhatWasServedAndNothingOfWhatWasAsked) {
  Guarded<std::vector<std::string>> lines;
  Settings settings;
  settings.served = [&](const Served& served) {
    lines.with([&](auto& all) {
      all.push_back(std::string(served.listener) + " " + std::string(served.method) + " " +
                    std::string(served.pattern) + " " + std::to_string(served.status) + " " +
                    std::to_string(served.bytes) + " " + served.network.text());
    });
  };
  TestServer server(std::move(settings));
  Client client = server.connect();
  EXPECT_EQ(client.get("/items/secret-name").status, 200);
  EXPECT_EQ(client.get("/secret-path").status, 404);
  EXPECT_EQ(client.get("/file").status, 200);
  server.server->stop(1s);
  const auto all = lines.with([](auto& known) { return known; });
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0], "main GET /items/{item} 200 11 127.0.0.1/32");
  EXPECT_TRUE(all[1].starts_with("main GET  404 "));
  EXPECT_EQ(all[2], "main GET /file 200 1000000 127.0.0.1/32");
}

}  // namespace
}  // namespace weir::http
