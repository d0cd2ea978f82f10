// The table of routes, and what happens around each handler.
#include "api/service.h"

#include <algorithm>

#include "api/guard.h"

namespace weir::api {
namespace {

/// Where the answer of a row that fails unexpectedly is told to the operator: the request's id and
/// its pattern, never its path.
void tell_operator(const Parts& parts, const http::Request& request, const Error& error) {
  if (error.code == Code::corrupt && parts.log) {
    parts.log("request " + request.id + " " + request.route->pattern + ": " + text(error));
  }
}

Result<http::Response> act(const Parts& parts, const Row& row, http::Request& request) {
  const auto* caller = std::any_cast<app::Actor>(&request.caller);
  CHECK(caller != nullptr);
  const app::Actor actor = TRY(with_terms(*caller, row, request));
  Body body;
  if (!row.inputs.empty()) {
    body = TRY(Body::read(row.inputs, request.body));
  }
  Call call{parts.app, actor, request, std::move(body), &parts};
  return row.act(call);
}

std::vector<http::Answer> answers_of(const Row& row) {
  std::vector<http::Answer> answers;
  if (row.answers == "Nothing") {
    answers.push_back({204, "Done", "", {}});
  } else if (row.answers == "Done") {
    answers.push_back({200, "Done", "application/json", schema_of("Done")});
    answers.push_back(
        {202, "Not done yet: waits for a second person", "application/json", schema_of("Waiting")});
  } else if (is_schema(row.answers)) {
    const int status = row.answers.starts_with("Made") ? 201 : 200;
    answers.push_back({status, "Done", row.content_type, schema_of(row.answers)});
  } else {
    answers.push_back({200, row.answers, row.content_type, {}});
  }
  // The API of OSV says what is wrong in a form of its own, which its clients read.
  if (row.pattern.starts_with("/v1/")) {
    for (const int status : {400, 404}) {
      answers.push_back({status, "What is wrong, as this API says it", "application/json", {}});
    }
  }
  const json::Value problem = schema_of("Problem");
  const auto may_answer = [&](int status, std::string what) {
    answers.push_back({status, std::move(what), "application/problem+json", problem});
  };
  if (row.access != Access::everybody && row.access != Access::operators) {
    may_answer(401, "Who is calling is not known");
    may_answer(403, "Not allowed");
  } else if (std::ranges::find(row.inputs, Kind::secret, &Input::kind) != row.inputs.end()) {
    may_answer(403, "A secret is wrong");
  }
  if (row.refuses == Row::Refuses::by_field) {
    answers.push_back({404, "Not understood: the field `message` of the header says why", "", {}});
  } else {
    may_answer(404, "Absent, or not for this caller");
  }
  if (row.method != http::Method::get) {
    may_answer(409, "The state has moved on");
  }
  if (is_conditional(row)) {
    may_answer(412, "It has changed since it was read");
  }
  return answers;
}

http::Route route_of(const Service::Inside& service, const Row& row) {
  http::Route route;
  route.method = row.method;
  route.pattern = row.pattern;
  route.access = name(row.access);
  route.operation = row.operation;
  route.summary = row.summary;
  route.tag = row.pattern.starts_with("/api/v1/")
                  ? row.pattern.substr(8, row.pattern.find('/', 8) - 8)
                  : "server";
  route.parameters = row.parameters;
  if (is_conditional(row)) {
    route.parameters.push_back({http::In::header, std::string(kIfMatchField),
                                "the ETag of what was read; 412 if it has changed"});
  }
  if (row.repeats == Row::Repeats::by_key) {
    route.parameters.push_back(
        {http::In::header, std::string(kKeyField),
         "chosen at random by the client: with it the call may be repeated, and has one outcome"});
  }
  route.admission = row.admission;
  route.body = row.body;
  if (!row.inputs.empty()) {
    route.body = http::BodyKind::whole;
    route.body_schema = schema_of(row.inputs);
  }
  route.most_body_bytes = row.most_body_bytes;
  route.other_parameters = row.other_parameters;
  route.slash_at_end = row.slash_at_end;
  route.content_types = row.content_types;
  route.answers = answers_of(row);
  route.handler = [&service, row](http::Request& request) -> Result<http::Response> {
    Result<http::Response> answer = act(service.parts, row, request);
    if (!answer) {
      tell_operator(service.parts, request, answer.error());
      return refusal(answer.error());
    }
    return answer;
  };
  return route;
}

std::shared_ptr<const http::Router> router_of(const Service::Inside& service, Door door,
                                              const std::vector<Row>& rows) {
  std::vector<http::Route> routes;
  for (const Row& row : rows) {
    const bool is_here = door == Door::this_machine ||
                         (row.access == Access::operators) == (door == Door::operators) ||
                         (door == Door::operators && row.pattern.ends_with("z"));
    if (is_here) {
      routes.push_back(route_of(service, row));
    }
  }
  return std::make_shared<const http::Router>(
      std::move(routes),
      [&service, door](http::Request& request) { return guard(service.parts, door, request); });
}

}  // namespace

Service::Service(Parts parts) : inside_(std::make_unique<Inside>(std::move(parts))) {
  Table table{*inside_, {}};
  for (const auto add : {add_operations, add_log, add_identity, add_people, add_reports, add_cases,
                         add_threads, add_sharing, add_closing, add_clocks, add_duties, add_filings,
                         add_news, add_watch, add_work, add_public}) {
    add(table);
  }
  for (const Row& row : table.rows) {
    inside_->counts[row.pattern];
  }
  inside_->counts[""];  // what found no route
  inside_->for_everybody = router_of(*inside_, Door::everybody, table.rows);
  inside_->for_operators = router_of(*inside_, Door::operators, table.rows);
  inside_->for_this_machine = router_of(*inside_, Door::this_machine, table.rows);
  inside_->openapi = http::make_document(
      "application/json",
      json::canonical(openapi_document(inside_->for_everybody->routes(), inside_->parts)));
}

Service::~Service() = default;

std::shared_ptr<const http::Router> Service::for_everybody() const {
  return inside_->for_everybody;
}
std::shared_ptr<const http::Router> Service::for_operators() const {
  return inside_->for_operators;
}
std::shared_ptr<const http::Router> Service::for_this_machine() const {
  return inside_->for_this_machine;
}

void Service::count(const http::Served& served) {
  const auto found = inside_->counts.find(served.pattern);
  if (found == inside_->counts.end()) {
    return;
  }
  Counts& counts = found->second;
  const auto status_class = static_cast<std::size_t>(served.status / 100);
  ++counts.answers[std::min(status_class, Counts::kClasses - 1)];
  counts.bytes += served.bytes;
  counts.microseconds += static_cast<std::uint64_t>(served.took.count());
}

void Service::watch(std::function<http::Statistics()> statistics) {
  inside_->statistics = std::move(statistics);
}

void Service::note_seal(const Status& outcome) {
  inside_->seal.with([&](SealNote& note) {
    if (outcome) {
      note = {inside_->parts.app.clock.now(), ""};
    } else {
      note.problem = outcome.error().message;
    }
  });
}

void Service::feed() {
  inside_->work.feed(inside_->parts.app);
  if (inside_->parts.records != nullptr) {
    inside_->changes.feed(*inside_->parts.records);
  }
}

std::size_t Service::open_streams() const {
  return inside_->work.open() + inside_->changes.open();
}

}  // namespace weir::api
