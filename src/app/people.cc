#include "app/people.h"

#include <algorithm>

#include "app/context.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using policy::Fact;

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kMaxHandleBytes = 64;

Status check(const NewOrganisation& organisation) {
  if (organisation.name.empty() || organisation.name.size() > kMaxNameBytes ||
      !is_utf8(organisation.name)) {
    return fail(Code::invalid, "an organisation's name is 1 to 200 bytes of UTF-8");
  }
  if (std::ranges::find(kOrganisationClasses, organisation.organisation_class) ==
      kOrganisationClasses.end()) {
    return fail(Code::invalid, "unknown class of organisation");
  }
  if (organisation.country.size() != 2 ||
      !std::ranges::all_of(organisation.country, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return fail(Code::invalid, "a country is two letters of ISO 3166-1, or ZZ");
  }
  return {};
}

Status check_handle(const std::string& handle) {
  const bool is_good =
      !handle.empty() && handle.size() <= kMaxHandleBytes &&
      std::ranges::all_of(handle, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
      });
  return is_good ? Status()
                 : fail(Code::invalid, "a handle is 1 to 64 of a-z, 0-9, dot, dash, underscore");
}

Result<ledger::Stream> platform_stream(const store::Tx& tx, const App& app) {
  const auto stream = TRY(app.ledger.newest(tx, ledger::StreamKind::platform));
  if (!stream) {
    return fail(Code::conflict, "there is no platform yet: run `weir init`");
  }
  return *stream;
}

Result<Person> administrator(const store::Tx& tx, const Actor& actor) {
  Person person = TRY(load_person(tx, actor));
  policy::Facts facts;
  facts.standing.conflict = Fact::no;
  const policy::Decision decision =
      policy::decide(subject_of(person), policy::Action::administer, facts);
  if (!decision.is_allowed()) {
    return fail(Code::denied, "only an administrator of the authority may do this");
  }
  return person;
}

Status insert_organisation(store::Tx& tx, const App& app, const NewOrganisation& made, Fact staff) {
  return tx.run(
      "INSERT INTO organisation (name, class, country, staff, bound, public_body, may_name, "
      "suspended, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)",
      {made.name, made.organisation_class, made.country, number(staff), number(made.bound),
       number(made.public_body), number(made.may_name), app.clock.now().ms});
}

Status insert_user(store::Tx& tx, const App& app, const NewUser& user) {
  const Organisation organisation = TRY(load_organisation(tx, user.organisation));
  std::int64_t bits = 0;
  for (const policy::Role role : user.roles) {
    bits |= std::int64_t{1} << static_cast<int>(role);
  }
  return tx.run(
      "INSERT INTO account (handle, organisation, roles, barred, created_ms) VALUES ($1, $2, $3, "
      "0, "
      "$4)",
      {user.handle, organisation.id, bits, app.clock.now().ms});
}

/// One `member` event: what changed about which organisation.
Status member_event(store::Tx& tx, const App& app, const Organisation& organisation,
                    std::string_view change) {
  const ledger::Stream platform = TRY(platform_stream(tx, app));
  TRY(record(
      tx, app, platform, "member",
      {field("change", change), field("organisation", organisation.name),
       field("organisation_class", organisation.organisation_class),
       field("country", organisation.country), field("bound", policy::name(organisation.bound)),
       field("suspended", policy::name(organisation.suspended))}));
  return {};
}

Status change_organisation(App& app, const Actor& actor, const std::string& name,
                           std::string_view sql, Fact value, std::string_view change) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(administrator(tx, actor));
    const Organisation before = TRY(load_organisation(tx, name));
    TRY(tx.run(sql, {before.id, number(value)}));
    const Organisation after = TRY(load_organisation(tx, before.id));
    return member_event(tx, app, after, change);
  });
}

}  // namespace

Status found_platform(App& app, const NewOrganisation& authority,
                      const std::string& administrator) {
  TRY(check(authority));
  TRY(check_handle(administrator));
  return app.db.execute([&](store::Tx& tx) -> Status {
    if (TRY(app.ledger.newest(tx, ledger::StreamKind::platform))) {
      return fail(Code::conflict, "this platform exists already");
    }
    const ledger::Stream platform = TRY(
        app.ledger.create(tx, ledger::StreamKind::platform, to_base32(app.random.bytes(kIdBytes))));
    TRY(record(tx, app, platform, "rule",
               {field("subject", "opening"), field("rule", app.ledger.settings().open_rule),
                field("ceiling_days", app.ledger.settings().ceiling / std::chrono::hours(24))}));
    TRY(insert_organisation(tx, app, authority, Fact::yes));
    TRY(insert_user(
        tx, app,
        {administrator, authority.name, {policy::Role::administrator, policy::Role::coordinator}}));
    return member_event(tx, app, TRY(load_organisation(tx, authority.name)), "added");
  });
}

Status add_organisation(App& app, const Actor& actor, const NewOrganisation& organisation) {
  TRY(check(organisation));
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(administrator(tx, actor));
    TRY(insert_organisation(tx, app, organisation, Fact::no));
    return member_event(tx, app, TRY(load_organisation(tx, organisation.name)), "added");
  });
}

Status add_user(App& app, const Actor& actor, const NewUser& user) {
  TRY(check_handle(user.handle));
  // No event: the platform's stream names no natural person. What a user does is recorded.
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(administrator(tx, actor));
    return insert_user(tx, app, user);
  });
}

Status set_suspended(App& app, const Actor& actor, const std::string& organisation,
                     Fact suspended) {
  return change_organisation(app, actor, organisation,
                             "UPDATE organisation SET suspended = $2 WHERE id = $1", suspended,
                             suspended == Fact::no ? "restored" : "suspended");
}

Status set_bound(App& app, const Actor& actor, const std::string& organisation, Fact bound) {
  return change_organisation(app, actor, organisation,
                             "UPDATE organisation SET bound = $2 WHERE id = $1", bound,
                             "legal_duty");
}

Status set_barred(App& app, const Actor& actor, const std::string& handle, Fact barred) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(administrator(tx, actor));
    TRY(tx.run("UPDATE account SET barred = $2 WHERE handle = $1", {handle, number(barred)}));
    return tx.changes() == 1 ? Status() : fail(Code::not_found, "no such user");
  });
}

Status agree(App& app, const Actor& actor, const std::string& organisation, Level level) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(administrator(tx, actor));
    const Organisation party = TRY(load_organisation(tx, organisation));
    TRY(tx.run("UPDATE agreement SET ended = 1 WHERE organisation = $1", {party.id}));
    TRY(tx.run(
        "INSERT INTO agreement (organisation, level, ended, created_ms) VALUES ($1, $2, 0, $3)",
        {party.id, static_cast<std::int64_t>(level), app.clock.now().ms}));
    const ledger::Stream platform = TRY(platform_stream(tx, app));
    TRY(record(tx, app, platform, "agreement",
               {field("change", "agreed"), field("organisation", party.name),
                field("organisation_class", party.organisation_class),
                field("country", party.country), field("level", name(level))}));
    return {};
  });
}

Status end_agreement(App& app, const Actor& actor, const std::string& organisation) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(administrator(tx, actor));
    const Organisation party = TRY(load_organisation(tx, organisation));
    TRY(tx.run("UPDATE agreement SET ended = 1 WHERE organisation = $1 AND ended = 0", {party.id}));
    if (tx.changes() == 0) {
      return fail(Code::not_found, "this organisation has no agreement");
    }
    const ledger::Stream platform = TRY(platform_stream(tx, app));
    TRY(record(
        tx, app, platform, "agreement",
        {field("change", "ended"), field("organisation", party.name),
         field("organisation_class", party.organisation_class), field("country", party.country)}));
    return {};
  });
}

Result<std::vector<OrganisationView>> organisations(App& app, const Actor& actor) {
  const auto tx = TRY(app.db.read());
  TRY(administrator(*tx, actor));
  return tx->all(
      "SELECT o.name, o.class, o.country, o.bound, o.suspended, COALESCE((SELECT MAX(a.level) FROM "
      "agreement a WHERE a.organisation = o.id AND a.ended = 0), 0) FROM organisation o ORDER BY "
      "o.name",
      {}, [](const store::Row& row) {
        return OrganisationView{row.text(0),          row.text(1),
                                row.text(2),          fact(row.integer(3)),
                                fact(row.integer(4)), static_cast<Level>(row.integer(5))};
      });
}

}  // namespace weir::app
