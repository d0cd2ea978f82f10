// How everything in Weir fails: a value or an Error, never an exception.
//
//   Result<T>  a T, or why not. Status is a Result without a value.
//   TRY(expr)  the value of `expr`, or leave this function with its error.
//   CHECK(c)   for our own bugs; on in release; ends the process.
//
// Thread rule: plain values, no shared state.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace weir {

/// What the caller can do about it. A code exists only if some caller acts on it.
enum class Code {
  invalid,      // wrong input: the same call will never succeed
  denied,       // policy said no
  not_found,    // absent, or the caller may not learn that it exists
  conflict,     // the state has moved on: read again, then retry
  unavailable,  // the same call may succeed later
  corrupt,      // stored data fails its own checks: stop
};

/// The code as it is shown in JSON and logs: "invalid", "not_found", ...
std::string_view name(Code code);

struct [[nodiscard]] Error {
  Code code;
  std::string message;  // shown to whoever asked, so it holds no secrets
  std::string where{};  // the place in the input: a JSON pointer, "line 3", a file; or empty
};

/// "message (where)", for people.
std::string text(const Error& error);

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(Code code, std::string message, std::string where = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(where)});
}

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace weir

// One TRY per line: -Wshadow refuses a nested one. (The name holds the line, so that a lambda
// inside of a TRY may have its own.)
#define WEIR_JOIN_(a, b) a##b
#define WEIR_JOIN(a, b) WEIR_JOIN_(a, b)
#define WEIR_TRY_(result, expr)                          \
  __extension__({                                        \
    auto result = (expr);                                \
    if (!result) {                                       \
      return std::unexpected(std::move(result).error()); \
    }                                                    \
    ::weir::detail::take(std::move(result));             \
  })
#define TRY(expr) WEIR_TRY_(WEIR_JOIN(try_result_, __LINE__), expr)

#define CHECK(condition)                                    \
  do {                                                      \
    if (!(condition)) {                                     \
      ::weir::check_failed(#condition, __FILE__, __LINE__); \
    }                                                       \
  } while (false)

namespace weir::detail {
template <class T>
T take(Result<T>&& result) {
  if constexpr (!std::is_void_v<T>) {
    return std::move(*result);
  }
}
}  // namespace weir::detail
