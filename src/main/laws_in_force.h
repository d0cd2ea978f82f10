// Private to main/: the laws that a running server counts by, the last that could be read.
//
// A folder that cannot be read any more stops nobody: the server goes on by what it had, and so
// does one that is started then, from the copy that every good reading leaves in the data
// directory. It says so in its log, and `weir doctor` does.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/guarded.h"
#include "main/laws.h"

namespace weir::main {

/// Below the data directory.
inline constexpr const char* kKeptLaws = "laws.kept";
inline constexpr std::size_t kMostKeptLawsBytes = std::size_t{32} << 20;

/// The configured folder of laws, or empty: those that are compiled in.
std::string folder_of_laws(const std::string& data, const std::string& configured);

/// Thread rule: any thread.
class LawsInForce {
 public:
  /// `folder` as folder_of_laws(). Fails if neither it nor a copy in `data` can be read.
  static Result<std::unique_ptr<LawsInForce>> open(std::string data, std::string folder);

  /// Fails, and changes nothing, if the folder cannot be read.
  Status read_again();
  std::shared_ptr<const app::Laws> get() const;
  /// Why those in force are older than the folder; nothing if they are not.
  std::optional<Error> problem() const;

 private:
  struct State {
    std::shared_ptr<const app::Laws> laws;
    std::optional<Error> problem;
  };
  LawsInForce(std::string data, std::string folder)
      : data_(std::move(data)), folder_(std::move(folder)) {}
  Result<app::Laws> read_and_keep() const;

  std::string data_;
  std::string folder_;
  Guarded<State> state_;
};

}  // namespace weir::main
