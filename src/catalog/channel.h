// A short queue from one thread to another. Private to catalog.
//
// Thread rule: one thread pushes, one pops; either may close.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace weir::catalog {

template <class T>
class Channel {
 public:
  explicit Channel(std::size_t most) : most_(most) {}

  /// Waits for room. False if it is closed: nobody will take this.
  bool push(T value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_closed_ || queue_.size() < most_; });
    if (is_closed_) {
      return false;
    }
    queue_.push_back(std::move(value));
    changed_.notify_all();
    return true;
  }
  /// Waits for a value; nothing once it is closed and empty.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_closed_ || !queue_.empty(); });
    return take();
  }
  /// A value that is there already; nothing if none is.
  std::optional<T> try_pop() {
    const std::lock_guard lock(mutex_);
    return take();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
  }

 private:
  std::optional<T> take() {
    if (queue_.empty()) {
      return std::nullopt;
    }
    std::optional<T> value(std::move(queue_.front()));
    queue_.pop_front();
    changed_.notify_all();
    return value;
  }

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> queue_;
  bool is_closed_ = false;
};

}  // namespace weir::catalog
