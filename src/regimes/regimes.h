// Laws and norms as data: reads regimes/*.yaml into the rules that src/deadline works on.
//
// Strict: an unknown key, a key twice, a statement without its citation, versions that overlap, a
// stage that waits for itself, a word that is not in the vocabulary, or an anchor of YAML is
// refused, with file, line and reason. Nothing is read in part: one bad file, and there are no
// rules at all.
//
//   builtin()     the files that were compiled in
//   read_files()  those of a folder
//   load()        files to rules
//   Book          the rules in force in a running process; a failed reload keeps the last good ones
//   show(), compare()  as text for people
//
// This is where the time zone data of the system are read, once, and held as tables.
//
// Thread rule: functions over values; Book may be used from any thread.
// Start with regimes/eu-cra.yaml and regimes_test.cc.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "deadline/deadline.h"

namespace weir::regimes {

inline constexpr std::size_t kMaxFileBytes = 256 * 1024;
inline constexpr std::size_t kMaxFiles = 500;
inline constexpr std::size_t kMaxDepth = 16;         // of nesting in a file
inline constexpr std::size_t kMaxTextBytes = 4'000;  // of one text in a file
inline constexpr std::int32_t kMaxCount = 10'000;    // of units in a period

struct File {
  std::string name;  // "eu-cra.yaml"
  std::string text;
};

/// vocabulary.yaml, calendars.yaml and one file for each regime, sorted by name.
std::vector<File> builtin();
/// Every *.yaml of the folder, sorted by name.
Result<std::vector<File>> read_files(const std::string& folder);

/// `invalid` at "file:line" with the reason, at the first thing that is wrong.
Result<deadline::Rules> load(std::span<const File> files);

/// The table of a zone, "Europe/Berlin"; `invalid` for one that the system does not know.
Result<deadline::Zone> load_zone(const std::string& name);

/// The rules in force. Readers keep what they got as long as they like.
class Book {
 public:
  using Shared = std::shared_ptr<const deadline::Rules>;
  explicit Book(deadline::Rules rules);
  Shared current() const;
  /// Puts new rules in force if they are good; keeps the old ones if not, and says why.
  Status reload(std::span<const File> files);

 private:
  Guarded<Shared> rules_;
};

/// One regime as lines of text: versions, stages, times, contents, recipients, citations, marks.
std::string show(const deadline::Rules& rules, const deadline::Regime& regime);
/// What differs, line by line ("-" and "+"), for each regime that is not the same in both.
std::string compare(const deadline::Rules& before, const deadline::Rules& after);
/// A Markdown page: every regime with its mark and the day it was last checked.
std::string reference(const deadline::Rules& rules);

}  // namespace weir::regimes
