// A disk in memory, as an SQLite VFS, that breaks when it is told to. For tests.
//
// It knows what a real disk promises and nothing more: bytes are durable once their file is synced,
// names once the folder is (one folder for all files; one sync covers all entries). Whatever is not
// may be lost, kept, or kept in part when the power goes: writes tear at 512 bytes, in any order.
// After a failed sync the bytes stay readable and count as clean, as on Linux: a later sync does
// not bring them to the disk.
//
//   FaultDisk disk;
//   Options{.path = "weir.db", .vfs = disk.name(), ...}   several databases may share one disk
//   disk.cut_at(k, Loss::mixed, seed);  ... run ...  close the Db;  disk.restart();  open again
//
// An operation is a write, truncate, file sync, folder sync, create or delete; they count from 1,
// from the last restart(). Locks and shared memory work, between the handles of this process.
//
// Thread rule: safe from several threads. The disk outlives every Db on it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weir::store {

enum class Loss { lost, kept, mixed };            // of what was not synced
enum class Failure { io, full };                  // of one operation
enum class Medium { writable, full, read_only };  // of the disk as a whole

class FaultDisk {
 public:
  FaultDisk();  // registers the VFS
  ~FaultDisk();
  FaultDisk(const FaultDisk&) = delete;
  FaultDisk& operator=(const FaultDisk&) = delete;

  /// For Options::vfs.
  const std::string& name() const;
  /// How many operations were begun since the last restart().
  std::int64_t operations() const;
  /// How many bytes are in a file, 0 if there is none.
  std::size_t size(const std::string& path) const;
  /// The names of the files.
  std::vector<std::string> files() const;

  /// The power goes at operation `k`, which is itself lost, kept or torn; whatever is asked of the
  /// disk from then on fails. `seed` decides what a mixed loss keeps.
  void cut_at(std::int64_t k, Loss loss, std::uint64_t seed);
  /// The power goes now.
  void cut(Loss loss, std::uint64_t seed);
  bool is_cut() const;
  /// Operation `k` fails, those after it work. full: only if it needs room (a write, a create).
  void fail_at(std::int64_t k, Failure failure);
  /// Until told otherwise. full and read_only refuse every write and create; syncs succeed.
  void set_medium(Medium medium);

  /// The machine starts again: what the power cut takes is gone, handles opened before are dead,
  /// faults are off. Without a cut it is the process that starts again: nothing is lost.
  void restart();

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::store
