// What a file's name says of what is in it. Private to catalog.
//
// Thread rule: pure functions.
#pragma once

#include <string_view>

namespace weir::catalog {

enum class Form { lines, document, yaml, table, other };

/// By the ending before that of the packing: "a.json.zst" is a document.
Form form_of(std::string_view name);
/// Whether it has an ending beside that of a packing.
bool has_ending(std::string_view name);
/// Whether it is packed by its name. What lies in an archive is not unpacked again: a bomb within a
/// bomb would have no ratio.
bool is_packed(std::string_view name);
/// For people: bytes of a name that is no UTF-8 stand as "\\xff".
std::string utf8_of(std::string_view name);

}  // namespace weir::catalog
