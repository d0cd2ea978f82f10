#include "app/embargo.h"

#include "app/context.h"

namespace weir::app {
namespace {

using policy::Action;

struct Proposal {
  std::int64_t id;
  policy::EmbargoProposal proposal;
};

Result<std::vector<Proposal>> load_proposals(const store::Tx& tx, const CaseFile& file) {
  return tx.all(
      "SELECT id, until_ms, confirmed FROM embargo_proposal WHERE case_file = $1 ORDER BY id",
      {file.id}, [](const store::Row& row) {
        return Proposal{row.integer(0), {{row.integer(1)}, fact(row.integer(2))}};
      });
}

}  // namespace

Status propose_embargo(App& app, const Actor& actor, const std::string& reference,
                       const std::string& until) {
  const auto at = parse_rfc3339(until);
  if (!at) {
    return fail(Code::invalid,
                "an embargo ends at a date, an hour and a zone: 2027-01-31T09:00:00+01:00");
  }
  if (*at <= app.clock.now()) {
    return fail(Code::invalid, "an embargo ends in the future");
  }
  return app.db.execute([&](store::Tx& tx) -> Status {
    const std::int64_t own = TRY(speaks_for(tx, actor, reference));
    const Asked asked = TRY(ask_alone(tx, app, actor, reference,
                                      {.action = Action::propose_embargo, .vulnerability = own}));
    const std::int64_t organisation = asked.person.organisation.id;
    TRY(tx.run(
        "INSERT INTO embargo_proposal (case_file, organisation, until_ms, confirmed, at_ms) VALUES "
        "($1, $2, $3, 2, $4)",
        {asked.file.id, organisation == 0 ? store::Param(nullptr) : store::Param(organisation),
         at->ms, app.clock.now().ms}));
    TRY(tx.run("UPDATE case_file SET embargo_ended = 0 WHERE id = $1", {asked.file.id}));
    std::vector<custody::Field> fields = actor_fields(asked.person);
    fields.push_back(field("until", until));
    TRY(record(tx, app, asked.stream, "embargo_proposed", std::move(fields)));
    return {};
  });
}

Status confirm_embargo(App& app, const Actor& actor, const std::string& reference) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Asked asked =
        TRY(ask_alone(tx, app, actor, reference, {.action = Action::confirm_embargo}));
    const std::vector<Proposal> rows = TRY(load_proposals(tx, asked.file));
    std::vector<policy::EmbargoProposal> proposals;
    for (const Proposal& row : rows) {
      proposals.push_back(row.proposal);
    }
    const auto shortest = policy::shortest_proposal(proposals);
    if (!shortest) {
      return fail(Code::conflict, "nobody has proposed an embargo");
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto confirmed = i == *shortest ? policy::Fact::yes : policy::Fact::no;
      TRY(tx.run("UPDATE embargo_proposal SET confirmed = $2 WHERE id = $1",
                 {rows[i].id, number(confirmed)}));
    }
    std::vector<custody::Field> fields = actor_fields(asked.person);
    fields.push_back(field("until", to_rfc3339(rows[*shortest].proposal.until)));
    TRY(record(tx, app, asked.stream, "embargo_accepted", std::move(fields)));
    return {};
  });
}

Status end_embargo(App& app, const Actor& actor, const std::string& reference) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Asked asked = TRY(ask_alone(tx, app, actor, reference, {.action = Action::end_embargo}));
    TRY(tx.run("UPDATE case_file SET embargo_ended = 1 WHERE id = $1", {asked.file.id}));
    TRY(record(tx, app, asked.stream, "embargo_ended", actor_fields(asked.person)));
    return {};
  });
}

Status consent_to_sharing(App& app, const Actor& actor, const std::string& reference) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const std::int64_t own = TRY(speaks_for(tx, actor, reference));
    const Asked asked = TRY(ask_alone(tx, app, actor, reference,
                                      {.action = Action::propose_embargo, .vulnerability = own}));
    TRY(tx.run("UPDATE participant SET consents = 1 WHERE case_file = $1 AND organisation = $2",
               {asked.file.id, asked.person.organisation.id}));
    const std::int64_t as_participant = tx.changes();
    const std::int64_t organisation = asked.person.organisation.id;
    TRY(tx.run(
        "UPDATE embargo_proposal SET consents = 1 WHERE case_file = $1 AND organisation IS $2",
        {asked.file.id, organisation == 0 ? store::Param(nullptr) : store::Param(organisation)}));
    if (as_participant + tx.changes() == 0) {
      return fail(Code::invalid,
                  "only a participant, or who proposed the embargo, consents to onward sharing");
    }
    TRY(record(tx, app, asked.stream, "sharing_consented", actor_fields(asked.person)));
    return {};
  });
}

}  // namespace weir::app
