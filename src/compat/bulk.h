// Everything at once, as files: OSV's archives by ecosystem, and the complete dump.
//
//   ecosystems        the names of ecosystems that records of OSV speak about, one a line
//   archive           ECOSYSTEM/all.zip: each record of it as ID.json, byte for byte; all.zip: of
//   all modified          modified_id.csv: "2026-01-31T00:00:00.000Z,ID", newest first; of all
//                     ecosystems "…,ECOSYSTEM/ID"
//   dump              all current records of all sources as zstd of one JSON a line, in the form of
//                     the feed of changes (feed.h); the first line is {"cursor":…}, from which the
//                     feed goes on
//   kev_json, kev_csv the catalogue of exploited vulnerabilities, as CISA's (kev.h)
//
// A file is made when it is first asked for after records have changed, beside public.db in the
// folder "bulk", from one snapshot, and kept until there is a newer one: so it can be asked for in
// parts, and a download goes on where it broke off. Memory does not depend on the number of
// records. One file is made at a time; who asks meanwhile gets the one before, or is told to come
// again.
//
// An ecosystem is a family ("Debian", not "Debian:12"). Withdrawn records are in it, removed ones
// are not.
//
// Thread rule: Bulk from any thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/guarded.h"
#include "catalog/catalog.h"
#include "compat/compat.h"

namespace weir::compat {

enum class BulkKind { ecosystems, archive, modified, dump, kev_json, kev_csv };

/// A file that never changes under its tag.
struct BulkFile {
  std::string path;
  std::string tag;
  std::string content_type;
  std::string crc32c;  // of an archive, as "X-Goog-Hash" has it: base64 of its four bytes
};

class Bulk {
 public:
  explicit Bulk(std::string folder) : folder_(std::move(folder)) {}

  /// `not_found` for an ecosystem that no record names, and a catalogue that was not imported;
  /// `unavailable` while it is made, or if it cannot be written. `ecosystem`: "" for all, and for
  /// kinds that have none.
  Result<BulkFile> file(const store::Tx& tx, BulkKind kind, const std::string& ecosystem);

 private:
  struct State {
    bool is_making = false;
    std::map<std::string, BulkFile> newest{};  // by the beginning of its name
  };
  Result<BulkFile> make(const store::Tx& tx, BulkKind kind, const std::string& ecosystem,
                        const std::string& stem, BulkFile file);

  std::string folder_;
  Guarded<State> state_;
};

/// GET ECOSYSTEM/ID.json, as in the archive: `given.source` is the ecosystem, `given.id` the id.
/// `not_found` for a record of another ecosystem.
Result<Answer> osv_file(Desk& desk, const Given& given);

/// As "ecosystems" gives them, in order.
Result<std::vector<std::string>> osv_ecosystems(const store::Tx& tx);

}  // namespace weir::compat
