// Ranges as package managers write them, turned into VERS.
#include <algorithm>
#include <array>
#include <optional>

#include "version/order.h"
#include "version/vers.h"

namespace weir::version {
namespace {

using Constraints = std::vector<Constraint>;
using Numbers = std::vector<std::string>;

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

/// "12" + 1, whatever its size.
std::string successor(std::string_view digits) {
  std::string next(digits);
  for (std::size_t i = next.size(); i-- > 0;) {
    if (next[i] != '9') {
      ++next[i];
      return next;
    }
    next[i] = '0';
  }
  return "1" + next;
}

/// The leading numbers of a version, "1.2.x-rc" as 1 and 2.
Numbers leading_numbers(std::string_view version) {
  Numbers numbers;
  while (!version.empty() && is_digit(version.front())) {
    numbers.emplace_back(take_digits(version));
    if (!take(version, ".")) {
      break;
    }
  }
  return numbers;
}

std::string join(const Numbers& numbers) {
  std::string text;
  for (const std::string& number : numbers) {
    text += (text.empty() ? "" : ".") + number;
  }
  return text;
}

/// The first version after all that start with the first `kept` numbers; at least `width` numbers.
std::string after(Numbers numbers, std::size_t kept, std::size_t width) {
  numbers.resize(std::max<std::size_t>(kept, 1), "0");
  numbers.back() = successor(numbers.back());
  numbers.resize(std::max(numbers.size(), width), "0");
  return join(numbers);
}

/// How one package manager writes: what its marks mean.
struct Dialect {
  std::string_view type;
  std::size_t width;            // numbers that a version has at least; 0: as written
  bool bare_is_prefix;          // "1.2" is 1.2.x
  std::string_view after_mark;  // behind the end of a range, "-": before all its pre-releases
};
constexpr std::array kDialects = std::to_array<Dialect>({{"npm", 3, true, ""},
                                                         {"golang", 0, false, ""},
                                                         {"composer", 0, false, ""},
                                                         {"pypi", 0, false, ""},
                                                         {"gem", 0, false, ""},
                                                         {"conan", 0, false, "-"}});

/// One comparator and version of a range, "^1.2" as two bounds.
class Term {
 public:
  Term(const Dialect& dialect, std::string_view mark, std::string_view version)
      : dialect_(dialect), mark_(mark), version_(version) {
    if (dialect.type != "pypi" && dialect.type != "gem" && dialect.type != "conan") {
      take(version_, "v");
    }
    if (dialect.type == "conan" && version_.size() > 1 && version_.ends_with('-')) {
      version_.remove_suffix(1);
    }
    numbers_ = leading_numbers(version_);
    const std::size_t end = join(numbers_).size();
    const std::string_view rest = std::string_view(version_).substr(std::min(end, version_.size()));
    wild_ = rest == ".x" || rest == ".*" || rest == ".X" || rest.starts_with(".x.") ||
            rest.starts_with(".*.");
    bare_ = rest.empty();
  }

  Result<Constraints> expand() const {
    if (version_ == "*" || version_ == "x" || version_ == "X" || version_.empty()) {
      return Constraints{};
    }
    if (mark_ == "^") {
      return between(caret_kept());
    }
    if (mark_ == "~") {
      return between(tilde_kept());
    }
    if (mark_ == "~>" || mark_ == "~=") {
      return between(std::max<std::size_t>(numbers_.size(), 2) - 1);
    }
    const bool is_equal = mark_.empty() || mark_ == "=" || mark_ == "==" || mark_ == "===";
    if (is_equal &&
        (wild_ || (bare_ && dialect_.bare_is_prefix && numbers_.size() < dialect_.width))) {
      return between(numbers_.size());
    }
    const auto comparator = plain();
    if (!comparator) {
      return fail(Code::invalid, "\"" + std::string(mark_) + "\" is no comparator");
    }
    // "<=1.2" and ">1.2" of a prefix speak of all that it stands for.
    const bool prefix =
        wild_ || (bare_ && dialect_.bare_is_prefix && numbers_.size() < dialect_.width);
    if (prefix && *comparator == Comparator::less_equal) {
      return Constraints{{Comparator::less, end(numbers_.size())}};
    }
    if (prefix && *comparator == Comparator::greater) {
      return Constraints{{Comparator::greater_equal, end(numbers_.size())}};
    }
    return Constraints{{*comparator, start()}};
  }
  std::string start() const {
    Numbers numbers = numbers_;
    if (!wild_ && !(bare_ && numbers.size() < dialect_.width)) {
      return std::string(version_);
    }
    numbers.resize(std::max(numbers.size(), dialect_.width), "0");
    return join(numbers);
  }
  std::string end(std::size_t kept) const {
    return after(numbers_, kept, dialect_.width) + std::string(dialect_.after_mark);
  }
  std::size_t written() const { return numbers_.size(); }
  bool is_whole() const { return !wild_ && numbers_.size() >= 3; }

 private:
  Constraints between(std::size_t kept) const {
    return {{Comparator::greater_equal, start()}, {Comparator::less, end(kept)}};
  }
  /// Up to the first number that is not zero.
  std::size_t caret_kept() const {
    std::size_t kept = 1;
    while (kept < numbers_.size() && is_zero(numbers_[kept - 1])) {
      ++kept;
    }
    return kept;
  }
  /// npm: "~1" is 1.x, "~1.2.3" is 1.2.x. Composer lets the last number that is written grow.
  std::size_t tilde_kept() const {
    if (dialect_.type == "composer") {
      return std::max<std::size_t>(numbers_.size(), 2) - 1;
    }
    return std::min<std::size_t>(numbers_.size(), 2);
  }
  static bool is_zero(std::string_view digits) {
    return digits.find_first_not_of('0') == digits.npos;
  }
  std::optional<Comparator> plain() const {
    if (mark_.empty() || mark_ == "==" || mark_ == "===") {
      return Comparator::equal;
    }
    for (int i = 0; i < 6; ++i) {
      if (mark_ == name(static_cast<Comparator>(i))) {
        return static_cast<Comparator>(i);
      }
    }
    return std::nullopt;
  }

  const Dialect& dialect_;
  std::string_view mark_;
  std::string_view version_;
  Numbers numbers_;
  bool wild_ = false;
  bool bare_ = false;  // numbers and nothing else
};

bool is_mark(char c) {
  return c == '<' || c == '>' || c == '=' || c == '!' || c == '~' || c == '^';
}
bool is_gap(char c) {
  return c == ' ' || c == '\t' || c == ',';
}

/// "1.2 - 2.3": whole at both ends, or all that a prefix stands for.
std::optional<Constraints> hyphenated(const Dialect& dialect, std::string_view text) {
  const std::size_t hyphen = text.find(" - ");
  if (hyphen == text.npos) {
    return std::nullopt;
  }
  const Term low(dialect, "", trim(text.substr(0, hyphen)));
  const Term high(dialect, "", trim(text.substr(hyphen + 3)));
  Constraints bounds{{Comparator::greater_equal, low.start()}};
  if (high.is_whole()) {
    bounds.push_back({Comparator::less_equal, high.start()});
  } else {
    bounds.push_back({Comparator::less, high.end(high.written())});
  }
  return bounds;
}

/// All terms of one alternative; nothing at all means every version.
Result<Constraints> alternative(const Dialect& dialect, std::string_view text) {
  if (auto bounds = hyphenated(dialect, text)) {
    return *std::move(bounds);
  }
  Constraints constraints;
  while (true) {
    take_while(text, is_gap);
    if (text.empty()) {
      return constraints;
    }
    const std::string_view mark = take_while(text, is_mark);
    take_while(text, [](char c) { return c == ' ' || c == '\t'; });
    const std::string_view version =
        take_while(text, [](char c) { return !is_gap(c) && !is_mark(c); });
    if (version.empty()) {
      return fail(Code::invalid, "a comparator has no version");
    }
    for (Constraint& constraint : TRY(Term(dialect, mark, version).expand())) {
      constraints.push_back(std::move(constraint));
    }
    if (constraints.size() > kMaxConstraints) {
      return fail(Code::invalid, "a range of more than 2,000 constraints");
    }
  }
}

Result<Vers> in_dialect(const Dialect& dialect, Vers range, std::string_view text) {
  while (true) {
    const std::size_t bar = text.find('|');
    const Constraints some = TRY(alternative(dialect, trim(text.substr(0, bar))));
    if (some.empty()) {
      // Every version. Conan means every release by it.
      range.any = dialect.type != "conan";
      range.constraints.clear();
      if (!range.any) {
        range.constraints.push_back({Comparator::greater_equal, "0.0.0"});
      }
      return range;
    }
    range.constraints.insert(range.constraints.end(), some.begin(), some.end());
    if (range.constraints.size() > kMaxConstraints) {
      return fail(Code::invalid, "a range of more than 2,000 constraints");
    }
    if (bar == text.npos) {
      return range;
    }
    text.remove_prefix(bar + 1);
    take(text, "|");
  }
}

/// "[1.0,2.0)", "(,1.5]", "[1.2]", and several of them, of Maven and NuGet.
Result<Vers> intervals(Vers range, std::string_view text) {
  text = trim(text);
  while (!text.empty()) {
    const char open = text.front();
    const std::size_t close = text.find_first_of("])");
    if ((open != '[' && open != '(') || close == text.npos) {
      return fail(Code::invalid, "an interval is [a,b] with [ or ( and ] or )");
    }
    const std::string_view inside = text.substr(1, close - 1);
    const bool closed = text[close] == ']';
    text = trim(text.substr(close + 1));
    take(text, ",");
    text = trim(text);
    const std::size_t comma = inside.find(',');
    const std::string_view low = trim(inside.substr(0, comma));
    if (comma == inside.npos) {
      range.constraints.push_back({Comparator::equal, std::string(low)});
      continue;
    }
    const std::string_view high = trim(inside.substr(comma + 1));
    if (!low.empty()) {
      range.constraints.push_back(
          {open == '[' ? Comparator::greater_equal : Comparator::greater, std::string(low)});
    }
    if (!high.empty()) {
      range.constraints.push_back(
          {closed ? Comparator::less_equal : Comparator::less, std::string(high)});
    }
    range.any = range.any || (low.empty() && high.empty());
    if (range.constraints.size() > kMaxConstraints) {
      return fail(Code::invalid, "a range of more than 2,000 constraints");
    }
  }
  return range;
}

/// Lists of OpenSSL's and nginx's own advisories: "1.0.1, 1.0.2a"; "1.1.4-1.2.8"; "1.5.0+, 1.4.1+",
/// where an even second number is a stable branch and ends with it.
Result<Vers> listed(Vers range, std::string_view text) {
  while (!text.empty()) {
    std::string_view item = trim(take_until(text, ','));
    const std::size_t hyphen = range.type == "nginx" ? item.find('-') : item.npos;
    if (hyphen != item.npos) {
      range.constraints.push_back(
          {Comparator::greater_equal, std::string(trim(item.substr(0, hyphen)))});
      range.constraints.push_back(
          {Comparator::less_equal, std::string(trim(item.substr(hyphen + 1)))});
    } else if (range.type == "nginx" && item.ends_with('+')) {
      item.remove_suffix(1);
      range.constraints.push_back({Comparator::greater_equal, std::string(item)});
      const Numbers numbers = leading_numbers(item);
      if (numbers.size() > 1 && (numbers[1].back() - '0') % 2 == 0) {
        range.constraints.push_back({Comparator::less, after(numbers, 2, 3)});
      }
    } else {
      range.constraints.push_back({Comparator::equal, std::string(item)});
    }
    if (range.constraints.back().version.empty() || range.constraints.size() > kMaxConstraints) {
      return fail(Code::invalid, "an item of the list has no version, or there are too many");
    }
  }
  return range;
}

Result<Vers> read(Vers range, std::string_view text) {
  const std::string& type = range.type;
  for (const Dialect& dialect : kDialects) {
    if (dialect.type == type) {
      return in_dialect(dialect, std::move(range), text);
    }
  }
  if (type == "maven" || type == "nuget") {
    if (text.starts_with('[') || text.starts_with('(')) {
      return intervals(std::move(range), text);
    }
    // NuGet: the least version. Maven: the one that is wished for.
    const bool least = type == "nuget";
    range.constraints.push_back(
        {least ? Comparator::greater_equal : Comparator::equal, std::string(text)});
    return range;
  }
  if (type == "nginx" || type == "openssl") {
    return listed(std::move(range), text);
  }
  return fail(Code::invalid, "no native ranges are known of \"" + type + "\"");
}

}  // namespace

Result<Vers> from_native(std::string_view type, std::string_view range) {
  const auto scheme = scheme_of_type(type);
  range = trim(range);
  if (!scheme || range.size() > kMaxVersBytes) {
    return fail(Code::invalid, "an unknown type, or a range of more than 65,536 bytes");
  }
  if (range.empty()) {
    return fail(Code::invalid, "a range says nothing");
  }
  Vers start{.type = std::string(type), .scheme = *scheme, .any = false, .constraints = {}};
  Vers result = TRY(read(std::move(start), range));
  const auto is_empty = [](const Constraint& constraint) { return constraint.version.empty(); };
  if (std::ranges::any_of(result.constraints, is_empty)) {
    return fail(Code::invalid, "a bound has no version");
  }
  if (result.any) {
    result.constraints.clear();
  }
  normalise(result);
  return result;
}

}  // namespace weir::version
