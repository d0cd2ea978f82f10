// Time-based one-time passwords (RFC 6238) as every authenticator app makes them: HMAC-SHA-1, steps
// of 30 seconds, six digits. Computed by liboath.
//
// Thread rule: functions of their arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace weir {

inline constexpr Duration kTotpStep = std::chrono::seconds(30);
inline constexpr unsigned kTotpDigits = 6;
inline constexpr std::int64_t kTotpWindow = 1;  // steps that a clock may be off: RFC 6238, 5.2

/// The code at `at`; `digits` is 6, 7 or 8.
std::string totp_code(std::string_view secret, Instant at, unsigned digits = kTotpDigits);

/// The step within the window around `now` whose code this is, if it lies after `last`, the step
/// that was used last: a code is good once (RFC 6238, 5.2). Compares with all of them, in constant
/// time.
std::optional<std::int64_t> totp_step(std::string_view secret, std::string_view code, Instant now,
                                      std::int64_t last);

/// What an authenticator app reads from a QR code (Key Uri Format).
std::string totp_uri(std::string_view issuer, std::string_view account, std::string_view secret);

}  // namespace weir
