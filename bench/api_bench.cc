// What the API adds to the core: reports of 64 clients over HTTP beside the same reports handed to
// the core in the same run; a large case as JSON; the memory of an upload. Clients are threads of
// this process, so their time counts too. Set TMPDIR to a folder on the disk to be measured.
#include <fstream>

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "api/api.h"
#include "app/cases.h"
#include "app/tokens.h"
#include "base/bytes.h"
#include "client.h"
#include "memory.h"
#include "platform.h"
#include "processor_time.h"

namespace weir::api {
namespace {

using bench::Client;
using bench::memory;
using bench::Platform;
using bench::post;

constexpr int kClients = 64;
constexpr int kVendors = 200;
constexpr int kMessages = 2'000;
constexpr std::size_t kUploadBytes = std::size_t{64} << 20;

app::Actor local(std::string handle) {
  return app::Actor::local(std::move(handle));
}

/// A platform that is served on loopback; rita reports, cora coordinates.
struct ServedPlatform : Platform {
  std::unique_ptr<Service> service;
  std::unique_ptr<http::Server> server;
  std::string token;

  ServedPlatform() {
    const app::Actor ada = local("ada");
    CHECK(app::add_organisation(
        *app, ada, {.name = "Lark", .organisation_class = "researcher", .country = "ZZ"}));
    CHECK(app::add_user(*app, ada, {"rita", "Lark", {policy::Role::reporter}}));
    CHECK(app::add_user(*app, ada, {"cora", "Ministry", {policy::Role::coordinator}}));
    const auto made =
        app::create_token(*app, local("rita"), {.label = "bench", .scopes = {app::Scope::report}});
    CHECK(made);
    token = made->token;
    service = std::make_unique<Service>(Parts{.app = *app, .local = local});
    http::Settings settings;
    settings.workers = kClients;
    settings.limits.requests_per_network = 2 * kClients;
    settings.listeners.push_back(
        {.name = "everybody", .address = "127.0.0.1", .router = service->for_this_machine()});
    server = http::Server::start(std::move(settings), clock, random).value();
  }
  ~ServedPlatform() { server.reset(); }
};

std::unique_ptr<ServedPlatform> shared;

void setup(const benchmark::State&) {
  shared = std::make_unique<ServedPlatform>();
}
void teardown(const benchmark::State&) {
  shared.reset();
}

/// The reports of one user: without an account there are limits by network.
void report_to_core(benchmark::State& state) {
  const std::string bytes = bench::report();
  const bench::ProcessorTime time(state, 1);
  for (auto _ : state) {
    CHECK(app::file_report(*shared->app, local("rita"), {bytes, {}}));
  }
  state.SetItemsProcessed(state.iterations());
}

// Must: at least half of report_to_core's items_per_second. The reporter is a token's.
void report_over_http(benchmark::State& state) {
  const std::string body = bench::report();
  const std::string request =
      post("/api/v1/reports",
           "Content-Type: application/json\r\nAuthorization: Bearer " + shared->token + "\r\n",
           body.size()) +
      body;
  Client client(*shared->server);
  const bench::ProcessorTime time(state, 1);
  for (auto _ : state) {
    const bench::Answered answered = client.ask(request);
    if (!answered.is(201)) {
      state.SkipWithError(answered.line.c_str());
    }
  }
  state.SetItemsProcessed(state.iterations());
}

std::string large_case(ServedPlatform& platform) {
  app::App& app = *platform.app;
  const auto filed = app::file_report(app, local("rita"), {bench::report(), {}});
  CHECK(filed);
  const std::string one = filed->case_reference;
  CHECK(app::claim(app, local("cora"), one, policy::Fact::no));
  CHECK(app::accept(app, local("cora"), one));
  for (int i = 0; i < kVendors; ++i) {
    const std::string name = "Vendor " + std::to_string(i);
    CHECK(app::add_organisation(app, local("ada"),
                                {.name = name, .organisation_class = "vendor", .country = "ZZ"}));
    CHECK(app::add_participant(app, local("cora"), one,
                               {.organisation = name, .as = app::NewParticipant::As::vendor}));
  }
  for (int i = 0; i < kMessages; ++i) {
    CHECK(app::post_message(app, local("cora"), one, {.text = std::string(300, 'm')}));
  }
  return one;
}

// Must: below 50 ms. Read through the table as the handler reads it, again and again.
void large_case_as_json(benchmark::State& state) {
  ServedPlatform platform;
  const std::string one = large_case(platform);
  std::size_t bytes = 0;
  const bench::ProcessorTime time(state, 1);
  for (auto _ : state) {
    http::Request request;
    request.path = "/api/v1/cases/" + one;
    request.peer.via = http::Via::local_socket;
    request.headers.add(std::string(kAsField), "cora");
    http::Response response = http::answer(*platform.service->for_this_machine(), request);
    CHECK(response.status == 200);
    bytes = std::get<std::string>(response.body).size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}

double seconds(int who) {
  rusage used{};
  getrusage(who, &used);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

/// The server's microseconds for one GET: the process's time less that of the client's thread.
double cost(Client& client, const std::string& path) {
  constexpr int kRequests = 2'000;
  const std::string request = bench::get(path);
  const auto spent = [] { return seconds(RUSAGE_SELF) - seconds(RUSAGE_THREAD); };
  const double before = spent();
  for (int i = 0; i < kRequests; ++i) {
    CHECK(client.ask(request).is(200));
  }
  return (spent() - before) * 1e6 / kRequests;
}

// Must: each at most 1.6 of the empty answer, which goes through a worker too. In turns.
void public_resources(benchmark::State& state) {
  ServedPlatform platform;
  const auto filed = app::file_report(*platform.app, local("rita"), {bench::report(), {}});
  CHECK(filed);
  Client client(*platform.server);
  cost(client, "/healthz");  // warm
  double empty = 0;
  double keys = 0;
  double described = 0;
  double opened = 0;
  for (auto _ : state) {
    empty += cost(client, "/healthz");
    keys += cost(client, "/api/v1/keys");
    described += cost(client, "/api/v1/openapi.json");
    opened += cost(client, "/custody/index.json");
  }
  state.counters["empty_us"] = empty / static_cast<double>(state.iterations());
  state.counters["keys_to_empty"] = keys / empty;
  state.counters["openapi_to_empty"] = described / empty;
  state.counters["opened_to_empty"] = opened / empty;
}

// Must: both below 8. The first fills caches, the others find them full.
void upload_to_a_case(benchmark::State& state) {
  ServedPlatform platform;
  const auto filed = app::file_report(*platform.app, {}, {bench::report(), {}});
  CHECK(filed);
  const std::string head =
      post("/api/v1/cases/" + filed->case_reference + "/attachments",
           "Content-Type: application/octet-stream\r\n" + std::string(kFileNameField) +
               ": a.bin\r\n" + std::string(kReturnCodeField) + ": " + filed->return_code + "\r\n",
           kUploadBytes);
  const std::string piece(std::size_t{64} << 10, 'u');
  Client client(*platform.server);
  const auto upload = [&] {
    client.send(head);
    for (std::size_t sent = 0; sent < kUploadBytes; sent += piece.size()) {
      client.send(piece);
    }
    CHECK(client.receive().is(201));
  };
  const auto measured = [&](const auto& act) {
    std::ofstream("/proc/self/clear_refs") << 5;  // proc(5): sets VmHWM to what is used now
    const double before = memory("VmRSS:");
    act();
    return memory("VmHWM:") - before;
  };
  state.counters["idle_mib"] = memory("VmRSS:");
  state.counters["first_added_mib"] = measured(upload);
  state.counters["later_added_mib"] = measured([&] {
    for (auto _ : state) {
      upload();
    }
  });
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kUploadBytes));
}

BENCHMARK(report_to_core)->Setup(setup)->Teardown(teardown)->Threads(kClients)->UseRealTime();
BENCHMARK(report_over_http)->Setup(setup)->Teardown(teardown)->Threads(kClients)->UseRealTime();
BENCHMARK(public_resources)->Unit(benchmark::kMillisecond)->Iterations(10);
BENCHMARK(large_case_as_json)->Unit(benchmark::kMillisecond);
BENCHMARK(upload_to_a_case)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace
}  // namespace weir::api

BENCHMARK_MAIN();
