// What this process holds in memory, as the kernel counts it.
#pragma once

#include <fstream>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace weir::bench {

/// "VmRSS:" (now) or "VmHWM:" (the most so far), in MiB.
inline double memory(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) {
      const std::size_t digit = line.find_first_of("0123456789");
      return static_cast<double>(
                 *parse_decimal(line.substr(digit, line.find(' ', digit) - digit))) /
             1024;
    }
  }
  return 0;
}

}  // namespace weir::bench
