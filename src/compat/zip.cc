#include "compat/zip.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include <unistd.h>
#include <zlib.h>

namespace weir::compat {
namespace {

constexpr std::uint16_t kVersion = 20;    // deflate
constexpr std::uint16_t kVersion64 = 45;  // zip64
constexpr std::uint16_t kUtf8 = 0x0800;   // names are UTF-8
constexpr std::uint16_t kDeflated = 8;
constexpr std::uint64_t kMostEntries = 0xfffe;  // in the short form
constexpr std::size_t kCopyBytes = std::size_t{256} << 10;

std::unexpected<Error> no_room() {
  return std::unexpected(Error{Code::unavailable, "the file cannot be written", ""});
}

void put(std::string& to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    to += static_cast<char>((value >> (8 * i)) & 0xff);
  }
}

/// Seconds by twos, in the form of DOS; what is before 1980 is then.
struct DosTime {
  std::uint16_t time = 0;
  std::uint16_t date = 0x21;
};
DosTime dos_time(Instant at) {
  using namespace std::chrono;
  const sys_time<milliseconds> when{milliseconds(at.ms)};
  const auto day = floor<days>(when);
  const year_month_day date{day};
  const int year = static_cast<int>(date.year());
  if (year < 1980 || year > 2107) {
    return {};
  }
  const hh_mm_ss time{floor<seconds>(when - day)};
  return {static_cast<std::uint16_t>((time.hours().count() << 11) | (time.minutes().count() << 5) |
                                     (time.seconds().count() / 2)),
          static_cast<std::uint16_t>((static_cast<unsigned>(year - 1980) << 9U) |
                                     (static_cast<unsigned>(date.month()) << 5U) |
                                     static_cast<unsigned>(date.day()))};
}

}  // namespace

Result<Out> Out::create(const std::string& path) {
  Out out;
  out.file_.reset(std::fopen(path.c_str(), "wbe"));
  if (!out.file_) {
    return no_room();
  }
  return out;
}

Status Out::add(std::string_view bytes) {
  if (!file_ || std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    file_.reset();
    return no_room();
  }
  size_ += bytes.size();
  return {};
}

Status Out::close() {
  // Synced, or a name that promises the whole file might outlive a loss of power that it does not.
  const bool is_safe =
      file_ && std::fflush(file_.get()) == 0 && ::fsync(::fileno(file_.get())) == 0;
  std::FILE* file = file_.release();
  if (file == nullptr || std::fclose(file) != 0 || !is_safe) {
    return no_room();
  }
  return {};
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
  constexpr std::uint32_t kReversed = 0x82f63b78;
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) {
        value = (value >> 1U) ^ ((value & 1U) != 0 ? kReversed : 0U);
      }
      table.at(i) = value;
    }
    return table;
  }();
  std::uint32_t sum = ~before;
  for (const char c : bytes) {
    sum = (sum >> 8U) ^ kTable[(sum ^ static_cast<unsigned char>(c)) & 0xffU];
  }
  return ~sum;
}

std::string deflate_raw(std::string_view bytes) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                     Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Result<Zip> Zip::create(const std::string& path) {
  Out archive = TRY(Out::create(path));
  Out directory = TRY(Out::create(path + ".directory"));
  return Zip(path, std::move(archive), std::move(directory));
}

Status Zip::add(std::string_view name, std::string_view bytes, Instant modified) {
  const std::string packed = deflate_raw(bytes);
  const std::uint64_t offset = archive_.size();
  if (offset + packed.size() + name.size() + 64 > kMostZipBytes || name.size() > 0xffff) {
    return fail(Code::unavailable, "the archive would be larger than 4 GiB");
  }
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  const DosTime when = dos_time(modified);
  std::string common;  // of both headers (APPNOTE 4.3.7, 4.3.12)
  put(common, kUtf8, 2);
  put(common, kDeflated, 2);
  put(common, when.time, 2);
  put(common, when.date, 2);
  put(common, crc, 4);
  put(common, packed.size(), 4);
  put(common, bytes.size(), 4);
  put(common, name.size(), 2);
  put(common, 0, 2);  // no extra field
  std::string local = "PK\3\4";
  put(local, kVersion, 2);
  local += common;
  local += name;
  TRY(archive_.add(local));
  TRY(archive_.add(packed));
  std::string central = "PK\1\2";
  put(central, kVersion, 2);  // made by
  put(central, kVersion, 2);  // needed
  central += common;
  put(central, 0, 2);  // no comment
  put(central, 0, 2);  // disk
  put(central, 0, 2);  // internal attributes
  put(central, 0, 4);  // external attributes
  put(central, offset, 4);
  central += name;
  ++entries_;
  return directory_.add(central);
}

Status Zip::close() {
  TRY(directory_.close());
  const std::uint64_t start = archive_.size();
  const std::uint64_t size = directory_.size();
  {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
        std::fopen((path_ + ".directory").c_str(), "rbe"), &std::fclose);
    std::string piece(kCopyBytes, '\0');
    for (std::uint64_t copied = 0; copied < size;) {
      const std::size_t got = file ? std::fread(piece.data(), 1, piece.size(), file.get()) : 0;
      if (got == 0) {
        return no_room();
      }
      TRY(archive_.add(std::string_view(piece).substr(0, got)));
      copied += got;
    }
  }
  std::error_code ignored;
  std::filesystem::remove(path_ + ".directory", ignored);
  std::string end;
  const bool is_long = entries_ > kMostEntries || start + size > kMostZipBytes;
  if (is_long) {  // 4.3.14 and 4.3.15
    end += "PK\6\6";
    put(end, 44, 8);  // what follows of this record
    put(end, kVersion64, 2);
    put(end, kVersion64, 2);
    put(end, 0, 4);
    put(end, 0, 4);
    put(end, entries_, 8);
    put(end, entries_, 8);
    put(end, size, 8);
    put(end, start, 8);
    end += "PK\6\7";
    put(end, 0, 4);
    put(end, start + size, 8);
    put(end, 1, 4);
  }
  end += "PK\5\6";  // 4.3.16
  put(end, 0, 4);
  put(end, is_long ? 0xffff : entries_, 2);
  put(end, is_long ? 0xffff : entries_, 2);
  put(end, is_long ? 0xffff'ffff : size, 4);
  put(end, is_long ? 0xffff'ffff : start, 4);
  put(end, 0, 2);
  TRY(archive_.add(end));
  return archive_.close();
}

}  // namespace weir::compat
