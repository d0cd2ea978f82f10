// A folder of a benchmark's own, gone at the end; on the disk that TMPDIR names.
//
// Thread rule: made and destroyed by one thread.
#pragma once

#include <filesystem>
#include <string>

#include <unistd.h>

namespace weir::bench {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-bench-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace weir::bench
