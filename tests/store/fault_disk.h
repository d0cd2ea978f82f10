// What the VFS of fault_vfs.h stands on: files, names, what of them is durable, locks. Private.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "store/fault_vfs.h"

namespace weir::store {

inline constexpr std::size_t kSector = 512;  // what is written whole or not at all
inline constexpr std::size_t kShmLocks = 8;  // SQLITE_SHM_NLOCK

/// A write at an offset, or (without bytes) a new size.
struct Change {
  std::size_t at;
  std::optional<std::string> bytes;
};

/// A file without its name. What a power cut leaves is `durable` with some of `pending`.
struct Content {
  std::string current;
  std::string durable;
  std::vector<Change> pending;

  // The file's locks, as counts and holders.
  int shared = 0;
  const void* reserved = nullptr;
  const void* waiting = nullptr;  // for exclusive
  const void* exclusive = nullptr;

  // Its shared memory.
  int shm_users = 0;
  std::vector<std::unique_ptr<char[]>> regions;
  std::array<int, kShmLocks> shm_shared{};
  std::array<const void*, kShmLocks> shm_exclusive{};
};

enum class Verdict { go, cut, io, full, read_only };

class FaultDisk::Impl {
 public:
  using Directory = std::map<std::string, std::shared_ptr<Content>, std::less<>>;

  // Each counts as one operation, and does it or not. Call with the lock held.
  Verdict write(Content& content, std::string_view bytes, std::size_t at);
  Verdict truncate(Content& content, std::size_t size);
  Verdict sync(Content& content);
  Verdict sync_directory();
  Verdict create(const std::string& name);
  Verdict remove(const std::string& name);

  void lose(Loss loss, std::uint64_t seed);

  std::mutex mutex;
  std::string name;
  Directory current;
  std::int64_t operations = 0;
  std::int64_t generation = 0;  // of handles; those of an older one are dead
  bool is_off = false;
  int last_error = 0;  // errno of the last failure
  std::int64_t cut_at = 0;
  Loss loss = Loss::lost;
  std::uint64_t seed = 0;
  std::int64_t fail_at = 0;
  Failure failure = Failure::io;
  Medium medium = Medium::writable;

 private:
  enum class Needs { room, nothing };
  Verdict next(Needs needs);

  struct Entry {  // a name that appeared (with its content) or went
    std::string name;
    std::shared_ptr<Content> content;
  };
  Directory durable_;
  std::vector<Entry> pending_;
};

/// Registers `impl` with SQLite under its name; unregisters.
void register_vfs(FaultDisk::Impl& impl);
void unregister_vfs(FaultDisk::Impl& impl);

}  // namespace weir::store
