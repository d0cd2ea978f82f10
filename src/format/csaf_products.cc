#include "format/csaf_products.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "format/range.h"
#include "format/read.h"

namespace weir::format {

using json::Cursor;

/// What the branches from the root to here have said.
struct ProductTree::Path {
  std::size_t depth = 0;
  std::string vendor;
  std::string family;
  std::string name;
  std::string version;
  bool is_range = false;  // the version came as product_version_range
};

namespace {

// CSAF 2.0, 3.1.2.2.
constexpr std::array<std::string_view, 12> kCategories = {
    "architecture",          "host_name",    "language",        "legacy",       "patch_level",
    "product_family",        "product_name", "product_version", "service_pack", "specification",
    "product_version_range", "vendor"};

// CSAF 2.0, 3.2.2.4.1, with the words for people.
struct Relation {
  std::string_view category;
  std::string_view words;
};
constexpr std::array<Relation, 5> kRelations = {{{"default_component_of", "component of"},
                                                 {"external_component_of", "component of"},
                                                 {"installed_on", "installed on"},
                                                 {"installed_with", "installed with"},
                                                 {"optional_component_of", "component of"}}};

/// Reads the version text into `known`: ranges if it can be, else words.
void read_version(const std::string& version, bool is_range, ProductTree::Known& known) {
  if (version.empty()) {
    return;
  }
  if (!is_range && !is_rule(version)) {
    known.product.affected = {
        {.introduced = version, .fixed = "", .last_affected = version, .scheme = ""}};
    return;
  }
  auto ranges = parse_ranges(version);
  if (ranges) {
    known.product.affected = std::move(*ranges);
  } else {
    known.words = version;
  }
}

Status read_helper(const Cursor& product, Product& out) {
  const std::optional<Cursor> helper = product.find("product_identification_helper");
  if (!helper) {
    return {};
  }
  if (!helper->is_object()) {
    return helper->fail("must be an object");
  }
  out.purl = purl_without_version(TRY(optional_text(*helper, "purl")));
  std::string cpe = TRY(optional_text(*helper, "cpe"));
  if (cpe.starts_with("cpe:2.3:")) {
    out.cpe = std::move(cpe);
  }
  return {};
}

}  // namespace

Status ProductTree::define(const Cursor& id, Known known) {
  std::string name = TRY(id.string(kMaxNameBytes));
  if (products_.size() == kMaxProducts) {
    return id.fail(fmt::format("more than {} products", kMaxProducts));
  }
  if (!products_.emplace(std::move(name), std::move(known)).second) {
    return id.fail("defined twice");  // CSAF 2.0, 6.1.2
  }
  return {};
}

Status ProductTree::read_product(const Cursor& product, const Path& path) {
  Known known;
  known.full_name = TRY(required_text(product, "name"));
  known.product.vendor = path.vendor.empty() ? vendor_ : path.vendor;
  known.product.name = !path.name.empty()     ? path.name
                       : !path.family.empty() ? path.family
                                              : known.full_name;
  TRY(read_helper(product, known.product));
  read_version(path.version, path.is_range, known);
  const Cursor id = TRY(product.at("product_id"));
  return define(id, std::move(known));
}

Status ProductTree::read_branch(const Cursor& branch, Path path) {
  const Cursor category_at = TRY(branch.at("category"));
  const std::string category = TRY(category_at.string(kMaxNameBytes));
  if (std::ranges::find(kCategories, category) == kCategories.end()) {
    return category_at.fail("not a category of CSAF 2.0, 3.1.2.2");
  }
  const std::string name = TRY(required_text(branch, "name"));
  if (category == "vendor") {
    path.vendor = name;
  } else if (category == "product_family") {
    path.family = name;
  } else if (category == "product_name") {
    path.name = name;
  } else if (category == "product_version" || category == "product_version_range") {
    path.version = name;
    path.is_range = category == "product_version_range";
  } else if ((category == "service_pack" || category == "patch_level") && !path.version.empty()) {
    path.version += " " + name;
    if (path.version.size() > kMaxNameBytes) {
      return branch.fail(fmt::format("a version longer than {} bytes", kMaxNameBytes));
    }
  }
  const std::optional<Cursor> product = branch.find("product");
  if (product) {
    TRY(read_product(*product, path));
  }
  return read_branches(branch, path);
}

Status ProductTree::read_branches(const Cursor& parent, const Path& path) {
  const std::vector<Cursor> branches = TRY(list(parent, "branches"));
  if (branches.empty()) {
    return {};
  }
  if (path.depth == kMaxTreeDepth) {
    return parent.find("branches")
        ->fail(fmt::format("a product tree deeper than {} branches", kMaxTreeDepth));
  }
  Path below = path;
  ++below.depth;
  for (const Cursor& branch : branches) {
    TRY(read_branch(branch, below));
  }
  return {};
}

Status ProductTree::read_relationship(const Cursor& relationship) {
  const Cursor category_at = TRY(relationship.at("category"));
  const std::string category = TRY(category_at.string(kMaxNameBytes));
  const auto relation = std::ranges::find(kRelations, category, &Relation::category);
  if (relation == kRelations.end()) {
    return category_at.fail("not a category of CSAF 2.0, 3.2.2.4.1");
  }
  const Cursor part_id = TRY(relationship.at("product_reference"));
  const Known& part = *TRY(product(part_id));
  const Cursor whole_id = TRY(relationship.at("relates_to_product_reference"));
  const Known& whole = *TRY(product(whole_id));
  const Cursor full = TRY(relationship.at("full_product_name"));
  Known known = part;  // what is affected is the component, in its own versions
  known.full_name = TRY(required_text(full, "name"));
  if (known.product.vendor.empty()) {
    known.product.vendor = whole.product.vendor;
  }
  std::string name =
      fmt::format("{} ({} {})", part.product.name, relation->words, whole.product.name);
  if (name.size() <= kMaxNameBytes) {
    known.product.name = std::move(name);
  }
  TRY(read_helper(full, known.product));
  const Cursor id = TRY(full.at("product_id"));
  return define(id, std::move(known));
}

bool ProductTree::is_ready(const Cursor& relationship) const {
  for (const std::string_view key : {"product_reference", "relates_to_product_reference"}) {
    const std::optional<Cursor> id = relationship.find(key);
    if (id && id->is_string() && !product(*id)) {
      return false;
    }
  }
  return true;  // or wrong, which reading it will tell
}

/// A relationship may name a product that a later one defines: so several rounds.
Status ProductTree::read_relationships(const Cursor& tree) {
  constexpr int kMaxRounds = 16;  // of relationships upon relationships, against the order
  std::vector<Cursor> waiting = TRY(list(tree, "relationships"));
  for (int round = 0; round < kMaxRounds && !waiting.empty(); ++round) {
    std::vector<Cursor> later;
    for (const Cursor& relationship : waiting) {
      if (is_ready(relationship)) {
        TRY(read_relationship(relationship));
      } else {
        later.push_back(relationship);
      }
    }
    waiting = std::move(later);
  }
  return waiting.empty() ? Status() : read_relationship(waiting.front());  // says what is undefined
}

Status ProductTree::read_groups(const Cursor& tree) {
  for (const Cursor& group : TRY(list(tree, "product_groups"))) {
    const Cursor id = TRY(group.at("group_id"));
    std::vector<const Known*> members;
    const Cursor ids = TRY(group.at("product_ids"));
    for (const Cursor& member : TRY(ids.elements(kMaxProducts))) {
      members.push_back(TRY(product(member)));
    }
    std::string name = TRY(id.string(kMaxNameBytes));
    if (!groups_.emplace(std::move(name), std::move(members)).second) {
      return id.fail("defined twice");  // CSAF 2.0, 6.1.5
    }
  }
  return {};
}

Result<ProductTree> ProductTree::read(const Cursor& tree, const std::string& vendor) {
  if (!tree.is_object()) {
    return tree.fail("must be an object");
  }
  ProductTree out;
  out.vendor_ = vendor;
  TRY(out.read_branches(tree, {}));
  for (const Cursor& product : TRY(list(tree, "full_product_names"))) {
    TRY(out.read_product(product, {}));
  }
  TRY(out.read_relationships(tree));
  TRY(out.read_groups(tree));
  return out;
}

Result<const ProductTree::Known*> ProductTree::product(const Cursor& id) const {
  const auto found = products_.find(TRY(id.string(kMaxNameBytes)));
  if (found == products_.end()) {
    return id.fail("no defined product has this id");  // CSAF 2.0, 6.1.1
  }
  return &found->second;
}

Result<ProductTree::Names> ProductTree::names(const Cursor& item, std::size_t most) const {
  Names out;
  for (const Cursor& id : TRY(list(item, "product_ids", kMaxProducts))) {
    const Known* known = TRY(product(id));
    if (out.count++ < most) {
      out.names.push_back(known->full_name);
    }
  }
  for (const Cursor& id : TRY(list(item, "group_ids"))) {
    const auto group = groups_.find(TRY(id.string(kMaxNameBytes)));
    if (group == groups_.end()) {
      return id.fail("no product group has this id");  // CSAF 2.0, 6.1.4
    }
    out.count += group->second.size();
    for (const Known* known : group->second) {
      if (out.names.size() == most) {
        break;  // a group may be large and named often
      }
      out.names.push_back(known->full_name);
    }
  }
  return out;
}

}  // namespace weir::format
