// A record between the two threads of an import: read, projected, hashed and compressed, ready to
// become rows. Private to catalog.
//
// Thread rule: plain values; a Batch belongs to one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "advisory/advisory.h"
#include "base/digest.h"
#include "base/result.h"
#include "catalog/compress.h"

namespace weir::catalog {

inline constexpr std::size_t kMostTerms = 128;    // facets of one record; more are not counted by
inline constexpr std::size_t kMostAliases = 100;  // of one record; a list beyond that is no alias

/// Half of a SHA-256: 2^64 lines would have to be tried for two that are taken for one.
struct Half {
  std::array<std::uint64_t, 2> words{};
  static Half of(const Digest& digest);
  std::string_view view() const {
    return {reinterpret_cast<const char*>(words.data()), sizeof(words)};
  }
  bool operator==(const Half&) const = default;
};
struct HalfHash {
  std::size_t operator()(const Half& half) const { return half.words[0]; }
};
using Seen = boost::unordered_flat_set<Half, HalfHash>;

/// Stored by number.
enum class TermKind : std::uint8_t {
  ecosystem = 1,
  vendor = 2,
  product = 3,
  weakness = 4,
  publisher = 5,
  vector = 6,  // CVSS; of CVEs only (cves.h), no facet
  mark = 7,    // advisory/marks.h; of CVEs only, no facet
};
inline constexpr std::size_t kTermKinds = 7;

/// Short texts with a number each, in two allocations however many they are: there are five for
/// every record, made on one thread and freed on another.
class Names {
 public:
  void add(std::string_view name, std::size_t number);
  bool is_empty() const { return places_.empty(); }
  void clear();
  /// Calls `use(name, number)` for each, in order, until one fails.
  template <class F>
  Status each(F use) const {
    std::size_t start = 0;
    for (const Place& place : places_) {
      TRY(use(std::string_view(text_).substr(start, place.size), place.number));
      start += place.size;
    }
    return {};
  }

 private:
  struct Place {
    std::uint32_t size;
    std::uint32_t number;
  };
  std::string text_;
  std::vector<Place> places_;
};

struct Prepared {
  Half line;  // of what came in, its envelope included
  bool is_removal = false;
  std::optional<advisory::Source> source;  // of a removal: absent if only its id is known
  std::string id;
  advisory::State state = advisory::State::published;
  std::optional<Instant> published;
  std::optional<Instant> modified;
  std::optional<Instant> fed;
  Digest digest;
  std::string text;  // the bytes, until the batch is closed; empty if `body` was made at once
  std::size_t size = 0;
  Compressor::Body body;
  std::string parts;  // advisory::encode
  Names keys;         // each with the part that it stands for
  std::vector<std::string> aliases;
  std::vector<std::string> related;
  std::string names;  // words
  std::string words;
  std::int64_t day = -1;  // of publication, since 1970; -1: not said
  int score = -1;         // the highest, in tenths
  Names terms;            // each with its TermKind
  Names listed;           // of a CVE: weaknesses, publisher, vectors and marks, with their TermKind
};

/// Whether the NVD API lists it: a CVE, by NVD or by its own program.
inline bool is_cve(advisory::Source source, std::string_view id) {
  return (source == advisory::Source::nvd || source == advisory::Source::cve) &&
         id.starts_with("CVE-");
}

struct Reject {
  std::string place;  // "cve.ndjson:12"
  Error error;
};
struct EpssRow {
  std::string cve;
  std::int64_t score = 0;
  std::int64_t percentile = 0;
};

struct Batch {
  std::vector<Dictionary> dictionaries;  // new ones, needed by these records
  std::vector<Prepared> records;
  std::vector<Reject> rejects;
  std::vector<EpssRow> epss;
  std::string epss_day;
  std::uint64_t seen = 0;      // records that were left out because they came in before
  std::size_t bytes = 0;       // of text, before compression
  std::uint64_t consumed = 0;  // of the input, when the batch was closed
};

/// What `advisory` says, as rows. The bytes, digests and times are the caller's.
Prepared prepare(const advisory::Advisory& advisory);

}  // namespace weir::catalog
