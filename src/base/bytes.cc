#include "base/bytes.h"

#include <array>

namespace weir {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

constexpr std::uint8_t kNone = 0xff;

constexpr std::array<std::uint8_t, 256> reverse(std::string_view alphabet) {
  std::array<std::uint8_t, 256> table{};
  table.fill(kNone);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

constexpr auto kFromHex = reverse(kHex);
constexpr auto kFromBase64 = reverse(kBase64);
constexpr auto kFromBase32 = reverse(kBase32);

/// Regroups bits: `width` bits a character. Refuses left-over bits that are not zero, or as many
/// as a whole character.
std::optional<std::string> regroup(std::string_view text,
                                   const std::array<std::uint8_t, 256>& table, unsigned width) {
  std::string out;
  out.reserve(text.size() * width / 8);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::uint8_t value = table[static_cast<std::uint8_t>(c)];
    if (value == kNone) {
      return std::nullopt;
    }
    buffer = (buffer << width) | value;
    bits += width;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>((buffer >> bits) & 0xff);
      buffer &= (1U << bits) - 1;
    }
  }
  if (bits >= width || buffer != 0) {
    return std::nullopt;
  }
  return out;
}

std::string spell(std::string_view bytes, std::string_view alphabet, unsigned width) {
  std::string out;
  out.reserve((bytes.size() * 8 + width - 1) / width);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  const std::uint32_t mask = (1U << width) - 1;
  for (const char c : bytes) {
    buffer = (buffer << 8) | static_cast<std::uint8_t>(c);
    bits += 8;
    while (bits >= width) {
      bits -= width;
      out += alphabet[(buffer >> bits) & mask];
    }
    buffer &= (1U << bits) - 1;
  }
  if (bits > 0) {
    out += alphabet[(buffer << (width - bits)) & mask];
  }
  return out;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  return text.size() % 2 == 0 ? regroup(text, kFromHex, 4) : std::nullopt;
}

std::string to_base64(std::string_view bytes) {
  const std::size_t whole = bytes.size() / 3 * 3;
  std::string out(whole / 3 * 4, '\0');
  char* to = out.data();
  for (std::size_t i = 0; i < whole; i += 3) {
    const auto at = [&](std::size_t n) {
      return std::uint32_t{static_cast<std::uint8_t>(bytes[i + n])};
    };
    const std::uint32_t group = (at(0) << 16) | (at(1) << 8) | at(2);
    for (unsigned shift = 24; shift > 0; shift -= 6) {
      *to++ = kBase64[(group >> (shift - 6)) & 63];
    }
  }
  out += spell(bytes.substr(whole), kBase64, 6);
  while (out.size() % 4 != 0) {
    out += '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) {
    text.remove_suffix(1);
  }
  return regroup(text, kFromBase64, 6);
}

std::string to_base32(std::string_view bytes) {
  return spell(bytes, kBase32, 5);
}

std::optional<std::string> from_base32(std::string_view text) {
  return regroup(text, kFromBase32, 5);
}

std::string big_endian_64(std::uint64_t value) {
  std::string out(8, '\0');
  for (int i = 7; i >= 0; --i, value >>= 8) {
    out[static_cast<std::size_t>(i)] = static_cast<char>(value & 0xff);
  }
  return out;
}

std::string big_endian_16(std::uint16_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::uint64_t read_big_endian_64(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    value = (value << 8) | static_cast<std::uint8_t>(bytes[i]);
  }
  return value;
}

std::uint16_t read_big_endian_16(std::string_view bytes) {
  return static_cast<std::uint16_t>((static_cast<std::uint8_t>(bytes[0]) << 8) |
                                    static_cast<std::uint8_t>(bytes[1]));
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  if (text.empty() || text.size() > 20 || (text.size() > 1 && text[0] == '0')) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) {
      return std::nullopt;
    }
    value = value * 10 + digit;
  }
  return value;
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  const auto at = [&](std::size_t n) { return static_cast<std::uint8_t>(text[n]); };
  while (i < text.size()) {
    const std::uint8_t lead = at(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || i + more >= text.size()) {
      return false;
    }
    for (std::size_t k = 1; k <= more; ++k) {
      if ((at(i + k) & 0xc0) != 0x80) {
        return false;
      }
    }
    const std::uint8_t next = at(i + 1);
    if ((lead == 0xe0 && next < 0xa0) || (lead == 0xed && next > 0x9f) ||
        (lead == 0xf0 && next < 0x90) || (lead == 0xf4 && next > 0x8f)) {
      return false;
    }
    i += more + 1;
  }
  return true;
}

}  // namespace weir
