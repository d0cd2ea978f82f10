// A world whose organisations have profiles: ACME (DE, sells in the EU and China), BETA (US, sells
// in the EU), the Ministry (a CSIRT in the EU). For tests only.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/clocks.h"
#include "app/world.h"

namespace weir::app {

/// A full hour, so that hours under Regulation 1182/71 end where they are due.
inline constexpr Instant kHour{1'798'002'000'000};  // 2026-12-23T05:00:00Z

/// The laws that are compiled in, read once.
const Laws& laws();

class ClocksWorld : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override { world.check(); }

  /// From a source, with evidence; `after` from now.
  NewFact fact(const std::string& event, Duration after) const;
  Result<Entered> enter(const std::string& handle, const std::string& reference,
                        const std::string& event, Duration after);
  /// A case that the user reports, whose flaw it has known for long and knows to be exploited now.
  std::string aware(const std::string& handle);
  std::vector<BoardRow> rows(const std::string& handle, const BoardFilter& filter = {});
  /// "eu-cra/early_warning running, ...", in the board's order.
  std::string states(const std::string& handle, const BoardFilter& filter = {});
  /// The reference of the obligation of this stage, which fails the test if there is none.
  std::string obligation(const std::string& handle, const std::string& stage);
  bool database_holds(std::string_view text);

  World world;
};

}  // namespace weir::app
