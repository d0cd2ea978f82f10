// Builds the tree while Boost.JSON's parser reads: the handler that its basic_parser calls. Only
// json.cc includes this.
//
// Boost's own handler keeps the last of two equal keys and rounds some numbers to a neighbouring
// double; this one refuses the first and reads numbers exactly.
#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/basic_parser.hpp>
#include <fmt/format.h>

#include "base/json.h"

namespace weir::json {

inline constexpr std::string_view kNumberTooLarge = "a number beyond the range of a double";

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

}  // namespace weir::json
