// What the clocks ask of people and show to the public: delays of dissemination, warnings,
// statistics, and the laws themselves.
#include "api/clock_views.h"
#include "api/service.h"
#include "base/bytes.h"

namespace weir::api {
namespace {

using http::Response;
using std::chrono::minutes;

constexpr std::size_t kNumberDigits = 20;  // of a cursor: so many, so that text sorts like numbers

Result<Response> order_delay(Call& call) {
  return told(app::delay_dissemination(call.app, call.actor, call.path("case"),
                                       {.ground = call.body.text("ground"),
                                        .justification = call.body.text("justification"),
                                        .until = call.body.text("until"),
                                        .review = call.body.text("review"),
                                        .second_body = call.body.text("second_body")}));
}

Result<Response> list_delays(Call& call) {
  json::Array rows;
  for (const app::DelayView& one : TRY(app::delays(call.app, call.actor, call.path("case")))) {
    rows.push_back(view(one));
  }
  return ok(json::Object{{"delays", std::move(rows)}});
}

Result<Response> list_delays_in_force(Call& call) {
  json::Array rows;
  for (const app::DelayView& one : TRY(app::delays_in_force(call.app, call.actor))) {
    rows.push_back(view(one));
  }
  return ok(json::Object{{"delays", std::move(rows)}});
}

Result<Response> list_notices(Call& call) {
  json::Array rows;
  for (const app::Notice& one : TRY(app::notices(call.app, call.actor))) {
    json::Value row = view(one);
    const std::string number = std::to_string(one.id);
    row.get_object()["cursor"] = std::string(kNumberDigits - number.size(), '0') + number;
    rows.push_back(std::move(row));
  }
  return page(call, std::move(rows), {.key = "cursor", .list = "notices"});
}

Result<Response> mark_seen(Call& call) {
  const auto id = parse_decimal(call.path("notice"));
  if (!id || *id > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return fail(Code::not_found, "no such notice");
  }
  return told(app::mark_seen(call.app, call.actor, static_cast<std::int64_t>(*id)));
}

/// As many minutes as no later addition can overflow: app/ names the limit.
Result<Duration> minutes_of(std::int64_t count, std::string_view where) {
  if (count < 0 || count > app::kLongestStep / minutes(1)) {
    return fail(Code::invalid, "0 to 129600 minutes, which are 90 days", std::string(where));
  }
  return Duration(minutes(count));
}

Result<Response> set_rule(Call& call) {
  app::NoticeRule rule;
  rule.first = call.body.text("first_person");
  rule.second = call.body.text("second_person");
  for (const std::int64_t ahead : call.body.numbers("minutes_ahead")) {
    rule.steps.push_back(TRY(minutes_of(ahead, "/minutes_ahead")));
  }
  rule.escalate_after =
      TRY(minutes_of(call.body.number("escalate_after_minutes"), "/escalate_after_minutes"));
  return told(app::set_notice_rule(call.app, call.actor, call.path("organisation"), rule));
}

void add_delays(Table& table) {
  using enum http::Method;
  Row& order = table.add(post, "/api/v1/cases/{case}/delays", Access::user, "order_delay",
                         "Delay dissemination under the law: justified, reviewed, told to a second "
                         "body; it ends by itself",
                         order_delay);
  order.inputs = {choice("ground", {app::kDelayGrounds.begin(), app::kDelayGrounds.end()}),
                  needed("justification", Kind::text),
                  needed("until", Kind::text, "planned dissemination, RFC 3339"),
                  needed("review", Kind::text, "RFC 3339, not after it"),
                  needed("second_body", Kind::text, "an organisation")};
  order.repeats = Row::Repeats::by_key;
  Row& told_row = table.add(
      post, "/api/v1/cases/{case}/delays/told", Access::user, "tell_second_body",
      "The second body of one delay was told", [](Call& call) {
        return told(app::tell_second_body(
            call.app, call.actor, call.path("case"),
            {call.body.text("delay"), call.body.text("second_body"), call.body.text("note")}));
      });
  told_row.inputs = {needed("delay", Kind::text, "which"),
                     needed("second_body", Kind::text, "who was told: that of this delay"),
                     needed("note", Kind::text, "how")};
  table
      .add(get, "/api/v1/cases/{case}/delays", Access::user, "delays",
           "What was delayed, and what that owes", list_delays)
      .answers = "Delays";
  table
      .add(get, "/api/v1/delays", Access::user, "delays_in_force",
           "What is delayed in the cases that you handle, by what comes next of each",
           list_delays_in_force)
      .answers = "Delays";
}

void add_notices(Table& table) {
  using enum http::Method;
  Row& list = table.add(get, "/api/v1/notices", Access::user, "notices",
                        "Warnings of your organisation, oldest first", list_notices);
  list.answers = "Notices";
  list.parameters = paging_parameters();
  table.add(post, "/api/v1/notices/{notice}/seen", Access::user, "mark_seen",
            "It does not go to the second person", mark_seen);
  table
      .add(get, "/api/v1/organisations/{organisation}/notice-rule", Access::user,
           "show_notice_rule", "When it is warned, and who is",
           [](Call& call) -> Result<Response> {
             return ok(
                 view(TRY(app::show_notice_rule(call.app, call.actor, call.path("organisation")))));
           })
      .answers = "NoticeRule";
  Row& rule = table.add(put, "/api/v1/organisations/{organisation}/notice-rule", Access::user,
                        "set_notice_rule", "When it is warned, and who is", set_rule);
  rule.inputs = {needed("minutes_ahead", Kind::numbers, "before it is due; 0: when it is"),
                 needed("escalate_after_minutes", Kind::number),
                 needed("first_person", Kind::text, "a handle"),
                 optional("second_person", Kind::text, "another, if the first does not react")};
}

Result<std::vector<app::Figures>> own_figures(const Call& call) {
  return app::statistics(call.app, *call.laws(), call.actor);
}

Response csv(const std::vector<app::Figures>& figures) {
  return http::text_response(200, "text/csv; charset=utf-8", app::statistics_csv(figures));
}

void add_csv(Table& table, std::string pattern, Access access, std::string operation, Act act) {
  Row& row = table.add(http::Method::get, std::move(pattern), access, std::move(operation),
                       "The same as RFC 4180 CSV", std::move(act));
  row.answers = "A line for each cell";
  row.content_type = "text/csv";
}

void add_statistics(Table& table) {
  using enum http::Method;
  table
      .add(get, "/api/v1/statistics", Access::user, "statistics",
           "How your organisation kept the law's clocks, by regime, sector and quarter",
           [](Call& call) -> Result<Response> { return ok(view(TRY(own_figures(call)))); })
      .answers = "Statistics";
  add_csv(table, "/api/v1/statistics.csv", Access::user, "statistics_csv",
          [](Call& call) -> Result<Response> { return csv(TRY(own_figures(call))); });
  table
      .add(get, "/api/v1/statistics/public", Access::everybody, "public_statistics",
           "How all kept them in the quarters that are closed, without small numbers",
           [](Call& call) -> Result<Response> {
             return ok(view(TRY(app::public_statistics(call.app))));
           })
      .answers = "Statistics";
  add_csv(
      table, "/api/v1/statistics/public.csv", Access::everybody, "public_statistics_csv",
      [](Call& call) -> Result<Response> { return csv(TRY(app::public_statistics(call.app))); });
}

void add_laws(Table& table) {
  using enum http::Method;
  table
      .add(get, "/api/v1/regimes", Access::everybody, "regimes",
           "The laws and norms in force here, each with its mark and when it was last checked",
           [](Call& call) -> Result<Response> { return ok(view(app::regime_views(*call.laws()))); })
      .answers = "Regimes";
  table
      .add(get, "/api/v1/regimes/{regime}", Access::everybody, "show_regime",
           "One of them: versions, stages, times, fields, with clauses",
           [](Call& call) -> Result<Response> {
             return ok(view(TRY(app::show_regime(*call.laws(), call.path("regime")))));
           })
      .answers = "Regime";
}

}  // namespace

void add_duties(Table& table) {
  add_delays(table);
  add_notices(table);
  add_statistics(table);
  add_laws(table);
}

}  // namespace weir::api
