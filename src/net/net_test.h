// A server for tests of the client.
//
// Thread rule: the server has a thread of its own; its functions are for the test's.
#pragma once

#include <array>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {

/// Answers every request on 127.0.0.1, with the same bytes or as a function says, and keeps the
/// last request. With an empty answer it holds the connection open and says nothing.
class Server {
 public:
  using Answering = std::function<std::string(const std::string& request)>;
  explicit Server(std::string answer)
      : Server([bytes = std::move(answer)](const std::string&) { return bytes; }) {}
  explicit Server(Answering answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    EXPECT_EQ(::pipe(stop_.data()), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ::close(stop_[1]);
    thread_.join();
    ::close(stop_[0]);
    ::close(listener_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int port() const { return port_; }
  std::string request() {
    const std::lock_guard lock(mutex_);
    return request_;
  }
  int requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  /// False when the server is to end.
  bool wait_for(int socket) const {
    std::array<pollfd, 2> both{pollfd{socket, POLLIN, 0}, pollfd{stop_[0], POLLIN, 0}};
    ::poll(both.data(), both.size(), -1);
    return both[1].revents == 0;
  }
  static bool is_whole(const std::string& request) {
    const std::size_t end = request.find("\r\n\r\n");
    const std::size_t length = request.find("Content-Length: ");
    if (end == std::string::npos) {
      return false;
    }
    std::size_t body = 0;
    if (length < end) {
      for (std::size_t i = length + 16; request[i] != '\r'; ++i) {
        body = body * 10 + static_cast<std::size_t>(request[i] - '0');
      }
    }
    return request.size() >= end + 4 + body;
  }
  void serve() {
    while (wait_for(listener_)) {
      const int client = ::accept(listener_, nullptr, nullptr);
      std::string request;
      std::array<char, 65536> part;
      while (!is_whole(request) && wait_for(client)) {
        const ssize_t count = ::recv(client, part.data(), part.size(), 0);
        if (count <= 0) {
          break;
        }
        request.append(part.data(), static_cast<std::size_t>(count));
      }
      {
        const std::lock_guard lock(mutex_);
        request_ = request;
        ++requests_;
      }
      const std::string answer = answer_(request);
      for (std::size_t sent = 0; sent < answer.size();) {
        const ssize_t count =
            ::send(client, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) {
          break;
        }
        sent += static_cast<std::size_t>(count);
      }
      if (answer.empty()) {
        wait_for(client);  // readable again when the client gives up
      }
      ::close(client);
    }
  }

  Answering answer_;
  int listener_ = -1;
  int port_ = 0;
  std::array<int, 2> stop_{};
  std::thread thread_;
  std::mutex mutex_;
  std::string request_;
  int requests_ = 0;
};

inline std::string answer(const std::string& status, const std::string& headers,
                          const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + headers + "\r\n" + body;
}

}  // namespace weir::net
