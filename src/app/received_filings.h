// Filings that another Weir sends here, to the authority that runs this one. The first comes in as
// a report does (intake.h) and opens a case; the later stages of the same duty follow it into that
// case, by the return code or the account that the first came by.
//
// What is said in one is a stranger's word: nobody is identified by it. What counts from it is that
// it came, and when: the authority's own fact `notification_received`.
//
// Thread rule: as app.h. Start with received_filings_test.cc.
#pragma once

#include <string>

#include "app/intake.h"

namespace weir::app {

/// A later stage, as weir-filing/v1, into the case `reference` that the actor reported. `invalid`
/// with the place for bytes that are none, `denied` for whoever did not report the case. It is an
/// item `filing` for its reporter and the handler alone. Receipted as a report is; it has no return
/// code.
Result<Receipted> receive_filing(App& app, const Actor& actor, const std::string& reference,
                                 const std::string& bytes);

/// Private to app/: the authority has been told, in this transaction, by `source`.
Status authority_was_told(store::Tx& tx, const App& app, std::int64_t case_file,
                          const std::string& source);

}  // namespace weir::app
