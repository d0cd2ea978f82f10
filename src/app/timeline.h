// Private to app/: the timeline of a case. All of it is read, opened and hashed on a snapshot,
// beside the writer, which only looks whether it still holds and records that it is shown.
//
// Thread rule: functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "app/closing.h"
#include "app/context.h"

namespace weir::app {

/// As one snapshot has it, for one reader.
struct Timeline {
  std::vector<EventView> page;  // what is asked for
  std::string whole;            // what is recorded: canonical, of all events
  std::uint64_t events = 0;     // in it
  policy::Relation relation = policy::Relation::everybody;
  policy::Fact opened = policy::Fact::unknown;
};
/// Refused like timeline().
Result<Timeline> make_timeline(App& app, const Actor& actor, const std::string& reference,
                               const Slice& wanted);
/// Records that it is shown, if it still is what this reader would get now; else false, and nothing
/// is recorded. An opened one is public: nothing is recorded of it.
Result<bool> record_timeline(store::Tx& tx, const App& app, const Actor& actor,
                             const std::string& reference, const Timeline& made);

/// Whether the public may read an organisation's name.
Result<bool> may_name(const store::Tx& tx, const std::string& name);

}  // namespace weir::app
