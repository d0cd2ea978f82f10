// Chance, as a seam: the operating system's in the product, seeded in tests and simulation.
#pragma once

#include <cstdint>
#include <string>

#include "base/digest.h"

namespace weir {

class Random {
 public:
  virtual ~Random() = default;
  /// `count` bytes. SystemRandom's are fit for keys; it is safe to call from several threads.
  virtual std::string bytes(std::size_t count) = 0;
  /// 32 bytes.
  Digest digest();
};

/// libsodium's ChaCha20 generator, seeded by the system in each thread.
class SystemRandom final : public Random {
 public:
  SystemRandom();
  std::string bytes(std::size_t count) override;
};

/// Repeats itself for the same seed. Never for keys outside tests.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  std::string bytes(std::size_t count) override;

 private:
  std::uint64_t seed_;
  std::uint64_t counter_ = 0;
};

}  // namespace weir
