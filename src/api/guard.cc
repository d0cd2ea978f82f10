#include "api/guard.h"

#include "app/identity.h"
#include "base/digest.h"

namespace weir::api {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::size_t kMostKeyBytes = 255;
constexpr std::string_view kWaitSeconds = "60";  // for a try to come back (app/limits.h)

http::Response unauthenticated(std::string detail) {
  http::Response response = http::problem_response(http::problem(401, std::move(detail)));
  response.headers.add("WWW-Authenticate", "Bearer");
  return response;
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
  const std::string authorization = field(request, "Authorization");
  if (!authorization.empty() && !authorization.starts_with(kBearer)) {
    return fail(Code::denied, "only bearer tokens are taken here", "Authorization");
  }
  presented.token = authorization.empty() ? authorization : authorization.substr(kBearer.size());
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
    terms.case_file = request.path_parameter("case");
  }
  terms.route = row.operation;
  // Everything that decides what is done: the address, and the body unless it comes in pieces.
  terms.body = Sha256().add(request.path).add("\n").add(request.body).finish();
  return actor.with(std::move(terms));
}

http::Response refusal(const Error& error) {
  if (error.code == Code::denied && error.message == app::kNotSignedIn) {
    return unauthenticated(error.message);
  }
  if (error.code == Code::conflict && error.message == app::kMovedOn) {
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
    return refusal(actor.error());
  }
  if (!takes(access, actor->kind())) {
    if (actor->kind() == app::Actor::Kind::nobody) {
      return unauthenticated("");
    }
    return http::problem_response(Error{Code::denied, access == Access::person
                                                          ? "only for a person who has signed in"
                                                          : "only for a user who has signed in"});
  }
  request.caller = std::move(*actor);
  return std::nullopt;
}

}  // namespace weir::api
