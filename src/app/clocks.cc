#include "app/clocks.h"

#include <algorithm>
#include <map>

#include "app/clock_moves.h"
#include "app/clock_rows.h"
#include "app/intake.h"
#include "base/bytes.h"
#include "base/time_refusal.h"
#include "ledger/opening.h"

namespace weir::app {
namespace {

constexpr std::int64_t kPortion = 500;  // of parties derived again in one transaction

Status check_texts(const NewFact& fact) {
  if (fact.source.empty() || fact.source.size() > kMaxSourceBytes || !is_utf8(fact.source)) {
    return fail(Code::invalid, "a fact has a source: 1 to 1000 bytes of UTF-8 text", "source");
  }
  if (fact.evidence.size() > kMaxEvidenceBytes || !is_utf8(fact.evidence)) {
    return fail(Code::invalid, "evidence is up to 10000 bytes of UTF-8 text", "evidence");
  }
  return {};
}

/// `invalid` if the facts, with this one, cannot be.
Result<FactRow> checked(const App& app, const Laws& laws, const std::vector<FactRow>& before,
                        const NewFact& fact) {
  const auto event = laws.rules.event(fact.event);
  if (!event) {
    return fail(Code::invalid, "no such event in the vocabulary of the laws", fact.event);
  }
  const auto at = parse_rfc3339(fact.at);
  if (!at) {
    return fail(Code::invalid, std::string(refusal_of_rfc3339(fact.at)), "at");
  }
  FactRow row;
  row.number = static_cast<std::int64_t>(before.size()) + 1;
  row.event = fact.event;
  row.at = *at;
  row.says = fact.says;
  row.corrects = fact.corrects;
  row.entered = app.clock.now();
  if (row.number > kMaxFacts) {
    return fail(Code::invalid, "an organisation has at most 1000 facts in one case");
  }
  std::vector<deadline::Fact> all;
  for (const FactRow& one : before) {
    if (const auto known = laws.rules.event(one.event)) {
      all.push_back({one.number, *known, one.at, one.corrects, one.says});
    }
  }
  all.push_back({row.number, *event, row.at, row.corrects, row.says});
  TRY(deadline::check(laws.rules, all, app.clock.now()));
  return row;
}

std::vector<custody::Field> fact_fields(const Keeping& keeping, const NewFact& fact,
                                        const FactRow& row) {
  std::vector<custody::Field> fields = actor_fields(keeping.person);
  fields.push_back(field("number", row.number));
  fields.push_back(field("corrects", row.corrects));
  // What happened is text too: that a flaw is exploited is not for every reader of a timeline.
  fields.push_back(
      {"note",
       json::Object{{"fact", row.event},
                    {"happened", to_rfc3339(row.at)},
                    {"says", row.says == deadline::Fact::Says::happened ? "happened" : "did_not"},
                    {"source", fact.source},
                    {"evidence", fact.evidence}}});
  if (keeping.organisation.id != keeping.person.organisation.id) {
    fields.push_back(field("vendor", keeping.organisation.name));
  }
  return fields;
}

const json::Object* note_of(const ledger::StoredEvent& event) {
  const auto found = std::ranges::find(event.fields, "note", &custody::Field::name);
  return found == event.fields.end() ? nullptr : found->value.if_object();
}

std::string text_of(const json::Object* note, std::string_view name) {
  const json::Value* found = note == nullptr ? nullptr : note->if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// What the same call made before: "NUMBER RECEIPT".
Result<Entered> entered_before(const store::Tx& tx, const App& app, std::string_view outcome) {
  const std::size_t space = std::min(outcome.find(' '), outcome.size() - 1);
  const auto number = parse_decimal(outcome.substr(0, space));
  if (!number) {
    return fail(Code::corrupt, "a remembered fact has no number");
  }
  Entered entered{static_cast<std::int64_t>(*number), std::string(outcome.substr(space + 1)), {}};
  entered.promise = TRY(promise_again(tx, app, entered.receipt_id));
  return entered;
}

bool is_superseded(const std::vector<FactRow>& rows, const FactRow& row) {
  return row.says == deadline::Fact::Says::did_not ||
         std::ranges::any_of(rows, [&](const FactRow& o) { return o.corrects == row.number; });
}

}  // namespace

Result<Entered> enter_fact(App& app, const Laws& laws, const Actor& actor,
                           const std::string& reference, const NewFact& fact) {
  TRY(check_texts(fact));
  std::optional<ledger::Appended> appended;
  const auto made = TRY(app.db.submit([&](store::Tx& tx) -> Result<Entered> {
    appended.reset();  // after a failed commit it runs again
    const Keeping keeping = TRY(keep(tx, app, actor, reference, fact.organisation, Scope::act));
    if (const auto before = TRY(find_outcome(tx, app, actor))) {
      return entered_before(tx, app, *before);
    }
    TRY(must_not_have_moved(tx, keeping.party()));
    const std::vector<FactRow> before = TRY(load_facts(tx, app, keeping.party()));
    FactRow row = TRY(checked(app, laws, before, fact));
    const ledger::Appended event =
        TRY(record(tx, app, keeping.stream, "fact_entered", fact_fields(keeping, fact, row)));
    row.account = keeping.person.id;
    row.ledger_event = static_cast<std::int64_t>(event.index);
    TRY(insert_fact(tx, app, keeping.party(), row));
    TRY(derive_again(tx, app, laws, keeping.party()));
    Entered entered{
        row.number, TRY(ledger::issue_receipt_id(tx, keeping.stream, event.index, app.random)), {}};
    TRY(keep_outcome(tx, app, actor, std::to_string(entered.number) + " " + entered.receipt_id));
    appended = event;
    return entered;
  }));
  Entered entered = *made;
  if (appended) {
    entered.promise = promise(app, *appended);  // signed here: the writer has better things to do
  }
  return entered;
}

Result<std::vector<FactView>> facts(App& app, const Actor& actor, const std::string& reference,
                                    const std::string& organisation) {
  const auto tx = TRY(app.db.read());
  const Keeping keeping = TRY(keep(*tx, app, actor, reference, organisation, Scope::read));
  const std::vector<FactRow> rows = TRY(load_facts(*tx, app, keeping.party()));
  std::map<std::int64_t, std::vector<ledger::StoredEvent>> events;  // by the case they stand in
  events[0] = TRY(app.ledger.events(*tx, keeping.stream));
  std::vector<FactView> views;
  for (const FactRow& row : rows) {
    FactView view{row.number,  row.event, row.at, row.says, row.corrects, !is_superseded(rows, row),
                  row.entered, "weir",    {},     {}};
    if (row.account != 0) {
      view.by = TRY(load_person_by_id(*tx, row.account)).handle;
    }
    if (!events.contains(row.home)) {
      const CaseFile home = TRY(load_case(*tx, row.home));
      const ledger::Stream stream = TRY(stream_of(*tx, app, home));
      events[row.home] = TRY(app.ledger.events(*tx, stream));
    }
    const auto index = static_cast<std::size_t>(row.ledger_event);
    if (index < events[row.home].size()) {
      const json::Object* note = note_of(events[row.home][index]);
      view.source = text_of(note, "source");
      view.evidence = text_of(note, "evidence");
    }
    views.push_back(std::move(view));
  }
  return views;
}

Status refresh(App& app, const Laws& laws) {
  const auto stale_in = [&](const store::Tx& tx) {
    return tx.all(
        "SELECT case_file, keeper, organisation FROM clock_party WHERE laws < $1 UNION ALL SELECT "
        "case_file, keeper, organisation FROM clock_party WHERE laws > $1 LIMIT $2",
        {store::Blob{laws.digest.view()}, kPortion}, [](const store::Row& row) {
          return Party{row.integer(0), row.integer(1), row.integer(2)};
        });
  };
  for (;;) {
    {
      const auto tx = TRY(app.db.read());
      if (TRY(stale_in(*tx)).empty()) {
        return {};
      }
    }
    TRY(app.db.execute([&](store::Tx& tx) -> Status {
      for (const Party& party : TRY(stale_in(tx))) {
        TRY(derive_again(tx, app, laws, party));
      }
      return {};
    }));
  }
}

Result<Explanation> explain_obligation(App& app, const Laws& laws, const Actor& actor,
                                       const std::string& obligation) {
  TRY(refresh(app, laws));
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_keeper(*tx, app, actor, Scope::read));
  const ObligationRow row = TRY(load_obligation(*tx, app, person, obligation));
  Explanation explanation;
  explanation.row = TRY(view_of(*tx, app, laws, row, app.clock.now(), {}));
  const Basis basis = TRY(load_basis(*tx, app, laws, row.party));
  const auto stage = find_stage(laws, row.regime, row.version, row.stage);
  for (const deadline::Obligation& one :
       deadline::derive(laws.rules, basis.position, basis.history(), app.clock.now())) {
    if (stage && one.stage == *stage) {
      explanation.steps = deadline::explain(laws.rules, basis.position, basis.history(), one);
    }
  }
  return explanation;
}

}  // namespace weir::app
