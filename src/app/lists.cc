// Lists: what may be listed shows nothing but references, ages and states.
#include <fmt/format.h>

#include "app/cases.h"
#include "app/context.h"
#include "app/slices.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

// Which cases a list holds, by $1 and $2.
constexpr std::string_view kIsInQueue = "c.state BETWEEN $1 AND $2";
constexpr std::string_view kIsAny = "$1 <= $2";
constexpr std::string_view kIsMine =
    "(c.reporter = $1 OR c.handler = $1 OR EXISTS (SELECT 1 FROM participant p WHERE p.case_file = "
    "c.id AND p.organisation = $2))";
constexpr std::string_view kIsOfCode = "c.code_hash = $1 AND $2 = 0";
constexpr std::string_view kWaiting =
    "SELECT w.ref, c.ref, w.action, a.handle FROM pending_act w JOIN case_file c ON c.id = "
    "w.case_file JOIN account a ON a.id = w.asked_by WHERE w.done = 0 AND w.approved_by IS NULL "
    "AND w.at_ms BETWEEN $1 AND $2 AND w.ref > $3 ORDER BY w.ref LIMIT $4";

struct List {
  std::string_view holds;  // the condition for a case to be in it
  std::string_view knows;  // for a case to be named in it: what has left it may still be
  store::Param first;      // $1
  store::Param second;     // $2
  std::string_view handler = "''";
};

/// In the order of receipt, which is that of the rows: two reports of one millisecond have one too.
Result<std::vector<QueueRow>> rows_of(const store::Tx& tx, const List& list, const Slice& wanted) {
  std::int64_t start = 0;
  if (!wanted.after.empty()) {
    const auto found =
        TRY(tx.one(fmt::format("SELECT c.id FROM case_file c WHERE c.ref = $3 AND {}", list.knows),
                   {list.first, list.second, wanted.after},
                   [](const store::Row& row) { return row.integer(0); }));
    if (!found) {
      return no_cursor();
    }
    start = *found;
  }
  return tx.all(
      fmt::format("SELECT c.ref, c.received_ms, c.size, c.state, {} FROM case_file c LEFT JOIN "
                  "account a ON a.id = c.handler WHERE c.id > $3 AND {} ORDER BY c.id LIMIT $4",
                  list.handler, list.holds),
      {list.first, list.second, start, wanted.most}, [](const store::Row& row) {
        return QueueRow{row.text(0),
                        {row.integer(1)},
                        row.integer(2),
                        static_cast<policy::CaseState>(row.integer(3)),
                        row.text(4)};
      });
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

Result<std::uint64_t> rows_before(const Slice& wanted) {
  const auto number =
      wanted.after.empty() ? std::optional(std::uint64_t{0}) : parse_decimal(wanted.after);
  return number ? Result<std::uint64_t>(*number) : no_cursor();
}

std::string cursor_after(std::uint64_t rows) {
  return std::to_string(rows);
}

std::unexpected<Error> no_cursor() {
  return fail(Code::invalid, "not a cursor of this list", "after");
}

Result<std::vector<QueueRow>> queue(App& app, const Actor& actor, const Slice& wanted) {
  const auto tx = TRY(app.db.read());
  TRY(coordinator(*tx, app, actor));
  return rows_of(*tx,
                 {kIsInQueue, kIsAny, std::int64_t{0},
                  static_cast<std::int64_t>(policy::CaseState::open), "COALESCE(a.handle, '')"},
                 wanted);
}

Result<std::vector<QueueRow>> my_cases(App& app, const Actor& actor, const Slice& wanted) {
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_person(*tx, app, actor, Scope::read));
  if (person.code_hash) {
    const store::Blob hash{person.code_hash->view()};
    return rows_of(*tx, {kIsOfCode, kIsOfCode, hash, std::int64_t{0}}, wanted);
  }
  if (person.id == 0 || person.barred != policy::Fact::no ||
      person.organisation.suspended != policy::Fact::no) {
    return fail(Code::denied, "sign in first");
  }
  return rows_of(*tx, {kIsMine, kIsMine, person.id, person.organisation.id}, wanted);
}

Result<std::vector<WaitingRow>> waiting(App& app, const Actor& actor, const Slice& wanted) {
  const auto tx = TRY(app.db.read());
  TRY(coordinator(*tx, app, actor));
  const AskedBetween asked = still_waiting(app);
  return tx->all(kWaiting, {asked.first_ms, asked.last_ms, wanted.after, wanted.most},
                 [](const store::Row& row) {
                   return WaitingRow{row.text(0), row.text(1), row.text(2), row.text(3)};
                 });
}

}  // namespace weir::app
