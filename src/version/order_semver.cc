// Semantic Versioning and its relatives: numbers, then a pre-release that makes older.
#include <string>

#include "version/order.h"

namespace weir::version {
namespace {

enum class Case : std::uint8_t { counts, ignored };

/// "1.2.3-rc.1+linux" cut up. Numbers stay in `numbers`, dots and all, and are read one by one.
struct Parts {
  std::string_view numbers;
  std::string_view pre;
  std::string_view build;
};

Parts split(std::string_view text, int most_numbers) {
  if (text.starts_with('v') || text.starts_with('V')) {
    text.remove_prefix(1);
  }
  Parts parts;
  const std::size_t plus = text.find('+');
  if (plus != text.npos) {
    parts.build = text.substr(plus + 1);
    text = text.substr(0, plus);
  }
  std::size_t at = 0;
  for (int number = 0; number < most_numbers;) {
    const std::size_t start = at;
    while (at < text.size() && is_digit(text[at])) {
      ++at;
    }
    number += at > start ? 1 : 0;  // "1..2" is 1.2
    if (number == most_numbers || at == text.size() || text[at] != '.') {
      break;
    }
    ++at;
  }
  parts.numbers = text.substr(0, at);
  parts.pre = text.substr(at);
  take(parts.pre, "-");
  return parts;
}

Order compare_numbers(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    take_while(a, [](char c) { return c == '.'; });
    take_while(b, [](char c) { return c == '.'; });
    const Order order = compare_number(take_digits(a), take_digits(b));
    if (order != kSame) {
      return order;
    }
  }
  return kSame;
}

Order compare_words(std::string_view a, std::string_view b, Case letters) {
  if (letters == Case::counts) {
    return compare_text(a, b);
  }
  return std::lexicographical_compare_three_way(
      a.begin(), a.end(), b.begin(), b.end(), [](char left, char right) {
        return static_cast<unsigned char>(lower(left)) <=> static_cast<unsigned char>(lower(right));
      });
}

/// Clause 11.4: numbers by size and before words, words by bytes, more fields after fewer.
Order compare_fields(std::string_view a, std::string_view b, Case letters) {
  bool a_ends = false;
  bool b_ends = false;
  while (!a_ends && !b_ends) {
    a_ends = !a.contains('.');
    b_ends = !b.contains('.');
    const std::string_view left = take_until(a, '.');
    const std::string_view right = take_until(b, '.');
    const bool left_number = is_number(left);
    const bool right_number = is_number(right);
    Order order = kSame;
    if (left_number && right_number) {
      order = compare_number(left, right);
    } else if (left_number != right_number) {
      order = left_number ? kLess : kGreater;
    } else {
      order = compare_words(left, right, letters);
    }
    if (order != kSame) {
      return order;
    }
  }
  return b_ends <=> a_ends;
}

Order compare_parts(const Parts& a, const Parts& b, Case letters) {
  const Order order = compare_numbers(a.numbers, b.numbers);
  if (order != kSame) {
    return order;
  }
  if (a.pre.empty() || b.pre.empty()) {
    return a.pre.empty() <=> b.pre.empty();  // clause 11.3: a pre-release is older
  }
  return compare_fields(a.pre, b.pre, letters);
}

}  // namespace

Order compare_semver(std::string_view a, std::string_view b) {
  return compare_parts(split(a, 3), split(b, 3), Case::counts);
}

Order compare_nuget(std::string_view a, std::string_view b) {
  return compare_parts(split(a, 4), split(b, 4), Case::ignored);
}

Order compare_pub(std::string_view a, std::string_view b) {
  const Parts left = split(a, 3);
  const Parts right = split(b, 3);
  const Order order = compare_parts(left, right, Case::counts);
  if (order != kSame) {
    return order;
  }
  if (left.build.empty() || right.build.empty()) {
    return right.build.empty() <=> left.build.empty();
  }
  return compare_fields(left.build, right.build, Case::counts);
}

}  // namespace weir::version
