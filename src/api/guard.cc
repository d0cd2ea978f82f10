#include "api/guard.h"

#include "app/identity.h"
#include "app/watch_lists.h"
#include "base/bytes.h"
#include "base/digest.h"

namespace weir::api {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kBasic = "Basic ";
constexpr std::size_t kMostKeyBytes = 255;
constexpr std::string_view kWaitSeconds = "60";  // for a try to come back (app/limits.h)

bool is_calendar(const http::Request& request) {
  return request.route != nullptr && request.route->pattern == kCalendarPattern;
}

http::Response unauthenticated(const http::Request& request, std::string detail) {
  http::Response response = http::problem_response(http::problem(401, std::move(detail)));
  response.headers.add("WWW-Authenticate", "Bearer");
  if (is_calendar(request)) {
    response.headers.add("WWW-Authenticate", "Basic realm=\"calendar\", charset=\"UTF-8\"");
  }
  return response;
}

/// The token of an Authorization field; "" if there is none.
Result<std::string> token_in(const http::Request& request, const std::string& authorization) {
  if (authorization.empty()) {
    return std::string();
  }
  if (authorization.starts_with(kBearer)) {
    return authorization.substr(kBearer.size());
  }
  if (!is_calendar(request) || !authorization.starts_with(kBasic)) {
    return fail(Code::denied, "only bearer tokens are taken here", "Authorization");
  }
  const auto pair = from_base64(std::string_view(authorization).substr(kBasic.size()));
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return fail(Code::invalid, "a name and a password, as RFC 7617 writes them", "Authorization");
  }
  return pair->substr(colon + 1);
}

bool is_not_signed_in(const Error& error) {
  return error.code == Code::denied && error.message == app::kNotSignedIn;
}

std::string field(const http::Request& request, std::string_view name) {
  return std::string(request.headers.find(name).value_or(""));
}

Result<app::Presented> presented_by(const http::Request& request) {
  for (const std::string_view name :
       {std::string_view("Authorization"), kCsrfField, kReturnCodeField, kAsField}) {
    if (request.headers.count(name) > 1) {
      return fail(Code::invalid, "given twice", std::string(name));
    }
  }
  app::Presented presented;
  presented.token = TRY(token_in(request, field(request, "Authorization")));
  presented.return_code = field(request, kReturnCodeField);
  presented.session = request.cookie(kSessionCookie).value_or("");
  presented.csrf = field(request, kCsrfField);
  presented.network = network_of(request);
  presented.effect = request.method == http::Method::get ? app::Presented::Effect::reads
                                                         : app::Presented::Effect::changes;
  return presented;
}

Result<app::Actor> actor_of(const Parts& parts, Door door, const http::Request& request) {
  const app::Presented presented = TRY(presented_by(request));
  const std::string as = field(request, kAsField);
  if (as.empty()) {
    return app::authenticate(parts.app, presented);
  }
  const bool is_believed =
      door == Door::this_machine && request.peer.via == http::Via::local_socket && parts.local;
  const bool is_alone =
      presented.token.empty() && presented.session.empty() && presented.return_code.empty();
  if (!is_believed || !is_alone) {
    return fail(Code::denied, "nobody is believed by name here", std::string(kAsField));
  }
  return parts.local(as);
}

bool takes(Access access, app::Actor::Kind kind) {
  using Kind = app::Actor::Kind;
  switch (access) {
    case Access::everybody:
    case Access::anyone:
    case Access::operators:
      return true;
    case Access::reader:
      return kind != Kind::nobody;
    case Access::user:
      return kind != Kind::nobody && kind != Kind::bearer;
    case Access::person:
      return kind == Kind::session || kind == Kind::local;
  }
  return false;
}

Access access_of(const http::Request& request) {
  for (const Access access : {Access::everybody, Access::anyone, Access::reader, Access::user,
                              Access::person, Access::operators}) {
    if (request.route->access == name(access)) {
      return access;
    }
  }
  CHECK(false && "a route without a rule");
  std::unreachable();
}

}  // namespace

std::string network_of(const http::Request& request) {
  return request.peer.via == http::Via::local_socket
             ? std::string()
             : http::client_network(request.peer.address).text();
}

Result<app::Actor> with_terms(const app::Actor& actor, const Row& row,
                              const http::Request& request) {
  app::Terms terms;
  terms.key = field(request, kKeyField);
  std::string expected = field(request, kIfMatchField);
  if (terms.key.empty() && expected.empty()) {
    return actor;
  }
  if (!terms.key.empty() && row.repeats == Row::Repeats::as_new) {
    return fail(Code::invalid, "this route takes no such key", std::string(kKeyField));
  }
  if (!expected.empty() && (!is_conditional(row) || request.headers.count(kIfMatchField) > 1)) {
    return fail(Code::invalid, "this route takes no condition, or one only",
                std::string(kIfMatchField));
  }
  if (terms.key.size() > kMostKeyBytes || request.headers.count(kKeyField) > 1) {
    return fail(Code::invalid, "a key is one, of at most 255 bytes", std::string(kKeyField));
  }
  if (!expected.empty()) {
    const bool is_tag = expected.size() > 2 && expected.starts_with('"') &&
                        expected.find('"', 1) + 1 == expected.size();
    if (!is_tag) {
      return fail(Code::invalid, "one entity tag in quotes", std::string(kIfMatchField));
    }
    terms.expected = expected.substr(1, expected.size() - 2);
    if (row.pattern.contains("{case}")) {
      terms.case_file = request.path_parameter("case");
    }
  }
  terms.route = row.operation;
  // Everything that decides what is done: the address, and the body unless it comes in pieces.
  terms.body = Sha256().add(request.path).add("\n").add(request.body).finish();
  return actor.with(std::move(terms));
}

http::Response refusal(const Error& error) {
  if (is_not_signed_in(error)) {
    return unauthenticated({}, error.message);
  }
  if (error.code == Code::conflict &&
      (error.message == app::kMovedOn || error.message == app::kListMovedOn)) {
    return http::problem_response(http::problem(412, error.message));
  }
  if (error.code == Code::unavailable && error.message == app::kTooMany) {
    http::Response response = http::problem_response(http::problem(429, error.message));
    response.headers.set("Retry-After", std::string(kWaitSeconds));
    return response;
  }
  return http::problem_response(error);
}

std::optional<http::Response> guard(const Parts& parts, Door door, http::Request& request) {
  const Access access = access_of(request);
  if (access == Access::operators && door == Door::everybody) {
    return http::problem_response(http::problem(404, ""));  // never in that table; and if it were
  }
  if (access == Access::everybody || access == Access::operators) {
    request.caller = app::Actor();
    return std::nullopt;
  }
  Result<app::Actor> actor = actor_of(parts, door, request);
  if (!actor) {
    return is_not_signed_in(actor.error()) ? unauthenticated(request, actor.error().message)
                                           : refusal(actor.error());
  }
  if (!takes(access, actor->kind())) {
    if (actor->kind() == app::Actor::Kind::nobody) {
      return unauthenticated(request, "");
    }
    return http::problem_response(Error{Code::denied, access == Access::person
                                                          ? "only for a person who has signed in"
                                                          : "only for a user who has signed in"});
  }
  request.caller = std::move(*actor);
  return std::nullopt;
}

}  // namespace weir::api
