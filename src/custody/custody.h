// Checking Weir from outside: what anybody can verify with a copy of the log, opened custody
// records, receipts in hand, and keys that they got by other ways. Pure, but for reading a folder.
//
//   event.h    the bytes: fields, commitments, tags, leaves (docs/formats/ledger.md)
//   record.h   one stream, opened (docs/formats/custody.md)
//   receipt.h  one event, proven; promises (docs/formats/receipt.md)
//   archive.h  Fetch and folder(): the log by path; Pinned: whom to trust
//   verify.h   records against the log; the audit of every leaf
//   finding.h  what came out, by stable names
//
// Invariants:
//   1. Keys are pinned: none is taken from the log, a record or a receipt.
//   2. No alarm means that every check of docs/formats/custody.md was made and held. What could
//      not be checked is a finding too.
//   3. Nothing that is read is trusted: wrong bytes give findings or errors, never a crash.
//
// Not proven, ever: that an operator who lies while writing, with a recipient who helps, wrote down
// what happened (product.md, "What the ledger proves").
//
// Thread rule: values of one thread. Start with verify.h, then verify_test.cc.
#pragma once

#include "custody/archive.h"
#include "custody/event.h"
#include "custody/finding.h"
#include "custody/receipt.h"
#include "custody/record.h"
#include "custody/verify.h"
