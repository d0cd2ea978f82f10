#include "base/random.h"

#include <sodium.h>

#include "base/bytes.h"
#include "base/result.h"

namespace weir {

Digest Random::digest() {
  return *Digest::from(bytes(32));
}

SystemRandom::SystemRandom() {
  CHECK(sodium_init() >= 0);
}

std::string SystemRandom::bytes(std::size_t count) {
  std::string out(count, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

SeededRandom::SeededRandom(std::uint64_t seed) : seed_(seed) {}

std::string SeededRandom::bytes(std::size_t count) {
  std::string out;
  while (out.size() < count) {
    out += sha256(big_endian_64(seed_) + big_endian_64(counter_++)).view();
  }
  out.resize(count);
  return out;
}

}  // namespace weir
