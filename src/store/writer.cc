#include "store/writer.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include <fmt/format.h>

namespace weir::store {

namespace {

constexpr std::string_view kPoisoned =
    "a write could not be synced to the disk, so nothing more is written: check the disk, then "
    "restart";

/// Runs one command between savepoints. The returned status is about the savepoints, the command's
/// own is in its result.
Status apply_one(Connection& connection, Command& command) {
  TRY(connection.run("SAVEPOINT command"));
  Tx tx = Connection::transaction(connection);
  command.result = (*command.apply)(tx);
  if (!connection.is_in_transaction()) {  // SQLite has undone it all: disk full, I/O error
    return std::unexpected(connection.last_error());
  }
  if (!command.result) {
    TRY(connection.run("ROLLBACK TO command"));
  }
  return connection.run("RELEASE command");
}

}  // namespace

Committer::Committer(Options options, std::unique_ptr<Connection> connection)
    : options_(std::move(options)), connection_(std::move(connection)) {
  options_.open = Options::Open::existing;  // what is opened again is never created
}

Committer::~Committer() {
  if (poisoned_ && connection_) {
    connection_->distrust();
  }
}

void Committer::set_before_commit(Apply hook) {
  CHECK(!before_commit_ && !has_begun_);
  before_commit_ = std::move(hook);
}

Result<Connection*> Committer::connection() {
  if (!connection_) {
    connection_ = TRY(Connection::open(options_, Connection::Role::writer));
  }
  return connection_.get();
}

void Committer::begin() {
  has_begun_ = true;
  has_changes_ = false;
  batch_ = try_begin();
}

Status Committer::try_begin() {
  if (poisoned_) {
    return fail(Code::unavailable, std::string(kPoisoned));
  }
  if (!TRY(connection())->run("BEGIN IMMEDIATE")) {
    return abandon("the transaction could not begin");
  }
  return {};
}

void Committer::apply(Command& command) {
  if (!batch_) {
    return;
  }
  if (!apply_one(*connection_, command)) {
    batch_ = abandon("the transaction was undone");
    return;
  }
  has_changes_ = has_changes_ || command.result.has_value();
}

void Committer::finish(std::span<Command* const> batch) {
  if (batch_) {
    batch_ = try_finish();
  }
  if (!batch_) {
    for (Command* command : batch) {
      command->result = batch_;
    }
  }
}

Status Committer::try_finish() {
  Connection& open = *connection_;
  if (!has_changes_) {
    if (!open.run("ROLLBACK")) {
      return abandon("the transaction could not be undone");
    }
    return {};
  }
  if (before_commit_) {
    Tx tx = Connection::transaction(open);
    Status hooked = before_commit_(tx);
    if (!open.is_in_transaction() || (!hooked && !open.run("ROLLBACK"))) {
      return abandon("the transaction was undone");
    }
    TRY(std::move(hooked));
  }
  if (!open.run("COMMIT")) {
    return abandon("the commit failed");
  }
  open.let_go_of_large_values();
  return {};
}

/// Drops the connection with its transaction and says why.
Status Committer::abandon(std::string_view what) {
  const Error error = connection_->last_error();
  connection_->distrust();
  if (connection_->has_failed_sync()) {
    poison();
  }
  connection_.reset();
  const Code code = error.code == Code::corrupt ? Code::corrupt : Code::unavailable;
  return fail(code, fmt::format("{}: {}", what, error.message));
}

void Committer::checkpoint_from(int pages) {
  if (connection_ && connection_->log_pages() >= std::max(pages, 1)) {
    // One that fails costs nothing but room: the log still has it all.
    (void)checkpoint();
  }
}

Status Committer::checkpoint() {
  if (poisoned_) {
    return fail(Code::unavailable, std::string(kPoisoned));
  }
  return note_sync(*TRY(connection()));
}

Status Committer::checkpoint_beside() {
  if (poisoned_) {
    return fail(Code::unavailable, std::string(kPoisoned));
  }
  const auto own = TRY(Connection::open(options_, Connection::Role::writer));
  return note_sync(*own);
}

/// A failed sync counts, for the next one would succeed without having written what this one could
/// not.
Status Committer::note_sync(Connection& connection) {
  Status status = connection.checkpoint();
  if (connection.has_failed_sync()) {
    connection.distrust();
    poison();
  }
  return status;
}

/// Commits on the thread of the caller, one at a time.
class Writer::Inline {
 public:
  explicit Inline(Committer& committer) : committer_(committer) {}

  Status execute(const Apply& apply) {
    const std::lock_guard lock(mutex_);
    CHECK(borrowers_ == 0);  // Wal::exclusive has one connection: no submit while a ReadTx is held
    Command command{&apply};
    Command* const batch[] = {&command};
    committer_.begin();
    committer_.apply(command);
    committer_.finish(batch);
    committer_.checkpoint_from(kCheckpointPages);
    return std::move(command.result);
  }

  Status checkpoint() {
    const std::lock_guard lock(mutex_);
    CHECK(borrowers_ == 0);
    return committer_.checkpoint();
  }

  Result<Connection*> borrow() {
    const std::lock_guard lock(mutex_);
    Connection* connection = TRY(committer_.connection());
    if (borrowers_ == 0) {
      TRY(connection->run("BEGIN"));
    }
    ++borrowers_;
    return connection;
  }

  void give_back() {
    const std::lock_guard lock(mutex_);
    if (--borrowers_ == 0) {
      // A snapshot has nothing to lose; a connection that cannot end it fails the next BEGIN, and
      // is then opened again.
      (void)(*committer_.connection())->run("COMMIT");
    }
  }

 private:
  std::mutex mutex_;
  Committer& committer_;
  int borrowers_ = 0;
};

/// Commands wait in batches. A batch takes commands for as long as its window is open, and is
/// committed then; meanwhile the writer applies what has come, so that the window is not idle time.
/// A batch is answered by one store and one wake-up for all its callers: a wake-up for each would
/// cost more than the commit.
class Writer::Queue {
 public:
  Queue(Committer& committer, Duration window)
      : committer_(committer), window_(window), thread_([this] { loop(); }) {}

  ~Queue() {
    {
      const std::lock_guard lock(mutex_);
      is_closing_ = true;
    }
    arrived_.notify_one();
    thread_.join();
  }

  Status execute(const Apply& apply) {
    Command command{&apply};
    std::shared_ptr<Batch> batch;
    {
      const std::lock_guard lock(mutex_);
      if (queued_ >= kMostQueued) {
        return fail(Code::unavailable, "too many writes are waiting: try again later");
      }
      ++queued_;
      if (batches_.empty() || batches_.back()->commands.size() == kMostBatch) {
        batches_.push_back(std::make_shared<Batch>());
        batches_.back()->first = Steady::now();
      }
      batch = batches_.back();
      batch->commands.push_back(&command);
      arrived_.notify_one();  // under the lock: once it is free, the queue may be closed and gone
    }
    batch->answered.wait();
    return std::move(command.result);
  }

 private:
  using Steady = std::chrono::steady_clock;

  /// Shared by the writer and the callers in it: whoever is last lets it go.
  struct Batch {
    std::vector<Command*> commands;
    std::size_t applied = 0;   // of them, or being applied
    bool is_open = true;       // the first of the queue, for those who come
    Steady::time_point first;  // when the first command came
    // One futex for all who wait. An atomic would do, but its wait() spins before it sleeps, and
    // the writer needs that time.
    std::promise<void> done;
    std::shared_future<void> answered = done.get_future().share();
  };

  void loop() {
    while (const std::shared_ptr<Batch> batch = first()) {
      committer_.begin();
      while (Command* command = next(*batch)) {
        committer_.apply(*command);
      }
      committer_.finish(batch->commands);
      batch->done.set_value();
      committer_.checkpoint_from(has_queued() ? kMostLogPages : kCheckpointPages);
    }
  }

  bool has_queued() {
    const std::lock_guard lock(mutex_);
    return !batches_.empty();
  }

  /// Waits for a batch, which still takes commands. Null: close.
  std::shared_ptr<Batch> first() {
    std::unique_lock lock(mutex_);
    const auto has_work = [this] { return !batches_.empty() || is_closing_; };
    while (!arrived_.wait_for(lock, kIdle, has_work)) {
      lock.unlock();
      committer_.checkpoint_from(1);
      lock.lock();
    }
    return batches_.empty() ? nullptr : batches_.front();
  }

  /// The next command of the first batch, waiting for it while the window is open. Null: the batch
  /// is closed and this was all of it.
  Command* next(Batch& batch) {
    std::unique_lock lock(mutex_);
    const auto is_full = [&] { return batch.commands.size() == kMostBatch; };
    const auto has_next = [&] { return batch.applied < batch.commands.size(); };
    if (batch.is_open) {
      const auto end = batch.first + window_;
      arrived_.wait_until(lock, end, [&] { return has_next() || is_closing_; });
      if (is_closing_ || is_full() || Steady::now() >= end) {
        batch.is_open = false;
        batches_.pop_front();
        queued_ -= batch.commands.size();
      }
    }
    return has_next() ? batch.commands[batch.applied++] : nullptr;
  }

  Committer& committer_;
  const Duration window_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::shared_ptr<Batch>> batches_;  // all but the last are full
  std::size_t queued_ = 0;
  bool is_closing_ = false;
  std::thread thread_;  // last: it uses the others
};

Writer::Writer(Options options, std::unique_ptr<Connection> connection)
    : committer_(options, std::move(connection)) {
  if (options.window) {
    CHECK(options.wal == Options::Wal::shared);
    queue_ = std::make_unique<Queue>(committer_, *options.window);
  } else {
    inline_ = std::make_unique<Inline>(committer_);
  }
}

Writer::~Writer() = default;

void Writer::set_before_commit(Apply hook) {
  committer_.set_before_commit(std::move(hook));
}

Status Writer::execute(const Apply& apply) {
  return queue_ ? queue_->execute(apply) : inline_->execute(apply);
}

Status Writer::checkpoint() {
  return inline_ ? inline_->checkpoint() : committer_.checkpoint_beside();
}

Result<Connection*> Writer::borrow() {
  return inline_->borrow();
}

void Writer::give_back() {
  inline_->give_back();
}

}  // namespace weir::store
