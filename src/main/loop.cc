#include "main/loop.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace weir::main {

struct Loop::Inside {
  using Steady = std::chrono::steady_clock;

  std::vector<Job> jobs;
  std::mutex mutex{};
  std::condition_variable changed{};
  bool is_stopping = false;
  std::thread thread{};

  void run() {
    std::vector<Steady::time_point> next(jobs.size(), Steady::now());  // everything runs at once
    for (;;) {
      const auto soonest = std::ranges::min_element(next);
      {
        std::unique_lock lock(mutex);
        if (changed.wait_until(lock, *soonest, [this] { return is_stopping; })) {
          return;
        }
      }
      const Job& job = jobs[static_cast<std::size_t>(soonest - next.begin())];
      job.run();
      *soonest = Steady::now() + job.every;
    }
  }
};

Loop::Loop(std::vector<Job> jobs) : inside_(std::make_unique<Inside>(std::move(jobs))) {
  inside_->thread = std::thread([inside = inside_.get()] { inside->run(); });
}

Loop::~Loop() {
  stop();
}

void Loop::stop() {
  {
    const std::lock_guard lock(inside_->mutex);
    inside_->is_stopping = true;
  }
  inside_->changed.notify_all();
  if (inside_->thread.joinable()) {
    inside_->thread.join();
  }
}

}  // namespace weir::main
