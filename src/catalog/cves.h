// CVEs as the NVD API lists them: one for each id, by its record of NVD, or by its CVE record while
// there is none. In the order in which ids came, which never changes.
//
// Counts are exact. A page reads the rows of a small table and no record, so the last page costs
// what the first one does, but for the rows that are counted past.
//
// Thread rule: functions take the transaction that they work in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"

namespace weir::catalog {

struct Span {
  Instant from;
  Instant until;  // included
  bool operator==(const Span&) const = default;
};

struct CveQuery {
  enum class Rejected { with, without } rejected = Rejected::with;
  enum class Exploited { any, only } exploited = Exploited::any;  // in a KEV catalogue
  std::optional<Span> published{};
  std::optional<Span> modified{};
  std::optional<Span> exploited_since{};  // when the catalogue took it
  std::string words{};                    // of the index (keywords()); "": any
  std::string weakness{};                 // "CWE-79"; "": any
  std::string publisher{};                // "": any
  std::vector<std::string> marks{};       // all of these (advisory/marks.h), each once
  /// Whether a CVSS vector is wanted; absent: any record.
  std::function<bool(std::string_view vector)> vector{};
  /// Only these versions, sorted or not.
  std::optional<std::vector<VersionId>> among{};
  std::size_t offset = 0;
  std::size_t limit = 0;
};

struct Cve {
  std::string name;
  VersionId version = 0;
  advisory::Source source = advisory::Source::nvd;
};
struct CvePage {
  std::uint64_t total = 0;
  std::vector<Cve> cves;
};
Result<CvePage> list_cves(const store::Tx& tx, const CveQuery& query);
/// Ids count by bytes.
Result<std::optional<Cve>> find_cve(const store::Tx& tx, std::string_view name);

/// Words of a description that must all be there, each perhaps as the beginning of a longer one; or
/// one phrase. "" if there is no word in it.
enum class Words { each, phrase };
std::string keywords(std::string_view typed, Words words);

/// One time that a record of NVD or a CVE record came in.
struct CveChange {
  Version version;
  VersionId before = 0;  // the version before it, 0 for the first
  advisory::State state_before = advisory::State::published;
};
struct HistoryQuery {
  std::string name{};           // "": of all
  std::optional<Span> taken{};  // when it came in here
  /// What happened: anything; the first version; a state of rejection begun or ended; the rest;
  /// what is never here.
  enum class What { any, first, rejected, restored, modified, none } what = What::any;
  std::size_t offset = 0;
  std::size_t limit = 0;
};
struct History {
  std::uint64_t total = 0;
  std::vector<CveChange> changes;  // oldest first
};
/// Removals are no changes of a CVE.
Result<History> cve_history(const store::Tx& tx, const HistoryQuery& query);

/// Keys "cpe:VENDOR:PRODUCT" that records have, for which `wanted` holds, in order; those that
/// begin with `beginning` alone are asked about.
Result<std::vector<std::string>> cpe_keys(const store::Tx& tx, std::string_view beginning,
                                          const std::function<bool(std::string_view key)>& wanted);

}  // namespace weir::catalog
