// The feed of changes as a mirror reads it: nothing is believed that the hash of the feed does not
// bind, and no record whose digest is not its own (docs/formats/changes.md).
//
// A page is read as it came in, so that a record keeps its bytes.
//
// Thread rule: pure functions. What is returned borrows the text.
#pragma once

#include <string_view>
#include <vector>

#include "catalog/heads.h"
#include "compat/feed.h"

namespace weir::compat {

struct FeedPage {
  std::vector<std::string_view> changes;  // each as it stands
  catalog::VersionId cursor = 0;
  bool has_more = false;
};
/// An answer of GET /api/v1/changes. `invalid` for what is none.
Result<FeedPage> read_feed_page(std::string_view body);

struct MirroredChange {
  Change change;
  std::string_view record;  // "" without one
};
/// One change of a page, or a line that follow() wrote. `invalid` for what is none; `corrupt` if
/// the record's digest is another one.
Result<MirroredChange> read_feed_change(std::string_view text);

/// The head after one more change. `corrupt` if its number is not greater.
Result<catalog::Head> follow_change(const catalog::Head& head, const Change& change);

}  // namespace weir::compat
