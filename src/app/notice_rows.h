// Private to app/: whom a duty is warned of to, and the rows of warnings.
//
// Whom: the people that the rule names; who of them may not act any more (barred, suspended, of
// another organisation) is passed over; where nobody is named or left, the organisation's active
// administrators, and at the authority the handler of the case with them. Of a delay the handler
// comes first. When nobody reacts: the second person, else whoever of these was not told, else the
// same people again. A warning that nobody can be told of is written all the same, and says so.
//
// Thread rule: as app.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/notices.h"
#include "store/store.h"

namespace weir::app {

struct StoredRule {
  NoticeRule rule;
  std::int64_t first = 0;  // accounts; 0: nobody
  std::int64_t second = 0;
};
Result<StoredRule> rule_of(const store::Tx& tx, std::int64_t organisation);

/// What is warned of.
struct Warnable {
  About about = About::obligation;
  std::int64_t row = 0;  // the obligation, or the decision that delays
  std::int64_t keeper = 0;
  std::int64_t case_file = 0;
  std::int64_t due_ms = 0;
  std::int64_t handler = 0;  // of the case; 0: nobody
};
/// Accounts that are told first.
Result<std::vector<std::int64_t>> first_people(const store::Tx& tx, const StoredRule& rule,
                                               const Warnable& duty);
/// Accounts that are told when those of `told` did not react.
Result<std::vector<std::int64_t>> next_people(const store::Tx& tx, const StoredRule& rule,
                                              const Warnable& duty,
                                              const std::vector<std::int64_t>& told);

/// The obligations of which something has come at `now`. Read beside the writer: of very many that
/// are looked at nearly none has.
Result<std::vector<Warnable>> what_has_come(const store::Tx& tx, Instant now);
/// Writes what has come of those, as they are now, and of all delays, and tells whom it is for.
/// Returns how many.
Result<std::int64_t> plan_notices(store::Tx& tx, const App& app, const std::vector<Warnable>& come,
                                  Instant now);
/// A delay ends by itself now: if its rule has a warning for that and it was not given, it is.
Result<std::int64_t> plan_end(store::Tx& tx, const App& app, std::int64_t decision, Instant now);
/// What was given of one delay counts as given of another, which carries it on in another case.
Status carry_notices(store::Tx& tx, std::int64_t from, std::int64_t into, std::int64_t case_file);

/// How far the newest warning of an obligation for this due instant went.
Result<Warned> warned_of(const store::Tx& tx, std::int64_t obligation, std::int64_t due_ms);

extern const store::Migration kNoticesMigration;
extern const store::Migration kNoticePeopleMigration;

}  // namespace weir::app
