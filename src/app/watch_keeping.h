// Private to app/: who may do what with a watch list, asked in the transaction that does it.
//
// Thread rule: functions of the transaction.
#pragma once

#include <string>

#include "app/watch_rows.h"

namespace weir::app {

enum class WatchUse : std::uint8_t { see, change };

/// Who is of an organisation that may have lists, with a role for this. `denied` else.
Result<Person> load_watcher(const store::Tx& tx, const App& app, const Actor& actor, WatchUse use);

struct KeptList {
  Person person;
  OpenList list;
};
/// `not_found` for a list that is not of the actor's organisation, as for one that is not there.
/// `conflict` with kListMovedOn if the actor named another version of it (Terms::expected).
Result<KeptList> load_list(const store::Tx& tx, const App& app, const Actor& actor,
                           std::string_view reference, WatchUse use);

Result<WatchListView> view_of(const store::Tx& tx, const App& app, const OpenList& list);

}  // namespace weir::app
