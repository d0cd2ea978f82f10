#include "main/clocks_beside.h"

#include <algorithm>

#include "main/remote.h"

namespace weir::main {
namespace {

using std::chrono::minutes;

constexpr std::size_t kMostRows = 100'000;  // of a list that goes out whole
constexpr std::int64_t kMinutesInHour = 60;

std::string organisation_path(const std::string& organisation, std::string_view rest) {
  return "/api/v1/organisations/" + percent_encoded(organisation) + std::string(rest);
}
std::string obligation_path(const std::string& obligation, std::string_view rest) {
  return "/api/v1/obligations/" + percent_encoded(obligation) + std::string(rest);
}
std::string conflict_path(const std::string& reference, const std::string& conflict,
                          std::string_view rest) {
  return case_path(reference, "/law-conflicts/" + percent_encoded(conflict) + std::string(rest));
}

/// "" if it is not there.
Result<std::string> text_at(const json::Cursor& at, std::string_view name) {
  const auto found = at.find(name);
  if (!found) {
    return std::string();
  }
  return found->string();
}

Result<bool> flag_at(const json::Cursor& at, std::string_view name) {
  const json::Cursor found = TRY(at.at(name));
  return found.boolean();
}

Result<std::string> joined(const json::Cursor& texts, std::string_view between) {
  std::string all;
  for (const json::Cursor& one : TRY(texts.elements(kMostRows))) {
    all += all.empty() ? "" : between;
    all += TRY(one.string());
  }
  return all;
}

/// The rows of a member, each made anew by `row`.
template <class F>
Result<json::Array> rows_of(const json::Value& list, F row) {
  json::Array rows;
  for (const json::Cursor& one : TRY(json::Cursor(list).elements(kMostRows))) {
    rows.push_back(TRY(row(one)));
  }
  return rows;
}

Result<json::Object> notice_row(const json::Cursor& at) {
  json::Object out;
  out["notice"] = TRY(at.at("notice")).value();
  const json::Cursor people = TRY(at.at("for"));
  const std::string handles = TRY(joined(people, ", "));
  out["for"] = handles.empty() ? "nobody" : handles;
  for (const char* name : {"obligation", "delay"}) {
    out[name] = TRY(text_at(at, name));
  }
  for (const char* name : {"case", "went"}) {
    out[name] = TRY(at.string_at(name));
  }
  const std::string about = TRY(at.string_at("about"));
  const std::string regime = TRY(text_at(at, "regime"));
  const std::string stage = TRY(text_at(at, "stage"));
  out["stage"] = regime.empty() ? about : regime + "/" + stage;
  out["due"] = TRY(at.string_at("due"));
  const json::Cursor ahead = TRY(at.at("minutes_ahead"));
  out["hours_ahead"] = TRY(ahead.integer()) / kMinutesInHour;
  out["rung"] = TRY(at.at("rung")).value();
  out["seen"] = TRY(at.at("seen")).value();
  return out;
}

Result<json::Object> figures_row(const json::Cursor& at) {
  json::Object out;
  for (const char* name :
       {"regime", "sector", "period", "duties", "on_time", "late", "on_time_percent"}) {
    out[name] = TRY(at.at(name)).value();
  }
  for (const char* name : {"median_lead_minutes", "median_fix_hours"}) {
    const auto found = at.find(name);
    out[name] = found ? found->value() : json::Value(nullptr);
  }
  return out;
}

Result<json::Object> delay_row(const json::Cursor& at) {
  json::Object out;
  for (const char* name :
       {"delay", "case", "decided", "ground", "until", "review", "second_body", "told"}) {
    out[name] = TRY(text_at(at, name));
  }
  for (const char* name : {"in_force", "review_is_due"}) {
    out[name] = TRY(at.at(name)).value();
  }
  return out;
}

Result<json::Object> law_side(const json::Cursor& at) {
  const std::string regime = TRY(at.string_at("regime"));
  const std::string what = TRY(at.string_at("what"));
  json::Object out{{"law", regime + "/" + what}};
  for (const char* name : {"title", "wording", "clause", "address", "mark"}) {
    out[name] = TRY(at.string_at(name));
  }
  return out;
}

Result<json::Object> conflict_row(const json::Cursor& at) {
  json::Object out{{"conflict", TRY(at.string_at("conflict"))}};
  for (const char* name : {"forbids", "demands"}) {
    const json::Cursor side = TRY(at.at(name));
    out[name] = TRY(law_side(side));
  }
  out["recipients"] = TRY(at.at("recipients")).value();
  out["due"] = TRY(text_at(at, "due"));
  const std::string choice = TRY(at.string_at("choice"));
  out["choice"] = choice;
  if (choice != name(app::Choice::open)) {
    out["ground"] = TRY(text_at(at, "ground"));
    out["decided_by"] = TRY(text_at(at, "decided_by"));
    const std::string confirmed = TRY(text_at(at, "confirmed_by"));
    out["confirmed_by"] = confirmed.empty() ? "nobody yet" : confirmed;
  }
  return out;
}

/// A form's fields have a source each, a filing's have none.
Result<json::Object> field_row(const json::Cursor& at, bool has_source) {
  json::Object out;
  out["field"] = TRY(at.string_at("field"));
  out["level"] = TRY(at.string_at("level"));
  out["need"] = TRY(flag_at(at, "required")) ? "required" : "optional";
  out["label"] = TRY(at.string_at("label"));
  out["value"] = TRY(at.string_at("value"));
  if (has_source) {
    out["from"] = TRY(text_at(at, "from"));
  }
  return out;
}

Result<json::Object> filing_row(const json::Cursor& at) {
  json::Object out;
  for (const char* name : {"filing", "case", "stage", "state", "channel", "level", "submitted",
                           "acknowledged", "receipt"}) {
    out[name] = TRY(text_at(at, name));
  }
  return out;
}

}  // namespace

Result<json::Object> profile_beside(const Line& line, const std::string& organisation) {
  const json::Value whole = TRY(value_beside(line, organisation_path(organisation, "/profile")));
  const json::Cursor at(whole);
  const json::Cursor profile = TRY(at.at("profile"));
  json::Object out{{"organisation", TRY(at.string_at("organisation"))}};
  out["since"] = TRY(at.string_at("since"));
  out["establishment"] = TRY(profile.string_at("establishment"));
  const json::Cursor attributes = TRY(profile.at("attributes"));
  for (const auto& member : attributes.value().as_object()) {
    out[member.key()] = TRY(joined(json::Cursor(member.value()), ", "));
  }
  json::Array concerned;
  json::Array outside;
  const json::Cursor concerns = TRY(at.at("concerns"));
  for (const json::Cursor& one : TRY(concerns.elements(kMostRows))) {
    const std::string regime = TRY(one.string_at("regime"));
    if (TRY(flag_at(one, "concerns"))) {
      concerned.push_back(json::Object{{"regime", regime}, {"title", TRY(one.string_at("title"))}});
    } else {
      const json::Cursor reasons = TRY(one.at("why_not"));
      outside.push_back(json::Object{{"regime", regime}, {"why", TRY(joined(reasons, "; "))}});
    }
  }
  out["concerned_by"] = std::move(concerned);
  out["not_concerned_by"] = std::move(outside);
  return out;
}

Status set_profile_beside(const Line& line, const std::string& organisation, std::string bytes) {
  net::Call call = TRY(call_beside(line, "PUT", organisation_path(organisation, "/profile")));
  call.content_type = "application/json";
  call.body = std::move(bytes);
  TRY(ask_beside(call));
  return {};
}

Result<json::Array> notices_beside(const Line& line) {
  const json::Value list = TRY(rows_beside(line, "/api/v1/notices", "notices"));
  json::Array rows = TRY(rows_of(list, notice_row));
  std::ranges::reverse(rows);
  return rows;
}

Status set_rule_beside(const Line& line, const std::string& organisation,
                       const app::NoticeRule& rule) {
  json::Array ahead;
  for (const Duration step : rule.steps) {
    ahead.push_back(json::Value(std::int64_t{step / minutes(1)}));
  }
  json::Object body{{"minutes_ahead", std::move(ahead)},
                    {"escalate_after_minutes", std::int64_t{rule.escalate_after / minutes(1)}},
                    {"first_person", rule.first}};
  if (!rule.second.empty()) {
    body["second_person"] = rule.second;
  }
  TRY(send_beside(line, "PUT", organisation_path(organisation, "/notice-rule"), body));
  return {};
}

Result<json::Object> statistics_beside(const Line& line, bool of_everybody) {
  const json::Value whole =
      TRY(value_beside(line, of_everybody ? "/api/v1/statistics/public" : "/api/v1/statistics"));
  const json::Cursor at(whole);
  json::Object out;
  out["definitions"] = TRY(at.at("definitions")).value();
  const json::Cursor figures = TRY(at.at("figures"));
  out["figures"] = TRY(rows_of(figures.value(), figures_row));
  return out;
}

Result<std::string> statistics_csv_beside(const Line& line, bool of_everybody) {
  return TRY(ask_beside(line,
                        of_everybody ? "/api/v1/statistics/public.csv" : "/api/v1/statistics.csv"))
      .body;
}

Result<json::Array> delays_beside(const Line& line, const std::string& reference) {
  const std::string path =
      reference.empty() ? std::string("/api/v1/delays") : case_path(reference, "/delays");
  const json::Value list = TRY(value_beside(line, path, "delays"));
  return rows_of(list, delay_row);
}

Result<json::Array> conflicts_beside(const Line& line, const std::string& reference) {
  const json::Value list =
      TRY(value_beside(line, case_path(reference, "/law-conflicts"), "conflicts"));
  return rows_of(list, conflict_row);
}

Status decide_beside(const Line& line, const std::string& reference,
                     const app::ConflictDecision& decision) {
  TRY(post_beside(line, conflict_path(reference, decision.conflict, "/decision"),
                  {{"choice", name(decision.choice)}, {"ground", decision.ground}}));
  return {};
}

Status confirm_beside(const Line& line, const std::string& reference, const std::string& conflict,
                      app::Choice choice) {
  TRY(post_beside(line, conflict_path(reference, conflict, "/confirmation"),
                  {{"choice", name(choice)}}));
  return {};
}

Result<json::Object> form_beside(const Line& line, const std::string& obligation) {
  const json::Value whole = TRY(value_beside(line, obligation_path(obligation, "/form")));
  const json::Cursor at(whole);
  const json::Cursor row = TRY(at.at("obligation"));
  const std::string regime = TRY(row.string_at("regime"));
  const std::string stage = TRY(row.string_at("stage"));
  json::Object out{{"filing", TRY(text_at(at, "filing"))}, {"stage", regime + "/" + stage}};
  out["title"] = TRY(row.string_at("title"));
  out["recipients"] = TRY(at.at("recipients")).value();
  const json::Cursor fields = TRY(at.at("fields"));
  out["fields"] =
      TRY(rows_of(fields.value(), [](const json::Cursor& one) { return field_row(one, true); }));
  out["missing"] = TRY(at.at("missing")).value();
  out["beyond"] = TRY(at.at("beyond")).value();
  return out;
}

Result<std::vector<app::FieldValue>> values_beside(const Line& line,
                                                   const std::string& obligation) {
  const json::Value fields =
      TRY(value_beside(line, obligation_path(obligation, "/form"), "fields"));
  std::vector<app::FieldValue> values;
  for (const json::Cursor& one : TRY(json::Cursor(fields).elements(kMostRows))) {
    const std::string level = TRY(one.string_at("level"));
    const auto parsed = parse_level(level);
    if (!parsed) {
      return fail(Code::unavailable, "the server's answer is none of this Weir");
    }
    app::FieldValue value{.name = TRY(one.string_at("field")), .value = "", .level = *parsed};
    value.value = TRY(one.string_at("value"));
    values.push_back(std::move(value));
  }
  return values;
}

Result<std::string> save_beside(const Line& line, const std::string& obligation,
                                const std::vector<app::FieldValue>& values) {
  json::Object body;
  for (const app::FieldValue& one : values) {
    if (one.level == Level::nothing) {
      body[one.name] = one.value;
    } else {
      body[one.name] = json::Object{{"value", one.value}, {"level", name(one.level)}};
    }
  }
  const net::Answer answer =
      TRY(send_beside(line, "PUT", obligation_path(obligation, "/draft"), body));
  const json::Value saved = TRY(json::parse(answer.body));
  return json::Cursor(saved).string_at("filing");
}

std::string filing_path(const std::string& filing, std::string_view rest) {
  return "/api/v1/filings/" + percent_encoded(filing) + std::string(rest);
}

Result<json::Object> filing_beside(const Line& line, const std::string& filing) {
  const json::Value whole = TRY(value_beside(line, filing_path(filing)));
  const json::Cursor at(whole);
  const std::string regime = TRY(at.string_at("regime"));
  const std::string stage = TRY(at.string_at("stage"));
  json::Object out{{"filing", TRY(at.string_at("filing"))}, {"stage", regime + "/" + stage}};
  out["title"] = TRY(at.string_at("title"));
  out["recipients"] = TRY(at.at("recipients")).value();
  const json::Cursor fields = TRY(at.at("fields"));
  out["fields"] =
      TRY(rows_of(fields.value(), [](const json::Cursor& one) { return field_row(one, false); }));
  return out;
}

Result<json::Array> filings_beside(const Line& line, const std::string& reference) {
  const std::string of_case = reference.empty() ? "" : "?case=" + percent_encoded(reference);
  const json::Value list = TRY(rows_beside(line, "/api/v1/filings" + of_case, "filings"));
  return rows_of(list, filing_row);
}

}  // namespace weir::main
