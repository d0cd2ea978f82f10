#include "http/client_test.h"

#include <chrono>
#include <semaphore>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bytes.h"
#include "http/text.h"

namespace weir::http {

namespace {

int connected(const sockaddr* address, socklen_t size) {
  const int descriptor = ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{kPatienceSeconds, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  const int window = 64 << 10;  // small, so that who does not read is noticed soon
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (::connect(descriptor, address, size) != 0) {
    ::close(descriptor);
    return -1;
  }
  return descriptor;
}

Response count_upload(TestServer& server, Request& request, Result<bool>& more) {
  std::string piece;
  std::uint64_t total = 0;
  while ((more = request.pieces(piece)) && *more) {
    total += piece.size();
    server.taken += piece.size();
  }
  return text_response(200, "text/plain", std::to_string(total));
}

Response numbered_lines(int lines) {
  Response response;
  response.headers.add("Content-Type", "text/plain");
  response.body = Stream{[lines, at = 0](std::string& piece) mutable -> Result<bool> {
    if (at == lines) {
      return false;
    }
    piece = "line " + std::to_string(at++) + "\n";
    return true;
  }};
  return response;
}

Stored letters(std::uint64_t size) {
  Stored stored;
  stored.size = size;
  stored.read = [size](std::uint64_t offset, std::size_t most) -> Result<std::string> {
    std::string bytes;
    while (bytes.size() < most && offset < size) {
      bytes += static_cast<char>('a' + offset++ % 26);
    }
    return bytes;
  };
  return stored;
}

}  // namespace

std::optional<std::string> Received::field(std::string_view name) const {
  for (const std::string_view line : split(head, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && equal_without_case(line.substr(0, colon), name)) {
      std::string_view value = trim(line.substr(colon + 1));
      value.remove_suffix(value.ends_with('\r') ? 1 : 0);
      return std::string(value);
    }
  }
  return std::nullopt;
}

Client::Client(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  descriptor_ = connected(reinterpret_cast<sockaddr*>(&address), sizeof(address));
}

Client::Client(const std::string& local_socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  local_socket.copy(address.sun_path, sizeof(address.sun_path) - 1);
  descriptor_ = connected(reinterpret_cast<sockaddr*>(&address), sizeof(address));
}

Client::~Client() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Client::Client(Client&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), held_(std::move(other.held_)) {}

bool Client::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Client::finish_sending() const {
  ::shutdown(descriptor_, SHUT_WR);
}

void Client::reset() {
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  ::close(std::exchange(descriptor_, -1));
}

bool Client::fill() {
  std::string piece(std::size_t{64} << 10, '\0');
  const ssize_t got = ::recv(descriptor_, piece.data(), piece.size(), 0);
  held_.append(piece, 0, got > 0 ? static_cast<std::size_t>(got) : 0);
  return got > 0;
}

std::string Client::take(std::size_t count) {
  while (held_.size() < count && fill()) {
  }
  std::string bytes = held_.substr(0, count);
  held_.erase(0, bytes.size());
  return bytes;
}

bool Client::wait_for(std::string_view text) {
  while (!held_.contains(text)) {
    if (!fill()) {
      return false;
    }
  }
  return true;
}

Received Client::receive(std::string_view method) {
  Received received;
  if (!wait_for("\r\n\r\n")) {
    return received;
  }
  received.head = take(held_.find("\r\n\r\n") + 4);
  received.status = static_cast<int>(parse_decimal(received.head.substr(9, 3)).value_or(0));
  if (method == "HEAD" || received.status == 204 || received.status == 304 ||
      received.status == 100) {
    return received;
  }
  if (const auto length = received.field("Content-Length")) {
    received.body = take(parse_decimal(*length).value_or(0));
  } else if (received.field("Transfer-Encoding")) {
    while (wait_for("\r\n")) {
      const std::string line = take(held_.find("\r\n") + 2);
      std::size_t size = 0;
      for (const char c : line.substr(0, line.size() - 2)) {
        size = size * 16 + std::string_view("0123456789abcdef").find(c);
      }
      received.body += take(size);
      take(2);
      if (size == 0) {
        break;
      }
    }
  } else {
    received.body = receive_all();
  }
  return received;
}

std::string Client::receive_all() {
  while (fill()) {
  }
  return std::exchange(held_, {});
}

bool Client::is_closed() {
  // A time-out of ours is no close.
  char byte = 0;
  const ssize_t got = held_.empty() ? ::recv(descriptor_, &byte, 1, 0) : 1;
  return got == 0 || (got < 0 && errno != EAGAIN);
}

Received Client::get(std::string_view target, std::string_view more_fields) {
  send("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" +
       std::string(more_fields) + "\r\n");
  return receive();
}

Settings on_loopback(std::shared_ptr<const Router> router, Settings base) {
  base.listeners.push_back({.name = "main", .address = "127.0.0.1", .router = std::move(router)});
  return base;
}

TestServer::TestServer(Settings settings) {
  auto started = Server::start(on_loopback(router(), std::move(settings)), clock, random);
  CHECK(started.has_value());
  server = std::move(*started);
}

TestServer::~TestServer() {
  release.open();
}

bool eventually(const std::function<bool()>& is_so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(kPatienceSeconds);
  std::binary_semaphore never(0);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    (void)never.try_acquire_for(std::chrono::milliseconds(10));
  }
  return true;
}

Route& TestServer::add(Method method, std::string pattern, Handler handler) {
  routes_.push_back({.method = method,
                     .pattern = std::move(pattern),
                     .access = "anyone",
                     .handler = [this, handler = std::move(handler)](Request& request) {
                       ++handled;
                       return handler(request);
                     }});
  return routes_.back();
}

void TestServer::add_answers() {
  add(Method::get, "/hello",
      [document = make_document("text/plain", std::string(2000, 'h'))](Request&) {
        return document_response(document, Caching::revalidate);
      })
      .run = Run::inline_;
  add(Method::get, "/work",
      [](Request& request) { return text_response(200, "text/plain", request.id); });
  add(Method::get, "/secret",
      [](Request&) { return text_response(200, "text/plain", std::string(5000, 's')); });
  add(Method::get, "/lines", [](Request&) { return numbered_lines(1000); });
  add(Method::get, "/file", [](Request&) {
    Response response;
    response.body = letters(1'000'000);
    response.etag = "letters";
    response.caching = Caching::immutable;
    return response;
  });
  // Six bytes a piece, of which each says ten in all.
  for (const auto& [pattern, pieces] : {std::pair("/lies/short", 1), std::pair("/lies/long", 2)}) {
    add(Method::get, pattern, [pieces](Request&) {
      Response response;
      response.body = Stream{[left = pieces](std::string& piece) mutable -> Result<bool> {
                               piece = "abcdef";
                               return left-- > 0;
                             },
                             10};
      return response;
    });
  }
  add(Method::get, "/broken", [](Request& request) {
    return text_response(200, "text/plain", std::string(1, request.id.at(1000)));  // throws
  });
  add(Method::get, "/peer", [](Request& request) {
    return text_response(200, "text/plain",
                         request.peer.address.text() + " " + std::to_string(request.peer.user_id) +
                             " " + (request.scheme == Scheme::https ? "https" : "http") + " " +
                             request.host);
  });
  add(Method::get, "/items/{item}", [](Request& request) {
    return text_response(200, "text/plain", request.path_parameter("item"));
  });
}

void TestServer::add_bodies() {
  Route& echo = add(Method::post, "/echo", [](Request& request) {
    return text_response(200, "text/plain", std::move(request.body));
  });
  echo.body = BodyKind::whole;
  echo.most_body_bytes = 100'000;
  Route& refused = add(Method::post, "/refused",
                       [](Request&) { return text_response(200, "text/plain", "never"); });
  refused.body = BodyKind::whole;
  refused.admission = [](const Request&) { return problem_response(problem(429, "enough")); };
  Route& upload = add(Method::post, "/upload", [this](Request& request) -> Result<Response> {
    Result<bool> more = true;
    Response response = count_upload(*this, request, more);
    return more ? Result<Response>(std::move(response)) : std::unexpected(more.error());
  });
  upload.body = BodyKind::streamed;
  upload.most_body_bytes = std::size_t{64} << 20;
  upload.content_types = {};
  Route& unread =
      add(Method::post, "/unread", [](Request&) { return text_response(200, "text/plain", "no"); });
  unread.body = BodyKind::streamed;
  unread.content_types = {};
}

void TestServer::add_waiting() {
  add(Method::get, "/wait", [this](Request&) {
    entered.open();
    release.wait();
    return text_response(200, "text/plain", "waited");
  });
  add(Method::get, "/hold", [this](Request&) {
    entered.open();
    release.wait();
    return text_response(200, "text/plain", "held");
  }).run = Run::inline_;
  add(Method::get, "/events", [this](Request&) {
    auto stream = std::make_shared<EventStream>();
    events.with([&](auto& known) { known = stream; });
    Response response;
    response.body = stream;
    return response;
  });
}

std::shared_ptr<const Router> TestServer::router() {
  routes_.clear();
  add_answers();
  add_bodies();
  add_waiting();
  return std::make_shared<const Router>(
      std::move(routes_), [this](Request& request) -> std::optional<Response> {
        ++guarded;
        return request.headers.find("X-Stranger")
                   ? std::optional(problem_response(problem(401, "a stranger")))
                   : std::nullopt;
      });
}

}  // namespace weir::http
