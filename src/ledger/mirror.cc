#include "ledger/mirror.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

#include <fcntl.h>
#include <unistd.h>

#include "ledger/seal.h"
#include "merkle/merkle.h"

namespace weir::ledger {
namespace {

namespace files = std::filesystem;

constexpr std::string_view kCheckpoint = "checkpoint";
constexpr std::string_view kArchive = "archive";
constexpr std::string_view kPartial = ".p";       // folder of a tile's partial forms
constexpr std::string_view kUnfinished = ".new";  // beside the place of a file being written

std::unexpected<Error> broken(const files::path& path, std::string_view what) {
  return fail(Code::unavailable,
              "the mirror cannot be written: " + std::string(what) + ": " + std::strerror(errno),
              path.string());
}

/// Closes what it holds.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

Status sync_folder(const files::path& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.number() < 0 || ::fsync(folder.number()) != 0) {
    return broken(path, "sync");
  }
  return {};
}

Status write_synced(const files::path& path, std::string_view bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.number() < 0) {
    return broken(path, "open");
  }
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.number(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return broken(path, "write");
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(file.number()) != 0) {
    return broken(path, "sync");
  }
  return {};
}

/// A folder in the making: files are whole at once, durable after sync().
class Folder {
 public:
  explicit Folder(files::path root) : root_(std::move(root)) {}

  Status write(std::string_view name, std::string_view bytes) {
    const files::path place = root_ / name;
    TRY(make_folder(place.parent_path()));
    files::path unfinished = place;
    unfinished += kUnfinished;
    TRY(write_synced(unfinished, bytes));
    if (::rename(unfinished.c_str(), place.c_str()) != 0) {
      return broken(place, "rename");
    }
    changed_.insert(place.parent_path());
    ++written_;
    return {};
  }
  /// The same, unless a file of this length is there, from a run that did not finish.
  Status write_once(std::string_view name, std::string_view bytes) {
    std::error_code error;
    const std::uintmax_t there = files::file_size(root_ / name, error);
    if (!error && there == bytes.size()) {
      changed_.insert((root_ / name).parent_path());  // that run may not have synced the name
      return {};
    }
    return write(name, bytes);
  }
  Status sync() {
    for (const files::path& path : changed_) {
      TRY(sync_folder(path));
    }
    changed_.clear();
    return {};
  }
  void remove(std::string_view name) const {
    std::error_code ignored;  // a partial tile that stays does no harm
    files::remove_all(root_ / name, ignored);
  }
  /// Nothing if there is no such file.
  std::optional<std::string> read(std::string_view name) const {
    std::ifstream file(root_ / name, std::ios::binary);
    if (!file) {
      return std::nullopt;
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  std::uint64_t written() const { return written_; }

  /// Makes a folder with its parents; each new name is in a folder to be synced.
  Status make_folder(const files::path& path) {
    if (is_made_.contains(path)) {
      return {};
    }
    std::error_code error;
    if (!files::exists(path, error) && path.has_parent_path() && path != path.parent_path()) {
      TRY(make_folder(path.parent_path()));
    }
    if (files::create_directory(path, error)) {
      changed_.insert(path.has_parent_path() ? path.parent_path() : files::path("."));
    }
    if (error) {
      errno = error.value();
      return broken(path, "make folder");
    }
    is_made_.insert(path);
    return {};
  }

 private:
  files::path root_;
  std::set<files::path> changed_;
  std::set<files::path> is_made_;
  std::uint64_t written_ = 0;
};

/// The size that the folder is complete for: 0 if it has no checkpoint yet.
Result<std::uint64_t> find_older(const store::Tx& tx, const Folder& folder,
                                 const Checkpoint& newest) {
  const auto text = folder.read(kCheckpoint);
  if (!text) {
    return 0;
  }
  const auto note = merkle::parse_note(*text);
  const auto there = note ? merkle::parse_checkpoint(note->body)
                          : Result<merkle::Checkpoint>(std::unexpected(note.error()));
  if (!there) {
    return fail(Code::conflict, "the mirror's checkpoint is malformed", std::string(kCheckpoint));
  }
  const auto ours = TRY(find_published(tx, there->head.size));
  if (!ours || there->head.size > newest.size ||
      merkle::parse_note(ours->note).value_or(merkle::Note{}).body != note->body) {
    return fail(Code::conflict,
                "the mirror holds a checkpoint of " + std::to_string(there->head.size) +
                    " leaves that this log has not published: it is of another log, or this log "
                    "is behind it");
  }
  return there->head.size;
}

std::string path_of(merkle::TileKind kind, const merkle::Tile& tile) {
  return merkle::tile_path({kind, tile});
}

/// The tiles of a level (or the entry bundles) that `newer` has and `older` had not, or not whole.
Status write_level(const store::Tx& tx, Folder& folder, merkle::TileKind kind, unsigned level,
                   const merkle::Consistency& sizes) {
  std::uint64_t index = (sizes.older >> (8 * level)) / merkle::kTileWidth;
  for (;; ++index) {
    const unsigned width = merkle::tile_width(sizes.newer, level, index);
    if (width == 0) {
      return {};
    }
    const std::string bytes = kind == merkle::TileKind::hashes
                                  ? TRY(tile(tx, level, index, sizes.newer))
                                  : TRY(entry_bundle(tx, index, sizes.newer));
    TRY(folder.write_once(path_of(kind, {level, index, width}), bytes));
  }
}

/// The partial tile of each archived size since `older` that lies in the tile which `newer` has not
/// filled: whoever checks an older checkpoint asks for it by that width.
Status write_partial(const store::Tx& tx, Folder& folder, merkle::TileKind kind, unsigned level,
                     const merkle::Consistency& sizes) {
  const std::uint64_t index = (sizes.newer >> (8 * level)) / merkle::kTileWidth;
  for (const std::uint64_t size : TRY(archive(tx))) {
    const unsigned width = merkle::tile_width(size, level, index);
    if (size <= sizes.older || size >= sizes.newer || width == 0) {
      continue;
    }
    const std::string bytes = kind == merkle::TileKind::hashes ? TRY(tile(tx, level, index, size))
                                                               : TRY(entry_bundle(tx, index, size));
    TRY(folder.write_once(path_of(kind, {level, index, width}), bytes));
  }
  return {};
}

/// The partial forms of tiles that have become full since `older`.
void drop_partial(const Folder& folder, merkle::TileKind kind, unsigned level,
                  const merkle::Consistency& sizes) {
  const std::uint64_t index = (sizes.older >> (8 * level)) / merkle::kTileWidth;
  const merkle::Tile full{level, index, merkle::kTileWidth};
  if (merkle::tile_width(sizes.newer, level, index) == full.width) {
    folder.remove(path_of(kind, full).append(kPartial));
  }
}

/// The levels that a log of `size` leaves has tiles of.
unsigned levels_of(std::uint64_t size) {
  unsigned level = 0;
  while (level < merkle::kTileLevels && merkle::tile_width(size, level, 0) > 0) {
    ++level;
  }
  return level;
}

Status write_archive(const store::Tx& tx, Folder& folder, const merkle::Consistency& sizes,
                     MirrorReport& report) {
  std::string list;
  for (const std::uint64_t size : TRY(archive(tx))) {
    if (size > sizes.newer) {
      break;
    }
    list.append(std::to_string(size)).append("\n");
    if (size > sizes.older || sizes.older == 0) {
      const auto checkpoint = TRY(find_published(tx, size));
      TRY(folder.write_once("checkpoints/" + std::to_string(size), checkpoint->note));
      ++report.checkpoints;
    }
  }
  return folder.write(kArchive, list);
}

}  // namespace

Result<MirrorReport> mirror_to(const store::Tx& tx, const std::filesystem::path& dir) {
  MirrorReport report;
  const auto newest = TRY(newest_published(tx));
  if (!newest) {
    return report;
  }
  Folder folder(dir);
  TRY(folder.make_folder(dir));
  const merkle::Consistency sizes{TRY(find_older(tx, folder, *newest)), newest->size};
  report.size = sizes.newer;
  report.older = sizes.older;
  if (sizes.older == sizes.newer && folder.read(kCheckpoint) == newest->note) {
    return report;
  }
  using enum merkle::TileKind;
  TRY(write_level(tx, folder, entries, 0, sizes));
  TRY(write_partial(tx, folder, entries, 0, sizes));
  for (unsigned level = 0; level < levels_of(sizes.newer); ++level) {
    TRY(write_level(tx, folder, hashes, level, sizes));
    TRY(write_partial(tx, folder, hashes, level, sizes));
  }
  TRY(write_archive(tx, folder, sizes, report));
  TRY(folder.sync());
  TRY(folder.write(kCheckpoint, newest->note));
  TRY(folder.sync());
  drop_partial(folder, entries, 0, sizes);
  for (unsigned level = 0; level < levels_of(sizes.newer); ++level) {
    drop_partial(folder, hashes, level, sizes);
  }
  report.files = folder.written();
  return report;
}

}  // namespace weir::ledger
