#define OPENSSL_SUPPRESS_DEPRECATED  // decision 0002
#include "base/digest.h"

#include <algorithm>
#include <cstring>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/bytes.h"

namespace weir {
namespace {

constexpr std::size_t kBlock = 64;
static_assert(sizeof(SHA256_CTX) == 112);

SHA256_CTX* context(std::array<std::uint8_t, 112>& state) {
  return reinterpret_cast<SHA256_CTX*>(state.data());
}

}  // namespace

std::optional<Digest> Digest::from(std::string_view bytes) {
  if (bytes.size() != 32) {
    return std::nullopt;
  }
  Digest digest;
  std::memcpy(digest.bytes.data(), bytes.data(), 32);
  return digest;
}

std::string to_base64(const Digest& digest) {
  return to_base64(digest.view());
}

std::optional<Digest> digest_from_base64(std::string_view text) {
  const auto bytes = from_base64(text);
  return bytes ? Digest::from(*bytes) : std::nullopt;
}

Sha256::Sha256() {
  SHA256_Init(context(state_));
}

Sha256& Sha256::add(std::string_view bytes) {
  SHA256_Update(context(state_), bytes.data(), bytes.size());
  return *this;
}

Digest Sha256::finish() {
  Digest digest;
  SHA256_Final(digest.bytes.data(), context(state_));
  return digest;
}

Digest sha256(std::string_view bytes) {
  return Sha256().add(bytes).finish();
}

HmacKey::HmacKey(std::string_view key) {
  std::array<char, kBlock> block{};
  if (key.size() > kBlock) {
    const Digest hashed = sha256(key);
    std::memcpy(block.data(), hashed.bytes.data(), hashed.bytes.size());
  } else {
    std::memcpy(block.data(), key.data(), key.size());
  }
  const auto mask = [&block](std::uint8_t pad) {
    std::ranges::transform(block, block.begin(), [pad](char c) {
      return static_cast<char>(static_cast<std::uint8_t>(c) ^ pad);
    });
  };
  mask(0x36);
  inner_.add({block.data(), block.size()});
  mask(0x36 ^ 0x5c);
  outer_.add({block.data(), block.size()});
  OPENSSL_cleanse(block.data(), block.size());
}

HmacKey::~HmacKey() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

Digest HmacKey::mac(std::string_view a, std::string_view b) const {
  Sha256 inner = inner_;
  const Digest hashed = inner.add(a).add(b).finish();
  Sha256 outer = outer_;
  return outer.add(hashed.view()).finish();
}

bool equal_secrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace weir
