#include "api/clock_views.h"

#include <algorithm>

namespace weir::api {
namespace {

constexpr std::int64_t kMsInMinute = 60'000;

json::Array array_of(const std::vector<std::string>& texts) {
  return json::Array(texts.begin(), texts.end());
}

void put_time(json::Object& out, std::string_view name, const std::optional<Instant>& at) {
  if (at) {
    out[name] = to_rfc3339(*at);
  }
}

void put_text(json::Object& out, std::string_view name, const std::string& text) {
  if (!text.empty()) {
    out[name] = text;
  }
}

json::Object cited(const deadline::Citation& citation) {
  return {{"clause", citation.clause},
          {"address", citation.address},
          {"mark", deadline::name(citation.mark)}};
}

json::Object side(const app::LawSide& one) {
  json::Object out = cited(one.citation);
  out["regime"] = one.regime;
  out["title"] = one.title;
  out["what"] = one.what;
  out["wording"] = one.wording;
  return out;
}

json::Object field_value(const app::FilingField& one) {
  return {{"field", one.name},        {"label", one.label},          {"least", name(one.least)},
          {"level", name(one.level)}, {"required", one.is_required}, {"value", one.value}};
}

json::Object stage_value(const app::StageView& stage) {
  json::Array limits;
  for (const app::LimitView& one : stage.limits) {
    limits.push_back(json::Object{
        {"within", one.within}, {"wording", one.wording}, {"citation", cited(one.citation)}});
  }
  json::Array fields;
  for (const deadline::Field& one : stage.fields) {
    fields.push_back(json::Object{{"field", one.name},
                                  {"label", one.label},
                                  {"level", name(one.level)},
                                  {"required", one.need == deadline::Field::Need::required}});
  }
  return {{"stage", stage.stage},        {"title", stage.title},
          {"wording", stage.wording},    {"citation", cited(stage.citation)},
          {"limits", std::move(limits)}, {"recipients", array_of(stage.recipients)},
          {"fields", std::move(fields)}};
}

json::Object regime_head(const app::RegimeView& one) {
  return {{"regime", one.regime},
          {"title", one.title},
          {"kind", one.kind},
          {"place", one.place},
          {"checked", one.checked}};
}

}  // namespace

json::Value view(const app::ProfileView& one) {
  json::Array concerns;
  for (const app::Concern& concern : one.concerns) {
    concerns.push_back(json::Object{{"regime", concern.regime},
                                    {"title", concern.title},
                                    {"concerns", concern.concerns},
                                    {"why_not", array_of(concern.why_not)}});
  }
  json::Object attributes;
  for (const auto& [attribute, values] : one.profile.attributes) {
    attributes[attribute] = array_of(values);
  }
  return json::Object{{"organisation", one.organisation},
                      {"since", to_rfc3339(one.since)},
                      {"profile",
                       {{"format", "weir-profile/v1"},
                        {"establishment", one.profile.establishment},
                        {"attributes", std::move(attributes)}}},
                      {"concerns", std::move(concerns)}};
}

json::Value view(const app::FactView& one) {
  return json::Object{{"fact", one.number},
                      {"event", one.event},
                      {"at", to_rfc3339(one.at)},
                      {"says", one.says == deadline::Fact::Says::happened ? "happened" : "did_not"},
                      {"corrects", one.corrects},
                      {"stands", one.stands},
                      {"entered", to_rfc3339(one.entered)},
                      {"by", one.by},
                      {"source", one.source},
                      {"evidence", one.evidence}};
}

json::Value view(const app::BoardRow& row, Instant now) {
  json::Object out{{"obligation", row.obligation},
                   {"case", row.case_reference},
                   {"organisation", row.organisation},
                   {"regime", row.regime},
                   {"stage", row.stage},
                   {"title", row.title},
                   {"state", deadline::name(row.state)},
                   {"mark", deadline::name(row.mark)},
                   {"covered", row.covered}};
  put_time(out, "due", row.due);
  put_time(out, "last", row.last);
  put_time(out, "met", row.met);
  if (row.warned != app::Warned::not_yet) {
    out["warned"] = app::name(row.warned);
  }
  if (!row.contradictions.empty()) {
    out["contradictions"] = array_of(row.contradictions);
  }
  if (row.due && deadline::is_open(row.state)) {
    out["minutes_left"] = (*row.due - now).count() / kMsInMinute;
  }
  return out;
}

json::Value view(const app::Explanation& one, Instant now) {
  json::Array steps;
  for (const deadline::Step& step : one.steps) {
    steps.push_back(json::Object{{"step", step.text},
                                 {"clause", step.clause},
                                 {"mark", step.mark},
                                 {"address", step.address}});
  }
  return json::Object{{"obligation", view(one.row, now)},
                      {"steps", std::move(steps)},
                      {"contradictions", array_of(one.row.contradictions)}};
}

json::Value view(const app::ConflictView& one) {
  json::Object out{{"conflict", one.conflict},
                   {"forbids", side(one.forbids)},
                   {"demands", side(one.demands)},
                   {"recipients", array_of(one.recipients)},
                   {"choice", app::name(one.choice)}};
  put_time(out, "due", one.due);
  put_text(out, "ground", one.ground);
  put_text(out, "decided_by", one.decided_by);
  put_text(out, "confirmed_by", one.confirmed_by);
  return out;
}

json::Value view(const app::DelayView& one) {
  json::Object out{{"delay", one.reference},
                   {"case", one.case_reference},
                   {"decided", to_rfc3339(one.decided)},
                   {"ground", one.ground},
                   {"until", to_rfc3339(one.until)},
                   {"second_body", one.second_body},
                   {"in_force", one.in_force},
                   {"review_is_due", one.review_is_due}};
  put_time(out, "review", one.review);
  put_time(out, "told", one.told);
  return out;
}

json::Value view(const app::Notice& one) {
  json::Object out{{"notice", one.id},
                   {"for", array_of(one.handles)},
                   {"went", app::name(one.went)},
                   {"about", app::name(one.about)},
                   {"case", one.case_reference},
                   {"due", to_rfc3339(one.due)},
                   {"minutes_ahead", one.step.count() / kMsInMinute},
                   {"rung", one.rung},
                   {"at", to_rfc3339(one.at)},
                   {"seen", one.seen}};
  put_text(out, "obligation", one.obligation);
  put_text(out, "delay", one.delay);
  put_text(out, "regime", one.regime);
  put_text(out, "stage", one.stage);
  return out;
}

json::Value view(const app::NoticeRule& rule) {
  json::Array steps;
  for (const Duration step : rule.steps) {
    steps.emplace_back(step.count() / kMsInMinute);
  }
  return json::Object{{"minutes_ahead", std::move(steps)},
                      {"escalate_after_minutes", rule.escalate_after.count() / kMsInMinute},
                      {"first_person", rule.first},
                      {"second_person", rule.second},
                      {"tells_now", array_of(rule.tells_now)}};
}

json::Value view(const std::vector<app::Figures>& figures) {
  json::Array rows;
  for (const app::Figures& one : figures) {
    json::Object row{{"regime", one.regime},
                     {"sector", one.sector},
                     {"period", one.period},
                     {"duties", one.duties},
                     {"on_time", one.on_time},
                     {"late", one.late},
                     {"on_time_percent", one.on_time_percent}};
    if (one.median_lead_minutes) {
      row["median_lead_minutes"] = *one.median_lead_minutes;
    }
    if (one.median_fix_hours) {
      row["median_fix_hours"] = *one.median_fix_hours;
    }
    rows.push_back(std::move(row));
  }
  return json::Object{{"definitions", app::kDefinitions}, {"figures", std::move(rows)}};
}

json::Value view(const app::Form& form, Instant now) {
  json::Array fields;
  for (std::size_t i = 0; i < form.document.fields.size(); ++i) {
    json::Object one = field_value(form.document.fields[i]);
    put_text(one, "from", form.sources[i]);
    fields.push_back(std::move(one));
  }
  json::Object out{{"obligation", view(form.row, now)},
                   {"recipients", array_of(form.document.recipients)},
                   {"fields", std::move(fields)},
                   {"missing", array_of(form.missing)},
                   {"beyond", array_of(form.beyond)}};
  put_text(out, "filing", form.draft);
  return out;
}

json::Value view(const app::FilingDocument& document) {
  json::Array fields;
  for (const app::FilingField& one : document.fields) {
    fields.push_back(field_value(one));
  }
  return json::Object{{"filing", document.filing},
                      {"organisation", document.organisation},
                      {"regime", document.regime},
                      {"version", document.version},
                      {"stage", document.stage},
                      {"title", document.title},
                      {"recipients", array_of(document.recipients)},
                      {"fields", std::move(fields)}};
}

json::Value view(const app::FilingView& one) {
  json::Object out{{"filing", one.filing},          {"obligation", one.obligation},
                   {"case", one.case_reference},    {"stage", one.stage},
                   {"state", app::name(one.state)}, {"level", name(one.level)},
                   {"channel", one.channel}};
  put_time(out, "submitted", one.submitted);
  put_time(out, "acknowledged", one.acknowledged);
  put_text(out, "receipt", one.receipt_id);
  return out;
}

json::Value view(const app::SentView& one) {
  json::Object out{{"to", one.to}};
  put_text(out, "copy_for", one.recipient);
  put_text(out, "authority_case", one.answered.case_reference);
  put_text(out, "authority_receipt", one.answered.receipt_id);
  put_text(out, "authority_promise", one.answered.promise);
  put_text(out, "authority_return_code", one.answered.return_code);
  return out;
}

json::Value view(const app::RegimeView& one) {
  json::Array versions;
  for (const app::VersionView& version : one.versions) {
    json::Array stages;
    for (const app::StageView& stage : version.stages) {
      stages.push_back(stage_value(stage));
    }
    versions.push_back(json::Object{{"from", version.from},
                                    {"until", version.until},
                                    {"mark", deadline::name(version.mark)},
                                    {"stages", std::move(stages)}});
  }
  json::Object out = regime_head(one);
  out["versions"] = std::move(versions);
  out["text"] = one.text;
  return out;
}

json::Value view(const std::vector<app::RegimeView>& all) {
  json::Array rows;
  for (const app::RegimeView& one : all) {
    deadline::Mark weakest = deadline::Mark::primary;
    for (const app::VersionView& version : one.versions) {
      weakest = std::max(weakest, version.mark);
    }
    json::Object row = regime_head(one);
    row["mark"] = deadline::name(weakest);
    rows.push_back(std::move(row));
  }
  return json::Object{{"regimes", std::move(rows)}};
}

json::Value view(const app::Submitted& done) {
  return json::Object{{"receipt", done.receipt_id}, {"promise", done.promise}};
}

}  // namespace weir::api
