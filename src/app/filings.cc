#include "app/filings.h"

#include <algorithm>

#include "app/clock_seal.h"
#include "app/filing_rows.h"
#include "app/intake.h"
#include "app/items.h"
#include "app/received_filings.h"
#include "base/bytes.h"
#include "ledger/opening.h"

namespace weir::app {
namespace {

constexpr std::array<std::string_view, 4> kChannels = {"platform", "form", "file", "weir"};
constexpr std::array<std::string_view, 3> kStates = {"draft", "submitted", "acknowledged"};

Result<std::string> case_of(const store::Tx& tx, const ObligationRow& obligation) {
  return TRY(load_case(tx, obligation.party.case_file)).reference;
}

Result<deadline::StageRef> stage_in(const Laws& laws, const ObligationRow& row) {
  const auto ref = find_stage(laws, row.regime, row.version, row.stage);
  if (!ref) {
    return fail(Code::conflict, "the laws in force here no longer hold this stage");
  }
  if (!deadline::stage_of(laws.rules, *ref).is_filing()) {
    return fail(Code::invalid, "this stage is met by what happens, not by a filing: enter a fact");
  }
  return *ref;
}

std::vector<FieldValue> values_of(const FilingDocument& document) {
  std::vector<FieldValue> values;
  for (const FilingField& one : document.fields) {
    if (!one.value.empty()) {
      values.push_back({one.name, one.value, one.level});
    }
  }
  return values;
}

/// A draft, as it is about to be written.
struct Drafting {
  CaseFile file;
  FilingDocument document;
  std::string reference;
};

Result<Drafting> begin_draft(App& app, const Laws& laws, const Actor& actor,
                             const std::string& obligation, const std::vector<FieldValue>& values) {
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_keeper(*tx, app, actor, Scope::act));
  const ObligationRow row = TRY(load_obligation(*tx, app, person, obligation));
  const Keeping keeping = TRY(keep_obligation(*tx, app, actor, row, Scope::act));
  const deadline::StageRef ref = TRY(stage_in(laws, row));
  Drafting made{keeping.file, TRY(make_document(deadline::stage_of(laws.rules, ref), values)), {}};
  made.document.organisation = keeping.organisation.name;
  made.document.regime = row.regime;
  made.document.version = row.version;
  const auto known = TRY(tx->one("SELECT ref FROM stage_filing WHERE obligation = $1 AND state = 0",
                                 {row.id}, [](const store::Row& found) { return found.text(0); }));
  made.reference = known ? *known : to_base32(app.random.bytes(kIdBytes));
  made.document.filing = made.reference;
  return made;
}

json::Array array_of(const std::vector<std::string>& names) {
  return json::Array(names.begin(), names.end());
}

/// Whether it is handed over by the call itself, and at no other time.
bool is_here_and_now(Submission::Channel channel) {
  return channel == Submission::Channel::platform || channel == Submission::Channel::weir;
}

Status check_handing(const Handing& handing, const Submission& submission) {
  const std::vector<std::string> lacking = missing(handing.document);
  if (!lacking.empty()) {
    return fail(Code::invalid, "a required field is missing", "/" + lacking.front());
  }
  const std::vector<std::string> more = beyond(handing.document);
  for (const std::string& name : more) {
    if (std::ranges::find(submission.beyond, name) == submission.beyond.end()) {
      return fail(Code::invalid, "this gives more than the law demands: name it, or leave it out",
                  "/" + name);
    }
  }
  for (const std::string& name : submission.beyond) {
    if (std::ranges::find(more, name) == more.end()) {
      return fail(Code::invalid, "nothing beyond what is demanded is given here", "/" + name);
    }
  }
  return {};
}

std::vector<custody::Field> filing_fields(const Keeping& keeping, const Handing& handing,
                                          const content::Object& object,
                                          const Submission& submission) {
  const ObligationRow& row = handing.row.obligation;
  std::vector<custody::Field> fields = actor_fields(keeping.person);
  fields.push_back(field("filing", handing.row.reference));
  fields.push_back(field("regime", row.regime));
  fields.push_back(field("regime_version", row.version));
  fields.push_back(field("stage", row.stage));
  fields.push_back(field("channel", name(submission.channel)));
  fields.push_back(field("handed_over", to_rfc3339(handing.at)));
  fields.push_back(field("level", name(level_of(handing.document))));
  fields.push_back({"given", array_of(given(handing.document))});
  fields.push_back({"beyond", array_of(beyond(handing.document))});
  fields.push_back(field("content", object.digest));
  fields.push_back(field("content_salt", object.salt));
  if (row.due_ms != kNoTime) {
    fields.push_back(field("due", to_rfc3339({row.due_ms})));
  }
  if (keeping.organisation.id != keeping.person.organisation.id) {
    fields.push_back(field("vendor", keeping.organisation.name));
  }
  return fields;
}

/// On this platform a filing is an item of the case, for the keeper and the handler alone; and the
/// authority's own clock begins.
Status receive_here(store::Tx& tx, const App& app, const Keeping& keeping, const Handing& handing) {
  const auto authority =
      TRY(tx.one("SELECT id FROM organisation WHERE staff = 1 ORDER BY id LIMIT 1", {},
                 [](const store::Row& row) { return row.integer(0); }));
  if (!authority || *authority == keeping.person.organisation.id) {
    return fail(Code::invalid, "the authority does not file with itself", "channel");
  }
  const Level level = std::max(level_of(handing.document), Level::notice);
  TRY(tx.run(
      "INSERT INTO item (home, case_file, ref, version, kind, level, vulnerability, "
      "language, encryption, author, by_reporter, audience, at_ms) VALUES ($1, $1, $2, $3, "
      "'filing', $4, 0, 'en', 0, $5, 0, $6, $7)",
      {keeping.file.id, handing.row.object, handing.row.version, static_cast<std::int64_t>(level),
       keeping.person.id, keeping.person.organisation.id, app.clock.now().ms}));
  return authority_was_told(tx, app, keeping.file.id, "filed on this platform");
}

struct Recorded {
  std::string receipt_id;
  std::optional<ledger::Appended> event{};  // none: the same call did it before
  std::string promise{};                    // of that
};
Result<Recorded> record_with_receipt(store::Tx& tx, const App& app, const Keeping& keeping,
                                     std::string type, std::vector<custody::Field> fields) {
  const ledger::Appended event =
      TRY(record(tx, app, keeping.stream, std::move(type), std::move(fields)));
  return Recorded{TRY(ledger::issue_receipt_id(tx, keeping.stream, event.index, app.random)),
                  event};
}

/// What the same call did before, if it did.
Result<std::optional<Recorded>> recorded_before(const store::Tx& tx, const App& app,
                                                const Actor& actor) {
  const auto receipt = TRY(find_outcome(tx, app, actor));
  if (!receipt) {
    return std::nullopt;
  }
  return Recorded{*receipt, {}, TRY(promise_again(tx, app, *receipt))};
}

Submitted submitted_of(const App& app, const Recorded& done) {
  return {done.receipt_id, done.event ? promise(app, *done.event) : done.promise};
}

}  // namespace

Result<Keeping> keep_obligation(const store::Tx& tx, const App& app, const Actor& actor,
                                const ObligationRow& obligation, Scope scope) {
  const std::string reference = TRY(case_of(tx, obligation));
  const Organisation whose = TRY(load_organisation(tx, obligation.party.organisation));
  return keep(tx, app, actor, reference, whose.name, scope);
}

Result<Handing> begin_handing(App& app, const Laws& laws, const Actor& actor,
                              const std::string& filing, const Submission& submission) {
  Handing handing;
  handing.at = app.clock.now();
  if (!submission.at.empty()) {
    const auto at = parse_rfc3339(submission.at);
    if (!at || *at > app.clock.now() || is_here_and_now(submission.channel)) {
      return fail(Code::invalid, "handed over elsewhere: a time that is past, with date and zone",
                  "at");
    }
    handing.at = *at;
  }
  handing.body = TRY(open_filing(app, actor, filing));
  const FilingDocument written = TRY(parse_filing(handing.body));
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_keeper(*tx, app, actor, Scope::act));
  handing.row = TRY(load_filing(*tx, app, person, filing));
  handing.stage = TRY(stage_in(laws, handing.row.obligation));
  // Held against the stage as it is now: the draft may be older than a change of the law's file.
  handing.document =
      TRY(make_document(deadline::stage_of(laws.rules, handing.stage), values_of(written)));
  TRY(check_handing(handing, submission));
  return handing;
}

std::string_view name(Submission::Channel channel) {
  return kChannels[static_cast<std::size_t>(channel)];
}

std::string_view name(FilingState state) {
  return kStates[static_cast<std::size_t>(state)];
}

Result<std::string> save_draft(App& app, const Laws& laws, const Actor& actor,
                               const std::string& obligation,
                               const std::vector<FieldValue>& values) {
  const Drafting made = TRY(begin_draft(app, laws, actor, obligation, values));
  const content::Sealed sealed = TRY(seal_text(app, made.file, write_filing(made.document)));
  const json::Value names(array_of(given(made.document)));
  const auto done = TRY(app.db.submit([&](store::Tx& tx) -> Result<std::string> {
    const Person person = TRY(load_keeper(tx, app, actor, Scope::act));
    const ObligationRow row = TRY(load_obligation(tx, app, person, obligation));
    TRY(keep_obligation(tx, app, actor, row, Scope::act));
    TRY(content::put(tx, sealed));
    const std::string fields = seal_fields(app, made.reference, json::canonical(names));
    TRY(
        tx.run("UPDATE stage_filing SET object = $2, version = 1, level = $3, sealed = $4, account "
               "= $5, at_ms = $6 WHERE ref = $1 AND state = 0",
               {made.reference, sealed.object.reference,
                static_cast<std::int64_t>(level_of(made.document)), store::Blob{fields}, person.id,
                app.clock.now().ms}));
    if (tx.changes() == 0) {
      TRY(tx.run(
          "INSERT INTO stage_filing (ref, obligation, state, object, version, level, fields, "
          "channel, account, at_ms, sealed) VALUES ($1, $2, 0, $3, 1, $4, '', '', $6, $7, $5)",
          {made.reference, row.id, sealed.object.reference,
           static_cast<std::int64_t>(level_of(made.document)), store::Blob{fields}, person.id,
           app.clock.now().ms}));
    }
    return made.reference;
  }));
  return *done;
}

Result<Submitted> submit_filing(App& app, const Laws& laws, const Actor& actor,
                                const std::string& filing, const Submission& submission) {
  if ((submission.channel == Submission::Channel::weir) != submission.answered.has_value()) {
    return fail(Code::invalid, "of what was sent to another Weir say what it answered", "channel");
  }
  const Handing handing = TRY(begin_handing(app, laws, actor, filing, submission));
  const auto done = TRY(app.db.submit([&](store::Tx& tx) -> Result<Recorded> {
    const Person person = TRY(load_keeper(tx, app, actor, Scope::act));
    const FilingRow row = TRY(load_filing(tx, app, person, filing));
    const Keeping keeping = TRY(keep_obligation(tx, app, actor, row.obligation, Scope::act));
    if (auto before = TRY(recorded_before(tx, app, actor))) {
      return std::move(*before);
    }
    if (row.state != FilingState::draft || row.object != handing.row.object) {
      return fail(Code::conflict, "the draft was changed or submitted meanwhile");
    }
    TRY(must_not_be_forbidden(tx, app, laws, row.obligation.party, handing.stage));
    const content::Object object = TRY(content::find(tx, row.object, row.version));
    Recorded made = TRY(record_with_receipt(tx, app, keeping, "filing",
                                            filing_fields(keeping, handing, object, submission)));
    TRY(keep_outcome(tx, app, actor, made.receipt_id));
    TRY(
        tx.run("UPDATE stage_filing SET state = 1, channel = $2, submitted_ms = $3, event = $4, "
               "receipt = $5, account = $6 WHERE id = $1",
               {row.id, name(submission.channel), handing.at.ms,
                static_cast<std::int64_t>(made.event->index), made.receipt_id, person.id}));
    if (submission.channel == Submission::Channel::platform) {
      TRY(receive_here(tx, app, keeping, handing));
    }
    if (submission.answered) {
      TRY(keep_answer(tx, app, laws, handing, *submission.answered));
    }
    TRY(derive_again(tx, app, laws, row.obligation.party));
    return made;
  }));
  return submitted_of(app, *done);
}

Result<Submitted> acknowledge_filing(App& app, const Actor& actor, const std::string& filing,
                                     const Acknowledgement& acknowledgement) {
  const auto at = parse_rfc3339(acknowledgement.at);
  if (!at || *at > app.clock.now()) {
    return fail(Code::invalid, "an acknowledgement came at a time that is past", "at");
  }
  if (acknowledgement.reference.empty() || acknowledgement.reference.size() > kMaxSourceBytes ||
      acknowledgement.note.size() > kMaxNoteBytes || !is_utf8(acknowledgement.reference) ||
      !is_utf8(acknowledgement.note)) {
    return fail(Code::invalid, "an acknowledgement has the authority's reference, in UTF-8 text",
                "reference");
  }
  const auto done = TRY(app.db.submit([&](store::Tx& tx) -> Result<Recorded> {
    const Person person = TRY(load_keeper(tx, app, actor, Scope::act));
    const FilingRow row = TRY(load_filing(tx, app, person, filing));
    const Keeping keeping = TRY(keep_obligation(tx, app, actor, row.obligation, Scope::act));
    if (auto before = TRY(recorded_before(tx, app, actor))) {
      return std::move(*before);
    }
    if (row.state != FilingState::submitted) {
      return fail(Code::conflict, "only what was submitted, once, is acknowledged");
    }
    std::vector<custody::Field> fields = actor_fields(keeping.person);
    fields.push_back(field("filing", row.reference));
    fields.push_back(field("acknowledged", to_rfc3339(*at)));
    fields.push_back({"note", json::Object{{"reference", acknowledgement.reference},
                                           {"text", acknowledgement.note}}});
    TRY(tx.run("UPDATE stage_filing SET state = 2, acknowledged_ms = $2 WHERE id = $1",
               {row.id, at->ms}));
    Recorded made =
        TRY(record_with_receipt(tx, app, keeping, "filing_acknowledged", std::move(fields)));
    TRY(keep_outcome(tx, app, actor, made.receipt_id));
    return made;
  }));
  return submitted_of(app, *done);
}

}  // namespace weir::app
