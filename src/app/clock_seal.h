// Private to app/: what the rows of the clocks keep to themselves. Which law a duty is of, and what
// has happened, tell whether a flaw is exploited: that is restricted, so it lies under the master
// key, bound to its row, and no plaintext column names an event, a law, a stage or the time from
// which it counts (decision 0029).
//
// Thread rule: functions of their arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/clock_rows.h"

namespace weir::app {

/// What an obligation is, and its times that tell how long it runs.
struct SealedStage {
  std::string regime;
  std::string version;
  std::string stage;
  std::int64_t start_ms = 0;
  std::int64_t last_ms = 0;
};
std::string seal_stage(const App& app, std::string_view obligation, const SealedStage& stage);
Result<SealedStage> open_stage(const App& app, std::string_view obligation,
                               std::string_view sealed);

/// What happened, when, and what it corrects.
std::string seal_fact(const App& app, const Party& party, const FactRow& fact);
/// Completes a row that has its number.
Status open_fact(const App& app, const Party& party, std::string_view sealed, FactRow& fact);

/// The names of a filing's fields, as JSON; the conflict of a decision.
std::string seal_fields(const App& app, std::string_view filing, std::string_view fields);
Result<std::string> open_fields(const App& app, std::string_view filing, std::string_view sealed);
std::string seal_conflict(const App& app, const Party& party, std::string_view conflict);
Result<std::string> open_conflict(const App& app, const Party& party, std::string_view sealed);

extern const store::Migration kSealedClocksMigration;
extern const store::Migration kUnsealedClocksMigration;

}  // namespace weir::app
