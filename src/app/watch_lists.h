// Watch lists: an organisation's inventories and products stay subscribed, and it hears of what is
// new in them.
//
//   add_watch_list()   from an inventory or named products; replace_watch_list() puts the next
//                      version in its place and keeps what is known of it
//   watch_findings()   what concerns a list, by what happened to it last; acknowledged by
//                      mark_watch_seen(), set aside with a reason by suppress_finding()
//   Watcher            what the server does by itself: holds what has changed in public.db against
//                      all lists, and tells what is new
//
// A list belongs to its organisation alone: nobody else sees it, the operating authority neither,
// and for all others it is absent. Within the organisation administrators, reporters, coordinators
// and recipients see it; all but recipients may change it. What a list holds, its name, and what
// concerns it lie under the list's own key, which lies under the master key; the key goes with the
// list. Reading it is no access: the bytes are the organisation's own, and what is said about them
// is public.
//
// Invariants:
//   1. Each change of public.db is held against the lists once: how far that has gone stands in the
//      transaction that stores what came of it.
//   2. What is open in a list is what matching the whole list with the whole database gives, up to
//      that point; but a record that is not there at all ends nothing (watch/finding.h).
//   3. A finding is told once; again only for what watch::What names. Nothing of it leaves but a
//      count (news.h).
//
// Thread rule: functions as app.h; a Watcher is for one thread.
// Start with watch_lists_test.cc, then docs/watch-lists.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/app.h"
#include "app/news.h"
#include "policy/policy.h"
#include "watch/finding.h"
#include "watch/watch.h"

namespace weir::app {

inline constexpr std::int64_t kMaxWatchLists = 200;      // of one organisation
inline constexpr std::int64_t kMaxWatchParts = 500'000;  // components of all its lists together
inline constexpr std::size_t kMaxListNameBytes = 200;
inline constexpr std::int64_t kMaxWatchFindings = 100'000;  // of one list; beyond, it stops
inline constexpr std::size_t kMaxSuppressionBytes = 1'000;  // of a reason
inline constexpr std::int64_t kMostShownFindings = 1'000;   // of one answer
inline constexpr std::string_view kListMovedOn =
    "the watch list has changed since you looked at it: read it again";

/// Of which findings news goes out. Stored by number: append.
enum class Tell : std::uint8_t {
  all,
  high,       // CVSS 7.0 and more, what nobody has scored, what is exploited or likely to be
  critical,   // the same from 9.0, and what is scored
  exploited,  // what is in a catalogue of exploited vulnerabilities
  nothing,
};
std::string_view name(Tell tell);
Result<Tell> parse_tell(std::string_view text);

struct WatchListView {
  std::string reference;
  std::string name;
  std::string version;  // changes with everything that its keeper changes: Terms::expected
  Tell tell = Tell::all;
  Pace pace = Pace::at_once;           // news of it goes no sooner
  std::optional<Instant> muted_until;  // until then no news of it goes out
  policy::Fact paused = policy::Fact::no;
  std::string form;     // "CycloneDX JSON 1.5", "products"
  std::string product;  // what the inventory is about
  std::int64_t items = 0;
  std::int64_t parts = 0;
  std::int64_t nameless = 0;     // components that have no name to look up
  std::int64_t unversioned = 0;  // components that are in no version
  std::vector<sbom::Fault> unread;
  std::int64_t statements = 0;  // of makers (VEX), from all documents
  Instant created;
  Instant changed;
  std::optional<Instant> matched;  // as a whole; absent: it waits for that
  std::string problem;             // why nothing is matched; empty: none
  std::int64_t open = 0;           // findings
  std::int64_t unseen = 0;         // of the open ones: those that nobody has acknowledged
};

struct NewWatchList {
  std::string name;
  std::string_view bytes;  // as watch::read() takes them
  Tell tell = Tell::all;
};
/// `invalid` with the place for what cannot be read; `conflict` beyond a limit, or if the
/// organisation has a list of this name. With Terms::key as every other call.
Result<WatchListView> add_watch_list(App& app, const Actor& actor, const NewWatchList& wanted);
/// The next version of the same: items that stay keep their findings and what was said about them.
/// Statements of the old inventory's own go; those that were added stay.
Result<WatchListView> replace_watch_list(App& app, const Actor& actor, const std::string& reference,
                                         std::string_view bytes);
/// Absent: as it is.
struct WatchSettings {
  std::optional<std::string> name{};
  std::optional<Tell> tell{};
  std::optional<Pace> pace{};
  std::optional<Instant> muted_until{};  // one that has passed: not muted
  std::optional<policy::Fact> paused{};  // yes or no
};
Result<WatchListView> set_watch_list(App& app, const Actor& actor, const std::string& reference,
                                     const WatchSettings& settings);
/// With everything that is known of it.
Status remove_watch_list(App& app, const Actor& actor, const std::string& reference);
/// One's organisation's, by reference.
Result<std::vector<WatchListView>> watch_lists(App& app, const Actor& actor,
                                               const Slice& wanted = {});
Result<WatchListView> show_watch_list(App& app, const Actor& actor, const std::string& reference);
/// What it holds, by key.
Result<std::vector<watch::Item>> watch_items(App& app, const Actor& actor,
                                             const std::string& reference,
                                             const Slice& wanted = {});
/// Statements of a maker (OpenVEX, CSAF, CycloneDX), beside those that are there. `invalid` with
/// the place.
Result<WatchListView> add_watch_statements(App& app, const Actor& actor,
                                           const std::string& reference, std::string_view bytes);
/// All but those of the inventory itself go.
Result<WatchListView> remove_watch_statements(App& app, const Actor& actor,
                                              const std::string& reference);

struct Aside {
  std::string reason;
  std::string by;  // a handle
  Instant at;
  std::optional<Instant> until;
};
struct FindingView {
  std::string reference;
  std::int64_t number = 0;  // ascending within the list; a new one with everything that happens
  policy::Fact seen = policy::Fact::no;
  watch::Finding finding;
  std::optional<Aside> aside;  // set aside by the organisation itself
};
enum class WhichFindings : std::uint8_t { all, open, unseen };
struct FindingsWanted {
  std::int64_t after = 0;  // FindingView::number
  std::int64_t most = kMostShownFindings;
  WhichFindings which = WhichFindings::all;
};
/// By number: whoever goes on from the last one gets what has happened since. `open` and `unseen`
/// leave out what is set aside.
Result<std::vector<FindingView>> watch_findings(App& app, const Actor& actor,
                                                const std::string& reference,
                                                const FindingsWanted& wanted = {});
/// Everything up to this number is acknowledged; what happens later is not.
Status mark_watch_seen(App& app, const Actor& actor, const std::string& reference,
                       std::int64_t upto);
/// Set aside, whichever version of the item is there, until a time or for good: it is not told, and
/// is in no list of open ones. `invalid` without a reason, or for a time that has passed.
Status suppress_finding(App& app, const Actor& actor, const std::string& reference,
                        const std::string& finding, const std::string& reason,
                        std::optional<Instant> until);
Status restore_finding(App& app, const Actor& actor, const std::string& reference,
                       const std::string& finding);

/// Follows public.db. Built once by main; what it keeps can be made again from the store.
class Watcher {
 public:
  /// Of the public.db at `path`, whether it is there yet or not.
  explicit Watcher(std::string path);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  struct Ran {
    std::int64_t lists = 0;    // matched as a whole
    std::int64_t records = 0;  // that had changed
    std::int64_t items = 0;    // looked at because of that
    std::int64_t changes = 0;  // of findings
    bool operator==(const Ran&) const = default;
  };
  /// Everything that is to be done now. Calling it twice is the same as once. Without a public
  /// database nothing is to be done. An error leaves what was committed, and the next call goes on.
  Result<Ran> run(App& app);
  /// Names that it would look under: 16 bytes of memory each.
  std::size_t size() const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

/// The lists' keys under the newest master key: part of its rotation.
Status rewrap_watch_lists(store::Tx& tx, const Keyring& keyring, Random& random);

}  // namespace weir::app
