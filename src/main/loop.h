// A thread that runs jobs one after another, each at its own pace, as long as the server lives. A
// job that takes long delays the others of its loop and nobody else.
//
// Thread rule: made and stopped by one thread; jobs run on the loop's.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace weir::main {

struct Job {
  std::chrono::milliseconds every;
  std::function<void()> run;
};

class Loop {
 public:
  explicit Loop(std::vector<Job> jobs);
  ~Loop();  // stop()
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Waits for the job under way; none begins afterwards.
  void stop();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace weir::main
