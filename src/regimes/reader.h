// Private to regimes/: reading typed values out of a tree, each error with its place; and the parts
// of a file, one function each.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "deadline/rules.h"
#include "regimes/yaml.h"

namespace weir::regimes {

/// A place in a file. Borrows the tree.
class Reader {
 public:
  Reader(const std::string& file, const Node& node) : file_(&file), node_(&node) {}

  const Node& node() const { return *node_; }
  std::unexpected<Error> refuse(std::string why) const;

  Result<std::string> text() const;
  Result<std::int64_t> integer() const;
  Result<deadline::Day> date() const;
  Result<std::vector<Reader>> list() const;
  Result<std::vector<std::string>> texts() const;
  /// Every member of a map, which must be one.
  Result<std::vector<std::pair<std::string, Reader>>> members() const;

  Result<Reader> at(std::string_view key) const;
  std::optional<Reader> find(std::string_view key) const;
  Result<std::string> text_at(std::string_view key) const;
  /// Empty if it is not there.
  Result<std::string> find_text(std::string_view key) const;
  Status only(std::initializer_list<std::string_view> known) const;

 private:
  const std::string* file_;
  const Node* node_;
};

/// [a-z0-9_-]+
bool is_word(std::string_view text);

/// Events, attributes, groups, places (their calendars by name).
Status read_vocabulary(const Reader& root, const Reader& calendars, deadline::Rules& rules);
Result<deadline::Regime> read_regime(const Reader& root, const std::string& id,
                                     const deadline::Rules& rules);

/// What a version's parts need to be read.
struct Names {
  const deadline::Rules& rules;
  const std::map<std::string, deadline::Citation>& sources;
  std::vector<std::string> stages;
  std::map<std::string, std::uint8_t> fields;  // grows as they are met
};
Result<deadline::Citation> read_citation(const Reader& parent, const Names& names);
Result<deadline::Condition> read_condition(const std::optional<Reader>& from, const Names& names);
Result<deadline::Scope> read_scope(const Reader& parent, const Names& names);
Result<deadline::Stage> read_stage(const Reader& from, Names& names);

}  // namespace weir::regimes
