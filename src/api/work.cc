// One's own work list, as a list and as events.
#include "api/work.h"

#include <algorithm>

#include "api/service.h"
#include "api/views.h"
#include "app/identity.h"
#include "app/log.h"

namespace weir::api {
namespace {

/// The rows of `list`, or nothing for whom it is not.
template <class Row>
Result<std::vector<Row>> if_allowed(Result<std::vector<Row>> list) {
  if (!list && list.error().code == Code::denied) {
    return std::vector<Row>();
  }
  return list;
}

Result<http::Response> stream_answer(Service::Inside& service, Call& call) {
  TRY(work_list(call.app, call.actor));  // who may not read it gets no stream either
  auto stream = std::make_shared<http::EventStream>();
  TRY(service.work.add(call.actor, stream));
  http::Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.body = std::move(stream);
  return response;
}

}  // namespace

Result<json::Value> work_list(app::App& app, const app::Actor& actor) {
  TRY(app::recheck(app, actor));
  const app::Slice wanted{.most = kMostRows + 1};
  bool has_more = false;
  const auto shown = [&has_more](const auto& rows) {
    json::Value list = view(rows);
    if (rows.size() > kMostRows) {
      list.get_array().pop_back();
      has_more = true;
    }
    return list;
  };
  json::Object work{{"cases", shown(TRY(app::my_cases(app, actor, wanted)))},
                    {"queue", shown(TRY(if_allowed(app::queue(app, actor, wanted))))},
                    {"waiting", shown(TRY(if_allowed(app::waiting(app, actor, wanted))))}};
  work["more"] = has_more;
  return work;
}

Status WorkFeed::add(app::Actor actor, std::shared_ptr<http::EventStream> stream) {
  auto reader = std::make_shared<Reader>();
  reader->actor = std::move(actor);
  reader->stream = std::move(stream);
  return readers_.with([&](auto& readers) -> Status {
    if (readers.size() >= kMostEventStreams) {
      return fail(Code::unavailable, "too many event streams are open");
    }
    readers.push_back(std::move(reader));
    return {};
  });
}

/// False once the reader may have no more. Everything that changes a work list is an event of the
/// ledger, so without a new leaf only the reader itself is looked at again.
bool WorkFeed::serve(app::App& app, Reader& reader) {
  if (reader.stream->state() == http::EventStream::State::ended ||
      !app::recheck(app, reader.actor)) {
    return false;
  }
  const auto log = app::log_state(app);
  if (!log || (!reader.is_new && log->size == reader.log_size)) {
    return true;  // a store that does not answer now may answer later
  }
  const Result<json::Value> list = work_list(app, reader.actor);
  if (!list) {
    return list.error().code == Code::unavailable;
  }
  std::string text = json::canonical(*list);
  reader.log_size = log->size;
  reader.is_new = false;
  if (text == reader.shown) {
    return true;
  }
  reader.shown = std::move(text);
  return reader.stream->send({.name = "work", .data = reader.shown}) ==
         http::EventStream::State::open;
}

void WorkFeed::feed(app::App& app) {
  const auto readers = readers_.with([](const auto& all) { return all; });
  for (const auto& reader : readers) {
    if (!serve(app, *reader)) {
      reader->stream->end();
      readers_.with([&](auto& all) { std::erase(all, reader); });
    }
  }
}

std::size_t WorkFeed::open() const {
  return readers_.with([](const auto& all) { return all.size(); });
}

void add_work(Table& table) {
  using enum http::Method;
  table
      .add(get, "/api/v1/work", Access::user, "work", "What waits for you",
           [](Call& call) -> Result<http::Response> {
             return ok(TRY(work_list(call.app, call.actor)));
           })
      .answers = "Work";
  Service::Inside& service = table.service;
  Row& events = table.add(get, "/api/v1/work/events", Access::user, "work_events",
                          "The same as server-sent events: whenever it has changed",
                          [&service](Call& call) { return stream_answer(service, call); });
  events.answers = "Events \"work\", each with the whole list as JSON";
  events.content_type = "text/event-stream";
}

}  // namespace weir::api
