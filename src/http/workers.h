// A pool of threads for work that may block, with a bounded queue. Threads are made when there is
// work for them, and then stay. Not for other folders.
//
// Thread rule: post() from any thread; stop() once, from a thread that is not of the pool.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace weir::http {

class Workers {
 public:
  using Task = std::move_only_function<void()>;
  enum class Admission {
    bounded,  // a new request: refused when the queue is full
    always,   // the next step of one that was admitted
  };
  enum class Posted { taken, refused };

  Workers(std::size_t most_threads, std::size_t most_queued);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  Posted post(Task task, Admission admission);
  /// Runs what was taken, then ends the threads. Nothing is taken afterwards.
  void stop();

 private:
  void work();

  const std::size_t most_threads_;
  const std::size_t most_queued_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> queue_;
  std::vector<std::jthread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace weir::http
