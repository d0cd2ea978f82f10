// CVE Record 5 version entries, NVD's criteria, VERS and ranges in words.
#include <algorithm>
#include <array>
#include <utility>

#include "version/order.h"
#include "version/range.h"

namespace weir::version {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trim(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

bool is_unsaid(std::string_view text) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"", "-", "0", "*", "n/a", "unspecified", "unknown", "not specified"});
  return std::ranges::find(kWords, lowered(trim(text))) != kWords.end();
}

bool is_open_end(std::string_view text) {
  return text == "*" || (text != "0" && is_unsaid(text));
}

/// "V4.8" and "v4.8" are 4.8 where nobody says how versions are written.
std::string_view without_mark(Scheme scheme, std::string_view version) {
  const bool is_marked = scheme == Scheme::natural && version.size() > 1 &&
                         lower(version.front()) == 'v' && is_digit(version[1]);
  return is_marked ? version.substr(1) : version;
}

Order order(Scheme scheme, std::string_view a, std::string_view b) {
  return compare(scheme, without_mark(scheme, a), without_mark(scheme, b));
}

/// Whether `version` lies below `end`; "2.*" is the end of all that starts with "2.".
bool is_below(Scheme scheme, std::string_view version, std::string_view end, bool inclusive) {
  if (end.size() > 2 && end.ends_with(".*")) {
    const std::string_view stem = end.substr(0, end.size() - 2);
    const bool is_within =
        without_mark(scheme, version).starts_with(std::string(without_mark(scheme, stem)) + ".");
    return is_within || order(scheme, version, stem) <= 0;
  }
  const Order at = order(scheme, version, end);
  return at < 0 || (inclusive && at == 0);
}

/// Two hexadecimal names, one the start of the other, are the same commit.
bool is_same_commit(std::string_view a, std::string_view b) {
  constexpr std::size_t kLeastDigits = 7;
  return std::min(a.size(), b.size()) >= kLeastDigits && (a.starts_with(b) || b.starts_with(a));
}

bool is_rule(std::string_view text) {
  return text.find_first_of("<>=|") != text.npos || text.starts_with("vers:") ||
         lowered(text.substr(0, 12)) == "all versions";
}

std::string upper_of(const CveVersion& entry) {
  if (!entry.less_than.empty()) {
    return is_open_end(entry.less_than) ? "" : "< " + entry.less_than;
  }
  return is_open_end(entry.less_than_or_equal) ? "" : "<= " + entry.less_than_or_equal;
}

/// What an entry says of a version that lies in its range: the last change at or before it.
Verdict settle(const CveVersion& entry, Scheme scheme, std::string_view version) {
  const bool is_open = is_unsaid(entry.version);
  Verdict verdict{.standing = entry.standing,
                  .rule = Rule::inside,
                  .from = is_open ? "" : ">= " + entry.version,
                  .until = upper_of(entry),
                  .is_fix = entry.standing == Standing::affected && !entry.less_than.empty()};
  std::vector<const CveChange*> changes;
  for (const CveChange& change : entry.changes) {
    changes.push_back(&change);
  }
  // The schema wants them sorted before they are read.
  sort_safely(changes, [&](const CveChange* a, const CveChange* b) {
    const Order at = order(scheme, a->at, b->at);
    return at < 0 || (at == 0 && a < b);
  });
  for (const CveChange* change : changes) {
    if (order(scheme, change->at, version) <= 0) {
      verdict.standing = change->standing;
      verdict.rule = Rule::changed;
      verdict.from = ">= " + change->at;
    }
  }
  verdict.is_fix = verdict.is_fix && !verdict.until.empty();
  if (verdict.rule == Rule::inside && verdict.from.empty() && verdict.until.empty()) {
    verdict.rule = Rule::every;
  }
  return verdict;
}

/// Nothing if the entry does not cover the version.
std::optional<Verdict> judge_entry(const CveVersion& entry, Scheme otherwise,
                                   std::string_view version) {
  const bool has_end = !entry.less_than.empty() || !entry.less_than_or_equal.empty();
  const auto scheme = scheme_of_version_type(entry.type, otherwise);
  if (!has_end && entry.changes.empty()) {
    if (is_rule(entry.version)) {
      const auto rule = parse_words(scheme.value_or(otherwise), entry.version);
      if (!rule) {
        return std::nullopt;
      }
      Verdict verdict = judge(*rule, version);
      if (verdict.standing != Standing::affected) {
        return std::nullopt;
      }
      verdict.standing = entry.standing;
      return verdict;
    }
    const bool is_every = entry.version == "*";
    const bool is_it = scheme ? order(*scheme, entry.version, version) == 0
                              : is_same_commit(entry.version, version);
    if (!is_every && (entry.version.empty() || !is_it)) {
      return std::nullopt;
    }
    return Verdict{.standing = entry.standing, .rule = is_every ? Rule::every : Rule::listed};
  }
  if (!scheme) {
    return std::nullopt;
  }
  if (!is_unsaid(entry.version) && order(*scheme, version, entry.version) < 0) {
    return std::nullopt;
  }
  const bool inclusive = entry.less_than.empty();
  const std::string& end = inclusive ? entry.less_than_or_equal : entry.less_than;
  if (has_end && !is_open_end(end) && !is_below(*scheme, version, end, inclusive)) {
    return std::nullopt;
  }
  return settle(entry, *scheme, version);
}

/// The affected entry that comes nearest to a version which none covers: for "why not".
Verdict nearest(const CveVersions& versions, Scheme otherwise, std::string_view version) {
  Verdict verdict{.standing = versions.otherwise, .rule = Rule::by_default};
  for (std::size_t i = 0; i < versions.entries.size(); ++i) {
    const CveVersion& entry = versions.entries[i];
    const auto scheme = scheme_of_version_type(entry.type, otherwise);
    const std::string until = upper_of(entry);
    if (!scheme || entry.standing != Standing::affected || until.empty()) {
      continue;
    }
    const bool is_open = is_unsaid(entry.version);
    if (is_open || order(*scheme, version, entry.version) >= 0) {
      verdict.entry = i;
      verdict.from = is_open ? "" : ">= " + entry.version;
      verdict.until = until;
      verdict.is_fix = !entry.less_than.empty();
    }
  }
  return verdict;
}

Result<Constraint> parse_term(std::string_view text) {
  struct Mark {
    std::string_view written;
    Comparator comparator;
  };
  constexpr auto kMarks = std::to_array<Mark>({{"<=", Comparator::less_equal},
                                               {">=", Comparator::greater_equal},
                                               {"!=", Comparator::not_equal},
                                               {"==", Comparator::equal},
                                               {"<", Comparator::less},
                                               {">", Comparator::greater},
                                               {"=", Comparator::equal}});
  Comparator comparator = Comparator::equal;
  bool is_marked = false;
  for (const Mark& mark : kMarks) {
    if (take(text, mark.written)) {
      comparator = mark.comparator;
      is_marked = true;
      break;
    }
  }
  text = trim(text);
  // Behind a comparator a version may have words, "V4.8 SP5"; alone it may not: that is prose.
  const std::string_view junk = is_marked ? "<>=!|*,;" : "<>=!|*,; ";
  if (text.empty() || text.find_first_of(junk) != text.npos) {
    return fail(Code::invalid, "this is no version");
  }
  return Constraint{.comparator = comparator, .version = std::string(text)};
}

}  // namespace

std::optional<Scheme> scheme_of_version_type(std::string_view type, Scheme otherwise) {
  const std::string word = lowered(type);
  if (word == "git" || word == "commit" || word == "original_commit_for_fix") {
    return std::nullopt;
  }
  if (word == "python") {
    return Scheme::pypi;
  }
  if (word == "date") {
    return Scheme::natural;  // of any form
  }
  return scheme_of_type(word).value_or(otherwise);
}

Verdict judge(const CveVersions& versions, Scheme otherwise, std::string_view version) {
  bool is_ordered = versions.entries.empty();
  for (std::size_t i = 0; i < versions.entries.size(); ++i) {
    is_ordered = is_ordered || scheme_of_version_type(versions.entries[i].type, otherwise);
    if (auto verdict = judge_entry(versions.entries[i], otherwise, version)) {
      verdict->entry = i;
      return *verdict;
    }
  }
  if (!is_ordered && versions.otherwise != Standing::affected) {
    return {.standing = Standing::unknown, .rule = Rule::unordered};
  }
  return nearest(versions, otherwise, version);
}

Verdict judge(const CpeCriteria& criteria, const Cpe& cpe) {
  Verdict verdict{.standing = Standing::unaffected, .rule = Rule::elsewhere};
  CpeCriteria name_only{.name = criteria.name};
  if (!applies(name_only, cpe)) {
    return verdict;
  }
  const auto said = [](std::string_view mark, const std::optional<std::string>& version) {
    return version ? std::string(mark) + *version : std::string();
  };
  verdict.from = criteria.from ? said(">= ", criteria.from) : said("> ", criteria.after);
  verdict.until = criteria.before ? said("< ", criteria.before) : said("<= ", criteria.until);
  verdict.is_fix = criteria.before.has_value();
  if (applies(criteria, cpe)) {
    const bool is_one = criteria.name.at(Attribute::version).kind == CpeValue::Kind::text;
    const bool is_every = verdict.from.empty() && verdict.until.empty();
    verdict.standing = Standing::affected;
    verdict.rule = is_one ? Rule::listed : is_every ? Rule::every : Rule::inside;
    return verdict;
  }
  // The name fits and the bounds do not: on which side?
  CpeCriteria lower_only{.name = criteria.name, .from = criteria.from, .after = criteria.after};
  verdict.rule = applies(lower_only, cpe) ? Rule::after : Rule::before;
  return verdict;
}

Verdict judge(const Vers& range, std::string_view version) {
  if (range.any) {
    return {.standing = Standing::affected, .rule = Rule::every};
  }
  Vers plain = range;
  for (Constraint& constraint : plain.constraints) {
    constraint.version = without_mark(range.scheme, constraint.version);
  }
  version = without_mark(range.scheme, version);
  normalise(plain);
  Verdict verdict{.standing = Standing::unaffected, .rule = Rule::elsewhere};
  const bool is_inside = contains(plain, version);
  for (std::size_t i = 0; i < plain.constraints.size(); ++i) {
    const auto& [comparator, bound] = plain.constraints[i];
    const Order at = compare(range.scheme, version, bound);
    if (at == 0 && (comparator == Comparator::not_equal || comparator == Comparator::equal)) {
      return {.standing = is_inside ? Standing::affected : Standing::unaffected,
              .rule = comparator == Comparator::equal ? Rule::listed : Rule::excluded,
              .entry = i};
    }
    const std::string text = std::string(name(comparator)) + " " + bound;
    const bool is_lower =
        comparator == Comparator::greater || comparator == Comparator::greater_equal;
    const bool is_upper = comparator == Comparator::less || comparator == Comparator::less_equal;
    if (is_lower && (at >= 0 || verdict.from.empty())) {
      verdict.from = text;
      verdict.until.clear();
    }
    if (is_upper && verdict.until.empty()) {
      verdict.until = text;
      verdict.is_fix = comparator == Comparator::less;
    }
  }
  verdict.standing = is_inside ? Standing::affected : Standing::unaffected;
  if (is_inside) {
    verdict.rule = verdict.from.empty() && verdict.until.empty() ? Rule::every : Rule::inside;
  } else if (!verdict.from.empty() || !verdict.until.empty()) {
    const bool is_older =
        !verdict.from.empty() &&
        compare(range.scheme, version,
                std::string_view(verdict.from).substr(verdict.from.find(' ') + 1)) <= 0;
    verdict.rule = is_older ? Rule::before : Rule::after;
  }
  return verdict;
}

Result<Vers> parse_words(Scheme scheme, std::string_view words) {
  constexpr std::string_view kAll = "all versions";
  words = trim(words);
  if (words.size() > kMaxVersBytes) {
    return fail(Code::invalid, "a range of more than 65,536 bytes");
  }
  if (words.starts_with("vers:")) {
    return parse_vers(words);
  }
  Vers range{.type = std::string(name(scheme)), .scheme = scheme, .any = false, .constraints = {}};
  if (lowered(words.substr(0, kAll.size())) == kAll) {
    words = trim(words.substr(kAll.size()));
    range.any = words.empty();
    if (!words.empty() && words.front() != '<' && words.front() != '>') {
      return fail(Code::invalid, "prose behind \"all versions\"");
    }
  }
  range.any = range.any || words == "*" || lowered(words) == "all";
  if (range.any) {
    return range;
  }
  // "," and "|" both join bounds: of one lower and one upper bound it makes no difference, and more
  // are taken only as VERS.
  constexpr std::size_t kMostTerms = 2;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find_first_of(",|"), words.size());
    range.constraints.push_back(TRY(parse_term(trim(words.substr(0, end)))));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  const auto is_lower = [](const Constraint& constraint) {
    return constraint.comparator == Comparator::greater ||
           constraint.comparator == Comparator::greater_equal;
  };
  const auto is_upper = [](const Constraint& constraint) {
    return constraint.comparator == Comparator::less ||
           constraint.comparator == Comparator::less_equal;
  };
  const std::size_t terms = range.constraints.size();
  const bool is_pair =
      terms == kMostTerms && is_lower(range.constraints[0]) && is_upper(range.constraints[1]);
  if (terms != 1 && !is_pair) {
    return fail(Code::invalid, "what these bounds mean together is a guess");
  }
  return range;
}

}  // namespace weir::version
