// Weir's own answers about the public records: one vulnerability, what its records were, search,
// and what concerns given software.
//
// Members of answers are added, never changed. Times are RFC 3339, scores CVSS base scores, EPSS a
// probability. Every fact stands with the source that said it. `counted` is there if a record says
// a time that was still to come: by when it counts (catalog::counted).
//
// Thread rule: as Desk.
#pragma once

#include <vector>

#include "compat/compat.h"
#include "match/match.h"
#include "match/target.h"

namespace weir::compat {

inline constexpr std::size_t kMostMatchQueries = 1'000;                    // of one batch
inline constexpr std::size_t kMostInventoryBytes = std::size_t{32} << 20;  // of one upload
inline constexpr std::size_t kMostMatchBodyBytes = std::size_t{4} << 20;   // of one batch
inline constexpr std::size_t kMostOffset = 100'000;                        // of a page of search

/// GET by any id: {"ids","records":[…],"related":[…],"epss"?}. `not_found` if no source knows it.
Result<Answer> vulnerability(Desk& desk, const Given& given);
/// GET by id and source: the record's bytes as they came in. `not_found` also for a removed one.
Result<Answer> record(Desk& desk, const Given& given);
/// GET by id and source: {"versions":[{"version","state","modified"?,"fed"?,"counted"?,"taken",
/// "sha256"?,"changes":[{"pointer","before","after"}]}]}, newest first; `changes` are against the
/// one before.
Result<Answer> record_history(Desk& desk, const Given& given);

/// GET with `q` (an id, a purl, a CPE, or words; the last one may be unfinished) and filters:
/// {"records","vulnerabilities","hits":[…],"facets":[{"by","value","records"}],"sources":[…]}.
Result<Answer> search(Desk& desk, const Given& given);

/// POST {"queries":[{"purl"|"cpe"|"ecosystem"+"name","version"?}],"near_misses"?}: {"results":[
/// {"findings":[…],"near_misses":[…]}]}, in order. `invalid` with the pointer of the first bad one.
Result<Answer> match_packages(Desk& desk, const Given& given);
struct MatchQuestions {
  std::vector<match::Target> targets;
  match::Wanted wanted = match::Wanted::findings;
};
/// The body of match_packages(). `invalid` with its place.
Result<MatchQuestions> read_match_questions(std::string_view body);
/// POST of an inventory (src/sbom); `form`: json, sarif or vex; `near_misses`: yes or no.
Result<Answer> match_inventory(Desk& desk, const Given& given);

}  // namespace weir::compat
