// Filings: a stage's form, what is written into it, handed over, acknowledged; and as files.
#include <algorithm>
#include <array>

#include "api/clock_views.h"
#include "api/table.h"
#include "app/sent_filings.h"

namespace weir::api {
namespace {

using app::FilingFormat;
using http::Response;

constexpr std::array kAnswerFields = {"authority_case", "authority_receipt", "authority_promise",
                                      "authority_return_code"};
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

/// Channel by its name, which the row's inputs hold to these.
app::Submission::Channel channel_of(const std::string& text) {
  using Channel = app::Submission::Channel;
  for (const Channel one : {Channel::platform, Channel::form, Channel::file}) {
    if (text == name(one)) {
      return one;
    }
  }
  return Channel::weir;
}

Result<Response> submit(Call& call) {
  app::Submission submission{.channel = channel_of(call.body.text("channel")),
                             .beyond = call.body.texts("beyond"),
                             .at = call.body.text("at")};
  const auto is_answer = [&](const char* field) { return call.body.has(field); };
  if (submission.channel == app::Submission::Channel::weir ||
      std::ranges::any_of(kAnswerFields, is_answer)) {
    submission.answered = {.case_reference = call.body.text("authority_case"),
                           .receipt_id = call.body.text("authority_receipt"),
                           .promise = call.body.text("authority_promise"),
                           .return_code = call.body.text("authority_return_code")};
  }
  return ok(view(TRY(
      app::submit_filing(call.app, *call.laws(), call.actor, call.path("filing"), submission))));
}

Result<Response> begin_sending(Call& call) {
  const app::ReadyToSend ready = TRY(app::begin_sending(
      call.app, *call.laws(), call.actor, call.path("filing"),
      {call.body.text("to"), call.body.text("copy_for"), call.body.texts("beyond")}));
  json::Object out{{"document", ready.bytes}, {"key", ready.key}};
  if (!ready.case_reference.empty()) {
    out["authority_case"] = ready.case_reference;
  }
  if (!ready.return_code.empty()) {
    out["authority_return_code"] = ready.return_code;
  }
  return ok(out);
}

Result<Response> show_sending(Call& call) {
  return ok(view(TRY(app::sent_filing(call.app, call.actor, call.path("filing")))));
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
      choice(
          "channel", {"platform", "form", "file", "weir"},
          "platform: to the authority that runs this one; form, file: elsewhere; weir: it was sent "
          "to the Weir of an authority (sending)"),
      optional("beyond", Kind::texts, "fields that give more than the law demands, and shall"),
      optional("at", Kind::text, "when it was handed over elsewhere, RFC 3339"),
      optional("authority_case", Kind::text, "with weir: the case that it opened or went to there"),
      optional("authority_receipt", Kind::text,
               "with weir: the id of the receipt that follows there"),
      optional("authority_promise", Kind::text, "with weir: the promise that was given there"),
      optional("authority_return_code", Kind::text, "with weir: of the case there, kept sealed")};
  submitted.answers = "Recorded";
  submitted.repeats = Row::Repeats::by_key;
  Row& sending =
      table.add(post, "/api/v1/filings/{filing}/sending", Access::user, "begin_sending",
                "The bytes to send to the Weir of an authority elsewhere, and under which "
                "key; recorded before they are given",
                begin_sending);
  sending.inputs = {
      needed("to", Kind::text, "https://weir.example"),
      optional("copy_for", Kind::text, "the recipient whose copy it is; absent: the whole"),
      optional("beyond", Kind::texts, "as in a submission")};
  sending.answers = "ReadyToSend";
  table
      .add(get, "/api/v1/filings/{filing}/sending", Access::user, "show_sending",
           "To which Weir it went, and what was answered there", show_sending)
      .answers = "Sent";
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
