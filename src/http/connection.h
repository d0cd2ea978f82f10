// One connection: the loop that reads a request, has it handled, writes the answer. And what all
// connections of a thread and of the server share. Not for other folders.
//
// Invariants:
//   1. Everything here runs on the thread of the shard, but what is posted to workers.
//   2. The coroutine outlives every task that it gave to a worker: it waits for the task's end,
//   also
//      when the client is gone.
//   3. A deadline is set whenever the loop waits for the client, and only then.
//
// Thread rule: as invariant 1 says; Shared is safe from all threads.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "http/clients.h"
#include "http/compose.h"
#include "http/message.h"
#include "http/server.h"
#include "http/wire.h"
#include "http/workers.h"

namespace weir::http {

using Steady = std::chrono::steady_clock;

inline constexpr std::chrono::seconds kLinger{2};  // for the client to read the last answer

/// What the whole server has once.
struct Shared {
  Shared(Settings made_with, const Clock& outside_clock, Random& chance);

  const Settings settings;
  const Clock& clock;
  Random& random;
  Clients clients;
  Room large_bodies;
  Workers workers;
  Workers stream_workers;
  std::atomic<bool> draining = false;
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> under_way = 0;
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> refused = 0;
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> overloaded = 0;

  /// Waits until no connection is left, at most so long.
  enum class Left { none, some };
  Left wait_until_closed(std::optional<std::chrono::milliseconds> most);
  void connection_closed();

 private:
  std::mutex mutex_;
  std::condition_variable closed_;
};

class Connection;

/// One thread with its io_context and connections.
struct Shard {
  explicit Shard(Shared& server) : shared(server) {}

  asio::io_context context{1};
  Shared& shared;
  std::set<Connection*> connections;
  std::array<char, 29> date{};
  std::string chance;  // random bytes for request ids, fetched many at a time

  std::string next_id();
  void refresh_date();
  /// Calls `act` with each connection. None of them may end meanwhile: what `act` wakes up goes on
  /// afterwards (Connection::wake).
  template <class Act>
  void each(Act act) {
    is_gone_over = true;
    for (Connection* connection : connections) {
      act(*connection);
    }
    is_gone_over = false;
  }
  bool is_gone_over = false;
};

struct Job;  // job.h

class Connection {
 public:
  Connection(std::shared_ptr<Shard> shard, const Listener& listener, std::unique_ptr<Wire> wire,
             const Peer& peer, std::optional<Clients::Ticket> ticket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// On the shard's thread, once, before serve().
  void join();
  Awaitable<void> serve();

  /// Once a second: closes, or interrupts, what is late; keeps event streams warm.
  void sweep(Steady::time_point now);
  /// No further request; what is idle closes at once.
  void drain();
  /// Everything ends as soon as its worker returns.
  void abort();
  /// Since when it waits for a request, if it does.
  std::optional<Steady::time_point> idle_since() const;
  /// For what has to make room.
  void close();

 private:
  enum class Phase { handshake, idle, head, body, busy, answer, events, closing };
  enum class Next { request, close };

  void wake();
  void wait_for(Phase phase, Steady::duration most);
  void stop_waiting(Phase phase);
  Steady::duration earned(Steady::duration left, std::uint64_t bytes) const;

  Awaitable<bool> fill(std::size_t least);
  Awaitable<bool> fill_body(Job& job, std::size_t least);
  Awaitable<bool> write(std::string_view first, std::string_view second);
  Awaitable<std::optional<std::size_t>> find_head(Job& job);
  Awaitable<Next> serve_one();
  Awaitable<Next> handle(Job& job);
  Awaitable<bool> read_whole_body(Job& job);
  Awaitable<bool> go_ahead(Job& job);
  Awaitable<void> read_piece(Job& job);
  Awaitable<bool> work(Job& job);
  Awaitable<bool> on_worker(Job& job, Workers& workers, void (Connection::*step)(Job&));
  Awaitable<Next> refuse(Job& job, Response response);
  Awaitable<Next> send(Job& job);
  Awaitable<bool> send_pieces(Job& job);
  Awaitable<bool> send_events(Job& job);
  Awaitable<void> linger();
  bool admit_events(Job& job);
  bool is_heartbeat_due() const;
  void tell_served(const Job& job);

  std::optional<Response> refusal(Job& job);
  bool is_large(const Job& job) const;
  std::optional<Response> admit(Job& job);
  std::optional<Response> make_room(Job& job);
  void ask_guard(Job& job);
  void run(Job& job);
  void compose_answer(Job& job, Response response);
  void fill_request(Job& job, Head head);

  std::shared_ptr<Shard> shard_;
  Shared& shared_;
  const Listener& listener_;
  std::unique_ptr<Wire> wire_;
  const Peer peer_;
  std::optional<Clients::Ticket> ticket_;
  Buffer in_;
  Phase phase_ = Phase::handshake;
  Steady::time_point deadline_ = Steady::time_point::max();
  Steady::time_point since_ = Steady::now();  // the phase
  bool is_late_ = false;                      // a deadline passed; the client is told
  bool is_aborted_ = false;
  Job* job_ = nullptr;  // the one under way
};

}  // namespace weir::http
