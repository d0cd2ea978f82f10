// The table of routes: one row says all that the server, the guard and the OpenAPI document know of
// a route, so that none of them can say something else.
//
// Patterns: "/cases/{case}" (one segment), "/custody/{stream}.json" (a segment with literal text
// around it), "/log/tile/{path*}" (the rest, one segment at least). Literal segments win over
// parameters, and those with literal text over bare ones, segment by segment.
//
// Thread rule: a Router is constant once made.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "http/http.h"

namespace weir::http {

inline constexpr std::size_t kMostJsonBodyBytes = std::size_t{1} << 20;

enum class BodyKind {
  none,      // a body is refused
  whole,     // in Request::body, up to the route's limit
  streamed,  // through Request::pieces, up to the route's limit
};

enum class Run {
  worker,  // may block
  inline_  // must not: guard and handler run on the thread that serves sockets
};

/// What a route does with query parameters that it does not list.
enum class OtherParameters { refused, ignored };

/// Whether "/" may follow the path: other people's documentation of an API may write it so.
enum class SlashAtEnd { refused, ignored };

enum class In { path, query, header };

struct Parameter {
  In in = In::query;
  std::string name{};
  std::string description{};
  std::string type = "string";  // of JSON Schema
  enum class Needed { no, yes } needed = Needed::no;
};

/// One possible answer, for the OpenAPI document.
struct Answer {
  int status = 200;
  std::string description{};
  std::string content_type{};  // empty: no body
  json::Value schema{};        // JSON Schema; null: not described
};

using Handler = std::function<Result<Response>(Request&)>;

/// Asked when the head has been read and nothing of the body: an answer instead of all the rest, or
/// nothing. It runs on the thread that serves sockets and must not block.
using Admission = std::function<std::optional<Response>(const Request&)>;

struct Route {
  Method method = Method::get;
  std::string pattern;
  std::string access;  // who may call: a word that the guard knows. Never empty
  Handler handler;
  Admission admission{};  // absent: everybody is let in, as far as there is room

  BodyKind body = BodyKind::none;
  std::size_t most_body_bytes = kMostJsonBodyBytes;
  std::vector<std::string> content_types = {
      "application/json"};  // of the body; else 415. Empty: any
  Run run = Run::worker;
  OtherParameters other_parameters = OtherParameters::refused;
  SlashAtEnd slash_at_end = SlashAtEnd::refused;

  // What the OpenAPI document says beyond that.
  std::string operation{};  // a unique name, "claim_case"
  std::string summary{};
  std::string tag{};
  std::vector<Parameter> parameters{};  // those of the pattern may be left out
  json::Value body_schema{};            // null: not described
  std::vector<Answer> answers{};
};

/// Decides, before the handler and before a streamed body is read, whether this caller may use
/// request.route. Leaves who it is in request.caller, or answers instead of the handler. Asked once
/// more before a large body is read whole (Limits::small_body_bytes).
using Guard = std::function<std::optional<Response>(Request& request)>;

/// What the path and the method lead to: a route, or the methods that the path has (Allow; empty if
/// there is no such path).
struct Match {
  const Route* route = nullptr;
  std::vector<Field> path_parameters{};
  std::string allow{};
};

class Router {
 public:
  /// A malformed pattern, a route without access or handler, or two routes for the same method and
  /// path are our bugs: CHECK.
  Router(std::vector<Route> routes, Guard guard);
  ~Router();
  Router(Router&&) noexcept;

  /// HEAD finds the route for GET.
  Match find(Method method, std::string_view path) const;
  const std::vector<Route>& routes() const;

  /// What the guard answers instead of the handler, if anything. request.route must be set.
  std::optional<Response> ask_guard(Request& request) const;
  /// Guard, then handler. Nothing thrown gets past it. request.route must be set.
  Response run(Request& request) const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

/// Finds the route and fills request.route and its path parameters, or says why not: 404, 405 with
/// Allow (OPTIONS: 204), 400 for a parameter that the route does not know.
std::optional<Response> prepare(const Router& router, Request& request);

/// What the route's Admission says. request.route must be set.
std::optional<Response> admit(const Request& request);

/// All that happens to a whole request between parsing and writing, without a socket.
Response answer(const Router& router, Request& request);

}  // namespace weir::http
