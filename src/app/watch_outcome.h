// Private to app/: what came of holding a list against the records, and how it is stored.
//
// Thread rule: functions of the transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/watch_rows.h"
#include "watch/standing.h"

namespace weir::app {

/// How far public.db has been followed: which one, up to which version, after which import.
struct Cursor {
  std::string feed;
  std::int64_t version = 0;
  std::int64_t run = -1;
};

Result<std::optional<Cursor>> load_cursor(const store::Tx& tx);
Status put_cursor(store::Tx& tx, const Cursor& cursor);

/// One row of watch_finding to be written.
struct Written {
  std::int64_t id = 0;  // 0: a new one
  std::string reference;
  std::string tag;  // of its item
  watch::State state = watch::State::open;
  bool is_moved = false;  // something has happened: it gets a new number
  bool is_news = false;   // and is to be seen again
  bool is_told = false;   // and news goes out
  std::string sealed;
  std::vector<watch::Standing::Name> names;
  std::uint32_t item = 0;
};

/// What one list is to become.
struct Outcome {
  std::int64_t list = 0;
  std::int64_t revision = 0;
  std::int64_t organisation = 0;
  Pace pace = Pace::at_once;
  bool is_whole = false;  // the list was matched as a whole
  std::vector<Written> rows;
};

/// False if the list has been changed since it was read, or is gone, paused or stopped.
Result<bool> is_as_read(const store::Tx& tx, const Outcome& outcome);

/// Stores it and tells the organisation; nothing if the list is not as it was read. Beyond
/// kMaxWatchFindings the list stops, and nothing of the outcome is stored.
Status put_outcome(store::Tx& tx, const App& app, const Outcome& outcome);

}  // namespace weir::app
