// Private to regimes/: YAML as a plain tree with lines. Only what data needs: one document, maps,
// lists and texts; no anchors, aliases, tags or keys twice.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::regimes {

struct Node {
  enum class Kind { text, list, map } kind = Kind::text;
  std::string text;
  std::vector<Node> items;        // of a list; of a map its values
  std::vector<std::string> keys;  // of a map, one for each item
  int line = 0;                   // from 1
  const Node* find(std::string_view key) const;
};

/// `invalid` at "name:line".
Result<Node> parse_yaml(const std::string& name, std::string_view text);

}  // namespace weir::regimes
