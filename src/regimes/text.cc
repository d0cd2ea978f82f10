// Regimes as text for people, and what differs between two sets of them.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "regimes/regimes.h"

namespace weir::regimes {
namespace {

using deadline::Rules;
using deadline::Version;

std::string cited(const deadline::Citation& citation) {
  return fmt::format("{}, {} [{}]", citation.clause, citation.address, name(citation.mark));
}

std::string condition(const Rules& rules, const Version& version,
                      const deadline::Condition& given) {
  std::string all;
  for (const deadline::Any& any : given) {
    std::string one;
    for (std::size_t i = 0; i < rules.events.size(); ++i) {
      if ((any.events >> i & 1U) != 0) {
        one += (one.empty() ? "" : " or ") + rules.events[i].name;
      }
    }
    for (std::size_t i = 0; i < version.stages.size(); ++i) {
      if ((any.stages >> i & 1U) != 0) {
        one += (one.empty() ? "" : " or ") + version.stages[i].id + " filed";
      }
    }
    all += (all.empty() ? "" : ", and ") + one;
  }
  return all;
}

std::string attributes(const deadline::Attributes& given) {
  std::string all;
  for (const auto& [attribute, values] : given) {
    all += all.empty() ? "" : "; ";
    all += attribute + " ";
    for (std::size_t i = 0; i < values.size(); ++i) {
      all += (i == 0 ? "" : " or ") + values[i];
    }
  }
  return all;
}

void show_scope(const deadline::Scope& scope, std::string_view indent, std::string& out) {
  if (!scope.applies.empty()) {
    out += fmt::format("{}applies to: {}\n", indent, attributes(scope.applies));
  }
  if (!scope.except.empty()) {
    out += fmt::format("{}not to: {}\n", indent, attributes(scope.except));
  }
}

void show_limit(const Rules& rules, const Version& version, const deadline::Limit& limit,
                std::string& out) {
  const std::string when =
      limit.date
          ? "on the date of " + rules.events[*limit.date].name
          : fmt::format("{}, counted {}{}", text(limit.period), name(limit.period.counting),
                        limit.from.empty() ? std::string()
                                           : ", from " + condition(rules, version, limit.from));
  const std::string_view lapses = limit.before == deadline::Limit::Before::lapses
                                      ? ", not if it is over before the stage begins"
                                      : "";
  out += fmt::format("    within {}{}: \"{}\"; {}\n", when, lapses, limit.wording,
                     cited(limit.citation));
}

void show_stage(const Rules& rules, const Version& version, const deadline::Stage& stage,
                std::string& out) {
  out += fmt::format("  stage {}: {}\n", stage.id, stage.title);
  show_scope(stage.scope, "    ", out);
  out += fmt::format("    \"{}\"; {}\n", stage.wording, cited(stage.citation));
  if (!stage.when.empty()) {
    out += fmt::format("    begins with: {}\n", condition(rules, version, stage.when));
  }
  for (const deadline::Limit& limit : stage.limits) {
    show_limit(rules, version, limit, out);
  }
  if (stage.limits.empty()) {
    out += "    no fixed time\n";
  }
  if (!stage.discharged_by.empty()) {
    out += fmt::format("    met by: {}\n", condition(rules, version, stage.discharged_by));
  }
  if (!stage.waived_if.empty()) {
    out += fmt::format("    waived if: {}\n", condition(rules, version, stage.waived_if));
  }
  if (stage.unless == deadline::Stage::Unless::provided) {
    out += "    waived if its required fields were given in another stage\n";
  }
  for (const deadline::Field& field : stage.fields) {
    out += fmt::format("    field {} ({}, {}): {}\n", field.name, name(field.level),
                       field.need == deadline::Field::Need::required ? "required" : "optional",
                       field.label);
  }
  for (const deadline::Recipient& one : stage.recipients) {
    out += fmt::format("    to: {} ({})\n", one.name, one.place);
  }
  for (const deadline::Onward& one : stage.onward) {
    out += fmt::format("    passed on to: {}, {}; {}\n", one.to, one.delay, cited(one.citation));
  }
  for (const deadline::Withholding& one : stage.withheld) {
    std::string gives;
    for (const std::string& field : one.gives) {
      gives += (gives.empty() ? "" : ", ") + field;
    }
    out += fmt::format("    from {} is withheld, if {} is given, all but: {}; {}\n", one.from,
                       one.if_given, gives, cited(one.citation));
  }
  if (!stage.note.empty()) {
    out += fmt::format("    note: {}\n", stage.note);
  }
}

void show_version(const Rules& rules, const Version& version, std::string& out) {
  if (version.from) {
    const std::string until = version.until ? " until " + deadline::to_date(*version.until) : "";
    out += fmt::format("version from {}{}; {}\n", deadline::to_date(*version.from), until,
                       cited(version.citation));
  } else {
    out += fmt::format("version not in force; {}\n", cited(version.citation));
  }
  if (!version.validity_note.empty()) {
    out += fmt::format("  note: {}\n", version.validity_note);
  }
  show_scope(version.scope, "  ", out);
  out += fmt::format("  opens with {}: \"{}\"; {}\n", condition(rules, version, version.opens),
                     version.wording, cited(version.opens_citation));
  for (const deadline::Stage& stage : version.stages) {
    show_stage(rules, version, stage, out);
  }
  for (const deadline::Prohibition& one : version.prohibitions) {
    out += fmt::format("  forbids {}: to recipients outside {}: \"{}\"; {}\n", one.id, one.inside,
                       one.wording, cited(one.citation));
  }
  for (const deadline::Penalty& one : version.penalties) {
    out += fmt::format("  penalty: {}; {}\n", one.text, cited(one.citation));
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// Lines of the longest common subsequence are dropped, the others kept with their sign.
void append_difference(const std::string& before, const std::string& after, std::string& out) {
  const std::vector<std::string> a = lines_of(before);
  const std::vector<std::string> b = lines_of(after);
  std::vector<std::vector<std::size_t>> common(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      common[i][j] =
          a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      ++i;
      ++j;
    } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
      out += "- " + a[i++] + "\n";
    } else {
      out += "+ " + b[j++] + "\n";
    }
  }
}

/// The weakest mark of what a version's times rest on.
deadline::Mark weakest(const Version& version) {
  deadline::Mark mark = std::max(version.citation.mark, version.opens_citation.mark);
  for (const deadline::Stage& stage : version.stages) {
    mark = std::max(mark, stage.citation.mark);
    for (const deadline::Limit& limit : stage.limits) {
      mark = std::max(mark, limit.citation.mark);
    }
  }
  return mark;
}

std::string limits_of(const deadline::Stage& stage) {
  std::string all;
  for (const deadline::Limit& limit : stage.limits) {
    all += all.empty() ? "" : "; ";
    all += limit.date ? "a set date" : text(limit.period);
  }
  return all.empty() ? "no fixed time" : all;
}

}  // namespace

std::string show(const Rules& rules, const deadline::Regime& regime) {
  std::string out = fmt::format(
      "regime {}: {}\n{} of {}, days counted there or in {}; checked {}\n", regime.id, regime.title,
      name(regime.kind), regime.place, regime.seat, deadline::to_date(regime.checked));
  if (!regime.note.empty()) {
    out += fmt::format("note: {}\n", regime.note);
  }
  for (const Version& version : regime.versions) {
    show_version(rules, version, out);
  }
  return out;
}

std::string compare(const Rules& before, const Rules& after) {
  std::set<std::string> ids;
  for (const Rules* rules : {&before, &after}) {
    for (const deadline::Regime& regime : rules->regimes) {
      ids.insert(regime.id);
    }
  }
  std::string out;
  for (const std::string& id : ids) {
    const deadline::Regime* a = before.find_regime(id);
    const deadline::Regime* b = after.find_regime(id);
    const std::string old_text = a == nullptr ? "" : show(before, *a);
    const std::string new_text = b == nullptr ? "" : show(after, *b);
    if (old_text != new_text) {
      out += "regime " + id + "\n";
      append_difference(old_text, new_text, out);
    }
  }
  return out;
}

namespace {

/// "2018 to 2036", or nothing.
std::string years_of(const deadline::Calendar& calendar) {
  std::string years;
  for (int y = deadline::kFirstYear; y <= deadline::kLastYear; ++y) {
    if (calendar.is_covered(deadline::Day(std::chrono::year(y) / 1 / 1))) {
      years = years.empty() ? std::to_string(y) + " to " : years;
      years.resize(years.find(" to ") + 4);
      years += std::to_string(y);
    }
  }
  return years;
}

void show_calendars(const Rules& rules, std::string& out) {
  out +=
      "\n## Holidays\n\nA period in working days, and an end under Regulation 1182/71, needs the "
      "holidays of the place. Of a place or\nyear that is not here Saturdays and Sundays alone are "
      "known, and every date that needed more says so.\n\n"
      "| place | days | known for | mark |\n|---|---|---|---|\n";
  for (const deadline::Place& place : rules.places) {
    const std::string years = years_of(place.calendar);
    if (!years.empty()) {
      out += fmt::format("| {} | {} | {} | {} |\n", place.code, place.calendar_source, years,
                         name(place.calendar_mark));
    }
  }
}

}  // namespace

std::string reference(const Rules& rules) {
  std::string out =
      "# Regimes\n\n"
      "Every law and norm that Weir counts by, from `regimes/*.yaml`. A *mark* says how the "
      "weakest of "
      "its times is\nknown: `primary` (the text itself was read, in the part relied on), "
      "`secondary` "
      "(another source says so) or\n`unverified` (neither; look it up before you rely on it). This "
      "page is written by `weir regimes reference`\nand held against the data by a test.\n\n"
      "| regime | what | in force | times | mark | checked |\n|---|---|---|---|---|---|\n";
  for (const deadline::Regime& regime : rules.regimes) {
    for (const Version& version : regime.versions) {
      std::string times;
      for (const deadline::Stage& stage : version.stages) {
        times += (times.empty() ? "" : "<br>") + stage.id + ": " + limits_of(stage);
      }
      const std::string force =
          !version.from ? "not in force"
                        : "from " + deadline::to_date(*version.from) +
                              (version.until ? ", until " + deadline::to_date(*version.until) : "");
      out += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", regime.id, regime.title, force,
                         times, name(weakest(version)), deadline::to_date(regime.checked));
    }
  }
  show_calendars(rules, out);
  return out;
}

}  // namespace weir::regimes
