// Bytes of a source → Advisory; and the envelopes in which records come.
//
//   Reader     one record: JSON of any Source, recognised by what it holds
//   unwrap()   one line of a feed: {"feed_time","op","id","record"}, or the record itself
//   split()    a document that holds many records: NVD's feeds, KEV's catalogue, JSON arrays
//   Table      CSV: EPSS, CISA's ICS advisories
//
// Strict where a record could mislead (no UTF-8, a doubled key, no id, a member of the wrong type:
// `invalid` with its JSON pointer), silent where a source says more than the projection holds.
// Dates that cannot be read are absent.
//
// Thread rule: a Reader is for one thread; everything else is pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advisory/advisory.h"

namespace weir::advisory {

inline constexpr std::size_t kMostRecordBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMostRecordDepth = 128;  // of nesting
inline constexpr std::size_t kMostIdBytes = 200;      // of an id; the longest known has 60
inline constexpr std::size_t kMostTextBytes = std::size_t{256} << 10;  // of one text; cut beyond
inline constexpr std::size_t kMostDocumentRecords = 2'000'000;  // all of OSV has half of that
inline constexpr std::size_t kMostYamlBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMostYamlNodes = 200'000;

inline constexpr std::size_t kMostVersionBytes = 4'096;  // of one version; CVE 5 has 1,024
inline constexpr std::size_t kMostLineBytes = std::size_t{64} << 10;  // of a row of a table

/// Whether it may be an id: not empty, at most kMostIdBytes, every character seen.
bool is_id(std::string_view text);

/// How much of a record is wanted. What matching never asks for (references, weaknesses, dates,
/// texts beside a title) `to_match` may leave out, and then does not look at.
enum class Extent : std::uint8_t { all, to_match };
inline constexpr std::size_t kMatchTextBytes = 1'000;

class Reader {
 public:
  explicit Reader(Extent extent = Extent::all);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// `invalid` with a JSON pointer, also for JSON that is of no known source.
  Result<Advisory> read(std::string_view json);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct Change {
  std::string_view record;     // its bytes; empty if it was removed
  std::string_view id;         // as the envelope names it; empty without one
  std::optional<Instant> fed;  // when the feed said so
  bool is_removal = false;
};
/// `invalid` for an envelope without a record.
Result<Change> unwrap(std::string_view line);

/// The records in it, in order, each as it stands; the document itself if it is one record. Several
/// documents may stand one after the other, as programs write them that know no arrays.
/// `invalid` if brackets do not match, and for more than kMostDocumentRecords.
Result<std::vector<std::string_view>> split(std::string_view document);

/// The same JSON without space between its tokens; what is no JSON as it stands.
std::string minified(std::string_view json);

/// An OSV record in YAML as the same record in JSON: without anchors, tags and keys that stand
/// twice. Scalars in quotes are strings, plain ones what JSON takes them for. `invalid` with a
/// line.
Result<std::string> json_of_yaml(std::string_view yaml);

/// CSV (RFC 4180) with a header line; lines before it that begin with "#" are kept apart.
class Table {
 public:
  /// `invalid` if there is no header. Borrows `text`.
  static Result<Table> open(std::string_view text);
  const std::vector<std::string>& header() const { return header_; }
  std::string_view remark() const { return remark_; }
  /// The next row into `cells`, in the header's order; false at the end. `invalid` with the line
  /// for an open quote or another number of cells; then the next call goes on after that line.
  Result<bool> next(std::vector<std::string>& cells);
  std::size_t line() const { return row_; }  // where the row read last begins, from 1

 private:
  std::string_view rest_;
  std::string_view remark_;
  std::vector<std::string> header_;
  std::size_t line_ = 0;  // that was read last
  std::size_t row_ = 0;
};

/// Dates of all sources: RFC 3339, the same without a zone (UTC), without seconds, or a day alone.
std::optional<Instant> parse_date(std::string_view text);

/// The vector's overall score in tenths, or -1.
int score_of(std::string_view vector);

}  // namespace weir::advisory
