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

/// The gate, for the case and the organisation of an obligation that this actor's keeps.
Result<Keeping> keep_obligation(const store::Tx& tx, const App& app, const Actor& actor,
                                const ObligationRow& obligation, Scope scope);

/// What is about to be handed over, checked as far as it can be without the writer.
struct Handing {
  FilingRow row;
  std::string body;  // as it stands in the draft
  FilingDocument document;
  deadline::StageRef stage;
  Instant at;
};
Result<Handing> begin_handing(App& app, const Laws& laws, const Actor& actor,
                              const std::string& filing, const Submission& submission);

/// What the filing's keeper has filed, or is drafting, in the same version of the law in this case;
/// the newest first, the obligation's own draft before all. References.
Result<std::vector<std::string>> filings_of_stages(const store::Tx& tx, const App& app,
                                                   const ObligationRow& row);

/// What was answered to a filing that was sent, in the transaction of its submission. `conflict` if
/// it was not sent, or the draft is no longer what was; `invalid` for an answer that is none.
Status keep_answer(store::Tx& tx, const App& app, const Laws& laws, const Handing& handing,
                   const Answered& answered);

extern const store::Migration kFilingsMigration;
extern const store::Migration kSentFilingsMigration;

}  // namespace weir::app
