// The fields that every event has and always shows (docs/formats/ledger.md, "Skeleton").
// Of this folder only. Thread rule: values.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "base/time.h"
#include "custody/finding.h"
#include "custody/record.h"

namespace weir::custody {

struct Skeleton {
  std::optional<std::uint64_t> index;  // kept back in receipts
  std::string origin;
  std::string stream;
  std::string type;
  Digest prev;
  Digest key_commit;
  Instant time;
  std::optional<Instant> open_by;  // at index 0
};

/// Which opening the fields come from: a receipt may keep back `index` (reason `position`), a
/// record no field of the skeleton.
enum class Opening { record, receipt };

struct Problem {
  Kind kind;  // skeleton_missing or skeleton_wrong
  std::string text;
};

/// The skeleton, or the first thing that is wrong with it.
std::expected<Skeleton, Problem> read_skeleton(const OpenedFields& fields, Opening opening);

/// The one form of time in the ledger: UTC, three decimals, Z.
std::optional<Instant> parse_ledger_time(const std::string& text);

/// 26 characters of lower-case base32 of 16 bytes.
bool is_reference(std::string_view text);

}  // namespace weir::custody
