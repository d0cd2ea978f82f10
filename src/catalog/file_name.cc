#include "catalog/file_name.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/bytes.h"

namespace weir::catalog {
namespace {

std::string_view extension(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  const std::size_t slash = name.rfind('/');
  const bool is_there =
      dot != std::string_view::npos && (slash == std::string_view::npos || dot > slash);
  return is_there ? name.substr(dot + 1) : std::string_view();
}

/// The name without what says how it is packed.
std::string_view unpacked_name(std::string_view name) {
  for (const std::string_view packed : {".zst", ".gz", ".xz", ".bz2"}) {
    if (name.ends_with(packed)) {
      name.remove_suffix(packed.size());
    }
  }
  return name;
}

}  // namespace

Form form_of(std::string_view name) {
  const std::string_view ending = extension(unpacked_name(name));
  if (ending == "ndjson" || ending == "jsonl") {
    return Form::lines;
  }
  if (ending == "json") {
    return Form::document;
  }
  if (ending == "yaml" || ending == "yml") {
    return Form::yaml;
  }
  return ending == "csv" ? Form::table : Form::other;
}

bool has_ending(std::string_view name) {
  return !extension(unpacked_name(name)).empty();
}

std::string utf8_of(std::string_view name) {
  if (is_utf8(name)) {
    return std::string(name);
  }
  std::string shown;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    shown += byte < 0x80 ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return shown;
}

bool is_packed(std::string_view name) {
  constexpr std::array<std::string_view, 10> kPacked = {"zip", "tar", "tgz", "txz", "7z",
                                                        "rar", "gz",  "zst", "xz",  "bz2"};
  return std::ranges::find(kPacked, extension(name)) != kPacked.end();
}

}  // namespace weir::catalog
