// Instants and where they come from.
//
// An Instant is milliseconds since 1970-01-01T00:00:00Z, UTC, without leap seconds. Nothing reads
// the system's clock but SystemClock, which main builds and hands down; tests use ManualClock.
#pragma once

#include <atomic>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

using Duration = std::chrono::milliseconds;

struct Instant {
  std::int64_t ms = 0;
  auto operator<=>(const Instant&) const = default;
  Instant operator+(Duration d) const { return {ms + d.count()}; }
  Instant operator-(Duration d) const { return {ms - d.count()}; }
  Duration operator-(Instant other) const { return Duration(ms - other.ms); }
};

/// RFC 3339 in UTC with milliseconds, "2026-11-23T13:20:00.000Z": the ledger's form.
std::string to_rfc3339(Instant at);

/// Any RFC 3339 date-time with an offset or Z; fractions beyond milliseconds are cut. Years 1970 to
/// 9999; a leap second (":60") counts as the next second. Nothing for everything else.
std::optional<Instant> parse_rfc3339(std::string_view text);

/// The seam to the outside's time.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
};

/// A clock that stands where it was put. Safe to read while another thread sets it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start) : ms_(start.ms) {}
  Instant now() const override { return {ms_.load()}; }
  void set(Instant at) { ms_ = at.ms; }
  void advance(Duration by) { ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> ms_;
};

}  // namespace weir
