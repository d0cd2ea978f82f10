#include "catalog/words.h"

#include <algorithm>
#include <utility>
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

/// A word of ASCII that is shorter than a beginning must be for the index.
bool is_short(std::string_view word) {
  return word.size() < kLeastBeginning &&
         std::ranges::all_of(
             word, [](char c) { return is_word_byte(c) && static_cast<unsigned char>(c) < 0x80; });
}

std::string small(std::string_view word) {
  std::string out(word);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
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

std::string_view last_word(std::string_view phrase) {
  return phrase.substr(phrase.find_last_of(' ') + 1);  // npos + 1 is 0
}

/// Takes a last word that is too short for a beginning as it stands if it is a number or excluded:
/// "1.1.1" is whole. First letters of one ("log4j-co") say nothing yet.
void close(Term& term) {
  term.is_open = false;
  const std::string_view last = last_word(term.phrase);
  const bool is_number = last.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_number && last.size() < term.phrase.size()) {
    term.phrase.resize(term.phrase.size() - last.size() - 1);
  }
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

Typed read_typed(std::string_view typed) {
  Typed read;
  std::string wanted;
  std::string excluded;
  for (Term& term : terms_of(typed)) {
    if (term.is_open && is_short(last_word(term.phrase))) {
      if (!term.is_excluded && is_short(term.phrase)) {
        read.beginning = small(term.phrase);  // the last one: no other is open
        continue;
      }
      close(term);
    }
    std::string& out = term.is_excluded ? excluded : wanted;
    out += out.empty() ? "" : (term.is_excluded ? " OR " : " AND ");
    out += '"' + term.phrase + '"';
    out += term.is_open ? " *" : "";
  }
  if (wanted.empty() && !excluded.empty() && !read.beginning.empty()) {
    wanted = '"' + std::exchange(read.beginning, {}) + "\" *";  // the index knows how to exclude
  }
  read.expression =
      wanted.empty() || excluded.empty() ? wanted : "(" + wanted + ") NOT (" + excluded + ")";
  return read;
}

std::vector<std::string> beginnings(std::string_view name) {
  std::vector<std::string> all;
  bool is_inside = false;
  for (std::size_t at = 0; at < name.size(); ++at) {
    const bool is_start = is_word_byte(name[at]) && !is_inside;
    is_inside = is_word_byte(name[at]);
    for (std::size_t size = 1; is_start && size < kLeastBeginning; ++size) {
      const std::string_view part = name.substr(at, size);
      if (part.size() == size && is_short(part)) {
        all.push_back(small(part));
      }
    }
  }
  std::ranges::sort(all);
  const auto twice = std::ranges::unique(all);
  all.erase(twice.begin(), twice.end());
  return all;
}

}  // namespace weir::catalog
