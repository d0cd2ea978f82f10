// For tests: verifying a forger's world, and the names of what was found.
#pragma once

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "custody/forger.h"

namespace weir::custody {

using forger::Book;
using forger::Operator;
using forger::World;

using Names = std::set<std::string>;
inline constexpr Duration kDay = std::chrono::hours(24);
inline constexpr Duration kCeiling = 90 * kDay;

inline Names names(const Outcome& outcome, Severity severity) {
  Names out;
  for (const Finding& finding : outcome.findings) {
    if (finding.severity == severity) {
      out.emplace(name(finding.kind));
    }
  }
  return out;
}
inline Names alarms(const Outcome& outcome) {
  const Names found = names(outcome, Severity::alarm);
  EXPECT_EQ(found.empty(), outcome.verified());
  return found;
}
inline Names notes(const Outcome& outcome) {
  return names(outcome, Severity::note);
}

inline Verifier with(Given given, const std::vector<Record>& records) {
  Verifier verifier(std::move(given));
  for (const Record& record : records) {
    verifier.add_text(record.stream, write_record(record));
  }
  return verifier;
}
inline Outcome verify(Given given, const std::vector<Record>& records) {
  return with(std::move(given), records).finish();
}
inline Outcome verify(const World& world) {
  return verify(world.op.given(), world.records());
}
/// At a time long after everything was due.
inline Outcome audit(const World& world, const std::vector<Record>& records, Duration later) {
  return with(world.op.given(), records)
      .audit({.now = world.op.clock.now() + later, .ceiling = kCeiling});
}

inline OpenedField& field(Record& record, std::size_t event, std::string_view name) {
  return *std::ranges::find(record.events.at(event).fields, name, &OpenedField::name);
}

inline GivenReceipt given_receipt(const Receipt& receipt) {
  return {.name = "r.tlog-proof", .text = write_receipt(receipt), .body = std::nullopt};
}

}  // namespace weir::custody
