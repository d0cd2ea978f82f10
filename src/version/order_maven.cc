// Maven: the POM reference's "Version Order Specification", as ComparableVersion of Maven 3.9 does.
#include <array>

#include <boost/container/small_vector.hpp>

#include "version/order.h"

namespace weir::version {
namespace {

/// One number or qualifier, with what stands before it. ".X" of a qualifier X is "-X".
struct Token {
  std::string_view text;  // as written; a number has no leading zeros
  enum class Kind : std::uint8_t { qualifier, dash_number, dot_number } kind = Kind::qualifier;
  int rank = 0;  // of a qualifier: its place in the order, kRelease for none
};
using Tokens = boost::container::small_vector<Token, 16>;

struct Qualifier {
  std::string_view text;
  int rank;
};
constexpr int kRelease = 6;
constexpr int kUnknown = 8;  // after all known ones, by bytes
constexpr std::array kQualifiers = std::to_array<Qualifier>({
    {"alpha", 1},
    {"beta", 2},
    {"milestone", 3},
    {"rc", 4},
    {"cr", 4},
    {"snapshot", 5},
    {"", kRelease},
    {"ga", kRelease},
    {"final", kRelease},
    {"release", kRelease},
    {"sp", 7},
});
// Only directly before a number.
constexpr std::array kShort = std::to_array<Qualifier>({{"a", 1}, {"b", 2}, {"m", 3}});

bool is_same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

template <class List>
int rank_in(const List& list, std::string_view word) {
  for (const Qualifier& known : list) {
    if (is_same_word(word, known.text)) {
      return known.rank;
    }
  }
  return kUnknown;
}

bool is_null(const Token& token) {
  return token.kind == Token::Kind::qualifier ? token.rank == kRelease : token.text.empty();
}

Token number(std::string_view digits, char before) {
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return {.text = digits,
          .kind = before == '.' ? Token::Kind::dot_number : Token::Kind::dash_number};
}

Token qualifier(std::string_view word, bool before_number) {
  int rank = rank_in(kQualifiers, word);
  if (rank == kUnknown && before_number) {
    rank = rank_in(kShort, word);
  }
  return {.text = word, .kind = Token::Kind::qualifier, .rank = rank};
}

/// Nulls at the end, and before each hyphen that is left, do not count.
void trim(Tokens& tokens) {
  for (std::size_t end = tokens.size(); end > 1;) {
    if (is_null(tokens[end - 1])) {
      tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(end - 1));
      --end;
      continue;
    }
    while (end > 0 && tokens[end - 1].kind == Token::Kind::dot_number) {
      --end;
    }
    end = end > 0 ? end - 1 : 0;
  }
}

Tokens split(std::string_view text) {
  Tokens tokens;
  char before = '.';  // the first one
  while (true) {
    if (text.empty() || text.front() == '.' || text.front() == '-') {
      tokens.push_back(number("", before));  // nothing between two separators is 0
    } else if (is_digit(text.front())) {
      tokens.push_back(number(take_digits(text), before));
    } else {
      const auto word =
          take_while(text, [](char c) { return !is_digit(c) && c != '.' && c != '-'; });
      tokens.push_back(qualifier(word, !text.empty() && is_digit(text.front())));
    }
    if (text.empty()) {
      break;
    }
    before = '-';  // a change between digits and letters is a hyphen
    if (text.front() == '.' || text.front() == '-') {
      before = text.front();
      text.remove_prefix(1);
    }
  }
  trim(tokens);
  return tokens;
}

Order compare_qualifiers(const Token& a, const Token& b) {
  if (a.rank != b.rank || a.rank != kUnknown) {
    return a.rank <=> b.rank;
  }
  return std::lexicographical_compare_three_way(
      a.text.begin(), a.text.end(), b.text.begin(), b.text.end(), [](char left, char right) {
        return static_cast<unsigned char>(lower(left)) <=> static_cast<unsigned char>(lower(right));
      });
}

Order compare_tokens(const Token& a, const Token& b) {
  using Kind = Token::Kind;
  if (a.kind == Kind::qualifier && b.kind == Kind::qualifier) {
    return compare_qualifiers(a, b);
  }
  if (a.kind == b.kind) {
    return compare_number(a.text, b.text);
  }
  // "-0" is no number here but nothing, which has a place among the qualifiers.
  if (a.kind == Kind::dash_number && b.kind == Kind::qualifier && a.text.empty()) {
    return kRelease <=> b.rank;
  }
  if (b.kind == Kind::dash_number && a.kind == Kind::qualifier && b.text.empty()) {
    return a.rank <=> kRelease;
  }
  return a.kind <=> b.kind;
}

/// What stands for a token that is missing opposite `other`.
Token nothing_like(const Token& other) {
  return {.text = {},
          .kind = other.kind == Token::Kind::dot_number ? Token::Kind::dot_number
                                                        : Token::Kind::qualifier,
          .rank = kRelease};
}

}  // namespace

Order compare_maven(std::string_view a, std::string_view b) {
  const Tokens left = split(a);
  const Tokens right = split(b);
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const Token& one = i < left.size() ? left[i] : nothing_like(right[i]);
    const Token& two = i < right.size() ? right[i] : nothing_like(left[i]);
    const Order order = compare_tokens(one, two);
    if (order != kSame) {
      return order;
    }
  }
  return kSame;
}

}  // namespace weir::version
