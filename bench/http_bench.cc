// What a request costs the server in processor time, and what clients that do nothing cost the
// others.
//
// Clients run in one thread of this process, so the server's time is that of the process less that
// of the thread. Ratios are of measurements in turns, in one run: the machine's mood hits both
// sides.
#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <sys/resource.h>

#include "base/bytes.h"
#include "http/server.h"

namespace {

using namespace weir;
using namespace weir::http;
namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

constexpr std::size_t kBusy = 64;  // connections that ask
constexpr std::size_t kRounds = 100;
constexpr std::size_t kIdle = 1000;
constexpr std::size_t kSlow = 50;
constexpr std::size_t kUploadBytes = std::size_t{64} << 20;

double seconds(int who) {
  rusage used{};
  getrusage(who, &used);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

double server_seconds() {
  return seconds(RUSAGE_SELF) - seconds(RUSAGE_THREAD);
}

/// The number that stands at `text` or behind spaces.
std::size_t number_in(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return parse_decimal(text.substr(0, text.find_first_not_of("0123456789"))).value();
}

/// "VmRSS:" (now) or "VmHWM:" (the most so far), in MiB.
double memory(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) {
      return static_cast<double>(number_in(std::string_view(line).substr(name.size()))) / 1024;
    }
  }
  return 0;
}

std::shared_ptr<const Router> router() {
  std::vector<Route> routes;
  const auto add = [&](std::string pattern, Run run, Handler handler) {
    routes.push_back({.method = Method::get,
                      .pattern = std::move(pattern),
                      .access = "anyone",
                      .handler = std::move(handler),
                      .run = run});
  };
  const auto small =
      make_document("application/json", R"({"name":")" + std::string(500, 'a') + "\"}");
  add("/empty", Run::inline_, [](Request&) { return Response{}; });
  add("/small", Run::inline_,
      [small](Request&) { return document_response(small, Caching::revalidate); });
  add("/worked", Run::worker,
      [small](Request&) { return document_response(small, Caching::revalidate); });
  routes.push_back({.method = Method::post,
                    .pattern = "/upload",
                    .access = "anyone",
                    .handler = [](Request& request) -> Result<Response> {
                      std::string piece;
                      while (TRY(request.pieces(piece))) {
                      }
                      return Response{};
                    },
                    .body = BodyKind::streamed,
                    .most_body_bytes = kUploadBytes,
                    .content_types = {}});
  return std::make_shared<const Router>(
      std::move(routes), [](Request&) -> std::optional<Response> { return std::nullopt; });
}

class Bench {
 public:
  Bench() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    Settings settings;
    settings.io_threads = 1;
    settings.limits.connections_per_network = 2 * (kBusy + kIdle + kSlow);
    settings.limits.requests_per_network = 2 * kBusy;
    settings.listeners.push_back({.name = "main", .address = "127.0.0.1", .router = router()});
    server_ = Server::start(std::move(settings), clock_, random_).value();
    busy_ = connect(kBusy);
  }

  std::vector<Tcp::socket> connect(std::size_t count) {
    std::vector<Tcp::socket> sockets;
    for (std::size_t i = 0; i < count; ++i) {
      sockets.emplace_back(context_).connect(
          {asio::ip::make_address("127.0.0.1"), server_->port("main")});
      sockets.back().set_option(Tcp::no_delay(true));
    }
    return sockets;
  }

  /// The server's microseconds for one request of `target`.
  double cost(std::string_view target) {
    const std::string request =
        "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const std::size_t size = size_of_answer(request);
    std::string answer(size, '\0');
    const double start = server_seconds();
    for (std::size_t round = 0; round < kRounds; ++round) {
      for (Tcp::socket& socket : busy_) {
        asio::write(socket, asio::buffer(request));
      }
      for (Tcp::socket& socket : busy_) {
        asio::read(socket, asio::buffer(answer));
      }
    }
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    return (server_seconds() - start) * 1e6 / static_cast<double>(kRounds * kBusy);
  }

  void upload() {
    Tcp::socket& socket = busy_.front();
    const std::string piece(std::size_t{64} << 10, 'u');
    asio::write(socket,
                asio::buffer("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                             std::to_string(kUploadBytes) + "\r\n\r\n"));
    for (std::size_t sent = 0; sent < kUploadBytes; sent += piece.size()) {
      asio::write(socket, asio::buffer(piece));
    }
    std::string answer;
    asio::read_until(socket, asio::dynamic_buffer(answer), "\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 200 "));
  }

 private:
  /// All answers to one request are of one size: dates and request ids have one length.
  std::size_t size_of_answer(const std::string& request) {
    Tcp::socket& socket = busy_.front();
    asio::write(socket, asio::buffer(request));
    std::string answer;
    const std::size_t head = asio::read_until(socket, asio::dynamic_buffer(answer), "\r\n\r\n");
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t at = answer.find(kLength);
    CHECK(at != std::string::npos);
    const std::size_t size = head + number_in(std::string_view(answer).substr(at + kLength.size()));
    std::string rest(size - answer.size(), '\0');
    asio::read(socket, asio::buffer(rest));
    return size;
  }

  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<Server> server_;
  asio::io_context context_;
  std::vector<Tcp::socket> busy_;
};

// Must: small_to_empty at most 1.6.
void request(benchmark::State& state) {
  Bench bench;
  bench.cost("/small");  // warm
  double empty = 0;
  double small = 0;
  double worked = 0;
  for (auto _ : state) {
    empty += bench.cost("/empty");
    small += bench.cost("/small");
    worked += bench.cost("/worked");
  }
  const auto per = [&](double sum) { return sum / static_cast<double>(state.iterations()); };
  state.counters["empty_us"] = per(empty);
  state.counters["small_us"] = per(small);
  state.counters["worked_us"] = per(worked);
  state.counters["small_to_empty"] = small / empty;
}
BENCHMARK(request)->Unit(benchmark::kMillisecond)->Iterations(20);

// Must: cost_to_others below 1.10. The same requests with and without the crowd, in turns.
void crowd(benchmark::State& state) {
  Bench bench;
  bench.cost("/small");
  double alone = 0;
  double among = 0;
  for (auto _ : state) {
    alone += bench.cost("/small");
    const auto idle = bench.connect(kIdle);
    auto slow = bench.connect(kSlow);
    for (Tcp::socket& socket : slow) {
      asio::write(socket, asio::buffer(std::string_view("GET /small HTTP/1.1\r\nX-")));
    }
    bench.cost("/empty");  // accepting them is not what is measured
    for (Tcp::socket& socket : slow) {
      asio::write(socket, asio::buffer(std::string_view("y")));
    }
    among += bench.cost("/small");
  }
  state.counters["alone_us"] = alone / static_cast<double>(state.iterations());
  state.counters["among_us"] = among / static_cast<double>(state.iterations());
  state.counters["cost_to_others"] = among / alone;
}
BENCHMARK(crowd)->Unit(benchmark::kMillisecond)->Iterations(10);

// Must: added_mib below 8.
void upload(benchmark::State& state) {
  Bench bench;
  bench.cost("/small");
  std::ofstream("/proc/self/clear_refs") << 5;  // proc(5): sets VmHWM to what is used now
  const double before = memory("VmRSS:");
  for (auto _ : state) {
    bench.upload();
  }
  state.counters["added_mib"] = memory("VmHWM:") - before;
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kUploadBytes));
}
BENCHMARK(upload)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace

BENCHMARK_MAIN();
