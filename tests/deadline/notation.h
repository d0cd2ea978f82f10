// The notation of *.cases and profiles.txt: one case a line, readable by who knows the law.
//
//   case | who | what happened | looked at | what stands then | clause
//
// What happened: `EVENT TIME`, `correct N EVENT TIME` and `takeback N EVENT TIME` (N: the fact's
// number in the line), `filed REGIME/STAGE TIME [FIELD,...]`. What stands: `REGIME/STAGE STATE DUE
// [last TIME]` with `-` for no fixed time, `REGIME absent`, `REGIME/STAGE absent`. Times are RFC
// 3339, seconds may be left out.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "regimes/regimes.h"

namespace weir::deadline::testing {

/// The laws that are compiled in.
const Rules& rules();

struct Facts {
  std::vector<Fact> facts;
  std::vector<Filing> filings;
  History history() const { return {facts, filings}; }
};

struct Case {
  std::string place;  // "logic.cases:12"
  std::string name;
  std::string who;
  Facts happened;
  Instant at;
  std::vector<std::string> expected;
  std::string clause;
};

Instant time_of(const std::string& text);
Facts read_facts(const std::string& text);
std::vector<Case> read_cases(const std::string& file);
/// Name to position, from profiles.txt.
const std::map<std::string, Position>& positions();
/// "flaw_known 2026-10-01T10:00:00.000Z; ...": what read_facts() takes.
std::string text_of(const Facts& facts);

}  // namespace weir::deadline::testing
