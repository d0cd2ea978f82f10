#include "http/workers.h"

#include <utility>

namespace weir::http {

Workers::Workers(std::size_t most_threads, std::size_t most_queued)
    : most_threads_(most_threads), most_queued_(most_queued) {}

Workers::~Workers() {
  stop();
}

Workers::Posted Workers::post(Task task, Admission admission) {
  {
    const std::lock_guard lock(mutex_);
    const bool full = queue_.size() >= most_queued_ + idle_ && threads_.size() == most_threads_;
    if (stopping_ || (admission == Admission::bounded && full)) {
      return Posted::refused;
    }
    queue_.push_back(std::move(task));
    if (queue_.size() > idle_ && threads_.size() < most_threads_) {
      threads_.emplace_back([this] { work(); });
    }
  }
  changed_.notify_one();
  return Posted::taken;
}

void Workers::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  threads_.clear();  // joins
}

void Workers::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) {
      return;  // stopping, and all is done
    }
    Task task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what it holds is let go outside of the lock
    lock.lock();
  }
}

}  // namespace weir::http
