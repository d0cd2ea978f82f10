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

void put_big_endian_32(std::uint8_t* out, std::uint32_t value) {
  for (int i = 3; i >= 0; --i, value >>= 8) {
    out[i] = static_cast<std::uint8_t>(value);
  }
}

/// SHA-256 as it stands after one block that has made `state`.
SHA256_CTX after_block(const std::array<std::uint32_t, 8>& state) {
  SHA256_CTX context;
  SHA256_Init(&context);
  std::ranges::copy(state, context.h);
  context.Nl = 8 * kBlock;
  return context;
}

/// What follows that block, if it fits into a last one with FIPS 180-4's padding (1 bit, zeroes,
/// the length in bits). Update and Final reach the same with as much bookkeeping as work.
class LastBlock {
 public:
  static constexpr std::size_t kMost = kBlock - 1 - 8;

  void add(std::string_view bytes) {
    std::ranges::copy(bytes, block_.data() + size_);  // memcpy would not take an empty view
    size_ += bytes.size();
  }
  Digest finish(const std::array<std::uint32_t, 8>& state) {
    block_[size_] = 0x80;
    put_big_endian_32(block_.data() + kBlock - 4, static_cast<std::uint32_t>(8 * (kBlock + size_)));
    SHA256_CTX context = after_block(state);
    SHA256_Transform(&context, block_.data());
    Digest digest;
    for (std::size_t i = 0; i < state.size(); ++i) {
      put_big_endian_32(digest.bytes.data() + 4 * i, context.h[i]);
    }
    return digest;
  }

 private:
  std::array<std::uint8_t, kBlock> block_{};
  std::size_t size_ = 0;
};

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
    std::ranges::copy(key, block.data());
  }
  const auto absorb = [&block](std::uint8_t pad, State& state) {
    std::ranges::transform(block, block.begin(), [pad](char c) {
      return static_cast<char>(static_cast<std::uint8_t>(c) ^ pad);
    });
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Transform(&context, reinterpret_cast<const unsigned char*>(block.data()));
    std::copy_n(context.h, state.size(), state.begin());
  };
  absorb(0x36, inner_);
  absorb(0x36 ^ 0x5c, outer_);
  OPENSSL_cleanse(block.data(), block.size());
}

HmacKey::~HmacKey() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

Digest HmacKey::mac(std::string_view a, std::string_view b) const {
  Digest hashed;
  if (a.size() + b.size() <= LastBlock::kMost) {  // every tag and salt of the ledger
    LastBlock last;
    last.add(a);
    last.add(b);
    hashed = last.finish(inner_);
  } else {
    SHA256_CTX context = after_block(inner_);
    SHA256_Update(&context, a.data(), a.size());
    SHA256_Update(&context, b.data(), b.size());
    SHA256_Final(hashed.bytes.data(), &context);
  }
  LastBlock last;
  last.add(hashed.view());
  return last.finish(outer_);
}

bool equal_secrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace weir
