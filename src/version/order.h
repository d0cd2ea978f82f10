// Inside of src/version: the rules of order, and the few steps that they share.
#pragma once

#include <algorithm>
#include <compare>
#include <string_view>

namespace weir::version {

using Order = std::weak_ordering;
inline constexpr Order kSame = Order::equivalent;
inline constexpr Order kLess = Order::less;
inline constexpr Order kGreater = Order::greater;

Order compare_semver(std::string_view a, std::string_view b);
Order compare_pub(std::string_view a, std::string_view b);
Order compare_nuget(std::string_view a, std::string_view b);
Order compare_pypi(std::string_view a, std::string_view b);
Order compare_maven(std::string_view a, std::string_view b);
Order compare_gem(std::string_view a, std::string_view b);
Order compare_composer(std::string_view a, std::string_view b);
Order compare_deb(std::string_view a, std::string_view b);
Order compare_rpm(std::string_view a, std::string_view b);
Order compare_alpm(std::string_view a, std::string_view b);
Order compare_apk(std::string_view a, std::string_view b);
Order compare_gentoo(std::string_view a, std::string_view b);
Order compare_conan(std::string_view a, std::string_view b);
Order compare_openssl(std::string_view a, std::string_view b);
Order compare_numbers(std::string_view a, std::string_view b);
Order compare_natural(std::string_view a, std::string_view b);

// Characters: ASCII only, whatever the locale.

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_letter(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}
constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

/// The longest start of `text` for which `belongs` holds, taken off it.
template <class Belongs>
std::string_view take_while(std::string_view& text, Belongs belongs) {
  std::size_t size = 0;
  while (size < text.size() && belongs(text[size])) {
    ++size;
  }
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}
inline std::string_view take_digits(std::string_view& text) {
  return take_while(text, is_digit);
}
inline std::string_view take_letters(std::string_view& text) {
  return take_while(text, is_letter);
}
/// `prefix` off the start of `text`, if it is there.
inline bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}
/// Everything before the first `end`, which is taken off too; or all.
inline std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + 1);
  return taken;
}

/// Strings by bytes.
inline Order compare_text(std::string_view a, std::string_view b) {
  return a.compare(b) <=> 0;
}

/// Digits as a number of any size; none is zero.
inline Order compare_number(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  return a.size() != b.size() ? Order(a.size() <=> b.size()) : compare_text(a, b);
}

/// Sorts. Some schemes break the laws of an order (version.h), and then std::sort may leave its
/// range; a heap does not, whatever it is told.
template <class Range, class Less>
void sort_safely(Range& range, Less less) {
  std::ranges::make_heap(range, less);
  std::ranges::sort_heap(range, less);
}

/// An order seen from the other side.
constexpr Order reversed(Order order) {
  return order == kSame ? kSame : order == kLess ? kGreater : kLess;
}

}  // namespace weir::version
