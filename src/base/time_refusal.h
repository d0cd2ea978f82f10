// Why a text is no time, for whoever wrote it. Apart from time.h, since few places say so.
// Thread rule: values.
#pragma once

#include <string_view>

namespace weir {

/// Why parse_rfc3339() gives nothing: another form, a year before 1970, a day or a time of day that
/// does not exist, no zone, an offset that is none. Empty if it gives a time.
std::string_view refusal_of_rfc3339(std::string_view text);

}  // namespace weir
