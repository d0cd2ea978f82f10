// Private to main/: the laws in force, for the verbs that count by them.
#pragma once

#include "app/profiles.h"
#include "main/verbs.h"

namespace weir::main {

/// The files of a folder, or without one those that are compiled in.
Result<app::Laws> laws_in(const std::string& folder);
/// Those of `--regimes`, or without it those that a server here counts by.
Result<app::Laws> laws_in(const Line& line, const std::string& folder);
/// Adds `--regimes FOLDER`.
std::shared_ptr<std::string> add_laws_option(CLI::App& group);

/// `weir clocks conflicts|decide|confirm`.
void add_conflict_verbs(CLI::App& group, Line& line, const std::shared_ptr<std::string>& folder);
/// `weir clocks run|notices|seen|warn|ical`, `weir statistics`.
void add_duty_verbs(CLI::App& root, CLI::App& clocks, Line& line,
                    const std::shared_ptr<std::string>& folder);
/// `weir delay order|told|list`.
void add_delay_verbs(CLI::App& delay, Line& line);

}  // namespace weir::main
