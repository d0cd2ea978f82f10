#include "base/json.h"

#include <algorithm>
#include <cmath>
#include <exception>

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include "base/json_build.h"

namespace weir::json {
namespace {

constexpr std::int64_t kIntegerMost = (std::int64_t{1} << 53) - 1;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// "line 3, column 7" of the byte at `offset`; columns count characters, both count from 1.
std::string line_and_column(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto line = 1 + std::ranges::count(before, '\n');
  const auto column = 1 + std::ranges::count_if(before.substr(line_begin), [](char c) {
                        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
                      });
  return fmt::format("line {}, column {}", line, column);
}

/// Boost's words, where they are about its own machinery, put plainly.
std::string explain(const boost::system::error_code& code) {
  using boost::json::error;
  if (code == make_error_code(error::incomplete)) {
    return "the JSON ends too early";
  }
  if (code == make_error_code(error::extra_data)) {
    return "not JSON: something follows the value";
  }
  if (code == make_error_code(error::syntax)) {
    return "not JSON: a character that may not stand here";
  }
  if (code == make_error_code(error::exponent_overflow)) {
    return std::string(kNumberTooLarge);
  }
  return "not JSON: " + code.message();
}

Result<Value> parse_checked(std::string_view text, const Limits& limits) {
  boost::json::parse_options options;
  options.max_depth = limits.depth + 1;  // ours speaks first
  boost::json::basic_parser<Build> parser(options, limits.depth);
  boost::system::error_code code;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), code);
  Build& build = parser.handler();
  if (build.error) {
    if (build.error->where.empty()) {
      build.error->where = line_and_column(text, used);
    }
    return std::unexpected(std::move(*build.error));
  }
  if (!code && used < text.size()) {
    code = make_error_code(boost::json::error::extra_data);
  }
  if (code) {
    return fail(Code::invalid, explain(code), line_and_column(text, used));
  }
  return std::move(build.root);
}

}  // namespace

Result<Value> parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes) {
    return fail(Code::invalid, fmt::format("longer than {} bytes", limits.bytes));
  }
  if (text.starts_with(kByteOrderMark)) {
    return fail(Code::invalid, "not JSON: begins with a byte order mark", "line 1, column 1");
  }
  try {
    return parse_checked(text, limits);
  } catch (const std::exception&) {  // the library knows only bad_alloc and its own size limits
    return fail(Code::unavailable, "no memory for this JSON");
  }
}

bool is_event_value(const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
    case boost::json::kind::bool_:
    case boost::json::kind::string:
      return true;
    case boost::json::kind::int64:
      return value.get_int64() >= -kIntegerMost && value.get_int64() <= kIntegerMost;
    case boost::json::kind::uint64:
      return value.get_uint64() <= static_cast<std::uint64_t>(kIntegerMost);
    case boost::json::kind::double_:
      return false;
    case boost::json::kind::array:
      return std::ranges::all_of(value.get_array(), is_event_value);
    case boost::json::kind::object:
      return std::ranges::all_of(value.get_object(),
                                 [](const auto& member) { return is_event_value(member.value()); });
  }
  std::unreachable();
}

void append_pointer(std::string& pointer, std::string_view key) {
  pointer += '/';
  for (const char c : key) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

std::unexpected<Error> Cursor::fail(std::string message) const {
  return weir::fail(Code::invalid, std::move(message), pointer_.empty() ? "#" : pointer_);
}

Result<Cursor> Cursor::at(std::string_view key) const {
  const Object* object = value_->if_object();
  if (object == nullptr) {
    return fail("must be an object");
  }
  const Value* member = object->if_contains(key);
  if (member == nullptr) {
    return fail(fmt::format("\"{}\" is missing", key));
  }
  return child(*member, key);
}

std::optional<Cursor> Cursor::find(std::string_view key) const {
  const Object* object = value_->if_object();
  const Value* member = object == nullptr ? nullptr : object->if_contains(key);
  if (member == nullptr) {
    return std::nullopt;
  }
  return child(*member, key);
}

Result<std::vector<Cursor>> Cursor::elements(std::size_t most) const {
  const Array* array = value_->if_array();
  if (array == nullptr) {
    return fail("must be an array");
  }
  if (array->size() > most) {
    return fail(fmt::format("more than {} elements", most));
  }
  std::vector<Cursor> all;
  all.reserve(array->size());
  for (const Value& element : *array) {
    all.emplace_back(element, fmt::format("{}/{}", pointer_, all.size()));
  }
  return all;
}

Result<std::vector<std::pair<std::string, Cursor>>> Cursor::members(std::size_t most) const {
  const Object* object = value_->if_object();
  if (object == nullptr) {
    return fail("must be an object");
  }
  if (object->size() > most) {
    return fail(fmt::format("more than {} members", most));
  }
  std::vector<std::pair<std::string, Cursor>> all;
  all.reserve(object->size());
  for (const auto& member : *object) {
    all.emplace_back(member.key(), child(member.value(), member.key()));
  }
  return all;
}

Result<std::string> Cursor::string(std::size_t most_bytes) const {
  const boost::json::string* text = value_->if_string();
  if (text == nullptr) {
    return fail("must be a string");
  }
  if (text->size() > most_bytes) {
    return fail(fmt::format("longer than {} bytes", most_bytes));
  }
  return std::string(std::string_view(*text));
}

Result<std::int64_t> Cursor::integer() const {
  if (value_->is_int64() && is_event_value(*value_)) {
    return value_->get_int64();
  }
  if (value_->is_uint64() && is_event_value(*value_)) {
    return static_cast<std::int64_t>(value_->get_uint64());
  }
  if (value_->is_double()) {  // 1.0 and 1e3 are whole too
    const double number = value_->get_double();
    if (std::abs(number) <= static_cast<double>(kIntegerMost) && std::trunc(number) == number) {
      return static_cast<std::int64_t>(number);
    }
  }
  return fail("must be a whole number between -(2^53-1) and 2^53-1");
}

Result<bool> Cursor::boolean() const {
  if (!value_->is_bool()) {
    return fail("must be true or false");
  }
  return value_->get_bool();
}

Result<std::string> Cursor::string_at(std::string_view key) const {
  return TRY(at(key)).string();
}

Result<std::optional<std::string>> Cursor::find_string(std::string_view key) const {
  if (!is_object()) {
    return fail("must be an object");
  }
  const std::optional<Cursor> member = find(key);
  if (!member) {
    return std::nullopt;
  }
  return TRY(member->string());
}

Status Cursor::only(std::initializer_list<std::string_view> known) const {
  const Object* object = value_->if_object();
  if (object == nullptr) {
    return fail("must be an object");
  }
  for (const auto& member : *object) {
    if (std::ranges::find(known, std::string_view(member.key())) == known.end()) {
      return child(member.value(), member.key()).fail("unknown key");
    }
  }
  return {};
}

Cursor Cursor::child(const Value& value, std::string_view key) const {
  std::string pointer;
  pointer.reserve(pointer_.size() + key.size() + 1);
  pointer += pointer_;
  append_pointer(pointer, key);
  return Cursor(value, std::move(pointer));
}

}  // namespace weir::json
