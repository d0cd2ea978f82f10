#include <algorithm>
#include <map>
#include <set>

#include "http/route.h"
#include "http/text.h"

namespace weir::http {

namespace {

/// One segment of a pattern: literal text, or a parameter with literal text around it.
struct Segment {
  std::string before;
  std::string parameter{};  // empty: `before` is all
  std::string after{};
  enum class Takes { one, rest } takes = Takes::one;

  /// Less is tried first: the longer literal text. Patterns that are equal in it collide.
  auto order() const {
    return std::tuple(!parameter.empty(), takes == Takes::rest, ~before.size(), ~after.size(),
                      std::string_view(before), std::string_view(after));
  }
  bool operator<(const Segment& other) const { return order() < other.order(); }
};

Segment parse_segment(std::string_view text) {
  const std::size_t open = text.find('{');
  if (open == std::string_view::npos) {
    CHECK(!text.contains('}'));
    return {std::string(text)};
  }
  const std::size_t close = text.find('}');
  CHECK(close != std::string_view::npos && close > open + 1);
  std::string_view parameter = text.substr(open + 1, close - open - 1);
  Segment segment{std::string(text.substr(0, open)), "", std::string(text.substr(close + 1))};
  if (parameter.ends_with('*')) {
    parameter.remove_suffix(1);
    CHECK(segment.before.empty() && segment.after.empty());
    segment.takes = Segment::Takes::rest;
  }
  CHECK(is_token(parameter) && segment.after.find_first_of("{}") == std::string::npos);
  segment.parameter = parameter;
  return segment;
}

/// A tree of segments. A path leads to at most one node, that of the first pattern that fits.
struct Node {
  std::map<Segment, std::unique_ptr<Node>> next;
  std::map<Method, const Route*> routes;
};

const Node* find_node(const Node& node, std::string_view rest, std::vector<Field>& parameters) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view text = rest.substr(0, slash);
  for (const auto& [segment, next] : node.next) {
    const std::size_t literal = segment.before.size() + segment.after.size();
    if (segment.takes == Segment::Takes::rest && !rest.empty()) {
      parameters.push_back({segment.parameter, std::string(rest)});
      return next.get();
    }
    const bool fits = segment.parameter.empty()
                          ? text == segment.before
                          : text.size() > literal && text.starts_with(segment.before) &&
                                text.ends_with(segment.after);
    if (!fits) {
      continue;
    }
    const std::size_t known = parameters.size();
    if (!segment.parameter.empty()) {
      parameters.push_back({segment.parameter, std::string(text.substr(segment.before.size(),
                                                                       text.size() - literal))});
    }
    const Node* found = slash < rest.size() ? find_node(*next, rest.substr(slash + 1), parameters)
                        : next->routes.empty() ? nullptr
                                               : next.get();
    if (found != nullptr) {
      return found;
    }
    parameters.resize(known);
  }
  return nullptr;
}

std::string allowed(const Node& node) {
  std::string allow = "OPTIONS";
  for (const auto& [method, route] : node.routes) {
    allow += ", " + std::string(name(method)) + (method == Method::get ? ", HEAD" : "");
  }
  return allow;
}

Response options_response(std::string allow) {
  Response response;
  response.status = 204;
  response.headers.add("Allow", std::move(allow));
  return response;
}

std::optional<Response> refuse_unknown_parameters(const Request& request) {
  const Route& route = *request.route;
  if (route.other_parameters == OtherParameters::ignored) {
    return std::nullopt;
  }
  for (const Field& parameter : request.query) {
    const bool known = std::ranges::any_of(route.parameters, [&](const Parameter& row) {
      return row.in == In::query && row.name == parameter.name;
    });
    if (!known) {
      return problem_response(
          Error{Code::invalid, "there is no such parameter here", parameter.name});
    }
  }
  return std::nullopt;
}

}  // namespace

struct Router::Inside {
  std::vector<Route> routes;
  Guard guard;
  Node root;
};

Router::Router(std::vector<Route> routes, Guard guard) : inside_(std::make_unique<Inside>()) {
  CHECK(guard != nullptr);
  inside_->routes = std::move(routes);
  inside_->guard = std::move(guard);
  for (const Route& route : inside_->routes) {
    CHECK(!route.access.empty() && route.handler != nullptr && route.pattern.starts_with('/'));
    CHECK(route.method != Method::head && route.method != Method::options &&
          route.method != Method::other);
    CHECK(route.run == Run::worker || route.body != BodyKind::streamed);
    Node* node = &inside_->root;
    std::set<std::string> names;
    const auto segments = split(std::string_view(route.pattern).substr(1), '/');
    for (std::size_t i = 0; i < segments.size(); ++i) {
      Segment segment = parse_segment(segments[i]);
      CHECK(segment.parameter.empty() || names.insert(segment.parameter).second);
      CHECK(segment.takes == Segment::Takes::one || i + 1 == segments.size());
      auto& [known, next] = *node->next.try_emplace(segment).first;
      CHECK(known.parameter == segment.parameter);  // one name for one place
      if (next == nullptr) {
        next = std::make_unique<Node>();
      }
      node = next.get();
    }
    const bool added = node->routes.emplace(route.method, &route).second;
    CHECK(added);
    if (route.slash_at_end == SlashAtEnd::ignored) {
      auto& empty = node->next[Segment{""}];
      if (empty == nullptr) {
        empty = std::make_unique<Node>();
      }
      empty->routes.emplace(route.method, &route);
    }
  }
}

Router::~Router() = default;
Router::Router(Router&&) noexcept = default;

const std::vector<Route>& Router::routes() const {
  return inside_->routes;
}

Match Router::find(Method method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) {
    return match;
  }
  const Node* node = find_node(inside_->root, path.substr(1), match.path_parameters);
  if (node == nullptr) {
    return match;
  }
  const auto route = node->routes.find(method == Method::head ? Method::get : method);
  if (route == node->routes.end()) {
    match.allow = allowed(*node);
  } else {
    match.route = route->second;
  }
  return match;
}

// Exceptions of libraries are caught where the library is called; here it is for the one that was
// missed, so that it costs one answer and not the process.
std::optional<Response> Router::ask_guard(Request& request) const {
  CHECK(request.route != nullptr);
  try {
    return inside_->guard(request);
  } catch (...) {
    return problem_response(Error{Code::corrupt, "exception"});
  }
}

Response Router::run(Request& request) const {
  if (auto refusal = ask_guard(request)) {
    return std::move(*refusal);
  }
  try {
    Result<Response> response = request.route->handler(request);
    return response ? std::move(*response) : problem_response(response.error());
  } catch (...) {
    return problem_response(Error{Code::corrupt, "exception"});
  }
}

std::optional<Response> prepare(const Router& router, Request& request) {
  Match match = router.find(request.method, request.path);
  if (match.route == nullptr && match.allow.empty()) {
    return problem_response(problem(404, ""));
  }
  if (match.route == nullptr) {
    if (request.method == Method::options) {
      return options_response(std::move(match.allow));
    }
    Response response = problem_response(problem(405, ""));
    response.headers.add("Allow", std::move(match.allow));
    return response;
  }
  request.route = match.route;
  request.path_parameters = std::move(match.path_parameters);
  if (request.method == Method::head) {
    request.method = Method::get;
  }
  return refuse_unknown_parameters(request);
}

std::optional<Response> admit(const Request& request) {
  CHECK(request.route != nullptr);
  const Admission& admission = request.route->admission;
  return admission ? admission(request) : std::nullopt;
}

Response answer(const Router& router, Request& request) {
  if (auto refusal = prepare(router, request)) {
    return std::move(*refusal);
  }
  if (auto refusal = admit(request)) {
    return std::move(*refusal);
  }
  return router.run(request);
}

}  // namespace weir::http
