// Private to api/: the event streams that are open, each with who reads it.
//
// Thread rule: everything from any thread; feed() from one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/app.h"
#include "base/guarded.h"
#include "base/json.h"
#include "http/http.h"

namespace weir::api {

class WorkFeed {
 public:
  /// `unavailable` if there are kMostEventStreams.
  Status add(app::Actor actor, std::shared_ptr<http::EventStream> stream);
  /// See Service::feed().
  void feed(app::App& app);
  std::size_t open() const;

 private:
  struct Reader {
    app::Actor actor;
    std::shared_ptr<http::EventStream> stream;
    std::string shown{};         // canonical, what it was last told
    std::uint64_t log_size = 0;  // when that was made
    bool is_new = true;
  };
  static bool serve(app::App& app, Reader& reader);

  Guarded<std::vector<std::shared_ptr<Reader>>> readers_;
};

/// What waits for this actor: its cases, and for a coordinator the queue and what needs a second
/// person. References, states and ages only, of each list the first kMostRows; `more` says whether
/// there are others, which the lists themselves give.
Result<json::Value> work_list(app::App& app, const app::Actor& actor);

}  // namespace weir::api
