// What has changed in the public records, for those who keep a copy.
//
// The cursor is the number of a version, which only grows: whoever asks again with the cursor of
// the last answer misses nothing and gets nothing twice, except that a record that has changed
// twice in between comes once, as it is now. A first cursor of 0 gives everything, which is the
// complete dump. Removed and withdrawn records come as such.
//
// With `superseded` every version comes, those that are no longer current without their record: a
// chain without gaps, whose hash the platform signs (changes_head(), docs/formats/changes.md).
//
// Thread rule: as Desk.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/digest.h"
#include "catalog/catalog.h"
#include "compat/compat.h"

namespace weir::compat {

inline constexpr std::size_t kMostChanges = 2'000;  // of one page
inline constexpr std::size_t kMostPageBytes = std::size_t{16}
                                              << 20;  // of records; one is always given
inline constexpr std::size_t kAtomEntries = 100;

/// GET: parameters `after` (the cursor of the last answer; absent: the beginning), `source`,
/// `limit`, `records` ("no": without them), `superseded` ("yes": what is no longer current, too).
/// {"changes":[{"cursor","source","id","state","taken","modified"?,"sha256"?,"superseded"?,
/// "record"?}],"cursor","more"}.
/// `invalid` for what is no cursor, or one of the future (of another database).
Result<Answer> changes(Desk& desk, const Given& given);

/// GET: the newest changes as an Atom feed (RFC 4287); an entry links to its vulnerability under
/// `given.base`.
Result<Answer> atom(Desk& desk, const Given& given);

class Public;
/// The cursor after everything that there is.
Result<std::string> newest_cursor(const Public& records);

struct Change {
  catalog::VersionId version = 0;
  advisory::Source source = advisory::Source::cve;
  std::string id;
  advisory::State state = advisory::State::published;
  std::optional<Instant> modified;
  Instant taken;
  std::string digest;  // empty for a removal
  bool is_superseded = false;
};
/// One change as JSON; `record` as it stands, "": without.
void append_change(std::string& body, const Change& change, std::string_view record);
/// Every current record of all sources, in the order of versions, until one fails.
Status each_change(const store::Tx& tx, const std::function<Status(const Change& change)>& use);

/// How far the feed has come, and the hash of everything up to there (catalog/heads.h).
struct FeedHead {
  std::string feed;  // its name: 64 hex digits
  catalog::VersionId position = 0;
  Digest hash{};
  bool operator==(const FeedHead&) const = default;
};
inline constexpr std::string_view kHeadFormat = "weir-changes/v1";
/// GET: the last three lines of the note, to be completed and signed by whoever serves it.
/// `not_found` before anything was taken in.
Result<Answer> changes_head(Desk& desk, const Given& given);
std::string head_lines(const FeedHead& head);
/// The body of the note. Frozen.
std::string head_note(std::string_view origin, std::string_view lines);
/// Exactly what head_note() makes. `denied` for another origin's.
Result<FeedHead> parse_head_note(std::string_view body, std::string_view origin);

}  // namespace weir::compat
