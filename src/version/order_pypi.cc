// Python: PEP 440, and the order that setuptools had before it for what PEP 440 does not allow.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "version/order.h"

namespace weir::version {
namespace {

/// A version of PEP 440. Numbers are digits of the text; an absent one is "0" (empty).
struct Pep440 {
  std::string_view epoch;
  std::string_view release;  // "1.2.0"
  int pre = 3;               // 0: before every pre-release; 1 a, 2 b, 3 rc; kNoPre: none
  std::string_view pre_number;
  bool has_post = false;
  std::string_view post;
  bool has_dev = false;
  std::string_view dev;
  bool has_local = false;
  std::string_view local;
};
constexpr int kBeforePre = 0;
constexpr int kNoPre = 4;

struct Word {
  std::string_view text;
  int rank;
};
// The longer of two with the same start comes first.
constexpr std::array kPre = std::to_array<Word>({{"alpha", 1},
                                                 {"a", 1},
                                                 {"beta", 2},
                                                 {"b", 2},
                                                 {"c", 3},
                                                 {"rc", 3},
                                                 {"preview", 3},
                                                 {"pre", 3}});
constexpr std::array kPost = std::to_array<Word>({{"post", 1}, {"rev", 1}, {"r", 1}});
constexpr std::array kDev = std::to_array<Word>({{"dev", 1}});

bool is_separator(char c) {
  return c == '.' || c == '-' || c == '_';
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::ranges::equal(text.substr(0, word.size()), word, {}, lower);
}

/// "[-_.]? WORD [-_.]? digits?" off the start of `text`: the word's rank and the digits.
template <class Words>
std::optional<int> take_segment(std::string_view& text, const Words& words,
                                std::string_view& digits) {
  std::string_view rest = text;
  if (!rest.empty() && is_separator(rest.front())) {
    rest.remove_prefix(1);
  }
  for (const Word& word : words) {
    if (!starts_with_word(rest, word.text)) {
      continue;
    }
    rest.remove_prefix(word.text.size());
    if (rest.size() > 1 && is_separator(rest.front()) && is_digit(rest[1])) {
      rest.remove_prefix(1);
    }
    digits = take_digits(rest);
    text = rest;
    return word.rank;
  }
  return std::nullopt;
}

bool is_local(std::string_view text) {
  bool wants_more = true;
  for (const char c : text) {
    if (is_digit(c) || is_letter(c)) {
      wants_more = false;
    } else if (is_separator(c) && !wants_more) {
      wants_more = true;
    } else {
      return false;
    }
  }
  return !wants_more;
}

std::string_view take_release(std::string_view& text) {
  std::size_t size = 0;
  while (true) {
    while (size < text.size() && is_digit(text[size])) {
      ++size;
    }
    if (size + 1 >= text.size() || text[size] != '.' || !is_digit(text[size + 1])) {
      break;
    }
    ++size;
  }
  const std::string_view release = text.substr(0, size);
  text.remove_prefix(size);
  return release;
}

void take_post(std::string_view& text, Pep440& version) {
  if (text.size() > 1 && text[0] == '-' && is_digit(text[1])) {  // the implicit one: "1.0-1"
    text.remove_prefix(1);
    version.post = take_digits(text);
    version.has_post = true;
    return;
  }
  version.has_post = take_segment(text, kPost, version.post).has_value();
}

std::optional<Pep440> parse(std::string_view text) {
  Pep440 version;
  if (text.starts_with('v') || text.starts_with('V')) {
    text.remove_prefix(1);
  }
  std::string_view rest = text;
  const std::string_view epoch = take_digits(rest);
  if (!epoch.empty() && take(rest, "!")) {
    version.epoch = epoch;
    text = rest;
  }
  version.release = take_release(text);
  if (version.release.empty()) {
    return std::nullopt;
  }
  version.pre = take_segment(text, kPre, version.pre_number).value_or(kNoPre);
  take_post(text, version);
  version.has_dev = take_segment(text, kDev, version.dev).has_value();
  if (take(text, "+")) {
    if (!is_local(text)) {
      return std::nullopt;
    }
    version.has_local = true;
    version.local = text;
    text = {};
  }
  if (!text.empty()) {
    return std::nullopt;
  }
  if (version.pre == kNoPre && !version.has_post && version.has_dev) {
    version.pre = kBeforePre;  // 1.0.dev1 is older than 1.0a1
  }
  return version;
}

Order compare_release(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    const Order order = compare_number(take_until(a, '.'), take_until(b, '.'));
    if (order != kSame) {
      return order;
    }
  }
  return kSame;
}

std::string_view take_local(std::string_view& text) {
  const std::string_view field = take_while(text, [](char c) { return !is_separator(c); });
  if (!text.empty()) {
    text.remove_prefix(1);
  }
  return field;
}

/// "Local version identifiers": words by bytes and before numbers, longer after shorter.
Order compare_local(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const std::string_view left = take_local(a);
    const std::string_view right = take_local(b);
    const bool left_number = is_number(left);
    Order order = left_number <=> is_number(right);
    if (order == kSame) {
      order = left_number ? compare_number(left, right)
                          : Order(std::lexicographical_compare_three_way(
                                left.begin(), left.end(), right.begin(), right.end(),
                                [](char x, char y) { return lower(x) <=> lower(y); }));
    }
    if (order != kSame) {
      return order;
    }
  }
  return !a.empty() <=> !b.empty();
}

Order compare_pep440(const Pep440& a, const Pep440& b) {
  Order order = compare_number(a.epoch, b.epoch);
  order = order != kSame ? order : compare_release(a.release, b.release);
  order = order != kSame ? order : Order(a.pre <=> b.pre);
  order = order != kSame ? order : compare_number(a.pre_number, b.pre_number);
  order = order != kSame ? order : Order(a.has_post <=> b.has_post);
  order = order != kSame ? order : compare_number(a.post, b.post);
  order = order != kSame ? order : Order(b.has_dev <=> a.has_dev);
  order = order != kSame ? order : compare_number(a.dev, b.dev);
  order = order != kSame ? order : Order(a.has_local <=> b.has_local);
  return order != kSame ? order : compare_local(a.local, b.local);
}

/// setuptools before 8.0: words and numbers as text, padded so that texts sort as numbers do.
class Legacy {
 public:
  explicit Legacy(std::string_view text) {
    while (!text.empty()) {
      if (is_digit(text.front())) {
        add_number(take_digits(text));
      } else if (is_letter(text.front())) {
        add_word(take_letters(text));
      } else {
        add_mark(take_while(text, [](char c) { return !is_digit(c) && !is_letter(c); }));
      }
    }
    add("*final");
  }
  const std::vector<std::string>& key() const { return key_; }

 private:
  static constexpr std::string_view kZero = "00000000";

  void add_number(std::string_view digits) {
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    std::string padded(kZero.size() - std::min(kZero.size(), digits.size()), '0');
    key_.push_back(padded.append(digits));
  }
  void add_word(std::string_view letters) {
    std::string word(letters.size(), ' ');
    std::ranges::transform(letters, word.begin(), lower);
    if (word == "pre" || word == "preview" || word == "rc") {
      word = "c";
    } else if (word == "dev") {
      word = "@";
    }
    add("*" + word);
  }
  void add_mark(std::string_view marks) {
    for (const char c : marks) {
      if (c == '-') {
        add("*final-");
      } else if (c != '.') {
        add(std::string("*") + c);
      }
    }
  }
  void add(std::string part) {
    if (part < "*final") {  // a pre-release takes away the hyphen before it
      while (!key_.empty() && key_.back() == "*final-") {
        key_.pop_back();
      }
    }
    while (!key_.empty() && key_.back() == kZero) {  // trailing zeros of each run of numbers
      key_.pop_back();
    }
    key_.push_back(std::move(part));
  }
  std::vector<std::string> key_;
};

std::string_view strip(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\r\f\v";
  const std::size_t first = std::min(text.find_first_not_of(kSpace), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

}  // namespace

Order compare_pypi(std::string_view a, std::string_view b) {
  const auto left = parse(strip(a));
  const auto right = parse(strip(b));
  if (left && right) {
    return compare_pep440(*left, *right);
  }
  if (left || right) {
    return left.has_value() <=> right.has_value();
  }
  return Legacy(a).key() <=> Legacy(b).key();
}

}  // namespace weir::version
