// Filings: a stage's form, what is written into it, handed over, acknowledged; and as files.
#include "app/filings.h"

#include "api/clock_views.h"
#include "api/table.h"

namespace weir::api {
namespace {

using app::FilingFormat;
using http::Response;

constexpr std::size_t kPlaceDigits = 10;  // of a cursor

Result<Response> show_form(Call& call) {
  const app::Form form =
      TRY(app::stage_form(call.app, *call.laws(), call.actor, call.path("obligation")));
  return ok(view(form, call.app.clock.now()));
}

Result<Response> save_draft(Call& call) {
  const auto values = TRY(app::parse_values(call.request.body));
  const std::string filing =
      TRY(app::save_draft(call.app, *call.laws(), call.actor, call.path("obligation"), values));
  return ok(json::Object{{"filing", filing}});
}

Result<Response> submit(Call& call) {
  using Channel = app::Submission::Channel;
  const std::string channel = call.body.text("channel");
  app::Submission submission{.channel = channel == name(Channel::platform) ? Channel::platform
                                        : channel == name(Channel::form)   ? Channel::form
                                                                           : Channel::file,
                             .beyond = call.body.texts("beyond"),
                             .at = call.body.text("at")};
  return ok(view(TRY(
      app::submit_filing(call.app, *call.laws(), call.actor, call.path("filing"), submission))));
}

Result<Response> acknowledge(Call& call) {
  return ok(view(TRY(app::acknowledge_filing(call.app, call.actor, call.path("filing"),
                                             {.reference = call.body.text("authority_reference"),
                                              .at = call.body.text("at"),
                                              .note = call.body.text("note")}))));
}

Result<Response> list_filings(Call& call) {
  json::Array rows;
  const std::string reference = TRY(query_text(call, "case"));
  for (const app::FilingView& one : TRY(app::filings(call.app, call.actor, reference))) {
    json::Value row = view(one);
    // Their order is that in which they were begun, and none ever goes.
    const std::string place = std::to_string(rows.size());
    row.get_object()["cursor"] = std::string(kPlaceDigits - place.size(), '0') + place;
    rows.push_back(std::move(row));
  }
  return page(call, std::move(rows), {.key = "cursor", .list = "filings"});
}

Result<Response> show_filing(Call& call) {
  return ok(view(TRY(app::show_filing(call.app, *call.laws(), call.actor, call.path("filing")))));
}

/// To be kept or printed, never to be run: what people wrote stands in it.
Result<Response> file_of(Call& call, FilingFormat format, const std::string& type) {
  const std::string recipient = TRY(query_text(call, "to"));
  Response response =
      http::text_response(200, type,
                          TRY(app::export_filing(call.app, *call.laws(), call.actor,
                                                 call.path("filing"), format, recipient)));
  response.headers.add("Content-Disposition", "attachment");
  return response;
}

void add_writing(Table& table) {
  using enum http::Method;
  table
      .add(get, "/api/v1/obligations/{obligation}/form", Access::user, "form",
           "The fields in the authority's order, with what is known and from where", show_form)
      .answers = "Form";
  Row& draft =
      table.add(put, "/api/v1/obligations/{obligation}/draft", Access::user, "save_draft",
                "{\"field\": \"value\" or {\"value\", \"level\"}}: all that shall be in it, "
                "sealed",
                save_draft);
  draft.body = http::BodyKind::whole;
  draft.most_body_bytes = app::kMaxFilingBytes;
  draft.answers = "Draft";
  Row& submitted = table.add(post, "/api/v1/filings/{filing}/submission", Access::user,
                             "submit_filing", "Hand it over; recorded with a receipt", submit);
  submitted.inputs = {
      choice("channel", {"platform", "form", "file"},
             "platform: to the authority that runs this one; form, file: elsewhere"),
      optional("beyond", Kind::texts, "fields that give more than the law demands, and shall"),
      optional("at", Kind::text, "when it was handed over elsewhere, RFC 3339")};
  submitted.answers = "Recorded";
  submitted.repeats = Row::Repeats::by_key;
  Row& answered =
      table.add(post, "/api/v1/filings/{filing}/acknowledgement", Access::user,
                "acknowledge_filing", "What the authority answered, by hand, once", acknowledge);
  answered.inputs = {needed("authority_reference", Kind::text, "the authority's own"),
                     needed("at", Kind::text, "RFC 3339"), optional("note", Kind::text)};
  answered.answers = "Recorded";
  answered.repeats = Row::Repeats::by_key;
}

void add_reading(Table& table) {
  using enum http::Method;
  Row& list = table.add(get, "/api/v1/filings", Access::user, "filings",
                        "All of your organisation, or of one case, oldest first", list_filings);
  list.answers = "Filings";
  list.parameters = paging_parameters();
  list.parameters.push_back({http::In::query, "case", "of this case alone"});
  table
      .add(get, "/api/v1/filings/{filing}", Access::user, "show_filing",
           "What was filed, or stands in the draft", show_filing)
      .answers = "Filing";
  struct File {
    const char* name;
    FilingFormat format;
    const char* type;
    const char* what;
  };
  for (const File& file :
       {File{"filing.json", FilingFormat::json, "application/json", "The bytes that were filed"},
        File{"filing.csv", FilingFormat::csv, "text/csv", "RFC 4180: field, label, level, value"},
        File{"filing.html", FilingFormat::html, "text/html", "To read and to print"},
        File{"filing.pdf", FilingFormat::pdf, "application/pdf", "To print"},
        File{"copy.html", FilingFormat::copy, "text/html",
             "Each field in a box, to be copied into the authority's form"}}) {
    std::string operation = std::string("export_") + file.name;
    operation[operation.find('.')] = '_';
    const bool is_text = std::string_view(file.type).starts_with("text/");
    const std::string type = std::string(file.type) + (is_text ? "; charset=utf-8" : "");
    Row& row = table.add(get, std::string("/api/v1/filings/{filing}/") + file.name, Access::user,
                         std::move(operation), file.what,
                         [file, type](Call& call) { return file_of(call, file.format, type); });
    row.answers = file.format == FilingFormat::json ? "FilingFile" : "The file";
    row.content_type = file.type;
    row.parameters = {{http::In::query, "to", "what this recipient gets; absent: the whole"}};
  }
}

}  // namespace

void add_filings(Table& table) {
  add_writing(table);
  add_reading(table);
}

}  // namespace weir::api
