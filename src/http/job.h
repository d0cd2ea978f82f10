// A request under way, from its head to the end of its answer. Not for other folders.
//
// Thread rule: of the connection's thread, and of one worker while the connection waits for it.
// What both touch is ordered by the posts between them, or inside Pieces.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "http/clients.h"
#include "http/compose.h"
#include "http/connection.h"
#include "http/message.h"
#include "http/wire.h"

namespace weir::http {

/// A body on its way from the connection to a handler that blocks for it.
class Pieces {
 public:
  /// On the worker: asks for a piece and waits for it.
  Result<bool> next(const std::function<void()>& ask, std::string& piece) {
    ask();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return given_.has_value(); });
    Result<bool> given = std::move(*given_);
    given_.reset();
    piece = std::move(piece_);
    return given;
  }
  /// On the connection's thread.
  void give(Result<bool> given, std::string piece) {
    const std::lock_guard lock(mutex_);
    given_ = std::move(given);
    piece_ = std::move(piece);
    changed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Result<bool>> given_;
  std::string piece_;
};

struct Job {
  Job(Executor executor, const std::array<char, 29>& now)
      : date(now), changed(std::make_shared<Signal>(std::move(executor))) {}

  Message message;
  HeadScan scan;
  Request request;
  std::string method{};
  Head::Version version = Head::Version::http11;
  Head::Framing framing = Head::Framing::none;
  Head::After after = Head::After::close;
  Head::Expects expects = Head::Expects::nothing;
  Asked::Body answer_body = Asked::Body::wanted;
  std::array<char, 29> date;
  Steady::time_point started = Steady::now();
  std::optional<Clients::Ticket> ticket{};
  Room::Share room{};  // that a large body takes up
  std::unique_ptr<Outgoing> out{};
  std::uint64_t sent = 0;
  std::optional<Steady::duration> body_time{};  // left to wait for the body; absent: all
  bool is_body_done = false;                    // all of it has come

  /// Shared with what may still announce something when the answer is through.
  std::shared_ptr<Signal> changed;
  bool is_worked = false;        // the worker is through
  bool is_piece_wanted = false;  // the worker waits for a piece
  Pieces pieces{};
};

}  // namespace weir::http
