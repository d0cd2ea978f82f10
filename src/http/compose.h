// From a handler's Response to what is written: conditions, ranges, compression, the head. A pure
// function of its arguments, but that it may read the first bytes of a body. Not for other folders.
//
// Thread rule: runs where the handler ran.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/http.h"
#include "http/message.h"

namespace weir::http {

inline constexpr std::size_t kPieceBytes = std::size_t{64} << 10;  // of a stored body at a time

/// What of the connection and the head counts for the answer. A copy of nothing: use it while the
/// request lives.
struct Asked {
  enum class Body { wanted, dropped } body = Body::wanted;  // HEAD
  Head::Version version = Head::Version::http11;
  Head::After after = Head::After::close;  // what the server will do
  Scheme scheme = Scheme::http;
  std::string_view id;
  std::string_view date;  // IMF-fixdate
  std::string_view accept_encoding;
  std::string_view if_none_match;
  std::string_view if_range;
  std::string_view range;
};

/// Ready to be written: the head, then bytes or pieces or events.
struct Outgoing {
  int status = 0;
  std::string head;
  std::string owned;                         // what `bytes` may point into
  std::shared_ptr<const Document> document;  // the same
  std::string_view bytes;
  Pull pieces;  // if set, instead of bytes
  std::shared_ptr<EventStream> events;
  enum class Framing { length, chunked, until_close } framing = Framing::length;
  std::optional<std::uint64_t> length;  // of the pieces, if known
  Head::After after = Head::After::close;

  Outgoing() = default;
  Outgoing(Outgoing&& other) noexcept = delete;  // `bytes` would point into the old one
  ~Outgoing() = default;
};

/// `response` is used up.
std::unique_ptr<Outgoing> compose(const Asked& asked, Response response);

/// One piece as a chunk, and the end of all (RFC 9112, 7.1).
void append_chunk(std::string& out, std::string_view piece);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
std::string imf_fixdate(Instant at);

}  // namespace weir::http
