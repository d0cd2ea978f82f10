// The one write path: commands in, batches to the disk. Private to store.
//
//   Committer  applies commands as they come and commits them together. Single-threaded.
//   Writer     what Db::execute() calls: hands commands to a Committer, on its own thread when
//              there is a window, otherwise on the caller's.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>

#include "store/connection.h"

namespace weir::store {

/// The log is moved into the file when it is this long and nothing is queued ...
inline constexpr int kCheckpointPages = 2'048;  // 8 MiB
/// ... or this long, whatever is queued ...
inline constexpr int kMostLogPages = 32'768;  // 128 MiB
/// ... or when the writer thread has had nothing to do for this long.
inline constexpr std::chrono::milliseconds kIdle{1'000};

using Apply = std::function<Status(Tx&)>;

struct Command {
  const Apply* apply;
  Status result{};
};

class Committer {
 public:
  Committer(Options options, std::unique_ptr<Connection> connection);
  ~Committer();

  void set_before_commit(Apply hook);
  /// One batch: begin(), apply() for each command, finish() with all of them. Then every command
  /// has its result, and what succeeded is durable. What fails at a commit fails for all.
  void begin();
  void apply(Command& command);
  void finish(std::span<Command* const> batch);
  /// Moves the log into the file if it has at least `pages` pages.
  void checkpoint_from(int pages);
  /// The open connection, opened again if the last one is not to be trusted.
  Result<Connection*> connection();
  Status checkpoint();
  /// The same on a connection of its own: safe to call from any thread, beside commit().
  Status checkpoint_beside();

 private:
  Status note_sync(Connection& connection);
  /// Refuse every write from now on.
  void poison() { poisoned_ = true; }
  Status try_begin();
  Status try_finish();
  Status abandon(std::string_view what);

  Options options_;
  std::unique_ptr<Connection> connection_;  // null: to be opened again
  Apply before_commit_;
  bool has_begun_ = false;
  Status batch_;              // of the open batch: once it has failed, nothing more is applied
  bool has_changes_ = false;  // a command of the open batch has succeeded
  std::atomic<bool> poisoned_ = false;
};

class Writer {
 public:
  Writer(Options options, std::unique_ptr<Connection> connection);
  ~Writer();  // after the queued commands are done

  void set_before_commit(Apply hook);
  Status execute(const Apply& apply);
  Status checkpoint();

  /// Wal::exclusive: lends the one connection for a snapshot; give_back() ends it.
  Result<Connection*> borrow();
  void give_back();

 private:
  class Queue;
  class Inline;
  Committer committer_;
  std::unique_ptr<Queue> queue_;    // with a window
  std::unique_ptr<Inline> inline_;  // without
};

}  // namespace weir::store
