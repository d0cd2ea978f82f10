// An inventory against everything that is known: the whole way from components to a Report.
//
// Thread rule: as Matcher's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "advisory/advisory.h"
#include "match/match.h"
#include "match/render.h"
#include "sbom/sbom.h"
#include "sbom/vex.h"

namespace weir::match {

/// What people want to know of a record beside its id.
struct About {
  std::vector<std::string> aliases;
  std::string title;
  int score = -1;  // the highest that the record gives; may be set to what others give
  std::vector<advisory::Source> listed{};  // lists of exploited vulnerabilities; set by who knows
};
About about(const advisory::Advisory& record);
/// Of the record of a finding; asked once for each.
using Describe = std::function<Result<About>(advisory::Source source, const std::string& id)>;

struct Question {
  std::string source;  // the inventory's name
  sbom::Document inventory;
  const std::vector<sbom::Vex>* vex = nullptr;  // must outlive the report
  Wanted wanted = Wanted::findings;
};
Result<Report> examine(Matcher& matcher, const Describe& describe, Question question);

}  // namespace weir::match
