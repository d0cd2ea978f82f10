// One request on the wire: where its head ends, what the head says, and the bytes of its body.
// Boost.Beast's parser does the grammar; what it is lenient about is refused here first. Not for
// other folders; no sockets, so that all of it can be tested and fuzzed alone.
//
// Refused, since a proxy before us may read it in another way (RFC 9112, 11.2): bare CR or LF and
// folded lines, also in trailers, control characters in chunk extensions, NUL, a second or listed
// Content-Length, Content-Length beside Transfer-Encoding, any transfer coding but one "chunked",
// that in HTTP/1.0, a second or malformed Host.
//
// Thread rule: a Message belongs to its connection.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/http.h"
#include "http/target.h"

namespace weir::http {

inline constexpr std::size_t kMostFields = 100;

/// Finds the end of a head while it comes in, and refuses it as soon as it goes wrong.
class HeadScan {
 public:
  /// The length of the head with its empty line, or nothing yet. `buffer` is all that has come,
  /// from the first byte of the request. The problem is 400, or 414 or 431 beyond `most` bytes.
  std::expected<std::optional<std::size_t>, Problem> find(std::string_view buffer,
                                                          std::size_t most);

 private:
  std::size_t line_ = 0;  // where the current line starts
};

struct Head {
  Method method = Method::other;
  std::string method_name;
  Target target;
  std::string host;
  Headers headers;
  enum class Version { http10, http11 } version = Version::http11;
  enum class Framing { none, length, chunked } framing = Framing::none;
  std::uint64_t length = 0;                                             // of Framing::length
  enum class After { close, keep } after = After::close;                // what the client wants
  enum class Expects { nothing, go_ahead } expects = Expects::nothing;  // Expect: 100-continue
};

class Message {
 public:
  Message();
  ~Message();
  Message(Message&&) noexcept;
  Message& operator=(Message&&) noexcept;

  /// `bytes` is a whole head as HeadScan found it. 400, 414, 417, 501 or 505 if it is refused.
  std::expected<Head, Problem> read_head(std::string_view bytes);

  /// After the head: how much body there may be. 413 if the head already says more.
  std::optional<Problem> limit_body(std::uint64_t most);

  struct Step {
    std::size_t used = 0;  // of the bytes given
    enum class State { more, done } state = State::more;
  };
  /// Appends the body that is in `bytes` to `body`. What is not used must be given again, with
  /// more behind it. 400 for bad chunks, 413 beyond the limit.
  std::expected<Step, Problem> read_body(std::string_view bytes, std::string& body);

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace weir::http
