#include "oracle.h"

#include <algorithm>
#include <charconv>

#include "base/result.h"

namespace weir::sim {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

/// What a report's part is worth: design.md 4, "a level is a property of every part and field".
Level level_of(std::string_view kind) {
  if (kind == "exploit") {
    return Level::exploit;
  }
  if (kind == "mitigation") {
    return Level::advisory;
  }
  if (kind == "vendor" || kind == "product") {
    return Level::notice;
  }
  return Level::technical;  // title, description, note, and whatever is not known
}

struct Part {
  std::string_view kind;
  std::int64_t vulnerability = 0;
};

Part part_of(std::string_view suffix) {
  const std::size_t dash = suffix.find('-');
  Part part{.kind = suffix.substr(0, dash)};
  if (dash != std::string_view::npos) {
    const std::string_view number = suffix.substr(dash + 1);
    std::from_chars(number.data(), number.data() + number.size(), part.vulnerability);
  }
  return part;
}

}  // namespace

std::string Oracle::fresh_word() {
  return "q" + std::to_string(next_word_++) + "z";
}

bool Oracle::is_fixed(const Case& known, std::int64_t number) const {
  bool has_vendor = false;
  for (const auto& [vendor, concerned] : known.counted) {
    if (!concerned.empty() && !concerned.contains(number)) {
      continue;
    }
    has_vendor = true;
    if (!known.left_out.contains(vendor) && !known.fixed.contains({vendor, number})) {
      return false;
    }
  }
  return has_vendor;  // else nobody has said that there is a fix
}

bool Oracle::is_fixed_everywhere(const Case& known) const {
  for (std::int64_t number = 1; number <= known.vulnerabilities; ++number) {
    if (!is_fixed(known, number)) {
      return false;
    }
  }
  return true;
}

/// By invitation or release, the better of the two, under agreement, phase and legal duty.
Level Oracle::bound_of_guest(const Person& person, const Case& known, bool is_open) const {
  const auto find = [&](const std::map<std::string, Level>& where) {
    const auto found = where.find(person.organisation);
    return found == where.end() ? Level::nothing : found->second;
  };
  const Level granted =
      std::max(find(known.invited), std::min(find(known.released), find(agreements)));
  if (is_open) {
    return granted;
  }
  const Level ceiling = person.bound == Person::Bound::no ? Level::advisory : Level::notice;
  return std::min(granted, std::max(ceiling, find(known.exceptions)));
}

bool Oracle::may_by(const Person& person, const std::string& reference, const Word& word,
                    Level level, std::int64_t vulnerability) const {
  const Case& known = cases.at(reference);
  if (known.conflicts.contains(person.handle)) {
    return false;
  }
  if (known.handlers.contains(person.handle)) {
    return true;
  }
  if (word.kind == Word::Kind::ground) {
    return false;  // for who handles the case
  }
  // What is said of one vulnerability is as open as that one is. Of what came by a merge, where the
  // numbers are others, all of both cases counts.
  const bool is_open =
      vulnerability != 0 && reference == word.reference
          ? is_fixed(known, vulnerability)
          : is_fixed_everywhere(known) && is_fixed_everywhere(cases.at(word.reference));
  if (const auto vendor = known.vendors.find(person.organisation); vendor != known.vendors.end()) {
    const bool is_own = vendor->second.empty() || vulnerability == 0 ||
                        vendor->second.contains(vulnerability) || reference != word.reference;
    if (is_own || level <= Level::advisory) {
      return true;
    }
  }
  return level <= bound_of_guest(person, known, is_open);
}

bool Oracle::may_see(const std::string& handle, const std::string& word,
                     std::string_view suffix) const {
  const auto found = words.find(word);
  if (found == words.end()) {
    return false;
  }
  const Word& what = found->second;
  const auto who = people.find(handle);
  if (who == people.end() || barred.contains(handle) ||
      suspended.contains(who->second.organisation)) {
    return false;
  }
  if (what.author == handle) {
    return true;
  }
  const Part part = part_of(suffix);
  const Level level = what.level == Level::nothing ? level_of(part.kind) : what.level;
  const std::int64_t vulnerability =
      what.level == Level::nothing ? part.vulnerability : what.vulnerability;
  std::string at = what.reference;
  for (std::size_t hops = 0; !at.empty() && hops <= cases.size(); ++hops) {
    const bool is_meant = what.audience.empty() || what.audience == who->second.organisation ||
                          cases.at(at).handlers.contains(handle);
    if (is_meant && may_by(who->second, at, what, level, vulnerability)) {
      return true;
    }
    at = cases.at(at).merged_into;
  }
  return false;
}

std::vector<std::string> Oracle::leaks(const std::string& handle, std::string_view text) const {
  std::vector<std::string> all;
  for (std::size_t at = text.find('q'); at != std::string_view::npos; at = text.find('q', at + 1)) {
    std::size_t end = at + 1;
    while (end < text.size() && is_digit(text[end])) {
      ++end;
    }
    if (end == at + 1 || text.substr(end, 2) != "z-") {
      continue;
    }
    const std::string word(text.substr(at, end + 1 - at));
    const std::size_t start = end + 2;
    end = start;
    while (end < text.size() && is_letter(text[end])) {
      ++end;
    }
    std::size_t number = end + 1;
    while (number < text.size() && text[end] == '-' && is_digit(text[number])) {
      ++number;
    }
    end = number > end + 1 ? number : end;
    const std::string_view suffix = text.substr(start, end - start);
    if (words.contains(word) && !may_see(handle, word, suffix)) {
      all.push_back(word + "-" + std::string(suffix));
    }
  }
  return all;
}

}  // namespace weir::sim
