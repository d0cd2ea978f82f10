// A client of a server in this process, for benchmarks: keeps its connection and reads whole
// answers.
//
// Thread rule: one thread at a time.
#pragma once

#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "base/bytes.h"
#include "http/server.h"

namespace weir::bench {

namespace asio = boost::asio;

/// The status line of an answer, and its body.
struct Answered {
  std::string line;
  std::string body;
  bool is(int status) const { return line.starts_with("HTTP/1.1 " + std::to_string(status)); }
};

class Client {
 public:
  /// Of the listener "everybody".
  explicit Client(const http::Server& server) : socket_(context_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), server.port("everybody")});
    socket_.set_option(asio::ip::tcp::no_delay(true));
  }
  void send(std::string_view bytes) { asio::write(socket_, asio::buffer(bytes)); }
  Answered receive() {
    const std::size_t head = asio::read_until(socket_, asio::dynamic_buffer(held_), "\r\n\r\n");
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t at = held_.find(kLength) + kLength.size();
    const auto length =
        parse_decimal(std::string_view(held_).substr(at, held_.find('\r', at) - at));
    CHECK(length);
    while (held_.size() < head + *length) {
      char more[65536];
      const std::size_t got = socket_.read_some(asio::buffer(more));
      held_.append(more, got);
    }
    Answered answered{held_.substr(0, held_.find('\r')), held_.substr(head, *length)};
    held_.erase(0, head + *length);
    return answered;
  }
  Answered ask(std::string_view request) {
    send(request);
    return receive();
  }

 private:
  asio::io_context context_;
  asio::ip::tcp::socket socket_;
  std::string held_;
};

inline std::string get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

/// The head of a POST whose body has `length` bytes; `fields` are whole lines.
inline std::string post(std::string_view path, std::string_view fields, std::size_t length) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(length) + "\r\n\r\n";
}

}  // namespace weir::bench
