#include <algorithm>

#include "http/http.h"

namespace weir::http {

namespace {

constexpr std::string_view kRetryAfterSeconds = "2";

struct Kind {
  int status;
  std::string_view code;
  std::string_view title;
};

constexpr Kind kInvalid{400, "invalid", "The request is not valid"};
constexpr Kind kUnauthenticated{401, "unauthenticated", "Sign in first"};
constexpr Kind kDenied{403, "denied", "Not allowed"};
constexpr Kind kNotFound{404, "not_found", "Not found"};
constexpr Kind kConflict{409, "conflict", "The state has moved on"};
constexpr Kind kCorrupt{500, "internal", "Something went wrong here"};
constexpr Kind kUnavailable{503, "unavailable", "Not now"};

// What HTTP itself may find wrong. Codes are shown: programs decide by them.
constexpr Kind kKinds[] = {
    kInvalid,
    kUnauthenticated,
    kDenied,
    kNotFound,
    {405, "method_not_allowed", "Not with this method"},
    {408, "timeout", "The request took too long to arrive"},
    kConflict,
    {411, "length_required", "The request needs a length"},
    {412, "precondition_failed", "The state is not the one expected"},
    {413, "too_large", "The body is too large"},
    {414, "target_too_long", "The address is too long"},
    {415, "unsupported_type", "This type of content is not taken here"},
    {416, "bad_range", "There is no such range"},
    {417, "expectation_failed", "This expectation cannot be met"},
    {428, "precondition_required", "Say which state is expected"},
    {429, "too_many", "Too many requests"},
    {431, "head_too_large", "The header fields are too large"},
    kCorrupt,
    {501, "not_implemented", "Not implemented"},
    kUnavailable,
    {505, "version", "This version of HTTP is not served"},
};

Kind kind_of(Code code) {
  switch (code) {
    case Code::invalid:
      return kInvalid;
    case Code::denied:
      return kDenied;
    case Code::not_found:
      return kNotFound;
    case Code::conflict:
      return kConflict;
    case Code::unavailable:
      return kUnavailable;
    case Code::corrupt:
      return kCorrupt;
  }
  return kCorrupt;
}

}  // namespace

Problem problem(const Error& error) {
  const Kind kind = kind_of(error.code);
  Problem problem{kind.status, std::string(kind.code), std::string(kind.title)};
  if (error.code != Code::corrupt) {  // its message is for the operator
    problem.detail = error.message;
    problem.where = error.where;
  }
  return problem;
}

Problem problem(int status, std::string detail) {
  CHECK(status >= 400 && status <= 599);
  const auto* known = std::ranges::find(kKinds, status, &Kind::status);
  const Kind kind = known != std::ranges::end(kKinds) ? *known : status < 500 ? kInvalid : kCorrupt;
  return {status, std::string(kind.code), std::string(kind.title), std::move(detail)};
}

Response problem_response(const Problem& problem) {
  json::Object body;
  body["type"] = "/problems/" + problem.code;
  body["title"] = problem.title;
  body["status"] = problem.status;
  body["code"] = problem.code;
  if (!problem.detail.empty()) {
    body["detail"] = problem.detail;
  }
  if (!problem.where.empty()) {
    body["where"] = problem.where;
  }
  Response response =
      text_response(problem.status, "application/problem+json", json::canonical(body));
  if (problem.status == 503 || problem.status == 429) {
    response.headers.add("Retry-After", std::string(kRetryAfterSeconds));
  }
  return response;
}

Response problem_response(const Error& error) {
  return problem_response(problem(error));
}

}  // namespace weir::http
