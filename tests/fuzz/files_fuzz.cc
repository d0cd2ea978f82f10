// A file that `--records` names, whatever its bytes are: records, or an error that can be shown;
// with two threads the same as with one.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "catalog/files.h"

namespace {

using namespace weir;

/// "ORDER ID" of each record, sorted; or the error.
std::vector<std::string> read(const std::string& path, std::size_t threads) {
  std::vector<std::vector<std::string>> taken(threads);
  std::vector<catalog::Taker> takers;
  for (auto& own : taken) {
    takers.emplace_back([&own](std::uint64_t order, const advisory::Advisory& record) {
      CHECK(is_utf8(record.id) && !record.id.empty());
      own.push_back(fmt::format("{:020} {}", order, record.id));
    });
  }
  if (const Status status = catalog::read_files({path}, takers); !status) {
    CHECK(!status.error().message.empty() && status.error().where.starts_with(path));
    return {text(status.error())};
  }
  std::vector<std::string> all;
  for (const auto& own : taken) {
    all.insert(all.end(), own.begin(), own.end());
  }
  std::ranges::sort(all);
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int file = ::memfd_create("records", 0);
  CHECK(file >= 0 && ::ftruncate(file, 0) == 0);
  CHECK(::pwrite(file, data, size, 0) == static_cast<ssize_t>(size));
  const std::string path = fmt::format("/proc/self/fd/{}", file);
  CHECK(read(path, 1) == read(path, 2));
  return 0;
}
