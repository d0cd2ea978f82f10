// A filing to the Weir of an authority elsewhere, as the command line sends it (app/sent_filings.h,
// decision 0025): its platform records and gives the bytes, this program sends them and hands back
// what was answered. Run again after any end it does what is left to do, once.
//
// Thread rule: functions; they block.
#pragma once

#include <memory>
#include <string>

#include "app/sent_filings.h"
#include "main/verbs.h"

namespace weir::main {

struct SendOptions {
  std::string filing;
  app::Sending sending;
  std::string token_file{};  // of an account there; empty: without one
  std::string ca_file{};
  std::string regimes{};  // the folder of laws of a line without a server; empty: the configured
};
/// What the submission gave, with `authority_case` and `authority_receipt`. The errors of the other
/// side as it said them; nothing is submitted then.
Result<json::Object> send_filing(const Line& line, const SendOptions& options);

/// `weir filing receipt`: the authority's receipt of what was sent, verified; it is the
/// acknowledgement.
void add_sent_receipt(CLI::App& group, Line& line, const std::shared_ptr<std::string>& regimes);

}  // namespace weir::main
