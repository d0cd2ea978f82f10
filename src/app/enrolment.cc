#include "app/enrolment.h"

#include <algorithm>

#include "app/credentials.h"
#include "base/bytes.h"
#include "base/totp.h"

namespace weir::app {
namespace {

using policy::Fact;

constexpr std::size_t kMinDifferent = 5;  // characters in a password

struct PreparedCode {
  std::string code;
  std::string totp;  // the secret, in the clear
  Instant ends;
};

PreparedCode prepare_code(const App& app) {
  return {make_secret(app), app.random.bytes(kTotpSecretBytes),
          app.clock.now() + app.identity.settings().invitation_kept};
}

/// A newer code ends the one before.
Status insert_code(store::Tx& tx, const App& app, std::int64_t account, const PreparedCode& made) {
  const std::string totp =
      app.identity.keyring().wrap(made.totp, totp_context(account), app.random);
  TRY(tx.run("DELETE FROM one_time_code WHERE account = $1", {account}));
  return tx.run(
      "INSERT INTO one_time_code (hash, account, totp, made_ms, ends_ms) VALUES ($1, $2, $3, $4, "
      "$5)",
      {store::Blob{hash_of("one-time-code", made.code).view()}, account, store::Blob{totp},
       app.clock.now().ms, made.ends.ms});
}

Result<bool> has_enrolled(const store::Tx& tx, std::int64_t account) {
  const auto found = TRY(tx.one("SELECT 1 FROM sign_in WHERE account = $1", {account},
                                [](const store::Row&) { return 1; }));
  return found.has_value();
}

struct Opened {
  std::int64_t account = 0;
  std::string handle;
  std::string totp;  // wrapped
  Instant ends;
};

/// What a one-time code opens now, if anything.
Result<Opened> open_code(const store::Tx& tx, const App& app, const std::string& code) {
  const std::int64_t now = app.clock.now().ms;
  const auto found = TRY(tx.one(
      "SELECT c.account, a.handle, c.totp, c.ends_ms FROM one_time_code c JOIN account a ON a.id = "
      "c.account JOIN organisation o ON o.id = a.organisation WHERE c.hash = $1 AND c.ends_ms > $2 "
      "AND c.made_ms <= $3 AND a.barred = 0 AND o.suspended = 0",
      {store::Blob{hash_of("one-time-code", plain_code(code)).view()}, now,
       now + kClockMayLag.count()},
      [](const store::Row& row) {
        return Opened{row.integer(0), row.text(1), row.blob(2), Instant{row.integer(3)}};
      }));
  if (!found) {
    return fail(Code::denied, std::string(kWrongCode));
  }
  return *found;
}

/// The same outside of the writer; a wrong one costs a try.
Result<Opened> try_code(App& app, const std::string& code, const std::string& network) {
  Limiter& limiter = app.identity.limiter();
  if (!limiter.take(kCodeByNetwork, network, app.clock.now())) {
    return fail(Code::unavailable, std::string(kTooMany));
  }
  if (code.size() > kMaxPresentedBytes) {
    return fail(Code::denied, std::string(kWrongCode));
  }
  const auto tx = TRY(app.db.read());
  const Opened opened = TRY(open_code(*tx, app, code));
  limiter.give_back(kCodeByNetwork, network, app.clock.now());
  return opened;
}

std::vector<std::string> make_recovery_codes(const App& app) {
  std::vector<std::string> codes;
  for (std::size_t i = 0; i < kRecoveryCodes; ++i) {
    std::string code = to_base32(app.random.bytes(kRecoveryBytes));
    for (std::size_t at = 4; at < code.size(); at += 5) {
      code.insert(at, "-");
    }
    codes.push_back(std::move(code));
  }
  return codes;
}

Status insert_recovery_codes(store::Tx& tx, std::int64_t account,
                             const std::vector<std::string>& codes) {
  TRY(tx.run("DELETE FROM recovery_code WHERE account = $1", {account}));
  for (const std::string& code : codes) {
    TRY(tx.run("INSERT INTO recovery_code (hash, account) VALUES ($1, $2)",
               {store::Blob{hash_of("recovery-code", plain_code(code)).view()}, account}));
  }
  return {};
}

/// The password as it is stored.
Result<std::string> wrapped_password(App& app, std::int64_t account, const std::string& password) {
  const auto turn = app.identity.hashing().take();
  if (!turn) {
    return fail(Code::unavailable, std::string(kTooMany));
  }
  const std::string record =
      TRY(password_record(app.identity.settings().cost, password, app.random));
  return app.identity.keyring().wrap(record, password_context(account), app.random);
}

/// `actor` with a session that holds, who proves its password and second factor once more.
Result<Verified> prove(App& app, const Actor& actor, const Proof& proof) {
  if (actor.kind() != Actor::Kind::session) {
    return fail(Code::denied, std::string(kNotSignedIn));
  }
  {
    const auto tx = TRY(app.db.read());
    TRY(load_present(*tx, app, actor));
  }
  return verify(app, {actor.handle(), proof.password, proof.second_factor, actor.network()});
}

}  // namespace

Status check_password(const std::string& handle, const std::string& password) {
  if (password.size() < kMinPasswordBytes || password.size() > kMaxPasswordBytes ||
      !is_utf8(password)) {
    return fail(Code::invalid, "a password is 12 to 256 bytes of UTF-8 text");
  }
  std::string different = password;
  std::ranges::sort(different);
  const auto repeated = std::ranges::unique(different);
  if (different.size() - repeated.size() < kMinDifferent || password.contains(handle)) {
    return fail(Code::invalid,
                "a password has at least 5 different characters and does not hold the handle");
  }
  return {};
}

Result<OneTimeCode> invite(App& app, const Actor& actor, const std::string& handle) {
  const PreparedCode made = prepare_code(app);
  TRY(app.db.execute([&](store::Tx& tx) -> Status {
    TRY(must_be_present(actor));
    const Person user = TRY(load_managed(tx, app, actor, handle));
    if (TRY(has_enrolled(tx, user.id))) {
      return fail(Code::conflict,
                  "this user has enrolled: a lost password or telephone is a reset");
    }
    return insert_code(tx, app, user.id, made);
  }));
  return OneTimeCode{made.code, made.ends};
}

Result<OneTimeCode> reset(App& app, const Actor& actor, const std::string& handle) {
  const PreparedCode made = prepare_code(app);
  TRY(app.db.execute([&](store::Tx& tx) -> Status {
    TRY(must_be_present(actor));
    const Person user = TRY(load_managed(tx, app, actor, handle));
    TRY(tx.run("DELETE FROM sign_in WHERE account = $1", {user.id}));
    TRY(tx.run("DELETE FROM recovery_code WHERE account = $1", {user.id}));
    TRY(end_sessions(tx, user.id, 0, Tokens::end));
    TRY(insert_code(tx, app, user.id, made));
    return people_event(tx, app, user.organisation, "sign_in_reset", user.roles);
  }));
  return OneTimeCode{made.code, made.ends};
}

Result<OneTimeCode> invite_first(App& app, const std::string& handle) {
  const PreparedCode made = prepare_code(app);
  TRY(app.db.execute([&](store::Tx& tx) -> Status {
    const auto enrolled =
        TRY(tx.one("SELECT 1 FROM sign_in LIMIT 1", {}, [](const store::Row&) { return 1; }));
    if (enrolled) {
      return fail(Code::conflict, "somebody has enrolled: ask an administrator for an invitation");
    }
    const Person user = TRY(load_user(tx, handle));
    return insert_code(tx, app, user.id, made);
  }));
  return OneTimeCode{made.code, made.ends};
}

Result<Enrolment> begin_enrolment(App& app, const std::string& code, const std::string& network) {
  const Opened opened = TRY(try_code(app, code, network));
  const Secret totp = TRY(app.identity.keyring().unwrap(opened.totp, totp_context(opened.account)));
  return Enrolment{opened.handle, to_base32(totp.reveal()),
                   totp_uri(app.ledger.settings().origin, opened.handle, totp.reveal()),
                   opened.ends};
}

Result<std::vector<std::string>> finish_enrolment(App& app, const Enrolling& enrolling) {
  const Opened opened = TRY(try_code(app, enrolling.code, enrolling.network));
  TRY(check_password(opened.handle, enrolling.password));
  const Secret totp = TRY(app.identity.keyring().unwrap(opened.totp, totp_context(opened.account)));
  const auto step = totp_step(totp.reveal(), plain_code(enrolling.totp), app.clock.now(), -1);
  if (!step) {
    return fail(Code::denied,
                "the six digits are not those of the second factor: is the clock right?");
  }
  const std::string password = TRY(wrapped_password(app, opened.account, enrolling.password));
  const std::vector<std::string> codes = make_recovery_codes(app);
  TRY(app.db.execute([&](store::Tx& tx) -> Status {
    // Still good? A bar, a newer code or another call may have come in between.
    const Opened now = TRY(open_code(tx, app, enrolling.code));
    TRY(tx.run("DELETE FROM one_time_code WHERE account = $1", {now.account}));
    TRY(tx.run("DELETE FROM sign_in WHERE account = $1", {now.account}));
    TRY(tx.run(
        "INSERT INTO sign_in (account, password, totp, totp_step, since_ms) VALUES ($1, $2, "
        "$3, $4, $5)",
        {now.account, store::Blob{password}, store::Blob{now.totp}, *step, app.clock.now().ms}));
    TRY(end_sessions(tx, now.account, 0, Tokens::leave));
    return insert_recovery_codes(tx, now.account, codes);
  }));
  return codes;
}

Status change_password(App& app, const Actor& actor, const Proof& proof,
                       const std::string& new_password) {
  TRY(check_password(actor.handle(), new_password));
  const Verified verified = TRY(prove(app, actor, proof));
  const std::string password = TRY(wrapped_password(app, verified.account, new_password));
  return app.db.execute([&](store::Tx& tx) -> Status {
    TRY(load_present(tx, app, actor));
    TRY(spend(tx, verified));
    TRY(tx.run("UPDATE sign_in SET password = $2 WHERE account = $1",
               {verified.account, store::Blob{password}}));
    // A code to enrol with that was made before is not to undo this.
    TRY(tx.run("DELETE FROM one_time_code WHERE account = $1", {verified.account}));
    return end_sessions(tx, verified.account, actor.credential(), Tokens::leave);
  });
}

Result<std::vector<std::string>> renew_recovery_codes(App& app, const Actor& actor,
                                                      const Proof& proof) {
  const Verified verified = TRY(prove(app, actor, proof));
  const std::vector<std::string> codes = make_recovery_codes(app);
  TRY(app.db.execute([&](store::Tx& tx) -> Status {
    TRY(load_present(tx, app, actor));
    TRY(spend(tx, verified));
    return insert_recovery_codes(tx, verified.account, codes);
  }));
  return codes;
}

Result<OneTimeCode> replace_second_factor(App& app, const Actor& actor, const Proof& proof) {
  const Verified verified = TRY(prove(app, actor, proof));
  const PreparedCode made = prepare_code(app);
  TRY(app.db.execute([&](store::Tx& tx) -> Status {
    TRY(load_present(tx, app, actor));
    TRY(spend(tx, verified));
    return insert_code(tx, app, verified.account, made);
  }));
  return OneTimeCode{made.code, made.ends};
}

}  // namespace weir::app
