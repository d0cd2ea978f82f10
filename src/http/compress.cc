#include "http/compress.h"

#include <algorithm>
#include <array>
#include <memory>

#include <zlib.h>

#include "http/text.h"

namespace weir::http {

namespace {

constexpr int kLevel = 6;             // beyond, JSON gains 2 % for twice the time
constexpr int kGzipWindow = 15 + 16;  // zlib.h: the largest window, with a gzip header
constexpr int kMemory = 8;            // zlib's own default
constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

/// One deflate stream.
class Deflater {
 public:
  Deflater() {
    CHECK(deflateInit2(&stream_, kLevel, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) ==
          Z_OK);
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  /// Appends what comes of `bytes` to `out`.
  void add(std::string_view bytes, int flush, std::string& out) {
    std::array<unsigned char, 16 << 10> piece;
    // zlib counts in 32 bits: larger input goes in parts.
    do {
      const std::string_view part = bytes.substr(0, kPieceBytes);
      bytes.remove_prefix(part.size());
      // zlib does not write through next_in.
      stream_.next_in = const_cast<unsigned char*>(data(part));
      stream_.avail_in = static_cast<unsigned>(part.size());
      const int mode = bytes.empty() ? flush : Z_NO_FLUSH;
      do {
        stream_.next_out = piece.data();
        stream_.avail_out = static_cast<unsigned>(piece.size());
        CHECK(deflate(&stream_, mode) != Z_STREAM_ERROR);
        out.append(reinterpret_cast<const char*>(piece.data()), piece.size() - stream_.avail_out);
      } while (stream_.avail_out == 0);
    } while (!bytes.empty());
  }

 private:
  static const unsigned char* data(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
  }
  z_stream stream_{};
};

/// "gzip;q=0.5" -> whether it is a choice at all.
bool is_refused(std::string_view item) {
  const std::size_t quality = item.find("q=");
  if (quality == std::string_view::npos) {
    return false;
  }
  return trim(item.substr(quality + 2)).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool is_compressible(std::string_view content_type, std::size_t bytes) {
  const std::string type = lower(trim(content_type.substr(0, content_type.find(';'))));
  constexpr std::array<std::string_view, 4> kTypes = {"application/json", "application/javascript",
                                                      "application/xml", "application/x-ndjson"};
  const bool text = (type.starts_with("text/") && type != "text/event-stream") ||
                    type.ends_with("+json") || type.ends_with("+xml") ||
                    std::ranges::find(kTypes, type) != kTypes.end();
  return text && bytes >= kLeastCompressedBytes;
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  for (const std::string_view item : split(accept_encoding, ',')) {
    const std::string coding = lower(trim(item.substr(0, item.find(';'))));
    if (coding == "gzip" || coding == "x-gzip") {
      return !is_refused(item);
    }
    any = any || (coding == "*" && !is_refused(item));
  }
  return any;
}

std::string gzip(std::string_view bytes) {
  std::string out;
  Deflater().add(bytes, Z_FINISH, out);
  return out;
}

Pull gzip(Pull source) {
  auto deflater = std::make_unique<Deflater>();
  return [source = std::move(source), deflater = std::move(deflater),
          done = false](std::string& piece) mutable -> Result<bool> {
    if (done) {
      return false;
    }
    std::string plain;
    done = !TRY(source(plain));
    piece.clear();
    deflater->add(done ? std::string_view() : plain, done ? Z_FINISH : Z_SYNC_FLUSH, piece);
    return true;
  };
}

}  // namespace weir::http
