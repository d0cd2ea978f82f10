#include "http/events.h"

namespace weir::http {

namespace {

std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (c != '\n' && c != '\r' && c != '\0') {
      line += c;
    }
  }
  return line;
}

}  // namespace

std::string encode(const Event& event) {
  std::string out;
  if (!event.id.empty()) {
    out += "id: " + one_line(event.id) + "\n";
  }
  if (!event.name.empty()) {
    out += "event: " + one_line(event.name) + "\n";
  }
  // CR, LF and CRLF each end a line for the reader, so each starts a new data line here.
  out += "data: ";
  for (std::size_t i = 0; i < event.data.size(); ++i) {
    const char c = event.data[i];
    if (c == '\r' && i + 1 < event.data.size() && event.data[i + 1] == '\n') {
      continue;
    }
    if (c == '\n' || c == '\r') {
      out += "\ndata: ";
    } else {
      out += c;
    }
  }
  return out + "\n\n";
}

EventStream::State EventStream::send(const Event& event) {
  const std::string bytes = encode(event);
  const State state = inside_.with([&](Inside& inside) {
    if (inside.state == State::open &&
        inside.waiting.size() + bytes.size() > kMostEventBytesWaiting) {
      // An event must not be lost in the middle of a stream: the client comes back and asks anew.
      inside.state = State::ended;
      inside.waiting.clear();
    }
    if (inside.state == State::open) {
      inside.waiting += bytes;
    }
    return inside.state;
  });
  wake();
  return state;
}

void EventStream::end() {
  inside_.with([](Inside& inside) { inside.state = State::ended; });
  wake();
}

void EventStream::abandon() {
  inside_.with([](Inside& inside) {
    inside.state = State::ended;
    inside.waiting.clear();
    inside.wake.reset();
  });
}

EventStream::State EventStream::state() const {
  return inside_.with([](const Inside& inside) { return inside.state; });
}

std::size_t EventStream::waiting() const {
  return inside_.with([](const Inside& inside) { return inside.waiting.size(); });
}

void EventStream::on_change(std::function<void()> wake) {
  inside_.with([&](Inside& inside) {
    inside.wake = std::make_shared<const std::function<void()>>(std::move(wake));
  });
}

EventStream::Taken EventStream::take() {
  return inside_.with(
      [](Inside& inside) { return Taken{std::exchange(inside.waiting, {}), inside.state}; });
}

void EventStream::wake() const {
  // Called outside of the lock: it may come back here.
  const auto wake = inside_.with([](const Inside& inside) { return inside.wake; });
  if (wake) {
    (*wake)();
  }
}

}  // namespace weir::http
