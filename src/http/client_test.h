// For tests: a server with a few routes, and a client that sends exactly the bytes that it is
// given. Blocking; every wait ends after kPatience, so that a broken server fails a test and does
// not hang it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/guarded.h"
#include "base/random.h"
#include "base/time.h"
#include "http/server.h"

namespace weir::http {

inline constexpr int kPatienceSeconds = 15;

struct Received {
  int status = 0;
  std::string head;  // with the status line
  std::string body;  // without chunks

  /// The value of a field, or nothing.
  std::optional<std::string> field(std::string_view name) const;
};

class Client {
 public:
  explicit Client(std::uint16_t port);  // loopback
  explicit Client(const std::string& local_socket);
  ~Client();
  Client(Client&& other) noexcept;

  bool is_connected() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  /// False once the other end has closed.
  bool send(std::string_view bytes) const;
  void finish_sending() const;
  /// Closes with a reset, as a process that is killed does when bytes wait for it.
  void reset();
  /// One answer, framed as it says; status 0 if the connection ends before its head does. `method`
  /// is what was asked: the answer to HEAD has no body.
  Received receive(std::string_view method = "GET");
  /// Everything until the other end closes.
  std::string receive_all();
  /// True if the other end closes without a byte more.
  bool is_closed();
  /// Reads until `text` has come; false if the connection ends before.
  bool wait_for(std::string_view text);

  Received get(std::string_view target, std::string_view more_fields = "");

 private:
  bool fill();
  std::string take(std::size_t count);

  int descriptor_ = -1;
  std::string held_;
};

/// Whether it became so within kPatience.
bool eventually(const std::function<bool()>& is_so);

/// What one thread waits at until another opens it.
class Gate {
 public:
  void open() {
    is_open_ = true;
    is_open_.notify_all();
  }
  void wait() const { is_open_.wait(false); }

 private:
  std::atomic<bool> is_open_ = false;
};

/// Routes for every kind of body. It stops with the test.
class TestServer {
 public:
  explicit TestServer(Settings settings = {});
  ~TestServer();
  std::uint16_t port() const { return server->port("main"); }
  Client connect() const { return Client(port()); }

  SystemClock clock;
  SystemRandom random;
  std::atomic<int> guarded = 0;          // times that the guard was asked; refuses X-Stranger
  std::atomic<int> handled = 0;          // handlers that ran
  std::atomic<std::uint64_t> taken = 0;  // bytes of uploads
  Gate entered;                          // GET /wait is in its handler; /hold, which holds up all
                                         // connections of its thread
  Gate release;                          // and may go on
  Guarded<std::shared_ptr<EventStream>> events;
  std::unique_ptr<Server> server;

  std::shared_ptr<const Router> router();

 private:
  Route& add(Method method, std::string pattern, Handler handler);  // valid until the next
  void add_answers();
  void add_bodies();
  void add_waiting();

  std::vector<Route> routes_;
};

/// `base` with one listener, "main", on a free port of loopback.
Settings on_loopback(std::shared_ptr<const Router> router, Settings base = {});

}  // namespace weir::http
