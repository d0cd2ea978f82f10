// Private to api/, but that the command line shows the same: watch lists as JSON.
//
// Thread rule: pure functions.
#pragma once

#include "app/watch_lists.h"
#include "base/json.h"

namespace weir::api {

json::Value view(const app::WatchListView& one);
json::Value view(const watch::Item& item);
json::Value view(const app::FindingView& one);

}  // namespace weir::api
