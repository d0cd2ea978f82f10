// A story in steps that can be cut short anywhere and gone on with: what each step acknowledged is
// remembered, and held against what is there later.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/world.h"

namespace weir::app {

class Script {
 public:
  explicit Script(World& world) : world_(world) {}

  /// The steps, in order. Each may be tried again when it failed; one that was done although it
  /// was not acknowledged answers as one that is done.
  static constexpr int kSteps = 22;
  Status step(int number);
  /// All steps from the first that has not been acknowledged; ends at the first that fails.
  Status run();
  bool is_done() const { return next_ == kSteps; }
  int next() const { return next_; }

  /// What was acknowledged is there, once; nothing is half done. Fails the test otherwise.
  void inspect() const;
  /// Every signed checkpoint ever answered or stored: one root for each size.
  void collect_notes();

 private:
  Status file(const std::string& word);
  Status once(std::string_view type, const std::function<Status()>& act);
  Status two(const std::function<Result<Done>()>& act, std::string_view type);
  Status share(int number);
  Status keep_clocks(int number);
  Status end(int number);

  World& world_;
  int next_ = 0;
  std::string case_;                         // the one that is worked on
  std::map<std::string, std::string> told_;  // case -> word, of acknowledged reports
  std::map<std::string, std::string> said_;  // object -> text, of acknowledged messages
  std::map<std::string, int> events_;        // type -> how often acknowledged in case_
  std::map<std::uint64_t, std::string> roots_;
};

}  // namespace weir::app
