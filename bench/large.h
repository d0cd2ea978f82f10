// The large data beside the checkout (../shared/data/large), for benchmarks of the public database.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "catalog/input.h"
#include "folder.h"

namespace weir::bench {

inline constexpr const char* kLarge = "../shared/data/large";
/// These hold labels and sums, not records.
inline constexpr std::array<std::string_view, 3> kOthers = {"match-labels.ndjson.zst",
                                                            "cve5-final.json", "nvd11-final.json"};

/// Of records, by name; none if the data are not there.
inline std::vector<std::string> large_files() {
  std::vector<std::string> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kLarge, error)) {
    if (std::ranges::find(kOthers, entry.path().filename().string()) == kOthers.end()) {
      all.push_back(entry.path().string());
    }
  }
  std::ranges::sort(all);
  return all;
}

/// Calls `use` with each line of a file, without its end.
template <class F>
void each_line(const std::string& file, F use) {
  catalog::Input input = *catalog::Input::file(file);
  std::string text;
  while (*input.next_entry()) {
    while (*input.read(text)) {
      std::size_t start = 0;
      for (std::size_t end = text.find('\n'); end != std::string::npos;
           end = text.find('\n', start)) {
        use(std::string_view(text).substr(start, end - start));
        start = end + 1;
      }
      text.erase(0, start);
    }
  }
}

/// Whether the data are not there, which ends the benchmark with a word.
inline bool is_absent(benchmark::State& state) {
  if (!large_files().empty()) {
    return false;
  }
  state.SkipWithError("the large data do not lie beside the checkout");
  return true;
}

}  // namespace weir::bench
