#include "http/server.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/guarded.h"
#include "http/connection.h"

namespace weir::http {

namespace {

constexpr int kBacklog = 512;
constexpr auto kSweep = std::chrono::seconds(1);
constexpr auto kPauseWithoutDescriptors = std::chrono::milliseconds(100);
constexpr std::size_t kIdBytes = 15;  // 120 bits, 24 characters
constexpr std::size_t kChanceBytes = kIdBytes * 64;

// Forward secrecy and AEAD only (RFC 9325, 4.2). TLS 1.3 has nothing else.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, Executor>;
using Timer = asio::basic_waitable_timer<Steady, asio::wait_traits<Steady>, Executor>;
using TlsContext = std::shared_ptr<asio::ssl::context>;
using Work = asio::executor_work_guard<Executor>;

Result<TlsContext> load_tls(const TlsFiles& files) {
  using asio::ssl::context;
  auto tls = std::make_shared<context>(context::tls_server);
  tls->set_options(context::default_workarounds | context::no_sslv2 | context::no_sslv3 |
                   context::no_tlsv1 | context::no_tlsv1_1 | context::no_compression |
                   SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  CHECK(SSL_CTX_set_cipher_list(tls->native_handle(), kCiphers) == 1);
  // An idle connection keeps no buffers: 34 KiB each otherwise.
  SSL_CTX_set_mode(tls->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  ErrorCode error;
  tls->use_certificate_chain_file(files.certificate, error);
  if (error) {
    return fail(Code::invalid, "no certificate can be read: " + error.message(), files.certificate);
  }
  tls->use_private_key_file(files.key, context::pem, error);
  if (error || SSL_CTX_check_private_key(tls->native_handle()) != 1) {
    return fail(Code::invalid, "no key of this certificate can be read", files.key);
  }
  return tls;
}

/// The other end of an accepted connection.
Peer peer_of(Socket& socket, Via via) {
  Peer peer;
  peer.via = via;
  if (via == Via::local_socket) {
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
      peer.user_id = credentials.uid;
    }
    return peer;
  }
  ErrorCode error;
  const auto end = socket.remote_endpoint(error);
  asio::ip::tcp::endpoint tcp;
  if (!error && end.size() <= tcp.capacity()) {
    std::copy_n(reinterpret_cast<const char*>(end.data()), end.size(),
                reinterpret_cast<char*>(tcp.data()));
    peer.address = Address::parse(tcp.address().to_string()).value_or(Address{});
  }
  return peer;
}

/// A listener that listens.
struct Listening {
  Listening(const Listener& row, Acceptor open) : listener(row), acceptor(std::move(open)) {}

  const Listener& listener;
  Acceptor acceptor;
  std::uint16_t port = 0;
  Guarded<TlsContext> tls{};
};

Error bind_error(const ErrorCode& error, const Listener& listener) {
  const bool taken = error == asio::error::address_in_use;
  return {taken ? Code::unavailable : Code::invalid,
          taken ? "somebody listens there already" : "cannot listen there: " + error.message(),
          listener.via == Via::network ? fmt::format("{} port {}", listener.address, listener.port)
                                       : listener.address};
}

/// The socket file of a server that is gone may be replaced, one that answers may not.
ErrorCode make_room(asio::io_context& context, const asio::local::stream_protocol::endpoint& end) {
  struct stat facts{};
  if (::lstat(end.path().c_str(), &facts) != 0 || !S_ISSOCK(facts.st_mode)) {
    return {};  // bind() says what is wrong
  }
  asio::local::stream_protocol::socket probe(context);
  ErrorCode error;
  probe.connect(end, error);
  if (!error) {
    return asio::error::address_in_use;
  }
  ::unlink(end.path().c_str());
  return {};
}

}  // namespace

Shared::Shared(Settings made_with, const Clock& outside_clock, Random& chance)
    : settings(std::move(made_with)),
      clock(outside_clock),
      random(chance),
      clients({settings.limits.connections_per_network, settings.limits.requests_per_network,
               settings.limits.streams_per_network}),
      large_bodies(settings.limits.large_bodies_bytes),
      workers(settings.workers, settings.limits.queued),
      stream_workers(settings.stream_workers, 0) {}

Shared::Left Shared::wait_until_closed(std::optional<std::chrono::milliseconds> most) {
  std::unique_lock lock(mutex_);
  const auto closed = [this] { return connections == 0; };
  if (most) {
    return closed_.wait_for(lock, *most, closed) ? Left::none : Left::some;
  }
  closed_.wait(lock, closed);
  return Left::none;
}

void Shared::connection_closed() {
  const std::lock_guard lock(mutex_);  // so that a waiter sees either the count or the call
  --connections;
  closed_.notify_all();
}

std::string Shard::next_id() {
  if (chance.size() < kIdBytes) {
    chance = shared.random.bytes(kChanceBytes);
  }
  std::string id = to_base32(std::string_view(chance).substr(chance.size() - kIdBytes));
  chance.resize(chance.size() - kIdBytes);
  return id;
}

void Shard::refresh_date() {
  const std::string text = imf_fixdate(shared.clock.now());
  CHECK(text.size() == date.size());
  std::ranges::copy(text, date.begin());
}

struct Server::Inside {
  Inside(Settings settings, const Clock& clock, Random& random)
      : shared(std::move(settings), clock, random) {}

  Shared shared;
  std::vector<std::shared_ptr<Shard>> shards;
  std::vector<Work> work;
  std::vector<std::unique_ptr<Listening>> listening;
  std::vector<std::jthread> threads;
  std::size_t next_shard = 0;
  bool is_stopped = false;

  Status listen(const Listener& listener);
  void run();
  Awaitable<void> accept(Listening& from);
  static Awaitable<void> sweep(Shard& shard);
  void take(Socket socket, const std::shared_ptr<Shard>& shard, Listening& from);
  bool make_room(Shard& shard);
  void on_every_shard(void (Connection::*act)());
};

Status Server::Inside::listen(const Listener& listener) {
  CHECK(listener.router != nullptr);
  asio::io_context& context = shards.front()->context;
  asio::generic::stream_protocol::endpoint end;
  ErrorCode error;
  if (listener.via == Via::local_socket) {
    CHECK(!listener.tls);
    if (listener.address.empty() || listener.address.size() > 107) {  // sun_path, unix(7)
      return fail(Code::invalid, "a local socket's path has 1 to 107 bytes", listener.address);
    }
    const asio::local::stream_protocol::endpoint local(listener.address);
    error = http::make_room(context, local);
    end = local;
  } else {
    const auto address = asio::ip::make_address(listener.address, error);
    end = asio::ip::tcp::endpoint(address, listener.port);
  }
  Acceptor acceptor(context.get_executor());
  if (!error) {
    acceptor.open(end.protocol(), error);
  }
  if (!error && listener.via == Via::network) {
    // Only for ports that a former server left in TIME_WAIT. Never SO_REUSEPORT: two servers would
    // each get half of the connections, and neither would notice.
    acceptor.set_option(Acceptor::reuse_address(true), error);
  }
  if (!error) {
    acceptor.bind(end, error);
  }
  if (!error && listener.via == Via::local_socket &&
      ::chmod(listener.address.c_str(), S_IRUSR | S_IWUSR) != 0) {
    error = ErrorCode(errno, boost::system::system_category());
  }
  if (!error) {
    acceptor.listen(kBacklog, error);
  }
  if (error) {
    return std::unexpected(bind_error(error, listener));
  }
  auto row = std::make_unique<Listening>(listener, std::move(acceptor));
  if (listener.tls) {
    TlsContext tls = TRY(load_tls(*listener.tls));
    row->tls.with([&](TlsContext& known) { known = std::move(tls); });
  }
  if (listener.via == Via::network) {
    asio::ip::tcp::endpoint bound;
    const auto local = row->acceptor.local_endpoint();
    std::copy_n(reinterpret_cast<const char*>(local.data()), local.size(),
                reinterpret_cast<char*>(bound.data()));
    row->port = bound.port();
  }
  listening.push_back(std::move(row));
  return {};
}

void Server::Inside::run() {
  const auto ignore = [](const std::exception_ptr&) {};
  for (const auto& shard : shards) {
    shard->refresh_date();
    work.emplace_back(shard->context.get_executor());
    asio::co_spawn(shard->context.get_executor(), sweep(*shard), ignore);
  }
  for (const auto& from : listening) {
    asio::co_spawn(shards.front()->context.get_executor(), accept(*from), ignore);
  }
  for (const auto& shard : shards) {
    threads.emplace_back([shard] { shard->context.run(); });
  }
}

Awaitable<void> Server::Inside::accept(Listening& from) {
  Timer pause(shards.front()->context.get_executor());
  for (;;) {
    const std::size_t next = next_shard++ % shards.size();
    Socket socket(shards[next]->context.get_executor());
    ErrorCode error;
    co_await from.acceptor.async_accept(socket, asio::redirect_error(kAwait, error));
    if (!from.acceptor.is_open()) {
      co_return;
    }
    if (error) {  // no descriptors, or the client is gone already
      pause.expires_after(kPauseWithoutDescriptors);
      co_await pause.async_wait(asio::redirect_error(kAwait, error));
      continue;
    }
    take(std::move(socket), shards[next], from);
  }
}

/// On the first shard's thread; the connection lives on its own.
void Server::Inside::take(Socket socket, const std::shared_ptr<Shard>& shard, Listening& from) {
  const Peer peer = peer_of(socket, from.listener.via);
  const auto& trusted = shared.settings.trusted_proxies;
  const bool counts =
      peer.via == Via::network && std::ranges::none_of(trusted, [&](const Network& network) {
        return network.contains(peer.address);
      });
  std::optional<Clients::Ticket> ticket;
  if (counts) {
    ticket = shared.clients.enter(peer.address, Clients::What::connection);
    if (!ticket) {
      ++shared.refused;
      return;
    }
  }
  ErrorCode ignored;
  if (peer.via == Via::network) {
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  }
  ++shared.accepted;
  ++shared.connections;
  TlsContext tls = from.tls.with([](const TlsContext& known) { return known; });
  auto wire = tls ? tls_wire(std::move(socket), std::move(tls)) : plain_wire(std::move(socket));
  auto connection =
      std::make_shared<Connection>(shard, from.listener, std::move(wire), peer, std::move(ticket));
  asio::post(shard->context, [this, shard, connection = std::move(connection)]() mutable {
    connection->join();
    if (shared.connections > shared.settings.limits.connections) {
      ++shared.refused;
      if (!make_room(*shard)) {
        connection->close();
      }
    }
    Connection& served = *connection;
    asio::co_spawn(shard->context.get_executor(), served.serve(),
                   [connection = std::move(connection)](const std::exception_ptr&) {});
  });
}

/// Closes the connection of this thread that has been idle for longest. False if none is idle.
bool Server::Inside::make_room(Shard& shard) {
  Connection* oldest = nullptr;
  for (Connection* connection : shard.connections) {
    const auto since = connection->idle_since();
    if (since && (oldest == nullptr || *since < *oldest->idle_since())) {
      oldest = connection;
    }
  }
  if (oldest != nullptr) {
    oldest->close();
  }
  return oldest != nullptr;
}

Awaitable<void> Server::Inside::sweep(Shard& shard) {
  Timer timer(shard.context.get_executor());
  for (;;) {
    ErrorCode error;
    timer.expires_after(kSweep);
    co_await timer.async_wait(asio::redirect_error(kAwait, error));
    shard.refresh_date();
    const Steady::time_point now = Steady::now();
    shard.each([now](Connection& connection) { connection.sweep(now); });
  }
}

void Server::Inside::on_every_shard(void (Connection::*act)()) {
  for (const auto& shard : shards) {
    asio::post(shard->context, [&shard = *shard, act] {
      shard.each([act](Connection& connection) { (connection.*act)(); });
    });
  }
}

Server::Server(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

Server::~Server() {
  stop(std::chrono::milliseconds(0));
}

Result<std::unique_ptr<Server>> Server::start(Settings settings, const Clock& clock,
                                              Random& random) {
  auto inside = std::make_unique<Inside>(std::move(settings), clock, random);
  const Settings& made = inside->shared.settings;
  CHECK(made.workers > 0 && made.stream_workers > 0 && made.limits.least_bytes_per_second > 0);
  const std::size_t cores = std::max(std::thread::hardware_concurrency(), 1U);
  const std::size_t threads = made.io_threads > 0 ? made.io_threads : cores;
  for (std::size_t i = 0; i < threads; ++i) {
    inside->shards.push_back(std::make_shared<Shard>(inside->shared));
  }
  for (const Listener& listener : made.listeners) {
    TRY(inside->listen(listener));
  }
  inside->run();
  return std::unique_ptr<Server>(new Server(std::move(inside)));
}

std::uint16_t Server::port(std::string_view listener) const {
  const auto found = std::ranges::find_if(
      inside_->listening, [&](const auto& row) { return row->listener.name == listener; });
  CHECK(found != inside_->listening.end());
  return (*found)->port;
}

Statistics Server::statistics() const {
  const Shared& shared = inside_->shared;
  return {.connections = shared.connections,
          .under_way = shared.under_way,
          .large_bodies_bytes = shared.large_bodies.held(),
          .accepted = shared.accepted,
          .refused = shared.refused,
          .requests = shared.requests,
          .overloaded = shared.overloaded};
}

Status Server::reload_tls() {
  std::vector<TlsContext> loaded;
  for (const auto& row : inside_->listening) {
    loaded.push_back(row->listener.tls ? TRY(load_tls(*row->listener.tls)) : nullptr);
  }
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    inside_->listening[i]->tls.with([&](TlsContext& known) { known = std::move(loaded[i]); });
  }
  return {};
}

void Server::stop(std::chrono::milliseconds grace) {
  if (std::exchange(inside_->is_stopped, true)) {
    return;
  }
  Inside& inside = *inside_;
  inside.shared.draining = true;
  asio::post(inside.shards.front()->context, [&inside] {
    for (const auto& row : inside.listening) {
      ErrorCode ignored;
      row->acceptor.close(ignored);
      if (row->listener.via == Via::local_socket) {
        ::unlink(row->listener.address.c_str());
      }
    }
  });
  inside.on_every_shard(&Connection::drain);
  if (inside.shared.wait_until_closed(grace) == Shared::Left::some) {
    inside.on_every_shard(&Connection::abort);
    if (inside.shared.settings.break_off) {
      inside.shared.settings.break_off();
    }
    inside.shared.wait_until_closed(std::nullopt);
  }
  inside.shared.workers.stop();
  inside.shared.stream_workers.stop();
  for (const auto& shard : inside.shards) {
    shard->context.stop();
  }
  inside.threads.clear();  // joins
}

}  // namespace weir::http
