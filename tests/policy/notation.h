// The notation of *.policy files: facts, then questions with the answers that must come. One
// statement a line; # starts a comment; names of levels, rules, actions are those of policy.h.
//
//   object KEY=VALUE ...            the object, from harmless facts: open case, label clear,
//                                   no_fix, nothing published, no embargo, no delay
//   party NAME KEY=VALUE ...        somebody, from harmless facts: no roles, no relation, free
//   NAME reads LEVEL ANSWER level LEVEL rule RULE ...
//   NAME sees existence ANSWER level LEVEL rule RULE ...
//   NAME does ACTION ANSWER rule RULE ...
//   NAME gives OTHER LEVEL ANSWER level LEVEL rule RULE ...
//
// ANSWER is yes, no, or second (a second person must approve). After RULE may stand `as RELATION`
// and, last, `needs CONDITION ...` or `needs nothing`. After any NAME may stand `with KEY=VALUE
// ...`: for this line only, the facts are changed. all=unknown forgets every fact.
//
// Errors name file and line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/policy.h"

namespace weir::policy {

struct Party {
  Subject subject;
  Standing standing;
  std::string name;
};

/// One line that asks.
struct Question {
  std::string place;  // "file:line"
  std::string line;
  Decision decision;  // what the gate answered
  std::string expected;
  std::string got;  // the same form as `expected`: equal if the answer is right
};

/// All questions of one file, answered. Invalid with file and line on the first malformed line.
Result<std::vector<Question>> run_policy_file(std::string_view file, std::string_view content);

}  // namespace weir::policy
