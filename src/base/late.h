// A library that is loaded when it is first used (decision 0033).
//
// What only some verbs need would else be mapped and relocated at every start, with all that it
// needs itself. Its headers are compiled against as ever; of its functions those that are used
// stand in a table, under their own types:
//
//   struct Curl : late::Table {
//     using Table::Table;
//     decltype(&curl_easy_init) easy_init = function("curl_easy_init");
//   };
//   inline constinit late::Library<Curl> libcurl("libcurl.so.4", "libcurl4");
//
//   TRY(libcurl.load());
//   CURL* const handle = libcurl->easy_init();
//
// It is the system's library of that name, as the dynamic linker finds it, and stays loaded until
// the process ends. src/CMakeLists.txt (weir_late) finds the name and says it to the package.
//
// Thread rule: any thread, at any time; once load() has succeeded anywhere, `->` works everywhere.
#pragma once

#include <atomic>
#include <memory>
#include <type_traits>

#include "base/result.h"

namespace weir::late {

/// Where a function of the library lies; becomes a pointer of the type that the table says.
class Found {
 public:
  explicit Found(void* address) : address_(address) {}
  template <class Function>
    requires std::is_function_v<Function>
  operator Function*() const {  // NOLINT(google-explicit-constructor): that is its use
    return reinterpret_cast<Function*>(address_);  // NOLINT: POSIX promises it for dlsym()
  }

 private:
  void* address_;
};

/// What a table of functions derives from.
class Table {
 public:
  explicit Table(void* handle) : handle_(handle) {}
  /// The first function that the library, and what it needs itself, does not have; else null.
  const char* missing() const { return missing_; }

 protected:
  Found function(const char* name);

 private:
  void* handle_;
  const char* missing_ = nullptr;
};

/// `unavailable`, naming the file and the package that has it.
Result<void*> open(const char* file, const char* package);
std::unexpected<Error> lacks(const char* file, const char* package, const char* function);

/// The table `Functions` of one library. `file` is its SONAME, `package` Debian's name for it.
template <class Functions>
class Library {
 public:
  constexpr Library(const char* file, const char* package) : file_(file), package_(package) {}

  /// Loads it if no call before has. `unavailable` if it, or a function of the table, is not there;
  /// the next call tries again.
  Status load() {
    if (is_loaded()) {
      return {};
    }
    void* const handle = TRY(open(file_, package_));
    auto functions = std::make_unique<const Functions>(handle);
    if (functions->missing() != nullptr) {
      return lacks(file_, package_, functions->missing());
    }
    const Functions* none = nullptr;  // of two threads one keeps its table, and both are the same
    if (functions_.compare_exchange_strong(none, functions.get())) {
      (void)functions.release();
    }
    return {};
  }
  bool is_loaded() const { return functions_.load() != nullptr; }
  /// load() must have succeeded before.
  const Functions* operator->() const {
    const Functions* const functions = functions_.load();
    CHECK(functions != nullptr);
    return functions;
  }

 private:
  const char* file_;
  const char* package_;
  std::atomic<const Functions*> functions_ = nullptr;  // until the process ends
};

}  // namespace weir::late
