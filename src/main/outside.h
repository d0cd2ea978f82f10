// What a verb that checks a log from outside is told: the log's key and its witnesses, which the
// caller has by other ways.
//
// Thread rule: functions; they read files.
#pragma once

#include <string>

#include "custody/custody.h"
#include "main/verbs.h"

namespace weir::main {

struct Outside {
  std::string log;
  std::string vkey_file;
  std::string policy_file;  // empty: no witness is asked for
  bool unwitnessed = false;
};
/// --vkey, which is needed, and --policy.
void add_outside(CLI::App& verb, Outside& outside);
Result<custody::Pinned> pinned_of(const Outside& outside);

}  // namespace weir::main
