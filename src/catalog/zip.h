// A zip archive on the disk, its files unpacked one by one in any order, on any thread. Private to
// catalog.
//
// Of an archive of many small files, as databases publish them (one record each), libarchive spends
// most of the time around the files: by its directory and with libdeflate it is a third. An import
// stays with Input, which also takes what comes as a stream.
//
// Nothing is written to the disk. Refused: what is encrypted, packed otherwise than by deflate, in
// several volumes, or lies about its sizes or sums; files that overlap (a bomb); more than Input
// takes (kMostEntries, kMostRatio).
//
// Thread rule: a Zip may be read by any number of threads; an Unpacker is for one.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct libdeflate_decompressor;

namespace weir::catalog {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

class Zip {
 public:
  /// In the order in which they lie there; no folders.
  struct File {
    std::string_view name;
    std::uint64_t offset = 0;
    std::uint64_t extent = 0;  // from there to what follows
    std::uint64_t packed = 0;
    std::uint64_t size = 0;  // at most kMostDocumentBytes
    std::uint32_t sum = 0;
    bool is_stored = false;  // as it is
  };

  /// Whether a file is one, by its first bytes. `not_found` without such a file.
  static Result<bool> is_zip(const std::string& path);
  /// `not_found` without such a file; `invalid` if it cannot be unpacked.
  static Result<Zip> open(const std::string& path);

  const std::string& path() const { return path_; }
  const std::vector<File>& files() const { return files_; }
  /// Where the last file ends.
  std::uint64_t end() const { return directory_at_; }

 private:
  Zip() = default;
  Status read_directory(std::uint64_t entries);

  std::string path_;
  std::unique_ptr<std::string> directory_;  // which names borrow, wherever the Zip is moved
  std::uint64_t directory_at_ = 0;
  std::vector<File> files_;
};

class Unpacker {
 public:
  static Result<Unpacker> open(const Zip& zip);
  /// Files of another archive come next: what it has allocated serves for that too.
  Status turn_to(const Zip& zip);

  /// Its bytes, until the next call.
  Result<std::string_view> unpack(const Zip::File& file);

 private:
  struct Free {
    void operator()(libdeflate_decompressor* one) const;
  };
  Unpacker() = default;
  Result<std::string_view> window(const Zip::File& file);

  const Zip* zip_ = nullptr;
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::unique_ptr<libdeflate_decompressor, Free> decompressor_;
  std::string window_;  // of the archive: small files come many at once
  std::uint64_t window_at_ = 0;
  std::uint64_t window_size_ = 0;
  std::string text_;
};

}  // namespace weir::catalog
