// The format: PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.3 (zip64).
#include "catalog/zip.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include <fmt/format.h>
#include <libdeflate.h>
#include <unistd.h>

#include "base/bytes.h"
#include "catalog/import.h"
#include "catalog/input.h"

namespace weir::catalog {
namespace {

constexpr std::uint32_t kLocalMark = 0x04034b50;
constexpr std::uint32_t kDirectoryMark = 0x02014b50;
constexpr std::uint32_t kEndMark = 0x06054b50;
constexpr std::uint32_t kEnd64Mark = 0x06064b50;
constexpr std::uint32_t kLocator64Mark = 0x07064b50;
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kDirectoryBytes = 46;  // of one file, without its name
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kEnd64Bytes = 56;
constexpr std::size_t kLocator64Bytes = 20;
constexpr std::uint64_t kMostCommentBytes = 0xffff;
constexpr std::uint64_t kMostDirectoryBytes = std::uint64_t{1} << 30;
constexpr std::uint64_t kWindowBytes = std::uint64_t{64}
                                       << 10;  // threads share an archive by pieces of it
/// Beside what a file has, packed and unpacked, libdeflate may look at so many bytes: near an end
/// it goes a symbol at a time, and small files are not far from it anywhere (a fifteenth of all
/// time).
constexpr std::uint64_t kSlackBytes = 512;
constexpr std::uint32_t kIn64 = 0xffffffff;  // the number stands elsewhere
constexpr std::uint64_t kZip64Extra = 1;

std::unexpected<Error> broken(const std::string& path, std::string_view why) {
  return fail(Code::invalid, fmt::format("cannot be unpacked: {}", why), path);
}

/// A number of `size` bytes; the caller has seen that they are there.
std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  CHECK(at + size <= bytes.size());
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) {
    value = (value << 8U) | static_cast<unsigned char>(bytes[at + i - 1]);
  }
  return value;
}
std::uint64_t two(std::string_view bytes, std::size_t at) {
  return little_endian(bytes, at, 2);
}
std::uint64_t four(std::string_view bytes, std::size_t at) {
  return little_endian(bytes, at, 4);
}
std::uint64_t eight(std::string_view bytes, std::size_t at) {
  return little_endian(bytes, at, 8);
}

Status read_at(std::FILE* file, std::uint64_t at, char* into, std::size_t size,
               const std::string& path) {
  while (size > 0) {
    const ssize_t count = ::pread(::fileno(file), into, size, static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return broken(path, "it ends too soon");
    }
    into += count;
    at += static_cast<std::uint64_t>(count);
    size -= static_cast<std::size_t>(count);
  }
  return {};
}

Result<std::unique_ptr<std::FILE, CloseFile>> open_file(const std::string& path) {
  std::error_code error;
  std::unique_ptr<std::FILE, CloseFile> file;
  if (std::filesystem::is_regular_file(path, error)) {  // nothing that never ends
    file.reset(std::fopen(path.c_str(), "rb"));
  }
  if (file == nullptr) {
    return fail(Code::not_found, "there is no such file", path);
  }
  return file;
}

/// Where the list of files lies.
struct Directory {
  std::uint64_t at;
  std::uint64_t size;
  std::uint64_t entries;
};

/// From the last bytes of the archive, of which `end` is where its end record begins.
Result<Directory> directory_of(std::FILE* file, std::string_view tail, std::size_t end,
                               const std::string& path) {
  Directory directory{four(tail, end + 16), four(tail, end + 12), two(tail, end + 10)};
  if (two(tail, end + 4) != 0) {
    return broken(path, "it lies in several volumes");
  }
  if (end < kLocator64Bytes || four(tail, end - kLocator64Bytes) != kLocator64Mark) {
    return directory;
  }
  std::string end64(kEnd64Bytes, '\0');
  TRY(read_at(file, eight(tail, end - kLocator64Bytes + 8), end64.data(), end64.size(), path));
  if (four(end64, 0) != kEnd64Mark) {
    return broken(path, "its directory is not where it should be");
  }
  return Directory{eight(end64, 48), eight(end64, 40), eight(end64, 32)};
}

/// Sizes and the offset that did not fit into 32 bits, in this order.
Status take_zip64(std::string_view extra, Zip::File& file, const std::string& path) {
  std::string_view field;
  for (std::string_view rest = extra; rest.size() >= 4;) {
    const std::size_t size = std::min<std::size_t>(two(rest, 2), rest.size() - 4);
    if (two(rest, 0) == kZip64Extra) {
      field = rest.substr(4, size);
    }
    rest.remove_prefix(4 + size);
  }
  for (std::uint64_t* value : {&file.size, &file.packed, &file.offset}) {
    if (*value == kIn64) {
      if (field.size() < 8) {
        return broken(path, "a size is not said");
      }
      *value = eight(field, 0);
      field.remove_prefix(8);
    }
  }
  return {};
}

/// The next file of the directory, which it takes off `rest`.
Result<Zip::File> next_file(std::string_view& rest, const std::string& path) {
  constexpr std::uint64_t kEncrypted = 1;
  constexpr std::uint64_t kStored = 0;
  constexpr std::uint64_t kDeflated = 8;
  if (rest.size() < kDirectoryBytes || four(rest, 0) != kDirectoryMark) {
    return broken(path, "its directory is damaged");
  }
  const std::uint64_t name = two(rest, 28);
  const std::uint64_t extra = two(rest, 30);
  const std::uint64_t length = kDirectoryBytes + name + extra + two(rest, 32);
  if (rest.size() < length) {
    return broken(path, "its directory is damaged");
  }
  const std::uint64_t method = two(rest, 10);
  if ((two(rest, 8) & kEncrypted) != 0 || (method != kStored && method != kDeflated)) {
    return broken(path, "a file in it is encrypted, or packed otherwise than by deflate");
  }
  Zip::File file{.name = rest.substr(kDirectoryBytes, name),
                 .offset = four(rest, 42),
                 .packed = four(rest, 20),
                 .size = four(rest, 24),
                 .sum = static_cast<std::uint32_t>(four(rest, 16)),
                 .is_stored = method == kStored};
  TRY(take_zip64(rest.substr(kDirectoryBytes + name, extra), file, path));
  rest.remove_prefix(length);
  return file;
}

}  // namespace

Result<bool> Zip::is_zip(const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file = TRY(open_file(path));
  std::array<char, 4> start{};
  const std::string_view bytes(start.data(), std::fread(start.data(), 1, start.size(), file.get()));
  return bytes.size() == start.size() &&
         (four(bytes, 0) == kLocalMark || four(bytes, 0) == kEndMark);
}

Result<Zip> Zip::open(const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file = TRY(open_file(path));
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  std::string tail(std::min(size, kMostCommentBytes + kEndBytes + kLocator64Bytes), '\0');
  TRY(read_at(file.get(), size - tail.size(), tail.data(), tail.size(), path));
  const std::size_t end = tail.rfind("PK\x05\x06");
  if (end == tail.npos || end + kEndBytes > tail.size()) {
    return broken(path, "it has no directory");
  }
  const Directory directory = TRY(directory_of(file.get(), tail, end, path));
  if (directory.at > size || directory.size > size - directory.at ||
      directory.size > kMostDirectoryBytes || directory.entries > kMostEntries) {
    return broken(path, "its directory is larger than is taken");
  }
  Zip zip;
  zip.path_ = path;
  zip.directory_at_ = directory.at;
  zip.directory_ = std::make_unique<std::string>(directory.size, '\0');
  TRY(read_at(file.get(), directory.at, zip.directory_->data(), directory.size, path));
  TRY(zip.read_directory(directory.entries));
  return zip;
}

Status Zip::read_directory(std::uint64_t entries) {
  std::string_view rest = *directory_;
  files_.reserve(entries);
  std::uint64_t unpacked = 0;
  for (std::uint64_t i = 0; i < entries; ++i) {
    const File file = TRY(next_file(rest, path_));
    if (file.size > kMostDocumentBytes) {
      return broken(path_, fmt::format("a file in it has more than {} bytes", kMostDocumentBytes));
    }
    unpacked += file.size;
    if (!file.name.ends_with('/')) {
      files_.push_back(file);
    }
  }
  if (unpacked > kMostUnpackedBytes ||
      (unpacked > kFreeBytes && unpacked / kMostRatio > directory_at_)) {
    return fail(Code::invalid, "unpacks to more than is taken", path_);
  }
  if (!std::ranges::is_sorted(files_, {}, &File::offset)) {
    std::ranges::sort(files_, {}, &File::offset);
  }
  std::uint64_t next = directory_at_;
  for (auto file = files_.rbegin(); file != files_.rend(); ++file) {
    if (file->offset > next || next - file->offset < kLocalBytes ||
        next - file->offset - kLocalBytes < file->packed) {
      return broken(path_, "files in it overlap");
    }
    file->extent = next - file->offset;
    next = file->offset;
  }
  return {};
}

void Unpacker::Free::operator()(libdeflate_decompressor* one) const {
  libdeflate_free_decompressor(one);
}

Result<Unpacker> Unpacker::open(const Zip& zip) {
  Unpacker unpacker;
  unpacker.decompressor_.reset(libdeflate_alloc_decompressor());
  CHECK(unpacker.decompressor_ != nullptr);
  TRY(unpacker.turn_to(zip));
  return unpacker;
}

Status Unpacker::turn_to(const Zip& zip) {
  file_ = TRY(open_file(zip.path()));
  zip_ = &zip;
  window_size_ = 0;
  return {};
}

/// The archive from where the file's header begins to where the next one's does.
Result<std::string_view> Unpacker::window(const Zip::File& file) {
  // What lies between two files is no file's; of headers at most so much counts.
  const std::uint64_t extent =
      std::min(file.extent, kLocalBytes + 2 * std::uint64_t{0xffff} + file.packed);
  const bool is_inside =
      file.offset >= window_at_ && file.offset - window_at_ + extent <= window_size_;
  if (!is_inside) {
    const std::uint64_t size = std::min(std::max(extent, kWindowBytes), zip_->end() - file.offset);
    window_.resize(std::max<std::uint64_t>(window_.size(), size));
    window_size_ = 0;
    TRY(read_at(file_.get(), file.offset, window_.data(), size, zip_->path()));
    window_at_ = file.offset;
    window_size_ = size;
  }
  return std::string_view(window_).substr(file.offset - window_at_, extent);
}

Result<std::string_view> Unpacker::unpack(const Zip::File& file) {
  const std::string_view bytes = TRY(window(file));
  const std::uint64_t start = kLocalBytes + two(bytes, 26) + two(bytes, 28);
  if (four(bytes, 0) != kLocalMark || start > bytes.size() || bytes.size() - start < file.packed) {
    return broken(zip_->path(), "a file in it is not where it should be");
  }
  std::string_view text = bytes.substr(start, file.packed);
  if (!file.is_stored) {
    text_.resize(std::max<std::uint64_t>(text_.size(), file.size + kSlackBytes));
    const std::uint64_t behind = window_size_ - (file.offset - window_at_) - start - file.packed;
    std::size_t packed = 0;
    std::size_t size = 0;
    if (libdeflate_deflate_decompress_ex(
            decompressor_.get(), text.data(), text.size() + std::min(behind, kSlackBytes),
            text_.data(), file.size + kSlackBytes, &packed, &size) != LIBDEFLATE_SUCCESS ||
        packed > file.packed) {
      return broken(zip_->path(), "a file in it is damaged");
    }
    text = std::string_view(text_).substr(0, size);
  }
  if (text.size() != file.size || libdeflate_crc32(0, text.data(), text.size()) != file.sum) {
    return broken(zip_->path(), "a file in it is damaged");
  }
  return text;
}

}  // namespace weir::catalog
