// References: 16 random bytes, written as 26 lower-case base32 characters. Each kind of thing has
// its own type, so that a case's id cannot be handed over as a user's. An Id holds a well-formed
// reference always; the only doors are parse() and make().
#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"

namespace weir {

inline constexpr std::size_t kIdBytes = 16;
inline constexpr std::size_t kIdChars = 26;

template <class Kind>
class Id {
 public:
  static Id make(Random& random) { return Id(to_base32(random.bytes(kIdBytes))); }
  static std::optional<Id> parse(std::string_view text) {
    const auto bytes = text.size() == kIdChars ? from_base32(text) : std::nullopt;
    return bytes && bytes->size() == kIdBytes ? std::optional(Id(std::string(text))) : std::nullopt;
  }
  const std::string& text() const { return text_; }
  auto operator<=>(const Id&) const = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace weir

template <class Kind>
struct std::hash<weir::Id<Kind>> {
  std::size_t operator()(const weir::Id<Kind>& id) const {
    return std::hash<std::string>()(id.text());
  }
};
