// What others publish about vulnerabilities, as values: one Advisory for one record of one source.
//
//   advisory.h  the projection: ids, dates, severity, what is affected, in the source's own terms
//   keys.h      under which names an Affected is found
//   package.h   which package a purl means
//   marks.h     what a CVE is marked with: tags, and whom its references name
//
// The projection interprets nothing: a range stands as its source wrote it, and whoever matches
// (src/match) decides what it means. The record's own bytes are kept beside it (src/catalog).
//
// Numbers of Source, State, Standing, RangeKind and Bound are stored: add at the end, never
// reorder. encode() and decode() are the stored form of what is affected (public.db, rebuilt when
// kProjection changes).
//
// Thread rule: plain values, pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::advisory {

/// Grows when the same bytes give another projection: then public.db is projected anew.
inline constexpr int kProjection = 4;

/// Whose record it is, and in which form: together with the id it names a record.
enum class Source : std::uint8_t {
  cve = 1,          // CVE Record Format 5.x
  nvd = 2,          // NVD 1.1 and 2.0
  osv = 3,          // OSV 1.x, of any database
  csaf = 4,         // CSAF 2.0
  kev = 5,          // CISA's catalogue of known exploited vulnerabilities
  description = 6,  // id, products and text of a CVE, of which nothing else is at hand
  enrichment = 7,   // corrected CPE names for a CVE (Anchore)
  nodejs = 8,       // advisories of the Node.js security working group
  ics = 9,          // table of CISA's ICS advisories
  kev_eu = 10,      // what the EU's CSIRTs network knows to be exploited (EU KEV)
  kev_euvd = 11,    // ENISA's list beside its database, of CISA's and the EU's together
  kev_vulncheck = 12,
  kev_gcve = 13,  // assertions of exploitation by anybody (GCVE BCP-07)
};
inline constexpr int kSources = 13;
/// Lists of vulnerabilities that are known to be exploited, each its maker's own word.
inline constexpr std::array kExploitedLists = {Source::kev, Source::kev_eu, Source::kev_euvd,
                                               Source::kev_vulncheck, Source::kev_gcve};
bool is_exploited_list(Source source);
/// "cve", "nvd", ...: stored in no place, shown everywhere.
std::string_view name(Source source);
std::optional<Source> parse_source(std::string_view text);

/// A record that is not `published` is a tombstone: it is shown and never matches.
enum class State : std::uint8_t {
  published = 0,
  rejected = 1,   // its authority says that it is no vulnerability
  withdrawn = 2,  // its publisher took it back
  removed = 3,    // its source does not list it any more
};
std::string_view name(State state);

/// What is said about a product or a range of versions.
enum class Standing : std::uint8_t {
  affected = 0,
  unaffected = 1,
  unknown = 2,
  fixed = 3,          // CSAF: this very version carries the fix
  investigation = 4,  // CSAF: under investigation
};
std::string_view name(Standing standing);

/// How the bounds of a Range are to be read.
enum class RangeKind : std::uint8_t {
  semver = 0,     // OSV SEMVER
  ecosystem = 1,  // OSV ECOSYSTEM: in the order of the package's ecosystem
  git = 2,        // OSV and CVE 5 git: commits; `scheme` is the repository
  cve = 3,        // CVE 5: `scheme` is versionType, "" if not said; see Affected::others
  cpe = 4,        // NVD: bounds on the version of Affected::cpe
  vers = 5,       // a VERS range in `text`
  native = 6,     // as a package manager writes it, in `text`: "^1.2 || 3.x"
  prose = 7,      // words: "< 2.4" or "all versions before August", in `text`
};
std::string_view name(RangeKind kind);

/// One bound. A range of OSV is a list of them in no order; one of NVD has at most two.
enum class Bound : std::uint8_t {
  introduced = 0,        // from here on; "0" is before everything (OSV)
  after = 1,             // later than this
  fixed = 2,             // earlier than this; "*" in CVE 5: no end
  last_affected = 3,     // up to and including this
  limit = 4,             // OSV: nothing at or after this is spoken about
  exact = 5,             // this one version
  turns_affected = 6,    // CVE 5 `changes`: from here on within the range
  turns_unaffected = 7,  //
  turns_unknown = 8,     //
};
std::string_view name(Bound bound);

struct Event {
  Bound bound = Bound::introduced;
  std::string version;
  bool operator==(const Event&) const = default;
};

struct Range {
  RangeKind kind = RangeKind::ecosystem;
  Standing standing = Standing::affected;
  std::string scheme;
  std::string text;
  std::vector<Event> events;
  bool operator==(const Range&) const = default;
};

/// One product that a record speaks about. Empty text is "not said".
struct Affected {
  std::string vulnerability;      // which one, if the record covers several (CSAF); else ""
  std::string ecosystem;          // OSV's name with its suffix: "Debian:12"
  std::string package;            // its name there; CVE 5: packageName
  std::string collection;         // CVE 5: collectionURL
  std::string vendor;             // as written
  std::string product;            // as written
  std::string purl;               // as written
  std::vector<std::string> cpes;  // as written. NVD: one, with its version or *
  Standing standing = Standing::affected;  // of `versions`, and of everything if nothing is listed
  Standing others =
      Standing::unaffected;         // of versions that nothing speaks of (CVE 5 defaultStatus)
  std::uint32_t configuration = 0;  // NVD: products of one configuration share it; 0 stands alone
  std::vector<std::string> platforms;  // CVE 5, CSAF: where it runs, as written
  std::vector<Range> ranges;
  std::vector<std::string> versions;  // one by one
  bool operator==(const Affected&) const = default;
};

/// A severity as a source gives it.
struct Rating {
  std::string by;        // who says so: "nvd@nist.gov", a CNA's short name; "" for the record's own
  std::string vector;    // CVSS, any version; or "" with a score alone
  int score = -1;        // tenths; reckoned from the vector if it can be read, -1 if there is none
  std::string affected;  // OSV: the package that it is for, if not for all
  bool operator==(const Rating&) const = default;
};

struct Advisory {
  Source source = Source::cve;
  std::string id;
  State state = State::published;
  std::string publisher;             // CNA, database or organisation, as the record names it
  std::vector<std::string> aliases;  // other ids of the same vulnerability
  std::vector<std::string> related;  // ids that it speaks about (CSAF: its CVEs), and upstream
  std::optional<Instant> published;
  std::optional<Instant> modified;
  std::string title;
  std::vector<std::string> texts;       // descriptions in all languages, the first for people
  std::vector<std::string> weaknesses;  // "CWE-79"
  std::vector<std::string> marks;       // of a CVE (marks.h)
  std::vector<std::string> references;
  std::vector<Rating> ratings;
  std::vector<Affected> affected;
  bool operator==(const Advisory&) const = default;
};

/// The stored form of a list, and its strict inverse: `corrupt` for anything that encode() could
/// not have made. decode_part() reads one of them by its place, without touching the others.
std::string encode(const std::vector<Affected>& affected);
Result<std::vector<Affected>> decode(std::string_view bytes);
Result<Affected> decode_part(std::string_view bytes, std::size_t part);

}  // namespace weir::advisory
