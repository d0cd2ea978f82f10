// VEX against findings: what the maker of a product says about them.
//
// A statement is about a finding if it names one of the vulnerability's ids and either the
// component itself, or that component as a part of the inventory's product, or the inventory's
// product as a whole. Names are compared by purl (what the statement leaves out, version or
// qualifiers, is free), by CPE (the statement's name must cover the component's), or by the
// reference within the same document. Of several statements the latest holds. "not_affected" and
// "fixed" suppress; the others are shown beside the finding.
//
// Thread rule: plain values, pure functions.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "sbom/vex.h"

namespace weir::match {

/// What is said about a finding; `statement` points into the Vex it came from.
struct Word {
  const sbom::Statement* statement = nullptr;
  std::string author;

  bool suppresses() const;
};

/// Statements, found by vulnerability. Borrows them.
class Statements {
 public:
  void add(const sbom::Vex& vex);
  /// The one that holds for this component; `ids` are all names of the vulnerability, `root` what
  /// the inventory is about, or null. Without a statement `statement` is null.
  Word about(std::span<const std::string> ids, const sbom::Component& component,
             const sbom::Component* root) const;

 private:
  std::unordered_map<std::string, std::vector<Word>> by_vulnerability_;
};

}  // namespace weir::match
