// The cryptography that Weir composes, each a thin call into libsodium: Ed25519 (RFC 8032) for
// signatures, XChaCha20-Poly1305 for content and wrapped keys. Hashes are in base/digest.h.
//
// Thread rule: functions of their arguments; Secret is a value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace weir {

/// Key bytes: wiped when destroyed, never printed, compared in constant time only by who needs it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  ~Secret();
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  std::string_view reveal() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string bytes_;
};

inline constexpr std::size_t kKeyBytes = 32;        // of every symmetric key here
inline constexpr std::size_t kSignatureBytes = 64;  // of an Ed25519 signature
inline constexpr std::size_t kNonceBytes = 24;      // of XChaCha20-Poly1305
inline constexpr std::size_t kTagBytes = 16;        // of Poly1305

/// An Ed25519 key pair from its 32-byte seed.
class SigningKey {
 public:
  static SigningKey from_seed(const Secret& seed);
  std::string sign(std::string_view message) const;              // 64 bytes; deterministic
  const std::string& public_key() const { return public_key_; }  // 32 bytes

 private:
  SigningKey(Secret secret, std::string public_key)
      : secret_(std::move(secret)), public_key_(std::move(public_key)) {}
  Secret secret_;
  std::string public_key_;
};

bool verify_signature(std::string_view public_key, std::string_view message,
                      std::string_view signature);

/// nonce ‖ ciphertext ‖ tag, under `key`, bound to `associated` (which is not stored).
std::string seal(const Secret& key, std::string_view plain, std::string_view associated,
                 Random& random);
/// The plaintext, or nothing when key, bytes or `associated` are not those of seal().
std::optional<std::string> unseal(const Secret& key, std::string_view sealed,
                                  std::string_view associated);

}  // namespace weir
