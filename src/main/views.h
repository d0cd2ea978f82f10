// What verbs say of what the use cases answer.
#pragma once

#include "api/views.h"
#include "main/verbs.h"

namespace weir::main {

using api::view;
using api::view_with_age;

/// Says what was done; an act that waits for its second person is `denied` with the reference.
Status told(const Line& line, const app::Done& done);

}  // namespace weir::main
