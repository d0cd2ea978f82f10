// Reports come in, with an account and without; files follow them.
#include "api/guard.h"
#include "api/views.h"
#include "app/filings.h"
#include "app/received_filings.h"
#include "base/bytes.h"

namespace weir::api {
namespace {

using http::Response;

// In memory, with the tree that is read from it: the largest CSAF documents have some megabytes.
constexpr std::size_t kMostReportBytes = std::size_t{8} << 20;

Result<Response> file_report(Call& call) {
  app::Filing filing;
  filing.bytes = std::move(call.request.body);
  return created(view(TRY(app::file_report(call.app, call.actor, std::move(filing)))));
}

Result<Response> receive_filing(Call& call) {
  return created(
      view(TRY(app::receive_filing(call.app, call.actor, call.path("case"), call.request.body))));
}

/// What the client sends, in pieces of the size that is sealed at a time.
app::Pull pieces_of(http::Request& request) {
  return [&request](std::string& piece) -> Status {
    piece.clear();
    std::string next;
    while (piece.size() < content::kChunkBytes && TRY(request.pieces(next))) {
      piece += next;
    }
    return {};
  };
}

Result<Response> add_attachment(Call& call) {
  const auto name = percent_decoded(call.request.headers.find(kFileNameField).value_or(""));
  if (!name || name->empty()) {
    return fail(Code::invalid, "say the file's name, percent-encoded", std::string(kFileNameField));
  }
  const std::string object = TRY(app::add_attachment(call.app, call.actor, call.path("case"),
                                                     {*name, pieces_of(call.request)}));
  return created(json::Object{{"object", object}});
}

}  // namespace

void add_reports(Table& table) {
  using enum http::Method;
  Row& file = table.add(post, "/api/v1/reports", Access::anyone, "file_report",
                        "File a report: weir-report/v1, a CVE record, a CSAF document or a "
                        "weir-filing/v1. Kept as it is, for ever",
                        file_report);
  file.body = http::BodyKind::whole;
  file.most_body_bytes = kMostReportBytes;
  file.answers = "MadeReport";
  file.repeats = Row::Repeats::by_key;
  Row& filing = table.add(post, "/api/v1/cases/{case}/filings", Access::reader, "receive_filing",
                          "A later stage of a filing that came in as a report: a weir-filing/v1, "
                          "from who reported the case",
                          receive_filing);
  filing.body = http::BodyKind::whole;
  filing.most_body_bytes = app::kMaxFilingBytes;
  filing.answers = "MadeReport";
  filing.repeats = Row::Repeats::by_key;
  Row& attach = table.add(post, "/api/v1/cases/{case}/attachments", Access::reader,
                          "add_attachment", "Add a file to a case, as it is", add_attachment);
  attach.body = http::BodyKind::streamed;
  attach.most_body_bytes = static_cast<std::size_t>(app::kMaxAttachmentBytes);
  attach.content_types = {};
  attach.answers = "MadeObject";
  attach.repeats = Row::Repeats::by_key;
  attach.parameters = {{http::In::header, std::string(kFileNameField),
                        "the file's name, percent-encoded UTF-8", "string",
                        http::Parameter::Needed::yes}};
}

}  // namespace weir::api
