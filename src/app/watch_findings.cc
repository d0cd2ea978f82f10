// What concerns a list, as its organisation sees and settles it.
#include "app/watch_keeping.h"
#include "base/json.h"

namespace weir::app {
namespace {

using policy::Fact;

constexpr std::int64_t kForGood = INT64_MAX;

std::string pack(const Aside& aside) {
  json::Object out{{"reason", aside.reason}, {"by", aside.by}, {"at", aside.at.ms}};
  if (aside.until) {
    out["until"] = aside.until->ms;
  }
  return json::canonical(out);
}

Result<Aside> unpack_aside(std::string_view bytes) {
  const json::Value tree = TRY(json::parse(bytes));
  const json::Cursor at(tree);
  Aside aside;
  aside.reason = TRY(at.string_at("reason"));
  aside.by = TRY(at.string_at("by"));
  const json::Cursor when = TRY(at.at("at"));
  aside.at = Instant{TRY(when.integer())};
  if (const auto until = at.find("until")) {
    aside.until = Instant{TRY(until->integer())};
  }
  return aside;
}

Result<FindingView> view_of(const App& app, const ListKey& key, FindingRow row) {
  FindingView view{.reference = row.reference,
                   .number = row.number,
                   .seen = row.is_seen ? Fact::yes : Fact::no,
                   .finding = std::move(row.finding),
                   .aside = std::nullopt};
  if (row.aside_until_ms > app.clock.now().ms) {
    const std::string plain = TRY(key.open(row.aside, aside_place(row.reference)));
    view.aside = TRY(unpack_aside(plain));
  }
  return view;
}

/// `$1` list, `$2` after, `$3` most, `$4` now.
std::string_view condition_of(WhichFindings which) {
  switch (which) {
    case WhichFindings::all:
      return "WHERE list = $1 AND number > $2 AND $4 = $4 ORDER BY number LIMIT $3";
    case WhichFindings::open:
      return "WHERE list = $1 AND number > $2 AND state = 0 AND aside_until_ms <= $4 ORDER BY "
             "number LIMIT $3";
    case WhichFindings::unseen:
      return "WHERE list = $1 AND number > $2 AND state = 0 AND seen = 0 AND aside_until_ms <= $4 "
             "ORDER BY number LIMIT $3";
  }
  std::unreachable();
}

/// The finding's row, of a list that may be changed; `not_found` if it is not one of the list.
Result<std::int64_t> finding_row(const store::Tx& tx, const KeptList& kept,
                                 const std::string& finding) {
  const auto id = TRY(tx.one("SELECT id FROM watch_finding WHERE ref = $1 AND list = $2",
                             {finding, kept.list.row.id},
                             [](const store::Row& row) { return row.integer(0); }));
  if (!id) {
    return fail(Code::not_found, "there is no such finding in the list");
  }
  return *id;
}

}  // namespace

Result<std::vector<FindingView>> watch_findings(App& app, const Actor& actor,
                                                const std::string& reference,
                                                const FindingsWanted& wanted) {
  const auto tx = TRY(app.db.read());
  const KeptList kept = TRY(load_list(*tx, app, actor, reference, WatchUse::see));
  const ListKey& key = kept.list.key;
  std::vector<FindingView> views;
  Status opened;
  TRY(tx->each(std::string(kFindingColumns) + std::string(condition_of(wanted.which)),
               {kept.list.row.id, wanted.after, wanted.most, app.clock.now().ms},
               [&](const store::Row& row) {
                 auto read = read_finding_row(key, row);
                 auto view = read ? view_of(app, key, std::move(*read))
                                  : Result<FindingView>(std::unexpected(read.error()));
                 if (!view) {
                   opened = std::unexpected(view.error());
                   return false;
                 }
                 views.push_back(std::move(*view));
                 return true;
               }));
  TRY(opened);
  return views;
}

Status mark_watch_seen(App& app, const Actor& actor, const std::string& reference,
                       std::int64_t upto) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const KeptList kept = TRY(load_list(tx, app, actor, reference, WatchUse::change));
    return tx.run("UPDATE watch_finding SET seen = 1 WHERE list = $1 AND number <= $2 AND seen = 0",
                  {kept.list.row.id, upto});
  });
}

Status suppress_finding(App& app, const Actor& actor, const std::string& reference,
                        const std::string& finding, const std::string& reason,
                        std::optional<Instant> until) {
  if (reason.empty() || reason.size() > kMaxSuppressionBytes) {
    return fail(Code::invalid, "a reason of 1 to 1000 bytes", "reason");
  }
  if (until && *until <= app.clock.now()) {
    return fail(Code::invalid, "a time that is still to come", "until");
  }
  return app.db.execute([&](store::Tx& tx) -> Status {
    const KeptList kept = TRY(load_list(tx, app, actor, reference, WatchUse::change));
    const std::int64_t row = TRY(finding_row(tx, kept, finding));
    const Aside aside{reason, kept.person.handle, app.clock.now(), until};
    const std::string sealed = kept.list.key.seal(pack(aside), aside_place(finding), app.random);
    return tx.run(
        "UPDATE watch_finding SET seen = 1, aside = $2, aside_until_ms = $3 WHERE id = $1",
        {row, store::Blob{sealed}, until ? until->ms : kForGood});
  });
}

Status restore_finding(App& app, const Actor& actor, const std::string& reference,
                       const std::string& finding) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const KeptList kept = TRY(load_list(tx, app, actor, reference, WatchUse::change));
    const std::int64_t row = TRY(finding_row(tx, kept, finding));
    return tx.run("UPDATE watch_finding SET aside = NULL, aside_until_ms = 0 WHERE id = $1", {row});
  });
}

}  // namespace weir::app
