// How often somebody may try: at most `burst` tries at once, and one more every `refill`. A try is
// taken before the secret is looked at, so that many at the same time count, and given back if it
// was right.
//
// A sketch of fixed size, as decision 0006 argues: a key (the kind of secret with an account or
// network) has kRows buckets, chosen by a keyed hash, and is refused only when all of them are
// empty. Whoever floods it with invented keys can make it stricter for a part of the others, but
// can neither push its own count out nor make it grow.
//
// In memory: a restart forgets, which gives an attacker one burst. What must never happen twice is
// in the store's rows instead.
//
// A network is one IPv4 address or the /56 of an IPv6 address, as http::client_network() says it.
//
// Thread rule: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/guarded.h"
#include "base/random.h"
#include "base/time.h"

namespace weir::app {

struct Limit {
  std::string_view name;  // part of the key
  std::uint32_t burst = 10;
  Duration refill = std::chrono::minutes(1);
};

// A user who mistypes has room; a machine has not. docs/operating/identity.md gives the numbers.
inline constexpr Limit kSignInByAccount{"sign-in account", 10, std::chrono::minutes(2)};
/// Of who has signed in from there within a month.
inline constexpr Limit kSignInByPlace{"sign-in place", 10, std::chrono::minutes(2)};
inline constexpr Limit kSignInByNetwork{"sign-in network", 30, std::chrono::seconds(20)};
/// Spent only by who knows the password: 20, then one a day. A code is right by chance three times
/// in a million.
inline constexpr Limit kSecondFactor{"second factor", 20, std::chrono::hours(24)};
inline constexpr Limit kCodeByNetwork{"one-time code network", 20, std::chrono::seconds(60)};
inline constexpr Limit kTokenByNetwork{"token network", 60, std::chrono::seconds(10)};
inline constexpr Limit kTokenByPrefix{"token prefix", 20, std::chrono::seconds(60)};
inline constexpr Limit kReturnCodeByNetwork{"return code network", 30, std::chrono::seconds(60)};
/// Without an account; IdentitySettings may say otherwise.
inline constexpr Limit kAnonymousReports{"anonymous report", 10, std::chrono::minutes(6)};
/// Inventories to be matched, which may be large.
inline constexpr Limit kInventories{"inventory", 30, std::chrono::seconds(10)};
inline constexpr Limit kAnonymousWords{"anonymous message", 30, std::chrono::minutes(1)};
/// Files of a return code: each may take 64 MiB of the disk for good.
inline constexpr Limit kAnonymousFiles{"anonymous file", 30, std::chrono::minutes(6)};

class Limiter {
 public:
  explicit Limiter(Random& random);
  /// Takes one try; false if there is none left. An empty key (this machine) is never limited.
  [[nodiscard]] bool take(const Limit& limit, std::string_view key, Instant now);
  /// Gives a try back: what it was spent on turned out right.
  void give_back(const Limit& limit, std::string_view key, Instant now);
  /// All tries again.
  void forgive(const Limit& limit, std::string_view key, Instant now);

 private:
  static constexpr std::size_t kRows = 4;
  static constexpr std::size_t kBuckets = 1U << 14;                // in a row: 512 KiB in all
  static constexpr Duration kTolerated = std::chrono::seconds(1);  // that the clock goes back
  /// When all tries that were spent will have come back: the further ahead, the fewer are left
  /// (GCRA). 0: none were spent.
  struct Buckets {
    std::vector<std::int64_t> until_ms;
    std::int64_t latest_ms = 0;
  };
  template <class Use>
  auto with(const Limit& limit, std::string_view key, Instant now, Use use);

  HmacKey key_;
  Guarded<Buckets> buckets_;
};

}  // namespace weir::app
