// Private to app/: the tables of notices and of the terms of delays.
#pragma once

#include "store/store.h"

namespace weir::app {

extern const store::Migration kNoticesMigration;

}  // namespace weir::app
