#include "app/tokens.h"

#include <algorithm>

#include "app/credentials.h"
#include "app/people.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using policy::Fact;

constexpr Scopes kOrganisationScopes = {Scope::report, Scope::read, Scope::calendar, Scope::watch};
constexpr std::size_t kPrefixBytes = 5;  // kTokenPrefixChars of base32

struct Prepared {
  std::string prefix;
  std::string token;
  std::string reference;
  Instant made;
  Instant ends;
};

Status check(const NewToken& wanted) {
  if (!is_handle(wanted.label)) {
    return fail(Code::invalid, "a label is 1 to 64 of a-z, 0-9, dot, dash, underscore");
  }
  if (wanted.scopes == Scopes() || !kTokenScopes.has_all(wanted.scopes)) {
    return fail(Code::invalid,
                "a token has one or more of report, read, act, administer, calendar and watch");
  }
  if (!wanted.organisation.empty() && !kOrganisationScopes.has_all(wanted.scopes)) {
    return fail(Code::invalid,
                "an organisation's token has one or more of report, read, calendar and watch");
  }
  if (wanted.life <= Duration(0) || wanted.life > kMostTokenLife) {
    return fail(Code::invalid, "a token lives for at most a year");
  }
  return {};
}

Prepared prepare(const App& app, const NewToken& wanted) {
  Prepared made;
  made.prefix = to_base32(app.random.bytes(kPrefixBytes));
  made.token = std::string(kTokenMark) + made.prefix + "_" + make_secret(app);
  made.reference = to_base32(app.random.bytes(kIdBytes));
  made.made = app.clock.now();
  made.ends = made.made + wanted.life;
  return made;
}

Status must_have_room(const store::Tx& tx, std::string_view query, std::int64_t owner,
                      Instant now) {
  const auto held =
      TRY(tx.one(query, {owner, now.ms}, [](const store::Row& row) { return row.integer(0); }));
  return *held < static_cast<std::int64_t>(kMostTokens)
             ? Status()
             : fail(Code::conflict, "there are 100 tokens that hold: revoke some first");
}

/// An account for the token alone. It has no password, and nobody may invite it.
Result<std::int64_t> insert_machine(store::Tx& tx, const Organisation& organisation,
                                    const Prepared& made) {
  const std::string handle = std::string(kMachinePrefix) + made.reference;
  const std::int64_t roles = roles_bits({policy::Role::reporter, policy::Role::recipient});
  TRY(
      tx.run("INSERT INTO account (handle, organisation, roles, barred, created_ms) VALUES ($1, "
             "$2, $3, 0, $4)",
             {handle, organisation.id, roles, made.made.ms}));
  return TRY(load_user(tx, handle)).id;
}

Status insert_token(store::Tx& tx, const NewToken& wanted, const Prepared& made,
                    std::int64_t account, std::optional<std::int64_t> organisation) {
  return tx.run(
      "INSERT INTO api_token (ref, prefix, hash, account, organisation, label, scopes, made_ms, "
      "ends_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      {made.reference, made.prefix, store::Blob{hash_of("token", made.token).view()}, account,
       organisation ? store::Param(*organisation) : store::Param(nullptr), wanted.label,
       wanted.scopes.bits(), made.made.ms, made.ends.ms});
}

constexpr std::string_view kViews =
    "SELECT t.ref, t.prefix, t.label, COALESCE(o.name, ''), t.scopes, t.made_ms, t.ends_ms, "
    "t.used_day FROM api_token t LEFT JOIN organisation o ON o.id = t.organisation WHERE t.ended = "
    "0 AND t.ends_ms > $3 AND (t.account = $1 OR t.organisation = $2) ORDER BY t.id";

TokenView read_view(const store::Row& row) {
  TokenView view{.reference = row.text(0),
                 .prefix = row.text(1),
                 .label = row.text(2),
                 .organisation = row.text(3),
                 .scopes = Scopes::from_bits(row.integer(4)),
                 .made = Instant{row.integer(5)},
                 .ends = Instant{row.integer(6)},
                 .used = std::nullopt};
  if (!row.is_null(7)) {
    view.used = Instant{row.integer(7) * Duration(std::chrono::hours(24)).count()};
  }
  return view;
}

}  // namespace

Result<MadeToken> create_token(App& app, const Actor& actor, const NewToken& wanted) {
  TRY(check(wanted));
  const Prepared made = prepare(app, wanted);
  TRY(app.db.execute([&](store::Tx& tx) -> Status {
    const Person person = TRY(load_present(tx, app, actor));
    if (wanted.organisation.empty()) {
      TRY(must_have_room(tx,
                         "SELECT COUNT(*) FROM api_token WHERE account = $1 AND ended = 0 AND "
                         "ends_ms > $2",
                         person.id, made.made));
      return insert_token(tx, wanted, made, person.id, std::nullopt);
    }
    const Organisation organisation =
        TRY(load_managed_organisation(tx, app, actor, wanted.organisation));
    TRY(must_have_room(tx,
                       "SELECT COUNT(*) FROM api_token WHERE organisation = $1 AND ended = 0 AND "
                       "ends_ms > $2",
                       organisation.id, made.made));
    const std::int64_t machine = TRY(insert_machine(tx, organisation, made));
    TRY(insert_token(tx, wanted, made, machine, organisation.id));
    return people_event(tx, app, organisation, "token_added", {});
  }));
  return MadeToken{made.token, made.reference, made.ends};
}

Result<std::vector<TokenView>> tokens(App& app, const Actor& actor,
                                      const std::string& organisation) {
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_present(*tx, app, actor));
  const std::int64_t now = app.clock.now().ms;
  if (organisation.empty()) {
    return tx->all(kViews, {person.id, std::int64_t{0}, now}, read_view);
  }
  const Organisation kept = TRY(load_managed_organisation(*tx, app, actor, organisation));
  return tx->all(kViews, {std::int64_t{0}, kept.id, now}, read_view);
}

Status revoke_token(App& app, const Actor& actor, const std::string& reference) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Person person = TRY(load_present(tx, app, actor));
    struct Owner {
      std::int64_t account;
      std::string organisation;
    };
    const auto absent = fail(Code::not_found, "no such token");
    const auto owner = TRY(tx.one(
        "SELECT t.account, COALESCE(o.name, '') FROM api_token t LEFT JOIN organisation o ON o.id "
        "= t.organisation WHERE t.ref = $1 AND t.ended = 0",
        {reference}, [](const store::Row& row) { return Owner{row.integer(0), row.text(1)}; }));
    if (!owner || (owner->organisation.empty() && owner->account != person.id)) {
      return absent;
    }
    if (owner->organisation.empty()) {
      return tx.run("UPDATE api_token SET ended = 1 WHERE ref = $1", {reference});
    }
    const auto kept = load_managed_organisation(tx, app, actor, owner->organisation);
    if (!kept) {
      return absent;
    }
    TRY(tx.run("UPDATE api_token SET ended = 1 WHERE ref = $1", {reference}));
    return people_event(tx, app, *kept, "token_revoked", {});
  });
}

}  // namespace weir::app
