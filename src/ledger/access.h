// Access: the proof that someone's getting to see something stands in the ledger.
//
// An access is the first time one subject gets one version of one object at one level. It needs its
// own durable leaf before the first byte. Repeats within kRepeatWindow need none and are counted
// into one `repeat_reads` leaf a day and case (product.md, "What counts as an access").
//
// Access values are made here alone, inside a transaction; store::Committed<Access> is made by the
// store alone, after the sync. content::open() takes that and nothing else, so "no bytes without a
// leaf" holds by type. An Access notes the transaction that made it: one that is carried out of it
// and returned by another is committed by neither, and content::open() ends the process.
//
// Thread rule: values; the functions run on the writer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.h"
#include "model/level.h"

namespace weir::ledger {

inline constexpr Duration kRepeatWindow = std::chrono::hours(24);
inline constexpr std::size_t kMostItems = 10'000;  // objects in one access

/// One version of one object, as it is about to be shown.
struct Item {
  std::string object;  // its reference
  std::int64_t version = 1;
  Level level = Level::technical;
  Digest salt;    // of the content digest
  Digest digest;  // custody::content_digest(salt, the exact bytes)
};

/// Who gets it. `subject` tells repeats apart: a user, or an organisation's token, with the
/// agreement it acts under; a change of any of them is never a repeat.
struct Recipient {
  std::string subject;
  std::string reference;  // random, one per recipient organisation and case
  std::string organisation_class;
  std::string country;
  std::vector<custody::Field> more;  // e.g. organisation, user, rule: kept back in public as needed
};

/// See the top. Holds what may be shown, nothing more.
class Access {
 public:
  bool covers(std::string_view object, std::int64_t version) const;
  /// The event that records it; none for the author's own bytes or a repeat.
  const std::optional<Appended>& event() const { return event_; }
  const Stream& stream() const { return stream_; }
  store::TransactionId made_in() const { return made_in_; }

 private:
  friend Result<Access> record_access(Ledger&, store::Tx&, const Stream&, const Recipient&,
                                      const std::vector<Item>&);
  friend Result<Access> own_bytes(const store::Tx&, const Stream&, const std::vector<Item>&);
  Access(const store::Tx& tx, Stream stream, std::vector<Item> items);
  store::TransactionId made_in_;
  Stream stream_;
  std::vector<Item> items_;  // in the order of objects and versions
  std::optional<Appended> event_;
};

/// Records that `recipient` gets `items`, all of `stream`: one leaf for what is new to the subject,
/// none if all of it is a repeat (then it is counted). `invalid` for no items or too many.
Result<Access> record_access(Ledger& ledger, store::Tx& tx, const Stream& stream,
                             const Recipient& recipient, const std::vector<Item>& items);

/// An author reading its own bytes: not logged. The caller has asked the gate, whose relation
/// `author` is the only ground for calling this.
Result<Access> own_bytes(const store::Tx& tx, const Stream& stream, const std::vector<Item>& items);

/// Writes the `repeat_reads` leaf of every case and day that has repeats not yet written and lies
/// before `until`'s day (UTC). Called before a seal; with `all_of`, for that stream whatever the
/// day.
Status flush_repeats(Ledger& ledger, store::Tx& tx, Instant until);
Status flush_repeats_of(Ledger& ledger, store::Tx& tx, const Stream& stream);

/// JCS form of items: the manifest.
json::Value manifest(const std::vector<Item>& items);

}  // namespace weir::ledger
