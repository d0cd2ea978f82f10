// Where records come from: a file, standard input or bytes at hand; plain, compressed (zstd, gzip,
// xz, bzip2), or an archive (zip, tar) of such. Private to catalog.
//
// Everything is read as a stream, once, and nothing is written to the disk: a path inside an
// archive is a name to show and no more. Links, devices and folders within are passed over, files
// with holes refused; what is packed within an archive is not opened.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::catalog {

inline constexpr std::uint64_t kMostEntries = 5'000'000;  // of one archive: all of OSV has 10^6
/// Of one input after unpacking. Every source together has some 10 GB; a bomb has more.
inline constexpr std::uint64_t kMostUnpackedBytes = std::uint64_t{64} << 30;
/// Times as long as it was, beyond the first 64 MiB: real records shrink to a fiftieth at best.
inline constexpr std::uint64_t kMostRatio = 1'000;
inline constexpr std::uint64_t kFreeBytes = std::uint64_t{64} << 20;
inline constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

class Input {
 public:
  /// `not_found` without such a file; `invalid` if it is no file, or cannot be unpacked.
  static Result<Input> file(const std::string& path);
  static Result<Input> standard_input();
  /// Borrows `bytes`; `name` is shown.
  static Result<Input> memory(const std::string& name, std::string_view bytes);
  Input(Input&&) noexcept;
  ~Input();

  /// Goes to the next file within; nothing at the end. Its name is "" for what is no archive.
  Result<std::optional<std::string>> next_entry();
  /// Appends up to kBlockBytes of the entry to `into`; false at its end.
  Result<bool> read(std::string& into);
  /// Of the input as it lies there: how far it was read, and how long it is (0: not known).
  std::uint64_t consumed() const;
  std::uint64_t size() const { return size_; }
  const std::string& name() const { return name_; }

 private:
  struct Impl;
  explicit Input(std::string name);
  Status check(std::size_t more);

  std::unique_ptr<Impl> impl_;
  std::string name_;
  std::uint64_t size_ = 0;
  std::uint64_t at_hand_ = 0;  // of memory(): its size
  std::uint64_t unpacked_ = 0;
  std::uint64_t entries_ = 0;
  std::uint64_t entry_bytes_ = 0;  // of the entry, unpacked so far
  std::string_view block_;         // what of it was not given out yet: libarchive's
};

}  // namespace weir::catalog
