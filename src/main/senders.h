// The senders of this instance: mail and webhooks, as the configuration says.
//
// Thread rule: as jobs/jobs.h.
#pragma once

#include "jobs/jobs.h"
#include "main/instance.h"
#include "net/mail.h"

namespace weir::main {

/// One round over what is due now; the server's loop calls it, and `weir jobs run`.
Result<jobs::Round> run_due_jobs(Instance& instance);

/// Rounds until nothing is due that has not failed.
Result<jobs::Round> run_all_due(Instance& instance);

/// What a letter of news says where there is a key (openpgp::Key::bytes; empty: the letter as it
/// is): it is encrypted to it, or, where that key cannot be used at `now`, says `without_key` and
/// no more.
Status protect(net::Letter& letter, std::string_view key, const std::string& without_key,
               Instant now);

}  // namespace weir::main
