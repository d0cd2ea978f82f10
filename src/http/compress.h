// gzip (RFC 1952) of answers. Not for other folders.
//
// Thread rule: functions; a Pull belongs to its answer.
#pragma once

#include <string>
#include <string_view>

#include "http/http.h"

namespace weir::http {

inline constexpr std::size_t kLeastCompressedBytes = 1024;  // below, a packet is a packet

/// By type, and large enough to be worth it.
bool is_compressible(std::string_view content_type, std::size_t bytes);
/// What an Accept-Encoding field says of gzip (RFC 9110, 12.5.3).
bool accepts_gzip(std::string_view accept_encoding);

std::string gzip(std::string_view bytes);
/// The same bytes as `source`, compressed as they come. Every piece that comes out is complete
/// enough for the reader to see all of what went in.
Pull gzip(Pull source);

}  // namespace weir::http
