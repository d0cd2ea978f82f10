// Small texts of HTTP: tokens, lists, tags. Not for other folders.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::http {

bool equal_without_case(std::string_view a, std::string_view b);
std::string lower(std::string_view text);
/// Without spaces and tabs around it.
std::string_view trim(std::string_view text);
/// The pieces between `separator`, untrimmed; one empty piece of an empty text.
std::vector<std::string_view> split(std::string_view text, char separator);
/// RFC 9110, 5.6.2: at least one tchar and nothing else.
bool is_token(std::string_view text);
/// RFC 9110, 5.5: no control character but tab. What is not may end a field early.
bool is_field_value(std::string_view text);

/// A strong entity tag, without quotes: 96 bits of the digest.
std::string etag_of(std::string_view bytes);

}  // namespace weir::http
