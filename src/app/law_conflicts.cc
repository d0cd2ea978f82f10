#include "app/law_conflicts.h"

#include <algorithm>
#include <map>

#include "app/clock_rows.h"
#include "app/clock_seal.h"
#include "app/filing_rows.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

constexpr std::array<std::string_view, 3> kChoices = {"open", "file", "withhold"};

/// The same conflict has the same reference whenever it is looked at.
std::string reference_of(const Laws& laws, const Party& party, const deadline::Conflict& one) {
  const json::Array parts = {
      party.case_file,
      party.keeper,
      party.organisation,
      laws.rules.regimes[one.regime].id,
      laws.rules.regimes[one.regime].versions[one.version].prohibitions[one.prohibition].id,
      deadline::text(laws.rules, one.demanded)};
  return to_base32(sha256(json::canonical(json::Value(parts))).view().substr(0, kIdBytes));
}

ConflictView view_of(const Laws& laws, const Party& party, const deadline::Conflict& one) {
  const deadline::Regime& forbidding = laws.rules.regimes[one.regime];
  const deadline::Prohibition& prohibition =
      forbidding.versions[one.version].prohibitions[one.prohibition];
  const deadline::Regime& demanding = laws.rules.regimes[one.demanded.regime];
  const deadline::Stage& stage = deadline::stage_of(laws.rules, one.demanded);
  ConflictView view;
  view.conflict = reference_of(laws, party, one);
  view.forbids = {forbidding.id, forbidding.title, prohibition.id, prohibition.wording,
                  prohibition.citation};
  view.demands = {demanding.id, demanding.title, stage.id, stage.wording, stage.citation};
  return view;
}

struct Decided {
  std::int64_t id = 0;
  Choice choice = Choice::open;
  std::int64_t decided_by = 0;
  std::int64_t confirmed_by = 0;
  std::int64_t event = 0;
};
/// The newest decision of the party's keeper about this conflict.
Result<std::optional<Decided>> decision_of(const store::Tx& tx, const App& app, const Party& party,
                                           const std::string& conflict) {
  struct Row {
    Decided decided;
    std::string sealed;
  };
  for (const Row& row :
       TRY(tx.all("SELECT id, choice, decided_by, COALESCE(confirmed_by, 0), event, sealed FROM "
                  "law_conflict WHERE case_file = $1 AND keeper = $2 ORDER BY id DESC",
                  {party.case_file, party.keeper}, [](const store::Row& found) {
                    return Row{{found.integer(0), static_cast<Choice>(found.integer(1)),
                                found.integer(2), found.integer(3), found.integer(4)},
                               found.blob(5)};
                  }))) {
    if (TRY(open_conflict(app, party, row.sealed)) == conflict) {
      return row.decided;
    }
  }
  return std::nullopt;
}

std::string ground_in(const std::vector<ledger::StoredEvent>& events, std::int64_t index) {
  const auto at = static_cast<std::size_t>(index);
  if (at < events.size()) {
    for (const custody::Field& one : events[at].fields) {
      if (one.name == "ground" && one.value.is_string()) {
        return std::string(one.value.get_string());
      }
    }
  }
  return {};
}

/// Every conflict that stands in the case, one for each prohibition and demanded stage.
std::vector<ConflictView> standing_conflicts(const App& app, const Laws& laws, const Party& party,
                                             const Basis& basis) {
  std::vector<ConflictView> views;
  for (const deadline::Conflict& one :
       deadline::conflicts(laws.rules, basis.position, basis.history(), app.clock.now())) {
    ConflictView view = view_of(laws, party, one);
    auto known = std::ranges::find(views, view.conflict, &ConflictView::conflict);
    if (known == views.end()) {
      views.push_back(std::move(view));
      known = views.end() - 1;
    }
    known->recipients.push_back(
        deadline::stage_of(laws.rules, one.demanded).recipients[one.recipient].name);
  }
  return views;
}

}  // namespace

std::string_view name(Choice choice) {
  return kChoices[static_cast<std::size_t>(choice)];
}

Status must_not_be_forbidden(const store::Tx& tx, const App& app, const Laws& laws,
                             const Party& party, const deadline::StageRef& stage) {
  const Basis basis = TRY(load_basis(tx, app, laws, party));
  for (const ConflictView& one : standing_conflicts(app, laws, party, basis)) {
    if (one.demands.regime + "/" + one.demands.what != deadline::text(laws.rules, stage)) {
      continue;
    }
    const auto decided = TRY(decision_of(tx, app, party, one.conflict));
    const bool may_file = decided && decided->choice == Choice::file && decided->confirmed_by != 0;
    if (!may_file) {
      return fail(Code::conflict,
                  one.forbids.regime + " forbids to tell whom this stage tells (" +
                      one.forbids.citation.clause + "): two people decide first",
                  one.conflict);
    }
  }
  return {};
}

Result<std::vector<ConflictView>> law_conflicts(App& app, const Laws& laws, const Actor& actor,
                                                const std::string& reference) {
  TRY(refresh(app, laws));
  const auto tx = TRY(app.db.read());
  const Keeping keeping = TRY(keep(*tx, app, actor, reference, {}, Scope::read));
  const Basis basis = TRY(load_basis(*tx, app, laws, keeping.party()));
  std::vector<ConflictView> views = standing_conflicts(app, laws, keeping.party(), basis);
  const auto events = TRY(app.ledger.events(*tx, keeping.stream));
  const auto obligations =
      deadline::derive(laws.rules, basis.position, basis.history(), app.clock.now());
  for (ConflictView& view : views) {
    view.case_reference = reference;
    for (const deadline::Obligation& one : obligations) {
      if (deadline::text(laws.rules, one.stage) == view.demands.regime + "/" + view.demands.what) {
        view.due = one.due;
      }
    }
    if (const auto decided = TRY(decision_of(*tx, app, keeping.party(), view.conflict))) {
      view.choice = decided->choice;
      view.ground = ground_in(events, decided->event);
      view.decided_by = TRY(load_person_by_id(*tx, decided->decided_by)).handle;
      if (decided->confirmed_by != 0) {
        view.confirmed_by = TRY(load_person_by_id(*tx, decided->confirmed_by)).handle;
      }
    }
  }
  return views;
}

Status decide_conflict(App& app, const Laws& laws, const Actor& actor, const std::string& reference,
                       const ConflictDecision& decision) {
  if (decision.choice == Choice::open) {
    return fail(Code::invalid, "a conflict is decided by: file, or withhold");
  }
  if (decision.ground.empty() || decision.ground.size() > kMaxConflictGroundBytes ||
      !is_utf8(decision.ground)) {
    return fail(Code::invalid, "a ground is 1 to 10000 bytes of UTF-8 text");
  }
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Keeping keeping = TRY(keep(tx, app, actor, reference, {}, Scope::act));
    const Basis basis = TRY(load_basis(tx, app, laws, keeping.party()));
    const auto views = standing_conflicts(app, laws, keeping.party(), basis);
    const auto found = std::ranges::find(views, decision.conflict, &ConflictView::conflict);
    if (found == views.end()) {
      return fail(Code::not_found, "no such conflict stands in this case");
    }
    std::vector<custody::Field> fields = actor_fields(keeping.person);
    fields.push_back(field("law_conflict", decision.conflict));
    fields.push_back(field("forbids", found->forbids.regime + "/" + found->forbids.what));
    fields.push_back(field("demands", found->demands.regime + "/" + found->demands.what));
    fields.push_back(field("choice", name(decision.choice)));
    fields.push_back(field("ground", decision.ground));
    const ledger::Appended event =
        TRY(record(tx, app, keeping.stream, "law_conflict_decided", std::move(fields)));
    const std::string sealed = seal_conflict(app, keeping.party(), decision.conflict);
    return tx.run(
        "INSERT INTO law_conflict (ref, case_file, keeper, choice, decided_by, event, at_ms, "
        "sealed) VALUES ('', $2, $3, $4, $5, $6, $7, $1)",
        {store::Blob{sealed}, keeping.file.id, keeping.person.organisation.id,
         static_cast<std::int64_t>(decision.choice), keeping.person.id,
         static_cast<std::int64_t>(event.index), app.clock.now().ms});
  });
}

Status confirm_conflict(App& app, const Actor& actor, const std::string& reference,
                        const std::string& conflict, Choice choice) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    // A script is not a second person: the scope `approve` is no token's.
    const Keeping keeping = TRY(keep(tx, app, actor, reference, {}, Scope::approve));
    const auto decided = TRY(decision_of(tx, app, keeping.party(), conflict));
    if (!decided || decided->confirmed_by != 0 || decided->choice != choice) {
      return fail(Code::conflict, "no decision on this conflict waits to be confirmed");
    }
    if (decided->decided_by == keeping.person.id) {
      return fail(Code::denied, "who decided does not confirm");
    }
    TRY(tx.run("UPDATE law_conflict SET confirmed_by = $2 WHERE id = $1",
               {decided->id, keeping.person.id}));
    std::vector<custody::Field> fields = actor_fields(keeping.person);
    fields.push_back(field("law_conflict", conflict));
    fields.push_back(field("choice", name(decided->choice)));
    fields.push_back(field("decided", decided->event));
    TRY(record(tx, app, keeping.stream, "law_conflict_confirmed", std::move(fields)));
    return {};
  });
}

}  // namespace weir::app
