// Private to api/: what a Service keeps. Start with service.cc.
//
// Thread rule: everything from any thread; `parts` and the tables are constant.
#pragma once

#include <atomic>
#include <map>

#include "api/changes.h"
#include "api/table.h"
#include "api/work.h"
#include "base/guarded.h"

namespace weir::api {

/// Answers by class of status, and the time that they took.
struct Counts {
  static constexpr std::size_t kClasses = 6;  // 1xx to 5xx; the first is unused
  std::array<std::atomic<std::uint64_t>, kClasses> answers{};
  std::atomic<std::uint64_t> bytes = 0;
  std::atomic<std::uint64_t> microseconds = 0;
};

struct SealNote {
  Instant last_good;      // at first: when the service was made
  std::string problem{};  // of the last try; empty if it went well
};

struct Service::Inside {
  explicit Inside(Parts given) : parts(std::move(given)), seal({parts.app.clock.now(), ""}) {}

  const Parts parts;
  std::shared_ptr<const http::Router> for_everybody;
  std::shared_ptr<const http::Router> for_operators;
  std::shared_ptr<const http::Router> for_this_machine;
  std::shared_ptr<const http::Document> openapi;
  std::map<std::string, Counts, std::less<>> counts;  // by pattern; its keys are constant
  std::function<http::Statistics()> statistics;
  Guarded<SealNote> seal;
  WorkFeed work;
  ChangesFeed changes;
};

}  // namespace weir::api
