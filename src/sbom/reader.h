// What the readers of this folder share: a Document that grows, with its limits. Only for the files
// of this folder.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "sbom/sbom.h"

namespace weir::sbom {

/// Takes components and faults, and ties references to components at the end.
class Growing {
 public:
  Document document;

  void fault(std::string what, std::string place);
  void fault(const json::Cursor& at, std::string what);

  /// `invalid` beyond kMaxComponents. A reference that is there already is a fault.
  Status add(Component component);
  /// The component with this reference, or null.
  Component* find(const std::string& ref);
  /// `from` depends on `to`, both by reference; resolved by finish(). `invalid` beyond kMaxEdges.
  Status depends(std::string from, std::string to, const json::Cursor& at);
  /// References that name no component are left out.
  Document finish();

 private:
  std::unordered_map<std::string, std::uint32_t> by_ref_;
  std::vector<std::pair<std::string, std::string>> dependencies_;
};

/// The JSON pointer, or the line of a tree that was made from text.
std::string place(const json::Cursor& at);

/// A string member; nothing if it is absent; a fault and nothing if it is no string. `invalid` if
/// it is longer than kMaxTextBytes.
Result<std::string> text_of(Growing& growing, const json::Cursor& at, std::string_view key);
/// The elements of a list member; a fault and none if it is no list.
Result<std::vector<json::Cursor>> list_of(Growing& growing, const json::Cursor& at,
                                          std::string_view key, std::size_t most);
/// Lower-case hex, or a fault and nothing.
std::optional<std::string> hash_value(Growing& growing, const json::Cursor& at,
                                      std::string_view value);

/// A document whose form has been found out.
struct Tree {
  Format format = Format::cyclonedx_json;
  std::string version{};  // of CycloneDX
  json::Value value;
};
Result<Tree> parse_tree(std::string_view bytes);
Result<Document> read_tree(const Tree& tree);

Result<Document> read_cyclonedx(const json::Value& tree, Format format, std::string version);
Result<Document> read_spdx(const json::Value& tree, Format format);
Result<Document> read_spdx3(const json::Value& tree);
/// SPDX tag-value as the tree that its JSON form has, each package with its line.
Result<json::Value> parse_tag_value(std::string_view text);

}  // namespace weir::sbom
