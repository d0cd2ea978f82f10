// SHA-256 and HMAC-SHA-256, made for many short messages.
//
// OpenSSL's low-level SHA-256 is used on purpose: the state is a plain struct that can be copied
// (an HMAC key is hashed once, then reused) and costs 78 ns for a Merkle node where the EVP calls
// cost 137 to 345 (decision 0002).
//
// Thread rule: values; nothing shared.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

/// A SHA-256 value, or 32 random bytes used like one (a salt, a reference).
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  /// Exactly 32 bytes, or nothing.
  static std::optional<Digest> from(std::string_view bytes);
  auto operator<=>(const Digest&) const = default;
};

std::string to_base64(const Digest& digest);
std::optional<Digest> digest_from_base64(std::string_view text);

/// Hashes what is added, in order. Copyable: a copy continues on its own.
class Sha256 {
 public:
  Sha256();
  Sha256& add(std::string_view bytes);
  /// The hash of all that was added. Call once.
  Digest finish();

 private:
  // SHA256_CTX, kept opaque so that OpenSSL's headers stay in digest.cc (checked there by size).
  alignas(8) std::array<std::uint8_t, 112> state_;
};

Digest sha256(std::string_view bytes);

/// An HMAC-SHA-256 key (RFC 2104), prepared once and used for many messages: a short one costs two
/// blocks. Wiped when destroyed.
class HmacKey {
 public:
  explicit HmacKey(std::string_view key);
  ~HmacKey();
  HmacKey(const HmacKey&) = default;
  HmacKey& operator=(const HmacKey&) = default;
  /// HMAC(key, a ‖ b).
  Digest mac(std::string_view a, std::string_view b = {}) const;

 private:
  using State = std::array<std::uint32_t, 8>;  // of SHA-256 after the block that holds the key
  State inner_;
  State outer_;
};

/// In constant time for equal lengths.
bool equal_secrets(std::string_view a, std::string_view b);

}  // namespace weir
