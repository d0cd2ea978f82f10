// Private to main/: the laws in force, for the verbs that count by them.
#pragma once

#include "app/profiles.h"
#include "main/verbs.h"

namespace weir::main {

/// The files of a folder, or without one those that are compiled in.
Result<app::Laws> laws_in(const std::string& folder);
/// Adds `--regimes FOLDER`.
std::shared_ptr<std::string> add_laws_option(CLI::App& group);

}  // namespace weir::main
