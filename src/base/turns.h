// How many may do a heavy thing at once, and how many may wait for their turn: who comes after
// those is turned away at once, so that waiting threads do not pile up.
//
//   const auto turn = turns.take();   // nothing: too many; else the turn lasts as long as `turn`
//
// Thread rule: any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

namespace weir {

class Turns {
 public:
  Turns(std::size_t most_at_once, std::size_t most_waiting)
      : free_(most_at_once), most_waiting_(most_waiting) {}

  class Turn {
   public:
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) {
        turns_->end();
      }
    }

   private:
    friend class Turns;
    explicit Turn(Turns& turns) : turns_(&turns) {}
    Turns* turns_;
  };

  std::optional<Turn> take() {
    std::unique_lock lock(mutex_);
    if (free_ == 0) {
      if (waiting_ == most_waiting_) {
        return std::nullopt;
      }
      ++waiting_;
      ended_.wait(lock, [this] { return free_ > 0; });
      --waiting_;
    }
    --free_;
    return Turn(*this);
  }

 private:
  void end() {
    {
      const std::lock_guard lock(mutex_);
      ++free_;
    }
    ended_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t free_;
  std::size_t waiting_ = 0;
  std::size_t most_waiting_;
};

}  // namespace weir
