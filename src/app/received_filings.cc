#include "app/received_filings.h"

#include <algorithm>

#include "app/clock_rows.h"
#include "app/credentials.h"
#include "app/items.h"
#include "app/news.h"
#include "format/filing.h"
#include "ledger/opening.h"

namespace weir::app {
namespace {

/// The gate, and that it is this person's report: others write messages.
Result<Asked> ask_to_file(const store::Tx& tx, const App& app, const Actor& actor,
                          const std::string& reference) {
  Asked asked = TRY(ask_alone(tx, app, actor, reference, {.action = policy::Action::post_message}));
  const bool is_reporter = asked.person.id == 0 || asked.file.reporter == asked.person.id;
  if (!is_reporter) {
    return fail(Code::denied, "who filed first files the later stages too");
  }
  return asked;
}

Result<CaseFile> may_file(App& app, const Actor& actor, const std::string& reference) {
  TRY(take_anonymous(app, actor, kAnonymousWords));
  const auto tx = TRY(app.db.read());
  return TRY(ask_to_file(*tx, app, actor, reference)).file;
}

std::vector<custody::Field> received_fields(const Asked& asked, const App& app,
                                            const format::FilingDocument& document,
                                            const content::Object& object) {
  std::vector<custody::Field> fields = actor_fields(asked.person);
  fields.push_back(field("filing", document.filing));
  fields.push_back(field("regime", document.regime));
  fields.push_back(field("regime_version", document.version));
  fields.push_back(field("stage", document.stage));
  fields.push_back(field("channel", "weir"));
  fields.push_back(field("handed_over", to_rfc3339(app.clock.now())));
  fields.push_back(field("level", name(format::level_of(document))));
  json::Array given;
  for (const format::FilingField& one : document.fields) {
    given.emplace_back(one.name);
  }
  fields.push_back({"given", std::move(given)});
  fields.push_back(field("content", object.digest));
  fields.push_back(field("content_salt", object.salt));
  return fields;
}

/// What the same call answered before.
Result<Receipted> answered_before(const store::Tx& tx, const App& app, const std::string& reference,
                                  const std::string& receipt) {
  return Receipted{.case_reference = reference,
                   .receipt_id = receipt,
                   .promise = TRY(promise_again(tx, app, receipt)),
                   .return_code = {}};
}

}  // namespace

Status authority_was_told(store::Tx& tx, const App& app, std::int64_t case_file,
                          const std::string& source) {
  const auto authority =
      TRY(tx.one("SELECT id FROM organisation WHERE staff = 1 ORDER BY id LIMIT 1", {},
                 [](const store::Row& row) { return row.integer(0); }));
  return authority ? enter_own_fact(tx, app, {case_file, *authority, *authority},
                                    {"notification_received", app.clock.now(), source})
                   : Status();
}

Result<Receipted> receive_filing(App& app, const Actor& actor, const std::string& reference,
                                 const std::string& bytes) {
  const CaseFile before = TRY(may_file(app, actor, reference));
  const format::FilingDocument document = TRY(format::parse_whole_filing(bytes));
  const content::Sealed sealed = TRY(seal_text(app, before, bytes));
  const auto done = TRY(app.db.submit([&](store::Tx& tx) -> Result<Receipted> {
    const Asked asked = TRY(ask_to_file(tx, app, actor, reference));
    if (const auto receipt = TRY(find_outcome(tx, app, actor))) {
      return answered_before(tx, app, asked.file.reference, *receipt);
    }
    const Level level = std::max(format::level_of(document), Level::notice);
    TRY(insert_item(tx, app, asked.file, asked.person, sealed,
                    {.kind = "filing", .level = level, .for_reporter = true}));
    const ledger::Appended event = TRY(record(
        tx, app, asked.stream, "filing", received_fields(asked, app, document, sealed.object)));
    Receipted receipted{
        .case_reference = asked.file.reference,
        .receipt_id = TRY(ledger::issue_receipt_id(tx, asked.stream, event.index, app.random)),
        .promise = promise(app, event),
        .return_code = {}};
    TRY(keep_outcome(tx, app, actor, receipted.receipt_id));
    TRY(authority_was_told(tx, app, asked.file.id, "filed by a Weir elsewhere"));
    if (asked.file.handler) {
      TRY(tell_account(tx, app, {asked.file.id, News::message, asked.person.id},
                       *asked.file.handler));
    }
    return receipted;
  }));
  return *done;
}

}  // namespace weir::app
