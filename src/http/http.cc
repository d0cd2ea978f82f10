#include "http/http.h"

#include <algorithm>
#include <array>
#include <utility>

#include "http/compress.h"
#include "http/text.h"

namespace weir::http {

namespace {

constexpr std::array<std::pair<Method, std::string_view>, 7> kMethods = {{
    {Method::get, "GET"},
    {Method::head, "HEAD"},
    {Method::post, "POST"},
    {Method::put, "PUT"},
    {Method::patch, "PATCH"},
    {Method::delete_, "DELETE"},
    {Method::options, "OPTIONS"},
}};

constexpr std::size_t kMostCookieBytes = 4096;

}  // namespace

std::string_view name(Method method) {
  for (const auto& [known, text] : kMethods) {
    if (known == method) {
      return text;
    }
  }
  return "other";
}

Method method_from(std::string_view name) {
  for (const auto& [method, text] : kMethods) {
    if (text == name) {
      return method;
    }
  }
  return Method::other;
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_without_case(field.name, name)) {
      return field.value;
    }
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields_, [&](const Field& field) { return equal_without_case(field.name, name); }));
}

void Headers::add(std::string name, std::string value) {
  fields_.push_back({std::move(name), std::move(value)});
}

void Headers::set(std::string_view name, std::string value) {
  std::erase_if(fields_, [&](const Field& field) { return equal_without_case(field.name, name); });
  fields_.push_back({std::string(name), std::move(value)});
}

const std::string& Request::path_parameter(std::string_view name) const {
  const auto found = std::ranges::find(path_parameters, name, &Field::name);
  CHECK(found != path_parameters.end());
  return found->value;
}

Result<std::optional<std::string>> Request::query_parameter(std::string_view name) const {
  std::optional<std::string> value;
  for (const Field& parameter : query) {
    if (parameter.name != name) {
      continue;
    }
    if (value) {
      return fail(Code::invalid, "given twice", std::string(name));
    }
    value = parameter.value;
  }
  return value;
}

std::optional<std::string> Request::cookie(std::string_view name) const {
  std::optional<std::string> value;
  for (const Field& field : headers.fields()) {
    if (!equal_without_case(field.name, "Cookie") || field.value.size() > kMostCookieBytes) {
      continue;
    }
    for (const std::string_view pair : split(field.value, ';')) {
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) {
        continue;
      }
      if (value) {
        return std::nullopt;  // a second one may be planted by a neighbour domain: trust neither
      }
      value = std::string(trim(pair.substr(equals + 1)));
    }
  }
  return value;
}

std::shared_ptr<const Document> make_document(std::string content_type, std::string bytes) {
  std::string packed = is_compressible(content_type, bytes.size()) ? gzip(bytes) : "";
  if (packed.size() >= bytes.size()) {
    packed.clear();
  }
  std::string etag = etag_of(bytes);
  return std::make_shared<const Document>(
      Document{std::move(content_type), std::move(bytes), std::move(packed), std::move(etag)});
}

Response json_response(int status, const json::Value& value) {
  return text_response(status, "application/json", json::canonical(value));
}

Response text_response(int status, std::string content_type, std::string body) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", std::move(content_type));
  response.body = std::move(body);
  return response;
}

Response document_response(std::shared_ptr<const Document> document, Caching caching) {
  Response response;
  response.headers.add("Content-Type", document->content_type);
  response.etag = document->etag;
  response.body = std::move(document);
  response.caching = caching;
  return response;
}

Response see_other(std::string location) {
  Response response;
  response.status = 303;
  response.headers.add("Location", std::move(location));
  return response;
}

}  // namespace weir::http
