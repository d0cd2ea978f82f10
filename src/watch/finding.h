// A finding: that one vulnerability concerns one item of a list, why, and what has become of it.
//
//   Match        what the public records say of an item now: one for each vulnerability
//   Finding      what is kept of it from one time to the next
//   reconcile()  what has changed between the two, and what of it is worth telling
//
// A vulnerability is a set of ids (the aliases that records name), not a record: a record of
// another source, or a new version of one, is no new finding. Sets grow and fall apart as records
// come; a finding goes on as the first match that shares an id with it.
//
// What ends a finding is always something that a record says: it is withdrawn, or its range does
// not reach the version any more. A record that is not there at all says nothing (a public.db that
// is being made anew), and the finding stands.
//
// Thread rule: plain values, pure functions.
// Start with finding_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advisory/advisory.h"
#include "base/time.h"
#include "watch/watch.h"

namespace weir::watch {

inline constexpr std::size_t kMaxEvidence = 64;   // records of one finding; the first by source, id
inline constexpr std::size_t kMaxHappened = 32;   // of one finding; the oldest go
inline constexpr std::size_t kMaxShownIds = 512;  // of one vulnerability; a group has fewer
/// EPSS from which a vulnerability counts as likely to be exploited, in millionths: one in ten.
inline constexpr std::int64_t kLikely = 100'000;

/// One record that says that one version is affected.
struct Evidence {
  advisory::Source source = advisory::Source::cve;
  std::string id{};
  std::string version{};  // of the item; "" if any is meant
  std::string through{};  // package, purl or cpe
  std::string by{};       // the name that matched
  std::string rule{};     // of the range
  std::string from{};
  std::string until{};
  std::string fix{};  // the version that has it, or ""
  std::string why{};  // in words
  bool is_conditional = false;
  bool operator==(const Evidence&) const = default;
};

/// What the maker says of it, where that suppresses it.
struct Suppression {
  std::string position;
  std::string reason;
  std::string author;
  bool operator==(const Suppression&) const = default;
};

struct Match {
  std::vector<std::string> ids;  // sorted
  int score = -1;                // CVSS in tenths; -1: nobody gives one
  bool is_exploited = false;
  std::vector<advisory::Source> listed{};  // in these lists of exploited vulnerabilities, sorted
  bool is_likely = false;                  // EPSS of kLikely and more
  std::optional<Suppression> suppressed;
  std::vector<Evidence> evidence;  // by source, id, version
};

/// Stored by number: append.
enum class State : std::uint8_t {
  open,
  suppressed,  // by what a maker says (VEX)
  ceased,
};
std::string_view name(State state);

/// What has happened to a finding. Stored by number: append.
enum class What : std::uint8_t {
  found,
  returned,    // it had ceased or was suppressed, and concerns the item again
  exploited,   // it is in a catalogue of exploited vulnerabilities now
  likely,      // its EPSS has reached kLikely, for the first time
  worsened,    // its score has reached "high" or "critical", for the first time
  suppressed,  // a maker says that it does not concern the product
  withdrawn,   // ceased: the records were taken back
  narrowed,    // ceased: no record says any more that this version is affected
  left,        // ceased: the item, or the version that was affected, is not in the list any more
  merged,      // ceased: it turned out to be the same as another finding of the item
};
std::string_view name(What what);

struct Happened {
  What what = What::found;
  Instant at;
  bool operator==(const Happened&) const = default;
};

struct Finding {
  std::string item;   // its key
  std::string shown;  // the item for people, as it was last
  State state = State::open;
  std::vector<std::string> ids;
  std::string title;  // of its records when it was found; set by whoever keeps it
  int score = -1;
  bool is_exploited = false;
  std::vector<advisory::Source> listed{};
  bool is_likely = false;
  std::optional<Suppression> suppressed;
  std::vector<Evidence> evidence;  // when it has ceased: what it rested on
  std::vector<Happened> happened;  // oldest first, never empty
  // The most that was ever known: what goes down and up again is told once.
  int peak_score = -1;
  bool was_exploited = false;
  bool was_likely = false;
  bool operator==(const Finding&) const = default;
};

/// What has become of one finding, or a new one.
struct Change {
  std::optional<std::size_t> which{};  // of the findings that were given; absent: a new one
  Finding finding{};
  /// What is worth telling of it; empty: nothing. What is suppressed is not, nor what the keeper of
  /// the list did.
  std::vector<What> told{};
};

/// What is known of a record that a finding rested on: nothing if it is not there at all.
using StateOf =
    std::function<Result<std::optional<advisory::State>>(advisory::Source, const std::string& id)>;

/// What changes in `kept`, the findings of `item` so far, oldest first, so that they say what
/// `matches` say. `item` without parts is one that has left the list. Fails only as `state_of`
/// does.
Result<std::vector<Change>> reconcile(const Item& item, const std::vector<Finding>& kept,
                                      std::vector<Match> matches, const StateOf& state_of,
                                      Instant now);

/// The stored form, and its inverse: `corrupt` for anything else.
std::string pack(const Finding& finding);
Result<Finding> unpack_finding(std::string_view bytes);

}  // namespace weir::watch
