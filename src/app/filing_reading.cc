// Filings as they are read: bodies, forms with what is known already, lists, exports. A filing is
// its keeper's own: reading it leaves no record.
#include <algorithm>

#include "app/clock_seal.h"
#include "app/filing_rows.h"
#include "base/json.h"

namespace weir::app {
namespace {

using policy::Fact;

constexpr std::size_t kMaxEarlier = 8;  // filings that a form is pre-filled from

FilingState state_at(const store::Row& row, int column) {
  return static_cast<FilingState>(row.integer(column));
}

/// Which fact answers a field, where one does.
struct Answer {
  std::string_view field;
  std::string_view event;
};
constexpr std::array kFactAnswers = {
    Answer{"vulnerability", "exploitation_known"}, Answer{"incident", "incident_known"},
    Answer{"detected_at", "incident_known"}, Answer{"discovery", "incident_known"},
    Answer{"update", "measure_available"}};

std::string from_facts(const Laws& laws, const Basis& basis, const std::string& field) {
  for (const Answer& one : kFactAnswers) {
    const auto event = laws.rules.event(one.event);
    if (one.field != field || !event) {
      continue;
    }
    std::optional<Instant> earliest;
    for (const deadline::Fact& fact : basis.facts) {
      const bool stands = fact.says == deadline::Fact::Says::happened &&
                          std::ranges::none_of(basis.facts, [&](const deadline::Fact& other) {
                            return other.supersedes == fact.id;
                          });
      if (fact.event == *event && stands && (!earliest || fact.at < *earliest)) {
        earliest = fact.at;
      }
    }
    if (earliest) {
      return laws.rules.events[*event].meaning + ": " + to_rfc3339(*earliest);
    }
  }
  return {};
}

std::string from_profile(const Basis& basis, const std::string& field) {
  const auto markets = basis.profile.attributes.find("market");
  std::string text;
  if (field == "member_states" && markets != basis.profile.attributes.end()) {
    for (const std::string& one : markets->second) {
      text += (text.empty() ? "" : ", ") + one;
    }
  }
  return text;
}

struct Known {
  std::string stage;
  bool is_draft = false;
  FilingDocument document;
};

void fill(const Laws& laws, const Basis& basis, const std::vector<Known>& known, Form& form) {
  for (FilingField& field : form.document.fields) {
    std::string source;
    for (const Known& one : known) {
      const auto found = std::ranges::find(one.document.fields, field.name, &FilingField::name);
      if (source.empty() && found != one.document.fields.end()) {
        field.value = found->value;
        field.level = std::max(field.least, found->level);
        source = one.is_draft ? "draft" : one.stage;
      }
    }
    // A draft says all that shall be in it: what it leaves out stays out.
    const bool has_draft = !known.empty() && known.front().is_draft;
    if (source.empty() && !has_draft && field.is_required) {
      field.value = from_facts(laws, basis, field.name);
      source = field.value.empty() ? "" : "fact";
    }
    if (source.empty() && !has_draft && field.is_required) {
      field.value = from_profile(basis, field.name);
      source = field.value.empty() ? "" : "profile";
    }
    form.sources.push_back(source);
  }
}

/// The form before anything is known: its row, its fields, and what may be known from.
struct Blank {
  Form form;
  Basis basis;
  std::vector<std::string> earlier;
  bool has_draft = false;
};
Result<Blank> blank_form(App& app, const Laws& laws, const Actor& actor,
                         const std::string& obligation) {
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_keeper(*tx, app, actor, Scope::read));
  const ObligationRow row = TRY(load_obligation(*tx, app, person, obligation));
  const auto ref = find_stage(laws, row.regime, row.version, row.stage);
  if (!ref || !deadline::stage_of(laws.rules, *ref).is_filing()) {
    return fail(Code::invalid, "this stage is met by what happens, not by a filing: enter a fact");
  }
  Blank blank;
  blank.form.row = TRY(view_of(*tx, app, laws, row, app.clock.now(), {}));
  blank.form.document = TRY(make_document(deadline::stage_of(laws.rules, *ref), {}));
  blank.form.document.organisation = blank.form.row.organisation;
  blank.form.document.regime = row.regime;
  blank.form.document.version = row.version;
  blank.basis = TRY(load_basis(*tx, app, laws, row.party));
  blank.earlier = TRY(filings_of_stages(*tx, app, row));
  const auto draft = TRY(tx->one("SELECT ref FROM stage_filing WHERE obligation = $1 AND state = 0",
                                 {row.id}, [](const store::Row& found) { return found.text(0); }));
  blank.form.draft = draft.value_or("");
  blank.form.document.filing = blank.form.draft;
  return blank;
}

}  // namespace

Result<std::vector<std::string>> filings_of_stages(const store::Tx& tx, const App& app,
                                                   const ObligationRow& row) {
  struct Found {
    std::string filing;
    std::string obligation;
    std::string sealed;
  };
  std::vector<std::string> filings;
  for (const Found& one : TRY(tx.all(
           "SELECT f.ref, o.ref, o.sealed FROM stage_filing f JOIN obligation o ON o.id = "
           "f.obligation WHERE o.keeper = $2 AND o.organisation = $3 AND (o.id = $4 OR (f.state > "
           "0 AND "
           "o.case_file = $1) OR EXISTS (SELECT 1 FROM clock_link l WHERE l.case_file = $1 AND "
           "l.keeper = $2 AND l.organisation = $3 AND l.source = o.case_file AND (f.event <= "
           "l.last_event OR (f.state = 0 AND l.moved = 1)))) AND o.case_file IN (SELECT $1 UNION "
           "ALL SELECT source FROM clock_link WHERE case_file = $1 AND keeper = $2 AND "
           "organisation = $3) ORDER BY o.id = $4 AND f.state = 0 DESC, f.state = 0 DESC, "
           "f.submitted_ms DESC",
           {row.party.case_file, row.party.keeper, row.party.organisation, row.id},
           [](const store::Row& found) {
             return Found{found.text(0), found.text(1), found.blob(2)};
           }))) {
    const SealedStage stage = TRY(open_stage(app, one.obligation, one.sealed));
    if (stage.regime == row.regime && stage.version == row.version &&
        filings.size() < kMaxEarlier) {
      filings.push_back(one.filing);
    }
  }
  return filings;
}

Result<FilingRow> load_filing(const store::Tx& tx, const App& app, const Person& person,
                              std::string_view reference) {
  std::string obligation;
  auto found = TRY(tx.one(
      "SELECT f.id, f.ref, f.state, f.object, f.version, o.ref FROM stage_filing f JOIN obligation "
      "o ON o.id = f.obligation WHERE f.ref = $1 AND o.keeper = $2",
      {reference, person.organisation.id}, [&](const store::Row& row) {
        obligation = row.text(5);
        FilingRow filing;
        filing.id = row.integer(0);
        filing.reference = row.text(1);
        filing.state = state_at(row, 2);
        filing.object = row.text(3);
        filing.version = row.integer(4);
        return filing;
      }));
  if (!found) {
    return fail(Code::not_found, "no such filing");
  }
  found->obligation = TRY(load_any_obligation(tx, app, person, obligation));
  return *found;
}

Result<std::string> open_filing(App& app, const Actor& actor, const std::string& filing) {
  struct Granted {
    ledger::Access access;
    content::Object object;
  };
  const auto granted = TRY(app.db.submit([&](store::Tx& tx) -> Result<Granted> {
    const Person person = TRY(load_keeper(tx, app, actor, Scope::read));
    const FilingRow row = TRY(load_filing(tx, app, person, filing));
    const CaseFile file = TRY(load_case(tx, row.obligation.party.case_file));
    const Organisation whose = TRY(load_organisation(tx, row.obligation.party.organisation));
    const Keeping keeping = TRY(keep(tx, app, actor, file.reference, whose.name, Scope::read));
    // What the organisation wrote is its own: the gate says so, or nothing is opened.
    policy::Facts facts = TRY(case_facts(tx, file, person));
    facts.standing.author = Fact::yes;
    facts.object.level = Level::exploit;
    const policy::Decision decision =
        policy::decide(subject_of(person), policy::Action::read, facts);
    if (!decision.is_allowed() || decision.relation != policy::Relation::author) {
      return std::unexpected(policy::refusal(decision));
    }
    const content::Object object = TRY(content::find(tx, row.object, row.version));
    const ledger::Item item{object.reference, object.version, Level::exploit, object.salt,
                            object.digest};
    return Granted{TRY(ledger::own_bytes(tx, keeping.stream, {item})), object};
  }));
  const auto tx = TRY(app.db.read());
  content::FoundKeys keys(app.keys);
  return content::open_text(granted.part(&Granted::access), *tx, keys, granted->object);
}

Result<Form> stage_form(App& app, const Laws& laws, const Actor& actor,
                        const std::string& obligation) {
  TRY(refresh(app, laws));
  Blank blank = TRY(blank_form(app, laws, actor, obligation));
  std::vector<Known> known;
  for (const std::string& filing : blank.earlier) {
    const std::string body = TRY(open_filing(app, actor, filing));
    FilingDocument document = TRY(parse_filing(body));
    const std::string stage = document.stage;
    known.push_back({stage, filing == blank.form.draft, std::move(document)});
  }
  fill(laws, blank.basis, known, blank.form);
  blank.form.missing = missing(blank.form.document);
  blank.form.beyond = beyond(blank.form.document);
  return std::move(blank.form);
}

Result<std::vector<FilingView>> filings(App& app, const Actor& actor,
                                        const std::string& reference) {
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_keeper(*tx, app, actor, Scope::read));
  struct Found {
    FilingView view;
    std::string sealed;
  };
  std::vector<FilingView> views;
  for (Found& one : TRY(tx->all(
           "SELECT f.ref, o.ref, c.ref, f.state, f.level, f.channel, f.submitted_ms, "
           "f.acknowledged_ms, COALESCE(f.receipt, ''), o.sealed FROM stage_filing f JOIN "
           "obligation o ON o.id = f.obligation JOIN case_file c ON c.id = o.case_file WHERE "
           "o.keeper = $1 AND ($2 = '' OR c.ref = $2) ORDER BY f.id",
           {person.organisation.id, reference}, [](const store::Row& row) {
             Found found;
             found.view.filing = row.text(0);
             found.view.obligation = row.text(1);
             found.view.case_reference = row.text(2);
             found.view.state = state_at(row, 3);
             found.view.level = static_cast<Level>(row.integer(4));
             found.view.channel = row.text(5);
             if (!row.is_null(6)) {
               found.view.submitted = Instant{row.integer(6)};
             }
             if (!row.is_null(7)) {
               found.view.acknowledged = Instant{row.integer(7)};
             }
             found.view.receipt_id = row.text(8);
             found.sealed = row.blob(9);
             return found;
           }))) {
    const SealedStage stage = TRY(open_stage(app, one.view.obligation, one.sealed));
    one.view.stage = stage.regime + "/" + stage.stage;
    views.push_back(std::move(one.view));
  }
  return views;
}

Result<FilingDocument> show_filing(App& app, const Laws& laws, const Actor& actor,
                                   const std::string& filing) {
  const std::string body = TRY(open_filing(app, actor, filing));
  FilingDocument document = TRY(parse_filing(body));
  const auto ref = find_stage(laws, document.regime, document.version, document.stage);
  if (ref) {
    document.title = deadline::stage_of(laws.rules, *ref).title;
  }
  return document;
}

Result<std::string> export_filing(App& app, const Laws& laws, const Actor& actor,
                                  const std::string& filing, FilingFormat format,
                                  const std::string& recipient) {
  const std::string body = TRY(open_filing(app, actor, filing));
  FilingDocument document = TRY(parse_filing(body));
  if (!recipient.empty()) {
    const auto ref = find_stage(laws, document.regime, document.version, document.stage);
    if (!ref) {
      return fail(Code::conflict, "the laws in force here no longer hold this stage");
    }
    document = TRY(for_recipient(deadline::stage_of(laws.rules, *ref), document, recipient));
  }
  switch (format) {
    case FilingFormat::json:
      return recipient.empty() ? body : write_filing(document);
    case FilingFormat::csv:
      return filing_csv(document);
    case FilingFormat::html:
      return filing_html(document, Page::print);
    case FilingFormat::copy:
      return filing_html(document, Page::copy);
    case FilingFormat::pdf:
      return filing_pdf(document, app.clock.now());
  }
  std::unreachable();
}

// The grounds of decisions stand in events.
const store::Migration kFilingsMigration = {
    "app-0004-law-conflicts",
    // Who decided what about a conflict of laws; the newest row of a reference counts.
    "CREATE TABLE law_conflict (id INTEGER PRIMARY KEY, ref TEXT NOT NULL,"
    " case_file INTEGER NOT NULL REFERENCES case_file (id), keeper INTEGER NOT NULL,"
    " choice INTEGER NOT NULL, decided_by INTEGER NOT NULL REFERENCES account (id),"
    " confirmed_by INTEGER REFERENCES account (id), event INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX law_conflict_by_reference ON law_conflict (ref, id)"};

}  // namespace weir::app
