// Which known vulnerabilities concern a piece of software, and why.
//
//   target.h    what is asked about: a package, a purl, a CPE, a component of an inventory
//   match.h     asking: Matcher
//   suppress.h  VEX: what the maker of a product says about a finding
//   render.h    findings as a table, JSON, SARIF and CycloneDX VEX
//
// A record is found by a key (advisory/keys.h) and then asked: is it about this very package, in
// this ecosystem, and what does it say of this version? Each Answer carries the record, the name by
// which it was found, the rule and the bounds; so do near misses: records about the same package
// that do not concern the version. Records are asked in their own terms (version/range.h), each by
// itself: if two sources disagree, both answers stand.
//
// Limits: the parts of an NVD configuration that must be there together are not looked for in the
// inventory; such a finding says that it holds only together with others. Commits are not ordered.
// Records that name neither a package nor a CPE (vendor and product in words) are not asked.
//
// Thread rule: a Matcher is for one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "advisory/advisory.h"
#include "base/result.h"
#include "match/target.h"
#include "version/range.h"

namespace weir::match {

inline constexpr std::size_t kMaxTargets = 500'000;      // of one question
inline constexpr std::size_t kMaxCachedRules = 500'000;  // of a Matcher, unless it is told

/// One product of one published record.
struct Entry {
  advisory::Source source = advisory::Source::cve;
  std::string id;
  std::size_t part = 0;  // its place in Advisory::affected
  advisory::Affected affected;
};
/// All entries under a key.
using Lookup = std::function<Result<std::vector<Entry>>(std::string_view key)>;

/// What one record says about one target.
struct Answer {
  std::size_t target = 0;  // its place in the question
  advisory::Source source = advisory::Source::cve;
  std::string id;
  std::string vulnerability;  // which one, if the record covers several
  std::size_t part = 0;
  Through through = Through::package;
  std::string by;  // the name that matched: "PyPI jinja2", "cpe:2.3:a:..."
  version::Verdict verdict;
  bool is_conditional = false;  // NVD: only together with other products
  bool is_unversioned = false;  // nobody says which version is meant: nothing can be said

  bool is_finding() const { return verdict.standing == version::Standing::affected; }
  /// The version that has the fix, or "".
  std::string fix() const;
  /// "2.4.0 is affected: it is within < 2.4.1", for people.
  std::string why(std::string_view version) const;
};

enum class Wanted : std::uint8_t {
  findings,
  everything,  // near misses too
};

class Matcher {
 public:
  /// Keeps about `most_rules`, one for each product of a record, then forgets all of them.
  explicit Matcher(Lookup lookup, std::size_t most_rules = kMaxCachedRules);
  ~Matcher();
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  /// For each target one answer of each record (of a record of several vulnerabilities, one for
  /// each), by target, then source and id; of several parts the one that affects, else the nearest.
  /// Rules are kept for the next question.
  Result<std::vector<Answer>> ask(std::span<const Target> targets, Wanted wanted);

 private:
  struct Shelf;
  std::unique_ptr<Shelf> shelf_;
};

}  // namespace weir::match
