// A zip archive written to a file, entry by entry. Private to compat.
//
// Entries are deflated one at a time; the central directory grows in a file of its own beside the
// archive, so that memory does not depend on the number of entries. With more than 65,534 entries
// the end is in the form of zip64. The same entries give the same bytes.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace weir::compat {

inline constexpr std::uint64_t kMostZipBytes = 0xffff'fffe;  // without zip64's long offsets

/// A file that is being written; an error once is an error for ever.
class Out {
 public:
  /// Made anew. `unavailable` if it cannot be.
  static Result<Out> create(const std::string& path);
  Status add(std::string_view bytes);
  std::uint64_t size() const { return size_; }
  /// Everything is on the disk. Call once.
  Status close();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t size_ = 0;
};

class Zip {
 public:
  /// Writes `path`, and `path`.directory while it is at work.
  static Result<Zip> create(const std::string& path);
  /// `name` is used as it is; `unavailable` beyond kMostZipBytes.
  Status add(std::string_view name, std::string_view bytes, Instant modified);
  Status close();

 private:
  Zip(std::string path, Out archive, Out directory)
      : path_(std::move(path)), archive_(std::move(archive)), directory_(std::move(directory)) {}
  std::string path_;
  Out archive_;
  Out directory_;
  std::uint64_t entries_ = 0;
};

/// CRC-32C (Castagnoli) of `bytes`, behind what has the sum `before`.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

/// Whole, for a zlib of one's own: raw deflate.
std::string deflate_raw(std::string_view bytes);

}  // namespace weir::compat
