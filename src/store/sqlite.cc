#include <atomic>
#include <cerrno>
#include <string>

#include <fmt/format.h>
#include <sqlite3.h>

#include "store/connection.h"

namespace weir::store {

namespace {

sqlite3_stmt* statement_of(void* pointer) {
  return static_cast<sqlite3_stmt*>(pointer);
}

/// Before SQLite does anything: it would count its memory for nobody, behind one lock for all
/// threads. Too late (a VFS of a test was there first) is only slower.
void spare_statistics() {
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)once;
}

const char* vfs_name(const std::string& vfs) {
  return vfs.empty() ? nullptr : vfs.c_str();
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n;") == std::string_view::npos;
}

/// What an I/O error means to the person who asked. The errno tells a full or read-only disk from
/// a broken one where SQLite's code does not.
Error input_output_error(int system_error) {
  switch (system_error) {
    case ENOSPC:
    case EDQUOT:
      return {Code::unavailable, "disk full"};
    case EROFS:
    case EACCES:
    case EPERM:
      return {Code::unavailable, "the database is read-only"};
    default:
      return {Code::unavailable,
              system_error == ENOENT ? "there is no such folder" : "the disk reported an error"};
  }
}

/// SQLite's result as ours. `said` is SQLite's own sentence: it names tables and columns, no
/// values.
Error error_of(int code, int system_error, const char* said) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return {Code::conflict, fmt::format("conflicts with what is stored: {}", said)};
    case SQLITE_FULL:
      return {Code::unavailable, "disk full"};
    case SQLITE_READONLY:
      return {Code::unavailable, "the database is read-only"};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return input_output_error(system_error);
    case SQLITE_PERM:
      return {Code::unavailable, "the database may not be opened"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {Code::unavailable, "the database is busy"};
    case SQLITE_INTERRUPT:
      return {Code::unavailable, std::string(kBrokenOff)};
    case SQLITE_NOMEM:
      return {Code::unavailable, "out of memory"};
    case SQLITE_TOOBIG:
      return {Code::invalid, "a value is too large to be stored"};
    case SQLITE_CORRUPT:
      return {Code::corrupt, "the database file is damaged"};
    case SQLITE_NOTADB:
      return {Code::corrupt, "the file is not a database"};
    default:  // SQLITE_ERROR at run time: stored data on which a statement cannot work
      return {Code::corrupt, fmt::format("the database cannot answer: {}", said)};
  }
}

/// The errno behind an I/O error. SQLite keeps none for a COMMIT that fails, but its files do.
int system_error_of(sqlite3* handle) {
  int error = sqlite3_system_errno(handle);
  sqlite3_file* log = nullptr;
  if (error == 0 &&
      sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
      log != nullptr && log->pMethods != nullptr) {
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
  }
  if (error == 0) {
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
  }
  return error;
}

int remember_log_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

std::int64_t Row::integer(int column) const {
  CHECK(sqlite3_column_type(statement_of(statement_), column) == SQLITE_INTEGER);
  return sqlite3_column_int64(statement_of(statement_), column);
}

std::string Row::text(int column) const {
  CHECK(sqlite3_column_type(statement_of(statement_), column) == SQLITE_TEXT);
  const unsigned char* bytes = sqlite3_column_text(statement_of(statement_), column);
  const int size = sqlite3_column_bytes(statement_of(statement_), column);
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::string Row::blob(int column) const {
  CHECK(sqlite3_column_type(statement_of(statement_), column) == SQLITE_BLOB);
  const void* bytes = sqlite3_column_blob(statement_of(statement_), column);
  const int size = sqlite3_column_bytes(statement_of(statement_), column);
  return size == 0 ? std::string()
                   : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

bool Row::is_null(int column) const {
  CHECK(column >= 0 && column < sqlite3_data_count(statement_of(statement_)));
  return sqlite3_column_type(statement_of(statement_), column) == SQLITE_NULL;
}

Tx::Tx(Connection& connection) : connection_(&connection), id_() {
  static std::atomic<std::uint64_t> last = 0;
  id_ = TransactionId{++last};
}

Status Tx::run(std::string_view sql, std::initializer_list<Param> params) {
  return connection_->run(sql, {params.begin(), params.size()});
}

Result<std::int64_t> Tx::insert(std::string_view sql, std::initializer_list<Param> params) {
  TRY(run(sql, params));
  return connection_->last_row();
}

Status Tx::each(std::string_view sql, std::initializer_list<Param> params,
                const std::function<bool(const Row&)>& row) const {
  return connection_->each(sql, {params.begin(), params.size()}, row);
}

std::int64_t Tx::changes() const {
  return connection_->changes();
}

struct Connection::Statement {
  sqlite3_stmt* handle = nullptr;
  std::vector<int> places;  // SQLite's number of $1, $2, ...: it counts in order of appearance
  bool is_leased = false;

  ~Statement() { sqlite3_finalize(handle); }
};

/// A statement taken from the cache for one use. One that is in use already (a query inside the
/// callback of the same query) is prepared a second time, and not kept.
class Connection::Lease {
 public:
  explicit Lease(Statement& kept) : statement_(&kept) { kept.is_leased = true; }
  explicit Lease(std::unique_ptr<Statement> own) : own_(std::move(own)), statement_(own_.get()) {}
  Lease(Lease&& other) noexcept
      : own_(std::move(other.own_)), statement_(std::exchange(other.statement_, nullptr)) {}
  ~Lease() {
    if (statement_ != nullptr) {
      sqlite3_reset(statement_->handle);
      sqlite3_clear_bindings(statement_->handle);
      statement_->is_leased = false;
    }
  }
  const Statement& operator*() const { return *statement_; }

 private:
  std::unique_ptr<Statement> own_;
  Statement* statement_;
};

Connection::Connection(sqlite3* handle, std::string vfs) : handle_(handle), vfs_(std::move(vfs)) {}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close_v2(handle_);
}

Result<bool> file_exists(const std::string& path, const std::string& vfs) {
  spare_statistics();
  sqlite3_vfs* found = sqlite3_vfs_find(vfs_name(vfs));
  CHECK(found != nullptr);
  int exists = 0;
  if (found->xAccess(found, path.c_str(), SQLITE_ACCESS_EXISTS, &exists) != SQLITE_OK) {
    return fail(Code::unavailable, "the disk reported an error", path);
  }
  return exists != 0;
}

Result<std::unique_ptr<Connection>> Connection::open(const Options& options, Role role) {
  const bool create = role == Role::writer && options.open == Options::Open::create;
  const bool exists = TRY(file_exists(options.path, options.vfs));
  if (create && exists) {
    return fail(Code::conflict, "there is a database already", options.path);
  }
  if (!create && !exists) {
    return fail(Code::not_found, "there is no database", options.path);
  }
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(options.path.c_str(), &handle, flags, vfs_name(options.vfs));
  CHECK(handle != nullptr);
  std::unique_ptr<Connection> connection(new Connection(handle, options.vfs));
  const Status status =
      code == SQLITE_OK ? connection->configure(options, role) : Status(connection->failure(code));
  if (!status) {
    connection->distrust();
    return fail(status.error().code, status.error().message, options.path);
  }
  return connection;
}

Status Connection::configure(const Options& options, Role role) {
  count_ = options.statements;
  most_large_bytes_ = options.cache_kib * std::int64_t{1'024} / kLargeShare;
  TRY(add_packed());
  sqlite3_busy_timeout(handle_, static_cast<int>(kBusyWait.count()));
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  // Replaces SQLite's own checkpoint, which would run inside a commit that somebody waits for.
  sqlite3_wal_hook(handle_, remember_log_pages, &log_pages_);
  if (options.wal == Options::Wal::exclusive) {
    TRY(script("PRAGMA locking_mode = EXCLUSIVE"));
  }
  TRY(
      script(fmt::format("PRAGMA page_size = {}; PRAGMA cache_size = -{}; PRAGMA temp_store = "
                         "MEMORY; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = {}",
                         kPageBytes, options.cache_kib, kKeptLogBytes)));
  std::string mode = "wal";
  std::string sync = options.sync == Options::Sync::full ? "FULL" : "NORMAL";
  if (options.secure_delete) {
    mode = "truncate";
    sync = "EXTRA";
    TRY(script("PRAGMA secure_delete = ON"));
  }
  TRY(script(fmt::format("PRAGMA synchronous = {}", sync)));
  std::string set;
  TRY(each(fmt::format("PRAGMA journal_mode = {}", mode), {}, [&](const Row& row) {
    set = row.text(0);
    return true;
  }));
  if (set != mode) {  // somebody else has it open in the other mode
    return fail(Code::unavailable, "the database is busy");
  }
  if (role == Role::reader && options.wal == Options::Wal::shared) {
    TRY(script(fmt::format("PRAGMA query_only = ON; PRAGMA mmap_size = {}", kMappedBytes)));
    distrust();
  }
  return {};
}

std::unexpected<Error> Connection::failure(int code) {
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
    failed_sync_ = true;
  }
  const bool is_disk = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
  last_error_ = error_of(code, is_disk ? system_error_of(handle_) : 0, sqlite3_errmsg(handle_));
  return std::unexpected(last_error_);
}

Result<std::unique_ptr<Connection::Statement>> Connection::prepare(std::string_view sql) {
  auto statement = std::make_unique<Statement>();
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement->handle, &rest);
  if (code == SQLITE_ERROR) {  // a query of ours that this schema does not know
    check_failed(fmt::format("{}: {}", sqlite3_errmsg(handle_), sql).c_str(), __FILE__, __LINE__);
  }
  if (code != SQLITE_OK) {
    return failure(code);
  }
  CHECK(statement->handle != nullptr);
  CHECK(is_blank(sql.substr(static_cast<std::size_t>(rest - sql.data()))));  // one statement
  const int count = sqlite3_bind_parameter_count(statement->handle);
  for (int number = 1; number <= count; ++number) {
    const std::string name = fmt::format("${}", number);
    const int place = sqlite3_bind_parameter_index(statement->handle, name.c_str());
    CHECK(place != 0);  // the parameters of a query are $1 to $n
    statement->places.push_back(place);
  }
  return statement;
}

Result<Connection::Lease> Connection::lease(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end() && !found->second->is_leased) {
    return Lease(*found->second);
  }
  std::unique_ptr<Statement> made = TRY(prepare(sql));
  if (found != statements_.end()) {
    return Lease(std::move(made));
  }
  if (statements_.size() >= kMostStatements) {
    std::erase_if(statements_, [](const auto& entry) { return !entry.second->is_leased; });
  }
  return Lease(*statements_.emplace(sql, std::move(made)).first->second);
}

Status Connection::bind(const Statement& statement, std::span<const Param> params) {
  CHECK(params.size() == statement.places.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    const int place = statement.places[i];
    int code = SQLITE_OK;
    if (const auto* number = std::get_if<std::int64_t>(&params[i])) {
      code = sqlite3_bind_int64(statement.handle, place, *number);
    } else if (const auto* text = std::get_if<std::string_view>(&params[i])) {
      // A view without bytes may point nowhere, which SQLite would take for NULL.
      code = sqlite3_bind_text64(statement.handle, place, text->empty() ? "" : text->data(),
                                 text->size(), SQLITE_STATIC, SQLITE_UTF8);
    } else if (const auto* blob = std::get_if<Blob>(&params[i])) {
      large_bytes_ += blob->bytes.size() >= kLargeValue ? std::ssize(blob->bytes) : 0;
      code = sqlite3_bind_blob64(statement.handle, place,
                                 blob->bytes.empty() ? "" : blob->bytes.data(), blob->bytes.size(),
                                 SQLITE_STATIC);
    } else {
      code = sqlite3_bind_null(statement.handle, place);
    }
    if (code != SQLITE_OK) {
      return failure(code);
    }
  }
  return {};
}

Status Connection::step(std::string_view sql, std::span<const Param> params,
                        const std::function<bool(const Row&)>* row) {
  if (count_ != nullptr) {
    ++*count_;
  }
  if (must_stop()) {  // short statements never come to the next look
    last_error_ = {Code::unavailable, std::string(kBrokenOff)};
    return std::unexpected(last_error_);
  }
  const Lease leased = TRY(lease(sql));
  sqlite3_stmt* handle = (*leased).handle;
  CHECK((row != nullptr) == (sqlite3_column_count(handle) > 0));  // run() is for no rows
  TRY(bind(*leased, params));
  while (true) {
    const int code = sqlite3_step(handle);
    if (code == SQLITE_DONE) {
      return {};
    }
    if (code != SQLITE_ROW) {
      return failure(code);
    }
    if (!(*row)(Row(handle))) {
      return {};
    }
  }
}

Status Connection::run(std::string_view sql, std::span<const Param> params) {
  return step(sql, params, nullptr);
}

Status Connection::each(std::string_view sql, std::span<const Param> params,
                        const std::function<bool(const Row&)>& row) {
  return step(sql, params, &row);
}

Status Connection::script(std::string_view sql) {
  while (!is_blank(sql)) {
    Statement statement;
    const char* rest = nullptr;
    int code = sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()),
                                  &statement.handle, &rest);
    if (code == SQLITE_ERROR) {
      return fail(Code::invalid, fmt::format("wrong SQL: {}", sqlite3_errmsg(handle_)));
    }
    while (code == SQLITE_OK || code == SQLITE_ROW) {
      if (statement.handle == nullptr) {  // a comment
        code = SQLITE_DONE;
        break;
      }
      code = sqlite3_step(statement.handle);
    }
    if (code != SQLITE_DONE) {
      return failure(code);
    }
    sql.remove_prefix(static_cast<std::size_t>(rest - sql.data()));
  }
  return {};
}

std::int64_t Connection::changes() const {
  return sqlite3_changes64(handle_);
}

std::int64_t Connection::last_row() const {
  return sqlite3_last_insert_rowid(handle_);
}

bool Connection::is_in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

void Connection::let_go_of_large_values() {
  if (large_bytes_ >= most_large_bytes_) {
    sqlite3_db_release_memory(handle_);
    large_bytes_ = 0;
  }
}

std::int64_t Connection::cached_bytes() const {
  int now = 0;
  int most = 0;
  sqlite3_db_status(handle_, SQLITE_DBSTATUS_CACHE_USED, &now, &most, 0);
  return now;
}

Status Connection::checkpoint() {
  int pages = 0;
  int moved = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
    return failure(code);
  }
  log_pages_ = code == SQLITE_OK && pages == moved ? 0 : log_pages_;
  return {};
}

Status Connection::restart_log() {
  sqlite3_busy_timeout(handle_, 0);
  const int code =
      sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(handle_, static_cast<int>(kBusyWait.count()));
  if (code != SQLITE_OK) {
    const auto failed = failure(code);
    if (failed_sync_) {
      return failed;
    }
  }
  return {};
}

void Connection::watch(const std::atomic<bool>& interrupted,
                       std::chrono::steady_clock::time_point deadline) {
  interrupted_ = &interrupted;
  deadline_ = deadline;
  sqlite3_progress_handler(
      handle_, kStepsBetweenLooks,
      [](void* watched) { return static_cast<const Connection*>(watched)->must_stop() ? 1 : 0; },
      this);
}

void Connection::distrust() {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Status Connection::copy_to(const std::string& path) const {
  if (TRY(file_exists(path, vfs_))) {
    return fail(Code::conflict, "there is a file already", path);
  }
  sqlite3* handle = nullptr;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  int code = sqlite3_open_v2(path.c_str(), &handle, flags, vfs_name(vfs_));
  CHECK(handle != nullptr);
  Connection copy(handle, vfs_);
  copy.distrust();
  if (code != SQLITE_OK) {
    return copy.failure(code);
  }
  TRY(copy.script("PRAGMA synchronous = FULL"));
  sqlite3_backup* backup = sqlite3_backup_init(copy.handle_, "main", handle_, "main");
  if (backup == nullptr) {
    return copy.failure(sqlite3_extended_errcode(copy.handle_));
  }
  code = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) {
    return copy.failure(code);
  }
  if (finished != SQLITE_OK) {
    return copy.failure(finished);
  }
  return {};
}

}  // namespace weir::store
