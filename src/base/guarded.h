// A value that cannot be reached without its lock.
#pragma once

#include <mutex>
#include <utility>

namespace weir {

template <class T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  /// Runs `use(T&)` under the lock and gives back what it returns. `use` must not call back here.
  template <class F>
  decltype(auto) with(F use) {
    const std::lock_guard lock(mutex_);
    return use(value_);
  }
  template <class F>
  decltype(auto) with(F use) const {
    const std::lock_guard lock(mutex_);
    return use(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace weir
