#include "app/timeline.h"

#include "app/items.h"
#include "app/slices.h"
#include "ledger/opening.h"

namespace weir::app {
namespace {

using policy::Action;
using policy::Fact;

constexpr int kMostTries = 8;  // each is over in milliseconds, and the case must move in it

json::Value value_of(const ledger::StoredEvent& event) {
  json::Object fields;
  for (const custody::Field& one : event.fields) {
    fields[one.name] = one.value;
  }
  return fields;
}

}  // namespace

Result<bool> may_name(const store::Tx& tx, const std::string& name) {
  const auto organisation = load_organisation(tx, name);
  return organisation && (organisation->public_body == Fact::yes ||
                          organisation->may_name == Fact::yes || organisation->staff == Fact::yes);
}

Result<Timeline> make_timeline(App& app, const Actor& actor, const std::string& reference,
                               const Slice& wanted) {
  const std::uint64_t start = TRY(rows_before(wanted));
  const auto tx = TRY(app.db.read());
  const Asked asked = TRY(ask_alone(*tx, app, actor, reference, {.action = Action::see_custody}));
  Timeline made;
  made.relation = asked.decision.relation;
  made.opened = asked.file.opened;
  // Who is not the handler gets what the public gets: no person, no text, no salt; and no
  // organisation before the record is open.
  const bool is_handler = made.relation == policy::Relation::handler;
  ledger::Opening opening;
  if (made.opened == Fact::yes) {
    opening.may_name = [&tx](const std::string& name) {
      const auto yes = may_name(*tx, name);
      return yes && *yes;
    };
  }
  json::Array shown;
  for (ledger::StoredEvent& event : TRY(app.ledger.events(*tx, asked.stream))) {
    if (!is_handler) {
      std::erase_if(event.fields, [&](const custody::Field& one) {
        return ledger::public_reason(event, one, opening).has_value();
      });
    }
    shown.push_back(value_of(event));
    if (++made.events > start && std::ssize(made.page) < wanted.most) {
      made.page.push_back({event.index, event.leaf, event.type, event.at, std::move(event.fields),
                           cursor_after(made.events)});
    }
  }
  if (start > made.events) {
    return no_cursor();
  }
  made.whole = json::canonical(shown);
  return made;
}

Result<bool> record_timeline(store::Tx& tx, const App& app, const Actor& actor,
                             const std::string& reference, const Timeline& made) {
  const Asked asked = TRY(ask_alone(tx, app, actor, reference, {.action = Action::see_custody}));
  const bool is_same = asked.decision.relation == made.relation &&
                       asked.file.opened == made.opened &&
                       TRY(app.ledger.events(tx, asked.stream, made.events)).empty();
  if (!is_same || made.relation == policy::Relation::everybody) {
    return is_same;  // an opened one is public
  }
  const bool is_handler = made.relation == policy::Relation::handler;
  TRY(record_showing(tx, app, asked.file, asked.person, asked.decision,
                     {kTimelineObject, is_handler ? Level::notice : Level::existence, made.whole}));
  return true;
}

Result<std::vector<EventView>> timeline(App& app, const Actor& actor, const std::string& reference,
                                        const Slice& wanted) {
  for (int i = 0; i < kMostTries; ++i) {
    Timeline made = TRY(make_timeline(app, actor, reference, wanted));
    const auto recorded = TRY(app.db.submit(
        [&](store::Tx& tx) { return record_timeline(tx, app, actor, reference, made); }));
    if (*recorded) {
      return std::move(made.page);
    }
  }
  return fail(Code::unavailable, "the case is changing: ask again");
}

}  // namespace weir::app
