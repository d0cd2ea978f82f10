// public.db: every public record, verbatim and projected, with the indexes to find it by.
//
//   catalog.h   the tables; opening; look-ups by id and by key
//   import.h    how records come in
//   record.h    one vulnerability: all its sources, history, diff
//   search.h    words, filters, facets
//   cves.h      CVEs as the NVD API lists them
//   heads.h     the running hash of everything that was added
//   compat/     (a folder of its own) the answers that other people's clients ask for
//
// Life of a record: its bytes come in, are read into an Advisory and become a `version`; if it is
// the newest of its record, it is what the record is now, and the version before it stays as
// history. Nothing is ever deleted: what a source rejects, withdraws or removes is a version too,
// a tombstone. Ids of versions only grow, so they are the cursor of everything that changes.
//
// Invariants:
//   1. The same bytes change nothing, however often and in whichever order they come in again.
//   2. Of the versions of a record the newest is current: by the time of the feed if it says one,
//      else by the record's own date of modification; later arrival decides between equals. A time
//      that was still to come when the version came in (kMostAhead) counts as when it came in.
//   3. affected and package_version hold the current version of published records and nothing
//      else; facts that of every record that its source still lists.
//   4. An import commits whole batches (writer.h): readers see records whole or not at all, and a
//      kill leaves what was committed; the same import run again goes on from there.
//   5. A record's name is an identifier, and both are in the same group; so is every alias of it
//      that is not kBeyond. That is how records are found by name (kFromName in rows.h).
//   6. Nothing here is secret, and nothing of it comes from restricted cases.
//
// The file can be built again from the sources; it is synced lazily (Sync::relaxed) and has no
// place in backups. A file of another kProjection is refused: import anew.
//
// Thread rule: functions take the transaction that they work in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advisory/advisory.h"
#include "store/store.h"

namespace weir::catalog {

inline constexpr int kReaderCacheKib = 64 * 1'024;
inline constexpr int kImportCacheKib = 256 * 1'024;
inline constexpr std::size_t kMostCandidates = 200'000;  // of one key: linux_kernel has 10^4
/// That a source's time may be after ours: dates without a zone are up to 14 hours early.
inline constexpr Duration kMostAhead = std::chrono::hours(24);

using VersionId = std::int64_t;

/// Opens public.db at `path`, or makes it. `invalid` if it was made by another projection. `ask`
/// makes and changes nothing: `not_found` if there is none, `conflict` for one of an older schema.
enum class Use { read, import, ask };
Result<std::unique_ptr<store::Db>> open(const std::string& path, Use use);

/// The schema, for tests and tools.
std::vector<store::Migration> migrations();

/// A product of a current, published record that stands under the key that was asked for.
struct Candidate {
  VersionId version = 0;
  std::size_t part = 0;  // its place in Advisory::affected
  advisory::Source source = advisory::Source::cve;
  std::string id;
  advisory::Affected affected;
};
/// By a key of advisory/keys.h, of one source or of all; in the order in which records came.
/// `unavailable` if there are more than kMostCandidates: a part of them would be a wrong answer.
Result<std::vector<Candidate>> candidates(const store::Tx& tx, std::string_view key,
                                          std::optional<advisory::Source> only = std::nullopt);

/// The greatest number of a version: while it is the same, no record has changed. 0 for none.
Result<VersionId> newest(const store::Tx& tx);

/// Of everything that answers are made of, scores and groups too: while it is the same, nothing has
/// been imported.
struct Mark {
  VersionId version = 0;
  std::int64_t run = -1;
  bool operator==(const Mark&) const = default;
};
Result<Mark> mark(const store::Tx& tx);

/// What is known of a version without reading it.
struct Version {
  VersionId version = 0;
  std::int64_t record = 0;
  advisory::Source source = advisory::Source::cve;
  std::string id;
  advisory::State state = advisory::State::published;
  std::optional<Instant> published;
  std::optional<Instant> modified;
  std::optional<Instant> fed;  // when a feed said so
  Instant taken;               // when it came in here
  // SHA-256 of bytes(); of what came as a document and not as a line, without the space between its
  // tokens, so that the same record in a line is the same. Empty for a removal.
  std::string digest;
  std::size_t size = 0;  // of the bytes
};
/// By when a version stands among those of its record: `said`, by its feed or by itself; `taken` if
/// that was more than kMostAhead to come, or nothing would ever be newer than a mistyped year.
std::optional<Instant> counted(const std::optional<Instant>& said, Instant taken);
/// Whether that is another time than it says.
bool is_ahead(const Version& version);
/// The id as records write it, where `typed` is written in other letters ("cve-2021-44228"); what
/// no record names as it stands.
Result<std::string> spelling(const store::Tx& tx, std::string_view typed);
/// The current version of a source's record. Ids count by bytes.
Result<std::optional<Version>> find(const store::Tx& tx, advisory::Source source,
                                    std::string_view id);
/// The bytes of a version as they came in (a record of a larger document: its part of it).
/// `not_found` for a removal, which has none.
Result<std::string> bytes(const store::Tx& tx, VersionId version);

/// The same for many versions of one database: what they are packed with is read once.
/// Thread rule: one thread.
class Bodies;
class Texts {
 public:
  Texts();
  ~Texts();
  Result<std::string> of(const store::Tx& tx, VersionId version);

 private:
  std::unique_ptr<Bodies> bodies_;
};

/// "ID SHA-256" of every current record of a source that its source still lists, sorted by id,
/// joined by line feeds, hashed: to be compared with what a mirror publishes.
struct Sum {
  std::uint64_t records = 0;
  std::string sha256;  // in hex
};
Result<Sum> sum(const store::Tx& tx, advisory::Source source);

/// EPSS of a CVE.
struct Epss {
  std::int64_t score = 0;       // millionths, that nothing is rounded
  std::int64_t percentile = 0;  // millionths
  std::string day;              // "2026-11-25"
};
Result<std::optional<Epss>> epss(const store::Tx& tx, std::string_view cve);

}  // namespace weir::catalog
