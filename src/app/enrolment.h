// How a user gets its password and second factor, changes them, and what happens when they are
// lost: docs/operating/identity.md.
//
// A one-time code is 160 bits, lives for IdentitySettings::invitation_kept, is stored as a hash,
// and a newer one for the same user ends it. It opens the enrolment of one account and nothing
// else.
//
// Thread rule: any thread. Start with identity_test.cc.
#pragma once

#include <string>
#include <vector>

#include "app/app.h"

namespace weir::app {

inline constexpr std::size_t kMinPasswordBytes = 12;
inline constexpr std::size_t kMaxPasswordBytes = 256;
inline constexpr std::size_t kRecoveryCodes = 10;
inline constexpr std::size_t kRecoveryBytes = 10;    // 80 bits each
inline constexpr std::size_t kTotpSecretBytes = 20;  // RFC 4226, section 4
inline constexpr std::string_view kWrongCode = "this code is not valid, or not any more";

struct OneTimeCode {
  std::string code;  // shown once
  Instant ends;
};
/// For a user that has no password yet (`conflict` otherwise). By who may manage it (people.h).
Result<OneTimeCode> invite(App& app, const Actor& actor, const std::string& handle);
/// Takes password, second factor and recovery codes away, ends every session and token, and gives a
/// new code. By who may manage the user.
Result<OneTimeCode> reset(App& app, const Actor& actor, const std::string& handle);
/// The code of the first administrator, while nobody has enrolled yet (`conflict` afterwards): for
/// `weir init`.
Result<OneTimeCode> invite_first(App& app, const std::string& handle);

struct Enrolment {
  std::string handle;
  std::string totp_secret;  // base32, as authenticator apps take it
  std::string totp_uri;     // otpauth://…, for a QR code
  Instant ends;
};
/// What the holder of a one-time code needs to enrol: the same for every call with the code, so a
/// page may be loaded again. `denied` with kWrongCode, `unavailable` with kTooMany.
Result<Enrolment> begin_enrolment(App& app, const std::string& code, const std::string& network);

struct Enrolling {
  std::string code{};
  std::string password{};
  std::string totp{};  // proves that the secret has arrived
  std::string network{};
};
/// Uses the code up. Returns the recovery codes: shown once. Nobody is signed in by it. Of two that
/// use the same code one succeeds, the other is `denied` with kWrongCode. A wrong `totp` is
/// `denied` and a weak password `invalid`; both leave the code as it is.
Result<std::vector<std::string>> finish_enrolment(App& app, const Enrolling& enrolling);

/// What a signed-in user proves anew before it changes how it signs in.
struct Proof {
  std::string password{};
  std::string second_factor{};
};
/// Ends all sessions of the user but this one. The errors of these three are those of sign_in().
Status change_password(App& app, const Actor& actor, const Proof& proof,
                       const std::string& new_password);
/// The old ones are void.
Result<std::vector<std::string>> renew_recovery_codes(App& app, const Actor& actor,
                                                      const Proof& proof);
/// A code to enrol again with, for a new telephone; password and second factor hold until it is
/// used.
Result<OneTimeCode> replace_second_factor(App& app, const Actor& actor, const Proof& proof);

/// `invalid` with the reason if this may not be a password.
Status check_password(const std::string& handle, const std::string& password);

}  // namespace weir::app
