#include "main/serve.h"

#include <csignal>
#include <filesystem>

#include <unistd.h>

#include "api/api.h"
#include "app/identity.h"
#include "content/content.h"
#include "ledger/mirror.h"
#include "main/listeners.h"
#include "main/loop.h"
#include "main/senders.h"
#include "store/idempotency.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kGrace{10};  // for requests under way, when it stops
// A worker that files a report waits for the sync; as many as wait together share it.
constexpr std::size_t kWorkers = 64;
constexpr std::chrono::seconds kFeedEvery{1};                // event streams
constexpr std::chrono::milliseconds kLogEvery{200};          // lines to standard error
constexpr std::chrono::seconds kSendEvery{5};                // what is due outside
constexpr std::chrono::minutes kTidyEvery{10};               // what has expired
constexpr std::size_t kMostLogBytes = std::size_t{1} << 20;  // waiting; more is dropped and counted

/// Lines for the operator, on standard error, written by one loop so that nobody else waits.
class Log {
 public:
  void add(const json::Object& line) {
    const std::string text = json::canonical(line) + "\n";
    waiting_.with([&](Waiting& waiting) {
      if (waiting.text.size() + text.size() > kMostLogBytes) {
        ++waiting.dropped;
      } else {
        waiting.text += text;
      }
    });
  }
  void flush() {
    Waiting taken = waiting_.with([](Waiting& waiting) { return std::exchange(waiting, {}); });
    if (taken.dropped > 0) {
      taken.text += json::canonical(json::Object{{"dropped_lines", taken.dropped}}) + "\n";
    }
    for (std::string_view rest = taken.text; !rest.empty();) {
      const ssize_t wrote = ::write(STDERR_FILENO, rest.data(), rest.size());
      if (wrote <= 0) {
        return;  // nobody reads it
      }
      rest.remove_prefix(static_cast<std::size_t>(wrote));
    }
  }

 private:
  struct Waiting {
    std::string text;
    std::uint64_t dropped = 0;
  };
  Guarded<Waiting> waiting_;
};

json::Object line_at(const Clock& clock, std::string_view what) {
  return {{"time", to_rfc3339(clock.now())}, {"what", what}};
}

/// One step of sealing. An error that means that the store contradicts what was signed ends the
/// process.
void seal(Instance& instance, api::Service& service, Log& log) {
  const auto sealed = instance.sealer->seal();
  service.note_seal(sealed ? Status() : std::unexpected(sealed.error()));
  json::Object line = line_at(instance.clock, "seal");
  if (!sealed) {
    line["error"] = text(sealed.error());
    log.add(line);
    if (sealed.error().code == Code::corrupt) {
      log.flush();
      ::kill(::getpid(), SIGABRT);  // start-up recovers, or says what is wrong
    }
    return;
  }
  for (const std::string& warning : sealed->warnings) {
    line["warning"] = warning;
    log.add(line);
  }
  const std::string& mirror = instance.config.mirror;
  if (mirror.empty() || mirror.contains("://")) {
    return;
  }
  const auto tx = instance.db->read();
  const auto mirrored = tx ? ledger::mirror_to(**tx, (fs::path(instance.folder) / mirror))
                           : Result<ledger::MirrorReport>(std::unexpected(tx.error()));
  if (!mirrored) {
    line["error"] = text(mirrored.error());
    log.add(line);
  }
}

/// What has run out goes, a little at a time.
void tidy(Instance& instance, Log& log) {
  const auto forgotten = app::forget_old_sign_ins(*instance.app);
  const Status purged = instance.db->execute([&](store::Tx& tx) -> Status {
    TRY(store::idempotency::purge(tx, instance.clock.now()));
    return {};
  });
  if (!forgotten || !purged) {
    json::Object line = line_at(instance.clock, "tidy");
    line["error"] = text(forgotten ? purged.error() : forgotten.error());
    log.add(line);
  }
}

/// News by mail and webhook (senders.h).
void send_due(Instance& instance, Log& log) {
  const auto round = run_due_jobs(instance);
  if (round && round->failed == 0) {
    return;
  }
  json::Object line = line_at(instance.clock, "send");
  if (round) {
    line["failed"] = round->failed;
  } else {
    line["error"] = text(round.error());
  }
  log.add(line);
}

json::Object served_line(const Clock& clock, const http::Served& served) {
  json::Object line = line_at(clock, "request");
  line["request"] = served.request;
  line["listener"] = served.listener;
  line["method"] = served.method;
  line["route"] = served.pattern;
  line["status"] = served.status;
  line["bytes"] = served.bytes;
  line["microseconds"] = served.took.count();
  return line;  // no address: who reports without an account is not written down
}

/// Blocked in every thread, so that they wait for whoever asks.
sigset_t block_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    ::sigaddset(&set, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return set;
}

void wait_for_the_end(const sigset_t& signals, http::Server& server, const Clock& clock, Log& log) {
  for (;;) {
    int signal = 0;
    if (::sigwait(&signals, &signal) != 0 || signal != SIGHUP) {
      return;
    }
    json::Object line = line_at(clock, "reload");
    if (const Status loaded = server.reload_tls(); !loaded) {
      line["error"] = text(loaded.error());
    }
    log.add(line);
  }
}

}  // namespace

Status serve(Instance& instance, const std::function<void(const http::Server&)>& ready) {
  http::Settings settings = TRY(listeners_of(instance.config, instance.folder));
  const sigset_t signals = block_signals();
  Log log;
  api::Service service({.app = *instance.app,
                        .log_vkey = log_vkey(instance),
                        .promise_vkey = promise_vkey(instance),
                        .mode = instance.config.mode,
                        .local = [](std::string handle) { return app::Actor::local(handle); },
                        .log =
                            [&](std::string_view text) {
                              json::Object line = line_at(instance.clock, "error");
                              line["error"] = text;
                              log.add(line);
                            }});
  for (http::Listener& listener : settings.listeners) {
    listener.router = listener.name == "everybody"   ? service.for_everybody()
                      : listener.name == "operators" ? service.for_operators()
                                                     : service.for_this_machine();
  }
  settings.workers = kWorkers;
  settings.served = [&](const http::Served& served) {
    service.count(served);
    log.add(served_line(instance.clock, served));
  };
  // Whatever an upload has left that a crash cut short: now, while nobody uploads.
  TRY(instance.db->submit([](store::Tx& tx) { return content::drop_orphans(tx); }));
  std::unique_ptr<http::Server> server;
  service.watch([&server] { return server ? server->statistics() : http::Statistics{}; });
  server = TRY(http::Server::start(std::move(settings), instance.clock, instance.random));
  Loop sealing({{std::chrono::seconds(instance.config.seal_every_seconds),
                 [&] { seal(instance, service, log); }}});
  Loop feeding({{kLogEvery, [&] { log.flush(); }},
                {kFeedEvery, [&] { service.feed(); }},
                {kTidyEvery, [&] { tidy(instance, log); }}});
  // Apart: a mail server that does not answer delays nobody else.
  Loop sending({{kSendEvery, [&] { send_due(instance, log); }}});
  ready(*server);
  wait_for_the_end(signals, *server, instance.clock, log);
  server->stop(kGrace);
  sealing.stop();
  feeding.stop();
  sending.stop();
  seal(instance, service, log);  // nobody has to wait for the next start
  log.flush();
  return {};
}

}  // namespace weir::main
