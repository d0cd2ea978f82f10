// `weir serve`: an instance with its API, its listeners and its loops, from start to stop.
//
// Order of life: the data directory is locked and checked, the witnesses are asked, addresses are
// taken, and only then is anybody answered. To stop: no new request, those under way finish, the
// last events are sealed, the directory is given back.
//
// Thread rule: one thread makes, runs and destroys it.
#pragma once

#include <memory>
#include <string>

#include "http/server.h"
#include "main/instance.h"

namespace weir::main {

/// Serves until SIGTERM or SIGINT; SIGHUP reads the TLS files again. `ready` is called once, when
/// everybody is answered.
Status serve(Instance& instance, const std::function<void(const http::Server&)>& ready);

}  // namespace weir::main
