#include "api/table.h"

#include <algorithm>

#include "base/bytes.h"

namespace weir::api {
namespace {

constexpr std::size_t kMostText = app::kMaxMessageBytes;
constexpr std::size_t kMostList = 100'000;  // as many recipients as one release may have
constexpr std::size_t kMostFields = 64;

Result<policy::Fact> fact_of(const json::Cursor& at) {
  const std::string text = TRY(at.string());
  for (const policy::Fact fact : {policy::Fact::no, policy::Fact::yes, policy::Fact::unknown}) {
    if (text == policy::name(fact)) {
      return fact;
    }
  }
  return at.fail("expected yes, no or unknown");
}

Status check_texts(const json::Cursor& at) {
  for (const json::Cursor& one : TRY(at.elements(kMostList))) {
    TRY(one.string(kMostText));
  }
  return {};
}

Status check_numbers(const json::Cursor& at) {
  for (const json::Cursor& one : TRY(at.elements(kMostList))) {
    TRY(one.integer());
  }
  return {};
}

Status check_text(const json::Cursor& at) {
  TRY(at.string(kMostText));
  return {};
}

Status check(const Input& input, const json::Cursor& at) {
  switch (input.kind) {
    case Kind::text:
    case Kind::secret:
      return check_text(at);
    case Kind::number:
      TRY(at.integer());
      return {};
    case Kind::fact:
      TRY(fact_of(at));
      return {};
    case Kind::level:
      return parse_level(TRY(at.string()))
                 ? Status()
                 : at.fail("a level is existence, notice, advisory, technical or exploit");
    case Kind::choice: {
      const std::string text = TRY(at.string());
      return std::ranges::find(input.choices, text) != input.choices.end()
                 ? Status()
                 : at.fail("not one of the values that it may have");
    }
    case Kind::texts:
      return check_texts(at);
    case Kind::numbers:
      return check_numbers(at);
  }
  std::unreachable();
}

json::Value kind_schema(const Input& input) {
  const auto one_of = [](std::initializer_list<std::string_view> words) {
    json::Array values;
    for (const std::string_view word : words) {
      values.emplace_back(word);
    }
    return values;
  };
  switch (input.kind) {
    case Kind::text:
      return json::Object{{"type", "string"}, {"maxLength", kMostText}};
    case Kind::secret:
      return json::Object{{"type", "string"}, {"format", "password"}, {"writeOnly", true}};
    case Kind::number:
      return json::Object{{"type", "integer"}};
    case Kind::fact:
      return json::Object{{"type", "string"}, {"enum", one_of({"yes", "no", "unknown"})}};
    case Kind::level:
      return json::Object{
          {"type", "string"},
          {"enum", one_of({"nothing", "existence", "notice", "advisory", "technical", "exploit"})}};
    case Kind::choice:
      return json::Object{{"type", "string"},
                          {"enum", json::Array(input.choices.begin(), input.choices.end())}};
    case Kind::texts:
      return json::Object{{"type", "array"},
                          {"maxItems", kMostList},
                          {"items", {{"type", "string"}, {"maxLength", kMostText}}}};
    case Kind::numbers:
      return json::Object{
          {"type", "array"}, {"maxItems", kMostList}, {"items", {{"type", "integer"}}}};
  }
  std::unreachable();
}

}  // namespace

std::string_view name(Access access) {
  switch (access) {
    case Access::everybody:
      return "everybody";
    case Access::anyone:
      return "anyone";
    case Access::reader:
      return "reader";
    case Access::user:
      return "user";
    case Access::person:
      return "person";
    case Access::operators:
      return "operators";
  }
  std::unreachable();
}

Input choice(std::string name, std::vector<std::string> choices, std::string what) {
  return {std::move(name), Kind::choice, Input::Needed::yes, std::move(what), std::move(choices)};
}

Result<Body> Body::read(const std::vector<Input>& inputs, std::string_view bytes) {
  json::Value tree = TRY(json::parse(bytes, {.bytes = kMostText * 8, .depth = 8}));
  const json::Cursor root(tree);
  for (const auto& [key, at] : TRY(root.members(kMostFields))) {
    const auto input = std::ranges::find(inputs, key, &Input::name);
    if (input == inputs.end()) {
      return at.fail("there is no such field here");
    }
    TRY(check(*input, at));
  }
  for (const Input& input : inputs) {
    if (input.needed == Input::Needed::yes) {
      TRY(root.at(input.name));
    }
  }
  Body body;
  body.object_ = std::move(tree.get_object());
  return body;
}

bool Body::has(std::string_view field) const {
  return object_.contains(field);
}

std::string Body::text(std::string_view field) const {
  const json::Value* value = object_.if_contains(field);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t Body::number(std::string_view field, std::int64_t otherwise) const {
  const json::Value* value = object_.if_contains(field);
  return value != nullptr ? *json::Cursor(*value).integer() : otherwise;
}

std::optional<policy::Fact> Body::find_fact(std::string_view field) const {
  const json::Value* value = object_.if_contains(field);
  return value != nullptr ? std::optional(*fact_of(json::Cursor(*value))) : std::nullopt;
}

policy::Fact Body::fact(std::string_view field) const {
  return find_fact(field).value_or(policy::Fact::unknown);
}

Level Body::level(std::string_view field, Level otherwise) const {
  return has(field) ? *parse_level(text(field)) : otherwise;
}

std::vector<std::string> Body::texts(std::string_view field) const {
  std::vector<std::string> out;
  if (const json::Value* value = object_.if_contains(field)) {
    for (const json::Value& one : value->get_array()) {
      out.emplace_back(one.get_string());
    }
  }
  return out;
}

std::vector<std::int64_t> Body::numbers(std::string_view field) const {
  std::vector<std::int64_t> out;
  if (const json::Value* value = object_.if_contains(field)) {
    for (const json::Value& one : value->get_array()) {
      out.push_back(*json::Cursor(one).integer());
    }
  }
  return out;
}

bool is_conditional(const Row& row) {
  const bool is_of_list =
      row.pattern.starts_with("/api/v1/watch-lists/{list}") && !row.pattern.contains("/findings");
  return row.method != http::Method::get &&
         (is_of_list || row.pattern.starts_with("/api/v1/cases/{case}/"));
}

Row& Table::add(http::Method method, std::string pattern, Access access, std::string operation,
                std::string summary, Act act) {
  Row row;
  row.method = method;
  row.pattern = std::move(pattern);
  row.access = access;
  row.operation = std::move(operation);
  row.summary = std::move(summary);
  row.act = std::move(act);
  rows.push_back(std::move(row));
  return rows.back();
}

json::Value schema_of(const std::vector<Input>& inputs) {
  json::Object properties;
  json::Array required;
  for (const Input& input : inputs) {
    json::Value schema = kind_schema(input);
    if (!input.what.empty()) {
      schema.get_object()["description"] = input.what;
    }
    properties[input.name] = std::move(schema);
    if (input.needed == Input::Needed::yes) {
      required.emplace_back(input.name);
    }
  }
  json::Object schema{
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) {
    schema["required"] = std::move(required);
  }
  return schema;
}

http::Response ok(const json::Value& value) {
  return http::json_response(200, value);
}

http::Response created(const json::Value& value) {
  return http::json_response(201, value);
}

http::Response nothing() {
  http::Response response;
  response.status = 204;
  return response;
}

http::Response told(const app::Done& done) {
  if (!done.is_done()) {
    return http::json_response(202, json::Object{{"waiting", done.waiting_for}});
  }
  return ok(json::Object{{"reference", done.reference}});
}

Result<http::Response> told(const Status& status) {
  if (!status) {
    return std::unexpected(status.error());
  }
  return nothing();
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    std::string digits(text.substr(i + 1, 2));
    for (char& digit : digits) {
      digit = digit >= 'A' && digit <= 'F' ? static_cast<char>(digit - 'A' + 'a') : digit;
    }
    const auto byte = from_hex(digits);
    if (!byte || byte->size() != 1) {
      return std::nullopt;
    }
    out += *byte;
    i += 2;
  }
  return out;
}

Result<std::string> query_text(const Call& call, std::string_view name) {
  auto found = TRY(call.request.query_parameter(name));
  return found ? std::move(*found) : std::string();
}

std::vector<http::Parameter> paging_parameters() {
  return {{http::In::query, "after", "the cursor of the last page; absent: from the start"},
          {http::In::query, "limit", "rows of this page, at most 1000", "integer"}};
}

Result<app::Slice> wanted_page(const Call& call) {
  const auto after = from_hex(TRY(query_text(call, "after")));
  if (!after || !is_utf8(*after)) {
    return fail(Code::invalid, "not a cursor of this list", "after");
  }
  const std::string limit_text = TRY(query_text(call, "limit"));
  const auto limit =
      limit_text.empty() ? std::optional(std::uint64_t{kUsualRows}) : parse_decimal(limit_text);
  if (!limit || *limit == 0 || *limit > kMostRows) {
    return fail(Code::invalid, "a number from 1 to 1000", "limit");
  }
  return app::Slice{.after = *after, .most = static_cast<std::int64_t>(*limit) + 1};
}

http::Response page_of(const app::Slice& wanted, json::Array rows, const Paging& paging) {
  const bool has_more = static_cast<std::int64_t>(rows.size()) == wanted.most;
  if (has_more) {
    rows.pop_back();
  }
  json::Object answer;
  // Also at the end: whoever asks again with it gets what has been added since.
  answer["next"] =
      to_hex(rows.empty() ? std::string_view(wanted.after)
                          : std::string_view(rows.back().get_object().at(paging.key).get_string()));
  answer["more"] = has_more;
  answer[paging.list] = std::move(rows);
  return ok(answer);
}

Result<http::Response> page(const Call& call, json::Array rows, const Paging& paging) {
  const app::Slice wanted = TRY(wanted_page(call));
  const auto key_of = [&](const json::Value& row) {
    return std::string_view(row.get_object().at(paging.key).get_string());
  };
  std::ranges::sort(rows, {}, key_of);
  rows.erase(rows.begin(),
             std::ranges::upper_bound(rows, std::string_view(wanted.after), {}, key_of));
  rows.resize(std::min(rows.size(), static_cast<std::size_t>(wanted.most)));
  return page_of(wanted, std::move(rows), paging);
}

}  // namespace weir::api
