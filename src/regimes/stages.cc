// The parts of a version: citations, conditions, scopes, limits, fields, stages.
#include <algorithm>

#include "regimes/reader.h"
#include "regimes/regimes.h"

namespace weir::regimes {
namespace {

using deadline::Counting;
using deadline::Unit;

constexpr std::string_view kFiled = "filed:";

Status add_alternative(const Reader& from, const Names& names, deadline::Any& any) {
  const std::string word = TRY(from.text());
  if (word.starts_with(kFiled)) {
    const auto found = std::ranges::find(names.stages, word.substr(kFiled.size()));
    if (found == names.stages.end()) {
      return from.refuse("no such stage in this version: " + word);
    }
    any.stages |= std::uint32_t{1} << (found - names.stages.begin());
    return {};
  }
  const auto event = names.rules.event(word);
  if (!event) {
    return from.refuse("no such event in the vocabulary: " + word);
  }
  any.events |= std::uint64_t{1} << *event;
  return {};
}

Result<Unit> read_unit(const Reader& from, const std::string& word) {
  for (const Unit unit :
       {Unit::hours, Unit::days, Unit::business_days, Unit::weeks, Unit::months, Unit::years}) {
    const std::string_view plural = name(unit);
    if (word == plural || word == plural.substr(0, plural.size() - 1)) {
      return unit;
    }
  }
  return from.refuse("a period is counted in hours, days, business days, weeks, months or years");
}

Result<deadline::Period> read_period(const Reader& from) {
  const Reader within = TRY(from.at("within"));
  const std::string text = TRY(within.text());
  const std::size_t space = text.find(' ');
  const std::string digits = text.substr(0, space);
  deadline::Period period;
  for (const char c : digits) {
    if (c < '0' || c > '9' || period.count > kMaxCount) {
      return within.refuse("a period is a number and a unit: 72 hours");
    }
    period.count = period.count * 10 + (c - '0');
  }
  if (space == std::string::npos || period.count < 1 || period.count > kMaxCount) {
    return within.refuse("a period is 1 to 10000 of a unit: 72 hours");
  }
  period.unit = TRY(read_unit(within, text.substr(space + 1)));
  const Reader counting = TRY(from.at("counting"));
  const std::string rule = TRY(counting.text());
  for (const Counting one :
       {Counting::elapsed, Counting::calendar, Counting::eu_1182_71, Counting::eu_1182_71_noon}) {
    if (rule == name(one)) {
      period.counting = one;
      const bool is_clock =
          period.unit == Unit::hours || period.unit == Unit::days || period.unit == Unit::weeks;
      if (one == Counting::elapsed && !is_clock) {
        return counting.refuse("only hours, days and weeks can elapse; count by calendar");
      }
      const bool is_of_days = one == Counting::calendar || one == Counting::eu_1182_71_noon;
      if (is_of_days && period.unit == Unit::hours) {
        return counting.refuse("hours elapse, or are counted by eu-1182-71");
      }
      return period;
    }
  }
  return counting.refuse("counting is elapsed, calendar, eu-1182-71 or eu-1182-71-noon");
}

Result<deadline::Limit> read_limit(const Reader& from, const Names& names) {
  TRY(from.only({"within", "counting", "from", "date", "wording", "cite", "lapses"}));
  deadline::Limit limit;
  limit.wording = TRY(from.text_at("wording"));
  limit.citation = TRY(read_citation(from, names));
  if (const auto date = from.find("date")) {
    const auto event = names.rules.event(TRY(date->text()));
    if (!event || names.rules.events[*event].kind != deadline::Event::Kind::date) {
      return date->refuse("an event of kind date is expected");
    }
    if (from.find("within") || from.find("counting") || from.find("from") || from.find("lapses")) {
      return from.refuse("a limit is a period or a date");
    }
    limit.date = *event;
    return limit;
  }
  limit.period = TRY(read_period(from));
  limit.from = TRY(read_condition(from.find("from"), names));
  if (const auto lapses = from.find("lapses")) {
    if (TRY(lapses->text()) != "true") {
      return lapses->refuse("lapses is true, or absent");
    }
    limit.before = deadline::Limit::Before::lapses;
  }
  return limit;
}

/// [name, level, required | optional, label]
Result<deadline::Field> read_field(const Reader& from, Names& names) {
  const std::vector<std::string> parts = TRY(from.texts());
  const auto level = parts.size() == 4 ? parse_level(parts[1]) : std::nullopt;
  const bool is_required = parts.size() == 4 && parts[2] == "required";
  if (!level || !is_word(parts[0]) || (!is_required && parts[2] != "optional")) {
    return from.refuse("a field is [name, level, required or optional, label]");
  }
  const auto number = names.fields.emplace(parts[0], names.fields.size()).first->second;
  if (number >= deadline::kMaxFields) {
    return from.refuse("more than 64 fields in one version");
  }
  return deadline::Field{
      parts[0], parts[3], *level,
      is_required ? deadline::Field::Need::required : deadline::Field::Need::optional, number};
}

Status read_fields(const Reader& from, Names& names, deadline::Stage& stage) {
  for (const Reader& one : TRY(from.list())) {
    deadline::Field field = TRY(read_field(one, names));
    if (std::ranges::find(stage.fields, field.name, &deadline::Field::name) != stage.fields.end()) {
      return one.refuse("a field twice: " + field.name);
    }
    if (field.need == deadline::Field::Need::required) {
      stage.required |= std::uint64_t{1} << field.number;
    }
    stage.fields.push_back(std::move(field));
  }
  return {};
}

Status read_recipients(const Reader& from, const Names& names, deadline::Stage& stage) {
  for (const Reader& one : TRY(from.list())) {
    const std::vector<std::string> parts = TRY(one.texts());
    const bool is_place =
        parts.size() == 2 && (parts[1] == "any" || names.rules.find_place(parts[1]) != nullptr ||
                              names.rules.groups.contains(parts[1]));
    if (!is_place) {
      return one.refuse("a recipient is [name, place]; a place is a country, a group or any");
    }
    stage.recipients.push_back({parts[0], parts[1]});
  }
  return {};
}

Status read_onward(const Reader& from, const Names& names, deadline::Stage& stage) {
  for (const Reader& one : TRY(from.list())) {
    TRY(one.only({"to", "delay", "cite"}));
    deadline::Onward onward;
    onward.to = TRY(one.text_at("to"));
    onward.delay = TRY(one.text_at("delay"));
    onward.citation = TRY(read_citation(one, names));
    stage.onward.push_back(std::move(onward));
  }
  return {};
}

Status read_withheld(const Reader& from, const Names& names, deadline::Stage& stage) {
  const auto is_field = [&stage](const std::string& word) {
    return std::ranges::find(stage.fields, word, &deadline::Field::name) != stage.fields.end();
  };
  for (const Reader& one : TRY(from.list())) {
    TRY(one.only({"from", "if", "gives", "cite"}));
    deadline::Withholding made;
    made.from = TRY(one.text_at("from"));
    made.if_given = TRY(one.text_at("if"));
    const Reader gives = TRY(one.at("gives"));
    made.gives = TRY(gives.texts());
    made.citation = TRY(read_citation(one, names));
    const bool is_recipient =
        std::ranges::find(stage.recipients, made.from, &deadline::Recipient::name) !=
        stage.recipients.end();
    if (!is_recipient || !is_field(made.if_given) || !std::ranges::all_of(made.gives, is_field)) {
      return one.refuse("what is withheld names a recipient and fields of the stage");
    }
    stage.withheld.push_back(std::move(made));
  }
  return {};
}

Result<deadline::Attributes> read_attributes(const std::optional<Reader>& from,
                                             const Names& names) {
  deadline::Attributes attributes;
  if (!from) {
    return attributes;
  }
  for (const auto& [attribute, values] : TRY(from->members())) {
    const auto known = names.rules.vocabulary.find(attribute);
    if (known == names.rules.vocabulary.end()) {
      return values.refuse("no such attribute in the vocabulary: " + attribute);
    }
    for (const Reader& value : TRY(values.list())) {
      const std::string word = TRY(value.text());
      const bool is_place =
          known->second == std::vector<std::string>{"place"} &&
          (names.rules.find_place(word) != nullptr || names.rules.groups.contains(word));
      if (!is_place && std::ranges::find(known->second, word) == known->second.end()) {
        return value.refuse("no such value of " + attribute + ": " + word);
      }
      attributes[attribute].push_back(word);
    }
  }
  return attributes;
}

}  // namespace

/// cite: [source, clause] or [source, clause, mark], where the mark replaces the source's.
Result<deadline::Citation> read_citation(const Reader& parent, const Names& names) {
  const auto from = parent.find("cite");
  if (!from) {
    return parent.refuse("a citation is missing (cite: [source, clause])");
  }
  const std::vector<std::string> parts = TRY(from->texts());
  if (parts.size() < 2 || parts.size() > 3) {
    return from->refuse("a citation is [source, clause] or [source, clause, mark]");
  }
  const auto source = names.sources.find(parts[0]);
  if (source == names.sources.end()) {
    return from->refuse("no such source in this file: " + parts[0]);
  }
  deadline::Citation citation = source->second;
  citation.clause = parts[1];
  if (parts.size() == 3) {
    const auto mark = deadline::parse_mark(parts[2]);
    if (!mark) {
      return from->refuse("a mark is primary, secondary or unverified");
    }
    citation.mark = *mark;
  }
  return citation;
}

Result<deadline::Condition> read_condition(const std::optional<Reader>& from, const Names& names) {
  deadline::Condition condition;
  if (!from) {
    return condition;
  }
  for (const Reader& one : TRY(from->list())) {
    deadline::Any any;
    if (one.node().kind == Node::Kind::list) {
      for (const Reader& alternative : TRY(one.list())) {
        TRY(add_alternative(alternative, names, any));
      }
    } else {
      TRY(add_alternative(one, names, any));
    }
    if (any.events == 0 && any.stages == 0) {
      return one.refuse("a condition needs an event or a stage");
    }
    condition.push_back(any);
  }
  return condition;
}

Result<deadline::Scope> read_scope(const Reader& parent, const Names& names) {
  deadline::Scope scope;
  scope.applies = TRY(read_attributes(parent.find("applies"), names));
  scope.except = TRY(read_attributes(parent.find("except"), names));
  return scope;
}

Result<deadline::Stage> read_stage(const Reader& from, Names& names) {
  TRY(from.only({"stage", "title", "applies", "except", "when", "wording", "cite", "limits",
                 "discharged_by", "waived_if", "unless_provided", "fields", "to", "onward",
                 "withheld", "note"}));
  deadline::Stage stage;
  stage.id = TRY(from.text_at("stage"));
  stage.title = TRY(from.text_at("title"));
  stage.wording = TRY(from.text_at("wording"));
  stage.note = TRY(from.find_text("note"));
  stage.citation = TRY(read_citation(from, names));
  stage.scope = TRY(read_scope(from, names));
  stage.when = TRY(read_condition(from.find("when"), names));
  stage.discharged_by = TRY(read_condition(from.find("discharged_by"), names));
  stage.waived_if = TRY(read_condition(from.find("waived_if"), names));
  if (const auto limits = from.find("limits")) {
    for (const Reader& one : TRY(limits->list())) {
      stage.limits.push_back(TRY(read_limit(one, names)));
    }
  }
  if (const auto unless = from.find("unless_provided")) {
    if (TRY(unless->text()) != "true") {
      return unless->refuse("unless_provided is true, or absent");
    }
    stage.unless = deadline::Stage::Unless::provided;
  }
  if (const auto fields = from.find("fields")) {
    TRY(read_fields(*fields, names, stage));
  }
  if (const auto to = from.find("to")) {
    TRY(read_recipients(*to, names, stage));
  }
  if (const auto onward = from.find("onward")) {
    TRY(read_onward(*onward, names, stage));
  }
  if (const auto withheld = from.find("withheld")) {
    TRY(read_withheld(*withheld, names, stage));
  }
  if (stage.unless == deadline::Stage::Unless::provided && stage.required == 0) {
    return from.refuse("unless_provided needs required fields");
  }
  return stage;
}

}  // namespace weir::regimes
