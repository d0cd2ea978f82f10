// The product tree of a CSAF document: which product a product_id means. Only for the files of this
// folder.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "model/report.h"

namespace weir::format {

class ProductTree {
 public:
  struct Known {
    Product product;        // vendor, name, purl, cpe; `affected` holds what its version text means
    std::string full_name;  // for texts, with the version
    std::string words;      // the version text, if it could not be read as ranges
  };

  /// `vendor` stands in where no branch names one. Every reference must be defined, once.
  static Result<ProductTree> read(const json::Cursor& tree, const std::string& vendor);

  /// The product that the string at `id` names.
  Result<const Known*> product(const json::Cursor& id) const;

  /// The products that "product_ids" and "group_ids" of `item` name (CSAF 2.0, 3.1.8 and 3.1.4):
  /// their number, and the full names of the first `most`.
  struct Names {
    std::vector<std::string_view> names;
    std::size_t count = 0;
  };
  Result<Names> names(const json::Cursor& item, std::size_t most) const;

 private:
  struct Path;

  Status read_branches(const json::Cursor& parent, const Path& path);
  Status read_branch(const json::Cursor& branch, Path path);
  Status read_product(const json::Cursor& product, const Path& path);
  Status read_relationship(const json::Cursor& relationship);
  bool is_ready(const json::Cursor& relationship) const;
  Status read_relationships(const json::Cursor& tree);
  Status read_groups(const json::Cursor& tree);
  Status define(const json::Cursor& id, Known known);

  std::string vendor_;
  std::unordered_map<std::string, Known> products_;
  std::unordered_map<std::string, std::vector<const Known*>>
      groups_;  // into products_, which stays
};

}  // namespace weir::format
