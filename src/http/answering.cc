// How a connection writes its answers; the rest of it is in connection.cc.
#include <utility>

#include <boost/asio/post.hpp>

#include "http/connection.h"
#include "http/job.h"

namespace weir::http {

namespace {

constexpr std::size_t kMostJoinedBytes = std::size_t{16} << 10;  // one packet or TLS record less
constexpr std::size_t kMostLingerBytes = std::size_t{256} << 10;
constexpr std::size_t kDrainReadBytes = std::size_t{16} << 10;
constexpr std::string_view kHeartbeat = ":\n\n";

}  // namespace

void Connection::compose_answer(Job& job, Response response) {
  const Headers& headers = job.request.headers;
  Asked asked;
  asked.body = job.answer_body;
  asked.version = job.version;
  // Of a body that was not read to its end the rest would look like the next request.
  asked.after = job.is_body_done && !shared_.draining ? job.after : Head::After::close;
  asked.scheme = job.request.scheme;
  asked.id = job.request.id;
  asked.date = std::string_view(job.date.data(), job.date.size());
  asked.accept_encoding = headers.find("Accept-Encoding").value_or("");
  if (job.request.method == Method::get) {
    asked.if_none_match = headers.find("If-None-Match").value_or("");
  }
  if (job.request.method == Method::get && job.answer_body == Asked::Body::wanted) {
    // Of GET alone (RFC 9110, 14.2): to HEAD a part would be no answer.
    asked.if_range = headers.find("If-Range").value_or("");
    asked.range = headers.find("Range").value_or("");
  }
  job.out = compose(asked, std::move(response));
}

Awaitable<Connection::Next> Connection::refuse(Job& job, Response response) {
  if (job.request.id.empty()) {  // the head was not understood
    job.request.id = shard_->next_id();
    job.request.peer = peer_;
  }
  compose_answer(job, std::move(response));
  const Next next = co_await send(job);
  co_return next;
}

Awaitable<Connection::Next> Connection::send(Job& job) {
  if (job.out->events && !admit_events(job)) {
    job.out->events->abandon();
    ++shared_.overloaded;
    compose_answer(job, problem_response(problem(429, "too many event streams of this network")));
  }
  // What the request held makes room for what the answer holds.
  if (const std::size_t held = job.out->owned.size();
      held > shared_.settings.limits.small_body_bytes &&
      !job.room.grow_to(shared_.large_bodies, held)) {
    ++shared_.overloaded;
    compose_answer(job, problem_response(problem(503, "too many large answers are being read")));
  }
  Outgoing& out = *job.out;
  job.sent = out.bytes.size();
  if (out.bytes.size() <= kMostJoinedBytes) {
    out.head += out.bytes;
    out.bytes = {};
    if (!out.pieces && !out.events) {
      job.ticket.reset();  // before the client can know, so that its next request finds room
    }
  }
  bool is_sent = co_await write(out.head, out.bytes);
  if (is_sent && out.pieces) {
    is_sent = co_await send_pieces(job);
  } else if (out.events) {
    is_sent = is_sent && co_await send_events(job);
    out.events->abandon();
  }
  job.ticket.reset();
  tell_served(job);
  if (is_sent && out.after == Head::After::keep) {
    co_return Next::request;
  }
  if (is_sent) {
    co_await linger();
  }
  co_return Next::close;
}

bool Connection::admit_events(Job& job) {
  if (job.request.peer.via == Via::local_socket) {
    return true;
  }
  auto ticket = shared_.clients.enter(job.request.peer.address, Clients::What::stream);
  if (ticket) {
    job.ticket = std::move(ticket);
  }
  return ticket.has_value();
}

void Connection::tell_served(const Job& job) {
  if (!shared_.settings.served) {
    return;
  }
  const Route* route = job.request.route;
  Served served;
  served.request = job.request.id;
  served.listener = listener_.name;
  served.method = job.method;
  served.pattern = route != nullptr ? std::string_view(route->pattern) : "";
  served.status = job.out->status;
  served.bytes = job.sent;
  served.took = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - job.started);
  served.network = client_network(job.request.peer.address);
  shared_.settings.served(served);
}

/// False if the answer is broken off: what is missing must not look like an end.
Awaitable<bool> Connection::send_pieces(Job& job) {
  Outgoing& out = *job.out;
  const bool in_chunks = out.framing == Outgoing::Framing::chunked;
  const Executor executor = shard_->context.get_executor();
  for (;;) {
    std::string piece;
    Result<bool> more = false;
    const auto task = [&job, &out, &piece, &more, executor] {
      more = out.pieces(piece);
      asio::post(executor, [&job] {
        job.is_worked = true;
        job.changed->set();
      });
    };
    CHECK(shared_.workers.post(task, Workers::Admission::always) == Workers::Posted::taken);
    while (!job.is_worked) {
      co_await job.changed->wait();
    }
    job.is_worked = false;
    if (!more || is_aborted_) {
      co_return false;
    }
    if (!*more) {
      break;
    }
    job.sent += piece.size();
    if (out.length && job.sent > *out.length) {
      co_return false;
    }
    std::string chunk;
    if (in_chunks) {
      append_chunk(chunk, piece);
    }
    const bool written = co_await write(in_chunks ? chunk : piece, "");
    if (!written) {
      co_return false;
    }
  }
  if (out.length && job.sent != *out.length) {
    co_return false;
  }
  const bool ended = !in_chunks || co_await write(kLastChunk, "");
  co_return ended;
}

Awaitable<bool> Connection::send_events(Job& job) {
  Outgoing& out = *job.out;
  const bool in_chunks = out.framing == Outgoing::Framing::chunked;
  out.events->on_change([shard = shard_, changed = job.changed] {
    asio::post(shard->context, [changed] { changed->set(); });
  });
  stop_waiting(Phase::events);
  bool written = true;
  auto state = EventStream::State::open;
  while (written && state == EventStream::State::open && !is_aborted_) {
    EventStream::Taken taken = out.events->take();
    state = taken.state;
    if (shared_.draining) {
      out.events->end();
    }
    if (taken.bytes.empty() && is_heartbeat_due()) {
      taken.bytes = kHeartbeat;
    }
    if (!taken.bytes.empty()) {
      job.sent += taken.bytes.size();
      std::string chunk;
      if (in_chunks) {
        append_chunk(chunk, taken.bytes);
      }
      written = co_await write(in_chunks ? chunk : taken.bytes, "");
    } else if (state == EventStream::State::open) {
      co_await job.changed->wait();
    }
  }
  if (written && in_chunks && !is_aborted_) {
    written = co_await write(kLastChunk, "");
  }
  co_return written && !is_aborted_;
}

bool Connection::is_heartbeat_due() const {
  return Steady::now() - since_ >= shared_.settings.limits.heartbeat;
}

/// Closing while bytes of the client are unread resets the connection, and the client may never
/// see the answer (RFC 9112, 9.6): so say that we are through, and read on for a moment.
Awaitable<void> Connection::linger() {
  wait_for(Phase::closing, kLinger);
  co_await wire_->finish();
  for (std::size_t read = 0; read < kMostLingerBytes;) {
    in_.consume(in_.size());
    const bool more = co_await fill(kDrainReadBytes);
    if (!more) {
      break;
    }
    read += in_.size();
  }
}

}  // namespace weir::http
