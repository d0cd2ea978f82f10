// The law's clocks: what an organisation is to the law, what has happened, what is due from it, and
// where two laws contradict each other.
#include "app/clocks.h"

#include "api/clock_views.h"
#include "api/guard.h"
#include "api/table.h"
#include "base/bytes.h"

namespace weir::api {
namespace {

using http::Response;

Result<Response> set_profile(Call& call) {
  const auto laws = call.laws();
  const deadline::Profile profile = TRY(app::parse_profile(*laws, call.request.body));
  return told(app::set_profile(call.app, *laws, call.actor, call.path("organisation"), profile));
}

Result<Response> show_profile(Call& call) {
  return ok(
      view(TRY(app::show_profile(call.app, *call.laws(), call.actor, call.path("organisation")))));
}

Result<Response> enter_fact(Call& call) {
  app::NewFact fact{.event = call.body.text("event"),
                    .at = call.body.text("at"),
                    .source = call.body.text("source"),
                    .evidence = call.body.text("evidence"),
                    .corrects = call.body.number("corrects")};
  fact.says = call.body.text("says") == "did_not" ? deadline::Fact::Says::did_not
                                                  : deadline::Fact::Says::happened;
  fact.organisation = call.body.text("organisation");
  const app::Entered made =
      TRY(app::enter_fact(call.app, *call.laws(), call.actor, call.path("case"), fact));
  return created(
      json::Object{{"fact", made.number}, {"receipt", made.receipt_id}, {"promise", made.promise}});
}

Result<Response> list_facts(Call& call) {
  const std::string organisation = TRY(query_text(call, "organisation"));
  json::Array rows;
  for (const app::FactView& one :
       TRY(app::facts(call.app, call.actor, call.path("case"), organisation))) {
    rows.push_back(view(one));
  }
  return ok(json::Object{{"facts", std::move(rows)}});
}

Result<Response> board(Call& call) {
  app::BoardFilter filter{.regime = TRY(query_text(call, "regime")),
                          .organisation = TRY(query_text(call, "organisation")),
                          .case_reference = TRY(query_text(call, "case"))};
  const std::string which = TRY(query_text(call, "which"));
  if (!which.empty() && which != "open" && which != "all") {
    return fail(Code::invalid, "open or all", "which");
  }
  filter.which = which == "all" ? app::BoardFilter::Which::all : app::BoardFilter::Which::open;
  const app::Slice wanted = TRY(wanted_page(call));
  filter.limit = wanted.most - 1;  // it says itself whether there is more
  filter.after = wanted.after;
  const app::BoardPage shown = TRY(app::board_page(call.app, *call.laws(), call.actor, filter));
  json::Array rows;
  for (const app::BoardRow& row : shown.rows) {
    rows.push_back(view(row, call.app.clock.now()));
  }
  return ok(json::Object{
      {"obligations", std::move(rows)}, {"next", to_hex(shown.next)}, {"more", shown.more}});
}

Result<Response> explain(Call& call) {
  const app::Explanation one =
      TRY(app::explain_obligation(call.app, *call.laws(), call.actor, call.path("obligation")));
  return ok(view(one, call.app.clock.now()));
}

Result<Response> calendar(Call& call) {
  return http::text_response(200, "text/calendar; charset=utf-8",
                             TRY(app::calendar_feed(call.app, *call.laws(), call.actor)));
}

Result<Response> list_conflicts(Call& call) {
  json::Array rows;
  for (const app::ConflictView& one :
       TRY(app::law_conflicts(call.app, *call.laws(), call.actor, call.path("case")))) {
    rows.push_back(view(one));
  }
  return ok(json::Object{{"conflicts", std::move(rows)}});
}

app::Choice choice_of(const Call& call) {
  return call.body.text("choice") == name(app::Choice::file) ? app::Choice::file
                                                             : app::Choice::withhold;
}

void add_profiles(Table& table) {
  using enum http::Method;
  table
      .add(get, "/api/v1/organisations/{organisation}/profile", Access::user, "show_profile",
           "What it is to the law, and which laws concern it or why not", show_profile)
      .answers = "Profile";
  Row& set = table.add(put, "/api/v1/organisations/{organisation}/profile", Access::user,
                       "set_profile", "A weir-profile/v1; replaces the one before", set_profile);
  set.body = http::BodyKind::whole;
  set.most_body_bytes = app::kMaxProfileBytes;
}

void add_facts(Table& table) {
  using enum http::Method;
  Row& enter =
      table.add(post, "/api/v1/cases/{case}/facts", Access::user, "enter_fact",
                "What happened, and when; a correction supersedes an earlier fact", enter_fact);
  Input says = choice("says", {"happened", "did_not"}, "did_not: the correction takes it back");
  says.needed = Input::Needed::no;
  enter.inputs = {needed("event", Kind::text, "a word of the vocabulary of the laws"),
                  needed("at", Kind::text, "RFC 3339, with date, hour and zone"),
                  needed("source", Kind::text, "where it is known from"),
                  optional("evidence", Kind::text),
                  optional("corrects", Kind::number, "the number of an earlier fact"),
                  std::move(says),
                  optional("organisation", Kind::text, "whose clocks (by the handler)")};
  enter.answers = "MadeFact";
  enter.repeats = Row::Repeats::by_key;
  Row& list = table.add(get, "/api/v1/cases/{case}/facts", Access::user, "facts",
                        "All that were entered, with what corrects them", list_facts);
  list.answers = "Facts";
  list.parameters = {{http::In::query, "organisation", "whose clocks (by the handler)"}};
}

void add_board(Table& table) {
  using enum http::Method;
  Row& due = table.add(get, "/api/v1/clocks", Access::user, "board",
                       "What is due, by hours left, of those that your organisation keeps", board);
  due.answers = "Board";
  due.parameters = paging_parameters();
  due.parameters.insert(
      due.parameters.end(),
      {{http::In::query, "regime", "of this law alone"},
       {http::In::query, "organisation", "whose clocks"},
       {http::In::query, "case", "of this case alone"},
       {http::In::query, "which", "open (the default), or all: met, waived, not begun too"}});
  table
      .add(get, "/api/v1/obligations/{obligation}", Access::user, "explain",
           "How it came to its instant, step by step, with clauses", explain)
      .answers = "Explanation";
  Row& feed = table.add(get, std::string(kCalendarPattern), Access::user, "calendar",
                        "What is open and has a time, as iCalendar (RFC 5545)", calendar);
  feed.answers = "A calendar without any text of a case";
  feed.content_type = "text/calendar";
}

void add_conflicts(Table& table) {
  using enum http::Method;
  table
      .add(get, "/api/v1/cases/{case}/law-conflicts", Access::user, "law_conflicts",
           "Laws that contradict each other in the case, side by side", list_conflicts)
      .answers = "LawConflicts";
  Row& decide = table.add(
      post, "/api/v1/cases/{case}/law-conflicts/{conflict}/decision", Access::user,
      "decide_conflict", "Which law is followed; holds once another person has confirmed it",
      [](Call& call) {
        return told(app::decide_conflict(call.app, *call.laws(), call.actor, call.path("case"),
                                         {.conflict = call.path("conflict"),
                                          .choice = choice_of(call),
                                          .ground = call.body.text("ground")}));
      });
  decide.inputs = {choice("choice", {"file", "withhold"}), needed("ground", Kind::text)};
  Row& confirm =
      table.add(post, "/api/v1/cases/{case}/law-conflicts/{conflict}/confirmation", Access::person,
                "confirm_conflict", "Be the second person of just this decision", [](Call& call) {
                  return told(app::confirm_conflict(call.app, call.actor, call.path("case"),
                                                    call.path("conflict"), choice_of(call)));
                });
  confirm.inputs = {choice("choice", {"file", "withhold"}, "what was decided")};
}

}  // namespace

void add_clocks(Table& table) {
  add_profiles(table);
  add_facts(table);
  add_board(table);
  add_conflicts(table);
}

}  // namespace weir::api
