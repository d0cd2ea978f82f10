// weir match, weir affected: what is known about software. They need no platform.
#pragma once

#include "main/verbs.h"

namespace weir::main {

void add_match_verbs(CLI::App& root, Line& line);

}  // namespace weir::main
