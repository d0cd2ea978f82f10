// Sharing onward: releases, exceptions, delays, and the second person of acts that need two.
#include "app/sharing.h"

#include "api/table.h"
#include "api/views.h"

namespace weir::api {
namespace {

using http::Response;

app::NewRelease release_of(const Call& call) {
  return {.level = call.body.level("level"),
          .recipients = call.body.texts("recipients"),
          .ground = call.body.text("ground")};
}

Result<Response> grant_exception(Call& call) {
  app::NewException exception{.organisation = call.body.text("organisation"),
                              .level = call.body.level("level"),
                              .ground = call.body.text("ground")};
  if (call.body.has("legal_stage")) {
    exception.legal_stage = call.body.level("legal_stage");
  }
  return told(TRY(app::grant_exception(call.app, call.actor, call.path("case"), exception)));
}

void add_releases(Table& table) {
  using enum http::Method;
  const std::vector<Input> inputs = {needed("level", Kind::level),
                                     needed("recipients", Kind::texts, "organisations by name"),
                                     needed("ground", Kind::text)};
  Row& preview = table.add(
      post, "/api/v1/cases/{case}/releases/preview", Access::user, "preview_release",
      "Who would get what, and which rule decides", [](Call& call) -> Result<Response> {
        const auto rows =
            TRY(app::preview_release(call.app, call.actor, call.path("case"), release_of(call)));
        return ok(json::Object{{"recipients", view(rows)}});
      });
  preview.inputs = inputs;
  preview.answers = "Preview";
  Row& decide = table.add(
      post, "/api/v1/cases/{case}/releases", Access::user, "decide_release",
      "Decide it: all recipients or none; above notice before the fix two people",
      [](Call& call) -> Result<Response> {
        return told(
            TRY(app::decide_release(call.app, call.actor, call.path("case"), release_of(call))));
      });
  decide.inputs = inputs;
  decide.answers = "Done";
  Row& recall =
      table.add(post, "/api/v1/releases/{release}/recall", Access::user, "recall_release",
                "No longer for this organisation", [](Call& call) {
                  return told(app::recall_release(call.app, call.actor, call.path("release"),
                                                  call.body.text("organisation")));
                });
  recall.inputs = {needed("organisation", Kind::text)};
}

void add_decisions(Table& table) {
  using enum http::Method;
  Row& exception = table.add(
      post, "/api/v1/cases/{case}/exceptions", Access::user, "grant_exception",
      "Let one organisation have more than the phase allows (two people)", grant_exception);
  exception.inputs = {needed("organisation", Kind::text), needed("level", Kind::level),
                      optional("legal_stage", Kind::level,
                               "for one bound by law: the least level of the cited stage"),
                      needed("ground", Kind::text)};
  exception.answers = "Done";
  Row& delay =
      table.add(post, "/api/v1/cases/{case}/delay", Access::user, "decide_delay",
                "Withhold dissemination", [](Call& call) {
                  return told(app::decide_delay(call.app, call.actor, call.path("case"),
                                                call.body.text("ground"), call.body.text("until")));
                });
  delay.inputs = {needed("ground", Kind::text), needed("until", Kind::text, "RFC 3339")};
  table.add(
      delete_, "/api/v1/cases/{case}/delay", Access::user, "end_delay", "It is over",
      [](Call& call) { return told(app::end_delay(call.app, call.actor, call.path("case"))); });
}

}  // namespace

void add_sharing(Table& table) {
  using enum http::Method;
  add_releases(table);
  add_decisions(table);
  Row& waiting = table.add(
      get, "/api/v1/waiting", Access::user, "waiting", "What waits for a second person",
      [](Call& call) -> Result<Response> {
        const app::Slice wanted = TRY(wanted_page(call));
        json::Value rows = view(TRY(app::waiting(call.app, call.actor, wanted)));
        return page_of(wanted, std::move(rows.get_array()), {.key = "waiting", .list = "waiting"});
      });
  waiting.answers = "WaitingList";
  waiting.parameters = paging_parameters();
  Row& show = table.add(
      post, "/api/v1/waiting/{waiting}/show", Access::person, "show_waiting",
      "What exactly is asked: recorded, approves nothing", [](Call& call) -> Result<Response> {
        return ok(view(TRY(app::show_waiting(call.app, call.actor, call.path("waiting"),
                                             call.body.fact("conflict")))));
      });
  show.inputs = {needed("conflict", Kind::fact)};
  show.answers = "Asked";
  Row& approve = table.add(post, "/api/v1/waiting/{waiting}/approve", Access::person, "approve",
                           "Be the second person", [](Call& call) {
                             return told(app::approve(call.app, call.actor, call.path("waiting"),
                                                      call.body.fact("conflict")));
                           });
  approve.inputs = {needed("conflict", Kind::fact)};
}

}  // namespace weir::api
