#include "app/identity.h"

#include "app/credentials.h"
#include "app/news.h"
#include "app/notices.h"
#include "app/tokens.h"
#include "app/watch_lists.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using policy::Fact;

constexpr Duration kKeptAfterwards = std::chrono::hours(24 * 30);
constexpr std::int64_t kMostForgotten = 1'000;  // rows in one go
constexpr Duration kDay = std::chrono::hours(24);

/// What a credential turned out to be.
struct Found {
  Actor::Kind kind = Actor::Kind::nobody;
  std::int64_t credential = 0;
  std::string handle{};
  Scopes scopes = kAllScopes;
};

constexpr std::string_view kSessionByHash =
    "SELECT s.id, a.handle, s.seen_ms FROM session s JOIN account a ON a.id = s.account JOIN "
    "organisation o ON o.id = a.organisation WHERE s.hash = $1 AND s.ended = 0 AND s.ends_ms > $2 "
    "AND s.seen_ms + $3 > $2 AND s.began_ms <= $4 AND a.barred = 0 AND o.suspended = 0";
constexpr std::string_view kTokenByHash =
    "SELECT t.id, a.handle, t.scopes, COALESCE(t.used_day, -1) FROM api_token t JOIN account a ON "
    "a.id = t.account JOIN organisation o ON o.id = a.organisation WHERE t.hash = $1 AND t.ended = "
    "0 AND t.ends_ms > $2 AND t.made_ms <= $3 AND a.barred = 0 AND o.suspended = 0";

std::unexpected<Error> not_signed_in() {
  return fail(Code::denied, std::string(kNotSignedIn));
}

/// Notes the use of a session or token. A disk that is full or broken does not keep anybody from
/// reading: then the use is simply not noted, and the session ends the sooner.
Status note_use(App& app, std::string_view sql, std::int64_t row, std::int64_t value) {
  const Status noted = app.db.execute([&](store::Tx& tx) { return tx.run(sql, {row, value}); });
  return noted || noted.error().code == Code::unavailable ? Status() : noted;
}

Result<std::optional<Found>> find_session(App& app, const std::string& session) {
  const std::int64_t now = app.clock.now().ms;
  std::int64_t seen = 0;
  std::optional<Found> found;
  {
    const auto tx = TRY(app.db.read());
    found = TRY(tx->one(kSessionByHash,
                        {store::Blob{hash_of("session", session).view()}, now,
                         app.identity.settings().session_idle.count(), now + kClockMayLag.count()},
                        [&](const store::Row& row) {
                          seen = row.integer(2);
                          return Found{Actor::Kind::session, row.integer(0), row.text(1)};
                        }));
  }
  if (found && now - seen >= kTouchStep.count()) {
    TRY(note_use(app,
                 "UPDATE session SET seen_ms = $2 WHERE id = $1 AND seen_ms < $2 AND ended = 0",
                 found->credential, now));
  }
  return found;
}

Result<std::optional<Found>> find_token(App& app, const std::string& token) {
  const std::int64_t now = app.clock.now().ms;
  std::int64_t used = 0;
  std::optional<Found> found;
  {
    const auto tx = TRY(app.db.read());
    found =
        TRY(tx->one(kTokenByHash,
                    {store::Blob{hash_of("token", token).view()}, now, now + kClockMayLag.count()},
                    [&](const store::Row& row) {
                      used = row.integer(3);
                      return Found{Actor::Kind::token, row.integer(0), row.text(1),
                                   Scopes::from_bits(row.integer(2))};
                    }));
  }
  const std::int64_t today = now / kDay.count();
  if (found && used != today) {
    TRY(note_use(app, "UPDATE api_token SET used_day = $2 WHERE id = $1 AND ended = 0",
                 found->credential, today));
  }
  return found;
}

Result<std::optional<Found>> find_bearer(App& app, const std::string& code) {
  const auto tx = TRY(app.db.read());
  return tx->one("SELECT 1 FROM case_file WHERE code_hash = $1 LIMIT 1",
                 {store::Blob{sha256("weir/return-code/v1" + code).view()}},
                 [](const store::Row&) { return Found{Actor::Kind::bearer}; });
}

/// A wrong guess costs a try of the network; when there is none left, nothing more is said. Right
/// ones cost nothing, so that a flood of wrong ones from the same network locks nobody out.
std::unexpected<Error> wrong_guess(App& app, const Presented& presented) {
  Limiter& limiter = app.identity.limiter();
  const Instant now = app.clock.now();
  bool may_guess = true;
  if (!presented.return_code.empty()) {
    may_guess = limiter.take(kReturnCodeByNetwork, presented.network, now);
  } else {
    may_guess = limiter.take(kTokenByNetwork, presented.network, now);
    const std::string prefix = presented.token.substr(0, kTokenTextPrefix);
    may_guess = limiter.take(kTokenByPrefix, prefix, now) && may_guess;
  }
  return may_guess ? not_signed_in() : fail(Code::unavailable, std::string(kTooMany));
}

Result<std::optional<Found>> find(App& app, const Presented& presented) {
  if (!presented.session.empty()) {
    const bool has_csrf = equal_secrets(csrf_of(presented.session), presented.csrf);
    if (presented.effect == Presented::Effect::changes && !has_csrf) {
      return std::nullopt;
    }
    return find_session(app, presented.session);
  }
  return !presented.token.empty() ? find_token(app, presented.token)
                                  : find_bearer(app, presented.return_code);
}

struct NewSession {
  std::string secret;
  std::string reference;
  Instant ends;
};

Status insert_session(store::Tx& tx, const App& app, const Verified& verified,
                      const SignIn& attempt, const NewSession& made) {
  // The oldest go, so that one user cannot fill the table.
  TRY(
      tx.run("UPDATE session SET ended = 1 WHERE account = $1 AND ended = 0 AND id NOT IN (SELECT "
             "id FROM session WHERE account = $1 AND ended = 0 ORDER BY id DESC LIMIT $2)",
             {verified.account, static_cast<std::int64_t>(kMostSessions) - 1}));
  const std::int64_t now = app.clock.now().ms;
  return tx.run(
      "INSERT INTO session (ref, hash, account, place, began_ms, seen_ms, ends_ms) VALUES ($1, $2, "
      "$3, $4, $5, $5, $6)",
      {made.reference, store::Blob{hash_of("session", made.secret).view()}, verified.account,
       store::Blob{place_of(verified.account, attempt.network).view()}, now, made.ends.ms});
}

}  // namespace

Identity::Identity(IdentitySettings settings, const Keyring& keyring, Random& random)
    : settings_(settings), keyring_(keyring), limiter_(random) {
  nobodys_password_ =
      keyring.wrap(nobodys_record(settings.cost, random), password_context(0), random);
}

Result<Actor> authenticate(App& app, const Presented& presented) {
  const int given = (presented.session.empty() ? 0 : 1) + (presented.token.empty() ? 0 : 1) +
                    (presented.return_code.empty() ? 0 : 1);
  if (given > 1) {
    return fail(Code::invalid, "a call comes with one credential");
  }
  Actor actor;
  actor.network_ = presented.network;
  if (given == 0) {
    return actor;
  }
  for (const std::string* text : {&presented.session, &presented.token, &presented.return_code}) {
    if (text->size() > kMaxPresentedBytes) {
      return wrong_guess(app, presented);
    }
  }
  const auto found = TRY(find(app, presented));
  if (!found) {
    return wrong_guess(app, presented);
  }
  actor.kind_ = found->kind;
  actor.handle_ = found->handle;
  actor.credential_ = found->credential;
  actor.scopes_ = found->scopes;
  actor.return_code_ = presented.return_code;
  return actor;
}

Status recheck(App& app, const Actor& actor) {
  if (actor.kind() == Actor::Kind::nobody || actor.kind() == Actor::Kind::bearer) {
    return {};
  }
  const auto tx = TRY(app.db.read());
  const std::string handle =
      actor.kind() == Actor::Kind::local ? actor.handle() : TRY(still_signed_in(*tx, app, actor));
  const Person person = TRY(load_user(*tx, handle));
  const bool may = person.barred == Fact::no && person.organisation.suspended == Fact::no;
  return may ? Status() : not_signed_in();
}

std::string csrf_of(std::string_view session) {
  return to_base32(HmacKey(session).mac("weir/csrf/v1").view());
}

Result<SignedIn> sign_in(App& app, const SignIn& attempt) {
  const Verified verified =
      TRY(verify(app, {attempt.handle, attempt.password, attempt.second_factor, attempt.network}));
  const NewSession made{make_secret(app), to_base32(app.random.bytes(kIdBytes)),
                        app.clock.now() + app.identity.settings().session_most};
  const auto left = TRY(app.db.submit([&](store::Tx& tx) -> Result<std::int64_t> {
    TRY(spend(tx, verified));
    TRY(tx.run("UPDATE session SET ended = 1 WHERE hash = $1",
               {store::Blob{hash_of("session", attempt.previous).view()}}));
    TRY(insert_session(tx, app, verified, attempt, made));
    const auto codes =
        TRY(tx.one("SELECT COUNT(*) FROM recovery_code WHERE account = $1", {verified.account},
                   [](const store::Row& row) { return row.integer(0); }));
    return *codes;
  }));
  return SignedIn{made.secret, csrf_of(made.secret), made.ends, *left};
}

Status sign_out(App& app, const Actor& actor) {
  if (actor.kind() != Actor::Kind::session) {
    return fail(Code::invalid, "there is no session to end");
  }
  return app.db.execute([&](store::Tx& tx) {
    return tx.run("UPDATE session SET ended = 1 WHERE id = $1", {actor.credential()});
  });
}

Result<std::vector<SessionView>> sessions(App& app, const Actor& actor) {
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_present(*tx, app, actor));
  const std::int64_t this_one = actor.kind() == Actor::Kind::session ? actor.credential() : 0;
  const std::int64_t now = app.clock.now().ms;
  return tx->all(
      "SELECT ref, began_ms, seen_ms, ends_ms, id = $2 FROM session WHERE account = $1 AND ended = "
      "0 AND ends_ms > $3 AND seen_ms + $4 > $3 ORDER BY id",
      {person.id, this_one, now, app.identity.settings().session_idle.count()},
      [](const store::Row& row) {
        return SessionView{row.text(0), Instant{row.integer(1)}, Instant{row.integer(2)},
                           Instant{row.integer(3)}, fact(row.integer(4))};
      });
}

Status end_session(App& app, const Actor& actor, const std::string& reference) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Person person = TRY(load_present(tx, app, actor));
    TRY(tx.run("UPDATE session SET ended = 1 WHERE account = $1 AND ref = $2 AND ended = 0",
               {person.id, reference}));
    return tx.changes() == 1 ? Status() : fail(Code::not_found, "no such session");
  });
}

Status end_all(App& app, const Actor& actor, const std::string& handle) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(must_be_present(actor));
    const Person user = actor.handle() == handle ? TRY(load_present(tx, app, actor))
                                                 : TRY(load_managed(tx, app, actor, handle));
    return end_sessions(tx, user.id, 0, Tokens::end);
  });
}

Status end_every_sign_in(App& app) {
  return app.db.execute([](store::Tx& tx) -> Status {
    TRY(tx.run("UPDATE session SET ended = 1 WHERE ended = 0"));
    TRY(tx.run("UPDATE api_token SET ended = 1 WHERE ended = 0"));
    return tx.run("DELETE FROM one_time_code");
  });
}

Result<std::int64_t> forget_old_sign_ins(App& app) {
  const auto gone = TRY(app.db.submit([&](store::Tx& tx) -> Result<std::int64_t> {
    const std::int64_t before = (app.clock.now() - kKeptAfterwards).ms;
    TRY(
        tx.run("DELETE FROM session WHERE id IN (SELECT id FROM session WHERE ends_ms < $1 LIMIT "
               "$2)",
               {before, kMostForgotten}));
    std::int64_t removed = tx.changes();
    TRY(tx.run("DELETE FROM one_time_code WHERE ends_ms < $1", {before}));
    removed += tx.changes();
    return removed;
  }));
  return *gone;
}

Status rewrap(store::Tx& tx, const Keyring& keyring, Random& random) {
  struct Wrapped {
    std::int64_t account;
    std::string password;
    std::string totp;
  };
  const auto rows =
      TRY(tx.all("SELECT account, password, totp FROM sign_in", {}, [](const store::Row& row) {
        return Wrapped{row.integer(0), row.blob(1), row.blob(2)};
      }));
  for (const Wrapped& row : rows) {
    const Secret password = TRY(keyring.unwrap(row.password, password_context(row.account)));
    const Secret totp = TRY(keyring.unwrap(row.totp, totp_context(row.account)));
    const std::string new_password =
        keyring.wrap(password.reveal(), password_context(row.account), random);
    const std::string new_totp = keyring.wrap(totp.reveal(), totp_context(row.account), random);
    TRY(tx.run("UPDATE sign_in SET password = $2, totp = $3 WHERE account = $1",
               {row.account, store::Blob{new_password}, store::Blob{new_totp}}));
  }
  const auto codes =
      TRY(tx.all("SELECT account, totp FROM one_time_code", {},
                 [](const store::Row& row) { return Wrapped{row.integer(0), {}, row.blob(1)}; }));
  for (const Wrapped& row : codes) {
    const Secret totp = TRY(keyring.unwrap(row.totp, totp_context(row.account)));
    const std::string made = keyring.wrap(totp.reveal(), totp_context(row.account), random);
    TRY(tx.run("UPDATE one_time_code SET totp = $2 WHERE account = $1",
               {row.account, store::Blob{made}}));
  }
  TRY(rewrap_channels(tx, keyring, random));
  TRY(rewrap_watch_lists(tx, keyring, random));
  return rewrap_clocks(tx, keyring, random);
}

}  // namespace weir::app
