// SQLite's side of the FaultDisk: sqlite3_vfs and sqlite3_io_methods in terms of fault_disk.h.
#include "store/fault_vfs.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sqlite3.h>

#include "store/fault_disk.h"

namespace weir::store {

namespace {

using Impl = FaultDisk::Impl;

/// One open file.
struct Handle {
  Impl& disk;
  std::shared_ptr<Content> content;
  std::int64_t generation;
  bool is_temporary;     // has no name, takes part in no fault
  bool syncs_directory;  // its first sync makes its name durable
  int level = SQLITE_LOCK_NONE;
  bool uses_shm = false;
};

struct File {
  sqlite3_file base;
  Handle* handle;
};

Handle& handle_of(sqlite3_file* file) {
  return *reinterpret_cast<File*>(file)->handle;
}

bool is_dead(const Handle& handle) {
  const bool dead =
      !handle.is_temporary && (handle.disk.is_off || handle.generation != handle.disk.generation);
  if (dead) {
    handle.disk.last_error = EIO;
  }
  return dead;
}

/// SQLite's code for a verdict; `io` is that of the operation.
int code_of(Verdict verdict, int io) {
  switch (verdict) {
    case Verdict::go:
      return SQLITE_OK;
    case Verdict::full:
      return SQLITE_FULL;
    case Verdict::cut:
    case Verdict::io:
    case Verdict::read_only:
      return io;
  }
  return io;
}

void release_lock(Handle& handle, int level) {
  Content& content = *handle.content;
  if (content.exclusive == &handle) {
    content.exclusive = nullptr;
  }
  if (content.waiting == &handle) {
    content.waiting = nullptr;
  }
  if (content.reserved == &handle) {
    content.reserved = nullptr;
  }
  if (handle.level >= SQLITE_LOCK_SHARED && level == SQLITE_LOCK_NONE) {
    --content.shared;
  }
  handle.level = std::min(handle.level, level);
}

int take_lock(Handle& handle, int level) {
  Content& content = *handle.content;
  const auto taken = [&](const void* holder) { return holder != nullptr && holder != &handle; };
  if (handle.level >= level) {
    return SQLITE_OK;
  }
  if (taken(content.exclusive) || taken(content.waiting)) {
    return SQLITE_BUSY;
  }
  if (level == SQLITE_LOCK_SHARED) {
    ++content.shared;
  } else if (level == SQLITE_LOCK_RESERVED) {
    if (taken(content.reserved)) {
      return SQLITE_BUSY;
    }
    content.reserved = &handle;
  } else {
    content.waiting = &handle;
    if (content.shared > 1) {
      handle.level = SQLITE_LOCK_PENDING;
      return SQLITE_BUSY;
    }
    content.exclusive = &handle;
  }
  handle.level = level;
  return SQLITE_OK;
}

int shm_unmap(sqlite3_file* file, int remove) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk.mutex);
  if (handle.uses_shm && handle.generation == handle.disk.generation) {
    --handle.content->shm_users;
    if (remove != 0) {
      handle.content->regions.clear();
    }
  }
  handle.uses_shm = false;
  return SQLITE_OK;
}

int close_file(sqlite3_file* file) {
  shm_unmap(file, 0);
  const std::unique_ptr<Handle> handle(&handle_of(file));
  const std::lock_guard lock(handle->disk.mutex);
  if (handle->generation == handle->disk.generation) {
    release_lock(*handle, SQLITE_LOCK_NONE);
  }
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* into, int count, sqlite3_int64 at) {
  const Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk.mutex);
  if (is_dead(handle)) {
    return SQLITE_IOERR_READ;
  }
  const std::string& bytes = handle.content->current;
  const auto offset = std::min(static_cast<std::size_t>(at), bytes.size());
  const auto wanted = static_cast<std::size_t>(count);
  const std::size_t found = std::min(wanted, bytes.size() - offset);
  std::memcpy(into, bytes.data() + offset, found);
  std::memset(static_cast<char*>(into) + found, 0, wanted - found);
  return found == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 at) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk.mutex);
  if (is_dead(handle)) {
    return SQLITE_IOERR_WRITE;
  }
  const std::string_view bytes(static_cast<const char*>(from), static_cast<std::size_t>(count));
  const auto offset = static_cast<std::size_t>(at);
  if (handle.is_temporary) {
    std::string& current = handle.content->current;
    current.resize(std::max(current.size(), offset + bytes.size()));
    std::memcpy(current.data() + offset, bytes.data(), bytes.size());
    return SQLITE_OK;
  }
  return code_of(handle.disk.write(*handle.content, bytes, offset), SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk.mutex);
  if (is_dead(handle)) {
    return SQLITE_IOERR_TRUNCATE;
  }
  if (handle.is_temporary) {
    handle.content->current.resize(static_cast<std::size_t>(size));
    return SQLITE_OK;
  }
  return code_of(handle.disk.truncate(*handle.content, static_cast<std::size_t>(size)),
                 SQLITE_IOERR_TRUNCATE);
}

int sync_file(sqlite3_file* file, int) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk.mutex);
  if (is_dead(handle)) {
    return SQLITE_IOERR_FSYNC;
  }
  if (handle.is_temporary) {
    return SQLITE_OK;
  }
  int code = code_of(handle.disk.sync(*handle.content), SQLITE_IOERR_FSYNC);
  if (code == SQLITE_OK && handle.syncs_directory) {
    code = code_of(handle.disk.sync_directory(), SQLITE_IOERR_DIR_FSYNC);
    handle.syncs_directory = code != SQLITE_OK;
  }
  return code;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  const Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk.mutex);
  *size = static_cast<sqlite3_int64>(handle.content->current.size());
  return is_dead(handle) ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

int lock_file(sqlite3_file* file, int level) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk.mutex);
  return is_dead(handle) ? SQLITE_IOERR_LOCK : take_lock(handle, level);
}

int unlock_file(sqlite3_file* file, int level) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk.mutex);
  if (!is_dead(handle)) {
    release_lock(handle, level);
  }
  return SQLITE_OK;
}

int check_reserved(sqlite3_file* file, int* is_reserved) {
  const Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk.mutex);
  *is_reserved = handle.content->reserved != nullptr ? 1 : 0;
  return is_dead(handle) ? SQLITE_IOERR_CHECKRESERVEDLOCK : SQLITE_OK;
}

int control_file(sqlite3_file* file, int what, void* argument) {
  if (what != SQLITE_FCNTL_LAST_ERRNO) {
    return SQLITE_NOTFOUND;
  }
  const Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk.mutex);
  *static_cast<int*>(argument) = handle.disk.last_error;
  return SQLITE_OK;
}

// As SQLite's own VFS says of an ordinary file system.
int sector_size(sqlite3_file*) {
  return 4'096;
}
int characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int shm_map(sqlite3_file* file, int index, int size, int extend, void volatile** region) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk.mutex);
  *region = nullptr;
  if (is_dead(handle)) {
    return SQLITE_IOERR_SHMMAP;
  }
  Content& content = *handle.content;
  if (!handle.uses_shm) {
    if (content.shm_users == 0) {  // nobody vouches for what an earlier process left
      content.regions.clear();
      content.shm_shared = {};
      content.shm_exclusive = {};
    }
    ++content.shm_users;
    handle.uses_shm = true;
  }
  const auto wanted = static_cast<std::size_t>(index);
  while (content.regions.size() <= wanted && extend != 0) {
    content.regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
  }
  if (wanted < content.regions.size()) {
    *region = content.regions[wanted].get();
  }
  return SQLITE_OK;
}

int shm_lock(sqlite3_file* file, int first, int count, int flags) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk.mutex);
  if (is_dead(handle)) {
    return SQLITE_IOERR_SHMLOCK;
  }
  Content& content = *handle.content;
  const bool shares = (flags & SQLITE_SHM_SHARED) != 0;
  const bool locks = (flags & SQLITE_SHM_LOCK) != 0;
  const auto begin = static_cast<std::size_t>(first);
  const auto end = begin + static_cast<std::size_t>(count);
  for (std::size_t i = begin; locks && i < end; ++i) {
    if (content.shm_exclusive[i] != nullptr || (!shares && content.shm_shared[i] > 0)) {
      return SQLITE_BUSY;
    }
  }
  for (std::size_t i = begin; i < end; ++i) {
    if (shares) {
      content.shm_shared[i] += locks ? 1 : -1;
    } else {
      content.shm_exclusive[i] = locks ? &handle : nullptr;
    }
  }
  return SQLITE_OK;
}

void shm_barrier(sqlite3_file* file) {
  const std::lock_guard lock(handle_of(file).disk.mutex);  // orders what the regions hold
}

constexpr sqlite3_io_methods kMethods = {2,
                                         close_file,
                                         read_file,
                                         write_file,
                                         truncate_file,
                                         sync_file,
                                         size_of_file,
                                         lock_file,
                                         unlock_file,
                                         check_reserved,
                                         control_file,
                                         sector_size,
                                         characteristics,
                                         shm_map,
                                         shm_lock,
                                         shm_barrier,
                                         shm_unmap,
                                         nullptr,
                                         nullptr};

Impl& disk_of(sqlite3_vfs* vfs) {
  return *static_cast<Impl*>(vfs->pAppData);
}

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  Impl& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex);
  file->pMethods = nullptr;
  if (disk.is_off) {
    disk.last_error = EIO;
    return SQLITE_CANTOPEN;
  }
  auto handle = std::make_unique<Handle>(Handle{.disk = disk,
                                                .content = nullptr,
                                                .generation = disk.generation,
                                                .is_temporary = path == nullptr,
                                                .syncs_directory = false});
  if (path == nullptr) {
    handle->content = std::make_shared<Content>();
  } else {
    auto found = disk.current.find(path);
    if (found == disk.current.end()) {
      const bool may_create = (flags & SQLITE_OPEN_CREATE) != 0;
      disk.last_error = ENOENT;
      if (!may_create || disk.create(path) != Verdict::go) {
        return SQLITE_CANTOPEN;
      }
      found = disk.current.find(path);
    }
    // Also for one that was there already, as SQLite's own VFS does: its name may not be durable.
    handle->syncs_directory =
        (flags & SQLITE_OPEN_CREATE) != 0 &&
        (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
    handle->content = found->second;
  }
  if (out_flags != nullptr) {
    *out_flags = flags;
  }
  reinterpret_cast<File*>(file)->handle = handle.release();
  file->pMethods = &kMethods;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* path, int sync_directory) {
  Impl& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex);
  if (disk.is_off) {
    disk.last_error = EIO;
    return SQLITE_IOERR_DELETE;
  }
  if (!disk.current.contains(path)) {
    return SQLITE_IOERR_DELETE_NOENT;
  }
  const int code = code_of(disk.remove(path), SQLITE_IOERR_DELETE);
  if (code != SQLITE_OK || sync_directory == 0) {
    return code;
  }
  return code_of(disk.sync_directory(), SQLITE_IOERR_DIR_FSYNC);
}

int access_file(sqlite3_vfs* vfs, const char* path, int, int* answer) {
  Impl& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex);
  const auto found = disk.current.find(path);
  // As SQLite's own: an empty file counts as none.
  *answer = found != disk.current.end() && !found->second->current.empty() ? 1 : 0;
  return disk.is_off ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
  if (std::strlen(path) >= static_cast<std::size_t>(size)) {
    return SQLITE_CANTOPEN;
  }
  std::strcpy(out, path);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int size, char* out) {
  std::memset(out, 7, static_cast<std::size_t>(size));
  return size;
}

int pause(sqlite3_vfs*, int microseconds) {
  return microseconds;
}  // no time passes here

int current_time(sqlite3_vfs*, sqlite3_int64* julian_milliseconds) {
  *julian_milliseconds = 212'000'000'000'000;
  return SQLITE_OK;
}

int last_error(sqlite3_vfs* vfs, int, char*) {
  Impl& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex);
  return disk.last_error;
}

}  // namespace

void register_vfs(FaultDisk::Impl& impl) {
  auto vfs = std::make_unique<sqlite3_vfs>();
  vfs->iVersion = 2;
  vfs->szOsFile = sizeof(File);
  vfs->mxPathname = 512;
  vfs->zName = impl.name.c_str();
  vfs->pAppData = &impl;
  vfs->xOpen = open_file;
  vfs->xDelete = delete_file;
  vfs->xAccess = access_file;
  vfs->xFullPathname = full_path;
  vfs->xRandomness = randomness;
  vfs->xSleep = pause;
  vfs->xCurrentTimeInt64 = current_time;
  vfs->xGetLastError = last_error;
  sqlite3_vfs_register(vfs.release(), 0);  // unregister_vfs() takes it back
}

void unregister_vfs(FaultDisk::Impl& impl) {
  const std::unique_ptr<sqlite3_vfs> vfs(sqlite3_vfs_find(impl.name.c_str()));
  sqlite3_vfs_unregister(vfs.get());
}

}  // namespace weir::store
