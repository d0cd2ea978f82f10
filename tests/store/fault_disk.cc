#include "store/fault_disk.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <functional>

namespace weir::store {

namespace {

void put(std::string& file, std::size_t at, std::string_view bytes) {
  if (file.size() < at + bytes.size()) {
    file.resize(at + bytes.size());
  }
  std::ranges::copy(bytes, file.begin() + static_cast<std::ptrdiff_t>(at));
}

/// Writes the sectors of `bytes` that `keeps` chooses.
void tear(std::string& file, std::size_t at, std::string_view bytes,
          const std::function<bool()>& keeps) {
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), kSector - at % kSector);
    if (keeps()) {
      put(file, at, bytes.substr(0, size));
    }
    at += size;
    bytes.remove_prefix(size);
  }
}

/// Brings what `keeps` chooses of the pending changes to the disk. What is read does not change.
void settle(Content& content, const std::function<bool()>& keeps) {
  for (const Change& change : content.pending) {
    if (change.bytes) {
      tear(content.durable, change.at, *change.bytes, keeps);
    } else if (keeps()) {
      content.durable.resize(change.at);
    }
  }
  content.pending.clear();
}

void forget_locks(Content& content) {
  content.shared = 0;
  content.reserved = content.waiting = content.exclusive = nullptr;
  content.shm_users = 0;
  content.regions.clear();
  content.shm_shared = {};
  content.shm_exclusive = {};
}

}  // namespace

Verdict FaultDisk::Impl::next(Needs needs) {
  ++operations;
  if (operations == cut_at) {
    is_off = true;
    last_error = EIO;
    return Verdict::cut;
  }
  const bool fails = operations == fail_at;
  if (fails && failure == Failure::io) {
    last_error = EIO;
    return Verdict::io;
  }
  if (needs == Needs::room && ((fails && failure == Failure::full) || medium == Medium::full)) {
    last_error = ENOSPC;
    return Verdict::full;
  }
  if (needs == Needs::room && medium == Medium::read_only) {
    last_error = EROFS;
    return Verdict::read_only;
  }
  return Verdict::go;
}

Verdict FaultDisk::Impl::write(Content& content, std::string_view bytes, std::size_t at) {
  const Verdict verdict = next(Needs::room);
  if (verdict == Verdict::go || verdict == Verdict::cut) {
    put(content.current, at, bytes);
    content.pending.push_back({at, std::string(bytes)});
  }
  return verdict;
}

Verdict FaultDisk::Impl::truncate(Content& content, std::size_t size) {
  const Verdict verdict = next(medium == Medium::read_only ? Needs::room : Needs::nothing);
  if (verdict == Verdict::go || verdict == Verdict::cut) {
    content.current.resize(size);
    content.pending.push_back({size, std::nullopt});
  }
  return verdict;
}

Verdict FaultDisk::Impl::sync(Content& content) {
  const Verdict verdict = next(Needs::nothing);
  if (verdict == Verdict::go) {
    settle(content, [] { return true; });
  } else if (verdict == Verdict::io) {
    // The kernel marks the pages clean. They are read back until the power goes, but no later sync
    // will write them.
    content.pending.clear();
  }
  return verdict;
}

Verdict FaultDisk::Impl::sync_directory() {
  const Verdict verdict = next(Needs::nothing);
  if (verdict == Verdict::go) {
    durable_ = current;
    pending_.clear();
  }
  return verdict;
}

Verdict FaultDisk::Impl::create(const std::string& file) {
  const Verdict verdict = next(Needs::room);
  if (verdict == Verdict::go || verdict == Verdict::cut) {
    pending_.push_back({file, std::make_shared<Content>()});
    current[file] = pending_.back().content;
  }
  return verdict;
}

Verdict FaultDisk::Impl::remove(const std::string& file) {
  const Verdict verdict = next(medium == Medium::read_only ? Needs::room : Needs::nothing);
  if (verdict == Verdict::go || verdict == Verdict::cut) {
    current.erase(file);
    pending_.push_back({file, nullptr});
  }
  return verdict;
}

void FaultDisk::Impl::lose(Loss what, std::uint64_t with) {
  std::mt19937_64 generator(with);
  const auto keeps = [&]() -> bool {
    switch (what) {
      case Loss::lost:
        return false;
      case Loss::kept:
        return true;
      case Loss::mixed:
        return (generator() & 1) != 0;
    }
    return false;
  };
  for (const Entry& entry : pending_) {
    if (!keeps()) {
      continue;
    }
    if (entry.content) {
      durable_[entry.name] = entry.content;
    } else {
      durable_.erase(entry.name);
    }
  }
  pending_.clear();
  current = durable_;
  for (const auto& [file, content] : current) {
    settle(*content, keeps);
    content->current = content->durable;
  }
}

FaultDisk::FaultDisk() : impl_(std::make_unique<Impl>()) {
  static std::atomic<int> made = 0;
  impl_->name = "fault-disk-" + std::to_string(++made);
  register_vfs(*impl_);
}

FaultDisk::~FaultDisk() {
  unregister_vfs(*impl_);
}

const std::string& FaultDisk::name() const {
  return impl_->name;
}

std::int64_t FaultDisk::operations() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->operations;
}

std::size_t FaultDisk::size(const std::string& path) const {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->current.find(path);
  return found == impl_->current.end() ? 0 : found->second->current.size();
}

std::vector<std::string> FaultDisk::files() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<std::string> names;
  for (const auto& [file, content] : impl_->current) {
    names.push_back(file);
  }
  return names;
}

void FaultDisk::cut_at(std::int64_t k, Loss loss, std::uint64_t seed) {
  const std::lock_guard lock(impl_->mutex);
  impl_->cut_at = k;
  impl_->loss = loss;
  impl_->seed = seed;
}

void FaultDisk::cut(Loss loss, std::uint64_t seed) {
  const std::lock_guard lock(impl_->mutex);
  impl_->is_off = true;
  impl_->loss = loss;
  impl_->seed = seed;
}

bool FaultDisk::is_cut() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->is_off;
}

void FaultDisk::fail_at(std::int64_t k, Failure failure) {
  const std::lock_guard lock(impl_->mutex);
  impl_->fail_at = k;
  impl_->failure = failure;
}

void FaultDisk::set_medium(Medium medium) {
  const std::lock_guard lock(impl_->mutex);
  impl_->medium = medium;
}

void FaultDisk::restart() {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->is_off) {
    impl_->lose(impl_->loss, impl_->seed);
  }
  for (const auto& [file, content] : impl_->current) {
    forget_locks(*content);
  }
  ++impl_->generation;
  impl_->is_off = false;
  impl_->operations = 0;
  impl_->cut_at = 0;
  impl_->fail_at = 0;
  impl_->medium = Medium::writable;
}

}  // namespace weir::store
