// OpenPGP for mail (RFC 4880): a recipient's public key is read and checked, and a text is
// encrypted to it. The cryptography is RNP's (decision 0024); nothing of it is ours.
//
// Invariants:
//   1. Everything happens in memory: no key ring, no file, no other process.
//   2. A private key is refused, wherever it stands in what was given.
//   3. Nothing is encrypted to a key that at `now` has expired, is revoked, is not yet valid or is
//      too short.
//
// Limits: one recipient; no signatures; revocations are known only from the key itself, no key
// server is asked. The randomness of a message is the library's own.
//
// Thread rule: functions of their arguments; any thread. Start with openpgp_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace weir::openpgp {

inline constexpr std::size_t kMostKeyBytes = 64 * 1'024;      // as it is given
inline constexpr std::size_t kMostTextBytes = 1'024 * 1'024;  // of one message
inline constexpr std::uint32_t kLeastRsaBits = 2'048;         // of RSA and ElGamal

struct Key {
  std::string bytes;               // binary, public parts only: what encrypt() takes
  std::string fingerprint;         // hexadecimal, capitals
  std::optional<Instant> expires;  // of what is encrypted to, never after its main key
};

/// The one public key in `text`, armored or binary. `invalid` with the reason for what is none, is
/// private, holds several, or cannot be encrypted to at `now`.
Result<Key> read_key(std::string_view text, Instant now);

/// The same key as armored text, for what takes no bytes. `invalid` if it is no key.
Result<std::string> armored(std::string_view key);

/// `text` as an armored message for Key::bytes. `invalid` if the key cannot be used at `now`.
Result<std::string> encrypt(std::string_view key, std::string_view text, Instant now);

}  // namespace weir::openpgp
