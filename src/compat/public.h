// public.db as a server asks it: opened once it is there, read and never changed, by many threads.
//
// A question gets a snapshot, a Desk that knows what earlier questions have made, and the search as
// it was last renewed: it may be some seconds behind the records, and then misses the newest.
//
// An answer is kept for whoever asks the same until anything has been imported: the same questions
// come again and again, and most of the work is done for nothing then.
//
// What is not there is `unavailable`, and nothing else of the server waits for it. A file that is
// moved away and made anew is seen after a restart.
//
// Thread rule: ask() from any thread; refresh() from one.
// Start with compat_test.cc.
#pragma once

#include <memory>
#include <string>

#include "compat/bulk.h"
#include "compat/compat.h"

namespace weir::compat {

inline constexpr std::size_t kMostDesks = 2;  // kept for the next question
inline constexpr std::size_t kMostKeptAnswerBytes = std::size_t{128} << 20;  // of all together
inline constexpr std::size_t kMostKeptOneBytes = std::size_t{1}
                                                 << 20;                // mirrors ask for more, once
inline constexpr Duration kMostAnswerTime = std::chrono::seconds(20);  // in the records' database
inline constexpr std::size_t kMostKeptQuestionBytes = std::size_t{2} << 10;  // of one question

/// An answer, and what only the same bytes have in common with it; empty for what is no 200.
struct Told {
  Answer answer;
  std::string tag;
};

class Public {
 public:
  /// Of the file at `path`, whether it is there yet or not.
  explicit Public(std::string path);
  ~Public();
  Public(const Public&) = delete;
  Public& operator=(const Public&) = delete;

  /// Opens the file if that has not been done, and renews the search if records have changed. To be
  /// called every few seconds; a failure leaves what there was. `not_found` while there is no file.
  Status refresh();

  /// `unavailable` while there is no public database, or after kMostAnswerTime; else what
  /// `question` answers.
  Result<std::shared_ptr<const Told>> ask(Ask question, const Given& given) const;
  /// As Bulk::file(), in a folder "bulk" beside the database.
  Result<BulkFile> bulk(BulkKind kind, const std::string& ecosystem) const;
  /// Questions under way end with `unavailable`, and so do those that come: the server stops.
  void break_off();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace weir::compat
