// What one record says about one product, made ready to be asked about versions. Only for the files
// of this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "advisory/advisory.h"
#include "match/match.h"
#include "version/range.h"

namespace weir::match {

/// A range in words or VERS, as a package manager or a person wrote it.
struct Worded {
  version::Vers range;
  advisory::Standing standing = advisory::Standing::affected;
};

class Rulebook {
 public:
  explicit Rulebook(Entry entry);

  const Entry& entry() const { return entry_; }
  /// Nothing if the record is about something else after all: another distribution's package,
  /// another edition of the product, a product that is only the platform.
  /// With Wanted::findings also nothing if it is no finding.
  std::optional<Answer> ask(const Target& target, const Key& key, Wanted wanted) const;

 private:
  void take_ranges();
  void take_cpe(const advisory::Range& range);
  /// If every version is affected: whichever is meant.
  std::optional<version::Verdict> of_every_version(const Target& target, const Key& key) const;
  std::optional<version::Verdict> judged(const Target& target, const Key& key) const;
  version::Verdict by_words(const Target& target) const;
  version::Verdict by_criteria(const version::Cpe& cpe) const;
  bool is_about(const Target& target, const Key& key) const;

  Entry entry_;
  version::Scheme scheme_ = version::Scheme::natural;
  std::vector<version::Cpe> names_;
  std::vector<version::OsvRange> osv_;
  version::CveVersions cve_;
  std::vector<version::CpeCriteria> criteria_;
  std::vector<Worded> words_;
  bool has_prose_ = false;  // words that are no range
};

}  // namespace weir::match
