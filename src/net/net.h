// Outbound HTTP: one request, one answer, within limits. The seam through which Weir reaches
// witnesses and mirrors of other logs; nothing else in the product opens a connection.
//
// Invariants:
//   1. Only http and https; a redirect is an error, never followed, so that nobody can point a
//      request that we made at another host. No cookies, no credentials, no compression. Files that
//      anybody may have are the exception: download() follows, from https to https alone.
//   2. With https the server's certificate and name are verified against the system's authorities,
//      or those of Limits::ca_file alone.
//   3. Every request ends: a limit on connecting, on the whole, and on the bytes that come back.
//   4. No proxy but Limits::proxy; the environment's is not asked.
//   5. With Reach::public_only the address that is connected to is a public one, whatever the name
//      resolved to (reach.h), and there is no proxy that could hide another.
//   6. Bodies are never logged nor put into errors. Errors name the address without its query.
//
// Limits: each request makes its own connection. Thread rule: safe from several threads.
// Start with net_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/reach.h"

namespace weir::net {

inline constexpr Duration kConnectTimeout = std::chrono::seconds(10);
inline constexpr Duration kTotalTimeout = std::chrono::seconds(30);
inline constexpr std::size_t kMostAnswerBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMostHeaderBytes = std::size_t{64} << 10;

struct Limits {
  Duration connect = kConnectTimeout;           // name, connection and TLS together; at least 1 ms
  Duration total = kTotalTimeout;               // from the call to the last byte; at least 1 ms
  std::size_t bytes = kMostAnswerBytes;         // of the answer's body
  std::size_t header_bytes = kMostHeaderBytes;  // of its status line and headers
  std::string ca_file{};                        // PEM; empty: the system's authorities
  std::string proxy{};                          // "http://host:port"; empty: none
  Reach reach = Reach::anywhere;       // public_only: for addresses that users have typed in
  std::vector<std::string> allowed{};  // addresses that may be reached all the same
};

struct Answer {
  int status = 0;  // 200 to 299 and 400 to 599
  std::string content_type;
  std::string body;
};

/// `invalid` for an address that is not http(s) or carries credentials, or a body type with a line
/// break; `denied` if the certificate does not verify, or the address is none that Limits::reach
/// allows; `unavailable` for everything else that keeps
/// an answer from coming: no connection, time over, too many bytes, a redirect.
Result<Answer> get(const std::string& url, const Limits& limits = {});
Result<Answer> post(const std::string& url, std::string_view content_type, std::string_view body,
                    const Limits& limits = {});

/// Any other request, for programs that are clients of a Weir.
struct Call {
  std::string method = "GET";
  std::string url{};
  std::vector<std::pair<std::string, std::string>> fields{};  // of the header
  std::string content_type{};                                 // empty: no body
  std::string body{};
  std::string local_socket{};  // the path of one, instead of the network; empty: none
  Limits limits{};
};
/// The errors are those of get(); `invalid` also for a field with a line break.
Result<Answer> send(const Call& call);

inline constexpr long kMostRedirects = 5;
/// A download that brings less than a byte a second for this long is broken.
inline constexpr Duration kStallTime = std::chrono::seconds(60);

/// By what a server tells one state of a file from another.
struct Stamp {
  std::string etag{};
  std::string modified{};  // as the server writes it
  bool operator==(const Stamp&) const = default;
};

/// A file of any size to the disk, in parts where the line breaks.
struct Download {
  std::string url;
  std::string path{};  // where to; beside it PATH.from, the stamp of what is there so far
  Stamp known{};       // of what one has: if the server has the same, nothing is loaded
  Limits limits{};     // `bytes` of the whole file, `total` of each part
  std::function<void(std::uint64_t done, std::uint64_t total)> progress{};  // total 0: not said
};
struct Downloaded {
  bool is_unchanged = false;  // the server has what is known; nothing is at `path`
  Stamp stamp{};
};
/// What an earlier call has left at `path` goes on where it ended, if the server still has the same
/// file and says so; else it begins anew. A line that breaks is taken up again for as long as each
/// part brings something. Errors as get(), with what has come left where it is; `conflict` while
/// another process loads to that path.
Result<Downloaded> download(const Download& wanted);
/// Takes away what a download has left at `path`.
void discard_download(const std::string& path);

}  // namespace weir::net
