// Private to app/: cursors of lists to which rows are only ever added, at their end: how many came
// before.
//
// Thread rule: pure functions.
#pragma once

#include "app/app.h"

namespace weir::app {

/// Slice::after as that number, 0 if it is empty. `invalid` for what is none.
Result<std::uint64_t> rows_before(const Slice& wanted);
std::string cursor_after(std::uint64_t rows);
/// What is answered to a cursor that leads nowhere.
std::unexpected<Error> no_cursor();

}  // namespace weir::app
