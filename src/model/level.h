// The detail level of what is shown, least to most. A property of every part and field; the order
// is the meaning: a grant of one level opens that level and all below.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace weir {

/// Stored and shown by name; compared by order.
enum class Level {
  nothing,    // not even that there is something
  existence,  // that there is a report
  notice,     // vendor, product, dates
  advisory,   // affected versions, severity, mitigation
  technical,  // the flaw itself
  exploit,    // proof of concept
};

inline constexpr std::array<std::string_view, 6> kLevelNames = {"nothing",  "existence", "notice",
                                                                "advisory", "technical", "exploit"};

inline std::string_view name(Level level) {
  return kLevelNames[static_cast<std::size_t>(level)];
}

inline std::optional<Level> parse_level(std::string_view text) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == text) {
      return static_cast<Level>(i);
    }
  }
  return std::nullopt;
}

}  // namespace weir
