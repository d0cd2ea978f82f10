// `weir serve`: an instance with its API, its listeners and its loops, from start to stop.
//
// Order of life: the data directory is locked and checked, the witnesses are asked, addresses are
// taken, and only then is anybody answered. To stop: no new request, those under way finish, the
// last events are sealed, the directory is given back.
//
// Thread rule: one thread makes, runs and destroys it.
#pragma once

#include <csignal>
#include <functional>

#include "http/server.h"
#include "main/instance.h"

namespace weir::main {

/// SIGTERM, SIGINT and SIGHUP wait from now on until serve() asks for them. To be called before any
/// other thread lives: a thread that does not block them would be ended by them.
sigset_t hold_signals();

/// Serves until SIGTERM or SIGINT; SIGHUP reads the TLS files and the laws again, and keeps the
/// last good ones where they are not. `ready` is called once, when everybody is answered. `signals`
/// is what hold_signals() gave.
Status serve(Instance& instance, const sigset_t& signals,
             const std::function<void(const http::Server&)>& ready);

}  // namespace weir::main
