// Bytes as text and back: hex, base64 (RFC 4648 section 4, with padding, strict), base32 for ids,
// big-endian integers. A byte string is a std::string; a view of one is a std::string_view.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir {

std::string to_hex(std::string_view bytes);  // lower case
std::optional<std::string> from_hex(std::string_view text);

std::string to_base64(std::string_view bytes);
/// Strict: needs canonical padding and no stray bits or characters.
std::optional<std::string> from_base64(std::string_view text);

/// Lower-case RFC 4648 base32 without padding: what our random references are written in.
std::string to_base32(std::string_view bytes);
std::optional<std::string> from_base32(std::string_view text);

std::string big_endian_64(std::uint64_t value);
std::string big_endian_16(std::uint16_t value);
/// The first 8 (2) bytes of `bytes`, which must be there.
std::uint64_t read_big_endian_64(std::string_view bytes);
std::uint16_t read_big_endian_16(std::string_view bytes);

/// Decimal without sign, spaces or leading zeroes; nothing else is a number here.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

inline std::string_view view(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline const unsigned char* data(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* data(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

/// True for well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF).
bool is_utf8(std::string_view text);

}  // namespace weir
