// Private to app/: where the public's figures are kept (statistics.h).
#pragma once

#include "store/store.h"

namespace weir::app {

extern const store::Migration kPublicQuartersMigration;

}  // namespace weir::app
