// What everybody may have: the log, opened custody records, receipts, publications.
#include "app/log.h"

#include "api/service.h"
#include "app/closing.h"
#include "app/reading.h"
#include "base/bytes.h"

namespace weir::api {
namespace {

constexpr std::size_t kKeptRecords = 64;                      // custody records made lately
constexpr std::size_t kMostKeptBytes = std::size_t{4} << 20;  // of one that is kept

Result<http::Response> log_answer(Call& call) {
  const std::string& path = call.path("path");
  app::LogFile file = TRY(app::log_file(call.app, path));
  const bool is_text =
      path == "checkpoint" || path == "archive" || path.starts_with("checkpoints/");
  http::Response response =
      http::text_response(200, is_text ? "text/plain; charset=utf-8" : "application/octet-stream",
                          std::move(file.bytes));
  response.caching = file.holds == app::LogFile::Holds::forever ? http::Caching::immutable
                                                                : http::Caching::revalidate;
  return response;
}

/// Records are costly to make and everybody may ask for them, so those of the newest checkpoint are
/// kept.
struct Kept {
  std::uint64_t size = 0;  // of the checkpoint that they were made for
  std::map<std::string, std::shared_ptr<const http::Document>> records;
  std::shared_ptr<const std::vector<std::string>> open;  // every stream that is
};
using Shelf = std::shared_ptr<Guarded<Kept>>;

Result<http::Response> custody_answer(Call& call, const std::string& vkey, const Shelf& shelf) {
  const std::string& stream = call.path("stream");
  const std::uint64_t size = TRY(app::log_state(call.app)).published;
  auto document = shelf->with([&](Kept& kept) -> std::shared_ptr<const http::Document> {
    if (kept.size != size) {
      kept = {size, {}, nullptr};
    }
    const auto found = kept.records.find(stream);
    return found == kept.records.end() ? nullptr : found->second;
  });
  if (!document) {
    document =
        http::make_document("application/json", TRY(app::custody_file(call.app, stream, vkey)));
    shelf->with([&](Kept& kept) {
      if (kept.size == size && kept.records.size() < kKeptRecords &&
          document->bytes.size() <= kMostKeptBytes) {
        kept.records[stream] = document;
      }
    });
  }
  return http::document_response(document, http::Caching::revalidate);
}

/// All that is open, in the order of the openings.
Result<std::shared_ptr<const std::vector<std::string>>> open_streams(Call& call,
                                                                     const Shelf& shelf) {
  const std::uint64_t size = TRY(app::log_state(call.app)).published;
  auto open = shelf->with([&](Kept& kept) { return kept.size == size ? kept.open : nullptr; });
  if (!open) {
    open = std::make_shared<const std::vector<std::string>>(TRY(app::exportable(call.app)));
    shelf->with([&](Kept& kept) {
      if (kept.size != size) {
        kept = {size, {}, nullptr};
      }
      kept.open = open;
    });
  }
  return open;
}

/// The whole list, as it has always been, or a page of it for who asks for one.
Result<http::Response> custody_list(Call& call, const Shelf& shelf) {
  const auto open = TRY(open_streams(call, shelf));
  const bool is_paged =
      !TRY(query_text(call, "after")).empty() || !TRY(query_text(call, "limit")).empty();
  json::Object answer;
  if (!is_paged) {
    answer["streams"] = json::Array(open->begin(), open->end());
  } else {
    const app::Slice wanted = TRY(wanted_page(call));
    const auto after = std::ranges::find(*open, wanted.after);
    if (after == open->end() && !wanted.after.empty()) {
      return fail(Code::invalid, "not a cursor of this list", "after");
    }
    const auto first = wanted.after.empty() ? open->begin() : after + 1;
    const auto last = first + std::min(open->end() - first, wanted.most - 1);
    answer["streams"] = json::Array(first, last);
    answer["next"] = to_hex(first == last ? wanted.after : *(last - 1));
    answer["more"] = last != open->end();
  }
  http::Response response = ok(answer);
  response.caching = http::Caching::revalidate;
  return response;
}

Result<http::Response> receipt_answer(Call& call) {
  return http::text_response(200, "text/plain; charset=utf-8",
                             TRY(app::fetch_receipt(call.app, call.path("receipt"))));
}

Result<http::Response> publication_answer(Call& call) {
  // Whatever it is, it is not run in a browser: only its publisher knows the type.
  http::Response response = http::text_response(200, "application/octet-stream",
                                                TRY(app::published(call.app, call.path("id"))));
  response.caching = http::Caching::revalidate;
  return response;
}

}  // namespace

void add_log(Table& table) {
  using enum http::Method;
  Row& log = table.add(get, "/log/{path*}", Access::everybody, "log_file",
                       "A file of the log (C2SP tlog-tiles)", log_answer);
  log.answers = "The bytes of the file";
  log.content_type = "application/octet-stream";
  const std::string vkey = table.service.parts.log_vkey;
  auto shelf = std::make_shared<Guarded<Kept>>();
  table
      .add(get, "/custody/{stream}.json", Access::everybody, "custody_record",
           "The custody record of an opened stream",
           [vkey, shelf](Call& call) { return custody_answer(call, vkey, shelf); })
      .answers = "CustodyRecord";
  Row& index = table.add(get, "/custody/index.json", Access::everybody, "custody_records",
                         "Every stream that is open, in the order of the openings; all at once "
                         "without parameters",
                         [shelf](Call& call) { return custody_list(call, shelf); });
  index.answers = "Streams";
  index.parameters = paging_parameters();
  Row& receipt = table.add(get, "/receipts/{receipt}", Access::everybody, "receipt",
                           "The receipt with this id; 503 until it is sealed", receipt_answer);
  receipt.answers = "A C2SP tlog-proof";
  receipt.content_type = "text/plain";
  Row& publication = table.add(get, "/api/v1/publications/{id}", Access::everybody, "publication",
                               "What was published under this id", publication_answer);
  publication.answers = "The bytes as they were published";
  publication.content_type = "application/octet-stream";
  const Parts& parts = table.service.parts;
  table
      .add(get, "/api/v1/keys", Access::everybody, "keys",
           "The keys to pin, for comparison: get them by another way",
           [&parts](Call&) -> Result<http::Response> {
             return ok(json::Object{
                 {"log", parts.log_vkey}, {"promise", parts.promise_vkey}, {"mode", parts.mode}});
           })
      .answers = "Keys";
}

}  // namespace weir::api
