#include "match/suppress.h"

#include <algorithm>

#include "version/cpe.h"
#include "version/purl.h"

namespace weir::match {
namespace {

using sbom::Component;
using sbom::Names;

bool is_purl_of(std::string_view said, std::string_view component) {
  const auto wide = version::parse_purl(said, version::Reading::lenient);
  const auto narrow = version::parse_purl(component, version::Reading::lenient);
  if (!wide || !narrow) {
    return !said.empty() && said == component;
  }
  const bool is_package =
      wide->type == narrow->type && wide->scope == narrow->scope && wide->name == narrow->name;
  const bool is_version = wide->version.empty() || wide->version == narrow->version;
  return is_package && is_version &&
         std::ranges::all_of(wide->qualifiers, [&](const auto& qualifier) {
           return narrow->qualifier(qualifier.first) == qualifier.second;
         });
}

bool is_cpe_of(std::string_view said, const Component& component) {
  const auto name = version::parse_cpe(said);
  return name && std::ranges::any_of(component.cpes, [&](const std::string& text) {
           const auto cpe = version::parse_cpe(text);
           const auto relation = cpe ? version::relate(*name, *cpe) : version::Relation::disjoint;
           return relation == version::Relation::equal || relation == version::Relation::superset;
         });
}

bool is_name_of(const Names& names, const Component& component) {
  if (!names.purl.empty() && !component.purl.empty()) {
    return is_purl_of(names.purl, component.purl);
  }
  if (!names.cpe.empty() && !component.cpes.empty()) {
    return is_cpe_of(names.cpe, component);
  }
  return !names.ref.empty() && names.ref == component.ref;
}

bool is_about(const sbom::Subject& subject, const Component& component, const Component* root) {
  if (!subject.part) {
    return is_name_of(subject.product, component) ||
           (root != nullptr && is_name_of(subject.product, *root));
  }
  // A part of a product: the product must be the one that the inventory is about, if it says.
  return is_name_of(*subject.part, component) &&
         (root == nullptr || is_name_of(subject.product, *root));
}

}  // namespace

bool Word::suppresses() const {
  return statement != nullptr && (statement->position == sbom::Position::not_affected ||
                                  statement->position == sbom::Position::fixed);
}

void Statements::add(const sbom::Vex& vex) {
  for (const sbom::Statement& statement : vex.statements) {
    for (const std::string& id : statement.vulnerabilities) {
      by_vulnerability_[id].push_back({.statement = &statement, .author = vex.author});
    }
  }
}

Word Statements::about(std::span<const std::string> ids, const Component& component,
                       const Component* root) const {
  std::vector<Word> words;
  for (const std::string& id : ids) {
    const auto known = by_vulnerability_.find(id);
    if (known == by_vulnerability_.end()) {
      continue;
    }
    for (const Word& word : known->second) {
      if (std::ranges::any_of(word.statement->subjects, [&](const sbom::Subject& subject) {
            return is_about(subject, component, root);
          })) {
        words.push_back(word);
      }
    }
  }
  if (words.empty()) {
    return {};
  }
  std::vector<const sbom::Statement*> statements;
  for (const Word& word : words) {
    statements.push_back(word.statement);
  }
  return words[sbom::effective(statements)];
}

}  // namespace weir::match
