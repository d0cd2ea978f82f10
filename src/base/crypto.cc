#include "base/crypto.h"

#include <sodium.h>

#include "base/bytes.h"
#include "base/result.h"

namespace weir {

static_assert(kNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(kSignatureBytes == crypto_sign_BYTES);

Secret::~Secret() {
  sodium_memzero(bytes_.data(), bytes_.size());
}

Secret::Secret(Secret&& other) noexcept : bytes_(other.bytes_) {
  other = Secret();
}

Secret& Secret::operator=(Secret&& other) noexcept {
  sodium_memzero(bytes_.data(), bytes_.size());
  bytes_.swap(other.bytes_);
  return *this;
}

SigningKey SigningKey::from_seed(const Secret& seed) {
  CHECK(seed.reveal().size() == crypto_sign_SEEDBYTES);
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0');
  std::string secret(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(data(public_key), data(secret), data(seed.reveal()));
  SigningKey key{Secret(secret), public_key};
  sodium_memzero(secret.data(), secret.size());
  return key;
}

std::string SigningKey::sign(std::string_view message) const {
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(data(signature), nullptr, data(message), message.size(),
                       data(secret_.reveal()));
  return signature;
}

bool verify_signature(std::string_view public_key, std::string_view message,
                      std::string_view signature) {
  return public_key.size() == crypto_sign_PUBLICKEYBYTES && signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(data(signature), data(message), message.size(),
                                     data(public_key)) == 0;
}

std::string seal(const Secret& key, std::string_view plain, std::string_view associated,
                 Random& random) {
  CHECK(key.reveal().size() == kKeyBytes);
  std::string out = random.bytes(kNonceBytes);
  out.resize(kNonceBytes + plain.size() + kTagBytes);
  unsigned char* nonce = data(out);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceBytes, nullptr, data(plain),
                                             plain.size(), data(associated), associated.size(),
                                             nullptr, nonce, data(key.reveal()));
  return out;
}

std::optional<std::string> unseal(const Secret& key, std::string_view sealed,
                                  std::string_view associated) {
  if (key.reveal().size() != kKeyBytes || sealed.size() < kNonceBytes + kTagBytes) {
    return std::nullopt;
  }
  std::string out(sealed.size() - kNonceBytes - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          data(out), nullptr, nullptr, data(sealed) + kNonceBytes, sealed.size() - kNonceBytes,
          data(associated), associated.size(), data(sealed), data(key.reveal())) != 0) {
    return std::nullopt;
  }
  return out;
}

}  // namespace weir
