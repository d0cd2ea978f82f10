#include <memory>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/http.h"

namespace weir::http {

namespace {

/// An open file, closed when the last answer that reads it is through.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace

Result<Stored> stored_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) {
    return fail(Code::not_found, "there is no such file");
  }
  auto file = std::make_unique<File>(descriptor);
  struct stat facts{};
  if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return fail(Code::not_found, "there is no such file");
  }
  Stored stored;
  stored.size = static_cast<std::uint64_t>(facts.st_size);
  stored.read = [file = std::move(file)](std::uint64_t offset,
                                         std::size_t most) -> Result<std::string> {
    std::string bytes(most, '\0');
    const ssize_t got =
        ::pread(file->descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got <= 0) {
      return fail(Code::unavailable, "the file cannot be read, or has become shorter");
    }
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  };
  return stored;
}

}  // namespace weir::http
