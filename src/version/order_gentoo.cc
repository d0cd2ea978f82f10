// Gentoo and Alpine: numbers, a letter, suffixes in a fixed order, a revision. Alike to read,
// different in detail: how zeros count, what a missing revision is, and what happens to the rest.
#include <array>
#include <cstdint>
#include <optional>

#include "version/order.h"

namespace weir::version {
namespace {

struct Suffix {
  std::string_view text;
  int rank;  // below 0: makes older
};
constexpr std::array kSuffixes = std::to_array<Suffix>({{"alpha", -4},
                                                        {"beta", -3},
                                                        {"pre", -2},
                                                        {"rc", -1},
                                                        {"cvs", 1},
                                                        {"svn", 2},
                                                        {"git", 3},
                                                        {"hg", 4},
                                                        {"p", 5}});

/// The suffix at the start of `text`, taken off; "pre" is not "p".
std::optional<int> take_suffix(std::string_view& text) {
  for (const Suffix& suffix : kSuffixes) {
    if (take(text, suffix.text)) {
      return suffix.rank;
    }
  }
  return std::nullopt;
}

// ---- Alpine ----

/// What may come next in an Alpine version. Of two versions that agree so far the one whose next
/// kind stands further down is the newer.
enum class Kind : std::uint8_t {
  invalid,  // what follows a dot and is no number: by its text; anything else: no further
  pre_suffix,
  end,
  revision,
  suffix_number,
  post_suffix,
  letter,
  digits,
};

/// Reads one version, a kind and its value at a time.
class Apk {
 public:
  explicit Apk(std::string_view text) : rest_(text) {}
  Kind kind() const { return kind_; }
  /// The value of the kind that is at hand, against the other's of the same kind.
  static Order compare_values(Apk& a, Apk& b);
  void advance();

 private:
  void after_suffix_mark();

  std::string_view rest_;
  Kind kind_ = Kind::digits;
  bool is_first_ = true;  // the first number: its zeros count for nothing
  int rank_ = 0;          // of the suffix at hand
};

Order Apk::compare_values(Apk& a, Apk& b) {
  switch (a.kind_) {
    case Kind::invalid:
      return compare_text(a.rest_, b.rest_);
    case Kind::end:
      return kSame;
    case Kind::letter: {
      const char left = a.rest_.front();
      const char right = b.rest_.front();
      a.rest_.remove_prefix(1);
      b.rest_.remove_prefix(1);
      return left <=> right;
    }
    case Kind::pre_suffix:
    case Kind::post_suffix:
      return a.rank_ <=> b.rank_;
    case Kind::digits:
      break;
    case Kind::revision:
    case Kind::suffix_number:
      return compare_number(take_digits(a.rest_), take_digits(b.rest_));
  }
  const std::string_view left = take_digits(a.rest_);
  const std::string_view right = take_digits(b.rest_);
  const bool counts_zeros = !a.is_first_ && (left.starts_with('0') || right.starts_with('0'));
  a.is_first_ = b.is_first_ = false;
  return counts_zeros ? compare_text(left, right) : compare_number(left, right);
}

void Apk::after_suffix_mark() {
  const auto rank = take_suffix(rest_);
  rank_ = rank.value_or(0);
  rest_ = rank ? rest_ : "";
  kind_ = !rank ? Kind::invalid : *rank < 0 ? Kind::pre_suffix : Kind::post_suffix;
}

void Apk::advance() {
  const bool is_suffix = kind_ == Kind::pre_suffix || kind_ == Kind::post_suffix;
  if (rest_.empty()) {
    kind_ = Kind::end;
  } else if (kind_ == Kind::digits && is_lower(rest_.front())) {
    kind_ = Kind::letter;
  } else if (kind_ == Kind::letter && is_digit(rest_.front())) {
    kind_ = Kind::digits;  // "6.6.2p1"
  } else if (is_suffix && is_digit(rest_.front())) {
    kind_ = Kind::suffix_number;
  } else if (kind_ == Kind::digits && take(rest_, ".")) {
    kind_ = !rest_.empty() && is_digit(rest_.front()) ? Kind::digits : Kind::invalid;
  } else if (kind_ != Kind::revision && take(rest_, "_")) {
    after_suffix_mark();
  } else if (kind_ != Kind::revision && take(rest_, "-r")) {
    kind_ = Kind::revision;
  } else {
    rest_ = {};
    kind_ = Kind::invalid;
  }
}

// ---- Gentoo ----

struct Gentoo {
  std::string_view numbers;  // "1.02.3"
  char letter = 0;
  std::string_view suffixes;  // "_rc1_p2"
  std::string_view revision;  // digits; absent is 0
  std::string_view rest;      // what does not belong to a version
};

Gentoo split_gentoo(std::string_view text) {
  Gentoo version;
  version.numbers = take_while(text, [](char c) { return is_digit(c) || c == '.'; });
  if (!text.empty() && is_lower(text.front())) {
    version.letter = text.front();
    text.remove_prefix(1);
  }
  const std::string_view from_suffixes = text;
  while (text.starts_with('_')) {
    std::string_view after = text.substr(1);
    if (!take_suffix(after)) {
      break;
    }
    take_digits(after);
    text = after;
  }
  version.suffixes = from_suffixes.substr(0, from_suffixes.size() - text.size());
  if (take(text, "-r")) {
    version.revision = take_digits(text);
  }
  version.rest = text;
  return version;
}

std::string_view without_trailing_zeros(std::string_view digits) {
  return digits.substr(0, digits.find_last_not_of('0') + 1);
}

/// PMS algorithms 3.2 and 3.3: after the first, a number with a leading zero is a fraction.
Order compare_gentoo_numbers(std::string_view a, std::string_view b) {
  bool is_first = true;
  while (!a.empty() && !b.empty()) {
    const std::string_view left = take_until(a, '.');
    const std::string_view right = take_until(b, '.');
    const bool fraction = !is_first && (left.starts_with('0') || right.starts_with('0'));
    const Order order =
        fraction ? compare_text(without_trailing_zeros(left), without_trailing_zeros(right))
                 : compare_number(left, right);
    if (order != kSame) {
      return order;
    }
    is_first = false;
  }
  return !a.empty() <=> !b.empty();
}

/// PMS algorithms 3.5 and 3.6. The texts hold known suffixes only.
Order compare_suffixes(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    const int left = take(a, "_") ? take_suffix(a).value_or(0) : 0;
    const int right = take(b, "_") ? take_suffix(b).value_or(0) : 0;
    if (left != right) {
      return left <=> right;
    }
    const Order order = compare_number(take_digits(a), take_digits(b));
    if (order != kSame) {
      return order;
    }
  }
  return kSame;
}

}  // namespace

Order compare_apk(std::string_view a, std::string_view b) {
  Apk left(a);
  Apk right(b);
  while (left.kind() == right.kind()) {
    const Kind kind = left.kind();
    const Order order = Apk::compare_values(left, right);
    if (order != kSame || kind == Kind::end || kind == Kind::invalid) {
      return order;
    }
    left.advance();
    right.advance();
  }
  return left.kind() <=> right.kind();
}

Order compare_gentoo(std::string_view a, std::string_view b) {
  const Gentoo left = split_gentoo(a);
  const Gentoo right = split_gentoo(b);
  Order order = compare_gentoo_numbers(left.numbers, right.numbers);
  order = order != kSame ? order : Order(left.letter <=> right.letter);
  order = order != kSame ? order : compare_suffixes(left.suffixes, right.suffixes);
  order = order != kSame ? order : compare_number(left.revision, right.revision);
  return order != kSame ? order : compare_text(left.rest, right.rest);
}

}  // namespace weir::version
