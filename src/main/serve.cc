#include "main/serve.h"

#include <atomic>
#include <filesystem>

#include <unistd.h>

#include "api/api.h"
#include "app/identity.h"
#include "app/notices.h"
#include "app/watch_lists.h"
#include "compat/public.h"
#include "content/content.h"
#include "ledger/mirror.h"
#include "main/laws_in_force.h"
#include "main/listeners.h"
#include "main/loop.h"
#include "main/senders.h"
#include "store/idempotency.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kGrace{10};  // for requests under way, when it stops
// A worker that files a report waits for the sync; as many as wait together share it. More than one
// network may hold, so that who keeps all of its own busy leaves some to the others.
constexpr std::size_t kWorkers = 96;
static_assert(kWorkers > http::Limits{}.requests_per_network);
constexpr std::chrono::seconds kFeedEvery{1};                // event streams
constexpr std::chrono::milliseconds kLogEvery{200};          // lines to standard error
constexpr std::chrono::seconds kSendEvery{5};                // what is due outside
constexpr std::chrono::seconds kClocksEvery{15};             // what time does by itself
constexpr std::chrono::seconds kRecordsEvery{5};             // public records that came in
constexpr std::chrono::seconds kWatchEvery{2};               // watch lists: both of those
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

/// What has been imported is found. Without a public database there is nothing to say.
void refresh_records(Instance& instance, compat::Public& records, Log& log) {
  const Status refreshed = records.refresh();
  if (refreshed || refreshed.error().code == Code::not_found) {
    return;
  }
  json::Object line = line_at(instance.clock, "records");
  line["error"] = text(refreshed.error());
  log.add(line);
}

/// What has changed is held against the watch lists. Whoever reads the log learns how much that
/// was, and nothing of what came of it.
Loop watch_lists(Instance& instance, Log& log) {
  const auto watcher = std::make_shared<app::Watcher>(instance.folder + "/public.db");
  return Loop({{kWatchEvery, [&instance, &log, watcher] {
                  const auto ran = watcher->run(*instance.app);
                  if (ran && ran->records == 0) {
                    return;
                  }
                  json::Object line = line_at(instance.clock, "watch");
                  if (ran) {
                    line["records"] = ran->records;
                  } else {
                    line["error"] = text(ran.error());
                  }
                  log.add(line);
                }}});
}

/// Delays that have run out end, warnings that are due are planned.
void run_clocks(Instance& instance, const LawsInForce& laws, Log& log) {
  const auto ran = app::run_clocks(*instance.app, *laws.get());
  if (ran && ran->delays_ended == 0 && ran->notices == 0 && ran->quarters_closed == 0) {
    return;
  }
  json::Object line = line_at(instance.clock, "clocks");
  if (ran) {
    line["delays_ended"] = ran->delays_ended;
    line["notices"] = ran->notices;
    line["quarters_closed"] = ran->quarters_closed;
  } else {
    line["error"] = text(ran.error());
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

/// Where errors of ours are told.
std::function<void(std::string_view)> errors_to(Log& log, const Clock& clock) {
  return [&](std::string_view text) {
    json::Object line = line_at(clock, "error");
    line["error"] = text;
    log.add(line);
  };
}

struct Reload {
  std::string_view what;
  std::function<Status()> act;
};

/// Until SIGTERM or SIGINT.
void wait_for_the_end(const sigset_t& signals, const std::vector<Reload>& reloads,
                      const Clock& clock, Log& log) {
  for (;;) {
    int signal = 0;
    if (::sigwait(&signals, &signal) != 0 || signal != SIGHUP) {
      return;
    }
    for (const Reload& reload : reloads) {
      json::Object line = line_at(clock, "reload");
      line["of"] = reload.what;
      if (const Status loaded = reload.act(); !loaded) {
        line["error"] = text(loaded.error());
      }
      log.add(line);
    }
  }
}

}  // namespace

sigset_t hold_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    ::sigaddset(&set, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return set;
}

Status serve(Instance& instance, const sigset_t& signals,
             const std::function<void(const http::Server&)>& ready) {
  http::Settings settings = TRY(listeners_of(instance.config, instance.folder));
  const auto laws = TRY(
      LawsInForce::open(instance.folder, folder_of_laws(instance.folder, instance.config.regimes)));
  Log log;
  if (const auto problem = laws->problem()) {
    json::Object line = line_at(instance.clock, "laws");
    line["error"] = text(*problem);
    line["in_force"] = "the last that could be read";
    log.add(line);
  }
  compat::Public records(instance.folder + "/public.db");
  api::Service service({.app = *instance.app,
                        .log_vkey = log_vkey(instance),
                        .promise_vkey = promise_vkey(instance),
                        .mode = instance.config.mode,
                        .local = [](std::string handle) { return app::Actor::local(handle); },
                        .laws = [&laws] { return laws->get(); },
                        .log = errors_to(log, instance.clock),
                        .records = &records});
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
  settings.break_off = [&] {
    instance.db->interrupt_reads();
    records.break_off();
  };
  // Whatever an upload has left that a crash cut short: now, while nobody uploads.
  TRY(instance.db->submit([](store::Tx& tx) { return content::drop_orphans(tx); }));
  // A metrics request may come in before start() has come back.
  std::atomic<const http::Server*> running = nullptr;
  service.watch([&running] {
    const http::Server* const server = running.load();
    return server != nullptr ? server->statistics() : http::Statistics{};
  });
  const auto server =
      TRY(http::Server::start(std::move(settings), instance.clock, instance.random));
  running = server.get();
  Loop sealing({{std::chrono::seconds(instance.config.seal_every_seconds),
                 [&] { seal(instance, service, log); }}});
  Loop feeding({{kLogEvery, [&] { log.flush(); }},
                {kFeedEvery, [&] { service.feed(); }},
                {kTidyEvery, [&] { tidy(instance, log); }}});
  // Apart: a mail server that does not answer delays nobody else.
  Loop sending({{kSendEvery, [&] { send_due(instance, log); }}});
  Loop reading({{kRecordsEvery, [&] { refresh_records(instance, records, log); }}});
  Loop counting({{kClocksEvery, [&] { run_clocks(instance, *laws, log); }}});
  Loop watching = watch_lists(instance, log);
  ready(*server);
  wait_for_the_end(signals,
                   {{"certificate", [&] { return server->reload_tls(); }},
                    {"laws", [&] { return laws->read_again(); }}},
                   instance.clock, log);
  server->stop(kGrace);
  instance.db->allow_reads();  // for the last seal
  for (Loop* loop : {&sealing, &feeding, &sending, &reading, &counting, &watching}) {
    loop->stop();
  }
  seal(instance, service, log);  // nobody has to wait for the next start
  log.flush();
  return {};
}

}  // namespace weir::main
