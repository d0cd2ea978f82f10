// The outbox as the authority's administrator sees it.
#include "app/credentials.h"
#include "app/news.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using policy::Fact;

Result<Person> outbox_keeper(const store::Tx& tx, const App& app, const Actor& actor) {
  Person person = TRY(load_person(tx, app, actor, Scope::administer));
  policy::Facts facts;
  facts.standing.conflict = Fact::no;
  if (!policy::decide(subject_of(person), policy::Action::administer, facts).is_allowed()) {
    return fail(Code::denied, "only an administrator of the authority may do this");
  }
  return person;
}

}  // namespace

Result<std::vector<WaitingMessage>> waiting_messages(App& app, const Actor& actor,
                                                     const Slice& wanted) {
  // A cursor is "STATE ID", as the rows are ordered.
  const std::size_t space = std::min(wanted.after.find(' '), wanted.after.size());
  const std::string state = wanted.after.substr(0, space);
  const auto id = parse_decimal(
      std::string_view(wanted.after).substr(std::min(space + 1, wanted.after.size())));
  if (!wanted.after.empty() && (!id || *id > static_cast<std::uint64_t>(INT64_MAX))) {
    return fail(Code::invalid, "not a cursor of this list", "after");
  }
  const auto tx = TRY(app.db.read());
  TRY(outbox_keeper(*tx, app, actor));
  return tx->all(
      "SELECT id, kind, state, due_at_ms, attempts, last_error FROM outbox WHERE state > $1 OR "
      "(state = $1 AND id > $2) ORDER BY state, id LIMIT $3",
      {state, static_cast<std::int64_t>(id.value_or(0)), wanted.most}, [](const store::Row& row) {
        return WaitingMessage{row.integer(0),
                              row.text(1),
                              row.text(2),
                              Instant{row.integer(3)},
                              row.integer(4),
                              row.text(5),
                              row.text(2) + " " + std::to_string(row.integer(0))};
      });
}

Status retry_message(App& app, const Actor& actor, std::int64_t id) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(outbox_keeper(tx, app, actor));
    TRY(tx.run("UPDATE outbox SET due_at_ms = $2 WHERE id = $1 AND state = 'waiting'",
               {id, app.clock.now().ms}));
    return tx.changes() == 1 ? Status() : store::outbox::revive(tx, id, app.clock.now());
  });
}

Status drop_message(App& app, const Actor& actor, std::int64_t id) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(outbox_keeper(tx, app, actor));
    const auto found = TRY(
        tx.one("SELECT kind, payload FROM outbox WHERE id = $1", {id}, [](const store::Row& row) {
          store::outbox::Message message{};
          message.kind = row.text(0);
          message.payload = row.text(1);
          return message;
        }));
    if (!found) {
      return fail(Code::not_found, "there is no such message");
    }
    TRY(tx.run("DELETE FROM outbox WHERE id = $1", {id}));
    return found->kind == kNewsKind ? settle_news(tx, app, *found, 0) : Status();
  });
}

}  // namespace weir::app
