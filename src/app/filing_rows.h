// Private to app/: filings as rows, and what stands against one.
#pragma once

#include <string_view>

#include "app/clock_rows.h"
#include "app/filings.h"

namespace weir::app {

/// `conflict` while a law forbids to tell whom this stage tells, and no two people decided to file.
Status must_not_be_forbidden(const store::Tx& tx, const App& app, const Laws& laws,
                             const Party& party, const deadline::StageRef& stage);

struct FilingRow {
  std::int64_t id = 0;
  std::string reference;
  FilingState state = FilingState::draft;
  std::string object;
  std::int64_t version = 1;
  ObligationRow obligation;
};
/// By its reference, if the person's organisation keeps it; else `not_found`.
Result<FilingRow> load_filing(const store::Tx& tx, const App& app, const Person& person,
                              std::string_view reference);

/// The sealed body of a filing as text, for whom the gate lets keep these clocks.
Result<std::string> open_filing(App& app, const Actor& actor, const std::string& filing);

extern const store::Migration kFilingsMigration;

}  // namespace weir::app
