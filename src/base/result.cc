#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace weir {

std::string_view name(Code code) {
  switch (code) {
    case Code::invalid:
      return "invalid";
    case Code::denied:
      return "denied";
    case Code::not_found:
      return "not_found";
    case Code::conflict:
      return "conflict";
    case Code::unavailable:
      return "unavailable";
    case Code::corrupt:
      return "corrupt";
  }
  std::unreachable();
}

std::string text(const Error& error) {
  return error.where.empty() ? error.message : error.message + " (" + error.where + ")";
}

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "weir: internal error: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace weir
