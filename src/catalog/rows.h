// Values as they stand in rows. Private to catalog.
//
// Thread rule: pure functions.
#pragma once

#include "catalog/catalog.h"

namespace weir::catalog {

// mention.kind. Names are indexed where it is not kAlias: a query by name says `kind <> 1`, or it
// reads the whole table.
inline constexpr std::int64_t kAlias = 1;    // in the group of its record
inline constexpr std::int64_t kRelated = 2;  // says that it is about it, or like it
inline constexpr std::int64_t kBeyond = 3;   // an alias for which the group had no room

/// The records of one name ($1), each of another source: `i` is the name, `r` the record. They have
/// no index of their own: a record is in the group of its name. Who wants one source says
/// `+r.source`: else SQLite may go by the index over sources, through all records of it.
inline constexpr std::string_view kFromName =
    "FROM identifier i CROSS JOIN record r ON r.vulnerability = i.vulnerability AND "
    "r.name = i.name ";

/// To be followed by FROM ... with `record r` and `version v`.
inline constexpr std::string_view kVersionColumns =
    "SELECT v.id, r.id, r.source, r.name, v.state, v.published_ms, v.modified_ms, v.fed_ms, "
    "v.taken_ms, v.digest, v.size ";

inline std::optional<Instant> instant_at(const store::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(Instant{row.integer(column)});
}

inline Version version_of(const store::Row& row) {
  return Version{.version = row.integer(0),
                 .record = row.integer(1),
                 .source = static_cast<advisory::Source>(row.integer(2)),
                 .id = row.text(3),
                 .state = static_cast<advisory::State>(row.integer(4)),
                 .published = instant_at(row, 5),
                 .modified = instant_at(row, 6),
                 .fed = instant_at(row, 7),
                 .taken = Instant{row.integer(8)},
                 .digest = row.is_null(9) ? "" : row.blob(9),
                 .size = static_cast<std::size_t>(row.integer(10))};
}

inline std::int64_t number(std::size_t value) {
  return static_cast<std::int64_t>(value);
}

template <class E>
std::int64_t number(E value)
  requires std::is_enum_v<E>
{
  return static_cast<std::int64_t>(value);
}

/// A number of a term in a list of them.
inline void append_little_endian(std::string& bytes, std::int64_t value) {
  for (int shift = 0; shift < 32; shift += 8) {
    bytes += static_cast<char>((value >> shift) & 0xff);
  }
}

}  // namespace weir::catalog
