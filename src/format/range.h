// Version ranges out of the words that people write into version fields. Only for the files of this
// folder.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "model/report.h"

namespace weir::format {

/// True for the words that say nothing: "", "n/a", "unspecified", "unknown", "-".
bool is_unsaid(std::string_view text);

/// True for "*" and "all versions".
bool is_every_version(std::string_view text);

/// True if `text` looks like a rule rather than a version: "vers:", a comparator, "all versions".
bool is_rule(std::string_view text);

/// The ranges of a vers: URI, or of plain words such as "< 2.1", ">= 1.0 | <= 1.4", "All versions <
/// V4.8 SP5", or of a single version without spaces. Nothing if it cannot be said as ranges without
/// loss or guess: "!=", ">", three constraints in words, prose.
std::optional<std::vector<VersionRange>> parse_ranges(std::string_view text);

}  // namespace weir::format
