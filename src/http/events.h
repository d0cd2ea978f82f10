// Server-sent events (WHATWG HTML, 9.2): one open answer that some part of the program feeds.
//
// A handler makes an EventStream, keeps one reference where the feeder finds it, and returns the
// other in its Response. The feeder calls send(), which never waits. The stream ends when the
// feeder ends it, when the client is gone, when the client reads too slowly for
// kMostEventBytesWaiting, or when the server stops; then send() says so and the feeder forgets it.
//
// An idle stream holds a connection but no thread. Thread rule: all of it from any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/guarded.h"

namespace weir::http {

inline constexpr std::size_t kMostEventBytesWaiting = std::size_t{256} << 10;

struct Event {
  std::string name;  // "event:"; empty: "message"
  std::string data;  // any text; each line becomes a "data:" line
  std::string id{};  // "id:"; what the client sends back as Last-Event-ID; empty: none
};

/// The bytes of one event. Line breaks in name or id, which would start another field, are dropped.
std::string encode(const Event& event);

class EventStream {
 public:
  enum class State { open, ended };

  /// `ended` if the event was not taken, and then for ever.
  State send(const Event& event);
  /// What was sent before still goes out; nothing after.
  void end();
  /// The client is gone: what waits is dropped.
  void abandon();
  State state() const;
  /// Of bytes that were sent and not taken yet.
  std::size_t waiting() const;

  /// For the server: `wake` is called, on any thread, when there may be something new to take().
  void on_change(std::function<void()> wake);
  struct Taken {
    std::string bytes;
    State state;
  };
  Taken take();

 private:
  struct Inside {
    std::string waiting;
    State state = State::open;
    std::shared_ptr<const std::function<void()>> wake;
  };
  void wake() const;
  Guarded<Inside> inside_;
};

}  // namespace weir::http
