// Files for the tests of this folder: read, list, unpack.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace weir::format {

namespace fs = std::filesystem;

inline const fs::path kCases = fs::path(WEIR_SOURCE) / "tests/formats";

inline std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Every file below `folder` whose name ends with `ending`, sorted.
inline std::vector<fs::path> files(const fs::path& folder, const std::string& ending) {
  std::vector<fs::path> all;
  if (fs::exists(folder)) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file() && entry.path().string().ends_with(ending)) {
        all.push_back(entry.path());
      }
    }
  }
  std::ranges::sort(all);
  return all;
}

/// A folder with what is in a packed corpus, or in some of its folders, for the life of this value.
class Unpacked {
 public:
  explicit Unpacked(const std::string& archive, const std::string& folders = "") {
    const fs::path packed = fs::path(WEIR_SHARED) / archive;
    std::string name = (fs::temp_directory_path() / "weir_formats_XXXXXX").string();
    if (!fs::exists(packed) || mkdtemp(name.data()) == nullptr) {
      return;
    }
    root_ = name;
    const std::string command =
        fmt::format("tar --use-compress-program='zstd -d --long=27' -xf '{}' -C '{}' {}",
                    packed.string(), name, folders);
    ok_ = std::system(command.c_str()) == 0;
  }
  ~Unpacked() {
    if (!root_.empty()) {
      fs::remove_all(root_);
    }
  }
  Unpacked(const Unpacked&) = delete;
  Unpacked& operator=(const Unpacked&) = delete;

  bool ok() const { return ok_; }
  const fs::path& root() const { return root_; }

 private:
  fs::path root_;
  bool ok_ = false;
};

}  // namespace weir::format
