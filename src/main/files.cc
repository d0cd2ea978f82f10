// Files of main: whole, durable, and with the mode that they need.
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "main/instance.h"

namespace weir::main {
namespace {

constexpr std::size_t kCopyBytes = std::size_t{1} << 20;

/// A file descriptor that is closed.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> failed(const std::string& what, const std::string& path) {
  const int error = errno;
  const Code code = error == ENOENT ? Code::not_found : Code::unavailable;
  return fail(code, what + ": " + std::strerror(error), path);
}

Status sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const File parent(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0 || ::fsync(parent.get()) != 0) {
    return failed("cannot sync the folder of", path);
  }
  return {};
}

Status write_all(const File& file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(file.get(), bytes.data(), bytes.size());
    if (wrote < 0) {
      return failed("cannot write", path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return failed("cannot read", path);
  }
  std::string bytes;
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0) {
      return failed("cannot read", path);
    }
    if (got == 0) {
      return bytes;
    }
    bytes.append(buffer, static_cast<std::size_t>(got));
    if (bytes.size() > most) {
      return fail(Code::invalid, "larger than " + std::to_string(most) + " bytes", path);
    }
  }
}

Status write_file(const std::string& path, std::string_view bytes, unsigned mode) {
  const std::string temporary = path + ".new";
  // A file of ours: in a folder that others write to as well, what lies there under this name could
  // be a link to somewhere else, or held open by who put it there.
  ::unlink(temporary.c_str());
  {
    const File file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                           mode_t{mode}));
    if (file.get() < 0 || ::fchmod(file.get(), mode_t{mode}) != 0) {
      return failed("cannot create", temporary);
    }
    TRY(write_all(file, bytes, temporary));
    if (::fsync(file.get()) != 0) {
      return failed("cannot sync", temporary);
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    return failed("cannot rename", path);
  }
  return sync_folder_of(path);
}

Result<std::string> copy_file(const std::string& from, const std::string& to, unsigned mode) {
  const File source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (source.get() < 0) {
    return failed("cannot read", from);
  }
  Sha256 hash;
  {
    const File target(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_t{mode}));
    if (target.get() < 0) {
      return failed("cannot create", to);
    }
    std::string buffer(kCopyBytes, '\0');
    for (;;) {
      const ssize_t got = ::read(source.get(), buffer.data(), buffer.size());
      if (got < 0) {
        return failed("cannot read", from);
      }
      const std::string_view piece(buffer.data(), static_cast<std::size_t>(got));
      if (piece.empty()) {
        break;
      }
      hash.add(piece);
      TRY(write_all(target, piece, to));
    }
    if (::fsync(target.get()) != 0) {
      return failed("cannot sync", to);
    }
  }
  TRY(sync_folder_of(to));
  return to_hex(hash.finish().view());
}

Status rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return failed("cannot rename", from);
  }
  return sync_folder_of(to);
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0) {
    return failed("cannot remove", path);
  }
  return sync_folder_of(path);
}

}  // namespace weir::main
