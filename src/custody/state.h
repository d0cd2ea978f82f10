// What a Verifier keeps. Private to verify.cc, check_record.cc, check_log.cc and audit.cc.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "custody/receipt.h"
#include "custody/verify.h"

namespace weir::custody {

/// A `merged` or `split` event.
struct Link {
  std::uint64_t index = 0;
  std::string other;
  Digest other_key_commit;
  std::uint64_t other_index = 0;
};

/// An `opening_deferred` event.
struct Deferral {
  std::uint64_t index = 0;  // in the platform's stream
  Digest key_commit;
  std::uint64_t leaves = 0;
  std::uint64_t log_size = 0;
  Instant until;
};

/// A `history_lost` event, or a `log_closed` one: leaves [from, to) of this log are lost.
struct Loss {
  std::uint64_t index = 0;  // in the platform's stream
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t unclaimable = 0;  // of these, leaves that no record will ever claim
  std::string cause{};
};

/// An event of which a record shows the commitment alone, or one written under the log before.
struct Weak {
  std::uint64_t index = 0;
  std::uint64_t leaf = 0;
};

/// What is kept of a record.
struct Stream {
  std::uint32_t number = 0;
  std::string reference;
  std::string kind;
  std::string key;
  Digest key_commit;
  std::uint64_t events = 0;
  std::uint64_t next = 0;  // the index that must not stand in this log below as_of
  std::uint64_t as_of = 0;
  std::vector<std::string> linked;
  std::vector<Link> links;
  std::vector<Deferral> deferrals;
  std::vector<Loss> losses;
  std::optional<std::uint64_t> begun_at;  // this log's first new leaf, by `log_closed`
  std::vector<Weak> lost;
  std::vector<Weak> carried;
  std::optional<Instant> begun;
  std::optional<Instant> open_by;
  std::optional<Instant> opened_at;  // of the first `custody_opened`
  bool has_alarm = false;            // then its claims do not count
};

/// A receipt that verifies by itself.
struct HeldReceipt {
  std::string name;
  Receipt receipt;
  std::string stream;
  std::optional<std::string> body;
  std::vector<Digest> digests;  // of the things in its manifest
  bool is_in_record = false;
  std::set<std::string> homes{};  // streams that its bytes are the content of
};

struct Verifier::State {
  explicit State(Given all);

  void alarm(Stream& stream, Kind kind, const Place& place, std::string text);
  void take_receipts();
  void add(const Record& record);
  /// What is said to be lost or carried over, against what the platform says of it.
  void check_losses();
  void check_links();
  void check_receipts();
  void check_log();
  void check_audit(const AuditTerms& terms);
  Outcome outcome();

  Given given;
  Findings findings;
  Counts counts;
  std::optional<Archive> archive;
  Claims claims;
  std::optional<Scanned> scanned;
  std::vector<Head> heads;
  std::vector<HeldReceipt> receipts;
  std::unordered_multimap<std::uint64_t, std::size_t> receipts_by_leaf;
  std::multimap<Digest, std::size_t> receipts_by_digest;
  std::vector<Stream> streams;
  std::vector<Loss> losses;  // by sound records of the platform
  std::map<std::string, std::uint32_t> by_reference;
  std::map<Digest, std::uint32_t> by_key;
};

}  // namespace weir::custody
