// How records come in: from files, folders, archives, standard input or bytes, on two threads.
//
//   one thread    reads, unpacks, finds the records, projects, hashes and compresses them
//   the caller's  writes them, a batch a transaction; several once the database is large (writer.h)
//
// What came in before is recognised by its hash and costs no more than that. Whatever cannot be
// taken is kept as a reject with its place and reason, and the rest goes on; a run ends early only
// if the database cannot be written.
//
// Thread rule: one import at a time in a process; other processes wait for each transaction.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "catalog/catalog.h"

namespace weir::catalog {

inline constexpr std::size_t kBatchRecords = 20'000;
inline constexpr std::size_t kBatchBytes = std::size_t{64} << 20;  // of text
inline constexpr std::size_t kMostWaiting = 1;                     // batches between the threads
/// That holds many records: it is in memory as a whole, up to twice while it grows, and an import
/// is to stay below 1.5 GB. NVD's largest feed has 200 MB.
inline constexpr std::size_t kMostDocumentBytes = std::size_t{512} << 20;
inline constexpr std::size_t kMostStrange = 100;  // records of no known source, then it is left

/// What is to be taken.
struct From {
  std::string path{};   // a file, or a folder with all that is in it; "-" is standard input
  std::string name{};   // with bytes, or of a single file: what to call them
  std::string bytes{};  // if path is empty
};

struct Progress {
  std::string place;
  std::uint64_t done = 0;   // bytes of the input as it lies there
  std::uint64_t total = 0;  // 0: not known
  std::uint64_t records = 0;
};

struct Options {
  std::optional<advisory::Source> only{};  // anything else is rejected
  std::function<void(const Progress&)> progress{};
};

struct Outcome {
  std::int64_t run = 0;
  std::uint64_t records = 0;  // all below together
  std::uint64_t added = 0;
  std::uint64_t changed = 0;
  std::uint64_t removed = 0;
  std::uint64_t older = 0;      // kept as history
  std::uint64_t unchanged = 0;  // came in before
  std::uint64_t rejected = 0;
  std::uint64_t ignored = 0;  // files that by their name hold no records
  std::uint64_t known = 0;    // files whose bytes came in before as a whole
  bool operator==(const Outcome&) const = default;
};

/// `not_found` for a path that is not there; `unavailable` or `corrupt` if it cannot be written:
/// then what was committed stays, and the same import goes on from there.
Result<Outcome> import(store::Db& db, const Clock& clock, const From& from,
                       const Options& options = {});

/// What was not taken, newest run first.
struct Rejected {
  std::int64_t run = 0;
  std::string place;
  std::string reason;
  std::string pointer;
};
Result<std::vector<Rejected>> rejects(const store::Tx& tx, std::size_t most);

/// Past runs, newest first. One without `finished` was cut short.
struct Run {
  std::int64_t run = 0;
  std::string place;
  Instant started;
  std::optional<Instant> finished;
  Outcome outcome;
};
Result<std::vector<Run>> runs(const store::Tx& tx, std::size_t most);

/// What a server said of the file that was last imported from an address (net.h): whether it has
/// changed since is asked by it.
struct Stamp {
  std::string etag{};
  std::string modified{};
  bool operator==(const Stamp&) const = default;
};
Result<Stamp> stamp_of(const store::Tx& tx, const std::string& url);
Status keep_stamp(store::Tx& tx, const std::string& url, const Stamp& stamp);

/// Public addresses of what others publish, for `weir import NAME`.
struct Preset {
  std::string_view name;
  std::string_view url;  // "{year}": one for each year from kFirstYear on
  std::string_view what;
};
inline constexpr std::uint64_t kFirstYear = 2002;  // of NVD's files
const std::vector<Preset>& presets();
/// The addresses that a name stands for; none if it is none.
std::vector<std::string> addresses(std::string_view name, Instant now);

}  // namespace weir::catalog
