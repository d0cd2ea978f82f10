// What a verb says: JSON for machines, lines and tables for people, errors on standard error.
//
// Exit codes: 0 done, 1 failed, 2 wrong usage.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"

namespace weir::main {

enum class Form { people, json };

/// An object as "key: value" lines, an object in it as lines below, an array of objects as a table
/// with the columns of all rows, words with commas, anything else as JSON.
void print(Form form, const json::Value& value);
/// Whether a terminal would do more with the bytes than show them.
bool has_orders(std::string_view bytes);
/// Bytes as they are, to standard output; `invalid` if that is a terminal and they have orders.
Status write_out(std::string_view bytes);
/// "weir: message (where)", or the same as JSON. Returns the exit code.
int complain(Form form, const Error& error);

}  // namespace weir::main
