#include <mutex>

#include "store/connection.h"
#include "store/migrations.h"
#include "store/writer.h"

namespace weir::store {

namespace {

/// BEGIN alone takes no snapshot; the first read does.
Status begin_snapshot(Connection& connection) {
  TRY(connection.run("BEGIN"));
  return connection.each("SELECT 1 FROM schema_migration LIMIT 1", {},
                         [](const Row&) { return false; });
}

}  // namespace

/// The writer, and the connections that are free for reading.
class Db::Impl {
 public:
  Impl(Options options, std::unique_ptr<Connection> connection)
      : options_(std::move(options)), writer_(options_, std::move(connection)) {
    options_.open = Options::Open::existing;
  }

  Writer& writer() { return writer_; }
  std::atomic<bool>& interrupted() { return interrupted_; }
  bool is_exclusive() const { return options_.wal == Options::Wal::exclusive; }

  Result<std::unique_ptr<Connection>> take_reader() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<Connection> connection = std::move(free_.back());
        free_.pop_back();
        return connection;
      }
    }
    return Connection::open(options_, Connection::Role::reader);
  }

  void give_back(std::unique_ptr<Connection> connection) {
    if (!connection->run("COMMIT")) {
      return;  // not worth keeping
    }
    const std::lock_guard lock(mutex_);
    if (free_.size() < kMostReaders) {
      free_.push_back(std::move(connection));
    }
  }

 private:
  Options options_;
  Writer writer_;  // closed last, because the last to close moves the log into the file
  std::atomic<bool> interrupted_ = false;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> free_;
};

Status copy_database(const Options& options, const std::string& to) {
  const auto reader = TRY(Connection::open(options, Connection::Role::reader));
  TRY(begin_snapshot(*reader));
  return reader->copy_to(to);
}

Result<std::vector<std::string>> missing_migrations(const Options& options) {
  const auto reader = TRY(Connection::open(options, Connection::Role::reader));
  return missing(*reader, options.migrations);
}

Result<std::unique_ptr<Db>> Db::open(Options options) {
  auto connection = TRY(Connection::open(options, Connection::Role::writer));
  Status status = migrate(*connection, options.migrations, options.open, options.upgrade);
  if (status) {
    status = connection->restart_log();
  }
  if (!status) {
    connection->distrust();
    Error error = std::move(status).error();
    error.where = error.where.empty() ? options.path : options.path + ": " + error.where;
    return std::unexpected(std::move(error));
  }
  auto impl = std::make_unique<Impl>(std::move(options), std::move(connection));
  return std::unique_ptr<Db>(new Db(std::move(impl)));
}

Db::Db(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Db::~Db() = default;

void Db::set_before_commit(std::function<Status(Tx&)> hook) {
  impl_->writer().set_before_commit(std::move(hook));
}

Status Db::execute(const std::function<Status(Tx&)>& apply) {
  return impl_->writer().execute(apply);
}

Result<ReadTx> Db::read(std::optional<Duration> most) {
  using Steady = std::chrono::steady_clock;
  if (impl_->is_exclusive()) {
    return ReadTx(*this, *TRY(impl_->writer().borrow()));
  }
  std::unique_ptr<Connection> connection = TRY(impl_->take_reader());
  connection->watch(impl_->interrupted(), most ? Steady::now() + *most : Steady::time_point::max());
  TRY(begin_snapshot(*connection));
  return ReadTx(*this, *connection.release());
}

void Db::interrupt_reads() {
  impl_->interrupted() = true;
}

void Db::allow_reads() {
  impl_->interrupted() = false;
}

Status Db::checkpoint() {
  return impl_->writer().checkpoint();
}

Status Db::copy_to(const std::string& path) {
  const ReadTx snapshot = TRY(read());
  return snapshot.tx_.connection_->copy_to(path);
}

ReadTx::ReadTx(ReadTx&& other) noexcept : db_(std::exchange(other.db_, nullptr)), tx_(other.tx_) {}

ReadTx::~ReadTx() {
  if (db_ == nullptr) {
    return;
  }
  if (db_->impl_->is_exclusive()) {
    db_->impl_->writer().give_back();
  } else {
    db_->impl_->give_back(std::unique_ptr<Connection>(tx_.connection_));
  }
}

}  // namespace weir::store
