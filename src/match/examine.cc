#include "match/examine.h"

#include <algorithm>
#include <map>

namespace weir::match {
namespace {

const sbom::Component* root_of(const sbom::Document& inventory) {
  const auto at = std::ranges::find(inventory.components, true, &sbom::Component::is_root);
  return at == inventory.components.end() ? nullptr : &*at;
}

/// All names of the vulnerability that an answer is about.
std::vector<std::string> ids_of(const Answer& answer, const About& about) {
  // A record of several vulnerabilities is not each of them.
  if (!answer.vulnerability.empty()) {
    return {answer.vulnerability};
  }
  std::vector<std::string> ids = about.aliases;
  ids.push_back(answer.id);
  return ids;
}

/// The component that `answer` is about, as the inventory has it.
class Sorter {
 public:
  Sorter(Report& report, const Statements& statements, const Describe& describe)
      : report_(report), statements_(statements), describe_(describe) {}

  Status take(Answer answer) {
    if (!answer.is_finding()) {
      report_.near_misses.push_back(
          {.answer = std::move(answer), .aliases = {}, .title = {}, .word = {}});
      return {};
    }
    const auto key = std::pair(answer.source, answer.id);
    auto known = described_.find(key);
    if (known == described_.end()) {
      known = described_.emplace(key, TRY(describe_(answer.source, answer.id))).first;
    }
    const About& about = known->second;
    const sbom::Component& component = report_.inventory.components[answer.target];
    Row row{.answer = std::move(answer),
            .aliases = about.aliases,
            .title = about.title,
            .score = about.score,
            .listed = about.listed,
            .word = {}};
    row.word = statements_.about(ids_of(row.answer, about), component, root_of(report_.inventory));
    (row.word.suppresses() ? report_.suppressed : report_.findings).push_back(std::move(row));
    return {};
  }

 private:
  Report& report_;
  const Statements& statements_;
  const Describe& describe_;
  std::map<std::pair<advisory::Source, std::string>, About> described_;
};

}  // namespace

About about(const advisory::Advisory& record) {
  About about{.aliases = record.aliases, .title = record.title};
  if (about.title.empty() && !record.texts.empty()) {
    constexpr std::size_t kMostTitleBytes = 120;
    const std::string_view text = record.texts.front();
    const std::size_t line = std::min(text.find('\n'), text.size());
    about.title = text.substr(0, std::min(line, kMostTitleBytes));
    // Not within a character.
    while (line > kMostTitleBytes && !about.title.empty() &&
           (static_cast<unsigned char>(text[about.title.size()]) & 0xc0) == 0x80) {
      about.title.pop_back();
    }
  }
  for (const advisory::Rating& rating : record.ratings) {
    about.score = std::max(about.score, rating.score);
  }
  return about;
}

Result<Report> examine(Matcher& matcher, const Describe& describe, Question question) {
  Report report{.source = std::move(question.source),
                .inventory = std::move(question.inventory),
                .targets = {},
                .findings = {},
                .suppressed = {},
                .near_misses = {},
                .unread = {}};
  for (const sbom::Component& component : report.inventory.components) {
    Named named = target_of(component);
    for (std::string& why : named.unread) {
      report.unread.push_back({std::move(why), component.place});
    }
    report.nameless += named.target.purl || !named.target.cpes.empty() ? 0 : 1;
    report.targets.push_back(std::move(named.target));
  }
  Statements statements;
  if (question.vex != nullptr) {
    for (const sbom::Vex& vex : *question.vex) {
      statements.add(vex);
    }
  }
  Sorter sorter(report, statements, describe);
  for (Answer& answer : TRY(matcher.ask(report.targets, question.wanted))) {
    TRY(sorter.take(std::move(answer)));
  }
  return report;
}

}  // namespace weir::match
