#include "policy/facts.h"

#include <algorithm>

namespace weir::policy {
namespace {

/// What one vendor lets the case be, as an order: less is more restrictive.
int rank(Phase phase) {
  switch (phase) {
    case Phase::unknown:
    case Phase::no_fix:
      return 0;
    case Phase::fix_exists:
      return 1;
    case Phase::fix_public:
      return 2;
  }
  return 0;
}

template <class Predicate>
std::optional<std::size_t> shortest(std::span<const EmbargoProposal> proposals, Predicate counts) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    if (counts(proposals[i]) && (!best || proposals[i].until < proposals[*best].until)) {
      best = i;
    }
  }
  return best;
}

}  // namespace

Phase phase(std::span<const VendorFix> vendors) {
  std::optional<Phase> least;
  for (const VendorFix& vendor : vendors) {
    if (vendor.left_out != Fact::yes && (!least || rank(vendor.phase) < rank(*least))) {
      least = vendor.phase;
    }
  }
  return least && *least != Phase::unknown ? *least : Phase::no_fix;
}

std::optional<std::size_t> shortest_proposal(std::span<const EmbargoProposal> proposals) {
  return shortest(proposals, [](const EmbargoProposal& p) { return p.confirmed != Fact::no; });
}

std::optional<std::size_t> standing_proposal(std::span<const EmbargoProposal> proposals) {
  return shortest(proposals, [](const EmbargoProposal& p) { return p.confirmed == Fact::yes; });
}

Fact embargo_active(std::span<const EmbargoProposal> proposals, Fact ended) {
  if (ended == Fact::yes || !shortest_proposal(proposals)) {
    return Fact::no;
  }
  return standing_proposal(proposals) && ended == Fact::no ? Fact::yes : Fact::unknown;
}

}  // namespace weir::policy
