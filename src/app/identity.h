// Identity: how a caller becomes an Actor. Without HTTP: what a cookie or header is called is the
// affair of whoever receives it.
//
//   identity.h    authenticate(); signing in and out; sessions
//   enrolment.h   one-time codes: invitation, reset; password, second factor, recovery codes
//   tokens.h      API tokens of users and organisations
//   limits.h      how often somebody may try
//
// Life of an account: an administrator adds the user (people.h) and invites it; the one-time code
// opens the enrolment, in which the user chooses a password and proves its second factor; from then
// on sign_in(). A reset takes both away at once and starts again with a new code.
//
// Invariants, each attacked in identity_attack_test.cc:
//   1. No secret is stored as it is: passwords are Argon2id, under the master key; the secret of
//      the second factor lies under the master key; tokens, sessions and codes are hashes.
//   2. A sign-in that fails says the same, does the same work and writes nothing, whether the
//      handle, the password or the code was wrong, the account barred, suspended or not enrolled.
//   3. What is used once is used once: a step of the second factor, a recovery code, a one-time
//      code. Of two that race exactly one wins, because the row changes on the writer.
//   4. A bar or suspension ends every session and token of whom it hits, with its own commit; what
//      is under way is refused at its next transaction.
//   5. Every guess at a secret is limited by network, and where there is an account by account.
//
// What the errors tell: `denied` with one text for every wrong credential; `unavailable` when the
// limit is reached or too many sign in at once (kTooMany); `invalid` for what no caller of ours
// sends, such as two credentials in one call.
//
// Thread rule: any thread. Passwords are hashed on the caller's thread, at most kMostHashing at a
// time, because each takes 64 MiB and 80 ms of a core (decision 0006).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/app.h"
#include "app/limits.h"
#include "base/keyring.h"
#include "base/password.h"
#include "base/turns.h"
#include "policy/policy.h"

namespace weir::app {

inline constexpr std::size_t kSecretBytes = 20;       // 160 bits: of sessions, tokens, codes
inline constexpr std::size_t kMostHashing = 2;        // passwords at a time
inline constexpr std::size_t kMostWaitingToHash = 4;  // more are turned away
inline constexpr std::size_t kMostSessions = 16;      // of one user; the oldest ends
inline constexpr Duration kTouchStep =
    std::chrono::minutes(1);                            // a session's use is noted so often
inline constexpr std::size_t kMaxPresentedBytes = 256;  // longer credentials are none of ours
inline constexpr std::string_view kTooMany = "too many attempts: wait some minutes, then try again";
inline constexpr std::string_view kWrongSignIn = "the handle, the password or the code is wrong";
inline constexpr std::string_view kNotSignedIn =
    "this session or token is not valid: sign in again";

struct IdentitySettings {
  PasswordCost cost{};
  Duration session_idle = std::chrono::minutes(30);   // without a call
  Duration session_most = std::chrono::hours(12);     // in all
  Duration invitation_kept = std::chrono::hours(72);  // a one-time code may be used so long
  Limit anonymous_reports = kAnonymousReports;
};

/// What identity keeps in memory: who is hashing, how often whom was wrong. Built once by main.
class Identity {
 public:
  Identity(IdentitySettings settings, const Keyring& keyring, Random& random);
  const IdentitySettings& settings() const { return settings_; }
  const Keyring& keyring() const { return keyring_; }
  Limiter& limiter() { return limiter_; }
  Turns& hashing() { return hashing_; }
  /// A password that nobody has, for handles that nobody has: checking it takes as long.
  const std::string& nobodys_password() const { return nobodys_password_; }

 private:
  IdentitySettings settings_;
  const Keyring& keyring_;
  Limiter limiter_;
  Turns hashing_{kMostHashing, kMostWaitingToHash};
  std::string nobodys_password_;
};

/// What a call brought along. At most one credential.
struct Presented {
  std::string session{};      // the cookie's value
  std::string csrf{};         // beside a session, whenever something is to be changed
  std::string token{};        // "weir_…", from the Authorization header
  std::string return_code{};  // of a report
  std::string network{};      // http::client_network() of the caller; empty: this machine
  enum class Effect : std::uint8_t { reads, changes } effect = Effect::changes;
};

/// The Actor of a call: one indexed read. Nothing presented is nobody in particular. `denied` with
/// kNotSignedIn for anything wrong with it: unknown, ended, run out, account barred or suspended,
/// CSRF token missing or another session's. Ask again for every call and every event of a stream.
Result<Actor> authenticate(App& app, const Presented& presented);
/// Whether `actor` still may: for streams, between events. `denied` like authenticate().
Status recheck(App& app, const Actor& actor);

struct SignIn {
  std::string handle{};
  std::string password{};
  std::string second_factor{};  // six digits, or a recovery code
  std::string network{};
  std::string previous{};  // the session that the caller had: it ends, whatever it was
};
struct SignedIn {
  std::string session;  // the cookie's value: shown once, stored as a hash
  std::string csrf;
  Instant ends;
  std::int64_t recovery_codes_left = 0;
};
/// Always a new session, with a name of our choosing: none that a caller brings is adopted.
/// `denied` with kWrongSignIn, `unavailable` with kTooMany; see the top.
Result<SignedIn> sign_in(App& app, const SignIn& attempt);
/// The CSRF token that belongs to a session: a function of its secret.
std::string csrf_of(std::string_view session);
Status sign_out(App& app, const Actor& actor);

struct SessionView {
  std::string reference;
  Instant began;
  Instant seen;  // to the minute
  Instant ends;
  policy::Fact is_this;  // the one that asks
};
/// The own ones.
Result<std::vector<SessionView>> sessions(App& app, const Actor& actor);
/// One of the own ones; `not_found` for everything else.
Status end_session(App& app, const Actor& actor, const std::string& reference);
/// Every session and token of a user: by itself, or by who may manage it (people.h).
Status end_all(App& app, const Actor& actor, const std::string& handle);

/// Ends every session and token and voids every one-time code: after a restore, which would bring
/// back what has been ended since the copy was made.
Status end_every_sign_in(App& app);

/// Removes what ended or ran out a month ago, and used codes: for the periodic jobs.
Result<std::int64_t> forget_old_sign_ins(App& app);
/// Puts what lies under an older master key under `keyring`'s newest: part of its rotation.
Status rewrap(store::Tx& tx, const Keyring& keyring, Random& random);

}  // namespace weir::app
