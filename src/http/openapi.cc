#include "http/openapi.h"

#include <algorithm>
#include <set>

#include "http/text.h"

namespace weir::http {

namespace {

struct ServerAnswer {
  int status;
  std::string_view description;
};

constexpr std::string_view kProblem = "application/problem+json";
constexpr std::string_view kProblemSchema = "Problem";

std::string_view in_name(In in) {
  switch (in) {
    case In::path:
      return "path";
    case In::query:
      return "query";
    case In::header:
      return "header";
  }
  return "";
}

json::Object parameter_object(const Parameter& parameter) {
  json::Object out;
  out["name"] = parameter.name;
  out["in"] = in_name(parameter.in);
  out["required"] = parameter.in == In::path || parameter.needed == Parameter::Needed::yes;
  out["schema"] = {{"type", parameter.type}};
  if (!parameter.description.empty()) {
    out["description"] = parameter.description;
  }
  return out;
}

/// The names in a pattern, in order, and the pattern as OpenAPI writes it: "{path*}" is "{path}".
std::vector<std::string> names_in(std::string& pattern) {
  std::vector<std::string> names;
  std::erase(pattern, '*');
  for (std::size_t open = pattern.find('{'); open != std::string::npos;
       open = pattern.find('{', open + 1)) {
    names.push_back(pattern.substr(open + 1, pattern.find('}', open) - open - 1));
  }
  return names;
}

json::Array parameters_array(const Route& route, const std::vector<std::string>& in_path) {
  json::Array out;
  for (const std::string& name : in_path) {
    const auto row = std::ranges::find_if(route.parameters, [&](const Parameter& parameter) {
      return parameter.in == In::path && parameter.name == name;
    });
    out.push_back(
        parameter_object(row != route.parameters.end() ? *row : Parameter{In::path, name, ""}));
  }
  for (const Parameter& parameter : route.parameters) {
    if (parameter.in != In::path) {
      out.push_back(parameter_object(parameter));
    }
  }
  return out;
}

json::Object content(std::string_view type, const json::Value& schema) {
  json::Object media;
  if (!schema.is_null()) {
    media["schema"] = schema;
  }
  return {{type, std::move(media)}};
}

json::Object body_object(const Route& route) {
  json::Object types;
  for (const std::string& type : route.content_types) {
    types[type] = content(type, route.body_schema).at(type);
  }
  if (types.empty()) {
    types["*/*"] = json::Object();
  }
  return {{"required", true}, {"content", std::move(types)}};
}

/// What the server itself may answer before or instead of the handler.
std::vector<ServerAnswer> server_answers(const Route& route) {
  std::vector<ServerAnswer> answers = {{400, "The request is not valid"},
                                       {429, "Too many requests under way from this network"},
                                       {503, "Not now; see Retry-After"}};
  if (route.body != BodyKind::none) {
    answers.push_back({411, "The request needs a length"});
    answers.push_back({413, "The body is too large"});
    answers.push_back({415, "This type of content is not taken here"});
  }
  return answers;
}

json::Object responses_object(const Route& route) {
  json::Object out;
  for (const Answer& answer : route.answers) {
    const std::string status = std::to_string(answer.status);
    if (!out.contains(status)) {
      out[status] = json::Object{{"description", answer.description}};
    }
    if (!answer.content_type.empty()) {  // of one status there may be several types
      json::Value& types = out[status].get_object()["content"];
      json::Object all = types.is_object() ? types.get_object() : json::Object();
      for (const auto& one : content(answer.content_type, answer.schema)) {
        all[one.key()] = one.value();
      }
      types = std::move(all);
    }
  }
  const json::Object problem{{"$ref", "#/components/schemas/" + std::string(kProblemSchema)}};
  for (const ServerAnswer& answer : server_answers(route)) {
    const std::string status = std::to_string(answer.status);
    if (!out.contains(status)) {
      out[status] = {{"description", answer.description}, {"content", content(kProblem, problem)}};
    } else if (json::Value* types = out[status].get_object().if_contains("content")) {
      types->get_object()[kProblem] = content(kProblem, problem).at(kProblem);
    }
  }
  return out;
}

json::Object operation_object(const Route& route, const ApiInfo& info,
                              const std::vector<std::string>& in_path) {
  json::Object out;
  out["operationId"] = route.operation;
  if (!route.summary.empty()) {
    out["summary"] = route.summary;
  }
  if (!route.tag.empty()) {
    out["tags"] = json::Array{json::Value(route.tag)};
  }
  out["x-weir-access"] = route.access;
  if (const auto* security = info.security_by_access.if_contains(route.access)) {
    out["security"] = *security;
  }
  if (json::Array parameters = parameters_array(route, in_path); !parameters.empty()) {
    out["parameters"] = std::move(parameters);
  }
  if (route.body != BodyKind::none) {
    out["requestBody"] = body_object(route);
    out["x-weir-most-bytes"] = route.most_body_bytes;
  }
  out["responses"] = responses_object(route);
  return out;
}

json::Object problem_schema() {
  json::Object properties;
  for (const std::string_view name : {"type", "title", "code", "detail", "where"}) {
    properties[name] = {{"type", "string"}};
  }
  properties["status"] = {{"type", "integer"}};
  return {{"type", "object"},
          {"required", {"type", "title", "status", "code"}},
          {"properties", std::move(properties)}};
}

}  // namespace

json::Value openapi(const std::vector<Route>& routes, const ApiInfo& info,
                    std::string_view prefix) {
  json::Object paths;
  std::set<std::string> operations;
  for (const Route& route : routes) {
    if (!route.pattern.starts_with(prefix) || route.operation.empty()) {
      continue;
    }
    CHECK(operations.insert(route.operation).second);
    std::string pattern = route.pattern;
    const std::vector<std::string> in_path = names_in(pattern);
    if (!paths.contains(pattern)) {
      paths[pattern] = json::Object();
    }
    paths[pattern].as_object()[lower(name(route.method))] = operation_object(route, info, in_path);
  }
  json::Object about{{"title", info.title}, {"version", info.version}};
  if (!info.description.empty()) {
    about["description"] = info.description;
  }
  json::Object schemas = info.schemas;
  schemas[kProblemSchema] = problem_schema();
  json::Object components{{"schemas", std::move(schemas)}};
  if (!info.security_schemes.empty()) {
    components["securitySchemes"] = info.security_schemes;
  }
  return json::Object{{"openapi", "3.1.0"},
                      {"info", std::move(about)},
                      {"paths", std::move(paths)},
                      {"components", std::move(components)}};
}

}  // namespace weir::http
