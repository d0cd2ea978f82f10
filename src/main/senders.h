// The senders of this instance: mail and webhooks, as the configuration says.
//
// Thread rule: as jobs/jobs.h.
#pragma once

#include "jobs/jobs.h"
#include "main/instance.h"

namespace weir::main {

/// One round over what is due now; the server's loop calls it, and `weir jobs run`.
Result<jobs::Round> run_due_jobs(Instance& instance);

/// Rounds until nothing is due that has not failed.
Result<jobs::Round> run_all_due(Instance& instance);

}  // namespace weir::main
