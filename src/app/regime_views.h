// The laws as they are shown to everybody: what is counted, from what, for how long, and how that
// is known. Nothing here is an organisation's or a case's.
//
// Thread rule: pure functions over values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/profiles.h"

namespace weir::app {

struct LimitView {
  std::string within;  // "24 h"; "a set date"
  std::string wording;
  deadline::Citation citation;
};
struct StageView {
  std::string stage;
  std::string title;
  std::string wording;  // what begins it, in the words of the law
  deadline::Citation citation;
  std::vector<LimitView> limits;  // none: no fixed time
  std::vector<std::string> recipients;
  std::vector<deadline::Field> fields;
};
struct VersionView {
  std::string from;   // a day; empty: not in force
  std::string until;  // the first day on which it no longer is; empty: no end known
  deadline::Mark mark = deadline::Mark::unverified;  // the weakest of what its times rest on
  std::vector<StageView> stages;
};
struct RegimeView {
  std::string regime;
  std::string title;
  std::string kind;
  std::string place;
  std::string checked;  // the day its sources were last read
  std::vector<VersionView> versions;
  std::string text;  // all of it, with every clause, as `weir regimes show` writes it
};
/// Sorted by name.
std::vector<RegimeView> regime_views(const Laws& laws);
/// `not_found` if there is none of this name.
Result<RegimeView> show_regime(const Laws& laws, const std::string& regime);

}  // namespace weir::app
