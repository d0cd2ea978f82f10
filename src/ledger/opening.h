// Opening: a stream as a custody record, one event as a receipt.
//
// What is kept back in public is decided by field, here and nowhere else: natural persons always,
// organisations unless they may be named, free text unless the opener chooses to show it, and what
// would let a reader confirm a guess about content.
//
// Thread rule: reads only.
#pragma once

#include <string>
#include <vector>

#include "custody/record.h"
#include "ledger/seal.h"

namespace weir::ledger {

enum class FreeText { kept_back, shown };

/// Whether an event may name the organisation that stands in its field `organisation`.
using MayName = std::function<bool(const std::string& organisation)>;

struct Opening {
  std::string vkey;
  FreeText free_text = FreeText::kept_back;
  MayName may_name;
};

/// Why the public does not get this field; nothing if it does.
std::optional<custody::Reason> public_reason(const StoredEvent& event, const custody::Field& field,
                                             const Opening& opening);

/// The custody record of a stream as of the newest published checkpoint. `conflict` if that covers
/// no `custody_opened` event of it (the platform's stream needs none), so that no key is given out
/// before the ledger says so.
Result<custody::Record> open_stream(const store::Tx& tx, const Ledger& ledger, const Stream& stream,
                                    const Opening& opening);

/// The receipt of an event, as the recipient or author named in it gets it: everything but its
/// position and the grounds. `unavailable` before a published checkpoint covers it.
Result<std::string> receipt(const store::Tx& tx, const Ledger& ledger, const Stream& stream,
                            std::uint64_t index);

/// Receipts are found by a random id of their own, so that nothing about a case is in their
/// address.
Result<std::string> issue_receipt_id(store::Tx& tx, const Stream& stream, std::uint64_t index,
                                     Random& random);
struct ReceiptPlace {
  Stream stream;
  std::uint64_t index = 0;
};
Result<ReceiptPlace> find_receipt(const store::Tx& tx, std::string_view id);

/// References of all streams, oldest first.
Result<std::vector<Stream>> streams(const store::Tx& tx);
/// True once a published checkpoint covers the stream's `custody_opened` event.
Result<bool> is_open(const store::Tx& tx, const Stream& stream);
/// The leaf by which it is, if it is.
Result<std::optional<std::uint64_t>> opened_leaf(const store::Tx& tx, const Stream& stream);
/// Leaves of the stream below `size`: what a deferral states.
Result<std::uint64_t> leaves_below(const store::Tx& tx, const Stream& stream, std::uint64_t size);

}  // namespace weir::ledger
