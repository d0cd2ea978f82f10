#include "http/wire.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>

namespace weir::http {

namespace {

using Buffers = std::array<asio::const_buffer, 2>;

Buffers buffers(std::string_view first, std::string_view second) {
  return {asio::const_buffer(first.data(), first.size()),
          asio::const_buffer(second.data(), second.size())};
}

class PlainWire final : public Wire {
 public:
  explicit PlainWire(Socket socket) : socket_(std::move(socket)) {}
  Awaitable<ErrorCode> handshake() override { co_return ErrorCode(); }
  Awaitable<std::size_t> read(asio::mutable_buffer buffer) override {
    ErrorCode error;
    const std::size_t got =
        co_await socket_.async_read_some(buffer, asio::redirect_error(kAwait, error));
    co_return error ? 0 : got;
  }
  Awaitable<std::size_t> write(std::string_view first, std::string_view second) override {
    ErrorCode error;
    const Buffers bytes = buffers(first, second);
    const std::size_t sent =
        co_await socket_.async_write_some(bytes, asio::redirect_error(kAwait, error));
    co_return error ? 0 : sent;
  }
  Awaitable<void> finish() override {
    ErrorCode ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    co_return;
  }
  Socket& socket() override { return socket_; }

 private:
  Socket socket_;
};

class TlsWire final : public Wire {
 public:
  TlsWire(Socket socket, std::shared_ptr<asio::ssl::context> context)
      : context_(std::move(context)), stream_(std::move(socket), *context_) {}
  Awaitable<ErrorCode> handshake() override {
    ErrorCode error;
    co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                     asio::redirect_error(kAwait, error));
    co_return error;
  }
  Awaitable<std::size_t> read(asio::mutable_buffer buffer) override {
    ErrorCode error;
    const std::size_t got =
        co_await stream_.async_read_some(buffer, asio::redirect_error(kAwait, error));
    co_return error ? 0 : got;
  }
  Awaitable<std::size_t> write(std::string_view first, std::string_view second) override {
    // TLS takes one buffer at a time.
    ErrorCode error;
    const std::string_view bytes = first.empty() ? second : first;
    const std::size_t sent = co_await stream_.async_write_some(
        asio::const_buffer(bytes.data(), bytes.size()), asio::redirect_error(kAwait, error));
    co_return error ? 0 : sent;
  }
  Awaitable<void> finish() override {
    ErrorCode ignored;
    co_await stream_.async_shutdown(asio::redirect_error(kAwait, ignored));
  }
  Socket& socket() override { return stream_.next_layer(); }

 private:
  std::shared_ptr<asio::ssl::context> context_;  // lives as long as a connection made with it
  asio::ssl::stream<Socket> stream_;
};

}  // namespace

asio::mutable_buffer Buffer::prepare(std::size_t least) {
  if (capacity_ - end_ < least) {
    const std::size_t held = size();
    if (capacity_ < held + least) {
      auto larger = std::make_unique_for_overwrite<char[]>(held + least);
      std::copy_n(bytes_.get() + begin_, held, larger.get());
      bytes_ = std::move(larger);
      capacity_ = held + least;
    } else {
      std::memmove(bytes_.get(), bytes_.get() + begin_, held);
    }
    begin_ = 0;
    end_ = held;
  }
  return {bytes_.get() + end_, capacity_ - end_};
}

void Buffer::consume(std::size_t count) {
  begin_ += count;
  if (begin_ == end_) {
    begin_ = end_ = 0;
  }
}

void Buffer::shrink(std::size_t keep) {
  if (size() == 0 && capacity_ > keep) {
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
  }
}

Awaitable<void> Signal::wait() {
  const auto start = [this](auto handler) {
    if (is_set_) {
      is_set_ = false;
      asio::post(executor_, std::move(handler));
    } else {
      waiting_ = std::move(handler);
    }
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(start, kAwait);
}

void Signal::set() {
  if (waiting_) {
    auto waiting = std::exchange(waiting_, nullptr);
    waiting();
  } else {
    is_set_ = true;
  }
}

void Wire::interrupt() {
  ErrorCode ignored;
  socket().cancel(ignored);
}

void Wire::close() {
  ErrorCode ignored;
  socket().close(ignored);
}

std::unique_ptr<Wire> plain_wire(Socket socket) {
  return std::make_unique<PlainWire>(std::move(socket));
}

std::unique_ptr<Wire> tls_wire(Socket socket, std::shared_ptr<asio::ssl::context> context) {
  return std::make_unique<TlsWire>(std::move(socket), std::move(context));
}

}  // namespace weir::http
