// JSON: strict in, canonical out.
//
// In: RFC 8259 as UTF-8, no duplicate keys, no lone surrogates, no number beyond a double, nothing
// after the value; a limit on size and on depth. An error says where: "line 3, column 7" for
// syntax, a JSON pointer (RFC 6901) for meaning. Out: RFC 8785 (JCS), the one byte form that hashes
// and signatures use.
//
// Values are Boost.JSON's tree. Thread rule: plain values.
// Start with parse(), then read the tree through Cursor, which carries the pointer along.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "base/result.h"

namespace weir::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

struct Limits {
  std::size_t bytes = std::size_t{64} << 20;  // of text
  std::size_t depth = 64;                     // of nesting; real CSAF needs about 20
};

/// The tree of `text`, or `invalid` with the place (`unavailable` without memory). Never uses more
/// memory than a fixed multiple of the text, which `limits` bounds. Depth costs stack: keep it
/// below a few thousand. A number too small for a double is zero.
Result<Value> parse(std::string_view text, const Limits& limits = {});

/// RFC 8785: keys in UTF-16 order, ECMAScript numbers (an integer beyond 2^53 in size is rounded to
/// a double), minimal escapes. The tree's doubles must be finite and its strings UTF-8.
std::string canonical(const Value& value);
/// The same, at the end of `out`: no allocation but its growth, unless an object's keys are
/// unsorted.
void append_canonical(std::string& out, const Value& value);
/// One integer, or one string, quoted and escaped.
void append_canonical(std::string& out, std::int64_t number);
void append_canonical(std::string& out, std::string_view text);
inline void append_canonical(std::string& out, const std::string& text) {
  append_canonical(out, std::string_view(text));
}
inline void append_canonical(std::string& out, const char* text) {
  append_canonical(out, std::string_view(text));
}
/// Indented by two, keys in the tree's order, no newline at the end: for people.
std::string pretty(const Value& value);

/// True for what an event field may hold (design: strings, integers below 2^53 in size, booleans,
/// null, arrays, objects): integers only, so that every implementation agrees on the bytes.
bool is_event_value(const Value& value);

/// `pointer` + "/" + `key`, escaped as RFC 6901 says.
void append_pointer(std::string& pointer, std::string_view key);

/// A place in a tree: reads typed values and blames the right pointer. Borrows the tree.
class Cursor {
 public:
  explicit Cursor(const Value& value, std::string pointer = "")
      : value_(&value), pointer_(std::move(pointer)) {}

  const Value& value() const { return *value_; }
  const std::string& pointer() const { return pointer_; }
  bool is_object() const { return value_->is_object(); }
  bool is_array() const { return value_->is_array(); }
  bool is_string() const { return value_->is_string(); }

  /// `invalid` at this place; the whole document's pointer, "", is shown as "#".
  std::unexpected<Error> fail(std::string message) const;

  /// A member that must be there (`invalid` if absent or if this is no object).
  Result<Cursor> at(std::string_view key) const;
  /// A member that may be absent; null counts as present. Nothing if this is no object.
  std::optional<Cursor> find(std::string_view key) const;
  /// Every element, with its pointer; `invalid` if this is no array or longer than `most`.
  Result<std::vector<Cursor>> elements(std::size_t most) const;

  /// Every member in the tree's order; `invalid` if this is no object or has more than `most`.
  Result<std::vector<std::pair<std::string, Cursor>>> members(std::size_t most) const;

  Result<std::string> string(std::size_t most_bytes = std::size_t{1} << 20) const;
  Result<std::int64_t> integer() const;  // exact; a fraction or more than 2^53-1 is `invalid`
  Result<bool> boolean() const;

  /// Shorthands: a string member that must be there, or may be absent (then nothing).
  Result<std::string> string_at(std::string_view key) const;
  /// `invalid` if this is no object.
  Result<std::optional<std::string>> find_string(std::string_view key) const;

  /// `invalid` at the first member that is not in `known`.
  Status only(std::initializer_list<std::string_view> known) const;

 private:
  Cursor child(const Value& value, std::string_view key) const;

  const Value* value_;
  std::string pointer_;
};

}  // namespace weir::json
