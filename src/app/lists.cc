// Lists: what may be listed shows nothing but references, ages and states.
#include "app/cases.h"
#include "app/context.h"

namespace weir::app {
namespace {

constexpr std::string_view kQueue =
    "SELECT c.ref, c.received_ms, c.size, c.state, COALESCE(a.handle, '') FROM case_file c LEFT "
    "JOIN "
    "account a ON a.id = c.handler WHERE c.state <= $1 ORDER BY c.id";
constexpr std::string_view kMine =
    "SELECT c.ref, c.received_ms, c.size, c.state, '' FROM case_file c WHERE c.reporter = $1 OR "
    "c.handler = $1 OR EXISTS (SELECT 1 FROM participant p WHERE p.case_file = c.id AND "
    "p.organisation = $2) ORDER BY c.id";
constexpr std::string_view kOfCode =
    "SELECT ref, received_ms, size, state, '' FROM case_file WHERE code_hash = $1 ORDER BY id";
constexpr std::string_view kWaiting =
    "SELECT w.ref, c.ref, w.action, a.handle FROM pending_act w JOIN case_file c ON c.id = "
    "w.case_file JOIN account a ON a.id = w.asked_by WHERE w.done = 0 AND w.approved_by IS NULL "
    "AND w.at_ms BETWEEN $1 AND $2 ORDER BY w.id";

QueueRow read_queue(const store::Row& row) {
  return {row.text(0),
          {row.integer(1)},
          row.integer(2),
          static_cast<policy::CaseState>(row.integer(3)),
          row.text(4)};
}

Result<Person> coordinator(const store::Tx& tx, const App& app, const Actor& actor) {
  Person person = TRY(load_person(tx, app, actor, Scope::read));
  const bool may = person.organisation.staff == policy::Fact::yes &&
                   person.organisation.suspended == policy::Fact::no &&
                   person.barred == policy::Fact::no &&
                   (person.roles.has(policy::Role::coordinator) ||
                    person.roles.has(policy::Role::administrator));
  if (!may) {
    return fail(Code::denied, "only coordinators of the authority see the queue");
  }
  return person;
}

}  // namespace

Result<std::vector<QueueRow>> queue(App& app, const Actor& actor) {
  const auto tx = TRY(app.db.read());
  TRY(coordinator(*tx, app, actor));
  return tx->all(kQueue, {static_cast<std::int64_t>(policy::CaseState::open)}, read_queue);
}

Result<std::vector<QueueRow>> my_cases(App& app, const Actor& actor) {
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_person(*tx, app, actor, Scope::read));
  if (person.code_hash) {
    return tx->all(kOfCode, {store::Blob{person.code_hash->view()}}, read_queue);
  }
  if (person.id == 0 || person.barred != policy::Fact::no ||
      person.organisation.suspended != policy::Fact::no) {
    return fail(Code::denied, "sign in first");
  }
  return tx->all(kMine, {person.id, person.organisation.id}, read_queue);
}

Result<std::vector<WaitingRow>> waiting(App& app, const Actor& actor) {
  const auto tx = TRY(app.db.read());
  TRY(coordinator(*tx, app, actor));
  const AskedBetween asked = still_waiting(app);
  return tx->all(kWaiting, {asked.first_ms, asked.last_ms}, [](const store::Row& row) {
    return WaitingRow{row.text(0), row.text(1), row.text(2), row.text(3)};
  });
}

}  // namespace weir::app
