// Lines of a text, one after the other, with their numbers for errors. Of this folder only.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/result.h"

namespace weir::merkle {

class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  /// The next line without its newline. Nothing at the end, or if the last line has no newline.
  std::optional<std::string_view> next() {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    ++number_;
    return line;
  }
  /// What next() has not given yet.
  std::string_view rest() const { return rest_; }
  /// `invalid` at the line that next() gave last (or at the first, before that).
  std::unexpected<Error> fail(std::string message) const {
    return weir::fail(Code::invalid, std::move(message),
                      fmt::format("line {}", number_ == 0 ? 1 : number_));
  }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

}  // namespace weir::merkle
