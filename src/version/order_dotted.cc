// Dotted versions with few rules: RubyGems, PHP, R, Haskell, Conan, OpenSSL, and those of nobody.
#include <array>

#include "version/order.h"

namespace weir::version {
namespace {

constexpr bool is_dot_or_dash(char c) {
  return c == '.' || c == '-';
}

// ---- RubyGems ----

/// One number or word of a gem's version; "-" reads as ".pre.".
struct Segment {
  std::string_view text;
  bool is_word = false;
};

/// Walks the segments as Gem::Version does: zeros before the first word and at the end are gone.
class Segments {
 public:
  explicit Segments(std::string_view text) : rest_(text) {}

  /// The next one; an empty number when there are no more.
  Segment next() {
    if (zeros_ > 0) {
      --zeros_;
      return {};
    }
    if (has_kept_) {
      has_kept_ = false;
      return kept_;
    }
    Segment segment;
    std::size_t zeros = 0;
    while (read(segment) && is_zero(segment)) {
      ++zeros;
    }
    // Zeros count only if a number (or, after the first word, anything) follows them.
    if (zeros == 0 || segment.text.empty() || (segment.is_word && !seen_word_)) {
      seen_word_ = seen_word_ || segment.is_word;
      return segment;
    }
    seen_word_ = seen_word_ || segment.is_word;
    zeros_ = zeros - 1;
    kept_ = segment;
    has_kept_ = true;
    return {};
  }
  bool is_done() const { return zeros_ == 0 && !has_kept_ && rest_.empty(); }

 private:
  static bool is_zero(const Segment& segment) {
    return !segment.is_word && segment.text.find_first_not_of('0') == segment.text.npos;
  }
  bool read(Segment& segment) {
    segment = {};
    while (!rest_.empty()) {
      if (is_digit(rest_.front())) {
        segment.text = take_digits(rest_);
        return true;
      }
      if (is_letter(rest_.front())) {
        segment = {.text = take_letters(rest_), .is_word = true};
        return true;
      }
      const bool is_dash = rest_.front() == '-';
      rest_.remove_prefix(1);
      if (is_dash) {
        segment = {.text = "pre", .is_word = true};
        return true;
      }
    }
    return false;
  }

  std::string_view rest_;
  Segment kept_;
  std::size_t zeros_ = 0;
  bool has_kept_ = false;
  bool seen_word_ = false;
};

// ---- PHP ----

/// The next number or word of version_compare()'s canonical form; "" at the end.
std::string_view take_php(std::string_view& text) {
  take_while(text, [](char c) { return c == '.' || c == '-' || c == '_' || c == '+'; });
  if (!text.empty() && is_digit(text.front())) {
    return take_digits(text);
  }
  return take_while(
      text, [](char c) { return !is_digit(c) && c != '.' && c != '-' && c != '_' && c != '+'; });
}

/// Words by their first letters; "#" is the place of a number. Unknown words are as "dev".
int php_weight(std::string_view part) {
  constexpr std::array<std::string_view, 7> kOrder = {"dev", "a", "b", "rc", "RC", "#", "p"};
  constexpr std::array<int, 7> kWeight = {0, 1, 2, 3, 3, 4, 5};
  if (is_number(part)) {
    return 4;
  }
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    if (part.starts_with(kOrder[i])) {
      return kWeight[i];
    }
  }
  return 0;
}

std::string_view without_v(std::string_view text) {
  if (text.starts_with('v') || text.starts_with('V')) {
    text.remove_prefix(1);
  }
  return text;
}

// ---- Conan ----

std::string_view take_after(std::string_view& text, char mark) {
  const std::size_t at = text.rfind(mark);
  if (at == text.npos) {
    return {};
  }
  const std::string_view after = text.substr(at + 1);
  text = text.substr(0, at);
  return after;
}

std::string_view without_zeros(std::string_view items) {
  while (!items.empty()) {
    const std::size_t dot = items.rfind('.');
    const std::string_view last = items.substr(dot == items.npos ? 0 : dot + 1);
    if (!is_number(last) || last.find_first_not_of('0') != last.npos) {
      break;
    }
    items = items.substr(0, dot == items.npos ? 0 : dot);
  }
  return items;
}

Order compare_conan_items(std::string_view a, std::string_view b) {
  a = without_zeros(a);
  b = without_zeros(b);
  while (!a.empty() && !b.empty()) {
    const std::string_view left = take_until(a, '.');
    const std::string_view right = take_until(b, '.');
    const bool left_number = is_number(left);
    Order order = is_number(right) <=> left_number;  // numbers first
    if (order == kSame) {
      order = left_number ? compare_number(left, right) : compare_text(left, right);
    }
    if (order != kSame) {
      return order;
    }
  }
  return !a.empty() <=> !b.empty();
}

}  // namespace

Order compare_gem(std::string_view a, std::string_view b) {
  Segments left(a);
  Segments right(b);
  while (!left.is_done() || !right.is_done()) {
    const Segment one = left.next();
    const Segment two = right.next();
    Order order = two.is_word <=> one.is_word;  // a word is older than a number or nothing
    if (order == kSame) {
      order = one.is_word ? compare_text(one.text, two.text) : compare_number(one.text, two.text);
    }
    if (order != kSame) {
      return order;
    }
  }
  return kSame;
}

Order compare_composer(std::string_view a, std::string_view b) {
  a = without_v(a);
  b = without_v(b);
  while (true) {
    const std::string_view left = take_php(a);
    const std::string_view right = take_php(b);
    if (left.empty() && right.empty()) {
      return kSame;
    }
    if (is_number(left) && is_number(right)) {
      const Order order = compare_number(left, right);
      if (order != kSame) {
        return order;
      }
      continue;
    }
    if (left.empty() || right.empty()) {
      // A number more is newer; a word more counts against the place of a number.
      const std::string_view more = left.empty() ? right : left;
      const Order order = is_number(more) ? kGreater : Order(php_weight(more) <=> 4);
      if (order != kSame) {
        return left.empty() ? reversed(order) : order;
      }
      continue;
    }
    const Order order = php_weight(left) <=> php_weight(right);
    if (order != kSame) {
      return order;
    }
  }
}

Order compare_numbers(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const std::string_view left = take_while(a, [](char c) { return !is_dot_or_dash(c); });
    const std::string_view right = take_while(b, [](char c) { return !is_dot_or_dash(c); });
    Order order = is_number(left) <=> is_number(right);  // what is no number is older
    if (order == kSame) {
      order = is_number(left) ? compare_number(left, right) : compare_text(left, right);
    }
    if (order != kSame) {
      return order;
    }
    take_while(a, is_dot_or_dash);
    take_while(b, is_dot_or_dash);
  }
  return !a.empty() <=> !b.empty();
}

Order compare_conan(std::string_view a, std::string_view b) {
  const std::string_view build_a = take_after(a, '+');
  const std::string_view build_b = take_after(b, '+');
  const bool has_pre_a = a.contains('-');
  const bool has_pre_b = b.contains('-');
  const std::string_view pre_a = take_after(a, '-');
  const std::string_view pre_b = take_after(b, '-');
  Order order = compare_conan_items(a, b);
  order = order != kSame ? order : Order(has_pre_b <=> has_pre_a);
  order = order != kSame ? order : compare_conan_items(pre_a, pre_b);
  return order != kSame ? order : compare_conan_items(build_a, build_b);
}

Order compare_openssl(std::string_view a, std::string_view b) {
  constexpr auto kNumbers = [](char c) { return is_digit(c) || c == '.'; };
  std::string_view left = take_while(a, kNumbers);
  std::string_view right = take_while(b, kNumbers);
  while (!left.empty() || !right.empty()) {
    const Order order = compare_number(take_until(left, '.'), take_until(right, '.'));
    if (order != kSame) {
      return order;
    }
  }
  const Order order = compare_text(take_while(a, is_lower), take_while(b, is_lower));
  if (order != kSame) {
    return order;
  }
  if (a.empty() || b.empty()) {
    return a.empty() <=> b.empty();  // "-beta1" and "-pre1" are older
  }
  return compare_natural(a, b);
}

Order compare_natural(std::string_view a, std::string_view b) {
  constexpr auto kMark = [](char c) { return !is_digit(c) && !is_letter(c); };
  while (true) {
    take_while(a, kMark);
    take_while(b, kMark);
    if (a.empty() || b.empty()) {
      return !a.empty() <=> !b.empty();
    }
    const std::string_view left_digits = take_digits(a);
    const std::string_view right_digits = take_digits(b);
    Order order = right_digits.empty() <=> left_digits.empty();  // words before numbers
    if (order == kSame) {
      order = left_digits.empty() ? compare_text(take_letters(a), take_letters(b))
                                  : compare_number(left_digits, right_digits);
    }
    if (order != kSame) {
      return order;
    }
  }
}

}  // namespace weir::version
