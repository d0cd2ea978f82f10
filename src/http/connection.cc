#include "http/connection.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "http/job.h"
#include "http/text.h"

namespace weir::http {

namespace {

constexpr std::size_t kReadBytes = std::size_t{4} << 10;       // of a head at a time
constexpr std::size_t kBodyReadBytes = std::size_t{64} << 10;  // of a body
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

bool is_disjoint(const std::string& type, const std::vector<std::string>& types) {
  return !types.empty() && std::ranges::find(types, type) == types.end();
}

std::string media_type(std::string_view field) {
  return lower(trim(field.substr(0, field.find(';'))));
}

}  // namespace

// --- life and deadlines ----------------------------------------------------------------------

Connection::Connection(std::shared_ptr<Shard> shard, const Listener& listener,
                       std::unique_ptr<Wire> wire, const Peer& peer,
                       std::optional<Clients::Ticket> ticket)
    : shard_(std::move(shard)),
      shared_(shard_->shared),
      listener_(listener),
      wire_(std::move(wire)),
      peer_(peer),
      ticket_(std::move(ticket)) {}

void Connection::join() {
  shard_->connections.insert(this);
  if (shared_.draining) {  // it was accepted while the acceptor was being closed
    close();
  }
}

Connection::~Connection() {
  CHECK(!shard_->is_gone_over);
  shard_->connections.erase(this);
  wire_->close();
  ticket_.reset();
  shared_.connection_closed();
}

void Connection::wait_for(Phase phase, Steady::duration most) {
  phase_ = phase;
  since_ = Steady::now();
  deadline_ = since_ + most;
}

void Connection::stop_waiting(Phase phase) {
  phase_ = phase;
  deadline_ = Steady::time_point::max();
}

/// The time left for a body grows with what has come, but is never more than at the start: who
/// sends much at once cannot hold it for long.
Steady::duration Connection::earned(Steady::duration left, std::uint64_t bytes) const {
  const Limits& limits = shared_.settings.limits;
  const std::chrono::nanoseconds more(bytes * std::nano::den / limits.least_bytes_per_second);
  return std::min<Steady::duration>(limits.body, left + more);
}

void Connection::sweep(Steady::time_point now) {
  if (phase_ == Phase::events && job_ != nullptr &&
      now - since_ >= shared_.settings.limits.heartbeat) {
    wake();
  }
  if (now < deadline_) {
    return;
  }
  const bool may_answer = (phase_ == Phase::head || phase_ == Phase::body) && !is_late_;
  if (may_answer) {
    is_late_ = true;
    deadline_ = now + kLinger;
    wire_->interrupt();
  } else {
    close();
  }
}

void Connection::drain() {
  if (phase_ == Phase::idle || phase_ == Phase::handshake) {
    close();
  } else if (phase_ == Phase::events && job_ != nullptr) {
    job_->out->events->end();
  }
}

void Connection::abort() {
  is_aborted_ = true;
  close();
  if (job_ != nullptr) {
    wake();
  }
}

/// Not at once: what wakes up may be through, and then this connection is gone, while the caller
/// goes over all of them.
void Connection::wake() {
  asio::post(shard_->context, [changed = job_->changed] { changed->set(); });
}

void Connection::close() {
  wire_->close();
}

std::optional<Steady::time_point> Connection::idle_since() const {
  return phase_ == Phase::idle ? std::optional(since_) : std::nullopt;
}

// --- bytes in and out ------------------------------------------------------------------------

Awaitable<bool> Connection::fill(std::size_t least) {
  const std::size_t got = co_await wire_->read(in_.prepare(least));
  in_.commit(got);
  co_return got > 0;
}

/// The next bytes of a body. Counted is the time spent here, not what the handler takes.
Awaitable<bool> Connection::fill_body(Job& job, std::size_t least) {
  const std::size_t held = in_.size();
  wait_for(Phase::body, job.body_time.value_or(shared_.settings.limits.body));
  const bool more = co_await fill(least);
  job.body_time = earned(deadline_ - Steady::now(), in_.size() - held);
  stop_waiting(Phase::busy);
  co_return more;
}

Awaitable<bool> Connection::write(std::string_view first, std::string_view second) {
  // In all, not by its steps: what the kernel holds for a slow reader goes in leaps.
  const Limits& limits = shared_.settings.limits;
  const std::chrono::seconds needed((first.size() + second.size()) / limits.least_bytes_per_second);
  wait_for(phase_ == Phase::events ? Phase::events : Phase::answer, limits.body + needed);
  while (!first.empty() || !second.empty()) {
    const std::size_t sent = co_await wire_->write(first, second);
    if (sent == 0) {
      co_return false;
    }
    const std::size_t of_first = std::min(sent, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(sent - of_first);
  }
  stop_waiting(phase_ == Phase::events ? Phase::events : Phase::busy);
  co_return true;
}

/// The length of the head, once all of it is in the buffer. Answers what is wrong itself.
Awaitable<std::optional<std::size_t>> Connection::find_head(Job& job) {
  const Limits& limits = shared_.settings.limits;
  in_.shrink(kReadBytes);
  wait_for(Phase::idle, limits.idle);
  for (;;) {
    // An empty line or two before a request is the end of a body that some old client wrote
    // too much of (RFC 9112, 2.2).
    while (in_.view().starts_with("\r\n")) {
      in_.consume(2);
    }
    if (phase_ == Phase::idle && in_.size() > 0) {
      wait_for(Phase::head, limits.head);
      job.started = since_;
    }
    const auto found = job.scan.find(in_.view() == "\r" ? "" : in_.view(), limits.head_bytes);
    if (!found) {
      co_await refuse(job, problem_response(found.error()));
      co_return std::nullopt;
    }
    if (*found) {
      stop_waiting(Phase::busy);
      co_return *found;
    }
    if (shared_.draining && in_.size() == 0) {
      co_return std::nullopt;
    }
    const bool more = co_await fill(kReadBytes);
    if (!more && is_late_ && phase_ == Phase::head) {
      co_await refuse(job, problem_response(problem(408, "")));
    }
    if (!more) {
      co_return std::nullopt;
    }
  }
}

// --- one request -----------------------------------------------------------------------------

Awaitable<void> Connection::serve() {
  wait_for(Phase::handshake, shared_.settings.limits.head);
  const ErrorCode failed = co_await wire_->handshake();
  if (failed) {
    co_return;
  }
  for (Next next = Next::request; next == Next::request;) {
    next = co_await serve_one();
  }
}

Awaitable<Connection::Next> Connection::serve_one() {
  Job job(shard_->context.get_executor(), shard_->date);
  const std::optional<std::size_t> length = co_await find_head(job);
  if (!length) {
    co_return Next::close;
  }
  ++shared_.requests;
  auto head = job.message.read_head(in_.view().substr(0, *length));
  in_.consume(*length);
  if (!head) {
    co_return co_await refuse(job, problem_response(head.error()));
  }
  fill_request(job, std::move(*head));
  job_ = &job;
  ++shared_.under_way;
  const Next next = co_await handle(job);
  --shared_.under_way;
  job_ = nullptr;
  co_return next;
}

void Connection::fill_request(Job& job, Head head) {
  Request& request = job.request;
  job.method = head.method == Method::other ? "other" : head.method_name;
  job.version = head.version;
  job.framing = head.framing;
  job.after = head.after;
  job.expects = head.expects;
  job.is_body_done = head.framing == Head::Framing::none ||
                     (head.framing == Head::Framing::length && head.length == 0);
  job.answer_body = head.method == Method::head ? Asked::Body::dropped : Asked::Body::wanted;
  request.method = head.method;
  request.scheme = listener_.tls ? Scheme::https : Scheme::http;
  request.host = std::move(head.host);
  request.path = std::move(head.target.path);
  request.query = std::move(head.target.query);
  request.headers = std::move(head.headers);
  request.peer = peer_;
  if (head.framing == Head::Framing::length) {
    request.content_length = head.length;
  }
  request.id = shard_->next_id();
  apply_forwarded(request, shared_.settings.trusted_proxies);
}

/// What is wrong with the request as far as the head tells.
std::optional<Response> Connection::refusal(Job& job) {
  Request& request = job.request;
  if (request.path.empty()) {  // "OPTIONS *", and nothing else (RFC 9112, 3.2.4)
    Response response;
    response.status = 204;
    return request.method == Method::options ? std::move(response)
                                             : problem_response(problem(400, ""));
  }
  if (auto refused = prepare(*listener_.router, request)) {
    return refused;
  }
  const Route& route = *request.route;
  const bool has_body = !job.is_body_done;
  if (route.body == BodyKind::none) {
    return has_body ? std::optional(problem_response(problem(413, "no body is taken here")))
                    : std::nullopt;
  }
  if (job.framing == Head::Framing::none) {
    return problem_response(problem(411, ""));
  }
  if (is_disjoint(media_type(request.headers.find("Content-Type").value_or("")),
                  route.content_types)) {
    return problem_response(problem(415, ""));
  }
  // Nothing is unpacked here, and what is packed is not what the type says (RFC 9110, 15.5.16).
  const auto coding = request.headers.find("Content-Encoding");
  if (coding && !equal_without_case(*coding, "identity")) {
    return problem_response(problem(415, "a body is taken as it is, without Content-Encoding"));
  }
  if (auto too_large = job.message.limit_body(route.most_body_bytes)) {
    return problem_response(*too_large);
  }
  return std::nullopt;
}

/// Whether a body that is to be held whole is, or may become, a large one.
bool Connection::is_large(const Job& job) const {
  const Route& route = *job.request.route;
  const std::size_t most = job.request.content_length.value_or(route.most_body_bytes);
  return route.body == BodyKind::whole && !job.is_body_done &&
         most > shared_.settings.limits.small_body_bytes;
}

/// Whether there is room for one more request of this client.
std::optional<Response> Connection::admit(Job& job) {
  const Peer& peer = job.request.peer;
  if (peer.via == Via::local_socket || job.request.route->run == Run::inline_) {
    return http::admit(job.request);
  }
  const bool streams = job.request.route->body == BodyKind::streamed || is_large(job);
  job.ticket =
      shared_.clients.enter(peer.address, streams ? Clients::What::stream : Clients::What::request);
  if (job.ticket) {
    return http::admit(job.request);
  }
  ++shared_.overloaded;
  return problem_response(problem(429, "too many requests of this network are under way"));
}

/// Room for what has come of a body, which for a large one is that of all large ones.
std::optional<Response> Connection::make_room(Job& job) {
  const std::size_t held = job.request.body.capacity();
  if (held <= shared_.settings.limits.small_body_bytes ||
      job.room.grow_to(shared_.large_bodies, held)) {
    return std::nullopt;
  }
  job.request.body = std::string();  // before the client is told: that may take a while
  job.room.give_back();
  ++shared_.overloaded;
  return problem_response(problem(503, "too many large bodies are being read"));
}

Awaitable<Connection::Next> Connection::handle(Job& job) {
  std::optional<Response> refused = refusal(job);
  if (!refused) {
    refused = admit(job);
  }
  if (refused) {
    co_return co_await refuse(job, std::move(*refused));
  }
  const Route& route = *job.request.route;
  bool goes_on = true;
  if (is_large(job) && route.run == Run::worker) {
    goes_on = co_await on_worker(job, shared_.workers, &Connection::ask_guard);
  }
  if (goes_on && !job.out && route.body == BodyKind::whole) {
    const bool read = co_await read_whole_body(job);
    if (!read) {
      co_return Next::close;
    }
  }
  if (!goes_on || job.out) {
    // no worker had room, or the guard has answered
  } else if (route.run == Run::inline_) {
    run(job);
  } else {
    goes_on = co_await work(job);
  }
  if (!goes_on) {
    ++shared_.overloaded;
    co_return co_await refuse(job, problem_response(problem(503, "too much to do")));
  }
  co_return co_await send(job);
}

/// True when all of it is in the request; otherwise the client has been told why not.
Awaitable<bool> Connection::read_whole_body(Job& job) {
  bool ahead = co_await go_ahead(job);
  const bool is_long = job.request.content_length.value_or(0) > kReadBytes;
  const std::size_t least = is_long ? kBodyReadBytes : kReadBytes;
  while (ahead && !job.is_body_done) {
    std::string& body = job.request.body;
    auto step = job.message.read_body(in_.view(), body);
    if (!step) {
      co_await refuse(job, problem_response(step.error()));
      co_return false;
    }
    in_.consume(step->used);
    job.is_body_done = step->state == Message::Step::State::done;
    if (auto full = make_room(job)) {
      co_await refuse(job, std::move(*full));
      co_return false;
    }
    if (job.is_body_done) {
      break;
    }
    if (in_.size() >= kBodyReadBytes) {  // a chunk's size line, or trailers, without end
      co_await refuse(job, problem_response(problem(400, "the chunks are not well formed")));
      co_return false;
    }
    ahead = co_await fill_body(job, least);
    if (!ahead && is_late_) {
      co_await refuse(job, problem_response(problem(408, "")));
    }
  }
  co_return ahead;
}

Awaitable<bool> Connection::go_ahead(Job& job) {
  const bool expected = job.expects == Head::Expects::go_ahead && !job.is_body_done;
  job.expects = Head::Expects::nothing;
  if (!expected || in_.size() > 0) {  // RFC 9110, 10.1.1: not needed once the body is coming
    co_return true;
  }
  const bool written = co_await write(kContinue, "");
  co_return written;
}

/// The next piece of a streamed body, for the worker that waits for it.
Awaitable<void> Connection::read_piece(Job& job) {
  std::string piece;
  bool ahead = co_await go_ahead(job);
  while (ahead && piece.empty() && !job.is_body_done) {
    auto step = job.message.read_body(in_.view(), piece);
    if (!step) {
      job.after = Head::After::close;
      const Code code = Code::invalid;
      job.pieces.give(
          fail(code, step.error().detail.empty() ? step.error().title : step.error().detail), "");
      co_return;
    }
    in_.consume(step->used);
    job.is_body_done = step->state == Message::Step::State::done;
    if (job.is_body_done || !piece.empty()) {
      break;
    }
    ahead = in_.size() < kBodyReadBytes && co_await fill_body(job, kBodyReadBytes);
  }
  if (ahead) {
    const bool some = !piece.empty();
    job.pieces.give(some, std::move(piece));
  } else {
    job.after = Head::After::close;
    job.pieces.give(fail(Code::unavailable, "the body did not come to its end"), "");
  }
}

/// Has a worker run guard, handler and composition, and serves it the body that it asks for. False
/// if no worker had room.
Awaitable<bool> Connection::work(Job& job) {
  const bool streams = job.request.route->body == BodyKind::streamed;
  if (streams) {
    const Executor executor = shard_->context.get_executor();
    job.request.pieces = [&job, ask = std::function<void()>([&job, executor] {
                                  asio::post(executor, [&job] {
                                    job.is_piece_wanted = true;
                                    job.changed->set();
                                  });
                                })](std::string& piece) { return job.pieces.next(ask, piece); };
  }
  const bool worked =
      co_await on_worker(job, streams ? shared_.stream_workers : shared_.workers, &Connection::run);
  co_return worked;
}

Awaitable<bool> Connection::on_worker(Job& job, Workers& workers, void (Connection::*step)(Job&)) {
  const auto task = [this, &job, step, executor = shard_->context.get_executor()] {
    (this->*step)(job);
    asio::post(executor, [&job] {
      job.is_worked = true;
      job.changed->set();
    });
  };
  if (workers.post(task, Workers::Admission::bounded) == Workers::Posted::refused) {
    co_return false;
  }
  while (!job.is_worked) {
    co_await job.changed->wait();
    if (std::exchange(job.is_piece_wanted, false)) {
      co_await read_piece(job);
    }
  }
  job.is_worked = false;
  co_return true;
}

/// On a worker. Nobody who is refused has a large body read; once it is there the guard is asked
/// again, since the answer may be another by then.
void Connection::ask_guard(Job& job) {
  if (auto refused = listener_.router->ask_guard(job.request)) {
    compose_answer(job, std::move(*refused));
  }
}

/// On a worker, or here for inline routes.
void Connection::run(Job& job) {
  compose_answer(job, listener_.router->run(job.request));
}

}  // namespace weir::http
