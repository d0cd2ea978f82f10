// Cases: lists, reading, handling, who takes part.
#include "app/cases.h"

#include "api/table.h"
#include "api/views.h"
#include "app/reading.h"
#include "base/bytes.h"

namespace weir::api {
namespace {

using http::Response;

Result<Response> read_case(Call& call) {
  const app::CaseView one = TRY(app::read_case(call.app, call.actor, call.path("case")));
  Response response = ok(view(one));
  response.etag = one.version;
  return response;
}

using ListCases = Result<std::vector<app::QueueRow>> (*)(app::App&, const app::Actor&,
                                                         const app::Slice&);

Act list_by(ListCases list) {
  return [list](Call& call) -> Result<Response> {
    const app::Slice wanted = TRY(wanted_page(call));
    json::Value rows = view(TRY(list(call.app, call.actor, wanted)));
    return page_of(wanted, std::move(rows.get_array()), {.key = "case", .list = "cases"});
  };
}

/// A page of a list of one case.
template <class List>
Result<Response> case_page(Call& call, List list, std::string_view name) {
  const app::Slice wanted = TRY(wanted_page(call));
  const auto rows = TRY(list(call.app, call.actor, call.path("case"), wanted));
  json::Value shown = view(rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    shown.get_array()[i].get_object()["cursor"] = rows[i].cursor;
  }
  return page_of(wanted, std::move(shown.get_array()), {.key = "cursor", .list = name});
}

/// As many cases as are asked for and no more: each that is looked at is recorded.
Result<Response> pull(Call& call) {
  app::Slice wanted = TRY(wanted_page(call));
  --wanted.most;
  const app::Pulled pulled = TRY(app::pull(call.app, call.actor, wanted));
  json::Array all;
  for (const app::CaseView& one : pulled.cases) {
    all.push_back(view(one));
  }
  return ok(json::Object{{"cases", std::move(all)},
                         {"next", to_hex(pulled.last)},
                         {"more", pulled.has_more == policy::Fact::yes}});
}

/// The access stands before the first piece is read; the whole is checked while it goes out.
Result<Response> read_attachment(Call& call) {
  auto file = std::make_shared<app::AttachmentReader>(
      TRY(app::open_attachment(call.app, call.actor, call.path("case"), call.path("object"))));
  Response response;
  response.headers.add("Content-Type", "application/octet-stream");
  response.headers.add("Content-Disposition", "attachment");
  response.body =
      http::Stream{[file](std::string& piece) { return file->next(piece); }, file->size()};
  return response;
}

void add_lists(Table& table) {
  using enum http::Method;
  Row& mine =
      table.add(get, "/api/v1/cases", Access::reader, "my_cases",
                "The cases that you are part of: references and states", list_by(app::my_cases));
  mine.answers = "Cases";
  mine.parameters = paging_parameters();
  Row& queue = table.add(get, "/api/v1/queue", Access::user, "queue",
                         "What is not closed: reference, age and size", list_by(app::queue));
  queue.answers = "Cases";
  queue.parameters = paging_parameters();
  table
      .add(get, "/api/v1/cases/{case}", Access::reader, "read_case",
           "What you may see of it; the reading is recorded first", read_case)
      .answers = "Case";
  Row& file =
      table.add(get, "/api/v1/cases/{case}/attachments/{object}", Access::reader, "read_attachment",
                "The bytes of one item; recorded first", read_attachment);
  file.answers = "The bytes as they came";
  file.content_type = "application/octet-stream";
  Row& readers = table.add(
      get, "/api/v1/cases/{case}/readers", Access::reader, "readers",
      "Who has read it: by class and country for its author, by organisation for its handler",
      [](Call& call) -> Result<Response> { return case_page(call, app::readers, "readers"); });
  readers.answers = "Readers";
  readers.parameters = paging_parameters();
  Row& timeline = table.add(get, "/api/v1/cases/{case}/timeline", Access::reader, "timeline",
                            "Every event of it, in order", [](Call& call) -> Result<Response> {
                              return case_page(call, app::timeline, "events");
                            });
  timeline.answers = "Timeline";
  timeline.parameters = paging_parameters();
  Row& pulled = table.add(get, "/api/v1/releases", Access::user, "pull",
                          "What releases give to your organisation; recorded first", pull);
  pulled.answers = "Pulled";
  pulled.parameters = paging_parameters();
}

Result<Response> decline(Call& call) {
  const bool is_spam = call.body.text("ground") == "spam";
  return told(app::decline(call.app, call.actor, call.path("case"),
                           is_spam ? app::Ground::spam : app::Ground::declined,
                           call.body.text("text")));
}

void add_handling(Table& table) {
  using enum http::Method;
  Row& claim =
      table.add(post, "/api/v1/cases/{case}/claim", Access::user, "claim_case",
                "Take it, and declare whether you have a conflict of interest", [](Call& call) {
                  return told(app::claim(call.app, call.actor, call.path("case"),
                                         call.body.fact("conflict")));
                });
  claim.inputs = {needed("conflict", Kind::fact)};
  table.add(post, "/api/v1/cases/{case}/accept", Access::user, "accept_case", "Coordinate it",
            [](Call& call) { return told(app::accept(call.app, call.actor, call.path("case"))); });
  Row& declined = table.add(post, "/api/v1/cases/{case}/decline", Access::user, "decline_case",
                            "With a ground", decline);
  declined.inputs = {choice("ground", {"declined", "spam"}), needed("text", Kind::text)};
  Row& spam =
      table.add(post, "/api/v1/queue/spam", Access::user, "decline_spam",
                "Decline many as spam, all or none", [](Call& call) {
                  return told(app::decline_all_as_spam(
                      call.app, call.actor, call.body.texts("cases"), call.body.fact("conflict")));
                });
  spam.inputs = {needed("cases", Kind::texts), needed("conflict", Kind::fact)};
  Row& merge = table.add(
      post, "/api/v1/cases/{case}/merge", Access::user, "merge_case",
      "What is in it goes on in another", [](Call& call) {
        return told(app::merge(call.app, call.actor, call.path("case"), call.body.text("into")));
      });
  merge.inputs = {needed("into", Kind::text)};
  Row& split = table.add(
      post, "/api/v1/cases/{case}/split", Access::user, "split_case",
      "One vulnerability becomes a case of its own", [](Call& call) -> Result<Response> {
        return created(json::Object{{"case", TRY(app::split(call.app, call.actor, call.path("case"),
                                                            call.body.number("vulnerability")))}});
      });
  split.inputs = {needed("vulnerability", Kind::number)};
  split.answers = "MadeCase";
}

Result<Response> add_participant(Call& call) {
  using As = app::NewParticipant::As;
  const std::string as = call.body.text("as");
  return told(app::add_participant(call.app, call.actor, call.path("case"),
                                   {.organisation = call.body.text("organisation"),
                                    .as = as == "vendor"        ? As::vendor
                                          : as == "coordinator" ? As::coordinator
                                                                : As::other,
                                    .level = call.body.level("level", Level::advisory),
                                    .vulnerabilities = call.body.numbers("vulnerabilities")}));
}

void add_taking_part(Table& table) {
  using enum http::Method;
  Row& add = table.add(post, "/api/v1/cases/{case}/participants", Access::user, "add_participant",
                       "Add an organisation", add_participant);
  add.inputs = {
      needed("organisation", Kind::text), choice("as", {"vendor", "coordinator", "other"}),
      optional("level", Kind::level, "up to which others than vendors may see it"),
      optional("vulnerabilities", Kind::numbers, "that concern this vendor; absent: all")};
  Row& conflict =
      table.add(put, "/api/v1/cases/{case}/conflicts/{handle}", Access::user, "set_conflict",
                "Record a user's conflict of interest", [](Call& call) {
                  return told(app::set_conflict(call.app, call.actor, call.path("case"),
                                                call.path("handle"), call.body.fact("conflict")));
                });
  conflict.inputs = {needed("conflict", Kind::fact)};
  Row& leave = table.add(
      post, "/api/v1/cases/{case}/left-out", Access::user, "leave_out_vendor",
      "A silent vendor no longer holds up the others (two people)",
      [](Call& call) -> Result<Response> {
        return told(TRY(app::leave_out_vendor(call.app, call.actor, call.path("case"),
                                              call.body.text("vendor"), call.body.text("ground"))));
      });
  leave.inputs = {needed("vendor", Kind::text), needed("ground", Kind::text)};
  leave.answers = "Done";
}

}  // namespace

void add_cases(Table& table) {
  add_lists(table);
  add_handling(table);
  add_taking_part(table);
}

}  // namespace weir::api
