// The bytes of one connection, plain or TLS, as coroutines; and the small tools that these need.
// Only server.cc, connection.cc and wire.cc include this: Asio is expensive to compile.
//
// Thread rule: everything on the thread of the io_context.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace boost::asio::ssl {
class context;
}

namespace weir::http {

namespace asio = boost::asio;

// The concrete executor: any_io_executor costs an allocation and a virtual call at each step.
using Executor = asio::io_context::executor_type;
template <class T>
using Awaitable = asio::awaitable<T, Executor>;
inline constexpr asio::use_awaitable_t<Executor> kAwait{};
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
using ErrorCode = boost::system::error_code;

/// Bytes that came and are not yet used.
class Buffer {
 public:
  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  /// Room for at least `least` more bytes at the end.
  asio::mutable_buffer prepare(std::size_t least);
  void commit(std::size_t count) { end_ += count; }
  void consume(std::size_t count);
  /// Gives memory beyond `keep` bytes back, if nothing is held.
  void shrink(std::size_t keep);

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// Something that one coroutine waits for and others announce.
class Signal {
 public:
  explicit Signal(Executor executor) : executor_(std::move(executor)) {}
  /// Returns at once if set() was called since the last wait.
  Awaitable<void> wait();
  void set();

 private:
  Executor executor_;
  bool is_set_ = false;
  std::move_only_function<void()> waiting_;
};

class Wire {
 public:
  virtual ~Wire() = default;
  virtual Awaitable<ErrorCode> handshake() = 0;
  /// Some bytes; 0 at the end or on an error.
  virtual Awaitable<std::size_t> read(asio::mutable_buffer buffer) = 0;
  /// Some of `first` and `second`; 0 on an error.
  virtual Awaitable<std::size_t> write(std::string_view first, std::string_view second) = 0;
  /// Says that nothing more will be sent.
  virtual Awaitable<void> finish() = 0;
  virtual Socket& socket() = 0;
  /// Ends what is waited for; the connection stays usable.
  void interrupt();
  void close();
};

std::unique_ptr<Wire> plain_wire(Socket socket);
std::unique_ptr<Wire> tls_wire(Socket socket, std::shared_ptr<asio::ssl::context> context);

}  // namespace weir::http
