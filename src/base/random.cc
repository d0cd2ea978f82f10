#include "base/random.h"

#include <sodium.h>

#include "base/bytes.h"
#include "base/result.h"

namespace weir {

Digest Random::digest() {
  return *Digest::from(bytes(32));
}

SystemRandom::SystemRandom() {
  // The generator that asks the system for each draw costs a tenth of an event; this one asks it
  // for a seed per thread, and forgets its key as it goes.
  static const bool is_ready = [] {
    CHECK(randombytes_set_implementation(&randombytes_internal_implementation) == 0);
    return sodium_init() >= 0;
  }();
  CHECK(is_ready);
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
