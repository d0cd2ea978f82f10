// Private to api/: the event streams of the feed of changes that are open.
//
// Thread rule: everything from any thread; feed() from one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "compat/public.h"
#include "http/http.h"

namespace weir::api {

inline constexpr std::size_t kMostChangeStreams = 200;  // of kMostEventStreams: others need theirs
inline constexpr std::size_t kChangesOfEvent = 500;
inline constexpr int kPagesOfRound = 40;  // to one reader who takes them: an import has 20,000/s

class ChangesFeed {
 public:
  /// What has changed since the cursor `after`, or from now on if it is "". `invalid` for what is
  /// no cursor, `unavailable` if there are kMostChangeStreams.
  Status add(const compat::Public& records, std::string after,
             std::shared_ptr<http::EventStream> stream);
  /// Sends every reader the next page of what it has not seen, if there is any, and more of them as
  /// long as what was sent is taken at once.
  void feed(const compat::Public& records);
  std::size_t open() const;

 private:
  struct Reader {
    std::string cursor;
    std::shared_ptr<http::EventStream> stream;
  };
  enum class Served { page, nothing, gone };
  enum class Turn { first, further };  // further: only to a stream that has nothing waiting
  static Served serve(const compat::Public& records, Reader& reader, Turn turn);

  Guarded<std::vector<std::shared_ptr<Reader>>> readers_;
};

}  // namespace weir::api
