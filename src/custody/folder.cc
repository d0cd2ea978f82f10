// A mirrored log in a folder.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/bytes.h"
#include "custody/archive.h"

namespace weir::custody {
namespace {

namespace files = std::filesystem;

/// Plain names joined by slashes: what the paths of a log are made of.
bool is_plain(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.back() == '/') {
    return false;
  }
  const bool has_only_known = std::ranges::all_of(path, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '-';
  });
  return has_only_known && !path.contains("..") && !path.contains("//") && !path.contains("/.") &&
         path.front() != '.';
}

Result<std::string> read(const files::path& root, const std::string& path) {
  if (!is_plain(path)) {
    return fail(Code::invalid, "not a path of a log", path);
  }
  std::error_code error;
  const files::path real = files::canonical(root / path, error);
  if (error) {
    return fail(Code::not_found, "no such file", path);
  }
  // A link must not lead out of the folder.
  if (std::ranges::mismatch(root, real).in1 != root.end()) {
    return fail(Code::invalid, "the file lies outside of the folder", path);
  }
  const std::uintmax_t size = files::file_size(real, error);
  if (error) {
    return fail(Code::not_found, "not a file", path);
  }
  if (size > kMostFileBytes) {
    return fail(Code::invalid, "the file is too large", path);
  }
  std::ifstream in(real, std::ios::binary);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (!in || !in.read(bytes.data(), static_cast<std::streamsize>(size))) {
    return fail(Code::unavailable, "the file cannot be read", path);
  }
  return bytes;
}

/// The sizes of the checkpoints that lie in a folder, for one that was copied without its
/// `archive`.
Result<std::string> list_archive(const files::path& root) {
  std::vector<std::uint64_t> sizes;
  std::error_code error;
  for (const auto& entry : files::directory_iterator(root / "checkpoints", error)) {
    if (const auto size = parse_decimal(entry.path().filename().string())) {
      sizes.push_back(*size);
    }
  }
  if (sizes.empty()) {
    return fail(Code::not_found, "no such file", "archive");
  }
  std::ranges::sort(sizes);
  return write_archive(sizes);
}

}  // namespace

Fetch folder(std::string path) {
  std::error_code error;
  files::path root = files::canonical(path, error);
  if (error) {
    return [path](const std::string&) -> Result<std::string> {
      return fail(Code::not_found, "no such folder", path);
    };
  }
  return [root](const std::string& file) -> Result<std::string> {
    auto bytes = read(root, file);
    const bool is_absent = !bytes && bytes.error().code == Code::not_found;
    return is_absent && file == "archive" ? list_archive(root) : bytes;
  };
}

}  // namespace weir::custody
