#include "app/limits.h"

#include <algorithm>

#include "base/bytes.h"

namespace weir::app {

Limiter::Limiter(Random& random)
    : key_(random.bytes(32)),
      buckets_(Buckets{.until_ms = std::vector<std::int64_t>(kRows * kBuckets), .latest_ms = 0}) {}

template <class Use>
auto Limiter::with(const Limit& limit, std::string_view key, Instant now, Use use) {
  const Digest hash = key_.mac(std::string(limit.name) + '\0', key);
  return buckets_.with([&](Buckets& buckets) {
    // A clock that goes back takes the buckets along, or they would stay empty until it is there
    // again.
    const std::int64_t back = buckets.latest_ms - now.ms;
    if (back > kTolerated.count()) {
      for (std::int64_t& until : buckets.until_ms) {
        until -= std::min(until, back);
      }
    }
    buckets.latest_ms = back > kTolerated.count() ? now.ms : std::max(buckets.latest_ms, now.ms);
    std::array<std::int64_t*, kRows> mine{};
    for (std::size_t row = 0; row < kRows; ++row) {
      const std::size_t place = read_big_endian_64(hash.view().substr(row * 8)) % kBuckets;
      mine[row] = &buckets.until_ms[row * kBuckets + place];
    }
    return use(mine);
  });
}

bool Limiter::take(const Limit& limit, std::string_view key, Instant now) {
  if (key.empty()) {
    return true;
  }
  return with(limit, key, now, [&](std::array<std::int64_t*, kRows>& rows) {
    const std::int64_t least = **std::ranges::min_element(rows, {}, [](auto* row) { return *row; });
    const std::int64_t refill = limit.refill.count();
    const std::int64_t after = std::max(least, now.ms) + refill;
    if (after - now.ms > refill * limit.burst) {
      return false;
    }
    for (std::int64_t* row : rows) {
      *row = std::max(*row, after);
    }
    return true;
  });
}

void Limiter::give_back(const Limit& limit, std::string_view key, Instant now) {
  if (key.empty()) {
    return;
  }
  with(limit, key, now, [&](std::array<std::int64_t*, kRows>& rows) {
    const std::int64_t least = **std::ranges::min_element(rows, {}, [](auto* row) { return *row; });
    for (std::int64_t* row : rows) {
      *row = *row == least ? std::max(std::int64_t{0}, least - limit.refill.count()) : *row;
    }
  });
}

void Limiter::forgive(const Limit& limit, std::string_view key, Instant now) {
  if (key.empty()) {
    return;
  }
  with(limit, key, now, [&](std::array<std::int64_t*, kRows>& rows) {
    std::ranges::for_each(rows, [&](std::int64_t* row) { *row = 0; });
  });
}

}  // namespace weir::app
