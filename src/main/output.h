// What a verb says: JSON for machines, lines and tables for people, errors on standard error.
//
// Exit codes: 0 done, 1 failed, 2 wrong usage.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"

namespace weir::main {

enum class Form { people, json };

/// An object as "key: value" lines, an array of objects as a table, anything else as JSON.
void print(Form form, const json::Value& value);
/// Bytes as they are, to standard output.
Status write_out(std::string_view bytes);
/// "weir: message (where)", or the same as JSON. Returns the exit code.
int complain(Form form, const Error& error);

}  // namespace weir::main
