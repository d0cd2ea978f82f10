#include "app/people.h"

#include <algorithm>

#include "app/credentials.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using policy::Fact;

constexpr std::size_t kMaxNameBytes = 200;

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
  return is_handle(handle) && !handle.starts_with(kMachinePrefix)
             ? Status()
             : fail(Code::invalid,
                    "a handle is 1 to 64 of a-z, 0-9, dot, dash, underscore, and no token's");
}

Result<ledger::Stream> platform_stream(const store::Tx& tx, const App& app) {
  const auto stream = TRY(app.ledger.newest(tx, ledger::StreamKind::platform));
  if (!stream) {
    return fail(Code::conflict, "there is no platform yet: run `weir init`");
  }
  return *stream;
}

bool is_administrator(const Person& person) {
  policy::Facts facts;
  facts.standing.conflict = Fact::no;
  return policy::decide(subject_of(person), policy::Action::administer, facts).is_allowed();
}

Result<Person> administrator(const store::Tx& tx, const App& app, const Actor& actor) {
  Person person = TRY(load_person(tx, app, actor, Scope::administer));
  if (!is_administrator(person)) {
    return fail(Code::denied, "only an administrator of the authority may do this");
  }
  return person;
}

/// An administrator of any organisation, for what concerns its own users.
Result<Person> keeper(const store::Tx& tx, const App& app, const Actor& actor) {
  Person person = TRY(load_person(tx, app, actor, Scope::administer));
  const bool keeps_own = person.id != 0 && person.roles.has(policy::Role::administrator) &&
                         person.barred == Fact::no && person.organisation.suspended == Fact::no;
  if (!keeps_own && !is_administrator(person)) {
    return fail(Code::denied, "only an administrator may do this");
  }
  return person;
}

policy::Roles roles_of(const std::vector<policy::Role>& listed) {
  policy::Roles roles;
  for (const policy::Role role : listed) {
    roles.add(role);
  }
  return roles;
}

/// `denied` if `person` may not give or take these.
Status must_be_givable(const Person& person, const policy::Roles& roles) {
  return is_administrator(person) || !has_reserved_role(roles)
             ? Status()
             : fail(Code::denied, "only the authority makes coordinators and auditors");
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
  return tx.run(
      "INSERT INTO account (handle, organisation, roles, barred, created_ms) VALUES ($1, $2, $3, "
      "0, $4)",
      {user.handle, organisation.id, roles_bits(roles_of(user.roles)), app.clock.now().ms});
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
    TRY(administrator(tx, app, actor));
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
    TRY(administrator(tx, app, actor));
    TRY(insert_organisation(tx, app, organisation, Fact::no));
    return member_event(tx, app, TRY(load_organisation(tx, organisation.name)), "added");
  });
}

Status add_user(App& app, const Actor& actor, const NewUser& user) {
  TRY(check_handle(user.handle));
  return app.db.execute([&](store::Tx& tx) -> Status {
    const policy::Roles roles = roles_of(user.roles);
    const Person giver = TRY(keeper(tx, app, actor));
    TRY(must_be_givable(giver, roles));
    const Organisation organisation =
        TRY(load_managed_organisation(tx, app, actor, user.organisation));
    TRY(insert_user(tx, app, user));
    return people_event(tx, app, organisation, "user_added", roles);
  });
}

Status set_suspended(App& app, const Actor& actor, const std::string& organisation,
                     Fact suspended) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(administrator(tx, app, actor));
    const Organisation before = TRY(load_organisation(tx, organisation));
    TRY(tx.run("UPDATE organisation SET suspended = $2 WHERE id = $1",
               {before.id, number(suspended)}));
    if (suspended != Fact::no) {
      TRY(end_organisation(tx, before.id));
    }
    return member_event(tx, app, TRY(load_organisation(tx, before.id)),
                        suspended == Fact::no ? "restored" : "suspended");
  });
}

Status set_bound(App& app, const Actor& actor, const std::string& organisation, Fact bound) {
  return change_organisation(app, actor, organisation,
                             "UPDATE organisation SET bound = $2 WHERE id = $1", bound,
                             "legal_duty");
}

Status set_barred(App& app, const Actor& actor, const std::string& handle, Fact barred) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Person user = TRY(load_managed(tx, app, actor, handle));
    TRY(tx.run("UPDATE account SET barred = $2 WHERE id = $1", {user.id, number(barred)}));
    if (barred != Fact::no) {
      TRY(end_sessions(tx, user.id, 0, Tokens::end));
    }
    return people_event(tx, app, user.organisation,
                        barred == Fact::no ? "user_unbarred" : "user_barred", user.roles);
  });
}

Status set_roles(App& app, const Actor& actor, const std::string& handle,
                 const std::vector<policy::Role>& roles) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Person user = TRY(load_managed(tx, app, actor, handle));
    const policy::Roles given = roles_of(roles);
    const Person giver = TRY(keeper(tx, app, actor));
    TRY(must_be_givable(giver, given));
    TRY(tx.run("UPDATE account SET roles = $2 WHERE id = $1", {user.id, roles_bits(given)}));
    return people_event(tx, app, user.organisation, "roles_changed", given);
  });
}

Status agree(App& app, const Actor& actor, const std::string& organisation, Level level) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(administrator(tx, app, actor));
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
    TRY(administrator(tx, app, actor));
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

Result<std::vector<OrganisationView>> organisations(App& app, const Actor& actor,
                                                    const Slice& wanted) {
  const auto tx = TRY(app.db.read());
  TRY(administrator(*tx, app, actor));
  return tx->all(
      "SELECT o.name, o.class, o.country, o.bound, o.suspended, COALESCE((SELECT MAX(a.level) FROM "
      "agreement a WHERE a.organisation = o.id AND a.ended = 0), 0) FROM organisation o WHERE "
      "o.name > $1 ORDER BY o.name LIMIT $2",
      {wanted.after, wanted.most}, [](const store::Row& row) {
        return OrganisationView{row.text(0),          row.text(1),
                                row.text(2),          fact(row.integer(3)),
                                fact(row.integer(4)), static_cast<Level>(row.integer(5))};
      });
}

Result<std::vector<UserView>> users(App& app, const Actor& actor, const std::string& organisation,
                                    const Slice& wanted) {
  const auto tx = TRY(app.db.read());
  const Organisation kept = TRY(load_managed_organisation(*tx, app, actor, organisation));
  return tx->all(
      "SELECT a.handle, a.roles, a.barred, EXISTS (SELECT 1 FROM sign_in s WHERE s.account = a.id) "
      "FROM account a WHERE a.organisation = $1 AND substr(a.handle, 1, $2) <> $3 AND "
      "a.handle > $4 ORDER BY a.handle LIMIT $5",
      {kept.id, static_cast<std::int64_t>(kMachinePrefix.size()), kMachinePrefix, wanted.after,
       wanted.most},
      [](const store::Row& row) {
        return UserView{row.text(0), read_roles(row.integer(1)), fact(row.integer(2)),
                        fact(row.integer(3))};
      });
}

// --- private to app/: credentials.h

bool is_handle(std::string_view text) {
  return !text.empty() && text.size() <= kMaxHandleBytes && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

bool has_reserved_role(const policy::Roles& roles) {
  return roles.has(policy::Role::coordinator) || roles.has(policy::Role::auditor);
}

Result<Organisation> load_managed_organisation(const store::Tx& tx, const App& app,
                                               const Actor& actor, const std::string& name) {
  const Person person = TRY(keeper(tx, app, actor));
  if (is_administrator(person)) {
    return load_organisation(tx, name);
  }
  // Another organisation and none at all are the same words.
  return person.organisation.name == name ? Result<Organisation>(person.organisation)
                                          : fail(Code::not_found, "no such organisation");
}

Result<Person> load_managed(const store::Tx& tx, const App& app, const Actor& actor,
                            const std::string& handle) {
  const Person person = TRY(keeper(tx, app, actor));
  const auto absent = fail(Code::not_found, "no such user");
  Result<Person> user = load_user(tx, handle);
  if (!user) {
    return user.error().code == Code::denied ? absent : std::unexpected(user.error());
  }
  const bool is_own = user->organisation.id == person.organisation.id;
  if (handle.starts_with(kMachinePrefix) || (!is_administrator(person) && !is_own)) {
    return absent;
  }
  // Whoever resets a coordinator's sign-in could act as one.
  TRY(must_be_givable(person, user->roles));
  return *user;
}

Status people_event(store::Tx& tx, const App& app, const Organisation& organisation,
                    std::string_view change, const policy::Roles& roles) {
  json::Array names;
  for (const policy::Role role : policy::kRoles) {
    if (roles.has(role)) {
      names.push_back(json::Value(policy::name(role)));
    }
  }
  const ledger::Stream platform = TRY(platform_stream(tx, app));
  TRY(record(tx, app, platform, "member",
             {field("change", change),
              field("organisation", organisation.name),
              field("organisation_class", organisation.organisation_class),
              field("country", organisation.country),
              {"roles", std::move(names)}}));
  return {};
}

}  // namespace weir::app
