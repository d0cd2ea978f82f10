#include "base/late.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace weir::late {

Found Table::function(const char* name) {
  void* const address = ::dlsym(handle_, name);
  if (address == nullptr && missing_ == nullptr) {
    missing_ = name;
  }
  return Found(address);
}

Result<void*> open(const char* file, const char* package) {
  // Never closed: sanitizers name leaks by libraries, and some libraries keep threads and handlers.
  void* const handle = ::dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* const why = ::dlerror();
    return fail(Code::unavailable,
                fmt::format("a library cannot be loaded (Debian's package {}): {}", package,
                            why == nullptr ? "no reason is given" : why),
                file);
  }
  return handle;
}

std::unexpected<Error> lacks(const char* file, const char* package, const char* function) {
  return fail(Code::unavailable,
              fmt::format("a library is not the one that is wanted (Debian's package {}): it has "
                          "no {}",
                          package, function),
              file);
}

}  // namespace weir::late
