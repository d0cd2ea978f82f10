// Health, metrics, and the description of the API.
#include <fmt/format.h>

#include "api/service.h"
#include "app/log.h"

namespace weir::api {
namespace {

/// Text exposition format of Prometheus.
class Exposition {
 public:
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                   type);
    name_ = name;
  }
  void value(std::uint64_t number, std::string_view labels = "") {
    fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name_, labels, number);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string_view name_;
};

void write_answers(const Service::Inside& service, Exposition& out) {
  out.metric("weir_http_answers_total", "counter", "Answers by route and class of status.");
  for (const auto& [pattern, counts] : service.counts) {
    for (std::size_t i = 1; i < Counts::kClasses; ++i) {
      if (const std::uint64_t count = counts.answers[i]; count > 0) {
        out.value(count, fmt::format("{{route=\"{}\",status=\"{}xx\"}}", pattern, i));
      }
    }
  }
  out.metric("weir_http_busy_microseconds_total", "counter",
             "Time from head to last byte, summed, by route.");
  for (const auto& [pattern, counts] : service.counts) {
    if (const std::uint64_t spent = counts.microseconds; spent > 0) {
      out.value(spent, fmt::format("{{route=\"{}\"}}", pattern));
    }
  }
}

void write_connections(const Service::Inside& service, Exposition& out) {
  if (!service.statistics) {
    return;
  }
  const http::Statistics now = service.statistics();
  out.metric("weir_http_connections", "gauge", "Open connections.");
  out.value(now.connections);
  out.metric("weir_http_requests_under_way", "gauge", "Requests that are being handled.");
  out.value(now.under_way);
  out.metric("weir_http_large_bodies_bytes", "gauge", "Memory that large bodies hold.");
  out.value(now.large_bodies_bytes);
  out.metric("weir_http_connections_total", "counter", "Connections accepted.");
  out.value(now.accepted);
  out.metric("weir_http_connections_refused_total", "counter", "Connections over a limit.");
  out.value(now.refused);
  out.metric("weir_http_overloaded_total", "counter", "Answers 429 and 503 for lack of room.");
  out.value(now.overloaded);
  out.metric("weir_event_streams", "gauge", "Open event streams.");
  out.value(service.work.open());
}

Result<http::Response> metrics(Service::Inside& service, app::App& app) {
  Exposition out;
  const app::LogState log = TRY(app::log_state(app));
  out.metric("weir_log_leaves", "gauge", "Leaves that are durable.");
  out.value(log.size);
  out.metric("weir_log_published_leaves", "gauge", "Leaves under the newest published checkpoint.");
  out.value(log.published);
  const Duration age = log.published_at ? app.clock.now() - *log.published_at : Duration(0);
  out.metric("weir_log_published_age_seconds", "gauge", "Age of the newest published checkpoint.");
  out.value(static_cast<std::uint64_t>(std::max<std::int64_t>(age.count(), 0) / 1000));
  out.metric("weir_log_stopped", "gauge", "1: nothing is written any more. See weir doctor.");
  out.value(log.stopped ? 1 : 0);
  out.metric("weir_seal_failing", "gauge", "1: the last try to seal did not succeed.");
  out.value(service.seal.with([](const SealNote& note) { return note.problem.empty() ? 0U : 1U; }));
  write_connections(service, out);
  write_answers(service, out);
  return http::text_response(200, "text/plain; version=0.0.4; charset=utf-8", out.take());
}

/// Ready to take reports: the ledger writes, and what has been promised is being sealed.
Result<http::Response> readiness(Service::Inside& service, app::App& app) {
  const app::LogState log = TRY(app::log_state(app));
  if (log.stopped) {
    return fail(Code::unavailable, "the ledger has stopped");
  }
  const bool is_behind = log.published < log.size && service.seal.with([&](const SealNote& note) {
    return app.clock.now() - note.last_good > app.seal_within;
  });
  if (is_behind) {
    return fail(Code::unavailable, "nothing has been sealed for longer than is promised");
  }
  return http::text_response(200, "text/plain", "ready\n");
}

}  // namespace

void add_operations(Table& table) {
  using enum http::Method;
  Service::Inside& service = table.service;
  Row& health = table.add(get, "/healthz", Access::everybody, "health", "The process answers",
                          [](Call&) -> Result<http::Response> {
                            return http::text_response(200, "text/plain", "ok\n");
                          });
  health.answers = "It does";
  health.content_type = "text/plain";
  Row& ready = table.add(get, "/readyz", Access::everybody, "readiness",
                         "Reports can be taken, and are sealed in time",
                         [&service](Call& call) { return readiness(service, call.app); });
  ready.answers = "They can";
  ready.content_type = "text/plain";
  Row& measured = table.add(get, "/metrics", Access::operators, "metrics", "Numbers for Prometheus",
                            [&service](Call& call) { return metrics(service, call.app); });
  measured.answers = "Numbers";
  measured.content_type = "text/plain";
  // Programs look for it at the root as well.
  for (const auto& [pattern, operation] : {std::pair{"/api/v1/openapi.json", "describe"},
                                           std::pair{"/openapi.json", "describe_at_root"}}) {
    table
        .add(get, pattern, Access::everybody, operation, "This document",
             [&service](Call&) -> Result<http::Response> {
               return http::document_response(service.openapi, http::Caching::revalidate);
             })
        .answers = "OpenApi";
  }
}

}  // namespace weir::api
