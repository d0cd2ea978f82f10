// Records of files as they lie there, without public.db: `--records` of the command line.
//
// A file is what Input takes: plain, compressed or an archive. What is in it is a record, a
// document of many, or one record a line. Strict: these are the records that are asked, so the
// first that cannot be read ends it. In an archive, files that by their name are no JSON are passed
// over.
//
// Several threads read, each a piece at a time, and hand on what they have read at once; `order`
// says where a record stood among all.
//
// Thread rule: one call starts its threads and waits for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "advisory/advisory.h"

namespace weir::catalog {

/// Of one file after unpacking, as it is in memory as a whole; of a zip only of each file in it.
inline constexpr std::size_t kMostTextBytes = std::size_t{2} << 30;

inline constexpr unsigned kMostReaders = 8;  // each has its buffers

/// Takes the records that one thread has read. `order` is theirs alone and grows with the paths and
/// with the places in them; on one thread it grows too.
using Taker = std::function<void(std::uint64_t order, const advisory::Advisory& record)>;

/// How many threads are worth it: one for each processor, up to kMostReaders.
unsigned reading_threads();

/// One thread for each taker. `not_found` or `invalid` with the place: of several the first.
Status read_files(const std::vector<std::string>& paths, const std::vector<Taker>& takers);

}  // namespace weir::catalog
