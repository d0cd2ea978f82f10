#include <algorithm>
#include <numeric>
#include <tuple>

#include <fmt/format.h>

#include "match/match.h"
#include "match/rulebook.h"

namespace weir::match {
namespace {

/// Of two answers of the same record about the same target, the one that says more.
bool says_more(const Answer& a, const Answer& b) {
  const auto weight = [](const Answer& answer) {
    using version::Rule;
    const bool is_near = answer.verdict.rule == Rule::after || answer.verdict.rule == Rule::before;
    return answer.is_finding() ? (answer.is_conditional ? 3 : 4)
           : is_near           ? 2
                               : (answer.verdict.standing == version::Standing::unknown ? 0 : 1);
  };
  return weight(a) > weight(b);
}

auto order_of(const Answer& answer) {
  return std::tie(answer.target, answer.source, answer.id, answer.vulnerability);
}

/// Answers in order, of each record the one that says most. Answers are large: their places are
/// sorted, not they.
void append_best(std::vector<Answer>& of_one, std::vector<Answer>& all) {
  std::vector<std::uint32_t> places(of_one.size());
  std::iota(places.begin(), places.end(), 0U);
  std::ranges::sort(places, [&](std::uint32_t left, std::uint32_t right) {
    const Answer& a = of_one[left];
    const Answer& b = of_one[right];
    const auto order = order_of(a) <=> order_of(b);
    if (order != 0) {
      return order < 0;
    }
    return says_more(a, b) || (!says_more(b, a) && left < right);
  });
  for (std::size_t i = 0; i < places.size(); ++i) {
    Answer& answer = of_one[places[i]];
    const bool is_known = !all.empty() && order_of(all.back()) == order_of(answer);
    if (!is_known) {
      all.push_back(std::move(answer));
    }
  }
}

}  // namespace

std::string Answer::fix() const {
  return verdict.is_fix && verdict.until.starts_with("< ") ? verdict.until.substr(2) : "";
}

std::string Answer::why(std::string_view version) const {
  if (is_unversioned) {
    return "nobody says which version is meant";
  }
  std::string text =
      version.empty() ? "every version is affected" : version::explain(verdict, version);
  return is_conditional ? text + " (only together with the other products of its configuration)"
                        : text;
}

struct Matcher::Shelf {
  Lookup lookup;
  std::unordered_map<std::string, std::vector<Rulebook>> rules;
  std::size_t most = 0;
  std::size_t count = 0;

  Result<const std::vector<Rulebook>*> at(const std::string& key) {
    if (const auto known = rules.find(key); known != rules.end()) {
      return &known->second;
    }
    if (count > most) {
      rules.clear();
      count = 0;
    }
    std::vector<Entry> entries = TRY(lookup(key));
    std::vector<Rulebook>& made = rules[key];
    made.reserve(entries.size());
    for (Entry& entry : entries) {
      made.emplace_back(std::move(entry));
    }
    count += made.size() + 1;
    return &made;
  }
};

Matcher::Matcher(Lookup lookup, std::size_t most_rules) : shelf_(std::make_unique<Shelf>()) {
  shelf_->lookup = std::move(lookup);
  shelf_->most = most_rules;
}

Matcher::~Matcher() = default;

Result<std::vector<Answer>> Matcher::ask(std::span<const Target> targets, Wanted wanted) {
  if (targets.size() > kMaxTargets) {
    return fail(Code::invalid, fmt::format("more than {} packages in one question", kMaxTargets));
  }
  std::vector<Answer> all;
  std::vector<Answer> of_one;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    of_one.clear();
    for (const Key& key : keys(targets[i])) {
      const std::vector<Rulebook>* rules = TRY(shelf_->at(key.text));
      for (const Rulebook& rule : *rules) {
        if (auto answer = rule.ask(targets[i], key, wanted)) {
          answer->target = i;
          of_one.push_back(std::move(*answer));
        }
      }
    }
    append_best(of_one, all);
  }
  return all;
}

}  // namespace weir::match
