// Verifying custody records against a log, and auditing that every leaf is accounted for
// (docs/formats/custody.md).
//
// The life of a verification: make a Verifier from the log, the pinned keys and the receipts at
// hand; add() each record (what must be kept of one is a claim of 40 bytes an event); then finish()
// or audit() walks once over the whole log.
//
// Limits: one log at a time: of a record that goes on in a successor, the part in this log is held
// against it, and the rest by itself (Kind::other_log). A record is parsed as a whole, so the
// largest is bounded by memory (record.h). Of custody.h. Thread rule: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custody/archive.h"
#include "custody/finding.h"
#include "custody/record.h"
#include "custody/scan.h"

namespace weir::custody {

/// How far the operator's clock may be from the witnesses', and go back along a stream.
inline constexpr Duration kTimeTolerance = std::chrono::minutes(10);

struct GivenReceipt {
  std::string name;  // for people
  std::string text;
  std::optional<std::string> body{};  // the bytes that its holder got
};

struct Given {
  Fetch log;
  Pinned pinned;
  std::vector<GivenReceipt> receipts{};
  /// Signed checkpoints of this log that were seen elsewhere: at a witness, by another reader.
  std::vector<std::string> checkpoints{};
  Tiles tiles = Tiles::compare;
};

struct AuditTerms {
  Instant now;
  Duration ceiling;  // by which every leaf must be claimed
};

struct Counts {
  std::uint64_t leaves = 0;  // below the newest checkpoint
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t receipts = 0;
  std::array<std::uint64_t, 5> kept_back{};  // fields, by Reason
  // By audit() alone:
  std::uint64_t claimed = 0;    // by events of records without alarm
  std::uint64_t unclaimed = 0;  // the other leaves
  std::uint64_t due = 0;        // of these, older than the ceiling or of unproven age
  std::uint64_t unproven = 0;   // of these, without a cosigned time
  std::uint64_t deferred = 0;   // due leaves that public deferrals account for
  std::uint64_t lost = 0;       // due leaves that a confessed loss accounts for
  std::map<std::int64_t, std::uint64_t> unclaimed_by_age{};  // in whole days, where it is proven
};

struct Outcome {
  std::vector<Finding> findings;
  Counts counts;
  std::uint64_t alarms = 0;
  /// Whether a quorum of witnesses vouches for the newest checkpoint, or the operator alone.
  Sealed::Quorum quorum = Sealed::Quorum::missing;
  bool verified() const { return alarms == 0; }
};

class Verifier {
 public:
  explicit Verifier(Given given);
  ~Verifier();
  Verifier(Verifier&&) noexcept;
  Verifier& operator=(Verifier&&) noexcept;

  /// A record as JSON; `name` is what findings call it if it does not parse.
  void add_text(std::string_view name, std::string_view json);
  void add(const Record& record);

  /// Each to be called once, and last.
  Outcome finish();
  Outcome audit(const AuditTerms& terms);

  struct State;  // of the .cc files here

 private:
  std::unique_ptr<State> state_;
};

}  // namespace weir::custody
