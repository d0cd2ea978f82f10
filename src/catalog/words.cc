#include "catalog/words.h"

#include <algorithm>
#include <vector>

namespace weir::catalog {
namespace {

/// The length of the character at the front, and its code point; broken bytes are one each.
struct Character {
  std::size_t size = 1;
  char32_t point = 0;
};

Character front(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const auto rest = [&](std::size_t i) { return static_cast<char32_t>(byte(i) & 0x3fU); };
  if (first >= 0xf0 && text.size() >= 4) {
    return {4, ((first & 0x07U) << 18U) | (rest(1) << 12U) | (rest(2) << 6U) | rest(3)};
  }
  if (first >= 0xe0 && first < 0xf0 && text.size() >= 3) {
    return {3, ((first & 0x0fU) << 12U) | (rest(1) << 6U) | rest(2)};
  }
  if (first >= 0xc0 && first < 0xe0 && text.size() >= 2) {
    return {2, ((first & 0x1fU) << 6U) | rest(1)};
  }
  return {1, first};
}

/// Han, kana and hangul: written without spaces between words.
bool is_joined(char32_t point) {
  return (point >= 0x3040 && point <= 0x30ff) || (point >= 0x3400 && point <= 0x4dbf) ||
         (point >= 0x4e00 && point <= 0x9fff) || (point >= 0xac00 && point <= 0xd7af) ||
         (point >= 0xf900 && point <= 0xfaff) || (point >= 0x20000 && point <= 0x3ffff);
}

/// Takes the run of joined characters at the front of `text`.
std::vector<std::string_view> take_run(std::string_view& text) {
  std::vector<std::string_view> run;
  while (!text.empty()) {
    const Character character = front(text);
    if (!is_joined(character.point)) {
      break;
    }
    run.push_back(text.substr(0, character.size));
    text.remove_prefix(character.size);
  }
  return run;
}

void append_pairs(std::string& into, const std::vector<std::string_view>& run) {
  if (run.size() == 1) {
    into += run.front();
  }
  for (std::size_t i = 0; i + 1 < run.size(); ++i) {
    into += i == 0 ? "" : " ";
    into += run[i];
    into += run[i + 1];
  }
}

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Term {
  std::string phrase;  // words with spaces between
  bool is_excluded = false;
  bool is_open = false;  // the beginning of a word
};

/// The words of a term: "log4j-core" is a phrase of two.
std::string phrase_of(std::string_view text) {
  std::string words;
  append_words(words, text);
  std::string phrase;
  for (const char c : words) {
    if (is_word_byte(c)) {
      phrase += c;
    } else if (!phrase.empty() && phrase.back() != ' ') {
      phrase += ' ';
    }
  }
  while (phrase.ends_with(' ')) {
    phrase.pop_back();
  }
  return phrase;
}

bool is_lone_character(std::string_view phrase) {
  const Character character = phrase.empty() ? Character{} : front(phrase);
  return !phrase.empty() && character.size == phrase.size() && is_joined(character.point);
}

std::vector<Term> terms_of(std::string_view typed) {
  std::vector<Term> terms;
  while (!typed.empty() && terms.size() < kMostQueryWords) {
    if (typed.front() == ' ' || typed.front() == '\t' || typed.front() == '\n') {
      typed.remove_prefix(1);
      continue;
    }
    Term term;
    if (typed.size() > 1 && typed.front() == '-') {
      term.is_excluded = true;
      typed.remove_prefix(1);
    }
    if (typed.front() == '"') {
      typed.remove_prefix(1);
      const std::size_t end = std::min(typed.find('"'), typed.size());
      term.phrase = phrase_of(typed.substr(0, end));
      typed.remove_prefix(std::min(end + 1, typed.size()));
    } else {
      const std::size_t end = std::min(typed.find_first_of(" \t\n"), typed.size());
      term.phrase = phrase_of(typed.substr(0, end));
      typed.remove_prefix(end);
      term.is_open = typed.empty();  // somebody may still be typing it
    }
    term.is_open = term.is_open || is_lone_character(term.phrase);
    if (!term.phrase.empty()) {
      terms.push_back(std::move(term));
    }
  }
  return terms;
}

}  // namespace

void append_words(std::string& into, std::string_view text) {
  if (!into.empty()) {
    into += '\n';
  }
  while (!text.empty() && into.size() < kMostWordBytes) {
    // Everything below U+3000 begins with a lesser byte.
    const auto joined =
        std::ranges::find_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0xe3; });
    auto plain = static_cast<std::size_t>(joined - text.begin());
    plain = std::min(plain, kMostWordBytes - into.size());
    into += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty() || into.size() >= kMostWordBytes) {
      break;
    }
    if (const auto run = take_run(text); !run.empty()) {
      into += ' ';
      append_pairs(into, run);
      into += ' ';
    } else {
      const std::size_t size = front(text).size;
      into += text.substr(0, size);
      text.remove_prefix(size);
    }
  }
}

std::string match_expression(std::string_view typed) {
  std::string wanted;
  std::string excluded;
  for (const Term& term : terms_of(typed)) {
    std::string& out = term.is_excluded ? excluded : wanted;
    out += out.empty() ? "" : (term.is_excluded ? " OR " : " AND ");
    out += '"' + term.phrase + '"';
    out += term.is_open ? " *" : "";
  }
  if (wanted.empty() || excluded.empty()) {
    return wanted;
  }
  return "(" + wanted + ") NOT (" + excluded + ")";
}

}  // namespace weir::catalog
