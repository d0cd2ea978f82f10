// The server: listeners, connections, workers, and limits on all of them.
//
// One thread per core runs an io_context that reads and writes sockets and never blocks; a fixed
// pool of workers runs handlers, and a second, smaller one those that take a streamed body, so that
// slow uploads cannot hold all of the first. A full queue is 503 with Retry-After, never a longer
// queue.
//
// Invariants:
//   1. Every wait has an end: a head, a body, a written answer and an idle connection each have a
//      deadline, and bodies in both directions a least rate. One sweep per second and thread closes
//      what is late. Only an event stream may be idle for ever.
//   2. Every quantity has a limit: connections in all and per client network, requests under way
//   per
//      network, bytes of a head, bytes of a body, bytes of all large bodies in memory, requests in
//      the queue.
//   3. A request whose framing is in doubt (RFC 9112, 6 and 11.2) is answered with 400 and the
//      connection closed: nothing after it is ever read as a request.
//   4. One client's connections are spread over the threads; a port that somebody listens on is not
//      shared with them: start() fails.
//   5. stop() takes no new request, lets those under way finish within the grace, then cancels.
//
// Thread rule: start, stop and reload from one thread; the rest from any.
// Start with server_test.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "http/route.h"

namespace weir::http {

/// PEM files. TLS 1.2 with forward secrecy and AEAD, and TLS 1.3.
struct TlsFiles {
  std::string certificate;  // the chain, the server's own first
  std::string key;
};

/// Where to listen, and what is served there.
struct Listener {
  std::string name;        // for port() and the log
  std::string address;     // numeric; of a local socket: the path of the file, mode 0600
  std::uint16_t port = 0;  // 0: a free one
  Via via = Via::network;
  std::optional<TlsFiles> tls{};
  std::shared_ptr<const Router> router{};
};

struct Limits {
  std::size_t head_bytes = std::size_t{16} << 10;
  std::size_t connections = 10'000;
  std::size_t connections_per_network = 256;
  std::size_t requests_per_network = 64;  // under way at once; of them
  std::size_t streams_per_network = 8;    // uploads, large bodies and event streams
  std::size_t queued = 256;               // requests that wait for a worker
  /// A body that a route takes whole lies in memory. One beyond this is large: it counts as an
  /// upload of its network, and all large ones together, with large answers that are made for one
  /// client, hold `large_bodies_bytes` at most.
  std::size_t small_body_bytes = std::size_t{1} << 20;
  std::size_t large_bodies_bytes = std::size_t{512} << 20;
  std::chrono::seconds head{10};  // from the first byte to the end of the head; also TLS
  std::chrono::seconds idle{60};  // between requests
  std::chrono::seconds body{20};  // to read or write a body, and beyond that
  std::size_t least_bytes_per_second = 4'096;
  std::chrono::seconds heartbeat{15};  // a comment on an event stream, so that proxies keep it
};

/// One line for the log when an answer is through. Holds no path, query or header: what they
/// name may be restricted.
struct Served {
  std::string_view request;  // its id
  std::string_view listener;
  std::string_view method;
  std::string_view pattern;  // of the route; empty if none was found
  int status = 0;
  std::uint64_t bytes = 0;  // of the answer's body
  std::chrono::microseconds took{};
  Network network;  // of the client
};

struct Settings {
  std::vector<Listener> listeners;
  std::size_t io_threads = 0;  // 0: one per core
  std::size_t workers = 8;
  std::size_t stream_workers = 16;  // more than one network may hold (streams_per_network)
  Limits limits{};
  /// X-Forwarded-For and X-Forwarded-Proto count only from these.
  std::vector<Network> trusted_proxies{};
  std::function<void(const Served&)> served{};  // must not block
  /// Called by stop() when the grace is over and requests are still under way: what their handlers
  /// wait for should end now.
  std::function<void()> break_off{};
};

struct Statistics {
  std::size_t connections = 0;         // open now
  std::size_t under_way = 0;           // requests now
  std::size_t large_bodies_bytes = 0;  // that large bodies hold now
  std::uint64_t accepted = 0;          // connections since the start
  std::uint64_t refused = 0;           // connections over a limit
  std::uint64_t requests = 0;
  std::uint64_t overloaded = 0;  // 429 and 503 for lack of room
};

class Server {
 public:
  /// Listens and serves. `unavailable` if an address is taken, `invalid` if it or a file of TLS is
  /// not what it should be. `clock` and `random` must outlive the server.
  static Result<std::unique_ptr<Server>> start(Settings settings, const Clock& clock,
                                               Random& random);
  ~Server();  // stop(0)
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Of the listener with this name, which must be one.
  std::uint16_t port(std::string_view listener) const;
  Statistics statistics() const;
  /// Reads the TLS files again, for new connections. On an error the old ones stay.
  Status reload_tls();
  /// Returns when all is closed. A handler that does not return holds it up.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Inside;
  explicit Server(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace weir::http
