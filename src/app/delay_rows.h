// Private to app/: a delay as rows, for decisions, merges and splits.
#pragma once

#include <optional>
#include <string>

#include "app/context.h"

namespace weir::app {

struct DelayTerm {
  Instant until;
  std::optional<Instant> review;
  std::string ground;            // a class, or empty
  std::int64_t second_body = 0;  // organisation, or 0
  std::optional<Instant> told{};
};
/// A delay of the case is in force, decided by its event `event`.
Status put_delay(store::Tx& tx, const App& app, const CaseFile& file, std::int64_t event,
                 const DelayTerm& term);
struct Expired {
  std::int64_t delays = 0;
  std::int64_t notices = 0;  // that one of them has ended
};
/// As expire_delays(), and what it has made.
Result<Expired> end_expired(App& app);
/// Every delay that is in force goes on in the other case too, as long, told or not.
Status carry_delays(store::Tx& tx, const App& app, const CaseFile& from, const CaseFile& into);

}  // namespace weir::app
