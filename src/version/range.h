// "Is version X affected?", with the reason as data, for each way in which records say it:
//
//   OsvRange     OSV: events on one line of versions, and lists of versions
//   CveVersions  CVE Record 5: entries with a status, changes inside of them, a default
//   CpeCriteria  NVD: a name and bounds (cpe.h)
//   Vers         VERS, and the words that people write instead ("< 2.1", "All versions < V4.8")
//
// judge() answers with a Verdict: what stands, by which rule, decided by which entry and between
// which bounds. explain() says it in words. Nobody's word is stretched: what has no order (commits)
// or is not covered is `unknown`, never "not affected".
//
// Thread rule: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "version/cpe.h"
#include "version/vers.h"
#include "version/version.h"

namespace weir::version {

enum class Standing : std::uint8_t { affected, unaffected, unknown };
/// "affected", ...
std::string_view name(Standing standing);
std::optional<Standing> parse_standing(std::string_view word);

/// Why a version stands as it does.
enum class Rule : std::uint8_t {
  listed,      // it stands in a list of versions
  inside,      // between the bounds of a range
  every,       // the range is every version
  before,      // older than where the range begins
  after,       // newer than where the range ends; `until` is the fix, where one is named
  excluded,    // excepted by name ("!=")
  changed,     // a change inside a range that covers it (CVE) says so
  by_default,  // no entry covers it: the record's default
  elsewhere,   // no range and no list covers it
  unordered,   // commits, or nothing to compare by
};
/// "listed", ...: shown, as data.
std::string_view name(Rule rule);

struct Verdict {
  Standing standing = Standing::unknown;
  Rule rule = Rule::elsewhere;
  std::size_t entry = 0;  // of the ranges or entries given: the one that decided
  std::string from{};     // ">= 1.0", "> 1.0"; "" is the beginning
  std::string until{};    // "< 2.0", "<= 1.9"; "" is no end
  bool is_fix = false;    // `until` names a fix
  bool operator==(const Verdict&) const = default;
};
/// "1.4 is affected: >= 1.0, < 2.0", for people.
std::string explain(const Verdict& verdict, std::string_view version);

struct OsvEvent {
  enum class Kind : std::uint8_t {
    introduced,
    fixed,
    last_affected,
    limit
  } kind = Kind::introduced;
  std::string version;  // "0" introduced is before every version, "*" is no limit
  bool operator==(const OsvEvent&) const = default;
};
struct OsvRange {
  enum class Type : std::uint8_t { semver, ecosystem, git } type = Type::ecosystem;
  std::vector<OsvEvent> events;
  bool operator==(const OsvRange&) const = default;
};

/// Into the order of the schema's evaluation: by version, "0" first, equal ones as they stood.
void sort_events(Scheme scheme, OsvRange& range);
/// One `affected` item of OSV (schema 1.7.5, "Evaluation"). Events may come in any order; sorted
/// ones are quicker. A list of versions counts by bytes; if it is all there is, by the scheme's
/// equality too. Ranges of type git are not evaluated: `unordered`, if nothing else decides.
Verdict judge(Scheme scheme, std::span<const OsvRange> ranges,
              std::span<const std::string> versions, std::string_view version);

/// Whether judge() says `affected`, without saying why: many times quicker. Events must be sorted.
bool is_affected(Scheme scheme, std::span<const OsvRange> ranges,
                 std::span<const std::string> versions, std::string_view version);

struct CveChange {
  std::string at;
  Standing standing = Standing::unknown;
  bool operator==(const CveChange&) const = default;
};
struct CveVersion {
  std::string version;  // "0", "unspecified" and "*" as a lower bound are the beginning
  Standing standing = Standing::unknown;
  std::string less_than{};           // "*" is no end; "2.*" ends with the last of 2
  std::string less_than_or_equal{};  // at most one of the two
  std::string type{};                // versionType as it stands
  std::vector<CveChange> changes{};
  bool operator==(const CveVersion&) const = default;
};
struct CveVersions {
  Standing otherwise = Standing::unknown;  // defaultStatus
  std::vector<CveVersion> entries;
  bool operator==(const CveVersions&) const = default;
};

/// The scheme of a versionType ("semver", "python", "rpm"); nothing for "git" and other commits;
/// `otherwise` for "custom", none, and words that name no order.
std::optional<Scheme> scheme_of_version_type(std::string_view type, Scheme otherwise);
/// The first entry that covers the version decides (Record Format 5.2, "version status"); an entry
/// whose version is a rule in words (">= 1.0, < 1.2") is read as that rule. `otherwise` is the
/// order where versionType names none.
Verdict judge(const CveVersions& versions, Scheme otherwise, std::string_view version);

/// NVD's criteria against a name with its version; `elsewhere` if the name itself is another's.
Verdict judge(const CpeCriteria& criteria, const Cpe& cpe);

/// A range against a version.
Verdict judge(const Vers& range, std::string_view version);

/// A range in words: "vers:npm/<2", ">= 1.0, < 1.2", "< V4.8 SP5", "All versions", "All versions <
/// V2", "1.2.3", "= 1.2". `invalid` for prose and for what would be a guess.
Result<Vers> parse_words(Scheme scheme, std::string_view words);

}  // namespace weir::version
