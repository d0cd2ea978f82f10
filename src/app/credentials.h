// Private to app/: what a password, a second factor, a session and a code are in the store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/context.h"
#include "app/enrolment.h"
#include "app/identity.h"

namespace weir::app {

/// A session or token that began later than this from now is refused: the clock has gone back, and
/// time may only close.
inline constexpr Duration kClockMayLag = std::chrono::minutes(5);

/// kSecretBytes as base32, and what is stored of it. `what` keeps a session from being a code.
std::string make_secret(const App& app);
Digest hash_of(std::string_view what, std::string_view secret);

inline constexpr std::size_t kMaxHandleBytes = 64;
inline constexpr std::string_view kMachinePrefix = "token.";  // of handles that are no user's
bool is_handle(std::string_view text);

/// A code as it was typed, without spaces and dashes, in lower case.
std::string plain_code(std::string_view typed);

/// The handle behind a session or token that holds now. `denied` with kNotSignedIn.
Result<std::string> still_signed_in(const store::Tx& tx, const App& app, const Actor& actor);
/// `denied` unless a person is there: a session, or the command line.
Status must_be_present(const Actor& actor);
/// `denied` if nobody is signed in, or who is has been barred or suspended.
Result<Person> load_present(const store::Tx& tx, const App& app, const Actor& actor);

/// Who comes without an account takes a try of its network. `unavailable` with kTooMany.
Status take_anonymous(App& app, const Actor& actor, const Limit& limit);

/// One password and one second factor being checked against an account that may not exist.
struct Attempt {
  std::string handle;
  std::string_view password;
  std::string_view second_factor;
  std::string network;
};
/// What was right: changes nothing until spend() has used it up.
struct Verified {
  std::int64_t account = 0;
  std::string password;                // as stored: still the same when it is spent
  std::optional<std::int64_t> step;    // of the second factor, or
  std::optional<Digest> recovery;      // a recovery code
  std::optional<std::string> renewed;  // the password at today's cost, to be stored
};
/// Takes the tries, hashes, compares; all of it also for a handle that nobody has. `denied` with
/// kWrongSignIn, `unavailable` with kTooMany.
Result<Verified> verify(App& app, const Attempt& attempt);
/// On the writer: uses the second factor up. `denied` with kWrongSignIn if it has been used by now,
/// the password has changed, or the account was barred or suspended.
Status spend(store::Tx& tx, const Verified& verified);
/// Tells sign-ins from the same place apart from others.
Digest place_of(std::int64_t account, std::string_view network);

/// The context a wrapped secret is bound to.
std::string password_context(std::int64_t account);
std::string totp_context(std::int64_t account);

/// Ends every session of the account but `kept` (0: every one), and every token if asked.
enum class Tokens : std::uint8_t { end, leave };
Status end_sessions(store::Tx& tx, std::int64_t account, std::int64_t kept, Tokens tokens);
/// The same for everybody of an organisation, its own tokens too.
Status end_organisation(store::Tx& tx, std::int64_t organisation);

/// The user that `actor` may manage: anybody for an administrator of the authority; for an
/// administrator of another organisation its own users who hold no role that the authority alone
/// gives. `denied` for who administers nothing, `not_found` for a user that is none of one's own.
Result<Person> load_managed(const store::Tx& tx, const App& app, const Actor& actor,
                            const std::string& handle);
/// The organisation that `actor` may manage, alike.
Result<Organisation> load_managed_organisation(const store::Tx& tx, const App& app,
                                               const Actor& actor, const std::string& name);
/// Whether the authority alone may give one of these.
bool has_reserved_role(const policy::Roles& roles);
/// One `member` event of the platform's stream: what changed about which organisation's people,
/// naming none of them.
Status people_event(store::Tx& tx, const App& app, const Organisation& organisation,
                    std::string_view change, const policy::Roles& roles);

}  // namespace weir::app
