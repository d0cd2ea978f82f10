#include "app/credentials.h"

#include "base/bytes.h"
#include "base/totp.h"

namespace weir::app {
namespace {

using policy::Fact;

constexpr std::string_view kSessionHandle =
    "SELECT a.handle FROM session s JOIN account a ON a.id = s.account WHERE s.id = $1 AND s.ended "
    "= 0 AND s.ends_ms > $2 AND s.seen_ms + $3 > $2 AND s.began_ms <= $4";
constexpr std::string_view kTokenHandle =
    "SELECT a.handle FROM api_token t JOIN account a ON a.id = t.account WHERE t.id = $1 AND "
    "t.ended = 0 AND t.ends_ms > $2 AND t.made_ms <= $3";

/// All that is stored about how somebody signs in; of nobody, when there is no such account.
struct Stored {
  std::int64_t account = 0;
  std::string password{};
  std::string totp{};
  std::int64_t last_step = 0;
  Fact may = Fact::no;  // sign in: enrolled, not barred, not suspended
  Fact known_place = Fact::no;
  Fact is_recovery = Fact::no;
};

Result<Stored> load_stored(const App& app, const Attempt& attempt, const Digest& recovery) {
  const auto tx = TRY(app.db.read());
  const auto found = TRY(tx->one(
      "SELECT a.id, s.password, s.totp, s.totp_step, a.barred, o.suspended FROM account a JOIN "
      "organisation o ON o.id = a.organisation JOIN sign_in s ON s.account = a.id WHERE a.handle = "
      "$1",
      {attempt.handle}, [](const store::Row& row) {
        const bool may = row.integer(4) == 0 && row.integer(5) == 0;
        return Stored{
            row.integer(0), row.blob(1), row.blob(2), row.integer(3), may ? Fact::yes : Fact::no,
            Fact::no,       Fact::no};
      }));
  Stored stored = found.value_or(Stored{.password = app.identity.nobodys_password()});
  const auto yes = [](const store::Row&) { return Fact::yes; };
  stored.known_place =
      TRY(tx->one("SELECT 1 FROM session WHERE place = $1 LIMIT 1",
                  {store::Blob{place_of(stored.account, attempt.network).view()}}, yes))
          .value_or(Fact::no);
  stored.is_recovery = TRY(tx->one("SELECT 1 FROM recovery_code WHERE hash = $1 AND account = $2",
                                   {store::Blob{recovery.view()}, stored.account}, yes))
                           .value_or(Fact::no);
  return stored;
}

/// What the tries at an account are counted by. Who has signed in from this place before has tries
/// of its own there, which others cannot use up: a limit of its own, because a handle is what a
/// caller says it is.
struct AccountTries {
  const Limit& limit;
  std::string key;
};
AccountTries account_tries(const Attempt& attempt, const Stored& stored) {
  return stored.known_place == Fact::yes
             ? AccountTries{kSignInByPlace, attempt.handle + " " + attempt.network}
             : AccountTries{kSignInByAccount, attempt.handle};
}

Result<bool> compare_password(App& app, const Stored& stored, std::string_view password) {
  const auto turn = app.identity.hashing().take();
  if (!turn) {
    return fail(Code::unavailable, std::string(kTooMany));
  }
  const Secret record =
      TRY(app.identity.keyring().unwrap(stored.password, password_context(stored.account)));
  const bool is_right = TRY(is_password(record.reveal(), password));
  return is_right && stored.may == Fact::yes;
}

/// A code of the telephone that is right and new, or a recovery code.
Result<Verified> compare_second(App& app, const Attempt& attempt, const Stored& stored,
                                const Digest& recovery) {
  Verified verified;
  verified.account = stored.account;
  verified.password = stored.password;
  const Instant now = app.clock.now();
  if (stored.is_recovery == Fact::yes) {
    verified.recovery = recovery;
    return verified;
  }
  if (!app.identity.limiter().take(kSecondFactor, attempt.handle, now)) {
    return fail(Code::denied, std::string(kWrongSignIn));  // saying more would tell of the password
  }
  const Secret secret =
      TRY(app.identity.keyring().unwrap(stored.totp, totp_context(stored.account)));
  verified.step =
      totp_step(secret.reveal(), plain_code(attempt.second_factor), now, stored.last_step);
  if (!verified.step) {
    return fail(Code::denied, std::string(kWrongSignIn));
  }
  return verified;
}

/// The record anew, if it was made at another cost than today's.
Status renew(App& app, const Attempt& attempt, Verified& verified) {
  const Secret record =
      TRY(app.identity.keyring().unwrap(verified.password, password_context(verified.account)));
  if (is_current(record.reveal(), app.identity.settings().cost)) {
    return {};
  }
  const auto turn = app.identity.hashing().take();
  if (!turn) {
    return {};  // the next sign-in will do
  }
  const std::string made =
      TRY(password_record(app.identity.settings().cost, attempt.password, app.random));
  verified.renewed =
      app.identity.keyring().wrap(made, password_context(verified.account), app.random);
  return {};
}

}  // namespace

std::string make_secret(const App& app) {
  return to_base32(app.random.bytes(kSecretBytes));
}

std::string plain_code(std::string_view typed) {
  std::string plain;
  for (const char c : typed) {
    if (c != ' ' && c != '-') {
      plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return plain;
}

Digest hash_of(std::string_view what, std::string_view secret) {
  return sha256("weir/" + std::string(what) + "/v1" + std::string(secret));
}

Digest place_of(std::int64_t account, std::string_view network) {
  return hash_of("place", std::to_string(account) + " " + std::string(network));
}

std::string password_context(std::int64_t account) {
  return "weir/password/v1 " + std::to_string(account);
}

std::string totp_context(std::int64_t account) {
  return "weir/totp/v1 " + std::to_string(account);
}

Result<std::string> still_signed_in(const store::Tx& tx, const App& app, const Actor& actor) {
  const std::int64_t now = app.clock.now().ms;
  const std::int64_t latest_begin = now + kClockMayLag.count();
  const auto handle = [](const store::Row& row) { return row.text(0); };
  const auto found =
      actor.kind() == Actor::Kind::session
          ? TRY(tx.one(kSessionHandle,
                       {actor.credential(), now, app.identity.settings().session_idle.count(),
                        latest_begin},
                       handle))
          : TRY(tx.one(kTokenHandle, {actor.credential(), now, latest_begin}, handle));
  if (!found) {
    return fail(Code::denied, std::string(kNotSignedIn));
  }
  return *found;
}

Status must_be_present(const Actor& actor) {
  const bool is_there = actor.kind() == Actor::Kind::session || actor.kind() == Actor::Kind::local;
  return is_there ? Status()
                  : fail(Code::denied, "only a person who is signed in may do this, no token");
}

Result<Person> load_present(const store::Tx& tx, const App& app, const Actor& actor) {
  TRY(must_be_present(actor));
  Person person = TRY(load_person(tx, app, actor, Scope::read));
  if (person.barred != Fact::no || person.organisation.suspended != Fact::no) {
    return fail(Code::denied, std::string(kNotSignedIn));
  }
  return person;
}

Status take_anonymous(App& app, const Actor& actor, const Limit& limit) {
  const bool has_account = !actor.handle().empty();
  return has_account || app.identity.limiter().take(limit, actor.network(), app.clock.now())
             ? Status()
             : fail(Code::unavailable, std::string(kTooMany));
}

Result<Verified> verify(App& app, const Attempt& attempt) {
  Limiter& limiter = app.identity.limiter();
  const Instant now = app.clock.now();
  const bool is_sane = attempt.handle.size() <= kMaxPresentedBytes &&
                       attempt.password.size() <= kMaxPasswordBytes &&
                       attempt.second_factor.size() <= kMaxPresentedBytes;
  if (!limiter.take(kSignInByNetwork, attempt.network, now)) {
    return fail(Code::unavailable, std::string(kTooMany));
  }
  if (!is_sane) {
    return fail(Code::denied, std::string(kWrongSignIn));
  }
  const Digest recovery = hash_of("recovery-code", plain_code(attempt.second_factor));
  const Stored stored = TRY(load_stored(app, attempt, recovery));
  const AccountTries tries = account_tries(attempt, stored);
  if (!limiter.take(tries.limit, tries.key, now)) {
    return fail(Code::unavailable, std::string(kTooMany));
  }
  const bool is_right = TRY(compare_password(app, stored, attempt.password));
  if (!is_right) {
    return fail(Code::denied, std::string(kWrongSignIn));
  }
  Verified verified = TRY(compare_second(app, attempt, stored, recovery));
  TRY(renew(app, attempt, verified));
  limiter.give_back(kSignInByNetwork, attempt.network, now);
  limiter.give_back(tries.limit, tries.key, now);
  if (verified.recovery) {
    limiter.forgive(kSecondFactor, attempt.handle, now);
  } else {
    limiter.give_back(kSecondFactor, attempt.handle, now);
  }
  return verified;
}

Status spend(store::Tx& tx, const Verified& verified) {
  const auto wrong = fail(Code::denied, std::string(kWrongSignIn));
  const auto may = TRY(tx.one(
      "SELECT 1 FROM sign_in s JOIN account a ON a.id = s.account JOIN organisation o ON o.id = "
      "a.organisation WHERE s.account = $1 AND s.password = $2 AND a.barred = 0 AND o.suspended = "
      "0",
      {verified.account, store::Blob{verified.password}}, [](const store::Row&) { return 1; }));
  if (!may) {
    return wrong;
  }
  if (verified.recovery) {
    TRY(tx.run("DELETE FROM recovery_code WHERE hash = $1 AND account = $2",
               {store::Blob{verified.recovery->view()}, verified.account}));
  } else {
    CHECK(verified.step);
    TRY(tx.run("UPDATE sign_in SET totp_step = $2 WHERE account = $1 AND totp_step < $2",
               {verified.account, *verified.step}));
  }
  if (tx.changes() != 1) {
    return wrong;  // another call was faster
  }
  if (verified.renewed) {
    TRY(tx.run("UPDATE sign_in SET password = $2 WHERE account = $1",
               {verified.account, store::Blob{*verified.renewed}}));
  }
  return {};
}

Status end_sessions(store::Tx& tx, std::int64_t account, std::int64_t kept, Tokens tokens) {
  TRY(tx.run("UPDATE session SET ended = 1 WHERE account = $1 AND id <> $2 AND ended = 0",
             {account, kept}));
  if (tokens == Tokens::end) {
    TRY(tx.run("UPDATE api_token SET ended = 1 WHERE account = $1 AND ended = 0", {account}));
  }
  return {};
}

Status end_organisation(store::Tx& tx, std::int64_t organisation) {
  TRY(
      tx.run("UPDATE session SET ended = 1 WHERE ended = 0 AND account IN (SELECT id FROM account "
             "WHERE organisation = $1)",
             {organisation}));
  return tx.run(
      "UPDATE api_token SET ended = 1 WHERE ended = 0 AND account IN (SELECT id FROM "
      "account WHERE organisation = $1)",
      {organisation});
}

}  // namespace weir::app
