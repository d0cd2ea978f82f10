// Writing JSON: RFC 8785 and the indented form.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/json.h"

namespace weir::json {
namespace {

using Member = boost::json::key_value_pair;

constexpr std::int64_t kExactMost = std::int64_t{1} << 53;  // beyond it a double has gaps

/// Bytes that stand for themselves inside a string (RFC 8785 3.2.2.2).
constexpr std::array<bool, 256> plain_bytes() {
  std::array<bool, 256> plain{};
  for (std::size_t i = 0x20; i < plain.size(); ++i) {
    plain[i] = i != '"' && i != '\\';
  }
  return plain;
}
constexpr auto kPlain = plain_bytes();

void append_escape(std::string& out, char c) {
  constexpr std::string_view kShort = "\"\\\b\t\n\f\r";
  constexpr std::string_view kName = "\"\\btnfr";
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '\\';
  const std::size_t at = kShort.find(c);
  if (at != std::string_view::npos) {
    out += kName[at];
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

void append_integer(std::string& out, std::int64_t number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  out.append(digits.data(), end);
}

/// The digits and the decimal exponent that ECMAScript's Number::toString calls s and n: the value
/// is 0.s times ten to the n.
struct Decimal {
  std::array<char, 32> text;
  std::size_t count = 0;
  int exponent = 0;
};

Decimal shortest(double number) {
  std::array<char, 32> text;  // d.ddde-308
  const char* const begin = text.data();
  const char* const end =
      std::to_chars(text.begin(), text.end(), number, std::chars_format::scientific).ptr;
  const char* const e = std::find(begin, end, 'e');
  Decimal decimal;
  for (const char* at = begin; at < e; ++at) {
    if (*at != '.') {
      decimal.text[decimal.count++] = *at;
    }
  }
  std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, decimal.exponent);
  decimal.exponent += 1;
  return decimal;
}

/// ECMA-262 6.1.6.1.20 (Number::toString), radix 10; its steps in its order.
void append_double(std::string& out, double number) {
  if (number == 0) {
    out += '0';  // minus zero too
    return;
  }
  if (number < 0) {
    out += '-';
  }
  const Decimal decimal = shortest(std::abs(number));
  const std::string_view digits(decimal.text.data(), decimal.count);
  const int k = static_cast<int>(decimal.count);
  const int n = decimal.exponent;
  if (k <= n && n <= 21) {
    out += digits;
    out.append(static_cast<std::size_t>(n - k), '0');
  } else if (0 < n && n <= 21) {
    out += digits.substr(0, static_cast<std::size_t>(n));
    out += '.';
    out += digits.substr(static_cast<std::size_t>(n));
  } else if (-6 < n && n <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-n), '0');
    out += digits;
  } else {
    out += digits[0];
    if (k > 1) {
      out += '.';
      out += digits.substr(1);
    }
    out += n > 0 ? "e+" : "e-";
    append_integer(out, std::abs(n - 1));
  }
}

/// UTF-16 order of UTF-8 text: as bytes, but characters beyond U+FFFF (lead bytes f0 to f4, in
/// UTF-16 surrogates) come before U+E000 to U+FFFF (lead bytes ee and ef).
bool utf16_less(std::string_view a, std::string_view b) {
  const auto [at, bt] = std::ranges::mismatch(a, b);
  if (at == a.end() || bt == b.end()) {
    return at == a.end() && bt != b.end();
  }
  const auto rank = [](char c) {
    const int byte = static_cast<unsigned char>(c);
    return byte == 0xee || byte == 0xef ? byte + 16 : byte;  // past f4
  };
  return rank(*at) < rank(*bt);
}

bool member_less(const Member& a, const Member& b) {
  return utf16_less(a.key(), b.key());
}

void append_member(std::string& out, const Member& member) {
  append_canonical(out, std::string_view(member.key()));
  out += ':';
  append_canonical(out, member.value());
}

void append_object(std::string& out, const Object& object) {
  out += '{';
  const char* separator = "";
  if (std::ranges::is_sorted(object, member_less)) {  // as our own output is: nothing to allocate
    for (const Member& member : object) {
      out += separator;
      append_member(out, member);
      separator = ",";
    }
  } else {
    std::vector<const Member*> members;
    members.reserve(object.size());
    for (const Member& member : object) {
      members.push_back(&member);
    }
    std::ranges::sort(members, [](auto* a, auto* b) { return member_less(*a, *b); });
    for (const Member* member : members) {
      out += separator;
      append_member(out, *member);
      separator = ",";
    }
  }
  out += '}';
}

void append_array(std::string& out, const Array& array) {
  out += '[';
  const char* separator = "";
  for (const Value& element : array) {
    out += separator;
    append_canonical(out, element);
    separator = ",";
  }
  out += ']';
}

void append_line(std::string& out, std::size_t depth) {
  out += '\n';
  out.append(2 * depth, ' ');
}

void append_pretty(std::string& out, const Value& value, std::size_t depth) {
  if (const Object* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    const char* separator = "";
    for (const Member& member : *object) {
      out += separator;
      append_line(out, depth + 1);
      append_canonical(out, std::string_view(member.key()));
      out += ": ";
      append_pretty(out, member.value(), depth + 1);
      separator = ",";
    }
    append_line(out, depth);
    out += '}';
  } else if (const Array* array = value.if_array(); array != nullptr && !array->empty()) {
    out += '[';
    const char* separator = "";
    for (const Value& element : *array) {
      out += separator;
      append_line(out, depth + 1);
      append_pretty(out, element, depth + 1);
      separator = ",";
    }
    append_line(out, depth);
    out += ']';
  } else {
    append_canonical(out, value);
  }
}

}  // namespace

/// RFC 8785 knows doubles only: a larger integer loses its last digits, as in ECMAScript.
void append_canonical(std::string& out, std::int64_t number) {
  if (number >= -kExactMost && number <= kExactMost) {
    append_integer(out, number);
  } else {
    append_double(out, static_cast<double>(number));
  }
}

void append_canonical(std::string& out, std::string_view text) {
  out += '"';
  const char* from = text.data();
  const char* const end = from + text.size();
  for (const char* at = from; at != end; ++at) {
    if (!kPlain[static_cast<unsigned char>(*at)]) {
      out.append(from, at);
      append_escape(out, *at);
      from = at + 1;
    }
  }
  out.append(from, end);
  out += '"';
}

void append_canonical(std::string& out, const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      out += "null";
      return;
    case boost::json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      return;
    case boost::json::kind::int64:
      append_canonical(out, value.get_int64());
      return;
    case boost::json::kind::uint64:
      if (value.get_uint64() <= static_cast<std::uint64_t>(kExactMost)) {
        append_integer(out, static_cast<std::int64_t>(value.get_uint64()));
      } else {
        append_double(out, static_cast<double>(value.get_uint64()));
      }
      return;
    case boost::json::kind::double_:
      append_double(out, value.get_double());
      return;
    case boost::json::kind::string:
      append_canonical(out, std::string_view(value.get_string()));
      return;
    case boost::json::kind::array:
      append_array(out, value.get_array());
      return;
    case boost::json::kind::object:
      append_object(out, value.get_object());
      return;
  }
  std::unreachable();
}

std::string canonical(const Value& value) {
  std::string out;
  append_canonical(out, value);
  return out;
}

std::string pretty(const Value& value) {
  std::string out;
  append_pretty(out, value, 0);
  return out;
}

}  // namespace weir::json
