#include "base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <exception>

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

namespace weir::json {
namespace {

constexpr std::int64_t kIntegerMost = (std::int64_t{1} << 53) - 1;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

constexpr std::string_view kNumberTooLarge = "a number beyond the range of a double";

/// Builds the tree while Boost.JSON's parser reads. Boost's own handler keeps the last of two equal
/// keys and rounds some numbers to a neighbouring double; this one refuses the first and reads
/// numbers exactly.
struct Build {
  // What basic_parser asks of a handler; the size of the text bounds them all.
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  using Code = boost::system::error_code;
  using View = boost::json::string_view;

  explicit Build(std::size_t most_deep) : depth(most_deep) {}

  /// An open object or array, and for an object the key whose value comes next.
  struct Frame {
    Value* container;  // stays put: its parent gets no new element before it is closed
    std::string key;   // spelled out only where an error needs it, and while its value is pending
  };

  std::size_t depth;
  Value root;
  std::vector<Frame> open;  // the first `level` are in use; the rest keep their memory
  std::size_t level = 0;
  std::string pending;  // a string or key that came in pieces
  std::optional<Error> error;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_comment_part(View, Code&) { return true; }
  bool on_comment(View, Code&) { return true; }
  bool on_number_part(View, Code&) { return true; }  // the whole text comes with the number

  bool on_object_begin(Code& code) { return enter(Object(), code); }
  bool on_array_begin(Code& code) { return enter(Array(), code); }
  bool on_object_end(std::size_t, Code&) { return leave(); }
  bool on_array_end(std::size_t, Code&) { return leave(); }

  bool on_key_part(View part, std::size_t, Code&) {
    pending.append(part.data(), part.size());
    return true;
  }
  bool on_key(View last, std::size_t, Code&) {
    std::string& key = open[level - 1].key;
    key.assign(pending);
    key.append(last.data(), last.size());
    pending.clear();
    return true;
  }
  bool on_string_part(View part, std::size_t, Code&) {
    pending.append(part.data(), part.size());
    return true;
  }
  bool on_string(View last, std::size_t, Code& code) {
    if (pending.empty()) {
      return add(last, code) != nullptr;
    }
    pending.append(last.data(), last.size());
    Value* const added = add(View(pending), code);
    pending.clear();
    return added != nullptr;
  }
  bool on_int64(std::int64_t number, View, Code& code) { return add(number, code) != nullptr; }
  bool on_uint64(std::uint64_t number, View, Code& code) { return add(number, code) != nullptr; }
  bool on_bool(bool value, Code& code) { return add(value, code) != nullptr; }
  bool on_null(Code& code) { return add(nullptr, code) != nullptr; }

  /// `text` is the number as written: Boost 1.81's own reading may be off by one unit in the last
  /// place, and canonical bytes must not be.
  bool on_double(double near, View text, Code& code) {
    double exact = near;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), exact);
    if (read.ec == std::errc::result_out_of_range) {
      exact = std::abs(near) < 1 ? std::copysign(0.0, near) : HUGE_VAL;  // too small is zero
    }
    if (!std::isfinite(exact)) {
      return refuse(std::string(kNumberTooLarge), "", code);
    }
    return add(exact, code) != nullptr;
  }

 private:
  template <class T>
  Value* add(T&& value, Code& code) {
    if (level == 0) {
      root = std::forward<T>(value);
      return &root;
    }
    Frame& frame = open[level - 1];
    if (Array* array = frame.container->if_array()) {
      return &array->emplace_back(std::forward<T>(value));
    }
    const auto [member, is_new] =
        frame.container->get_object().emplace(frame.key, std::forward<T>(value));
    if (!is_new) {
      refuse("the same key twice", pointer(), code);
      return nullptr;
    }
    return &member->value();
  }

  template <class Container>
  bool enter(Container empty, Code& code) {
    if (level == depth) {
      return refuse(fmt::format("nested deeper than {} levels", depth), "", code);
    }
    Value* const added = add(std::move(empty), code);
    if (added == nullptr) {
      return false;
    }
    if (level == open.size()) {
      open.emplace_back();
    }
    open[level++].container = added;
    return true;
  }

  bool leave() {
    --level;
    return true;
  }

  /// The pointer of the member that is being added.
  std::string pointer() const {
    std::string out;
    for (std::size_t i = 0; i < level; ++i) {
      const Array* const array = open[i].container->if_array();
      append_pointer(out, array != nullptr ? std::to_string(array->size() - 1) : open[i].key);
    }
    return out;
  }

  bool refuse(std::string message, std::string where, Code& code) {
    error = Error{weir::Code::invalid, std::move(message), std::move(where)};
    code = make_error_code(boost::json::error::syntax);  // any: `error` is what is shown
    return false;
  }
};

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
